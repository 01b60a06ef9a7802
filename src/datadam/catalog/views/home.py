"""The city's front page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datadam.catalog import policies, selectors
from datadam.catalog.views.uploads import may_upload_anywhere
from datadam.core import desk
from datadam.core import selectors as core
from datadam.core.context import actor_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the dam holds at a glance, and the ways into it; of an empty one, how it begins."""
    figures = selectors.home_figures()
    if not figures["datasets"]:
        return render(request, "catalog/home.html", {"figures": figures, **_beginning(actor_of(request))})
    organisations = selectors.listing(None, size=1).facets["organisation"][:12]
    return render(request, "catalog/home.html", {"figures": figures, "organisations": organisations})


def _beginning(actor: Any) -> dict[str, Any]:
    brings = may_upload_anywhere(actor) or policies.of_city(actor)  # whose first steps lead to the first dataset
    return {
        "steps": desk.drawn(actor, desk.steps(actor)) if brings else [],
        "installing": not core.anyone_can_sign_in(),
    }
