"""What a dataset's rows are expected to be, and what each release was found to be."""

from django.db import models
from django.db.models import Q

from datadam.catalog.models.datasets import Dataset, Release
from datadam.core import clock


class Rule(models.Model):
    """An expectation of a dataset's rows: proposed by the program, or set by a steward."""

    class Kind(models.TextChoices):
        UNIQUE = "unique", "겹치지 않음"
        NOT_NULL = "not_null", "빈칸 없음"
        RANGE = "range", "범위"
        REFERENCE = "reference", "정해진 값"
        PATTERN = "pattern", "형태"
        ROW_COUNT = "row_count", "행 수"
        DRIFT = "drift", "분포"

    class Severity(models.TextChoices):
        NOTE = "note", "알림"
        HOLD = "hold", "보류"

    class State(models.TextChoices):
        PROPOSED = "proposed", "제안"
        ACTIVE = "active", "사용"
        OFF = "off", "끔"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    columns = models.JSONField(default=list, blank=True)
    options = models.JSONField(default=dict, blank=True)
    severity = models.CharField(max_length=4, choices=Severity.choices, default=Severity.NOTE)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    evidence = models.JSONField(default=dict, blank=True)  # {"ko", "en"}: what of the profile speaks for it
    # the release whose profile it was proposed from: what that tells of data goes when it is destroyed
    seen_in = models.ForeignKey(Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["dataset", "state"], name="rule_by_dataset")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["unique", "not_null", "range", "reference", "pattern", "row_count", "drift"]),
                name="rule_kind_known",
            ),
            models.CheckConstraint(condition=Q(severity__in=["note", "hold"]), name="rule_severity_known"),
            models.CheckConstraint(condition=Q(state__in=["proposed", "active", "off"]), name="rule_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(self.columns)}".strip()


class RuleCheck(models.Model):
    """One rule at one release. Row numbers and counts only: never a value."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="checks")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="rule_checks")
    passed = models.BooleanField(null=True)  # null: could not be checked, `problem` says why
    failing = models.BigIntegerField(default=0)
    checked = models.BigIntegerField(default=0)
    measured = models.FloatField(null=True, blank=True)
    rows = models.JSONField(default=list, blank=True)  # numbers of the first failing rows
    problem = models.CharField(max_length=20, blank=True)
    severity = models.CharField(max_length=4)  # as it was then
    options = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "release"], name="rule_checked_once_a_release"),
            models.CheckConstraint(
                condition=Q(failing__gte=0) & Q(checked__gte=models.F("failing")), name="rule_check_counts"
            ),
        ]
