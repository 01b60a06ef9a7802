"""Sources on the command line."""

import sys
from pathlib import Path
from typing import Any

import click

from datadam.catalog import codes
from datadam.core.cli import Outcome, array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
SOURCE = obj(
    {
        "id": COUNT,
        "organisation": STRING,
        "dataset": {"type": ["string", "null"]},
        "title": STRING,
        "kind": enum("url", "folder", "sftp", "postgresql", "mysql"),
        "address": STRING,
        "every": enum("hour", "day", "week", "month"),
        "at": STRING,
        "active": {"type": "boolean"},
        "publish_when_clean": {"type": "boolean"},
        "next_at": STRING,
        "last_run": {"type": ["string", "null"]},
        "last_outcome": enum("", "new", "published", "held", "unchanged", "failed"),
        "failures": COUNT,
        "message": STRING,
        "fingerprint": STRING,
        "offered": STRING,
        "query": STRING,
        "tls": enum("", "require", "verify", "off"),
    }
)
TRIED = obj(
    {
        "fingerprint": STRING,
        "confirmed": {"type": "boolean"},
        "files": array(obj({"name": STRING, "size": COUNT, "modified": STRING})),
        "columns": array(obj({"name": STRING, "type": STRING, "comment": STRING})),
        "rows": array({"type": "array"}),
    }
)
REPORT = obj({"sources": array(SOURCE), "tried": TRIED}, optional=["tried"])
ACTIONS = ("list", "add", "try", "trust", "run", "pause", "resume", "remove")
KINDS = ("url", "folder", "sftp", "postgresql", "mysql")


def _render_sources(data: dict[str, Any]) -> str:
    lines = []
    for each in data["sources"]:
        state = "" if each["active"] else " (paused)"
        lines.append(f"{each['id']:>4}  {each['dataset'] or each['title']}  {each['every']} {each['at']}{state}")
        said = f": {each['message']}" if each["message"] else ""
        lines.append(f"      {each['address']}  {each['last_outcome'] or '-'}{said}")
        if each["offered"]:
            lines.append(f"      {each['offered']}: not accepted yet")
    return "\n".join([*lines, *_render_tried(data.get("tried"))]) or "-"


def _render_tried(tried: dict[str, Any] | None) -> list[str]:
    if tried is None:
        return []
    lines = [f"{tried['fingerprint']}{'' if tried['confirmed'] else ': not accepted yet'}"] * bool(tried["fingerprint"])
    lines += [f"{each['modified']}  {each['size']:>12,}  {each['name']}" for each in tried["files"]]
    if tried["columns"]:
        lines.append("\t".join(f"{column['name']} {column['type']}" for column in tried["columns"]))
    return lines + ["\t".join("" if cell is None else cell for cell in row) for row in tried["rows"]]


@verb("source", schema=REPORT, refusals=codes.REACHING, render=_render_sources)
@click.argument("action", type=click.Choice(ACTIONS))
@click.argument("which", metavar="[DATASET|ID]", required=False, default="")
@click.option("--org", help="add, list, try: the organisation, by name or title.")
@click.option("--title", default="", help="add: title of the dataset that the first file makes.")
@click.option("--url", help="add: fetch from this URL.")
@click.option("--folder", help="add: fetch from this folder, beneath DATADAM_FETCH_FOLDERS.")
@click.option("--sftp", help="add, try: sftp://user@host:22/folder/*.csv")
@click.option("--postgresql", help="add, try: postgresql://user@host:5432/database")
@click.option("--mysql", help="add, try: mysql://user@host:3306/database")
@click.option("--query", default="", help="add, try: the table, or the SELECT, of a database.")
@click.option("--tls", type=click.Choice(["require", "verify", "off"]), help="add, try: how a database is reached.")
@click.option("--password-file", metavar="FILE", help="add, try: holds the password (- for standard input).")
@click.option("--key-file", metavar="FILE", help="add, try: holds the private key for SFTP.")
@click.option("--fingerprint", default="", help="add, try, trust: the host key of the SFTP server, SHA256:…")
@click.option("--every", type=click.Choice(["hour", "day", "week", "month"]), default="day", show_default=True)
@click.option("--at", default="06:00", show_default=True, help="add: Korean time of day.")
@click.option("--publish-when-clean", is_flag=True, help="add: publish what has the same form and no findings.")
def source(*, actor: Any, action: str, which: str, org: str | None, **given: Any) -> Outcome:
    """Let files come by a timetable: list, add, try, trust, run, pause, resume or remove sources."""
    from datadam.catalog import presenting
    from datadam.catalog.services import servers, sources

    if action == "list":
        return Outcome({"sources": [presenting.source(each) for each in _listed(actor, org)]})
    if action == "try":
        return Outcome(_tried(actor, which, org, given))
    if action == "add":
        return Outcome({"sources": [presenting.source(_added(actor, which, org, given))]})
    found = _found(actor, which)
    if action == "run":
        _run_now(actor, found)
    elif action == "trust":
        servers.trust(actor=actor, source=found, fingerprint=given["fingerprint"])
    elif action == "remove":
        told = presenting.source(found)
        sources.remove(actor=actor, source=found)
        return Outcome({"sources": [told]})
    else:
        (sources.pause if action == "pause" else sources.resume)(actor=actor, source=found)
    found.refresh_from_db()
    return Outcome({"sources": [presenting.source(found)]}, refused=action == "run" and bool(found.failures))


