"""What a table must pass before it is committed, beside the search for personal data; and how it is treated before.

A check looks at the report and the written files, may add findings, and says why it holds the table, or "". A treatment
changes the whole table where it is wanted, and tells of it in the report. Both get the dataset that the table goes to,
None when it is new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Q

from datadam.catalog.models import Dataset, Decision, Release
from datadam.catalog.services.places import Order
from datadam.core import events
from datadam.core.public import Actor

if TYPE_CHECKING:
    import pyarrow as pa

    from datadam.lake.types import Report

Check = Callable[[Order, Dataset | None, "Report", list[Path]], str]


@dataclass(frozen=True)
class Treatment:
    """`wanted(dataset)` says whether the table must be read whole at all."""

    wanted: Callable[[Dataset | None], object]
    treat: Callable[[Order, Dataset | None, "Report", "pa.Table"], "pa.Table"]


CHECKS: list[Check] = []
TREATMENTS: list[Treatment] = []


def kept(dataset: Dataset | None) -> frozenset[tuple[str, str]]:
    """(column, kind) of the personal data that two people decided to keep."""
    if dataset is None:
        return frozenset()
    standing = dataset.decisions.filter(kind=Decision.Kind.PERSONAL, action="keep", state=Decision.State.STANDING)
    return frozenset(standing.values_list("column", "code"))


def forget(actor: Actor | None, release: Release) -> None:
    """What was kept for a release that is gone, or is still asked about it, says nothing for the files to come."""
    kept_or_asked = Q(state=Decision.State.WAITING) | Q(state=Decision.State.STANDING, action="keep")
    for decision in Decision.objects.filter(kept_or_asked, release=release):
        Decision.objects.filter(pk=decision.pk).update(state=Decision.State.WITHDRAWN)
        events.record(actor=actor, verb="decision.end", subject=decision, dataset=decision.dataset_id)


def guard(order: Order, dataset: Dataset | None) -> "Callable[[Report, list[Path]], list[str]] | None":
    """All checks as one."""
    if not CHECKS:
        return None
    return lambda report, paths: [check(order, dataset, report, paths) for check in CHECKS]


def treat(order: Order, dataset: Dataset | None) -> "Callable[[Report, pa.Table], pa.Table] | None":
    """All treatments that are wanted as one, in their order."""
    wanted = [treatment.treat for treatment in TREATMENTS if treatment.wanted(dataset)]
    if not wanted:
        return None

    def treated(report: "Report", table: "pa.Table") -> "pa.Table":
        for each in wanted:
            table = each(order, dataset, report, table)
        return table

    return treated
