"""Looking before deciding, on the command line: raw cells, what would be read, a proposal before and after."""

from typing import Any

import click

from datadam.catalog.curating import text_of
from datadam.core.cli import array, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer"}
ANY = {"type": "object"}
PREVIEW = obj(
    {"upload": COUNT, "table": COUNT, "raw": ANY, "tried": ANY, "compared": ANY, "read": array(ANY)},
    optional=["raw", "tried", "compared", "read"],
)
REFUSALS = ("ambiguous", "bad_recipe", "staged_file_gone")


def _render(data: dict[str, Any]) -> str:
    if "raw" in data:
        return "\n".join(f"{line['row']:>7}  " + " | ".join(line["cells"]) for line in data["raw"]["lines"])
    if "tried" in data:
        return _table(data["tried"]["columns"], data["tried"]["rows"])
    if "compared" in data:
        sides = [(name, data["compared"][name]) for name in ("before", "after")]
        return "\n\n".join(f"{name}: " + (side["refusal"] or _rows(side)) for name, side in sides)
    return "\n".join(f"{each['dataset']} #{each['release']}: {each['status']}" for each in data["read"])


def _rows(side: dict[str, Any]) -> str:
    return _table(side["columns"], [[row["row"], *row["values"]] for row in side["rows"]])


def _table(columns: list[dict[str, Any]], rows: list[list[Any]]) -> str:
    head = " | ".join(f"{column['name']} ({column['type']})" for column in columns)
    return "\n".join([head, *(" | ".join("" if value is None else str(value) for value in row) for row in rows)])


@verb("preview", schema=PREVIEW, refusals=REFUSALS, render=_render)
@click.argument("which", metavar="DATASET|UPLOAD")
@click.option("--table", "at", type=click.IntRange(min=0), default=0, help="Which table of an upload, from 0.")
@click.option("--sheet", default="", help="The sheet whose cells are shown.")
@click.option("--step", default="", metavar="CODE[:COLUMN]", help="A proposal: its first rows before and after.")
@click.option(
    "--set", "file", metavar="FILE", help="Lines table, split, merge (- for standard input): what is read so."
)
@click.option("--read", "reads", is_flag=True, help="With --set: keep it as the recipe, and read the table by it.")
def preview(*, actor: Any, which: str, at: int, sheet: str, step: str, file: str | None, reads: bool) -> dict[str, Any]:
    """Look at the file of a release that is not published, or of an upload: its cells, or what would be read."""
    from datadam.catalog import trying
    from datadam.catalog.services import drawing
    from datadam.core import jobs

    if reads and file is None:
        raise click.UsageError("--read goes with --set")
    upload, at = _upload(actor, which, at)
    found = drawing.look(actor=actor, upload=upload, at=at)
    told: dict[str, Any] = {"upload": upload.pk, "table": at}
    if file is not None:
        text = text_of(file)
        if not reads:
            return told | {"tried": trying.tried(found, text)}
        job = drawing.save(actor=actor, found=found, steps=trying.steps_of(found, text))
        return told | {"read": ((jobs.run_now(job) or {}).get("datasets", []) if job else [])}
    if step:
        return told | {"compared": trying.compared(found, step)}
    return told | {"raw": trying.raw(found, sheet)}


def _upload(actor: Any, which: str, at: int) -> tuple[Any, int]:
    """The upload by its number, or that of a dataset's open release, with the table's place in its report."""
    from datadam.catalog import selectors
    from datadam.catalog.services import recipes, releases
    from datadam.core.errors import Conflict

    if which.isascii() and which.isdecimal() and len(which) < 10:
        return selectors.upload_for(actor, int(which)), at
    dataset = selectors.by_name(actor, which)
    release = recipes.open_release(dataset)
    if release is None or release.upload is None:
        raise Conflict(releases.NO_FILE, code="staged_file_gone")
    names = [stored.get("dataset") for stored in release.upload.report]
    return release.upload, names.index(dataset.name) if dataset.name in names else at
