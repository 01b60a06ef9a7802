"""The worker process: a thread per queue takes jobs, the main thread keeps the timetable and reaps."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable
from types import FrameType

from django.db import DatabaseError, close_old_connections, connection

from datadam.core import clock, jobs, schedule
from datadam.core.keeping import locks
from datadam.core.models import Heartbeat

log = logging.getLogger("datadam.worker")
POLL = 0.25  # seconds between looks into an empty queue
TICK = 1.0  # seconds between looks at the timetable
REAP = 15.0  # seconds between looks for dead workers
LIFE = 5.0  # seconds between signs of life


class Worker:
    """Runs until stopped; the job at hand is always finished first."""

    def __init__(self, queues: Iterable[str], *, parent: int | None = None) -> None:
        self.queues = tuple(queues)
        self.parent = parent
        self.stopping = threading.Event()
        self.done = 0
        self.name = jobs.worker_name()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Take no further job (SIGTERM and SIGINT call this)."""
        self.stopping.set()

    def serve(self) -> None:
        """Work until SIGTERM, SIGINT or the end of the process that started this one."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        with locks.running():
            self._serve()

    def _serve(self) -> None:
        schedule.write_table()
        jobs.reap()
        threads = [threading.Thread(target=self._take_jobs, args=(queue,), name=queue) for queue in self.queues]
        for thread in threads:
            thread.start()
        self._keep_time()
        for thread in threads:
            thread.join()
        Heartbeat.objects.filter(name=self.name).delete()

    def once(self) -> int:
        """Everything that is due now by the timetable or waits in the queues; returns how many jobs ran."""
        schedule.write_table()
        jobs.reap()
        schedule.tick()
        return self.drain()

    def drain(self) -> int:
        """Run every job that waits, in this thread, and return how many ran (demo, tests)."""
        name = jobs.worker_name()
        while any(self._one(queue, name) for queue in self.queues):
            pass
        return self.done

    def _keep_time(self) -> None:
        reaped, beaten = time.monotonic(), 0.0
        while not self.stopping.wait(TICK):
            if self.parent and os.getppid() != self.parent:
                self.stop()
                return
            try:
                if time.monotonic() - beaten > LIFE:
                    beaten = time.monotonic()
                    self._live()
                schedule.tick()
                if time.monotonic() - reaped > REAP:
                    reaped = time.monotonic()
                    jobs.reap()
            except DatabaseError:
                log.exception("the timetable had to wait")
                connection.close()

    def _live(self) -> None:
        values = {"at": clock.now(), "queues": " ".join(self.queues)}
        Heartbeat.objects.update_or_create(name=self.name, defaults=values)

    def _take_jobs(self, queue: str) -> None:
        name = jobs.worker_name()
        while not self.stopping.is_set():
            try:
                found = self._one(queue, name)
            except DatabaseError:
                log.exception("the queue %s had to wait", queue)
                connection.close()
                found = False
            if not found:
                self.stopping.wait(POLL)
        connection.close()

    def _one(self, queue: str, name: str) -> bool:
        if not connection.in_atomic_block:
            close_old_connections()
        job = jobs.claim(queue, name)
        if job is None:
            return False
        try:
            jobs.run(job)
        except Exception:
            log.debug("job %s ended with an error, which it stores", job.pk)
        self.done += 1
        return True
