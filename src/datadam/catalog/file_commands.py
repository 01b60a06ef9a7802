"""The files of file sets on the command line."""

from pathlib import Path
from typing import Any

import click

from datadam.catalog import codes
from datadam.core.cli import array, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
STRING_OR_NULL = {"type": ["string", "null"]}
FILE = {
    "type": "object",
    "required": ["path", "media_type", "bytes", "sha256"],
    "properties": {"path": STRING, "media_type": STRING, "bytes": COUNT, "sha256": STRING},
}
FILES = obj(
    {
        "dataset": STRING, "release": COUNT, "total": COUNT, "bytes": COUNT, "files": array(FILE),
        "out": STRING_OR_NULL, "written": COUNT, "kept": COUNT,
    }
)  # fmt: skip


@verb("files", schema=FILES, refusals=codes.HANDING_OUT, render=lambda data: _render_files(data))
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest published one otherwise.")
@click.option("--kind", type=click.Choice(["image", "audio", "video", "document", "label"]), help="Only this kind.")
@click.option("--label", default="", help="Only files with this label.")
@click.option("--folder", default="", help="Only files below this folder of the set.")
@click.option("--text", default="", help="Only files with this in their path.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write them into this folder.")
def files(*, actor: Any, dataset: str, number: int | None, out: Path | None, **which: str | None) -> dict[str, Any]:
    """List the files of a file set, or write them into a folder.

    Every file is checked by its hash; those that are right in the folder already are left, so that the command goes
    on where it was stopped.
    """
    from datadam.catalog import handing_out
    from datadam.catalog.selectors import by_name, release_for
    from datadam.catalog.selectors.files import file_set

    found = by_name(actor, dataset)
    opened = file_set(actor, found, release_for(actor, found, number), channel="download")
    wanted = handing_out.wanted(which)
    some = opened.some(wanted) if out else opened.find(wanted, channel="download")
    copied = handing_out.copy_to(opened, some.rows, out) if out else handing_out.Copied(0, 0, 0)
    facts = {"dataset": found.name, "release": opened.opened.release.number, "total": some.total, "bytes": some.bytes}
    done = {"out": str(out) if out else None, "written": copied.written, "kept": copied.kept}
    return {**facts, "files": some.rows, **done}


def _render_files(data: dict[str, Any]) -> str:
    told = f"{data['dataset']} #{data['release']}: {data['total']:,} files, {data['bytes']:,} bytes"
    if data["out"]:
        return f"{told}\n  {data['written']:,} written to {data['out']}, {data['kept']:,} were there already"
    return "\n".join([*(f"{row['sha256']}  {row['path']}" for row in data["files"]), told])
