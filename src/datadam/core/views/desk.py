"""The desk: what waits, first steps, and choices for one thing or for many."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from datadam.core import clock, desk
from datadam.core.extensions import Waiting
from datadam.core.views.asking import local_target, signed_in
from datadam.web.text import Text

OUTCOME = "desk_outcome"  # in the session: what the last choice did, until the desk has shown it
UNDO_SECONDS = 600
NOTHING = Text("먼저 목록에서 고르십시오.", "Choose something in the list first.")


@never_cache
@login_required
@require_safe
def my_desk(request: HttpRequest) -> HttpResponse:
    """Everything that waits for the person, with their first steps on top."""
    actor = signed_in(request)
    steps = [] if actor.steps_hidden else desk.steps(actor)
    done = sum(1 for _, ticked in steps if ticked)
    context = {
        "trays": desk.waiting(actor),
        "decided": desk.decided(actor),
        "kinds": desk.kinds(actor),
        "steps": desk.drawn(actor, steps) if done < len(steps) else [],
        "steps_done": done,
        "steps_left": len(steps) - done,
        "outcome": _shown_outcome(request),
        "now": clock.now(),
    }
    return render(request, "core/desk.html", context)


def _shown_outcome(request: HttpRequest) -> dict[str, Any] | None:
    """What the last choice did: its refusals are shown once, its undo for ten minutes."""
    kept: dict[str, Any] | None = request.session.get(OUTCOME)
    if kept is None:
        return None
    left = kept["undo"] and clock.now().timestamp() - kept["at"] < UNDO_SECONDS
    if left and kept["done"]:
        request.session[OUTCOME] = {**kept, "refused": []}
    else:
        del request.session[OUTCOME]
        kept = {**kept, "undo": ""}
    return kept if kept["done"] or kept["refused"] else None


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One choice for all that were ticked."""
    actor = signed_in(request)
    key, chosen, ids = request.POST.get("tray", ""), request.POST.get("choice", ""), request.POST.getlist("id")
    tray = desk.tray(key)
    titles = _titles(request, [*tray.items(actor), *(tray.decided(actor) if tray.decided else ())])
    outcome = desk.act(actor=actor, tray_key=key, choice=chosen, ids=ids)
    refused = [(titles.get(each, each), *reason) for each, reason in outcome.refused]
    request.session[OUTCOME] = {
        "label": outcome.choice.label._asdict(),
        "done": [titles.get(each, each) for each in outcome.done],
        "refused": refused if ids else [("", *NOTHING)],
        "ids": outcome.done,
        "titles": {each: titles.get(each, each) for each in outcome.done},
        "tray": key,
        "undo": outcome.choice.undo,
        "at": clock.now().timestamp(),
    }
    return redirect("desk")


def _titles(request: HttpRequest, items: Any) -> dict[str, str]:
    """What waits by its id, and what the last choice took from the desk: an undo names it again."""
    before: dict[str, str] = request.session.get(OUTCOME, {}).get("titles", {})
    found: list[Waiting] = list(items)
    return before | {item.id: item.title for item in found}


@login_required
@require_POST
def steps(request: HttpRequest) -> HttpResponse:
    """Put the first steps away, or show them again."""
    desk.show_steps(actor=signed_in(request), show=request.POST.get("show") == "1")
    return HttpResponseRedirect(local_target(request, "/desk/"))
