"""What every page asks of its request: who, from where, and where to go on."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from datadam.core.context import actor_of
from datadam.core.errors import NotAllowed
from datadam.core.models import Person
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
