"""One handler turns a DomainError, or a refusal of the lake or sandbox, into its page or JSON."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from datadam.core.errors import DomainError, Invalid
from datadam.web.text import Text

TITLES = {
    400: Text("요청이 올바르지 않습니다", "The request is not valid"),
    401: Text("로그인이 필요합니다", "Please sign in"),
    403: Text("권한이 없습니다", "Not allowed"),
    404: Text("찾을 수 없습니다", "Not found"),
    409: Text("지금은 할 수 없습니다", "Not possible now"),
    413: Text("너무 큽니다", "Too large"),
    422: Text("처리할 수 없습니다", "Cannot be done"),
    429: Text("잠시 기다려 주세요", "Please wait"),
    503: Text("잠시 닫았습니다", "Closed for a moment"),
    500: Text("오류가 났습니다", "Something went wrong"),
}
PROGRAM_PATHS = ("/api/", "/delta-sharing/", "/oauth/", "/fhir/", "/healthz", "/readyz", "/metrics")


class DomainErrorMiddleware:
    """Answers refusals; anything else stays a fault for Django to report."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django for whatever a view raises."""
        error = as_domain_error(exception)
        return answer(request, error.status, error.message, error.code, error.data) if error else None


CONTENT_SECURITY = "; ".join(
    f"{directive} {sources}"
    for directive, sources in {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }.items()
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}


class ContentSecurityMiddleware:
    """Tells browsers to run this site's own script files and nothing that came in with somebody's data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class AddressMiddleware:
    """Reads a NUL in an address as U+FFFD: no stored text holds one, and PostgreSQL refuses to be asked for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD").replace("\0", "%EF%BF%BD")
        if "\0" in request.path_info:
            request.path_info = request.path_info.replace("\0", "\ufffd")
        return self.get_response(request)


class BodyLimitMiddleware:
    """Refuses a body by its announced length, before anything of it is written to disk.

    Files come from people who are signed in, or from programs, whose token is looked at before the body is read.
    A body without a length is not read at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = str(request.META.get("CONTENT_LENGTH") or "")
        size = int(announced) if announced.isascii() and announced.isdigit() else 0
        small = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if size > small and (size > settings.MAX_UPLOAD_MB * 1024 * 1024 + small or not _known(request)):
            words = Text("보낸 것이 너무 큽니다.", "What was sent is too large.")
            return answer(request, 413, words, "too_big", {})
        return self.get_response(request)


def _known(request: HttpRequest) -> bool:
    token = request.path.startswith("/api/") and request.headers.get("Authorization", "").startswith("Bearer ")
    return token or request.user.is_authenticated


def as_domain_error(exception: Exception) -> DomainError | None:
    """The exception as a DomainError: itself, or a refusal of the lake or sandbox (code, ko, en, data)."""
    if isinstance(exception, DomainError):
        return exception
    if isinstance(exception, DataError):  # PostgreSQL: a NUL in a text, a text or number that is too long
        return Invalid(Text("저장할 수 없는 값이 있습니다.", "A value cannot be stored."), code="bad_value")
    code, ko, en = (getattr(exception, name, None) for name in ("code", "ko", "en"))
    if isinstance(code, str) and isinstance(ko, str) and isinstance(en, str):
        return DomainError(Text(ko, en), code=code, **(getattr(exception, "data", None) or {}))
    return None


def error_body(message: Text, code: str, data: dict[str, Any]) -> dict[str, Any]:
    """The JSON of every refusal."""
    return {"error": {"code": code, "message": str(message), "data": data}}


PROBLEM = "application/problem+json"


def problem(request: HttpRequest, status: int, message: Text, code: str, data: dict[str, Any]) -> HttpResponse | None:
    """The refusal as RFC 9457 has it, for a program that asks for that; None for all others."""
    if PROBLEM not in request.headers.get("Accept", ""):
        return None
    title = str(TITLES.get(status, TITLES[422]))
    body = {"type": "about:blank", "title": title, "status": status, "detail": str(message), "code": code, "data": data}
    options = {"ensure_ascii": False, "default": str}
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params=options)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks rather than a browser."""
    return request.path.startswith(PROGRAM_PATHS)


def _sought(request: HttpRequest) -> str:
    """The words of an address that leads nowhere, to search for."""
    return " ".join(re.findall(r"[^\W_]+", request.path.rstrip("/").rpartition("/")[2]))[:80]


def answer(request: HttpRequest, status: int, message: Text, code: str, data: dict[str, Any]) -> HttpResponse:
    """The page or JSON for a refusal."""
    if wants_json(request):
        response = problem(request, status, message, code, data) or JsonResponse(
            error_body(message, code, data), status=status, json_dumps_params={"ensure_ascii": False, "default": str}
        )
    else:
        title = TITLES.get(status, TITLES[422])
        facts = {"status": status, "title": title, "message": message, "code": code, "sought": _sought(request)}
        response = render(request, "core/error.html", facts, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
