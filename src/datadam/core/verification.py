"""`datadam verify`: what must hold, checked against what is stored."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from datadam.core import clock, events, extensions, home, triggers
from datadam.core.models import Checkpoint, Event, Job, Seal
from datadam.web.text import Text

STUCK = timedelta(days=1)


class Note(NamedTuple):
    """Something an operator should know that is not wrong in itself."""

    words: Text


def verify(*, deep: bool = False) -> dict[str, Any]:
    """Counts, a sentence for everything that is not as it must be, and notes. `deep` reads every row of the lake."""
    found: list[Any] = [*triggers.missing(), *events.verify_chain(), *_migrations(), *_keys(), *_jobs()]
    for check in extensions.hooks("verify"):
        found += check(deep=deep)
    return {
        "problems": [str(each) for each in found if not isinstance(each, Note)],
        "notes": [str(each.words) for each in found if isinstance(each, Note)],
        "events": Event.objects.count(),
        "sealed": Seal.objects.count(),
        "checkpoints": Checkpoint.objects.count(),
    }


def _migrations() -> Iterator[Text]:
    for name in sorted(set(home.migrations()) - home.applied()):
        where = ".".join(name)
        yield Text(f"적용하지 않은 마이그레이션: {where}", f"Migration not applied: {where}")


def _keys() -> Iterator[Text]:
    """Keys that others may read, and checkpoints whose public key is gone."""
    for path in sorted(Path(settings.KEYS).iterdir()):
        if path.is_file() and path.suffix == ".key" and path.stat().st_mode & 0o077:
            yield Text(f"키 {path.name}을(를) 다른 사용자도 읽을 수 있습니다.", f"Others may read the key {path.name}.")
    for key_id in Checkpoint.objects.values_list("key_id", flat=True).distinct():
        if not (Path(settings.KEYS) / f"checkpoint-{key_id}.pub").exists():
            yield Text(f"검인 공개 키 {key_id}이(가) 없습니다.", f"The checkpoints' public key {key_id} is missing.")


def _jobs() -> Iterator[Note]:
    waiting = Job.objects.filter(state=Job.State.READY, run_after__lt=clock.now() - STUCK).count()
    if waiting:
        yield Note(
            Text(
                f"하루 넘게 기다리는 작업 {waiting}건. 작업자가 돌고 있습니까?",
                f"{waiting} jobs have waited for more than a day; is a worker up?",
            )
        )
