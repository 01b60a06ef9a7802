"""Finding datasets: the list with its filters, and an organisation's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from datadam.catalog import selectors
from datadam.catalog.views.found import SORTS, Asked, chips, groups, kept
from datadam.core.context import actor_of
from datadam.web.paging import number, paging


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def dataset_list(request: HttpRequest) -> HttpResponse:
    """The list; only its changing part when htmx asks."""
    asked = Asked.of(request.GET)
    listing = selectors.listing(
        actor_of(request),
        query=asked.query,
        theme=asked.chosen["theme"],
        organisation=asked.chosen["organisation"],
        licence=asked.chosen["licence"],
        frequency=asked.chosen["frequency"],
        state=asked.chosen["state"],
        sort=asked.sort,
        page=number(request.GET),
    )
    facets = groups(asked, listing.facets, request.GET)
    context = {
        "asked": asked,
        "listing": listing,
        "facets": facets,
        "chips": chips(asked, facets, request.GET),
        "sorts": SORTS.items(),
        "narrowed": asked.narrowed,
        "kept": kept(request.GET, "q"),
        "unsorted": kept(request.GET, "sort"),
        "paging": paging(request.GET, page=listing.page, pages=listing.pages),
    }
    part = request.headers.get("HX-Target") == "found"
    return render(request, "catalog/_found.html" if part else "catalog/list.html", context)


@require_safe
def organisation(request: HttpRequest, name: str) -> HttpResponse:
    """What an organisation keeps."""
    page = selectors.organisation_page(actor_of(request), name)
    return render(request, "catalog/organisation.html", {"page": page, "organisation": page["organisation"]})
