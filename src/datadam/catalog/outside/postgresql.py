"""PostgreSQL through psycopg: a read-only transaction and rows that are taken off the line one by one."""

import math
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datadam.catalog.outside.addresses import Address
from datadam.catalog.outside.databases import LARGEST, Column, Kind, Rows, failure
from datadam.core import reach
from datadam.core.fetch import Deadline
from datadam.core.reach import Place

if TYPE_CHECKING:
    import psycopg

KINDS: dict[int, Kind] = {
    16: "boolean", 17: "binary", 20: "integer", 21: "integer", 23: "integer", 26: "integer", 700: "number",
    701: "number", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "instant",
}  # fmt: skip
NUMERIC = 1700
WIDEST = 38  # digits of an exact decimal
MODES = {"require": "require", "verify": "verify-full", "off": "disable"}
STATES = {
    "28P01": "bad_credentials", "28000": "bad_credentials", "3D000": "no_such_database", "42P01": "no_such_table",
    "3F000": "no_such_table", "42501": "no_permission", "57014": "too_slow",
}  # fmt: skip
SAFE = """SET LOCAL standard_conforming_strings = on; SET LOCAL backslash_quote = off;
SET LOCAL statement_timeout = '{seconds}s'; SET LOCAL TIME ZONE 'UTC'"""  # first: what the checked SQL was written for
SIZED = (17, 25, 1042, 1043)  # bytes and texts, whose length the server knows without looking
MARK = "row_too_large"
POWERFUL = """SELECT count(*) FROM pg_roles WHERE pg_has_role(session_user, oid, 'member') AND (rolsuper OR
rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))"""
COMMENTS = """SELECT col_description(t.oid, t.number) FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY
AS t(oid, number, place) ORDER BY t.place"""


@contextmanager
def reading(address: Address, place: Place, sql: str, tls: str, deadline: Deadline) -> Iterator[Rows]:
    """The answer to a checked SELECT."""
    import psycopg

    connection = _connected(address, place, tls, deadline)
    try:
        connection.read_only = True
        connection.execute(SAFE.format(seconds=max(1, int(deadline.seconds))).encode())
        if connection.execute(POWERFUL).fetchall() != [(0,)]:
            raise failure("account_too_powerful")
        columns, guarded = _columns(connection, sql)
        cursor = connection.cursor()
        _keep_as_text(cursor)
        yield Rows(
            columns, _plain(columns, cursor.stream(guarded.encode()))
        )  # takes a single command, as `binary` does
    except (psycopg.Error, UnicodeDecodeError) as error:
        deadline.check()
        raise _failed(error, place) from error
    finally:
        connection.close()


def _connected(address: Address, place: Place, tls: str, deadline: Deadline) -> "psycopg.Connection[Any]":
    import psycopg

    reach.connected(place).close()  # so that what fails from here on is not the network
    # The password itself goes only to a server that is proven
    trusted: dict[str, Any] = (
        {"sslrootcert": _authorities()} if tls == "verify" else {"require_auth": "scram-sha-256,md5,none"}
    )
    try:
        connection = psycopg.connect(
            host=place.host, hostaddr=place.address, port=place.port, user=address.user, dbname=address.path,
            password=address.password, passfile=os.devnull, sslmode=MODES[tls], gssencmode="disable",
            connect_timeout=int(reach.TIMEOUT), keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
            tcp_user_timeout=60_000, client_encoding="UTF8", application_name="datadam", **trusted,
        )  # fmt: skip
    except psycopg.OperationalError as error:
        raise _not_let_in(str(error), tls) from error
    deadline.hold_descriptor(connection.fileno())
    return connection


def _authorities() -> str:
    return ssl.get_default_verify_paths().cafile or "system"


def _not_let_in(said: str, tls: str) -> reach.ServerFailed:
    """Before the sign-in there is no code to go by, and the server speaks its own language."""
    if "does not support SSL" in said or "no encryption" in said:
        return failure("tls_missing")
    if "require_auth" in said or "requirement" in said:
        return failure("password_in_clear")
    if tls == "verify" and ("certificate" in said or "SSL" in said):
        return failure("tls_untrusted")
    if "database" in said and "does not exist" in said:
        return failure("no_such_database")
    return failure("bad_credentials")


