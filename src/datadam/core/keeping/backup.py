"""A backup: database, lake and keys as they were at one moment, in a folder that is whole or not there at all.

The database is taken first; of the lake go only the files that this database names, up to the versions that it names,
so that what is published meanwhile is in the next backup. Staging, its key and every cache stay out.
"""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from datadam.core import clock, events, extensions, home
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.keeping import copying, databases, destructions, locks
from datadam.core.models import Checkpoint, Event, Person, Seal
from datadam.core.selectors import has_city_role
from datadam.web.text import Text

MANIFEST = "manifest.json"
FORMAT = 2  # 1 had SHA-256
NEVER = ("staging.key",)
Progress = Callable[[int, int], None]  # bytes done, bytes in all


def make(
    *, actor: Person, target: Path, like: Path | None = None, progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """A whole backup. Operators alone make one: it holds everybody's data and the keys."""
    if not has_city_role(actor, "operator"):
        raise NotAllowed(Text("운영자만 백업합니다.", "Only operators make backups."))
    manifest = back_up(target=target, like=like, progress=progress)
    with transaction.atomic():
        facts = {"files": len(manifest["files"]), "bytes": manifest["bytes"]}
        events.record(actor=actor, verb="backup.made", subject=("core.home", "1"), **facts)
    return manifest


def back_up(
    *, target: Path, like: Path | None = None, lake: bool = True, progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """Write a backup into the new folder `target` and return its manifest.

    Data files that the backup `like` holds are linked instead of copied: a data file of the lake never changes.
    """
    target = target.expanduser().absolute()
    _check_target(target)
    earlier = _earlier(like) if like else {}
    draft = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    with locks.backing_up():
        if draft.exists():
            shutil.rmtree(draft)  # an attempt that was cut short
        draft.mkdir(mode=0o700)
        try:
            manifest = _fill(draft, earlier, lake, progress)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        if target.exists():
            target.rmdir()  # empty, as was checked
        draft.rename(target)
        copying.sync_folder(target.parent)
    return manifest


def _check_target(target: Path) -> None:
    real = target.resolve()
    forbidden = [settings.KEYS, settings.STAGING, settings.STATIC_ROOT, Path(settings.HOME) / "cache"]
    forbidden += [Path(settings.LAKE)] if databases.is_local_lake() else []
    inside = any(real.is_relative_to(Path(folder).resolve()) for folder in forbidden)
    if inside or real == Path(settings.HOME).resolve():
        words = Text("백업은 레이크나 키 폴더 안에 둘 수 없습니다.", "A backup cannot lie inside the lake or the keys.")
        raise Invalid(words, code="bad_target", target=str(target))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        words = Text(f"{target}에 이미 무언가 있습니다.", f"There is something at {target} already.")
        raise Conflict(words, code="target_exists", target=str(target))
    if not databases.is_local_lake():
        words = Text("이 판은 로컬 레이크만 백업합니다.", "This version backs up a local lake only.")
        raise Conflict(words, code="lake_not_local")


def _earlier(like: Path) -> dict[str, tuple[Path, int, str]]:
    found = manifest_of(like)
    return {each["name"]: (like / each["name"], each["size"], each["blake3"]) for each in found["files"]}


def _fill(draft: Path, earlier: dict[str, tuple[Path, int, str]], lake: bool, progress: Progress) -> dict[str, Any]:
    file = draft / databases.FILES[databases.vendor()]
    at = clock.now()
    with databases.snapshot(file) as alias:
        named = list(_lake_items(alias, earlier)) if lake else []
        facts = _facts(alias, at)
    items = [*named, *_key_items()]
    size = file.stat().st_size
    total = size + sum(item.source.stat().st_size for item in items)
    told = _counter(progress, total)
    copied = copying.copy_all(items, draft, told)
    (digest,) = copying.hash_all([file], told)
    copied.append(copying.Copied(file.name, size, digest))
    files = [{"name": each.name, "size": each.size, "blake3": each.blake3} for each in copied]
    manifest = {**facts, "lake": lake, "bytes": total, "files": sorted(files, key=lambda each: str(each["name"]))}
    path = draft / MANIFEST
    path.touch(mode=0o600)
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    for made in (path, file):
        with made.open("rb") as handle:
            copying.sync(handle.fileno())
    copying.sync_folder(draft)
    return manifest


def _counter(progress: Progress, total: int) -> copying.Told:
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    return told


def _lake_items(alias: str, earlier: dict[str, tuple[Path, int, str]]) -> Iterator[copying.Item]:
    for hook in extensions.hooks("backup"):
        for source, name in hook(using=alias):
            name = f"lake/{name}"
            path, size, digest = earlier.get(name, (None, 0, ""))
            same = path is not None and Path(name).name.startswith("part-") and source.stat().st_size == size
            yield copying.Item(source, name, path if same else None, digest)


def _key_items() -> Iterator[copying.Item]:
    for path in sorted(Path(settings.KEYS).iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.name not in NEVER:
            yield copying.Item(path, f"keys/{path.name}")


def _facts(alias: str, at: dt.datetime) -> dict[str, Any]:
    """What the database under `alias` says of itself."""
    last = Seal.objects.using(alias).order_by("-position").first()
    point = Checkpoint.objects.using(alias).order_by("-position").first()
    listed = destructions.place()
    return {
        "format": FORMAT,
        "datadam": version_of("datadam"),
        "at": at.isoformat(),
        "database": databases.vendor(),
        "migrations": [list(each) for each in home.migrations()],
        "events": {
            "last": Event.objects.using(alias).aggregate(last=Max("pk"))["last"] or 0,
            "sealed": last.position if last else 0,
            "digest": last.digest if last else "",
        },
        "checkpoint": {"position": point.position, "key": point.key_id, "signature": point.signature}
        if point
        else None,
        "destructions": len(destructions.read([listed])) if listed.exists() else 0,
    }


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a backup; NotFound when the folder is none, Invalid when it is of a form not known here."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        words = Text(f"{folder}에는 백업이 없습니다.", f"There is no backup in {folder}.")
        raise NotFound(words, code="no_backup", folder=str(folder)) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        words = Text("이 판이 모르는 백업 형식입니다.", "This version does not know the form of that backup.")
        raise Invalid(words, code="unknown_backup")
    return found


def check(folder: Path, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Read every file of a backup again; Conflict `backup_damaged` names those that are not what was written."""
    manifest = manifest_of(folder)
    wanted = [(each["name"], each["blake3"]) for each in manifest["files"]]
    found = copying.hash_all([folder / name for name, _ in wanted], _counter(progress, manifest["bytes"]))
    broken = [name for (name, digest), read in zip(wanted, found, strict=True) if digest != read]
    if broken:
        words = Text(
            f"백업의 파일 {len(broken)}개가 손상되었거나 없습니다: {broken[0]}",
            f"{len(broken)} files of the backup are damaged or missing: {broken[0]}",
        )
        raise Conflict(words, code="backup_damaged", files=broken[:100])
    return manifest
