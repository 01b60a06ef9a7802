"""A restore: a whole home made beside the present one, which forgets again what was destroyed and takes its place."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from datadam.core import clock, home
from datadam.core.errors import Conflict, DomainError
from datadam.core.keeping import backup, copying, databases, destructions, locks
from datadam.web.text import Text

STAYS = (".running", ".ending", ".lock")


@dataclass(frozen=True)
class Place:
    """A folder of the present home, where its restored twin is made, and where the present one is moved."""

    now: Path
    draft: Path
    before: Path

    def swap(self) -> None:
        if self.now.exists():
            self.now.rename(self.before)
        self.draft.rename(self.now)

    def swap_back(self) -> None:
        if self.before.exists():
            shutil.rmtree(self.now, ignore_errors=True)
            self.before.rename(self.now)


def restore(
    *,
    source: Path,
    replace: bool = False,
    lists: Sequence[Path] = (),
    without_destructions: bool = False,
    progress: backup.Progress = lambda *_: None,
) -> dict[str, Any]:
    """Put a backup in the place of this home, which must be new or, with `replace`, is moved aside.

    `lists` are lists of destructions to be replayed besides this home's own.
    """
    source = source.expanduser().absolute()
    manifest = backup.check(source, progress)
    _check(manifest, replace)
    present = destructions.place()
    chosen = [*([present] if present.exists() else []), *lists]
    _check_lists(manifest, chosen, without_destructions)
    stamp = f"{clock.now():%Y%m%d-%H%M%S-%f}"
    with locks.stopped(), locks.backing_up():
        places = [_place(Path(settings.HOME), stamp)]
        lake = Path(settings.LAKE)
        if not lake.is_relative_to(settings.HOME):
            places.append(_place(lake, stamp))
        try:
            report = _rebuild(source, manifest, places, chosen)
        finally:
            for place in places:
                shutil.rmtree(place.draft, ignore_errors=True)
    aside = [str(place.before) for place in places if place.before.exists()]
    return {"from": str(source), "at": manifest["at"], "home": str(settings.HOME), "before": aside, **report}


def _place(now: Path, stamp: str) -> Place:
    return Place(now, now.with_name(f"{now.name}.restoring-{stamp}"), now.with_name(f"{now.name}.before-{stamp}"))


def _check(manifest: dict[str, Any], replace: bool) -> None:
    if manifest["database"] != databases.vendor():
        words = Text(
            f"이 백업은 {manifest['database']}의 것이고 설정은 {databases.vendor()}입니다.",
            f"The backup is of {manifest['database']}, and the settings say {databases.vendor()}.",
        )
        raise Conflict(words, code="other_database")
    if not manifest["lake"]:
        words = Text(
            "레이크가 들어 있지 않은 백업입니다(upgrade가 만든 것).",
            "That backup is without a lake (made by `upgrade`).",
        )
        raise Conflict(words, code="without_lake")
    unknown = {tuple(each) for each in manifest["migrations"]} - set(home.migrations())
    if unknown:
        words = Text("더 새로운 datadam이 만든 백업입니다.", "The backup was made by a newer datadam.")
        raise Conflict(words, code="too_new", unknown=[".".join(each) for each in sorted(unknown)])
    if not replace and _occupied():
        words = Text(
            "이 홈에는 이미 자료가 있습니다. 바꾸려면 --replace를 쓰십시오.",
            "There are data in this home. Use --replace to put the backup in its place.",
        )
        raise Conflict(words, code="home_not_empty", home=str(settings.HOME))


def _occupied() -> bool:
    tables = Path(settings.LAKE) / "tables"
    return databases.filled() or (tables.is_dir() and any(tables.iterdir()))


def _check_lists(manifest: dict[str, Any], chosen: list[Path], without: bool) -> None:
    """A restore without the list, or with one that is older than the backup, would bring back what was destroyed."""
    if without:
        return
    missing = [path for path in chosen if not path.exists()]
    known = 0 if missing else len(destructions.read(chosen))
    if missing or not chosen or known < manifest["destructions"]:
        words = Text(
            f"파기 목록이 없거나 모자랍니다({known}줄, 백업 때 {manifest['destructions']}줄). "
            "--destructions로 주거나, 파기한 것이 없다면 --without-destructions를 쓰십시오.",
            f"The list of destructions is missing or too short ({known} lines; {manifest['destructions']} when "
            "the backup was made). Give it with --destructions, or say --without-destructions.",
        )
        raise Conflict(words, code="no_destructions", known=known, expected=manifest["destructions"])


def _rebuild(source: Path, manifest: dict[str, Any], places: list[Place], lists: list[Path]) -> dict[str, Any]:
    house = places[0]
    lake = places[1].draft if len(places) > 1 else house.draft / Path(settings.LAKE).relative_to(settings.HOME)
    _copy(source, manifest, house.draft, lake)
    _keep_list(lists, house.draft)
    facts = {"backup": manifest["at"], "sealed": manifest["events"]["sealed"], "digest": manifest["events"]["digest"]}
    with _database(source, house.draft) as environment:
        environment |= {"DATADAM_HOME": str(house.draft), "DATADAM_LAKE": str(lake)}
        environment |= {"DATADAM_DESTRUCTIONS": str(house.draft / "destructions.ndjson")}
        report = _put_in_order(environment, facts, [house.draft / "destructions.ndjson"])
        connection.close()
        _swap(places)
    return report


def _copy(source: Path, manifest: dict[str, Any], house: Path, lake: Path) -> None:
    for folder in (house, house / "keys", lake):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for kind, target in (("lake/", lake), ("keys/", house / "keys")):
        names = [each["name"] for each in manifest["files"] if each["name"].startswith(kind)]
        copying.copy_all([copying.Item(source / name, name.removeprefix(kind)) for name in names], target)


def _keep_list(lists: list[Path], house: Path) -> None:
    """The restored home's list holds what all lists hold."""
    lines = [json.dumps(line, ensure_ascii=False) for line in destructions.read(lists)]
    path = house / "destructions.ndjson"
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@contextlib.contextmanager
def _database(source: Path, house: Path) -> Iterator[dict[str, str]]:
    """The restored database in place for the block, whose end makes it the one in use; an error takes it back."""
    file = source / databases.FILES[databases.vendor()]
    if databases.vendor() == "sqlite":
        if databases.path().parent != Path(settings.HOME):
            words = Text("데이터베이스 파일이 홈 밖에 있습니다.", "The database file lies outside the home.")
            raise Conflict(words, code="database_elsewhere")
        target = house / databases.path().name
        shutil.copyfile(file, target)
        target.chmod(0o600)
        yield {"DATABASE_URL": f"sqlite:///{target}"}
        return
    aside = databases.put_back(file)
    try:
        yield {}
    except BaseException:
        databases.take_back(aside)
        raise


def _put_in_order(environment: dict[str, str], facts: dict[str, Any], lists: list[Path]) -> dict[str, Any]:
    command = [sys.executable, "-m", "datadam.core.keeping.replay", json.dumps(facts), *map(str, lists)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        words = Text(
            "복원한 홈을 정리하지 못했습니다. 지금 홈은 그대로입니다.",
            "The restored home could not be put in order. The present one is as it was.",
        )
        last = done.stderr.strip().splitlines()[-1:] or [""]
        raise DomainError(words, code="restore_failed", reason=last[0])
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


def _swap(places: list[Place]) -> None:
    done: list[Place] = []
    try:
        for place in places:
            done.append(place)
            place.swap()
    except OSError:
        for place in reversed(done):
            place.swap_back()
        raise
    kept = destructions.place()
    if not kept.is_relative_to(settings.HOME):  # the list on its own disk holds from now on what all lists held
        shutil.copyfile(Path(settings.HOME) / "destructions.ndjson", kept)
    for name in STAYS:
        (Path(settings.HOME) / name).touch()
