"""`datadam verify`: what must hold, checked against what is stored."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from datadam.core import clock, events, extensions, home, triggers
from datadam.core.errors import Conflict
from datadam.core.models import Checkpoint, Event, Job, Seal, SecondFactor
from datadam.web.text import Text

SHOWN = 5  # problems in a sentence
STUCK = timedelta(hours=6)
UNSEALED = timedelta(hours=1)


@dataclass(frozen=True)
class Found:
    """What a check has to say: something wrong, or (`note`) something an operator should only know."""

    words: Text
    note: bool = False


class Broken(Conflict):
    """Something that must hold does not; `problems` are in the data."""

    code = "verify_failed"

    def __init__(self, problems: list[Text]) -> None:
        count, end = len(problems), " …" if len(problems) > SHOWN else ""
        ko = "; ".join(each.ko for each in problems[:SHOWN])
        en = "; ".join(each.en for each in problems[:SHOWN])
        noun = "problem" if count == 1 else "problems"
        words = Text(f"점검에서 문제 {count}건이 나왔습니다: {ko}{end}", f"{count} {noun}: {en}{end}")
        super().__init__(words, problems=[str(each) for each in problems[:100]])


def verify(*, deep: bool = False) -> dict[str, Any]:
    """Problems (what is not as it must be), notes (what is worth knowing), and counts. `deep` reads every row."""
    found = look(deep=deep)
    return {
        "problems": [str(each.words) for each in found if not each.note],
        "notes": [str(each.words) for each in found if each.note],
        "events": Event.objects.count(),
        "sealed": Seal.objects.count(),
        "checkpoints": Checkpoint.objects.count(),
    }


def look(*, deep: bool = False) -> list[Found]:
    """What every check has to say."""
    found = [*(Found(Text(words, words)) for words in [*triggers.missing(), *events.verify_chain()])]
    for check in (_database, _migrations, _keys, _jobs):
        found += check()
    for hook in extensions.hooks("verify"):
        found += [each if isinstance(each, Found) else Found(each) for each in hook(deep=deep)]
    return found


def _database() -> Iterator[Found]:
    """SQLite says itself whether its pages and its references are whole."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        (state,) = cursor.fetchone()
        cursor.execute("PRAGMA foreign_key_check")
        broken = {row[0] for row in cursor.fetchall()}
    if state != "ok":
        yield Found(Text(f"데이터베이스가 손상되었습니다: {state}", f"the database is damaged: {state}"))
    for table in sorted(broken):
        yield Found(
            Text(f"{table} 표에 없는 것을 가리키는 행이 있습니다", f"table {table} refers to rows that are not there")
        )


def _migrations() -> Iterator[Found]:
    for name in home.pending():
        yield Found(Text(f"적용하지 않은 이행: {name}", f"migration {name} has not been applied"))
    for name in home.foreign():
        yield Found(Text(f"이 판이 모르는 이행: {name}", f"migration {name} is unknown to this version"))


def _keys() -> Iterator[Found]:
    """Every key is there and readable by its owner alone; the public half of every checkpoint's key is kept."""
    folder = Path(settings.KEYS)
    present = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    if "staging.key" not in present:
        yield Found(Text("staging.key가 없습니다", "staging.key is missing"))
    if Event.objects.exists() and Checkpoint.objects.exists() and "checkpoint.key" not in present:
        yield Found(Text("checkpoint.key가 없습니다", "checkpoint.key is missing"))
    if SecondFactor.objects.exists() and "sealing.key" not in present:
        yield Found(
            Text("sealing.key가 없습니다: 2단계 인증의 열쇠", "sealing.key is missing: secrets of authenticators")
        )
    for name, path in sorted(present.items()):
        if name.endswith(".key") and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Found(Text(f"{name}을 다른 사용자도 읽을 수 있습니다", f"{name} can be read by other users"))
        elif path.stat().st_uid != os.geteuid() and os.geteuid() != 0:
            yield Found(Text(f"{name}의 주인이 다릅니다", f"{name} belongs to somebody else"))
    for key in Checkpoint.objects.values_list("key_id", flat=True).distinct():
        if f"checkpoint-{key}.pub" not in present:
            yield Found(
                Text(f"체크포인트의 공개 키 {key}가 없습니다", f"the public key {key} of checkpoints is missing")
            )


def _jobs() -> Iterator[Found]:
    """Jobs that nobody works at, and events that nobody seals, are worth knowing: perhaps no worker runs."""
    now = clock.now()
    stuck = Job.objects.filter(state=Job.State.READY, run_after__lt=now - STUCK).count()
    if stuck:
        yield Found(
            Text(
                f"여섯 시간 넘게 기다리는 작업이 {stuck}개 있습니다",
                f"{stuck} jobs have waited for more than six hours",
            ),
            True,
        )
    dead = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=now - STUCK).count()
    if dead:
        yield Found(Text(f"작업자가 사라진 작업이 {dead}개 있습니다", f"{dead} running jobs have no living worker"))
    if Event.objects.filter(seal=None, at__lt=now - UNSEALED).exists():
        yield Found(
            Text("한 시간 넘게 봉인되지 않은 사건이 있습니다", "events have waited for an hour to be sealed"), True
        )
