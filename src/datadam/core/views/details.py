"""Registering organisations, and the details of each."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from datadam.core import selectors
from datadam.core.errors import DomainError
from datadam.core.models import Organisation, Person
from datadam.core.services import organisations
from datadam.core.templatetags.core import KINDS
from datadam.core.views.asking import local_target, say, signed_in

ALL, ONE = "core/city_organisations.html", "core/organisation_details.html"


def _form(actor: Person, organisation: Organisation | None, given: dict[str, Any], error: Any) -> dict[str, Any]:
    return {
        "fields": organisations.changeable(actor, organisation),
        "kinds": KINDS,
        "given": given,
        "error": error.message if error else "",
        "problems": {name: words[0] for name, words in error.data.get("fields", {}).items()} if error else {},
    }


def _registered(actor: Person, given: dict[str, Any] | None = None, error: Any = None) -> dict[str, Any]:
    return {"organisations": selectors.organisations(), **_form(actor, None, given or {"kind": "public"}, error)}


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def city_organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation, for those who register them; a POST registers one and goes on to `next`, or to its page."""
    actor = signed_in(request)
    organisations.may_create(actor).require()
    context: dict[str, Any] = {"next": local_target(request, "")}
    if request.method == "GET":
        return render(request, ALL, {**context, **_registered(actor)})
    given = request.POST.dict()
    try:
        made = organisations.create_organisation(
            actor=actor,
            name=organisations.free_name(str(given.get("title", ""))),
            **{name: str(given.get(name, "")) for name in organisations.DETAILS},
        )
    except DomainError as error:
        return render(request, ALL, {**context, **_registered(actor, given, error)}, status=error.status)
    say(request, "기관을 등록했습니다.", "The organisation is registered.")
    return HttpResponseRedirect(context["next"] or f"/organisation/{made.name}/people/")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def organisation_details(request: HttpRequest, name: str) -> HttpResponse:
    """What an organisation says of itself; its admins and the city change it."""
    actor, organisation = signed_in(request), selectors.organisation(name)
    organisations.may_change(actor, organisation).require()
    context: dict[str, Any] = {"organisation": organisation}
    if request.method == "GET":
        given = {field: getattr(organisation, field) or "" for field in organisations.DETAILS}
        return render(request, ONE, {**context, **_form(actor, organisation, given, None)})
    given = request.POST.dict()
    asked = {field: str(given[field]) for field in organisations.DETAILS if field in given}
    try:
        organisations.change_organisation(actor=actor, organisation=organisation, **asked)
    except DomainError as error:
        return render(request, ONE, {**context, **_form(actor, organisation, given, error)}, status=error.status)
    say(request, "저장했습니다.", "Saved.")
    return redirect("organisation", name=name)
