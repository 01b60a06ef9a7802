"""Commands that keep a home: backup, restore, upgrade."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
FOLDER = click.Path(path_type=Path)


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr when somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@verb(
    "backup",
    schema=obj(
        {"target": STRING, "at": STRING, "database": enum("sqlite", "postgresql"), "files": COUNT, "bytes": COUNT}
    ),
    refusals=[
        "bad_target", "target_exists", "lake_not_local", "destruction_running", "tool_missing", "tool_too_old",
        "tool_failed", "database_damaged", "no_backup", "unknown_backup", "backup_damaged",
    ],
)  # fmt: skip
@click.argument("target", type=FOLDER)
@click.option("--like", type=FOLDER, metavar="BACKUP", help="Link data files that this earlier backup holds already.")
@click.option("--check", is_flag=True, help="Write nothing; read an existing backup and compare every file's hash.")
def backup(*, actor: Any, target: Path, like: Path | None, check: bool) -> dict[str, Any]:
    """Write database, lake and keys as of now into the new folder TARGET, while the city goes on working."""
    from datadam.core.keeping import backup as backups

    with _bar("check" if check else "backup") as progress:
        if check:
            manifest = backups.check(target, progress)
        else:
            manifest = backups.make(actor=actor, target=target, like=like, progress=progress)
    facts = {key: manifest[key] for key in ("at", "database", "bytes")}
    return {"target": str(target), **facts, "files": len(manifest["files"])}


@verb(
    "restore",
    schema=obj(
        {"at": STRING, "files": COUNT, "bytes": COUNT, "destroyed": array(STRING), "aside": array(STRING),
         "problems": array(STRING)}
    ),
    refusals=[
        "home_in_use", "home_not_empty", "no_backup", "unknown_backup", "backup_damaged", "other_database", "no_lake",
        "lake_not_local", "no_destructions", "bad_destructions", "tool_missing", "tool_too_old", "tool_failed",
    ],
    opens_home=False,
)  # fmt: skip
@click.argument("source", type=FOLDER)
@click.option("--replace", is_flag=True, help="Move what is in this home aside first.")
@click.option("--destructions", "lists", multiple=True, type=FOLDER, help="A list of destructions kept elsewhere.")
@click.option("--without-destructions", is_flag=True, help="Restore although the list of destructions is lost.")
def restore(
    *, actor: Any, source: Path, replace: bool, lists: tuple[Path, ...], without_destructions: bool
) -> dict[str, Any]:
    """Put the backup in SOURCE into this home, and destroy again what was destroyed since it was made."""
    import django

    django.setup()
    from datadam.core.keeping.restore import restore as put_back

    with _bar("restore") as progress:
        return put_back(
            source=source, replace=replace, lists=lists, without_list=without_destructions, progress=progress
        )


@verb(
    "upgrade",
    schema=obj({"applied": array(STRING), "backup": {"type": ["string", "null"]}, "problems": array(STRING)}),
    refusals=["home_in_use", "upgrade_failed", "tool_missing", "tool_too_old", "tool_failed", "database_damaged"],
    opens_home=False,
)
def upgrade(*, actor: Any) -> dict[str, Any]:
    """Bring this home to the installed version of datadam, with a backup of its database and keys first."""
    import django

    django.setup()
    from datadam.core.keeping.upgrade import upgrade as bring

    return bring()
