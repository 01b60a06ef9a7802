"""Tables of uploads at /api/v1/uploads/: their raw cells, what a drawing or a proposal would do, and drawing them."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from datadam.catalog import selectors, trying
from datadam.catalog.services import drawing
from datadam.core.api import korean, signed_in

router = Router(tags=["catalog"])


class Drawing(Schema):
    """Lines of a recipe: `table`, `split`, `merge`. With `preview` nothing is kept."""

    text: str
    preview: bool = False


def _place(request: HttpRequest, pk: int, at: int) -> drawing.Place:
    actor = signed_in(request)
    return drawing.look(actor=actor, upload=selectors.upload_for(actor, pk), at=at)


@router.get(
    "/{int:pk}/tables/{int:at}/raw", summary="A file's cells as they stand", openapi_extra=korean("파일의 칸 그대로")
)
def raw_cells(
    request: HttpRequest, pk: int, at: int, sheet: str = "", encoding: str = "", delimiter: str = ""
) -> dict[str, Any]:
    """The first 60 and last 10 rows of a sheet or of a text, for those who may draw the table."""
    return trying.raw(_place(request, pk, at), sheet, encoding, delimiter)


@router.get(
    "/{int:pk}/tables/{int:at}/compare", summary="A proposal before and after", openapi_extra=korean("제안의 전과 후")
)
def compare(request: HttpRequest, pk: int, at: int, step: str) -> dict[str, Any]:
    """`step` is a proposal's `code` or `code:column`."""
    return trying.compared(_place(request, pk, at), step)


@router.post(
    "/{int:pk}/tables/{int:at}/draw",
    response={200: dict[str, Any], 202: dict[str, Any]},
    summary="Draw a table",
    openapi_extra=korean("표 직접 정하기"),
)
def draw(request: HttpRequest, pk: int, at: int, body: Drawing) -> Status[dict[str, Any]]:
    """The lines become the recipe and the table is read by it; a `preview` shows what would be read."""
    found = _place(request, pk, at)
    if body.preview:
        return Status(200, trying.tried(found, body.text))
    steps = trying.steps_of(found, body.text)
    job = drawing.save(actor=signed_in(request), found=found, steps=steps)
    return Status(202, {"job": job.pk if job else None})
