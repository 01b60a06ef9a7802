"""The release history at /api/v1/."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from datadam.core.api import korean, signed_in
from datadam.disclosure import presenting, selectors

router = Router(tags=["disclosure"])


@router.get(
    "/resources/{uuid:uid}/publications",
    summary="What was published about people from a resource",
    openapi_extra=korean("사람에 관해 공표한 이력"),
)
def publications(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """For its stewards and the city: releases, treatments and how many cells were withheld."""
    found = selectors.history_for(signed_in(request), uid)
    return {"publications": [presenting.publication(each) for each in found]}
