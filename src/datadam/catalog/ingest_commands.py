"""Taking files in on the command line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from datadam.catalog import codes
from datadam.core.cli import Outcome, array, enum, obj, verb

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
