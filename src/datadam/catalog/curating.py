"""Recipes and sources on the command line."""

import sys
from pathlib import Path
from typing import Any

import click

from datadam.core.cli import Outcome, array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
COUNT_OR_NULL = {"type": ["integer", "null"]}
LINE = obj({"kind": enum("add", "gone", "same"), "text": STRING})
VERSION = obj({"version": COUNT, "created_at": STRING, "created_by": STRING, "steps": COUNT})
RECIPE = obj(
    {
        "dataset": STRING,
        "version": COUNT_OR_NULL,
        "text": STRING,
        "steps": array({"type": "object"}),
        "history": array(VERSION),
        "diff": array(LINE),
        "read_again": COUNT_OR_NULL,
    }
)


def _render_recipe(data: dict[str, Any]) -> str:
    if data["history"]:
        rows = [
            f"{v['version']:>3}  {v['created_at'][:16]}  {v['steps']:>3}  {v['created_by']}" for v in data["history"]
        ]
        return "\n".join(rows)
    if data["diff"]:
        marks = {"add": "+", "gone": "-", "same": " "}
        return "\n".join(f"{marks[line['kind']]} {line['text']}" for line in data["diff"])
    return f"# {data['dataset']} v{data['version'] or 0}\n{data['text']}".rstrip()


@verb("recipe", schema=RECIPE, refusals=["ambiguous", "bad_recipe", "staged_file_gone"], render=_render_recipe)
@click.argument("dataset")
@click.option("--version", "number", type=int, help="Which version; the newest otherwise.")
@click.option("--set", "file", metavar="FILE", help="Write the next version from this text (- for standard input).")
@click.option("--back", type=int, metavar="N", help="Make version N the newest again.")
@click.option("--diff", nargs=2, type=int, metavar="N M", help="Compare two versions.")
@click.option("--history", "with_history", is_flag=True, help="List the versions.")
def recipe(
    *,
    actor: Any,
    dataset: str,
    number: int | None,
    file: str | None,
    back: int | None,
    diff: tuple[int, int] | None,
    with_history: bool,
) -> dict[str, Any]:
    """Show a dataset's recipe as text, compare its versions, write the next one.

    A release that is not published yet is read again at once by what is written.
    """
    from datadam.catalog import policies, presenting, recipe_text
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import recipes

    found = by_name(actor, dataset)
    policies.may_edit(actor, found).require()
    again = None
    if file is not None:
        again = _read_again(recipes.set_recipe(actor=actor, dataset=found, steps=recipe_text.parsed(text_of(file)))[1])
    elif back is not None:
        again = _read_again(recipes.go_back(actor=actor, dataset=found, version=back)[1])
    shown = presenting.recipe(found, number)
    lines = recipe_text.compared(*(recipes.version_of(found, each).steps for each in diff)) if diff else []
    return {
        **shown,
        "history": shown["history"] if with_history else [],
        "diff": [line._asdict() for line in lines],
        "read_again": again,
    }


def text_of(file: str) -> str:
    """What a file of text holds, or standard input."""
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--set") from None


def _read_again(job: Any) -> int | None:
    """Read the open release again in this process; its number."""
    if job is None:
        return None
    from datadam.core import jobs

    result = jobs.run_now(job) or {}
    return next((each["release"] for each in result.get("datasets", [])), None)


SOURCE = obj(
    {
        "id": COUNT,
        "organisation": STRING,
        "dataset": {"type": ["string", "null"]},
        "title": STRING,
        "kind": enum("url", "folder"),
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
    }
)
ACTIONS = ("list", "add", "run", "pause", "resume", "remove")
REFUSALS = (
    "ambiguous", "bad_url", "address_refused", "folder_refused", "host_unknown", "key_gone",
)  # fmt: skip


def _render_sources(data: dict[str, Any]) -> str:
    lines = []
    for each in data["sources"]:
        state = "" if each["active"] else " (paused)"
        lines.append(f"{each['id']:>4}  {each['dataset'] or each['title']}  {each['every']} {each['at']}{state}")
        said = f": {each['message']}" if each["message"] else ""
        lines.append(f"      {each['address']}  {each['last_outcome'] or '-'}{said}")
    return "\n".join(lines) or "-"


@verb("source", schema=obj({"sources": array(SOURCE)}), refusals=REFUSALS, render=_render_sources)
@click.argument("action", type=click.Choice(ACTIONS))
@click.argument("which", metavar="[DATASET|ID]", required=False, default="")
@click.option("--org", help="add, list: the organisation, by name or title.")
@click.option("--title", default="", help="add: title of the dataset that the first file makes.")
@click.option("--url", help="add: fetch from this URL.")
@click.option("--folder", help="add: fetch from this folder, beneath DATADAM_FETCH_FOLDERS.")
@click.option("--every", type=click.Choice(["hour", "day", "week", "month"]), default="day", show_default=True)
@click.option("--at", default="06:00", show_default=True, help="add: Korean time of day.")
@click.option("--publish-when-clean", is_flag=True, help="add: publish what has the same form and no findings.")
def source(*, actor: Any, action: str, which: str, org: str | None, **given: Any) -> Outcome:
    """Let files come by a timetable: list, add, run, pause, resume or remove sources."""
    from datadam.catalog import presenting
    from datadam.catalog.services import sources

    if action == "list":
        return Outcome({"sources": [presenting.source(each) for each in _listed(actor, org)]})
    if action == "add":
        return Outcome({"sources": [presenting.source(_added(actor, which, org, **given))]})
    found = _found(actor, which)
    if action == "run":
        _run_now(actor, found)
    elif action == "remove":
        told = presenting.source(found)
        sources.remove(actor=actor, source=found)
        return Outcome({"sources": [told]})
    else:
        (sources.pause if action == "pause" else sources.resume)(actor=actor, source=found)
    found.refresh_from_db()
    return Outcome({"sources": [presenting.source(found)]}, refused=action == "run" and bool(found.failures))


def _listed(actor: Any, org: str | None) -> list[Any]:
    from datadam.catalog import policies
    from datadam.catalog.services import sources
    from datadam.core import selectors as core

    wanted = [core.organisation(org)] if org else list(core.organisations())
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


def _added(
    actor: Any, which: str, org: str | None, *, title: str, url: str | None, folder: str | None, every: str, at: str,
    publish_when_clean: bool,
) -> Any:  # fmt: skip
    import datetime as dt

    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import sources
    from datadam.core.services.organisations import ensure_organisation

    if (url is None) == (folder is None):
        raise click.UsageError("give either --url or --folder")
    if not which and not org:
        raise click.UsageError("give a dataset, or --org and --title")
    try:
        time = dt.time.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at}: write the time as 06:00", param_hint="--at") from None
    dataset = by_name(actor, which) if which else None
    owner = dataset.organisation if dataset else ensure_organisation(actor=actor, title_or_name=str(org))
    return sources.save(
        actor=actor,
        organisation=owner,
        dataset=dataset,
        source=getattr(dataset, "source", None) if dataset else None,
        title=title,
        kind="url" if url is not None else "folder",
        address=url or folder or "",
        every=every,
        at=time,
        publish_when_clean=publish_when_clean,
    )


def _run_now(actor: Any, found: Any) -> None:
    from datadam.catalog.services import sources
    from datadam.core import jobs

    jobs.run_now(sources.start(actor=actor, source=found))
