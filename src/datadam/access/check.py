"""The ONE check behind pages, downloads, SQL, API, sharing and the lab: may this actor read it, and how much?"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Sum

from datadam.access import policies
from datadam.access.models import Grant, Resource, Usage
from datadam.access.selectors import grants_for
from datadam.core import clock
from datadam.core.errors import NotAllowed
from datadam.core.public import Actor
from datadam.web.text import Text


@dataclass(frozen=True)
class Decision:
    """The answer. `columns` None means all; `row_filter` is {column: [values]}; `rows_left` None means no quota.

    `grant_id` is None for the owner's own people and the city's. Truth value: allowed or not.
    """

    allowed: bool
    resource_id: int | None
    actor_id: int | None
    grant_id: int | None = None
    columns: list[str] | None = None
    row_filter: dict[str, list[Any]] = field(default_factory=dict)
    rows_left: int | None = None
    reason: Text | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> "Decision":
        """Itself when allowed; otherwise NotAllowed with the reason."""
        if not self.allowed:
            raise NotAllowed(self.reason or NOT_GRANTED)
        return self


UNKNOWN = Text("그런 자료가 없습니다.", "There is no such resource.")
NOT_GRANTED = Text("이 자료를 읽을 권한이 없습니다.", "You have no permission to read this resource.")
DRAFT = Text("아직 공개하지 않은 판입니다.", "This edition has not been published.")
REVOKED = Text("이용 권한이 거두어졌습니다.", "Your permission to read this resource was revoked.")
EXPIRED = Text("이용 기간이 끝났습니다.", "Your permission to read this resource has expired.")
OTHER_VERSION = Text("이용 권한이 다른 판에만 있습니다.", "Your permission is for another edition.")
OTHER_PURPOSE = Text("이용 권한이 다른 목적으로만 있습니다.", "Your permission is for another purpose.")
USED_UP = Text("읽을 수 있는 행 수를 모두 썼습니다.", "The number of rows you may read is used up.")


def check(
    *,
    actor: Actor | None,
    resource_uid: UUID,
    version: int | None,
    purpose: str = "",
    channel: str,
    draft: bool = False,
) -> Decision:
    """Decide whether `actor` may read `version` of a resource over `channel` (page, download, api, sql, sharing, lab).

    `draft` says that the version is not published: only the owner's stewards and the city's officers read it. Of
    several grants that fit, the least restricted one is used; grants are never added together. A grant with a
    purpose fits only a reading for that purpose; one without fits every purpose.
    """
    actor = actor if actor is not None and actor.is_active else None
    actor_id = actor.pk if actor else None
    resource = Resource.objects.select_related("owner").filter(uid=resource_uid).first()
    if resource is None:
        return Decision(False, None, actor_id, reason=UNKNOWN)
    if _own(actor, resource, draft):
        return Decision(True, resource.pk, actor_id)
    if draft:
        return Decision(False, resource.pk, actor_id, reason=DRAFT)
    return _by_grant(actor, resource, version, purpose)


def _own(actor: Actor | None, resource: Resource, draft: bool) -> bool:
    if policies.is_city(actor):
        return True
    role = policies.owner_role(actor, resource)
    return role in policies.OWNER_ROLES if draft else role is not None


def _by_grant(actor: Actor | None, resource: Resource, version: int | None, purpose: str) -> Decision:
    actor_id = actor.pk if actor else None
    reasons: list[Text] = []
    for grant in sorted(grants_for(actor).filter(resource=resource), key=_restriction):
        left = rows_left(grant)
        reason = _misfit(grant, version, purpose) or (USED_UP if left is not None and left <= 0 else None)
        if reason is None:
            return Decision(
                True, resource.pk, actor_id, grant.pk, list(grant.columns) or None, dict(grant.row_filter), left
            )
        reasons.append(reason)
    return Decision(False, resource.pk, actor_id, reason=min(reasons, key=_telling.index, default=NOT_GRANTED))


# When several grants fail, the reason that helps most: what the reader can still do something about.
_telling = [USED_UP, OTHER_PURPOSE, OTHER_VERSION, EXPIRED, REVOKED]


def _misfit(grant: Grant, version: int | None, purpose: str) -> Text | None:
    """Why this grant does not cover the reading; None when it does."""
    if grant.revoked_at is not None:
        return REVOKED
    if grant.expires_at is not None and grant.expires_at <= clock.now():
        return EXPIRED
    if grant.version is not None and grant.version != version:
        return OTHER_VERSION
    if grant.purpose and grant.purpose != purpose:
        return OTHER_PURPOSE
    return None


def _restriction(grant: Grant) -> tuple[bool, bool, int, bool, int]:
    """Least restricted first: all rows, all columns (else more columns), no quota; then the oldest."""
    columns = len(grant.columns)
    return bool(grant.row_filter), bool(columns), -columns, grant.row_quota is not None, grant.pk


def rows_left(grant: Grant) -> int | None:
    """How many rows of its quota are left; None without one."""
    if grant.row_quota is None:
        return None
    used = Usage.objects.filter(grant=grant).aggregate(rows=Sum("rows"))["rows"] or 0
    return int(grant.row_quota - used)
