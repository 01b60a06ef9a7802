"""Work done outside a request: queue, progress, retry; and the timetable that feeds it."""

from django.db import models
from django.db.models import Q

from datadam.core import clock


class Job(models.Model):
    """A call to a registered task with JSON arguments. Delivered at least once: tasks are idempotent."""

    class State(models.TextChoices):
        READY = "ready", "대기"
        RUNNING = "running", "실행 중"
        DONE = "done", "완료"
        FAILED = "failed", "실패"
        CANCELLED = "cancelled", "취소"

    class Queue(models.TextChoices):
        LIGHT = "light", "가벼운 일"
        HEAVY = "heavy", "무거운 일"

    task = models.CharField(max_length=100)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=10, choices=Queue.choices, default=Queue.LIGHT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    actor = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    progress = models.FloatField(default=0.0)
    message = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    run_after = models.DateTimeField(default=clock.now)
    heartbeat_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["queue", "state", "id"], name="job_queue")]
        constraints = [
            models.CheckConstraint(condition=Q(progress__gte=0) & Q(progress__lte=1), name="job_progress_range"),
        ]


class Heartbeat(models.Model):
    """A worker process that lives: it says so every few seconds and removes its row when it ends."""

    name = models.CharField(max_length=64, unique=True)
    queues = models.CharField(max_length=40)
    at = models.DateTimeField(default=clock.now)


class Schedule(models.Model):
    """A task that runs every so many seconds; ticked by the worker."""

    name = models.CharField(max_length=100, unique=True)
    task = models.CharField(max_length=100)
    every_seconds = models.PositiveIntegerField()
    next_at = models.DateTimeField(default=clock.now)
