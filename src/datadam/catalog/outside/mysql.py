"""MySQL and MariaDB through PyMySQL: a read-only transaction and an answer that is never held whole."""

import datetime as dt
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from datadam.catalog.outside import statements
from datadam.catalog.outside.addresses import Address
from datadam.catalog.outside.databases import Column, Kind, Rows, failure
from datadam.core import reach
from datadam.core.fetch import Deadline
from datadam.core.reach import Place, ServerFailed

if TYPE_CHECKING:
    import pymysql

UNSIGNED, BINARY = 32, 63  # a flag of a field; the character set of bytes
TINY, SHORT, LONG, FLOAT, DOUBLE, TIMESTAMP, LONGLONG, INT24 = 1, 2, 3, 4, 5, 7, 8, 9
DATE, TIME, DATETIME, YEAR, NEWDATE, BIT, JSON, NEWDECIMAL, DECIMAL = 10, 11, 12, 13, 14, 16, 245, 246, 0
BYTES = (249, 250, 251, 252, 253, 254)  # the blobs and strings
WIDEST = 38
PACKET = 0xFFFFFF
POWERFUL = re.compile(r"GRANT (?:.*[ ,])?(?:ALL PRIVILEGES|FILE|SUPER)(?:,.*)? ON \*\.\* TO ")
CODES = {
    1045: "bad_credentials", 1698: "bad_credentials", 1044: "no_such_database", 1049: "no_such_database",
    1142: "no_permission", 1143: "no_permission", 1227: "no_permission", 1146: "no_such_table", 1969: "too_slow",
    3024: "too_slow", 1317: "too_slow",
}  # fmt: skip
COMMENTS = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_COMMENT FROM information_schema.COLUMNS"
    " WHERE COLUMN_COMMENT <> '' AND TABLE_NAME IN %s LIMIT 20000"
)


@contextmanager
def reading(address: Address, place: Place, sql: str, tls: str, deadline: Deadline) -> Iterator[Rows]:
    """The answer to a checked SELECT."""
    import pymysql

    connection = _connected(address, place, tls, deadline)
    try:
        _settle(connection, deadline)
        _check_account(connection)
        comments = _comments(connection, statements.tables("mysql", sql))
        cursor = connection.cursor(pymysql.cursors.SSCursor)
        cursor.execute(sql)
        result: Any = cursor._result
        columns = [_column(field, comments) for field in (result.fields if result else [])]
        yield Rows(columns, _plain(columns, iter(cursor.fetchone, None)))
    except (pymysql.MySQLError, RuntimeError, UnicodeDecodeError) as error:
        deadline.check()
        raise _failed(error, place) from error
    finally:
        _let_go(connection)


def _connected(address: Address, place: Place, tls: str, deadline: Deadline) -> "pymysql.Connection[Any]":
    import pymysql

    class Connection(pymysql.Connection):
        """Holds no row that needs more than one packet of the protocol, which is 16 MiB long."""

        def _read_bytes(self, num_bytes: int) -> bytes:
            if num_bytes >= PACKET:
                raise failure("row_too_large")
            return super()._read_bytes(num_bytes)

    sock = reach.connected(place)
    sock.settimeout(reach.TIMEOUT)
    deadline.hold_descriptor(sock.fileno())  # TLS will take the socket away
    connection = Connection(
        host=place.host, port=place.port, user=address.user, password=address.password, database=address.path,
        charset="utf8mb4", ssl=_context(tls), ssl_disabled=tls == "off", local_infile=False, conv=_readers(),
        read_timeout=int(deadline.seconds) + 30,  # the deadline comes first, and tells why
        write_timeout=30, defer_connect=True,
        auth_plugin_map={} if tls == "verify" else {"mysql_clear_password": _Unproven, "dialog": _Unproven},
    )  # fmt: skip
    try:
        connection.connect(sock)
        return connection
    except ServerFailed:
        sock.close()
        raise
    except (pymysql.MySQLError, OSError, RuntimeError, ValueError) as error:
        sock.close()
        deadline.check()
        raise _not_let_in(error, place) from error


class _Unproven:
    """What answers a server that asks for the password itself and is not proven."""

    def __init__(self, connection: object) -> None:
        raise failure("password_in_clear")


def _context(tls: str) -> ssl.SSLContext | None:
    if tls == "off":
        return None
    context = ssl.create_default_context()
    if tls == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _readers() -> dict[Any, Any]:
    """How values become Python's; a time of day and JSON stay as they are written."""
    from pymysql import converters

    kept = {code: found for code, found in converters.decoders.items() if code not in (TIME, JSON)}
    return {**converters.encoders, **kept, BIT: lambda value: value}


