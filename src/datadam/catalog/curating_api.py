"""Recipes and sources at /api/v1/, for stewards."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from datadam.catalog import policies, presenting, recipe_text, selectors
from datadam.catalog.services import recipes as recipe_services
from datadam.catalog.services import sources as source_services
from datadam.core import selectors as core
from datadam.core.api import korean, signed_in

router = Router(tags=["catalog"])


class RecipeText(Schema):
    """The recipe as text, one step a line."""

    text: str


@router.get("/datasets/{name}/recipe", summary="The recipe of a dataset", openapi_extra=korean("자료의 정제 방법"))
def show_recipe(request: HttpRequest, name: str, version: int | None = None) -> dict[str, Any]:
    """As text and as steps, for those who may edit the dataset."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    return presenting.recipe(dataset, version)


@router.put(
    "/datasets/{name}/recipe",
    summary="Write the next version of the recipe",
    openapi_extra=korean("정제 방법의 다음 판 쓰기"),
)
def write_recipe(request: HttpRequest, name: str, body: RecipeText) -> dict[str, Any]:
    """A release that is not published yet is read again: `job` is the job that does it."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    steps = recipe_text.parsed(body.text)
    _, job = recipe_services.set_recipe(actor=actor, dataset=dataset, steps=steps)
    return {**presenting.recipe(dataset), "job": job.pk if job else None}


@router.get(
    "/organisations/{name}/sources",
    summary="Where an organisation's files come from",
    openapi_extra=korean("기관의 파일이 오는 곳"),
)
def list_sources(request: HttpRequest, name: str) -> dict[str, Any]:
    """For its stewards; addresses are shown without what may be a key."""
    organisation = core.organisation(name)
    policies.may_upload(signed_in(request), organisation).require()
    return {"sources": [presenting.source(each) for each in source_services.of(organisation)]}


@router.post(
    "/sources/{int:pk}/run", response={202: dict[str, Any]}, summary="Fetch now", openapi_extra=korean("지금 가져오기")
)
def run_source(request: HttpRequest, pk: int) -> Status[dict[str, Any]]:
    """A job looks at the source once."""
    actor = signed_in(request)
    found = source_services.source_for(actor, pk)
    return Status(202, {"job": source_services.start(actor=actor, source=found).pk})
