"""Quality rules at /api/v1/: for readers those in use, for stewards all that can be done with them."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from datadam.catalog import rule_telling, selectors
from datadam.catalog.selectors import rules as rule_selectors
from datadam.catalog.services import rules as services
from datadam.core.api import OPEN, actor_of, korean, signed_in

router = Router(tags=["catalog"])
LAST_PAGE = 10**9


class NewRule(Schema):
    """Options by kind: not_null `share` in %; range `min`, `max`; reference `values`; pattern `pattern`; row_count
    `least`, `most` in %; drift `psi`. `severity`: note or hold."""

    kind: str
    columns: list[str] = []
    options: dict[str, Any] = {}
    severity: str = "note"


class Changed(Schema):
    columns: list[str] = []
    options: dict[str, Any] = {}
    severity: str = "note"


class Chosen(Schema):
    """`rules` are ids; without them all that are proposed."""

    rules: list[int] | None = None


class Overruled(Schema):
    """`rules` are ids; without them all that hold the release."""

    reason: str
    rules: list[int] = []


def _dataset(request: HttpRequest, name: str) -> tuple[Any, Any]:
    actor = signed_in(request)
    return actor, selectors.dataset_for(actor, name)


@router.get("/datasets/{name}/rules", auth=OPEN, summary="Quality rules", openapi_extra=korean("품질 규칙"))
def list_rules(request: HttpRequest, name: str) -> dict[str, Any]:
    """With their checks over the releases, the newest first: counts and row numbers, no values."""
    actor = actor_of(request)
    return rule_telling.listed(actor, selectors.dataset_for(actor, name))


@router.post(
    "/datasets/{name}/rules",
    response={201: dict[str, Any]},
    summary="Add a quality rule",
    openapi_extra=korean("품질 규칙 더하기"),
)
def add_rule(request: HttpRequest, name: str, body: NewRule) -> Status[dict[str, Any]]:
    """In use from now on, and counted on the newest release at once."""
    actor, dataset = _dataset(request, name)
    made = services.add(actor=actor, dataset=dataset, **body.dict())
    return Status(201, {"id": made.pk, **rule_telling.listed(actor, dataset)})


@router.post("/datasets/{name}/rules/try", summary="Try a quality rule", openapi_extra=korean("품질 규칙 시험"))
def try_new_rule(request: HttpRequest, name: str, body: NewRule) -> dict[str, Any]:
    """How many rows of the newest release would fail; nothing is stored."""
    actor, dataset = _dataset(request, name)
    given = body.dict(exclude={"severity"})
    return rule_telling.outcome(services.try_rule(actor=actor, dataset=dataset, **given))


@router.post("/datasets/{name}/rules/propose", summary="Propose rules", openapi_extra=korean("품질 규칙 제안받기"))
def propose_rules(request: HttpRequest, name: str) -> dict[str, Any]:
    """What the newest release speaks for and the dataset has not yet."""
    actor, dataset = _dataset(request, name)
    services.propose(actor=actor, dataset=dataset)
    return rule_telling.listed(actor, dataset)


@router.post("/datasets/{name}/rules/accept", summary="Accept rules", openapi_extra=korean("품질 규칙 쓰기"))
def accept_rules(request: HttpRequest, name: str, body: Chosen) -> dict[str, Any]:
    """Puts proposed rules, or ones that were switched off, into use."""
    actor, dataset = _dataset(request, name)
    services.accept(actor=actor, dataset=dataset, rules=services.chosen(dataset, body.rules))
    return rule_telling.listed(actor, dataset)


@router.put(
    "/datasets/{name}/rules/{int:pk}", summary="Change a quality rule", openapi_extra=korean("품질 규칙 고치기")
)
def edit_rule(request: HttpRequest, name: str, pk: int, body: Changed) -> dict[str, Any]:
    """`job` reads a release again that rules hold."""
    actor, dataset = _dataset(request, name)
    job = services.edit(actor=actor, rule=services.rule_of(dataset, pk), **body.dict())
    return {**rule_telling.listed(actor, dataset), "job": job.pk if job else None}


@router.post("/datasets/{name}/rules/{int:pk}/off", summary="Switch a rule off", openapi_extra=korean("품질 규칙 끄기"))
def switch_rule_off(request: HttpRequest, name: str, pk: int) -> dict[str, Any]:
    """Its history stays; `job` reads a release again that rules hold."""
    actor, dataset = _dataset(request, name)
    job = services.switch_off(actor=actor, rule=services.rule_of(dataset, pk))
    return {**rule_telling.listed(actor, dataset), "job": job.pk if job else None}


@router.get("/datasets/{name}/rules/{int:pk}/rows", summary="Rows that fail a rule", openapi_extra=korean("걸린 행"))
def failing_rows(
    request: HttpRequest, name: str, pk: int, release: int | None = None, page: int = 1, size: int = 100
) -> dict[str, Any]:
    """Of the release (the newest one that the rule was checked at otherwise), with their numbers in it."""
    actor, dataset = _dataset(request, name)
    rule = services.rule_of(dataset, pk)
    page, size = min(max(1, page), LAST_PAGE), min(max(1, size), 1_000)
    chosen = services.release_of(actor=actor, rule=rule, number=release)
    found = rule_selectors.failing(actor, rule, chosen, page=page, size=size, channel="api")
    return {"rule": pk, "release": chosen.number, "page": page, **rule_telling.failing(found)}


@router.post(
    "/datasets/{name}/releases/{int:number}/accept-rules",
    response={202: dict[str, Any]},
    summary="Take a release although rules fail",
    openapi_extra=korean("규칙에 걸린 판 받아들이기"),
)
def accept_failures(request: HttpRequest, name: str, number: int, body: Overruled) -> Status[dict[str, Any]]:
    """With a reason, for this release alone."""
    actor, dataset = _dataset(request, name)
    release = selectors.release_for(actor, dataset, number)
    job = services.accept_failures(actor=actor, release=release, reason=body.reason, rules=body.rules)
    return Status(202, {"job": job.pk if job else None})


@router.delete(
    "/datasets/{name}/releases/{int:number}/accept-rules",
    response={202: dict[str, Any]},
    summary="Undo taking a release although rules fail",
    openapi_extra=korean("규칙에 걸린 판 받아들이기 되돌리기"),
)
def take_back(request: HttpRequest, name: str, number: int) -> Status[dict[str, Any]]:
    """Until it is published: it is read again and held."""
    actor, dataset = _dataset(request, name)
    release = selectors.release_for(actor, dataset, number)
    return Status(202, {"job": services.take_back(actor=actor, release=release).pk})
