"""Signing in by another site (OpenID Connect): there, back, and a confirmation where one is needed."""

from dataclasses import asdict
from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from datadam.core import terms
from datadam.core.context import actor_of
from datadam.core.errors import Conflict, DomainError
from datadam.core.services import outside
from datadam.core.views.asking import home_url, local_target, proof, proof_fields, refused, say
from datadam.core.views.signing_in import BACKEND, enter
from datadam.web.text import Text


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Off to the other site; the session remembers what must come back."""
    where, kept = outside.start()
    request.session["outside_start"] = {**kept, "next": local_target(request, home_url())}
    return HttpResponseRedirect(where)


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Back from the other site: signed in if the account is known, asked to confirm otherwise."""
    kept = request.session.pop("outside_start", None) or {}
    claims = outside.finish(query=request.GET.dict(), kept=kept)
    target = str(kept.get("next") or home_url())
    person = outside.known(claims)
    if person and actor_of(request) is None:
        return enter(request, person, target)
    if person:
        raise Conflict(Text("이미 연결된 계정입니다.", "This account is linked already."), code="linked")
    request.session["outside"] = {**asdict(claims), "next": target}
    return redirect("outside_confirm")


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Link to the account that is signed in, or whose address it is, with its password; or make a new account."""
    kept = dict(request.session.get("outside") or {})
    target = kept.pop("next", home_url())
    if not kept:
        return redirect("login")
    claims = outside.Claims(**kept)
    person = actor_of(request) or outside.match(claims)
    context: dict[str, Any] = {"claims": claims, "person": person, "label": outside.label(), "terms": terms.VERSION}
    context |= proof_fields(person) if person else {}
    if request.method == "GET":
        return render(request, "core/outside_confirm.html", context)
    try:
        if person:
            outside.link(actor=person, claims=claims, **proof(request))  # asks for the second factor too
        else:
            given = request.POST
            person = outside.sign_up(
                claims=claims,
                name=given.get("name", ""),
                terms_version=given.get("terms", ""),
                language=str(getattr(request, "LANGUAGE_CODE", "ko")),
            )
    except DomainError as error:
        return refused(request, "core/outside_confirm.html", error, **context)
    del request.session["outside"]
    if actor_of(request):
        say(request, "연결했습니다.", "Linked.")
        return redirect("account")
    auth.login(request, person, backend=BACKEND)
    return HttpResponseRedirect(target)
