"""Rows of a database, read only, in batches of bounded size; the two drivers stand beside this module."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
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
FIRST, MOST = 100, 20_000  # rows asked for at once
BUDGET = 16 << 20  # bytes of the rows that are held
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
    """An answer that is still coming."""

    columns: list[Column]
    batches: Iterator[Sequence[Sequence[Any]]]


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
        yield rows


def batches(fetch: Callable[[int], Sequence[Sequence[Any]]], deadline: Deadline) -> Iterator[Sequence[Sequence[Any]]]:
    """Batches as many rows long as fit the budget, judged by the batch before."""
    count = FIRST
    while rows := fetch(count):
        yield rows
        deadline.check()
        count = max(1, min(MOST, BUDGET * len(rows) // _weight(rows)))


def _weight(rows: Sequence[Sequence[Any]]) -> int:
    """About how many bytes the rows hold; every tenth is looked at."""
    looked = rows[::10]
    held = sum(64 + len(value) if isinstance(value, str | bytes) else 64 for row in looked for value in row)
    return max(1, held * len(rows) // len(looked))
