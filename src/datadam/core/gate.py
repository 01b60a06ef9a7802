"""Two gates for whoever is signed in: their browser is noted, and a role that needs a second factor waits for it."""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from datadam.core.context import actor_of
from datadam.core.middleware import answer, wants_json
from datadam.core.models import Person
from datadam.core.services import factors, sessions
from datadam.core.views.asking import address
from datadam.web.text import Text

SEEN = 300  # seconds between writes of when a browser was last seen
OPEN = ("/account/factor/", "/logout/", "/language/", "/login/", "/static/", "/healthz", "/terms/")
MISSING = Text("먼저 2단계 인증을 설정해 주십시오.", "Set up two-step sign-in first.")

Next = Callable[[HttpRequest], HttpResponse]


class SessionMiddleware:
    """Writes down, at most every five minutes, that a signed-in browser was seen."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        seen = request.session.get("seen") if actor else None
        key = request.session.session_key
        if actor and key and (not seen or seen[0] != key or time.time() - seen[1] > SEEN):
            _note(request, actor)
        return self.get_response(request)


def _note(request: HttpRequest, actor: Person) -> None:
    key = request.session.session_key
    if key is None:  # a session that has just been emptied gets its key when it is stored
        request.session.create()
        key = str(request.session.session_key)
    request.session["seen"] = [key, int(time.time())]
    agent = request.headers.get("User-Agent", "")
    sessions.note(person=actor, session_key=key, agent=agent, address=address(request))


def noted(sender: Any, request: HttpRequest, user: Person, **_: Any) -> None:
    """After every sign-in, whichever way it came."""
    _note(request, user)


user_logged_in.connect(noted, dispatch_uid="datadam.signed_in")


class FactorMiddleware:
    """Leads officers, reviewers and operators without a second factor to setting it up, before anything else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        if actor is None or request.path.startswith(OPEN) or not factors.is_missing(actor):
            return self.get_response(request)
        if wants_json(request):
            return answer(request, 403, MISSING, "factor_missing", {})
        here = request.get_full_path() if request.method == "GET" else "/"
        return HttpResponseRedirect(f"{reverse('factor')}?{urlencode({'next': here})}")
