"""File servers and databases as sources: what is stored of them, trying them, accepting a host key, looking at them."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from datadam.catalog import policies, storage
from datadam.catalog.models import Source
from datadam.catalog.outside import addresses, databases, sftp, statements
from datadam.catalog.outside.addresses import Address
from datadam.core import events, reach
from datadam.core.errors import Conflict, Invalid
from datadam.core.public import Actor, Organisation
from datadam.core.reach import Place
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.staging import Sealed

DATABASES = (Source.Kind.POSTGRESQL, Source.Kind.MYSQL)
KINDS = (Source.Kind.SFTP, *DATABASES)
TRYING = 15.0  # seconds: a web process waits meanwhile
SHOWN_FILES = SHOWN_ROWS = 20
SHOWN_BYTES = 1 << 20  # a try reads no row after these
LONGEST = 120  # characters of a value that is shown
NO_ADDRESS = Text("주소를 쓰십시오.", "Give the address.")
NO_SECRET = Text("비밀번호나 개인 키를 넣으십시오.", "Give a password or a private key.")
BAD_TLS = Text("고를 수 없는 값입니다.", "This cannot be chosen.")
OTHER_KEY = Text(
    "그사이 다른 호스트 키가 보였습니다. 다시 확인하십시오.", "Another host key was shown meanwhile: look again."
)


@dataclasses.dataclass(frozen=True)
class Given:
    """What a person gives of a server. What is left empty stays as it is; secrets only as long as the server does."""

    kind: str
    address: str = ""
    password: str = dataclasses.field(default="", repr=False)
    private_key: str = dataclasses.field(default="", repr=False)
    fingerprint: str = ""
    query: str = ""
    tls: str = ""


@dataclasses.dataclass(frozen=True)
class Tried:
    """What a server showed: its host key while nobody accepted it, else its first files or rows."""

    fingerprint: str = ""
    confirmed: bool = True
    files: list[sftp.RemoteFile] = dataclasses.field(default_factory=list)
    more_files: int = 0
    columns: list[databases.Column] = dataclasses.field(default_factory=list)
    rows: list[list[str | None]] = dataclasses.field(default_factory=list)


def values(actor: Actor, organisation: Organisation, source: Source | None, given: Given) -> dict[str, Any]:
    """What is stored of a server: its sealed address, what is shown of it, and its options."""
    address, place, options = _understood(actor, organisation, source, given)
    if given.kind == Source.Kind.SFTP and not options["fingerprint"]:
        options["offered"] = sftp.host_key(place)
    return {"sealed": addresses.sealed(address), "shown": _shown(address, options), "options": options}


def _understood(
    actor: Actor, organisation: Organisation, source: Source | None, given: Given
) -> tuple[Address, Place, dict[str, Any]]:
    old = addresses.opened(source.sealed) if source is not None and source.kind == given.kind else None
    known = dict(source.options) if source is not None and old else {}
    address = _address(given, old)
    place = reach.judged(address.host, address.port, organisation.name, of_city=policies.of_city(actor))
    if given.kind == Source.Kind.SFTP:
        sftp.private_key(address)
        if not address.password and not address.key:
            raise Invalid(NO_SECRET, fields={"password": NO_SECRET})
        same = old is not None and (old.host, old.port) == (address.host, address.port)
        accepted = sftp.checked_fingerprint(given.fingerprint) or (known.get("fingerprint", "") if same else "")
        return address, place, {"fingerprint": accepted}
    query, tls = given.query.strip() or known.get("query", ""), given.tls or known.get("tls", "require")
    statements.statement(given.kind, query)
    if tls not in databases.TLS:
        raise Invalid(BAD_TLS, fields={"tls": BAD_TLS})
    databases.check_tls(place, tls)
    return address, place, {"query": query, "tls": tls}


def _address(given: Given, old: Address | None) -> Address:
    """A secret goes on only to the server that it was given for."""
    if given.address:
        new = addresses.parsed(given.kind, given.address, password=given.password, key=given.private_key)
    elif old is not None:
        new = dataclasses.replace(old, password=given.password, key=given.private_key)
    else:
        raise Invalid(NO_ADDRESS, fields={"address": NO_ADDRESS})
    if old is not None and new.server == old.server and not (given.password or given.private_key):
        new = dataclasses.replace(new, password=old.password, key=old.key)
    return new


def _shown(address: Address, options: dict[str, Any]) -> str:
    query = " ".join(str(options.get("query", "")).split())
    return f"{address.shown}{' · ' if query else ''}{query}"[:500]


def try_out(*, actor: Actor, organisation: Organisation, source: Source | None = None, given: Given) -> Tried:
    """Connect as it was given and look at what is there; nothing is stored.

    Without an accepted host key nothing but that key is asked of a file server, and no secret is sent.
    """
    policies.may_upload(actor, organisation).require()
    if given.kind not in KINDS:
        raise Invalid(BAD_TLS, fields={"kind": BAD_TLS})
    address, place, options = _understood(actor, organisation, source, given)
    if given.kind != Source.Kind.SFTP:
        return _first_rows(address, place, options)
    if not options["fingerprint"]:
        return Tried(fingerprint=sftp.host_key(place), confirmed=False)
    with sftp.session(address, place, options["fingerprint"], TRYING) as session:
        files = session.files()
    return Tried(options["fingerprint"], True, files[-SHOWN_FILES:][::-1], max(0, len(files) - SHOWN_FILES))


def _first_rows(address: Address, place: Place, options: dict[str, Any]) -> Tried:
    rows: list[list[str | None]] = []
    with databases.reading(address, place, query=options["query"], tls=options["tls"], seconds=TRYING) as answer:
        read = 0
        for row in answer.rows:
            rows.append([_text(value) for value in row])
            read += databases.weight(row)
            if len(rows) >= SHOWN_ROWS or read >= SHOWN_BYTES:
                break
        return Tried(columns=answer.columns, rows=rows)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = f"({len(value):,} bytes)" if isinstance(value, bytes) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def trust(*, actor: Actor, source: Source, fingerprint: str) -> None:
    """Accept the host key that the server showed: the very one that the person saw."""
    policies.may_upload(actor, source.organisation).require()
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        if not fingerprint or row.options.get("offered") != fingerprint:
            raise Conflict(OTHER_KEY, code="host_key_changed")
        row.options = {"fingerprint": fingerprint}
        row.save(update_fields=["options"])
        events.record(actor=actor, verb="source.trust", subject=row, dataset=row.dataset_id, fingerprint=fingerprint)
    source.refresh_from_db()


def _reached(source: Source, actor: Actor) -> tuple[Address, Place]:
    """The server of a source, judged anew: its name may lead elsewhere by now, its person have another role."""
    address = addresses.opened(source.sealed)
    of_city = policies.of_city(actor)
    return address, reach.judged(address.host, address.port, source.organisation.name, of_city=of_city)


@contextmanager
def _session(source: Source, actor: Actor) -> Iterator[sftp.Session]:
    address, place = _reached(source, actor)
    known = str(source.options.get("fingerprint", ""))
    try:
        with sftp.session(address, place, known, settings.FETCH_SECONDS) as opened:
            yield opened
    except sftp.HostKeyOpen as error:
        _offer(source, known, error.seen)
        raise


def _offer(source: Source, known: str, seen: str) -> None:
    """Keep the host key that was shown, unless somebody changed the source since this run read it."""
    with transaction.atomic():
        row = Source.objects.select_for_update().filter(pk=source.pk, kind=source.kind, sealed=source.sealed).first()
        if row is None or row.options.get("fingerprint", "") != known:
            return
        row.options = source.options = {"fingerprint": known, "offered": seen}
        row.save(update_fields=["options"])


def files(source: Source, actor: Actor) -> list[sftp.RemoteFile]:
    """What a source's file server holds of it."""
    with _session(source, actor) as session:
        return session.files()


def fetch_file(source: Source, actor: Actor, file: sftp.RemoteFile) -> "Sealed":
    """Seal one of its files."""
    with _session(source, actor) as session:
        stream: Any = sftp.Download(session, file)
        return storage.staging().seal(stream, limit=storage.max_bytes())


def fetch_rows(source: Source, actor: Actor) -> "Sealed":
    """Seal the rows of a database's table or query."""
    from datadam.lake import rows

    address, place = _reached(source, actor)
    options = {"query": source.options["query"], "tls": source.options["tls"]}
    with databases.reading(address, place, seconds=settings.FETCH_SECONDS, **options) as answer:
        return rows.seal(storage.staging(), answer.columns, answer.batches, limit=storage.max_bytes())


def filename(source: Source) -> str:
    """What the rows of a database are called as a file: by their table, or by what they are of."""
    query = str(source.options.get("query", ""))
    name = query if statements.TABLE.fullmatch(query) else addresses.opened(source.sealed).path
    return f"{name}.parquet"
