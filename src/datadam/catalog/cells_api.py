"""Trying treatments of small cells at /api/v1/."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from datadam.catalog import policies, selectors
from datadam.catalog.services import cells
from datadam.core.api import korean, signed_in

router = Router(tags=["catalog"])


@router.get(
    "/datasets/{name}/releases/{int:number}/cells",
    summary="Try a treatment of small cells on a held release",
    openapi_extra=korean("대기하는 판의 작은 칸 처리를 미리 해 보기"),
)
def try_cells(request: HttpRequest, name: str, number: int, option: str = "suppress") -> dict[str, Any]:
    """What `option` (as `GET …/findings` names it) would cost; for those who may see the rows. Nothing is kept."""
    actor = signed_in(request)
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    policies.may_edit(actor, release.dataset).require()
    return cells.told(cells.preview(actor=actor, release=release, key=option), option)
