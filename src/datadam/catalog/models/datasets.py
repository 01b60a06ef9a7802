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
    legal_basis = models.CharField(max_length=300, blank=True)  # why the office holds it: a law and its article
    collection = models.CharField(max_length=300, blank=True)  # how the data come about
    limits = models.TextField(blank=True)  # what the data do not hold, and where to be careful
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
    discarded_at = models.DateTimeField(null=True, blank=True)  # until what it left is cleared away

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
