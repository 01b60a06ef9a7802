"""Standard terms and the national portal at /api/v1/."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from datadam.catalog import policies, selectors
from datadam.catalog.selectors import conformance, portal
from datadam.catalog.selectors import glossary as kept
from datadam.catalog.services import glossary as services
from datadam.catalog.standards.entries import LISTS, TERMS
from datadam.core import selectors as core
from datadam.core.api import OPEN, korean, signed_in
from datadam.core.errors import Invalid
from datadam.web.text import Text

router = Router(tags=["catalog"])
LAST = 10**6


class Decision(Schema):
    """`column` is the name in the file; without it all sure matches are meant."""

    column: str = ""
    term: str = ""


@router.get("/glossary", auth=OPEN, summary="Search the standard terms", openapi_extra=korean("공통표준용어 찾기"))
def search_glossary(request: HttpRequest, q: str = "", list: str = TERMS, page: int = 1) -> dict[str, Any]:
    """A page of terms, words or domains, and the standard names of what was asked for."""
    if list not in LISTS:
        words = Text(f"list는 {', '.join(LISTS)} 가운데 하나입니다.", f"list is one of {', '.join(LISTS)}.")
        raise Invalid(words, fields={"list": words})
    query = q.replace("\0", "")[:200]
    rows = kept.find(list, query)
    page = min(max(page, 1), LAST)
    first = (page - 1) * kept.PAGE
    return {
        "edition": kept.status()["edition"],
        "total": rows.count(),
        "page": page,
        "found": [kept.told(each) for each in rows[first : first + kept.PAGE]],
        "otherwise": kept.said_otherwise(query) if query else [],
    }


@router.get(
    "/datasets/{name}/conformance",
    summary="How far a dataset keeps to the standard terms",
    openapi_extra=korean("자료의 표준용어 준수"),
)
def dataset_conformance(request: HttpRequest, name: str) -> dict[str, Any]:
    """Every column with its candidates, reasons and the recipe steps that accepting writes."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    made = conformance.of_dataset(dataset)
    return {"dataset": name, **conformance.shares(made), "found": [conformance.column(each) for each in made.found]}


@router.post(
    "/datasets/{name}/conformance/accept",
    summary="Accept a match, or all sure ones",
    openapi_extra=korean("표준용어 제안 받아들이기"),
)
def accept_match(request: HttpRequest, name: str, body: Decision) -> dict[str, Any]:
    """`job` reads the open release again; without one the recipe is used from the next file on."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    chosen = {body.column: body.term} if body.column else None
    recipe, job, columns = services.accept(actor=actor, dataset=dataset, chosen=chosen)
    return {"recipe": recipe.version, "job": job.pk if job else None, "columns": columns}


@router.post(
    "/datasets/{name}/conformance/decline", summary="Turn a match down", openapi_extra=korean("표준용어 제안 물리치기")
)
def decline_match(request: HttpRequest, name: str, body: Decision) -> dict[str, Any]:
    """It is not proposed again."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    services.decline(actor=actor, dataset=dataset, column=body.column, term=body.term)
    return {"column": body.column, "term": body.term}


@router.get(
    "/organisations/{name}/conformance",
    summary="How far an organisation keeps to the standard terms",
    openapi_extra=korean("기관의 표준용어 준수"),
)
def organisation_conformance(request: HttpRequest, name: str) -> dict[str, Any]:
    """The organisation's share and that of each of its datasets."""
    return _report(signed_in(request), core.organisation(name))


@router.get(
    "/conformance", summary="How far the city keeps to the standard terms", openapi_extra=korean("시의 표준용어 준수")
)
def city_conformance(request: HttpRequest) -> dict[str, Any]:
    """The city's share and that of each dataset, for its officers."""
    return _report(signed_in(request), None)


def _report(actor: Any, organisation: Any) -> dict[str, Any]:
    whole, each_ = conformance.of_many(conformance.within(actor, organisation))
    told = [{"dataset": one.name, "title": one.title, **conformance.shares(made)} for one, made in each_]
    return {**conformance.shares(whole), "datasets": told}


@router.get(
    "/datasets/{name}/portal",
    summary="What the national portal asks of a dataset",
    openapi_extra=korean("국가포털 등록 항목"),
)
def dataset_portal(request: HttpRequest, name: str) -> dict[str, Any]:
    """Its items and columns, and what is missing."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    return portal.as_data(portal.registered(dataset))


@router.get(
    "/organisations/{name}/portal",
    summary="What the national portal asks of an organisation's datasets",
    openapi_extra=korean("기관의 국가포털 등록 항목"),
)
def organisation_portal(request: HttpRequest, name: str) -> dict[str, Any]:
    """The same for each dataset that is open or may become so."""
    made = portal.registrations(signed_in(request), core.organisation(name))
    return {"datasets": [portal.as_data(each) for each in made]}


@router.get("/portal", summary="The national portal's list beside ours", openapi_extra=korean("국가포털 목록과 대조"))
def compare_portal(request: HttpRequest) -> dict[str, Any]:
    """There only, here only, and both with their differences; for the city's officers."""
    return portal.compared(portal.comparison(signed_in(request)))
