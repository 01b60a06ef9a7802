"""Where files come from by themselves: sources with their runs, and the pushes of programs."""

from django.db import models
from django.db.models import Q

from datadam.catalog.models.datasets import Dataset, Release, Upload
from datadam.core import clock


class Source(models.Model):
    """Where a dataset's files come from by a timetable; the address and its secrets are sealed.

    Without a dataset it makes one from its first file, titled `title`. `options` holds what is no secret: of a file
    server `fingerprint` (the host key that was accepted) and `offered` (another one, seen since), of a database
    `query` and `tls`.
    """

    class Kind(models.TextChoices):
        URL = "url", "웹 주소"
        FOLDER = "folder", "폴더"
        SFTP = "sftp", "SFTP 서버"
        POSTGRESQL = "postgresql", "PostgreSQL"
        MYSQL = "mysql", "MySQL·MariaDB"

    class Every(models.TextChoices):
        HOUR = "hour", "매시간"
        DAY = "day", "매일"
        WEEK = "week", "매주 월요일"
        MONTH = "month", "매월 1일"

    organisation = models.ForeignKey("core.Organisation", on_delete=models.CASCADE, related_name="+")
    dataset = models.OneToOneField(Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="source")
    title = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    sealed = models.TextField()
    shown = models.CharField(max_length=500)  # the address without what may be a key
    options = models.JSONField(default=dict, blank=True)
    every = models.CharField(max_length=8, choices=Every.choices, default=Every.DAY)
    at = models.TimeField(default="06:00")  # Korean time
    publish_when_clean = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    next_at = models.DateTimeField()
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_run = models.DateTimeField(null=True, blank=True)
    last_outcome = models.CharField(max_length=12, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["active", "next_at"], name="source_due")]
        constraints = [
            models.CheckConstraint(condition=~Q(sealed=""), name="source_has_address"),
            models.CheckConstraint(
                condition=Q(dataset__isnull=False) | ~Q(title=""), name="source_has_dataset_or_title"
            ),
        ]


class SourceRun(models.Model):
    """One look at a source and what came of it."""

    class Outcome(models.TextChoices):
        NEW = "new", "새 판"
        PUBLISHED = "published", "공개"
        HELD = "held", "확인 대기"
        UNCHANGED = "unchanged", "그대로"
        FAILED = "failed", "실패"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=40, blank=True)
    message = models.JSONField(default=dict)  # {"ko", "en"}
    filename = models.CharField(max_length=255, blank=True)
    upload = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    release = models.ForeignKey(Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "-id"], name="source_runs")]


class SourceFile(models.Model):
    """A file of a source's folder as it was when it was taken in."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="source_file_once")]


class Push(models.Model):
    """A program's push under its Idempotency-Key: the same key finds it again instead of doing it twice."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="pushes")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of the content and of how it was to be taken
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pushes")
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "key"], name="push_key_once")]
