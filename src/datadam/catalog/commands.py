"""The catalogue on the command line: from ingest to destroy, and sql."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from datadam.catalog.looking import preview
from datadam.catalog.pushing import push
from datadam.catalog.ruling import rules
from datadam.catalog.safety_commands import decide, decision, findings
from datadam.catalog.sourcing import source
from datadam.core.cli import Outcome, array, enum, obj, verb

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
LICENCES = ("kogl-0", "kogl-1", "kogl-2", "kogl-3", "kogl-4", "unlimited")
TYPES = ("integer", "number", "text", "date", "timestamp", "time", "duration", "boolean")
COLUMN = obj({"name": STRING, "type": enum(*TYPES)})
REPORT = obj(
    {
        "dataset": STRING_OR_NULL,
        "release": COUNT_OR_NULL,
        "status": enum("loaded", "unchanged", "held", "refused"),
        "reason": enum(*codes.REASONS),
        "rows_read": COUNT,
        "rows_loaded": COUNT,
        "rows_quarantined": COUNT,
        "rows_set_aside": {"type": "object", "additionalProperties": COUNT},
        "encoding": STRING,
        "format": STRING,
        "columns": array(COLUMN),
        "proposals": array(
            obj(
                {"code": enum(*codes.PROPOSALS), "evidence": STRING, "applied": BOOLEAN, "column": STRING},
                optional=["column"],
            )
        ),
        "findings": array(
            obj(
                {
                    "code": enum(*codes.FINDINGS),
                    "column": STRING_OR_NULL,
                    "count": COUNT,
                    "blocking": BOOLEAN,
                    "facts": {"type": "object"},
                }
            )
        ),
        "quality": {"type": ["number", "null"]},
        "seconds": NUMBER,
        "rows_reshaped": COUNT,
        "reasons": array(enum(*codes.HOLDING)),
        "file": STRING,
        "table": STRING,
        "message": STRING,
    }
)
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


@verb(
    "ingest",
    schema=obj({"datasets": array(REPORT)}),
    refusals=["ambiguous", "bad_recipe"],
    render=lambda data: _render_reports(data["datasets"]),
)
@click.argument("source", metavar="FILE|URL|FOLDER")
@click.option("--org", "org", required=True, help="Owner: name or title; operators may name a new one.")
@click.option("--title", default="", help="Title of the dataset; made from the file's name otherwise.")
@click.option("--dataset", "dataset", default="", metavar="NAME", help="The dataset that the file is a release of.")
@click.option(
    "--proposals",
    default="",
    metavar="apply|none|FILE",
    help="Cleaning: apply all proposals, none, or a recipe in FILE (text or JSON). By default the dataset's recipe.",
)
@click.option("--publish", is_flag=True, help="Publish what was loaded; it stays a draft otherwise.")
@click.option(
    "--licence",
    type=click.Choice(LICENCES),
    default="kogl-1",
    show_default=True,
    help="With --publish, for a dataset that has no licence yet (KOGL type 1: attribution).",
)
@click.option("--accept-drift", is_flag=True, help="Take the file although its columns differ from the release before.")
@click.option("--files", is_flag=True, help="Keep a FOLDER (with all below it) or a ZIP as one file set.")
@click.option("--dry-run", is_flag=True, help="Read everything and report; keep nothing.")
def ingest(
    *,
    actor: Any,
    source: str,
    org: str,
    title: str,
    dataset: str,
    proposals: str,
    publish: bool,
    licence: str,
    accept_drift: bool,
    files: bool,
    dry_run: bool,
) -> Outcome:
    """Take in a file, a URL, or every file directly in a folder.

    A file whose name differs from an earlier one only by its date becomes the next release of the same dataset; the
    same content again makes none. Exit code 1 when every table was refused.
    """
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import uploads

    known = by_name(actor, dataset) if dataset else None
    organisation = _organisation(actor, org, keep=not dry_run)
    with _progress() as watch:
        reports = uploads.ingest(
            actor=actor,
            organisation=organisation,
            source=source,
            title=title,
            proposals=_proposals(proposals),
            publish=publish,
            dry_run=dry_run,
            dataset=known,
            licence=licence,
            accept_drift=accept_drift,
            files=files,
            watch=watch,
        )
    return Outcome({"datasets": reports}, refused=all(report["status"] == "refused" for report in reports))


def _proposals(given: str) -> Any:
    if given in {"", "apply", "none"}:
        return given or None
    path = Path(given)
    if not path.is_file():
        raise click.BadParameter(f"{given}: neither apply, none, nor a file", param_hint="--proposals")
    from datadam.catalog.services.ingest import steps_from

    return steps_from(path)


def _organisation(actor: Any, org: str, *, keep: bool) -> Any:
    """The owner; on a dry run a new one is made and taken back at once."""
    from django.db import transaction

    from datadam.core.services.organisations import ensure_organisation

    with transaction.atomic():
        known = transaction.savepoint()
        found = ensure_organisation(actor=actor, title_or_name=org)
        if not keep:
            transaction.savepoint_rollback(known)
            if not type(found).objects.filter(pk=found.pk).exists():
                found.pk = None
    return found


@contextmanager
def _progress() -> Iterator[Callable[[str, float, Any], None] | None]:
    """A bar on stderr when somebody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[phase]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def watch(name: str, fraction: float, phase: Any) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=1.0, phase="")
            bar.update(tasks[name], completed=fraction, phase=str(phase))

        yield watch


def _render_reports(reports: list[dict[str, Any]]) -> str:
    return "\n\n".join(_render_report(report) for report in reports)


def _render_report(report: dict[str, Any]) -> str:
    name = f"{report['dataset']} #{report['release']}" if report["dataset"] and report["release"] else report["file"]
    head = f"{name}: {report['status']}" + (f" ({report['reason']})" if report["reason"] else "")
    if report["status"] == "refused":
        return f"{head}\n  {report['message']}"
    aside = sum(report["rows_set_aside"].values())
    lines = [
        head,
        f"  {report['format']} {report['encoding']}  {report['seconds']:.2f} s",
        f"  rows: {report['rows_read']:,} read = {report['rows_loaded']:,} loaded"
        f" + {report['rows_quarantined']:,} quarantined + {aside:,} set aside",
        *([f"  turned into {report['rows_reshaped']:,} rows"] if report["rows_reshaped"] else []),
        "  columns: " + ", ".join(f"{column['name']} {column['type']}" for column in report["columns"]),
    ]
    for proposal in report["proposals"]:
        lines.append(f"  {'✓' if proposal['applied'] else '·'} {proposal['code']}: {proposal['evidence']}")
    for finding in report["findings"]:
        lines.append(f"  ! {finding['code']} {finding['column'] or ''} {finding['count']:,}".rstrip())
    return "\n".join(lines)


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


@verb("publish", schema=DATASET, refusals=["ambiguous", "held", "nothing_to_publish"])
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
