"""Commands that keep a home safe: backup, restore, upgrade."""

import sys
from pathlib import Path
from typing import Any

import click

from datadam.core.cli import Outcome, array, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
FOLDER = click.Path(path_type=Path, file_okay=False)
BACKED_UP = obj(
    {"backup": STRING, "at": STRING, "files": COUNT, "bytes": COUNT, "events": COUNT, "checked": {"type": "boolean"}}
)
REFUSALS = (
    "bad_target", "target_exists", "no_backup", "unknown_backup", "backup_damaged", "database_damaged", "home_in_use",
    "destruction_running", "tool_missing", "tool_too_old", "tool_failed", "lake_not_local", "bad_destructions",
)  # fmt: skip


class Bar:
    """A progress bar on standard error, for people only."""

    def __init__(self, label: str) -> None:
        self._label, self._done = label, 0
        self._bar: Any = None
        self._seen = sys.stderr.isatty() and "--json" not in sys.argv

    def __call__(self, done: int, total: int) -> None:
        if not self._seen:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label=self._label, file=sys.stderr)
        self._bar.update(done - self._done)
        self._done = done
        if done >= total:
            self._bar.render_finish()


@verb("backup", schema=BACKED_UP, refusals=REFUSALS)
@click.argument("target", type=FOLDER)
@click.option("--like", type=FOLDER, help="An earlier backup on the same disk: what it holds is linked, not copied.")
@click.option("--check", is_flag=True, help="Only read an existing backup again and compare.")
def backup(*, actor: Any, target: Path, like: Path | None, check: bool) -> dict[str, Any]:
    """Write database, lake and keys, as they are at one moment, into the new folder TARGET. Serving goes on."""
    from datadam.core.keeping import backup as work

    if check:
        manifest = work.check(target, Bar("check"))
    else:
        manifest = work.make(actor=actor, target=target, like=like, progress=Bar("backup"))
    return {
        "backup": str(target.absolute()),
        "at": manifest["at"],
        "files": len(manifest["files"]),
        "bytes": manifest["bytes"],
        "events": manifest["events"]["last"],
        "checked": check,
    }


@verb(
    "restore",
    schema=obj(
        {
            "from": STRING,
            "at": STRING,
            "home": STRING,
            "before": array(STRING),
            "destroyed": array(STRING),
            "discarded": array(STRING),
            "jobs": COUNT,
            "problems": array(STRING),
            "events": COUNT,
        }
    ),
    refusals=(
        *REFUSALS, "home_not_empty", "no_destructions", "other_database", "without_lake", "restore_failed",
        "database_elsewhere",
    ),
    opens_home=False,
)  # fmt: skip
@click.argument("source", type=FOLDER)
@click.option("--replace", is_flag=True, help="Move the data in this home aside and put the backup in their place.")
@click.option("--destructions", "lists", type=click.Path(path_type=Path, dir_okay=False), multiple=True,
              help="A list of destructions to replay, besides this home's own.")  # fmt: skip
@click.option("--without-destructions", is_flag=True, help="Restore although no list of destructions is at hand.")
def restore(*, actor: Any, source: Path, replace: bool, lists: tuple[Path, ...], without_destructions: bool) -> Outcome:
    """Put the backup SOURCE in the place of this home, destroying again what was destroyed since."""
    import django

    django.setup()
    from datadam.core.keeping import restore as work

    report = work.restore(
        source=source,
        replace=replace,
        lists=lists,
        without_destructions=without_destructions,
        progress=Bar("check"),
    )
    return Outcome(report, refused=bool(report["problems"]))


@verb(
    "upgrade",
    schema=obj({"migrations": array(STRING), "backup": {"type": ["string", "null"]}, "problems": array(STRING)}),
    refusals=(*REFUSALS, "upgrade_failed"),
    opens_home=False,
)
def upgrade(*, actor: Any) -> Outcome:
    """Bring this home up to this version of datadam: a backup first, then the migrations, then a look at it all."""
    import django

    django.setup()
    from datadam.core.keeping import upgrade as work

    report = work.upgrade()
    return Outcome(report, refused=bool(report["problems"]))
