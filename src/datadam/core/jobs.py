"""Work outside a request: tasks by name, a queue in the database, one atomic claim, progress and retry.

A job is enqueued inside the transaction that needs it (after commit a crash would lose it) and is delivered at
least once, so every task is idempotent. docs/adr/0002-own-job-queue.md says why the table is our own.
"""

import importlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from datadam.core import clock
from datadam.core.keeping import logs
from datadam.core.models import Job, Person
from datadam.web.text import Text

log = logging.getLogger("datadam.jobs")
Run = Callable[..., dict[str, Any] | None]
BEAT = 5.0  # seconds between heartbeats
STEP = 0.5  # seconds between writes of progress
BACKOFF = 5  # seconds before the second attempt; doubles each time
BROKEN = Text("예상하지 못한 오류가 났습니다.", "Something went wrong.")
DIED = Text("작업하던 프로그램이 중단되었습니다.", "The worker died while it worked on this.")


class NotWaiting(RuntimeError):
    """Somebody else has taken the job."""


@dataclass(frozen=True)
class Task:
    """A function that jobs call by name. `on_failed(args, error)` runs once, when no attempt is left."""

    name: str
    run: Run
    queue: str
    max_attempts: int
    on_failed: Callable[[dict[str, Any], dict[str, Any]], None] | None


_tasks: dict[str, Task] = {}


def task(
    name: str,
    *,
    queue: str = "light",
    max_attempts: int = 3,
    on_failed: Callable[[dict[str, Any], dict[str, Any]], None] | None = None,
) -> Callable[[Run], Run]:
    """Register `f(job, **args)` as the task `<room>.<name>`; it lives in that room's tasks.py."""

    def decorate(function: Run) -> Run:
        _tasks[name] = Task(name, function, queue, max_attempts, on_failed)
        return function

    return decorate


def find(name: str) -> Task:
    """The task of that name; its room's tasks.py is imported on first use."""
    if name not in _tasks:
        importlib.import_module(f"datadam.{name.partition('.')[0]}.tasks")
    return _tasks[name]


def enqueue(name: str, *, actor: Person | None, **args: Any) -> Job:
    """Put a job into the queue, in the caller's transaction."""
    found = find(name)
    return Job.objects.create(
        task=name, args=args, queue=found.queue, max_attempts=found.max_attempts, actor=actor, run_after=clock.now()
    )


def worker_name() -> str:
    """`host:pid:random`: host and pid tell the reaper whether the process still lives."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"


class JobHandle:
    """What a running task sees of its job. Progress is cheap: a thread of its own writes it down."""

    def __init__(self, job: Job, on_progress: Callable[[float, Text], None] | None = None) -> None:
        self.id: int = job.pk
        self.attempt: int = job.attempts
        self.actor: Person | None = job.actor
        self._job = job
        self._on_progress = on_progress
        self._pending: tuple[float, Text] | None = None
        self._stop = threading.Event()

    def progress(self, fraction: float, message: Text) -> None:
        """Say how far the work is, 0 to 1, and what is being done."""
        fraction = min(max(float(fraction), 0.0), 1.0)
        if self._on_progress:
            self._on_progress(fraction, message)
        else:
            self._pending = (fraction, message)

    def __enter__(self) -> "JobHandle":
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        since = 0.0
        while not self._stop.wait(STEP):
            since += STEP
            if self._pending or since >= BEAT:
                since = 0.0
                self._write()
        connection.close()

    def _write(self) -> None:
        pending, self._pending = self._pending, None
        values: dict[str, Any] = {"heartbeat_at": clock.now()}
        if pending:
            values |= {"progress": pending[0], "message": pending[1]._asdict()}
        try:
            mine(self._job).update(**values)
        except DatabaseError:  # a long write elsewhere; the next beat will do
            log.warning("job %s: heartbeat not written", self.id)
            connection.close()


def mine(job: Job) -> Any:
    """The job's row, as long as it is still this worker's."""
    return Job.objects.filter(pk=job.pk, worker=job.worker, state=Job.State.RUNNING)


def claim(queue: str, worker: str) -> Job | None:
    """Take the next due job of the queue, or None. Two workers never take the same one.

    On PostgreSQL a job that another worker is taking at this moment is stepped over; on SQLite writers take turns.
    """
    ready = Job.objects.filter(queue=queue, state=Job.State.READY, run_after__lte=clock.now()).order_by("id")
    with transaction.atomic() if connection.features.has_select_for_update_skip_locked else nullcontext():
        if connection.features.has_select_for_update_skip_locked:
            ready = ready.select_for_update(skip_locked=True)
        pk = ready.values_list("pk", flat=True).first()
        if pk is None or not _take(pk, worker):
            return None
    return Job.objects.select_related("actor").get(pk=pk)


def _take(pk: int, worker: str) -> bool:
    now = clock.now()
    rows = Job.objects.filter(pk=pk, state=Job.State.READY)
    return rows.update(state=Job.State.RUNNING, worker=worker, heartbeat_at=now, attempts=F("attempts") + 1) == 1


def run(job: Job, on_progress: Callable[[float, Text], None] | None = None, *, retry: bool = True) -> None:
    """Run a claimed job and store how it ended. A rule's refusal fails at once; anything else is tried again."""
    try:
        found = find(job.task)
        with logs.about(job=job.pk, task=job.task), JobHandle(job, on_progress) as handle:
            result = found.run(handle, **job.args)
    except Exception as error:
        if connection.in_atomic_block and connection.needs_rollback:
            raise
        _failed(job, error, retry)
        raise
    except KeyboardInterrupt:
        mine(job).update(state=Job.State.CANCELLED, finished_at=clock.now())
        raise
    mine(job).update(state=Job.State.DONE, result=result, progress=1.0, error=None, finished_at=clock.now())