def _organisation(org: str) -> Any:
    from datadam.core import selectors as core
    from datadam.core.services import organisations

    return organisations.find(org) or core.organisation(org)


def _listed(actor: Any, org: str | None) -> list[Any]:
    from datadam.catalog import policies
    from datadam.catalog.services import sources
    from datadam.core import selectors as core

    wanted = [_organisation(org)] if org else list(core.organisations())
    return [each for one in wanted if policies.may_upload(actor, one) for each in sources.of(one)]


def _found(actor: Any, which: str) -> Any:
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import sources
    from datadam.core.errors import NotFound
    from datadam.web.text import Text

    if not which:
        raise click.UsageError("say which source: its dataset or its number")
    if which.isdecimal():
        return sources.source_for(actor, which)
    own = getattr(by_name(actor, which), "source", None)
    if own is None:
        raise NotFound(Text("이 자료에는 가져올 곳이 없습니다.", "This dataset has no source."))
    return sources.source_for(actor, own.pk)


def _of_server(given: dict[str, Any]) -> dict[str, str]:
    """What the options say of a server; secrets come from files, because others see the command line."""
    return {
        "password": _secret(given["password_file"], "--password-file"),
        "private_key": _secret(given["key_file"], "--key-file"),
        "fingerprint": given["fingerprint"],
        "query": given["query"],
        "tls": given["tls"] or "",
    }


def _secret(file: str | None, option: str) -> str:
    if not file:
        return ""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint=option) from None
    return text.rstrip("\r\n")


def _address(given: dict[str, Any]) -> tuple[str, str]:
    """(kind, address)."""
    named = [(kind, str(given[kind])) for kind in KINDS if given[kind] is not None]
    if len(named) != 1:
        raise click.UsageError("give one of " + ", ".join(f"--{kind}" for kind in KINDS))
    return named[0]


def _tried(actor: Any, which: str, org: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """Look at a server before or after it is stored; nothing is changed."""
    from datadam.catalog import presenting
    from datadam.catalog.services import servers

    if which:
        found = _found(actor, which)
        wanted = servers.Given(found.kind, **_of_server(given))
        tried = servers.try_out(actor=actor, organisation=found.organisation, source=found, given=wanted)
        return {"sources": [presenting.source(found)], "tried": presenting.tried(tried)}
    if not org:
        raise click.UsageError("say which source, or give --org and an address")
    wanted = servers.Given(*_address(given), **_of_server(given))
    return {
        "sources": [],
        "tried": presenting.tried(servers.try_out(actor=actor, organisation=_organisation(org), given=wanted)),
    }


def _added(actor: Any, which: str, org: str | None, given: dict[str, Any]) -> Any:
    import datetime as dt

    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import sources
    from datadam.core.services.organisations import ensure_organisation

    kind, address = _address(given)
    if not which and not org:
        raise click.UsageError("give a dataset, or --org and --title")
    try:
        time = dt.time.fromisoformat(given["at"])
    except ValueError:
        raise click.BadParameter(f"{given['at']}: write the time as 06:00", param_hint="--at") from None
    dataset = by_name(actor, which) if which else None
    owner = dataset.organisation if dataset else ensure_organisation(actor=actor, title_or_name=str(org))
    return sources.save(
        actor=actor,
        organisation=owner,
        dataset=dataset,
        source=getattr(dataset, "source", None) if dataset else None,
        title=given["title"],
        kind=kind,
        address=address,
        every=given["every"],
        at=time,
        publish_when_clean=given["publish_when_clean"],
        **_of_server(given),
    )


def _run_now(actor: Any, found: Any) -> None:
    from datadam.catalog.services import sources
    from datadam.core import jobs

    jobs.run_now(sources.start(actor=actor, source=found))
