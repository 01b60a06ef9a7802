"""Rows of a database, read only, in batches of bounded size; the two drivers stand beside this module."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from datadam.catalog.outside import statements
from datadam.catalog.outside.addresses import Address
from datadam.core.errors import Invalid
from datadam.core.fetch import Deadline
from datadam.core.reach import Place, ServerFailed
from datadam.web.text import Text

Kind = Literal[
    "integer", "unsigned", "decimal", "number", "text", "boolean", "date", "timestamp", "instant", "time", "binary"
]
MOST, BUDGET = 20_000, 16 << 20  # rows, and their bytes, that are held at once
LARGEST = 16 << 20  # bytes of one row
TLS = ("require", "verify", "off")
TLS_WORDS = {
    "require": Text("암호화 (서버 확인 없음)", "Encrypted, server not proven"),
    "verify": Text("암호화하고 서버 인증서 확인", "Encrypted, certificate checked"),
    "off": Text("암호화하지 않음 (내부망만)", "Not encrypted (private networks only)"),
}
TLS_MISSING = Text(
    "서버가 암호화(TLS)를 하지 않습니다. 내부망의 서버라면 암호화하지 않음을 고를 수 있습니다.",
    "The server does not encrypt (TLS). For one in a private network you may choose not to.",
)
TLS_UNTRUSTED = Text("서버의 인증서를 믿을 수 없습니다.", "The server's certificate cannot be trusted.")
TLS_OUTSIDE = Text("인터넷의 서버에는 암호화해야 접속합니다.", "A server on the Internet is reached encrypted only.")
BAD_LOGIN = Text(
    "서버가 접속을 거절했습니다. 사용자와 비밀번호, 데이터베이스 이름을 확인하십시오.",
    "The server refused the sign-in: check the user, the password and the name of the database.",
)
FAILURES: dict[str, Text] = {
    "bad_credentials": BAD_LOGIN,
    "tls_missing": TLS_MISSING,
    "tls_untrusted": TLS_UNTRUSTED,
    "no_such_database": Text("그런 데이터베이스가 없습니다.", "There is no such database."),
    "no_such_table": Text("그런 표가 없습니다.", "There is no such table."),
    "no_permission": Text("이 사용자는 그것을 읽을 수 없습니다.", "This user may not read that."),
    "too_slow": Text("질의가 너무 오래 걸려 그만두었습니다.", "The query took too long and was given up."),
    "bad_query": Text("데이터베이스가 이 질의를 이해하지 못합니다.", "The database does not understand this query."),
    "row_too_large": Text(
        "한 행이 16 MiB를 넘어 가져오지 않습니다. 큰 열을 빼거나 줄이십시오.",
        "A row is larger than 16 MiB and is not fetched: leave out or cut its large columns.",
    ),
    "account_too_powerful": Text(
        "서버 파일이나 모든 것을 다룰 수 있는 계정으로는 접속하지 않습니다. 읽기만 하는 계정을 만들어 쓰십시오.",
        "An account that may do everything, or touch the server's files, is not used: make one that only reads.",
    ),
    "password_in_clear": Text(
        "서버가 비밀번호를 그대로 보내라고 합니다. 서버 인증서를 확인하는 접속에서만 보냅니다.",
        "The server asks for the password itself, which is sent only where its certificate is checked.",
    ),
    "value_unreadable": Text(
        "옮길 수 없는 값이 있습니다(끝없는 날짜 따위). SELECT에서 글자로 바꾸어 보십시오.",
        "A value cannot be carried over (an infinite date, say): cast it to text in the SELECT.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of the answer. `timestamp` has no zone, `instant` has; `comment` is what the database says of it."""

    name: str
    kind: Kind
    precision: int = 0
    scale: int = 0
    comment: str = ""


@dataclass(frozen=True)
class Rows:
    """An answer that is still coming, row by row."""

    columns: list[Column]
    rows: Iterator[list[Any]]

    @property
    def batches(self) -> Iterator[list[list[Any]]]:
        """Many rows at once, but not more than fit the budget."""
        held: list[list[Any]] = []
        size = 0
        for row in self.rows:
            held.append(row)
            size += weight(row)
            if size >= BUDGET or len(held) >= MOST:
                yield held
                held, size = [], 0
        if held:
            yield held


def failure(code: str, said: str = "") -> ServerFailed:
    """A refusal by its code; `said` is the database's own sentence about the query."""
    words = FAILURES[code]
    if said:
        said = " ".join(said.split())[:200]
        words = Text(f"{words.ko} ({said})", f"{words.en} ({said})")
    return ServerFailed(words, code=code)


def check_tls(place: Place, tls: str) -> None:
    """Refuse to send a password in clear through the Internet."""
    if tls == "off" and not place.is_inside:
        raise Invalid(TLS_OUTSIDE, code="tls_needed", fields={"tls": TLS_OUTSIDE})


@contextmanager
def reading(address: Address, place: Place, *, query: str, tls: str, seconds: float) -> Iterator[Rows]:
    """Ask, read only, and give the answer as it comes; all of it may take `seconds`."""
    from datadam.catalog.outside import mysql, postgresql

    check_tls(place, tls)
    sql = statements.statement(address.kind, query)
    drivers: dict[str, Callable[..., AbstractContextManager[Rows]]] = {
        "postgresql": postgresql.reading,
        "mysql": mysql.reading,
    }
    with Deadline(seconds) as deadline, drivers[address.kind](address, place, sql, tls, deadline) as rows:
        yield replace(rows, rows=_timely(rows.rows, deadline))


def _timely(rows: Iterator[list[Any]], deadline: Deadline) -> Iterator[list[Any]]:
    for row in rows:
        deadline.check()
        yield row


def weight(row: Sequence[Any]) -> int:
    """About how many bytes a row holds."""
    return sum(64 + len(value) if isinstance(value, str | bytes) else 64 for value in row)