def run_now(job: Job, on_progress: Callable[[float, Text], None] | None = None) -> dict[str, Any] | None:
    """Run a waiting job in this process (the command line), once, and return its result; raises what it raised."""
    worker = worker_name()
    if not _take(job.pk, worker):
        raise NotWaiting(f"job {job.pk} is not waiting")
    job.refresh_from_db()
    run(job, on_progress, retry=False)
    job.refresh_from_db()
    return job.result


def describe(error: BaseException) -> tuple[dict[str, Any], bool]:
    """(what is stored of an error, whether it is a refusal by a rule that no further attempt will change)."""
    message = getattr(error, "message", None)
    if not isinstance(message, Text) and hasattr(error, "ko") and hasattr(error, "en"):
        message = Text(error.ko, error.en)  # the lake's and the sandbox's refusals
    code = getattr(error, "code", None)
    if isinstance(message, Text) and isinstance(code, str):
        return {"code": code, **message._asdict()}, True
    return {"code": "internal", **BROKEN._asdict(), "kind": type(error).__name__}, False


def _failed(job: Job, error: Exception, retry: bool) -> None:
    facts, refusal = describe(error)
    if not refusal:
        log.error("job %s (%s), attempt %s failed", job.pk, job.task, job.attempts, exc_info=error)
    _retry_or_fail(job, facts, final=refusal or not retry, wait=BACKOFF * 2 ** (job.attempts - 1))


def _retry_or_fail(job: Job, facts: dict[str, Any], *, final: bool, wait: float) -> None:
    if final or job.attempts >= job.max_attempts:
        values: dict[str, Any] = {"state": Job.State.FAILED, "finished_at": clock.now()}
    else:
        later = clock.now() + timedelta(seconds=wait)
        values = {"state": Job.State.READY, "run_after": later, "worker": "", "progress": 0.0}
    with transaction.atomic():
        changed = mine(job).update(error=facts, **values)
        if changed and values["state"] == Job.State.FAILED:
            _tell(job, facts)


def _tell(job: Job, facts: dict[str, Any]) -> None:
    try:
        on_failed = find(job.task).on_failed
    except (KeyError, ImportError):  # a task that this version no longer knows
        return
    if on_failed:
        on_failed(job.args, facts)


def reap() -> int:
    """Give back the jobs whose worker died; returns how many."""
    running = Job.objects.filter(state=Job.State.RUNNING)
    dead = [job for job in running if _is_dead(job)]
    for job in dead:
        log.warning("job %s (%s): its worker %s died", job.pk, job.task, job.worker)
        _retry_or_fail(job, {"code": "worker_died", **DIED._asdict()}, final=False, wait=0)
    return len(dead)


def _is_dead(job: Job) -> bool:
    beat = job.heartbeat_at
    if beat is None or beat < clock.now() - timedelta(seconds=settings.JOB_STALE):
        return True
    host, _, rest = job.worker.partition(":")
    return host == socket.gethostname()[:40] and not _lives(int(rest.partition(":")[0] or 0))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
