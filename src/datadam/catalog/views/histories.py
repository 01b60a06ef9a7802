"""Histories of datasets and organisations, for those concerned."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datadam.catalog import policies, selectors, telling
from datadam.core import selectors as core
from datadam.core.context import actor_of
from datadam.core.views.history import answer


@never_cache
@login_required
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponseBase:
    """What happened to a dataset, for those who work on it."""
    found = selectors.dataset_for(actor_of(request), name)
    policies.may_see_history(actor_of(request), found).require()
    context = {"dataset": found, "filename": f"{name}-history"}
    return answer(request, telling.of_dataset(found), "catalog/history.html", context)


@never_cache
@login_required
@require_safe
def organisation(request: HttpRequest, name: str) -> HttpResponseBase:
    """What happened to an organisation and its data, for its admins and the city."""
    found = core.organisation(name)
    policies.may_see_organisation_history(actor_of(request), found).require()
    context = {"organisation": found, "filename": f"{name}-history"}
    return answer(request, telling.of_organisation(found), "catalog/history.html", context)
