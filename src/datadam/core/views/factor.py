"""Two-step sign-in: setting it up, recovery codes, turning it off."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from datadam.core.errors import DomainError
from datadam.core.models import Person
from datadam.core.services import factors
from datadam.core.views.asking import home_url, local_target, proof, proof_fields, refused, say, signed_in

PAGE = "core/factor.html"


def facts(actor: Person, target: str) -> dict[str, Any]:
    """What the page shows: the QR code while it is being set up, the state once it is on."""
    found: dict[str, Any] = {"on": factors.is_on(actor), "required": factors.is_required(actor), "next": target}
    found |= {"codes_left": factors.codes_left(actor), "person": actor, **proof_fields(actor)}
    if not found["on"]:
        secret = factors.begin(actor=actor)
        found["secret"] = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        found["picture"] = mark_safe(factors.picture(factors.uri(actor, secret)))  # noqa: S308  drawn here
    return found


@never_cache
@sensitive_post_parameters("code")
@login_required
@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """Scan, type the first code, and see the recovery codes this once."""
    actor, target = signed_in(request), local_target(request, home_url())
    if request.method == "GET":
        return render(request, PAGE, facts(actor, target))
    try:
        codes = factors.confirm(actor=actor, code=request.POST.get("code", "").replace(" ", ""))
    except DomainError as error:
        return refused(request, PAGE, error, **facts(actor, target))
    return render(request, "core/recovery.html", {"codes": codes, "next": target})


@never_cache
@sensitive_post_parameters("code")
@login_required
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes for old ones."""
    actor, target = signed_in(request), home_url()
    try:
        made = factors.renew_codes(actor=actor, code=request.POST.get("code", ""))
    except DomainError as error:
        return refused(request, PAGE, error, **facts(actor, target))
    return render(request, "core/recovery.html", {"codes": made, "next": target})


@sensitive_post_parameters("password", "code")
@login_required
@require_POST
def off(request: HttpRequest) -> HttpResponse:
    """Do without from now on."""
    actor = signed_in(request)
    try:
        factors.turn_off(actor=actor, **proof(request))
    except DomainError as error:
        return refused(request, PAGE, error, **facts(actor, home_url()))
    say(request, "2단계 인증을 껐습니다.", "Two-step sign-in is off.")
    return redirect("account")
