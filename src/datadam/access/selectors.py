"""Reads of the registry: which resources an actor may read, who was let in, what was read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from datadam.access import policies
from datadam.access.models import Grant, Resource, Usage
from datadam.core import clock, selectors
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.web.text import Text


@dataclass(frozen=True)
class UsageFigures:
    """How often and how much a resource was read, in all and over each channel."""

    readings: int
    rows: int
    bytes: int
    by_channel: dict[str, int]


def resource(uid: UUID) -> Resource:
    """The resource; NotFound otherwise."""
    found = Resource.objects.select_related("owner").filter(uid=uid).first()
    if found is None:
        raise NotFound(Text("그런 자료가 없습니다.", "There is no such resource."), uid=str(uid))
    return found


def grants_for(actor: Actor | None) -> QuerySet[Grant]:
    """Every grant, good or not, that speaks to the actor: public ones, their organisations' and their own."""
    audience = Q(audience=Grant.Audience.PUBLIC)
    if actor is not None and actor.is_active:
        audience |= Q(audience=Grant.Audience.ORGANISATION, organisation__in=selectors.organisations_of(actor))
        audience |= Q(audience=Grant.Audience.PERSON, person=actor)
    return Grant.objects.filter(audience)


def standing(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Those neither revoked nor expired."""
    return grants.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), revoked_at=None)


def readable_resource_uids(actor: Actor | None) -> QuerySet[Resource, UUID]:
    """The uids of what the actor may read something of: for `filter(resource__uid__in=…)`, one query with it.

    The owner's members and the city's officers read their own without a grant. Purpose, version and quota of a grant
    are judged at the reading, by `check`.
    """
    resources = Resource.objects.all()
    if not policies.is_city(actor):
        readable = Q(pk__in=standing(grants_for(actor)).values("resource"))
        if actor is not None and actor.is_active:
            readable |= Q(owner__in=selectors.organisations_of(actor))
        resources = resources.filter(readable)
    return resources.values_list("uid", flat=True)


def is_registered(uid: UUID) -> bool:
    """Whether the uid is taken, if only by something that is gone."""
    return Resource.objects.filter(uid=uid).exists()


def is_public(resource_uid: UUID) -> bool:
    """Whether everyone may read some version of it."""
    grants = Grant.objects.filter(resource__uid=resource_uid, audience=Grant.Audience.PUBLIC)
    return standing(grants).exists()


def public_uids() -> set[UUID]:
    """The uids of everything that is open to everyone."""
    grants = standing(Grant.objects.filter(audience=Grant.Audience.PUBLIC))
    return set(grants.values_list("resource__uid", flat=True))


def grants_of(resource_uid: UUID) -> QuerySet[Grant]:
    """Every grant ever given on the resource, newest first."""
    grants = Grant.objects.filter(resource__uid=resource_uid)
    return grants.select_related("organisation", "person").order_by("-created_at", "-pk")


def usage_figures(resource_uid: UUID) -> UsageFigures:
    """What was read of the resource since it was registered."""
    usage = Usage.objects.filter(resource__uid=resource_uid)
    return _figures(usage)


def usage_between(uids: QuerySet[Any], since: datetime, until: datetime) -> UsageFigures:
    """What was read of these resources (a query of uids) from `since` up to `until`."""
    return _figures(Usage.objects.filter(resource__uid__in=uids, at__gte=since, at__lt=until))


def _figures(usage: QuerySet[Usage]) -> UsageFigures:
    channels = usage.values_list("channel").annotate(readings=Count("pk"), rows=Sum("rows"), bytes=Sum("bytes"))
    counted = list(channels.order_by("channel"))
    return UsageFigures(
        readings=sum(row[1] for row in counted),
        rows=sum(row[2] for row in counted),
        bytes=sum(row[3] for row in counted),
        by_channel={row[0]: row[1] for row in counted},
    )


def has_read(actor: Actor, *channels: str) -> bool:
    """Whether the actor has read anything yet, over any of `channels` if given."""
    rows = Usage.objects.filter(actor=actor)
    return (rows.filter(channel__in=channels) if channels else rows).exists()
