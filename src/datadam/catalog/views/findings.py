"""Findings that hold a release: what they are, what is decided about them, and the second person's word."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from datadam.catalog import offers, policies, selectors, words
from datadam.catalog.models import Decision, Release
from datadam.catalog.selectors import data
from datadam.catalog.selectors import decisions as kept
from datadam.catalog.services import releases, safety
from datadam.catalog.workflow import DECISION
from datadam.core.context import actor_of
from datadam.core.errors import Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

NO_SUCH = Text("그런 작업은 없습니다.", "There is no such action.")
ASKED = Text(
    "다른 담당자나 시 담당관의 동의를 기다립니다. 그때까지 이 판은 그대로 잠가 둡니다.",
    "It waits for the consent of another steward or a city officer. Until then the release stays sealed.",
)
DONE = {
    "agree": Text("동의했습니다.", "You agreed."),
    "refuse": Text("반대했습니다.", "You refused."),
    "withdraw": Text("결정을 거두었습니다.", "The decision was withdrawn."),
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def findings(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """What was found in a release, and the form that decides about all of it."""
    actor = actor_of(request)
    assert actor is not None
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    policies.may_edit(actor, release.dataset).require()
    if request.method != "POST":
        return _page(request, actor, release)
    try:
        made, job = safety.decide(
            actor=actor,
            release=release,
            decisions=_choices(request, release),
            reason=request.POST.get("reason", ""),
        )
    except Invalid as error:
        return _page(request, actor, release, error)
    if any(decision.state == Decision.State.WAITING for decision in made):
        messages.success(request, str(ASKED))
    return _on(release, job)


def _choices(request: HttpRequest, release: Release) -> list[safety.Choice]:
    """Each finding is named by its place and by what stood there, so that a later reading is not mistaken for it."""
    made = []
    for at in range(len(request.POST.getlist("column"))):
        key = request.POST.get(f"action-{at}", "")
        about = [request.POST.getlist(each)[at : at + 1] for each in ("kind", "column", "code")]
        if key and all(about):
            made.append(safety.chosen(release, (about[0][0], about[1][0], about[2][0]), key))
    return made


def _on(release: Release, job: Any) -> HttpResponse:
    if job is not None and release.upload_id:
        return redirect(f"{reverse('upload', args=[release.upload_id])}?job={job.pk}")
    return redirect("release_findings", release.dataset.name, release.number)


def _page(request: HttpRequest, actor: Actor, release: Release, error: Invalid | None = None) -> HttpResponse:
    found = of(actor, release)
    if error is not None:
        fields: dict[str, Text] = error.data.get("fields", {})  # type: ignore[assignment]
        found["wrong"] = [str(each) for each in fields.values()] or [str(error.message)]
        found["reason"] = request.POST.get("reason", "")[: safety.LONGEST]
        for at, each in enumerate(found["offers"]):
            each["picked"] = request.POST.get(f"action-{at}", each["picked"])
    context = {"release": release, "dataset": release.dataset, "found": found}
    return render(request, "catalog/findings.html", context, status=422 if error else 200)


def of(actor: Actor | None, release: Release) -> dict[str, Any]:
    """What a page shows of a release's findings and decisions; nothing to decide for who may not."""
    decisions = list(kept.decisions_of(release))
    left = safety.undecided(release)
    may = bool(policies.may_edit(actor, release.dataset)) and release.state in ("draft", "held")
    sealed = data.sealed_rows(actor, release) if release.state == "held" else None
    return {
        "reasons": [{"code": code, "words": words.held(code)} for code in releases.held_by(release)],
        "offers": [{"offer": offer, "picked": offer.default if offer.blocking else ""} for offer in left],
        "blocking": any(offer.blocking for offer in left),
        "reason": offers.usual_reason([offer for offer in left if offer.blocking] or left),
        "decide_href": reverse("release_findings", args=[release.dataset.name, release.number]) if may else "",
        "decisions": [_decision(actor, each) for each in decisions],
        "tries": release.state == "held" and bool(policies.may_see_rows(actor, release)),
        "dataset": release.dataset.name,
        "number": release.number,
        "sealed_header": sealed[0] if sealed else [],
        "sealed_rows": sealed[1] if sealed else [],
    }


def _decision(actor: Actor | None, made: Decision) -> dict[str, Any]:
    may = {each.name for each in DECISION.available(made, actor)}
    return {
        "made": made,
        "words": kept.in_words(made),
        "state": DECISION.states[made.state],
        "second": "agree" in may,
        "withdraw": "withdraw" in may,
    }


@login_required
@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """The second person agrees or refuses with a reason; whoever may decide withdraws."""
    actor = actor_of(request)
    assert actor is not None
    decision = kept.decision_for(actor, pk)
    release = decision.release
    reason = request.POST.get("reason", "")
    job = None
    if action == "withdraw":
        job = safety.withdraw(actor=actor, decision=decision)
    elif action == "agree":
        job = safety.agree(actor=actor, decision=decision, reason=reason)
    elif action == "refuse":
        safety.refuse(actor=actor, decision=decision, reason=reason)
    else:
        raise NotFound(NO_SUCH)
    messages.success(request, str(DONE[action]))
    return redirect("dataset", decision.dataset.name) if release is None else _on(release, job)
