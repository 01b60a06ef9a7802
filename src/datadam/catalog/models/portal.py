"""What the national portal lists of ours, as it was imported last, and which of it is which dataset."""

from django.db import models
from django.db.models import Q

from datadam.catalog.models.datasets import Dataset
from datadam.core import clock


class PortalImport(models.Model):
    """One reading of the portal's list: the rows of our providers are kept, all of them are counted."""

    at = models.DateTimeField(default=clock.now)
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    filename = models.CharField(max_length=255)
    provider = models.CharField(max_length=100)  # what the names of kept providers contain
    read = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)  # {"line", "code", "text"}


class PortalEntry(models.Model):
    """A dataset as the portal lists it."""

    key = models.CharField(max_length=40, unique=True)  # 목록키
    kind = models.CharField(max_length=20, blank=True)  # FILE, API, STD
    title = models.CharField(max_length=500)
    provider = models.CharField(max_length=200)
    category = models.CharField(max_length=100, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    created = models.DateField(null=True, blank=True)
    updated = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["provider", "title"], name="portal_by_provider")]
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="portal_entry_has_key")]


class PortalPair(models.Model):
    """What a steward said of an entry and a dataset: that they are the same, or that they are not."""

    key = models.CharField(max_length=40)  # of the entry; outlives its import
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="portal_pairs")
    same = models.BooleanField()
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "dataset"], name="portal_pair_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(same=True), name="portal_key_of_one_dataset"),
        ]
