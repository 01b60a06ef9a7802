"""Around every request: its id, its line in the log, its place in the metrics; and 503 while an upgrade waits."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from datadam.core import home
from datadam.core.errors import Conflict
from datadam.core.keeping import logs, metrics
from datadam.core.middleware import answer

log = logging.getLogger("datadam.request")
GOOD_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}")
OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/static/")
LOOK = 2.0  # seconds between looks whether the upgrade is done


class RequestMiddleware:
    """Outermost: `request.request_id`, the header X-Request-Id, the log's line, the metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "") if settings.BEHIND_PROXY else ""
        request.request_id = given if GOOD_ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        started = time.perf_counter()
        with logs.about(request_id=request.request_id):  # type: ignore[attr-defined]
            response = self.get_response(request)
            self._tell(request, response, time.perf_counter() - started)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route, status = logs.route_of(request), response.status_code
        user = getattr(request, "_cached_user", None)  # never asks the database for the sake of a log line
        method = request.method if request.method in metrics.METHODS else "OTHER"
        metrics.count_request(method, route, status, seconds)
        line = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.log(
            logging.ERROR if status >= 500 else logging.INFO,
            "request",
            extra={**line, "signed_in": bool(user and user.is_authenticated)},
        )


class UpgradeMiddleware:
    """Answers 503 while the home waits for `datadam upgrade`: pages would fail on tables that are not theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        error = None if request.path.startswith(OPEN_PATHS) else waiting()
        if error is None:
            return self.get_response(request)
        response = answer(request, 503, error.message, error.code, {})
        response.headers["Retry-After"] = "60"
        return response


_watch: dict[str, float] = {}  # "next": when to look again; empty when the home is known to be right


def watch() -> None:
    """Let this process look, from its first request on, whether its home is of this version (called by the server)."""
    _watch["next"] = 0.0


def waiting() -> Conflict | None:
    """Why nothing can be served now; None once the home is right, which it then stays."""
    from django.db import DatabaseError

    if not _watch:
        return None
    if time.monotonic() < _watch["next"]:
        return _last[0] if _last else None
    try:
        home.require_current()
    except Conflict as error:
        _watch["next"], _last[:] = time.monotonic() + LOOK, [error]
        return error
    except DatabaseError:
        return None  # the request itself will say so; the next one looks again
    _watch.clear()
    return None


_last: list[Conflict] = []
