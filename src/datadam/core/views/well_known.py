"""What strangers' programs look for at fixed addresses: crawlers, and who found a hole."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from datadam.core import clock

PRIVATE = ("/account/", "/api/", "/desk/", "/jobs/", "/login/", "/notices/", "/upload/")
VALID = timedelta(days=180)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines should leave alone; nothing is guarded by this."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Where to report a hole (RFC 9116); nothing until the operator has named a contact."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {clock.now() + VALID:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: ko, en",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
