"""A backup put back: files first and beside what is there, then one swap, then the destructions again.

What was there is moved aside and never deleted here. Nothing is changed until every file of the backup was read and
found whole.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from datadam.core import clock, extensions, home
from datadam.core.errors import Conflict, Invalid
from datadam.core.keeping import backup, copying, databases, destructions, locks
from datadam.web.text import Text

NO_LIST = Text(
    "파기 목록이 없거나 백업할 때보다 짧습니다. --destructions로 목록을 주십시오. "
    "없이 되살리려면 --without-destructions를 쓰십시오.",
    "The list of destructions is missing, or shorter than when the backup was made. Give it with --destructions; "
    "--without-destructions restores without.",
)


def restore(
    *,
    source: Path,
    replace: bool = False,
    lists: Iterable[Path] = (),
    without_list: bool = False,
    progress: backup.Progress = lambda *_: None,
) -> dict[str, Any]:
    """Put the backup in `source` into this home, and destroy again what was destroyed since.

    Returns {at, files, bytes, destroyed, aside, problems}. Refused on a home with data unless `replace`, while anybody
    serves or works, and without the list of destructions unless `without_list`.
    """
    source = source.expanduser().absolute()
    manifest = _fitting(backup.manifest_of(source))
    with locks.stopped():
        if databases.filled() and not replace:
            words = Text(
                "이 홈에는 이미 자료가 있습니다. 옆으로 옮기고 되살리려면 --replace를 쓰십시오.",
                "There are data in this home. With --replace they are moved aside.",
            )
            raise Conflict(words, code="home_not_empty")
        lines = _lines(manifest, [path.expanduser() for path in lists], without_list)
        backup.check(source)
        asides = _swap(source, manifest, progress)
        _set_right()
        destroyed = [done for hook in extensions.hooks("replay") for done in hook(lines=lines)]
    from datadam.core import verification

    return {
        "at": manifest["at"],
        "files": len(manifest["files"]),
        "bytes": manifest["bytes"],
        "destroyed": destroyed,
        "aside": asides,
        "problems": verification.verify()["problems"],
    }


def _fitting(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest, if this home can take it in."""
    if manifest["database"] != databases.vendor():
        words = Text(
            f"{manifest['database']} 백업입니다. 이 홈의 데이터베이스는 {databases.vendor()}입니다.",
            f"This is a backup of {manifest['database']}; the home's database is {databases.vendor()}.",
        )
        raise Conflict(words, code="other_database")
    unknown = {tuple(each) for each in manifest["migrations"]} - set(home.migrations())
    if unknown:
        words = Text("더 새로운 datadam의 백업입니다.", "This backup is of a newer datadam.")
        raise Conflict(words, code="too_new")
    if not manifest["lake"]:
        words = Text(
            "업그레이드에 앞서 만든, 레이크가 없는 백업입니다.", "This backup, made before an upgrade, holds no lake."
        )
        raise Conflict(words, code="no_lake")
    if not databases.is_local_lake():
        words = Text("이 판은 로컬 레이크만 되살립니다.", "This version restores a local lake only.")
        raise Conflict(words, code="lake_not_local")
    for each in manifest["files"]:
        parts = Path(each["name"]).parts
        if ".." in parts or Path(each["name"]).is_absolute():
            raise Invalid(Text("백업의 파일 이름이 이상합니다.", "A file of the backup has a strange name."))
    return manifest


def _lines(manifest: dict[str, Any], lists: list[Path], without_list: bool) -> list[dict[str, Any]]:
    own = destructions.place()
    found = [path for path in (own, *lists) if path.exists()]
    absent = [path for path in lists if not path.exists()]
    lines = destructions.read(found)
    if not without_list and (not found or absent or len(lines) < manifest["destructions"]):
        raise Conflict(NO_LIST, code="no_destructions")
    for line in lines:  # from now on this home answers for all of them
        if own not in found or line not in destructions.read([own]):
            destructions.keep(line)
    return lines


def _swap(source: Path, manifest: dict[str, Any], progress: backup.Progress) -> list[str]:
    """Copy everything beside its place, move what is there aside, move the copies in; back again if that fails."""
    stamp = f"{clock.now():%Y%m%d-%H%M%S-%f}"
    names = [each["name"] for each in manifest["files"]]
    places = {"keys": Path(settings.KEYS), "lake": Path(settings.LAKE)}
    drafts = {part: place.with_name(f"{place.name}.restoring") for part, place in places.items()}
    told = backup.counter(progress, manifest["bytes"])
    for part, draft in drafts.items():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        items = [
            copying.Item(source / name, name.removeprefix(f"{part}/")) for name in names if name.startswith(f"{part}/")
        ]
        copying.copy_all(items, draft, told)
    with _moved_aside(stamp) as asides:
        for part, draft in drafts.items():
            draft.rename(places[part])
        kept = databases.put_back(source / databases.FILES[databases.vendor()])
        if kept:
            asides.append(kept)
    return asides


@contextmanager
def _moved_aside(stamp: str) -> Iterator[list[str]]:
    """Everything of the home that a restored one replaces, out of the way; put back when the block fails."""
    root = Path(settings.HOME)
    moves = {root / name: root.with_name(f"{root.name}.before-{stamp}") / name for name in (home.STAMP, "cache")}
    moves[Path(settings.STAGING)] = root.with_name(f"{root.name}.before-{stamp}") / "staging"
    moves[Path(settings.KEYS)] = root.with_name(f"{root.name}.before-{stamp}") / "keys"
    lake = Path(settings.LAKE)
    moves[lake] = (
        root.with_name(f"{root.name}.before-{stamp}") / "lake"
        if lake.is_relative_to(root)
        else lake.with_name(f"{lake.name}.before-{stamp}")
    )
    if databases.vendor() == "sqlite":
        from django.db import connection

        connection.close()
        for end in ("", "-wal", "-shm"):
            file = databases.path().with_name(databases.path().name + end)
            moves[file] = root.with_name(f"{root.name}.before-{stamp}") / file.name
    done: list[tuple[Path, Path]] = []
    asides: list[str] = []
    try:
        for place, aside in moves.items():
            if place.exists():
                aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.move(place, aside)
                done.append((place, aside))
        asides += sorted({str(aside.parent if aside.parent.name != lake.parent.name else aside) for _, aside in done})
        yield asides
    except BaseException:
        for place, aside in reversed(done):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            shutil.move(aside, place)
        raise


def _set_right() -> None:
    """The restored database on this machine: migrated, nobody signed in, no job in anybody's hands."""
    from django.contrib.sessions.models import Session

    from datadam.core.models import Job, SignedIn

    forget_cached_keys()
    home.make_ready()
    Session.objects.all().delete()
    SignedIn.objects.all().delete()
    Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.READY, worker="", run_after=clock.now())
    for hook in extensions.hooks("restored"):
        list(hook())


def forget_cached_keys() -> None:
    """What this process remembers of keys that have just been replaced."""
    from datadam.core import events

    events._salt.cache_clear()
