"""Every write of the release history."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from datadam.access import selectors as access
from datadam.core import clock, events
from datadam.core.errors import Invalid
from datadam.core.public import Actor
from datadam.disclosure.models import Publication
from datadam.web.text import Text

WHOLE = ("cells", "at_risk", "primary", "complementary", "already_out")  # what `facts` may hold: whole numbers
BAD = Text("공표 기록이 올바르지 않습니다.", "This record of a publication is not right.")


def record_publication(
    *,
    actor: Actor | None,
    resource_uid: UUID,
    release: int,
    unit: str,
    dimensions: Sequence[str],
    measures: Sequence[str],
    threshold: int,
    treatment: str,
    facts: dict[str, int] | None = None,
    pattern: str = "",
) -> Publication:
    """Note that a table about people was published; publishing it again writes over what was withdrawn."""
    told = facts or {}
    wrong = unit not in Publication.Unit.values or treatment not in Publication.Treatment.values
    if wrong or any(name not in WHOLE or not isinstance(value, int) for name, value in told.items()):
        raise Invalid(BAD)
    values: dict[str, Any] = {
        "unit": unit,
        "dimensions": list(dimensions),
        "measures": list(measures),
        "threshold": threshold,
        "treatment": treatment,
        "facts": told,
        "pattern": pattern,
        "state": Publication.State.PUBLISHED,
        "recorded_by": actor,
        "recorded_at": clock.now(),
        "ended_at": None,
    }
    with transaction.atomic():
        resource = access.resource(resource_uid)
        made, _ = Publication.objects.update_or_create(resource=resource, release=release, defaults=values)
        events.record(actor=actor, verb="disclosure.recorded", subject=made, release=release, treatment=treatment)
    return made


def withdraw(*, actor: Actor | None, resource_uid: UUID, release: int | None = None) -> int:
    """Note that a release (all, without one) is public no more; what was read of it stays read. How many."""
    rows = Publication.objects.filter(resource__uid=resource_uid, state=Publication.State.PUBLISHED)
    rows = rows if release is None else rows.filter(release=release)
    with transaction.atomic():
        for each in rows:
            Publication.objects.filter(pk=each.pk).update(state=Publication.State.WITHDRAWN, ended_at=clock.now())
            events.record(actor=actor, verb="disclosure.withdrawn", subject=each, release=each.release)
    return len(rows)


def publish_again(*, actor: Actor | None, resource_uid: UUID, releases: Sequence[int]) -> int:
    """Note that releases withdrawn with their dataset are public again. How many."""
    rows = Publication.objects.filter(
        resource__uid=resource_uid, release__in=releases, state=Publication.State.WITHDRAWN
    )
    with transaction.atomic():
        for each in rows:
            Publication.objects.filter(pk=each.pk).update(state=Publication.State.PUBLISHED, ended_at=None)
            events.record(actor=actor, verb="disclosure.republished", subject=each, release=each.release)
    return len(rows)


def destroy(*, resource_uid: UUID | str, release: int | None, reason: str) -> int:
    """Keep only what was destroyed and why."""
    rows = Publication.objects.filter(resource__uid=resource_uid).exclude(state=Publication.State.DESTROYED)
    rows = rows if release is None else rows.filter(release=release)
    empty: dict[str, Any] = {"dimensions": [], "measures": [], "facts": {}, "pattern": ""}
    ended = {"state": Publication.State.DESTROYED, "ended_at": clock.now(), "why": reason}
    with transaction.atomic():
        for each in rows:
            Publication.objects.filter(pk=each.pk).update(**empty, **ended)
            events.record(actor=None, verb="disclosure.destroyed", subject=each, release=each.release)
    return len(rows)
