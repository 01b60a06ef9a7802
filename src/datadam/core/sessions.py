"""A session ends after a while without a request, and after a working day however busy it is."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse

from datadam.core import clock

BEGAN, SEEN = "began", "asked"
NOTED = 60  # seconds between two notes of a session's last request: a busy one is not written at every request


class SessionAgeMiddleware:
    """Signs out whose session is too old, before the request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and auth.SESSION_KEY in request.session:
            _keep_or_end(request)
        return self.get_response(request)


def _keep_or_end(request: HttpRequest) -> None:
    now = int(clock.now().timestamp())
    began, seen = request.session.get(BEGAN, now), request.session.get(SEEN, now)
    if now - began >= settings.SESSION_LENGTH * 60 or now - seen >= settings.SESSION_IDLE * 60:
        auth.logout(request)
    elif SEEN not in request.session or now - seen >= NOTED:
        request.session[BEGAN], request.session[SEEN] = began, now
