"""The evidence report at /api/v1/evidence."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from datadam.catalog import evaluation
from datadam.core.api import korean, signed_in

router = Router(tags=["catalog"])


@router.get(
    "/evidence",
    summary="Evidence for the yearly evaluation",
    openapi_extra=korean("운영실태 평가의 근거 자료"),
)
def evidence(request: HttpRequest, year: str = "", organisation: str = "") -> dict[str, Any]:
    """Figures of a calendar year (Korean time), each with how it is computed; this year without `year`."""
    return evaluation.as_json(evaluation.report(actor=signed_in(request), year=year, organisation=organisation))
