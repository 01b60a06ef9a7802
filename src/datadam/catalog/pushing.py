"""Pushing on the command line: as a program does by HTTP, with the job done at once."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from datadam.catalog import codes
from datadam.core.cli import Outcome, array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
OR_NULL = {"type": ["string", "null"]}
TABLE = obj(
    {
        "dataset": OR_NULL,
        "release": {"type": ["integer", "null"]},
        "status": enum("loaded", "unchanged", "held", "refused"),
        "reason": enum(*codes.REASONS),
        **{f"rows_{name}": {"type": ["integer", "null"]} for name in ("read", "loaded", "quarantined")},
        "rows_set_aside": {"type": ["object", "null"]},
        "findings": array(obj({"code": enum(*codes.FINDINGS), "column": OR_NULL, "count": COUNT})),
        "message": STRING,
    },
    optional=["message"],
)
QUARANTINED = obj({"position": COUNT, "reason": STRING, "column": STRING, "message": STRING})
REPORT = obj(
    {
        "dataset": STRING,
        "mode": enum("replace", "append"),
        "replayed": {"type": "boolean"},
        "upload": COUNT,
        "state": enum("arriving", "received", "reading", "read", "refused", "discarded"),
        "progress": {"type": ["number", "null"]},
        "datasets": array(TABLE),
        "quarantined": array(QUARANTINED),
    }
)


@verb("push", schema=REPORT, refusals=(*codes.PUSHING, *codes.READING))
@click.argument("dataset")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", required=True, help="Names this push: the same key does nothing twice.")
@click.option("--mode", type=click.Choice(["replace", "append"]), default="replace", show_default=True)
@click.option("--publish-when-clean", is_flag=True, help="Publish what has the same form and no findings.")
def push(*, actor: Any, dataset: str, file: Path, key: str, mode: str, publish_when_clean: bool) -> Outcome:
    """Make the next release of a dataset from a file alone, or by adding its rows to the last one.

    Exit code 1 when the file was refused.
    """
    from datadam.catalog import presenting
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import pushes
    from datadam.core import jobs

    found = by_name(actor, dataset)
    with file.open("rb") as stream:
        made, again = pushes.push(
            actor=actor, dataset=found, stream=stream, filename=file.name, key=key, mode=mode,
            publish_when_clean=publish_when_clean,
        )  # fmt: skip
    if not again and made.upload.job is not None:
        with suppress(jobs.NotWaiting):  # a worker was quicker
            jobs.run_now(made.upload.job)
    made.upload.refresh_from_db()
    shown = presenting.upload_shown(made.upload)
    facts = {"dataset": found.name, "mode": made.answer["mode"], "replayed": again}
    return Outcome({**facts, **shown}, refused=shown["state"] == "refused")
