"""The pages for a request that went wrong outside a service."""

from django.http import HttpRequest, HttpResponse

from datadam.core.middleware import answer
from datadam.web.text import Text


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return answer(request, 400, Text("요청을 이해할 수 없습니다.", "The request makes no sense."), "bad_request", {})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return answer(request, 403, Text("이 페이지를 볼 수 없습니다.", "You may not see this page."), "not_allowed", {})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its secret: an old page, or another site."""
    words = Text(
        "페이지가 오래되었습니다. 새로 고친 뒤 다시 해 주세요.", "This page was too old. Reload it and try again."
    )
    return answer(request, 403, words, "csrf", {})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return answer(request, 404, Text("그런 페이지가 없습니다.", "There is no such page."), "not_found", {})


def fault(request: HttpRequest) -> HttpResponse:
    """500."""
    words = Text("우리 쪽 잘못입니다. 곧 고치겠습니다.", "This is our fault; it has been written down.")
    return answer(request, 500, words, "internal", {})
