"""What machines ask: alive, ready, figures."""

import secrets
from ipaddress import ip_address

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from datadam.core.keeping import health, metrics


@never_cache
@require_GET
def alive(request: HttpRequest) -> JsonResponse:
    """For load balancers: the process answers, and so does its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@never_cache
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """Whether the installation can do its work, check by check; 503 when it cannot."""
    report = health.readiness()
    return JsonResponse(report, status=200 if report["ready"] else 503)


@never_cache
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who knows the token; without one set, for this machine alone. Otherwise 404."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(metrics.page(), content_type=metrics.TYPE)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if settings.BEHIND_PROXY:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
