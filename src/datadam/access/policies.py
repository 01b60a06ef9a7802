"""Who may give and take back leave to read."""

from datadam.access.models import Resource
from datadam.core import selectors
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.public import Actor

CITY_ROLES = ("officer", "operator")  # the city's own people, who see every resource
OWNER_ROLES = ("steward", "admin")  # those who answer for their organisation's data


def may_grant(actor: Actor | None, resource: Resource) -> Verdict:
    """Stewards and admins of the owner, and the city's officers and operators."""
    if is_city(actor) or is_steward(actor, resource):
        return ALLOWED
    return refuse(
        "이 자료를 맡은 기관의 데이터 관리자나 시 데이터 담당관만 이용 권한을 정할 수 있습니다.",
        "Only stewards of the organisation that owns this resource, and city officers, may decide who reads it.",
    )


def is_city(actor: Actor | None) -> bool:
    return selectors.has_city_role(actor, *CITY_ROLES)


def is_steward(actor: Actor | None, resource: Resource) -> bool:
    return owner_role(actor, resource) in OWNER_ROLES


def owner_role(actor: Actor | None, resource: Resource) -> str | None:
    """The actor's role in the organisation that owns the resource; None for strangers and closed accounts."""
    if actor is None or not actor.is_active:
        return None
    return selectors.membership_role(actor, resource.owner)