def _failed(error: Exception, place: Place) -> reach.ServerFailed:
    state = str(getattr(error, "sqlstate", None) or "")
    if state == "22P02" and MARK in str(error):
        return failure(MARK)
    if state in STATES:
        return failure(STATES[state])
    if state.startswith(("42", "22", "2F", "25", "0A", "21")):
        diagnosis = getattr(error, "diag", None)
        return failure("bad_query", str(getattr(diagnosis, "message_primary", "") or ""))
    if isinstance(error, UnicodeDecodeError) or (not state and type(error).__name__ == "DataError"):
        return failure("value_unreadable")
    return reach.no_answer(place)


def _columns(connection: "psycopg.Connection[Any]", sql: str) -> tuple[list[Column], str]:
    """What the answer will look like, with the comments of the columns that it comes from; and the SQL to send."""
    told = connection.execute(f"SELECT * FROM ({sql}) AS wanted LIMIT 0".encode(), binary=True).pgresult
    assert told is not None
    places = range(told.nfields)
    origins = [told.ftable(at) for at in places], [told.ftablecol(at) for at in places]
    comments = [str(row[0] or "") for row in connection.execute(COMMENTS, origins).fetchall()]
    names = [(told.fname(at) or b"").decode() for at in places]
    columns = [_column(names[at], told.ftype(at), told.fmod(at), comments[at]) for at in places]
    return columns, _guarded(sql, columns, [told.ftype(at) for at in places])


def _guarded(sql: str, columns: Sequence[Column], types: Sequence[int]) -> str:
    """The query behind a first column in which the server itself fails on a row too large to be held here."""
    if not columns:
        raise failure("bad_query")
    lengths = [
        f"coalesce(octet_length(c{at}{'' if kind in SIZED else '::text'}), 0)::bigint"
        for at, (column, kind) in enumerate(zip(columns, types, strict=True))
        if column.kind in ("text", "binary")
    ]
    size, names = " + ".join(lengths) or "0", ", ".join(f"c{at}" for at in range(len(columns)))
    guard = f"CASE WHEN {size} > {LARGEST} THEN ('{MARK} ' || ({size}))::boolean END"
    return f"SELECT {guard}, wanted.* FROM ({sql}) AS wanted({names})"


def _column(name: str, kind: int, modifier: int, comment: str) -> Column:
    if kind != NUMERIC:
        return Column(name, KINDS.get(kind, "text"), comment=comment)
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    if modifier < 4:
        return Column(name, "number", comment=comment)  # numeric without a size: of a sum, an average
    if precision > WIDEST or scale > precision:
        return Column(name, "text", comment=comment)
    return Column(name, "decimal", precision, scale, comment)


def _keep_as_text(cursor: Any) -> None:
    """What is no type of ours arrives as the database writes it: JSON, UUID, arrays, ranges, intervals."""
    from psycopg.types.string import TextLoader

    wanted = [info.oid for info in cursor.adapters.types]
    wanted += [info.array_oid for info in cursor.adapters.types if info.array_oid]
    for oid in [*wanted, 0]:
        if oid not in KINDS and oid != NUMERIC:
            cursor.adapters.register_loader(oid, TextLoader)


def _plain(columns: list[Column], rows: Iterator[Any]) -> Iterator[list[Any]]:
    """Values as their column wants them, without the guard; what is no number (NaN, infinity) is no value."""
    floats = [at for at, column in enumerate(columns) if column.kind == "number"]
    texts = [at for at, column in enumerate(columns) if column.kind == "text"]
    for _, *row in rows:
        for at in floats:
            row[at] = None if row[at] is None or not math.isfinite(row[at]) else float(row[at])
        for at in texts:
            row[at] = None if row[at] is None else str(row[at])
        yield row
