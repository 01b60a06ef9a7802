"""Every write of the registry: resources, grants and the record of what was read."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from datadam.access import policies, selectors
from datadam.access.check import USED_UP, Decision, rows_left
from datadam.access.models import Grant, Resource, Usage
from datadam.core import clock, events
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.public import Actor, Organisation
from datadam.web.text import Text


def register(
    *, owner: Organisation, kind: str = Resource.Kind.TABLE, actor: Actor | None = None, uid: UUID | None = None
) -> Resource:
    """A new resource of `owner`, which nobody but its own people and the city may read yet.

    `uid` is given when the data were written under it before.
    """
    if kind not in Resource.Kind.values:
        raise Invalid(Text("알 수 없는 자료 종류입니다.", "That is no kind of resource."), kind=kind)
    with transaction.atomic():
        resource = Resource.objects.create(owner=owner, kind=kind, uid=uid or uuid4())
        events.record(actor=actor, verb="resource.registered", subject=resource, owner=owner.pk, kind=str(kind))
    return resource


def grant_public(
    *, actor: Actor, resource_uid: UUID, version: int | None = None, columns: Sequence[str] | None = None
) -> Grant:
    """Let everyone read it: every published version, or only `version`. Replaces the public grant there is.

    `columns` empty opens all; None keeps to those that are open now, so that a next release hides what the last did.
    """
    with transaction.atomic():
        resource = _resource_for(actor, resource_uid)
        before = resource.grants.filter(audience=Grant.Audience.PUBLIC, revoked_at=None).first()
        if columns is None:
            columns = before.columns if before else ()
        if before is not None:
            if (before.version, before.columns, before.expires_at) == (version, list(columns), None):
                return before
            _revoke(actor, before)
        return _give(actor, resource, audience=Grant.Audience.PUBLIC, version=version, columns=list(columns))


def revoke_public(*, actor: Actor, resource_uid: UUID) -> None:
    """Take the public grant back; nothing happens when there is none."""
    with transaction.atomic():
        resource = _resource_for(actor, resource_uid)
        for grant in resource.grants.filter(audience=Grant.Audience.PUBLIC, revoked_at=None):
            _revoke(actor, grant)


def grant(
    *,
    actor: Actor,
    resource_uid: UUID,
    organisation: Organisation | None = None,
    person: Actor | None = None,
    purpose: str = "",
    columns: Sequence[str] = (),
    row_filter: Mapping[str, Sequence[Any]] | None = None,
    version: int | None = None,
    row_quota: int | None = None,
    expires_at: dt.datetime | None = None,
) -> Grant:
    """Let one organisation or one person read; the fields are those of `Grant`."""
    if (organisation is None) == (person is None):
        raise Invalid(Text("기관과 사람 가운데 하나만 고르세요.", "Name either an organisation or a person."))
    _check_terms(row_filter or {}, row_quota, expires_at)
    with transaction.atomic():
        return _give(
            actor,
            _resource_for(actor, resource_uid),
            audience=Grant.Audience.ORGANISATION if organisation else Grant.Audience.PERSON,
            organisation=organisation,
            person=person,
            purpose=purpose,
            columns=list(columns),
            row_filter={column: list(values) for column, values in (row_filter or {}).items()},
            version=version,
            row_quota=row_quota,
            expires_at=expires_at,
        )


def revoke(*, actor: Actor, grant_id: int) -> None:
    """Take a grant back for good; Conflict when that was done before."""
    with transaction.atomic():
        found = Grant.objects.select_related("resource__owner").filter(pk=grant_id).first()
        if found is None:
            raise NotFound(Text("그런 이용 권한이 없습니다.", "There is no such grant."))
        policies.may_grant(actor, found.resource).require()
        _revoke(actor, found)


def record_usage(*, decision: Decision, channel: str, version: int, rows: int = 0, bytes: int = 0) -> Usage:
    """Note one reading under an allowed decision, before it is handed over; a quota is drawn by it.

    Raises NotAllowed when the quota no longer holds that many rows: two readings at once do not both fit into it.
    """
    decision.require()
    assert decision.resource_id is not None
    with transaction.atomic():
        if decision.rows_left is not None and decision.grant_id is not None:
            grant = Grant.objects.select_for_update().get(pk=decision.grant_id)
            if rows > (rows_left(grant) or 0):
                raise NotAllowed(USED_UP)
        return Usage.objects.create(
            resource_id=decision.resource_id,
            grant_id=decision.grant_id,
            actor_id=decision.actor_id,
            channel=channel,
            version=version,
            rows=rows,
            bytes=bytes,
        )


def _resource_for(actor: Actor, uid: UUID) -> Resource:
    resource = selectors.resource(uid)
    policies.may_grant(actor, resource).require()
    return resource


def _give(actor: Actor, resource: Resource, **terms: Any) -> Grant:
    given = Grant.objects.create(resource=resource, **terms)
    events.record(
        actor=actor,
        verb="access.granted",
        subject=resource,
        grant=given.pk,
        audience=str(given.audience),
        organisation=given.organisation_id,
        person=given.person_id,
        version=given.version,
        columns=len(given.columns),
        filtered=bool(given.row_filter),
        quota=given.row_quota,
        expires=given.expires_at,
    )
    return given


def _revoke(actor: Actor, grant: Grant) -> None:
    """One row or Conflict, so that two people cannot both have revoked it."""
    if not Grant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=clock.now()):
        raise Conflict(Text("이미 거둔 이용 권한입니다.", "This grant was revoked before."))
    events.record(actor=actor, verb="access.revoked", subject=grant.resource, grant=grant.pk)


def _check_terms(
    row_filter: Mapping[str, Sequence[Any]], row_quota: int | None, expires_at: dt.datetime | None
) -> None:
    if row_quota is not None and row_quota <= 0:
        raise Invalid(Text("행 수 한도는 1 이상이어야 합니다.", "The quota must be at least one row."))
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid(Text("이용 기간의 끝이 이미 지났습니다.", "The end of the permission is in the past."))
    if any(isinstance(values, str) or not values for values in row_filter.values()):
        raise Invalid(Text("행 조건마다 값을 적으세요.", "Every row condition needs a list of values."))
