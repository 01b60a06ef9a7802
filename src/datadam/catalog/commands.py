"""The catalogue on the command line: from show to destroy, and sql; the other verbs are gathered here."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import click

from datadam.catalog import codes
from datadam.catalog.cells_commands import cells
from datadam.catalog.curating import recipe
from datadam.catalog.evaluation_commands import evidence
from datadam.catalog.file_commands import files
from datadam.catalog.glossary_commands import conformance, glossary, portal
from datadam.catalog.ingest_commands import COLUMN, LICENCES, ingest
from datadam.catalog.looking import preview
from datadam.catalog.pushing import push
from datadam.catalog.ruling import rules
from datadam.catalog.safety_commands import decide, decision, findings
from datadam.catalog.sourcing import source
from datadam.core.cli import array, enum, obj, verb

__all__ = [
    "cells", "conformance", "decide", "decision", "describe", "destroy", "discard", "evidence", "export", "files",
    "findings", "glossary", "ingest", "portal", "preview", "publish", "push", "quality", "recipe", "rules", "show",
    "source", "sql", "undo", "unpublish",
]  # fmt: skip
STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number", "minimum": 0}
BOOLEAN = {"type": "boolean"}
STRING_OR_NULL = {"type": ["string", "null"]}
COUNT_OR_NULL = {"type": ["integer", "null"]}
DATASET = obj(
    {
        "dataset": STRING,
        "title": STRING,
        "organisation": STRING,
        "state": enum("draft", "published", "withdrawn", "destroyed"),
        "release": COUNT_OR_NULL,
        "url": STRING,
    }
)


SHOWN = obj(
    {
        **DATASET["properties"],
        "description": STRING,
        "keywords": array(STRING),
        "theme": STRING,
        "frequency": STRING,
        "licence": STRING,
        "permissions": {"type": ["object", "null"], "additionalProperties": BOOLEAN},
        "sentence": STRING,
        "rows": COUNT_OR_NULL,
        "columns": array(COLUMN),
        "quality": {"type": ["number", "null"]},
        "releases": array(
            obj({"release": COUNT, "state": STRING, "rows": COUNT, "filename": STRING, "created_at": STRING})
        ),
    }
)


@verb("show", schema=SHOWN, refusals=["ambiguous"])
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest published one otherwise.")
def show(*, actor: Any, dataset: str, number: int | None) -> dict[str, Any]:
    """Show a dataset (by name or title) and its releases."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name

    return presenting.shown(actor, by_name(actor, dataset), number)


PART = obj({"code": STRING, "label": STRING, "share": {"type": ["number", "null"]}, "weight": {"type": "number"}})
ADVICE = obj({"part": STRING, "words": STRING, "gain": {"type": "number"}, "place": STRING})
QUALITY = obj(
    {
        "dataset": STRING,
        "release": COUNT,
        "score": {"type": ["number", "null"]},
        "parts": array(PART),
        "advice": array(ADVICE),
    }
)


@verb("quality", schema=QUALITY, refusals=["ambiguous"])
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest published one otherwise.")
def quality(*, actor: Any, dataset: str, number: int | None) -> dict[str, Any]:
    """Show a dataset's quality: the score, its six parts, and what would raise it."""
    from datadam.catalog import selectors

    found = selectors.by_name(actor, dataset)
    return selectors.quality.told(actor, found, selectors.release_for(actor, found, number))


@verb("publish", schema=DATASET, refusals=["ambiguous", "held", "nothing_to_publish", "read_again"])
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest draft otherwise.")
@click.option("--licence", type=click.Choice(LICENCES), help="Set this licence first.")
def publish(*, actor: Any, dataset: str, number: int | None, licence: str | None) -> dict[str, Any]:
    """Open a dataset's newest draft release to everyone."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name, release_for
    from datadam.catalog.services import datasets

    found = by_name(actor, dataset)
    release = release_for(actor, found, number) if number is not None else None
    if licence:
        datasets.describe(actor=actor, dataset=found, licence=licence)
    return presenting.brief(actor, datasets.publish(actor=actor, dataset=found, release=release))


@verb("unpublish", schema=DATASET, refusals=["ambiguous"])
@click.argument("dataset")
def unpublish(*, actor: Any, dataset: str) -> dict[str, Any]:
    """Withdraw a dataset from the public; its releases stay."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import datasets

    return presenting.brief(actor, datasets.unpublish(actor=actor, dataset=by_name(actor, dataset)))


