"""Findings and decisions at /api/v1/, for stewards and second persons."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from datadam.catalog import policies, selectors
from datadam.catalog.models import Release
from datadam.catalog.selectors import decisions as kept
from datadam.catalog.services import safety
from datadam.core.api import korean, signed_in
from datadam.core.public import Actor

router = Router(tags=["catalog"])


class Choice(Schema):
    """One finding and what to do about it: `action` as `GET …/findings` names it."""

    kind: str = "personal"
    column: str = ""
    code: str = ""
    action: str


class FindingDecisions(Schema):
    """Without `decisions`: the usual choice for all that holds the release."""

    decisions: list[Choice] = []
    reason: str = ""


class Reason(Schema):
    """Why."""

    reason: str


def _release(actor: Actor, name: str, number: int) -> Release:
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    policies.may_edit(actor, release.dataset).require()
    return release


@router.get(
    "/datasets/{name}/releases/{int:number}/findings",
    summary="What was found in a release, and what was decided",
    openapi_extra=korean("판에서 찾은 것과 결정한 것"),
)
def show_findings(request: HttpRequest, name: str, number: int) -> dict[str, Any]:
    """Each finding with the actions that may be taken; examples are masked."""
    return kept.told(_release(signed_in(request), name, number))


@router.post(
    "/datasets/{name}/releases/{int:number}/findings",
    response={202: dict[str, Any]},
    summary="Decide about findings",
    openapi_extra=korean("찾은 것을 어떻게 할지 결정하기"),
)
def make_decisions(request: HttpRequest, name: str, number: int, body: FindingDecisions) -> Status[dict[str, Any]]:
    """`job` reads the release again; null when all of it waits for a second person."""
    actor = signed_in(request)
    release = _release(actor, name, number)
    if body.decisions:
        chosen = [safety.chosen(release, (c.kind, c.column, c.code), c.action) for c in body.decisions]
        made, job = safety.decide(actor=actor, release=release, decisions=chosen, reason=body.reason)
    else:
        made, job = safety.decide_usual(actor=actor, release=release, reason=body.reason)
    return Status(202, {"decisions": [kept.decision(each) for each in made], "job": job.pk if job else None})


def _done(actor: Actor, pk: int, job: Any) -> dict[str, Any]:
    return {**kept.decision(kept.decision_for(actor, pk)), "job": job.pk if job else None}


@router.post(
    "/decisions/{int:pk}/agree", summary="Agree as the second person", openapi_extra=korean("두 번째 사람으로 동의")
)
def agree_decision(request: HttpRequest, pk: int, body: Reason) -> dict[str, Any]:
    """The decision stands; `job` reads the release again."""
    actor = signed_in(request)
    return _done(actor, pk, safety.agree(actor=actor, decision=kept.decision_for(actor, pk), reason=body.reason))


@router.post(
    "/decisions/{int:pk}/refuse", summary="Refuse as the second person", openapi_extra=korean("두 번째 사람으로 반대")
)
def refuse_decision(request: HttpRequest, pk: int, body: Reason) -> dict[str, Any]:
    """It is as if it had not been asked."""
    actor = signed_in(request)
    safety.refuse(actor=actor, decision=kept.decision_for(actor, pk), reason=body.reason)
    return _done(actor, pk, None)


@router.post("/decisions/{int:pk}/withdraw", summary="Withdraw a decision", openapi_extra=korean("결정 거두기"))
def withdraw_decision(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Until the release is published; `job` reads it again."""
    actor = signed_in(request)
    return _done(actor, pk, safety.withdraw(actor=actor, decision=kept.decision_for(actor, pk)))
