"""Figures for Prometheus. Requests are counted over all web processes; the rest is asked of the database when read.

Labels are methods, names of routes, classes of status, queues and states: a bounded set, and nothing of anybody's.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min

from datadam.core import clock

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LAKE_EVERY = 300.0  # seconds for which a count of the lake's bytes is kept
_first = threading.Lock()
TYPE = "text/plain; version=0.0.4; charset=utf-8"


def share() -> None:
    """Let the web processes that this one starts count together; call before any of them does."""
    folder = Path(settings.HOME) / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER] = str(folder)


def _requests() -> tuple[Any, Any]:
    with _first:  # two first requests at once would register the figures twice
        return _registered()


@lru_cache(1)
def _registered() -> tuple[Any, Any]:
    from prometheus_client import Counter, Histogram

    labels = ["method", "route", "status"]
    counter = Counter("datadam_requests", "Requests answered.", labels)
    return counter, Histogram("datadam_request_seconds", "Time to answer.", ["method", "route"], buckets=BUCKETS)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Note one answered request."""
    counter, times = _requests()
    counter.labels(method, route, f"{status // 100}xx").inc()
    times.labels(method, route).observe(seconds)


def page() -> bytes:
    """Everything, in Prometheus' text form."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    _requests()
    here = CollectorRegistry()
    here.register(_State())
    counted = REGISTRY
    if os.environ.get(FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    return bytes(generate_latest(counted)) + bytes(generate_latest(here))


class _State:
    """What the database and the disk say now."""

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        jobs = GaugeMetricFamily("datadam_jobs", "Jobs by queue and state.", labels=["queue", "state"])
        for queue, state, number in _jobs():
            jobs.add_metric([queue, state], number)
        yield jobs
        ages = GaugeMetricFamily("datadam_queue_age_seconds", "Age of the oldest job that waits.", labels=["queue"])
        for queue, seconds in _queue_ages():
            ages.add_metric([queue], seconds)
        yield ages
        for name, words, value in _figures():
            yield GaugeMetricFamily(f"datadam_{name}", words, value=value)


def _jobs() -> list[tuple[str, str, int]]:
    from datadam.core.models import Job

    return list(Job.objects.order_by().values_list("queue", "state").annotate(Count("pk")))


def _queue_ages() -> Iterator[tuple[str, float]]:
    from datadam.core.models import Job

    ready = Job.objects.filter(state=Job.State.READY, run_after__lte=clock.now()).order_by()
    oldest = dict(ready.values_list("queue").annotate(Min("run_after")))
    for queue in Job.Queue.values:
        yield queue, (clock.now() - oldest[queue]).total_seconds() if queue in oldest else 0.0


def _figures() -> Iterator[tuple[str, str, float]]:
    from datadam.core.models import Attempt, Event, Heartbeat, Person

    now = clock.now()
    beat = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    yield (
        "worker_heartbeat_age_seconds",
        "Since a worker last showed life; -1 without any.",
        ((now - beat).total_seconds() if beat else -1.0),
    )
    yield "events_unsealed", "Events without a place in the chain.", Event.objects.filter(seal=None).count()
    yield (
        "login_failures_recent",
        "Failed sign-ins of the last day.",
        Attempt.objects.filter(kind="login").count(),
    )
    yield "people", "Active accounts.", Person.objects.filter(is_active=True).count()
    tables, size = _lake(int(time.monotonic() // LAKE_EVERY))
    yield "lake_tables", "Tables in the lake.", tables
    yield "lake_bytes", "Bytes in the lake; counted every five minutes.", size
    yield "disk_free_bytes", "Free on the disk of the home.", shutil.disk_usage(settings.HOME).free


@lru_cache(1)
def _lake(_period: int) -> tuple[int, int]:
    tables, size, stack = 0, 0, [Path(settings.LAKE)]
    while stack:
        folder = stack.pop()
        if not folder.is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    tables += entry.name == "_delta_log"
                    stack.append(Path(entry.path))
                else:
                    size += entry.stat(follow_symlinks=False).st_size
    return tables, size
