"""Which resources exist, who may read what of them, and what was read."""

import uuid

from django.db import models
from django.db.models import Q

from datadam.core import clock


class Resource(models.Model):
    """Something readable, known to every other room by its opaque `uid`."""

    class Kind(models.TextChoices):
        TABLE = "table", "표"
        FILES = "files", "파일 묶음"

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TABLE)
    owner = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)


class Grant(models.Model):
    """Leave to read a resource: to everyone, to an organisation or to a person.

    An empty `columns` means all; `version` null means every published one; `row_filter` is {column: [values]}.
    """

    class Audience(models.TextChoices):
        PUBLIC = "public", "모두"
        ORGANISATION = "organisation", "기관"
        PERSON = "person", "사람"

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="grants")
    audience = models.CharField(max_length=20, choices=Audience.choices)
    organisation = models.ForeignKey(
        "core.Organisation", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey("core.Person", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=200, blank=True)
    columns = models.JSONField(default=list, blank=True)
    row_filter = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    row_quota = models.BigIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="grant_audience_named",
                condition=Q(audience="public", organisation=None, person=None)
                | Q(audience="organisation", organisation__isnull=False, person=None)
                | Q(audience="person", organisation=None, person__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["resource"], condition=Q(audience="public", revoked_at=None), name="grant_public_once"
            ),
        ]


class Usage(models.Model):
    """One reading of a resource; written for every page preview, download, query and share."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="usage")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.SET_NULL, related_name="usage")
    actor = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=clock.now, db_index=True)
