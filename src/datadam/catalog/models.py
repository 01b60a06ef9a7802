"""Datasets, their releases, the uploads they came from and the recipes that clean them."""

from django.db import models
from django.db.models import Q

from datadam.core import clock


class Dataset(models.Model):
    """A table the city keeps (DCAT Dataset). `name` is its ASCII slug; `resource` is its uid in `access`."""

    class State(models.TextChoices):
        DRAFT = "draft", "작성 중"
        PUBLISHED = "published", "공개"
        WITHDRAWN = "withdrawn", "공개 중지"
        DESTROYED = "destroyed", "파기"

    class Frequency(models.TextChoices):
        IRREGULAR = "irregular", "수시"
        DAILY = "daily", "매일"
        WEEKLY = "weekly", "매주"
        MONTHLY = "monthly", "매월"
        QUARTERLY = "quarterly", "분기"
        ANNUAL = "annual", "매년"
        ONCE = "once", "일회성"

    name = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.OneToOneField("access.Resource", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    keywords = models.JSONField(default=list, blank=True)
    theme = models.CharField(max_length=20, blank=True)  # a key of catalog.vocabulary.THEMES
    spatial = models.CharField(max_length=200, blank=True)
    temporal_start = models.DateField(null=True, blank=True)
    temporal_end = models.DateField(null=True, blank=True)
    frequency = models.CharField(max_length=12, choices=Frequency.choices, default=Frequency.IRREGULAR)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    licence = models.CharField(max_length=20, blank=True)  # a key of catalog.licences.LICENCES
    ai_mark = models.BooleanField(default=False)  # KOGL's AI add-on mark: training of AI allowed
    source_url = models.URLField(max_length=2000, blank=True)
    created_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-updated_at", "id"], name="dataset_listing"),
            models.Index(fields=["organisation", "state"], name="dataset_by_organisation"),
            models.Index(fields=["theme", "state"], name="dataset_by_theme"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="dataset_has_title"),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(licence="")),
                name="dataset_published_with_licence",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Upload(models.Model):
    """A file or URL on its way in: sealed in staging until it is loaded or discarded."""

    class State(models.TextChoices):
        ARRIVING = "arriving", "받는 중"
        RECEIVED = "received", "받음"
        READING = "reading", "읽는 중"
        READ = "read", "읽음"
        REFUSED = "refused", "거절"
        DISCARDED = "discarded", "버림"

    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dataset = models.ForeignKey(Dataset, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    filename = models.CharField(max_length=255)
    url = models.URLField(max_length=2000, blank=True)  # as it may be shown
    sealed = models.TextField(blank=True)  # the whole of it, which may hold a service key, until it is fetched
    staged = models.CharField(max_length=64, blank=True)  # id in lake staging
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    report = models.JSONField(default=list, blank=True)  # list of lake Reports as dicts
    wanted = models.JSONField(default=dict, blank=True)  # of a file in pieces: what to do with it when it is whole
    created_at = models.DateTimeField(default=clock.now)


class Recipe(models.Model):
    """The cleaning steps of a dataset: version after version, applied to each new file."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="recipes")
    version = models.PositiveIntegerField()
    steps = models.JSONField(default=list)
    created_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "version"], name="recipe_version_once")]


class Release(models.Model):
    """One edition of a dataset: a Delta version with its columns, profile and account of rows."""

    class State(models.TextChoices):
        DRAFT = "draft", "작성 중"
        HELD = "held", "확인 대기"
        PUBLISHED = "published", "공개"
        DISCARDED = "discarded", "버림"
        DESTROYED = "destroyed", "파기"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    version = models.BigIntegerField(null=True, blank=True)  # Delta version, null while held
    upload = models.ForeignKey(Upload, null=True, blank=True, on_delete=models.SET_NULL, related_name="releases")
    recipe = models.ForeignKey(Recipe, null=True, blank=True, on_delete=models.SET_NULL, related_name="releases")
    # the release whose rows this one holds as well, because its own were added to them
    base = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="extended_by")
    rows = models.BigIntegerField(default=0)
    columns = models.JSONField(default=list)
    profile = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)  # against the release before: columns and row counts
    source_sha256 = models.CharField(max_length=64, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    quality = models.FloatField(null=True, blank=True)
    created_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="release_number_once"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(version__isnull=False), name="release_published_has_version"
            ),
        ]

    @property
    def is_files(self) -> bool:
        """Whether it is a file set, its table the manifest. Lists bring the format along without the whole report."""
        return (self.__dict__["format"] if "format" in self.__dict__ else self.report.get("format")) == "files"


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
