"""Reads of the release history: what was told about the same people before."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from datadam.access import selectors as access
from datadam.core.public import Actor
from datadam.core.verification import Found
from datadam.disclosure import policies
from datadam.disclosure.models import Publication
from datadam.web.text import Text

LATEST = 3  # releases that a new one is compared with
OTHERS = 5  # tables of other datasets with the same dimensions


def history_for(actor: Actor | None, resource_uid: UUID) -> QuerySet[Publication]:
    """Everything published about people from one resource, newest first, for those who answer for it."""
    policies.may_see_history(actor, access.resource(resource_uid)).require()
    return Publication.objects.filter(resource__uid=resource_uid).select_related("recorded_by", "resource")


def tells(actor: Actor | None, resource: Any) -> bool:
    """Whether there is a history of the resource that the actor may see."""
    return bool(policies.may_see_history(actor, resource)) and Publication.objects.filter(resource=resource).exists()


def earlier(
    resource_uid: UUID | None, *, dimensions: Sequence[str], measures: Sequence[str], before: int | None = None
) -> list[tuple[int, UUID, int, list[str]]]:
    """(publication, resource, release, dimensions) of earlier tables to compare with: its own, and others that count
    the same by the same dimensions, by fewer or by more of them, as the files call them.
    Those withdrawn count as well: who read them knows them.
    """
    known = Publication.objects.exclude(state=Publication.State.DESTROYED).select_related("resource")
    own = known.filter(resource__uid=resource_uid) if resource_uid else known.none()
    if before is not None:
        own = own.exclude(release=before)
    others = known.exclude(resource__uid=resource_uid) if resource_uid else known
    alike = [each for each in others.order_by("-recorded_at")[:500] if _tells_of(each, dimensions, measures)]
    found = [*own.order_by("-release")[:LATEST], *alike[:OTHERS]]
    return [(each.pk, each.resource.uid, each.release, each.dimensions) for each in found]


def _tells_of(each: Publication, dimensions: Sequence[str], measures: Sequence[str]) -> bool:
    then, now = set(each.dimensions), set(dimensions)
    nested = bool(then) and (then <= now or then > now)
    return nested and not set(measures).isdisjoint(each.measures)


def wrong() -> Iterator[Found]:
    """Records that withheld cells and do not know which."""
    rows = Publication.objects.filter(treatment=Publication.Treatment.SUPPRESS, pattern="")
    for each in rows.exclude(state=Publication.State.DESTROYED).select_related("resource"):
        uid = each.resource.uid
        yield Found(
            Text(
                f"공표 기록 {uid}/{each.release}에 비공개한 자리가 없습니다",
                f"the record of publication {uid}/{each.release} does not know what was withheld",
            )
        )
