"""The timetable: tasks that run every so many seconds, ticked by `datadam worker`."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction

from datadam.core import clock, jobs
from datadam.core.models import Job, Schedule


class Entry(NamedTuple):
    """A line of the timetable."""

    task: str
    seconds: int


_entries: dict[str, Entry] = {}


def every(name: str, task: str, seconds: int) -> None:
    """Run `task` (without arguments) every `seconds`; call in AppConfig.ready."""
    _entries[name] = Entry(task, seconds)


def entries() -> dict[str, Entry]:
    """The registered timetable by name."""
    return dict(_entries)


def write_table() -> None:
    """Bring the schedule table in line with what is registered; due times are kept."""
    with transaction.atomic():
        Schedule.objects.exclude(name__in=_entries).delete()
        for name, entry in _entries.items():
            values = {"task": entry.task, "every_seconds": entry.seconds}
            Schedule.objects.update_or_create(name=name, defaults=values)


def tick() -> int:
    """Enqueue what is due; each due time is taken by one worker only. Returns how many were enqueued."""
    now = clock.now()
    return sum(_run(line) for line in Schedule.objects.filter(next_at__lte=now))


def _run(line: Schedule) -> bool:
    with transaction.atomic():
        taken = Schedule.objects.filter(pk=line.pk, next_at=line.next_at).update(
            next_at=clock.now() + timedelta(seconds=line.every_seconds)
        )
        if not taken or Job.objects.filter(task=line.task, state=Job.State.READY).exists():
            return False
        jobs.enqueue(line.task, actor=None)
        return True
