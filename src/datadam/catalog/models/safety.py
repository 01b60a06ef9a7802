"""What people decided about findings that hold a release."""

from django.db import models
from django.db.models import F, Q

from datadam.catalog.models.datasets import Dataset, Release
from datadam.core import clock


class Decision(models.Model):
    """What is done about one finding, by whom and why. `column` is called as in the file; `code` is the finding's kind.

    One that `needs_second` waits for a person other than who asked. A standing one holds for the files to come as well.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", "개인정보"
        SMALL_CELLS = "small_cells", "작은 칸"
        RULE = "rule", "품질 규칙"

    class State(models.TextChoices):
        WAITING = "waiting", "두 번째 확인 대기"
        STANDING = "standing", "결정됨"
        REFUSED = "refused", "반대됨"
        WITHDRAWN = "withdrawn", "거둠"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="decisions")
    release = models.ForeignKey(Release, null=True, on_delete=models.SET_NULL, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    column = models.TextField(blank=True)  # files set no bound on their names
    code = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=20)
    options = models.JSONField(default=dict, blank=True)
    reason = models.TextField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    needs_second = models.BooleanField(default=False)
    asked_by = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    second = models.ForeignKey("core.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    second_at = models.DateTimeField(null=True, blank=True)
    second_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["dataset", "kind", "state"], name="decision_by_dataset")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
            models.CheckConstraint(
                condition=Q(second__isnull=True) | Q(asked_by__isnull=True) | ~Q(second=F("asked_by")),
                name="decision_second_is_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="standing")
                | Q(needs_second=False)
                | (Q(second_at__isnull=False) & ~Q(second_reason="")),
                name="decision_stands_by_two",
            ),
            models.CheckConstraint(condition=~Q(state="waiting") | Q(needs_second=True), name="decision_waits_for_one"),
            models.UniqueConstraint(
                fields=["dataset", "kind", "column", "code", "state"],  # one stands while another is asked for
                condition=Q(state__in=["waiting", "standing"]),
                name="decision_open_once",
            ),
        ]