def _not_let_in(error: BaseException, place: Place) -> ServerFailed:
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
        return failure("tls_untrusted")
    if isinstance(error, ssl.SSLError) or "SSL is required" in str(error):
        return failure("tls_missing")
    return _failed(error, place)


def _failed(error: BaseException, place: Place) -> ServerFailed:
    number, said = (*error.args, 0, "")[:2]
    code = CODES.get(number if isinstance(number, int) else 0)
    if code:
        return failure(code)
    if isinstance(error, UnicodeDecodeError):
        return failure("value_unreadable")
    if (isinstance(number, int) and 1000 <= number < 2000) or number in (3141, 4078, 4079):
        return failure("bad_query", str(said))
    return reach.no_answer(place)


def _settle(connection: "pymysql.Connection[Any]", deadline: Deadline) -> None:
    """Read only, in UTC, and not for ever."""
    seconds = max(1, int(deadline.seconds))
    own = "MariaDB" in str(connection.server_version)
    limit = f"max_statement_time = {seconds}" if own else f"max_execution_time = {seconds * 1000}"
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = ''")  # first: what the checked SQL was written for
        cursor.execute("SET SESSION time_zone = '+00:00'")
        cursor.execute(f"SET SESSION {limit}")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("START TRANSACTION READ ONLY")


def _check_account(connection: "pymysql.Connection[Any]") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GRANTS")
        if any(POWERFUL.match(str(row[0])) for row in cursor.fetchall()):
            raise failure("account_too_powerful")


def _comments(connection: "pymysql.Connection[Any]", tables: list[str]) -> dict[tuple[str, str, str], str]:
    """(database, table, column) → comment; asked beforehand, because the answer holds the connection."""
    if not tables:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(COMMENTS, [tables])
        return {(row[0], row[1], row[2]): row[3] for row in cursor.fetchall()}


def _column(field: Any, comments: dict[tuple[str, str, str], str]) -> Column:
    database = field.db.decode() if isinstance(field.db, bytes) else str(field.db)
    comment = comments.get((database, field.org_table, field.org_name), "")
    if field.type_code in (NEWDECIMAL, DECIMAL):
        precision = field.length - (field.scale > 0) - (not field.flags & UNSIGNED)
        if precision <= WIDEST:
            return Column(field.name, "decimal", precision, field.scale, comment)
        return Column(field.name, "text", comment=comment)
    return Column(field.name, _kind(field), comment=comment)


def _kind(field: Any) -> Kind:
    if field.type_code == BIT:
        return "boolean" if field.length == 1 else "unsigned"
    if field.type_code == TINY and field.length == 1:
        return "boolean"  # what BOOLEAN is here
    if field.type_code == LONGLONG and field.flags & UNSIGNED:
        return "unsigned"
    if field.type_code in BYTES and field.charsetnr == BINARY and field.type_code != JSON:
        return "binary"
    kinds: dict[int, Kind] = {
        **dict.fromkeys((TINY, SHORT, LONG, LONGLONG, INT24, YEAR), "integer"),
        **dict.fromkeys((FLOAT, DOUBLE), "number"),
        **dict.fromkeys((DATE, NEWDATE), "date"),
        DATETIME: "timestamp", TIMESTAMP: "instant",
    }  # fmt: skip
    return kinds.get(field.type_code, "text")


def _plain(columns: list[Column], rows: Iterator[Any]) -> Iterator[list[Any]]:
    readers = [_VALUES.get(column.kind) for column in columns]
    for row in rows:
        yield [
            value if value is None or read is None else read(value) for value, read in zip(row, readers, strict=True)
        ]


def _boolean(value: Any) -> bool:
    number = int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)
    if number not in (0, 1):
        raise failure("bad_query", f"TINYINT(1): {number}. CAST(… AS SIGNED)")
    return bool(number)


def _instant(value: Any) -> dt.datetime | None:
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else None


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.decode() if isinstance(value, bytes) else str(value)


_VALUES: dict[str, Any] = {
    "boolean": _boolean,
    "unsigned": lambda value: int.from_bytes(value, "big") if isinstance(value, bytes) else int(value),
    "date": lambda value: value if isinstance(value, dt.date) else None,  # 0000-00-00 is no day
    "timestamp": lambda value: value if isinstance(value, dt.datetime) else None,
    "instant": _instant,
    "binary": _bytes,
    "text": _text,
}


def _let_go(connection: "pymysql.Connection[Any]") -> None:
    """Hang up. Closing politely would read the rest of the answer first."""
    result: Any = connection._result
    if result is not None:
        result.unbuffered_active, result.connection = False, None
    with suppress(Exception):
        connection._force_close()
