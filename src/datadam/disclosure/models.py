"""What has been published about people, release by release. No count of the tables themselves stands here."""

from django.db import models
from django.db.models import Q

from datadam.core import clock


class Publication(models.Model):
    """One table of persons or households as it was published.

    facts: how many cells there were, were at risk, were withheld; never a cell. pattern: digest of which were withheld.
    A destroyed one keeps what it was and why it went.
    """

    class Unit(models.TextChoices):
        PERSONS = "persons", "사람"
        HOUSEHOLDS = "households", "가구"

    class Treatment(models.TextChoices):
        NONE = "none", "그대로"
        SUPPRESS = "suppress", "비공개"
        MERGE = "merge", "합침"
        ROUND = "round", "반올림"
        KEEP = "keep", "사유를 적고 그대로"

    class State(models.TextChoices):
        PUBLISHED = "published", "공개"
        WITHDRAWN = "withdrawn", "거둠"
        DESTROYED = "destroyed", "파기"

    resource = models.ForeignKey("access.Resource", on_delete=models.PROTECT, related_name="+")
    release = models.PositiveIntegerField()
    unit = models.CharField(max_length=12, choices=Unit.choices)
    dimensions = models.JSONField(default=list)
    measures = models.JSONField(default=list)
    threshold = models.PositiveIntegerField()
    treatment = models.CharField(max_length=12, choices=Treatment.choices)
    facts = models.JSONField(default=dict)
    pattern = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PUBLISHED)
    why = models.TextField(blank=True)
    recorded_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-release"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "release"], name="publication_once"),
            models.CheckConstraint(
                condition=~Q(state="destroyed") | Q(dimensions=[], measures=[], facts={}, pattern=""),
                name="publication_destroyed_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(state="published") | Q(ended_at__isnull=False), name="publication_ended_when"
            ),
        ]
