"""Who sees what was published about people."""

from typing import Any

from datadam.access import policies as access
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.public import Actor


def may_see_history(actor: Actor | None, resource: Any) -> Verdict:
    """The owner's stewards and the city."""
    if access.is_city(actor) or access.is_steward(actor, resource):
        return ALLOWED
    return refuse(
        "공표 이력은 자료를 맡은 데이터 관리자와 시 담당관만 봅니다.",
        "Only stewards of the owner and the city see the history of publications.",
    )