@verb("undo", schema=DATASET, refusals=["ambiguous"])
@click.argument("dataset")
def undo(*, actor: Any, dataset: str) -> dict[str, Any]:
    """Take the last publishing back, within ten minutes and by who published."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import datasets

    return presenting.brief(actor, datasets.undo_publish(actor=actor, dataset=by_name(actor, dataset)))


@verb("discard", schema=obj({"dataset": STRING, "release": COUNT}), refusals=["ambiguous"])
@click.argument("dataset")
@click.option("--release", "number", type=int, required=True, help="Which draft or held release.")
@click.option("--undo", is_flag=True, help="Take it back, within ten minutes.")
def discard(*, actor: Any, dataset: str, number: int, undo: bool) -> dict[str, Any]:
    """Throw a draft or held release away; a draft dataset with nothing left goes with it after ten minutes."""
    from datadam.catalog.selectors import by_name, release_for
    from datadam.catalog.services import releases

    found = by_name(actor, dataset)
    service = releases.undo_discard if undo else releases.discard_release
    service(actor=actor, release=release_for(actor, found, number))
    return {"dataset": found.name, "release": number}


@verb("describe", schema=DATASET, refusals=["ambiguous"])
@click.argument("dataset")
@click.option("--title", help="Title.")
@click.option("--description", help="Description.")
@click.option("--keywords", help="Keywords, separated by commas.")
@click.option("--theme", help="Theme: a code such as finance.")
@click.option("--frequency", help="How often it comes out: a code such as monthly.")
@click.option("--from", "temporal_start", metavar="DATE", help="First day that the data is about.")
@click.option("--to", "temporal_end", metavar="DATE", help="Last day that the data is about.")
@click.option("--area", "spatial", help="Area that the data is about.")
@click.option("--contact-name", help="Department or person to ask.")
@click.option("--contact-email", help="Their e-mail address.")
@click.option("--contact-phone", help="Their telephone.")
@click.option("--licence", type=click.Choice(LICENCES), help="Licence.")
@click.option("--ai-mark/--no-ai-mark", default=None, help="Whether AI may be trained on it, whatever the licence.")
@click.option("--source-url", help="Where the data comes from.")
@click.option("--legal-basis", help="Why the office holds it: a law and its article.")
@click.option("--collection", help="How the data are collected.")
@click.option("--limits", help="What the data do not hold.")
def describe(*, actor: Any, dataset: str, **given: Any) -> dict[str, Any]:
    """Write a dataset's metadata; what is not given stays. An empty text clears a field."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import datasets

    fields = {name: value for name, value in given.items() if value is not None}
    if not fields:
        raise click.UsageError("give at least one option: there is nothing to write")
    for name in ("temporal_start", "temporal_end"):
        fields |= {name: _day(fields[name])} if name in fields else {}
    return presenting.brief(actor, datasets.describe(actor=actor, dataset=by_name(actor, dataset), **fields))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text}: write the day as 2026-03-02", param_hint="--from, --to") from None


LOST = obj({"character": STRING, "count": COUNT, "first_row": COUNT, "column": STRING})
EXPORTED = obj({"dataset": STRING, "release": COUNT, "out": STRING, "rows": COUNT, "bytes": COUNT, "lost": array(LOST)})


@verb("export", schema=EXPORTED, refusals=codes.EXPORTING)
@click.argument("dataset")
@click.option("--format", "format", type=click.Choice(["csv", "parquet", "json", "xlsx"]), required=True)
@click.option("--encoding", type=click.Choice(["utf-8-sig", "cp949"]), default="utf-8-sig", show_default=True)
@click.option("--release", "number", type=int, help="Which release; the newest published one otherwise.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
def export(*, actor: Any, dataset: str, format: str, encoding: str, number: int | None, out: Path) -> dict[str, Any]:
    """Write a release to a file. CSV carries a BOM, or is CP949 with a list of what that cannot hold."""
    from datadam.catalog import downloads
    from datadam.catalog.selectors import by_name, release_for

    if encoding != "utf-8-sig" and format != "csv":
        raise click.BadParameter(f"{format} has no encoding to choose; only csv has", param_hint="--encoding")
    if not os.access(out.absolute().parent, os.W_OK | os.X_OK):
        raise click.BadParameter(f"{out.parent}: no such folder, or none to write in", param_hint="--out")
    found = by_name(actor, dataset)
    release = release_for(actor, found, number)
    made = downloads.export_to(actor=actor, dataset=found, release=release, format=format, encoding=encoding, out=out)
    facts = {"dataset": found.name, "release": release.number, "out": str(out), "rows": made.rows}
    return {**facts, "bytes": out.stat().st_size, "lost": made.lost}


@verb("destroy", schema=DATASET, refusals=["ambiguous"])
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Only this release; the whole dataset otherwise.")
@click.option("--reason", required=True, help="Why; it is kept in the list of destructions.")
def destroy(*, actor: Any, dataset: str, number: int | None, reason: str) -> dict[str, Any]:
    """Destroy a dataset or one release for good: rows, history, quarantine, staged file and downloads."""
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name, release_for
    from datadam.catalog.services import datasets

    found = by_name(actor, dataset)
    release = release_for(actor, found, number) if number is not None else None
    datasets.destroy(actor=actor, dataset=found, release=release, reason=reason)
    return presenting.brief(actor, found)


ANSWER = obj(
    {
        "columns": array(obj({"name": STRING, "type": STRING})),
        "rows": array({"type": "array"}),
        "truncated": BOOLEAN,
        "seconds": NUMBER,
        "datasets": array(obj({"dataset": STRING, "release": COUNT})),
    }
)


@verb("sql", schema=ANSWER, refusals=codes.QUERYING, render=lambda data: _render_answer(data))
@click.argument("query")
def sql(*, actor: Any, query: str) -> dict[str, Any]:
    """Answer one SELECT over datasets, called by their names or titles ("in double quotes" where needed)."""
    from datadam.catalog import queries

    answer = queries.run(actor=actor, query=query)
    return {
        "columns": [{"name": n, "type": t} for n, t in zip(answer.columns, answer.types, strict=True)],
        "rows": answer.rows,
        "truncated": answer.truncated,
        "seconds": round(answer.seconds, 3),
        "datasets": [{"dataset": name, "release": number} for name, number in answer.datasets],
    }


def _render_answer(data: dict[str, Any]) -> str:
    head = "\t".join(column["name"] for column in data["columns"])
    rows = ["\t".join("" if cell is None else str(cell) for cell in row) for row in data["rows"]]
    return "\n".join([head, *rows, *(["…"] if data["truncated"] else [])])
