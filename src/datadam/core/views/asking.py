"""What every page asks of its request: who, from where, and where to go on."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from datadam.core.context import actor_of
from datadam.core.errors import DomainError, NotAllowed
from datadam.core.models import Person
from datadam.core.services import factors
from datadam.web.text import Text


def signed_in(request: HttpRequest) -> Person:
    """The person behind a view that asks for a sign-in."""
    actor = actor_of(request)
    if actor is None:
        raise NotAllowed(Text("로그인해 주세요.", "Please sign in."))
    return actor


def local_target(request: HttpRequest, fallback: str = "/") -> str:
    """`next` of the request, when it stays on this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure())
    return target if safe else fallback


def address(request: HttpRequest) -> str:
    """Where the request comes from; behind a proxy, the address that the proxy saw."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def home_url() -> str:
    """The page after signing in."""
    try:
        return reverse(settings.LOGIN_REDIRECT_URL)
    except NoReverseMatch:
        return "/"


def refused(request: HttpRequest, template: str, error: DomainError, **context: Any) -> HttpResponse:
    """The form again, with what was given and why it was refused."""
    facts = {"error": error.message, "given": request.POST, **context}
    return render(request, template, facts, status=error.status)


def proof_fields(actor: Person) -> dict[str, bool]:
    """What a form must ask for before something that cannot be taken back: see core/_prove.html."""
    return {"asks_password": actor.has_usable_password(), "asks_code": factors.is_on(actor)}


def proof(request: HttpRequest) -> dict[str, str]:
    """What was given in those fields."""
    return {"password": request.POST.get("password", ""), "code": request.POST.get("code", "")}


def say(request: HttpRequest, ko: str, en: str) -> None:
    """A line on the next page."""
    messages.success(request, str(Text(ko, en)))
