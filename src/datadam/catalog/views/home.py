"""The city's front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datadam.catalog import selectors
from datadam.catalog.views.uploads import may_upload_anywhere
from datadam.core.context import actor_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the dam holds at a glance, and the ways into it."""
    return render(
        request,
        "catalog/home.html",
        {
            "figures": selectors.home_figures(),
            "organisations": selectors.listing(None, size=1).facets["organisation"][:12],
            "may_upload": may_upload_anywhere(actor_of(request)),
        },
    )
