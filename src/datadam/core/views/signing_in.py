"""Signing in and out, and one's password."""

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from datadam.core import clock
from datadam.core.context import actor_of
from datadam.core.errors import DomainError
from datadam.core.models import Person
from datadam.core.services import factors, outside, people
from datadam.core.views.asking import address, home_url, local_target, refused, say, signed_in
from datadam.web.text import Text

HALF = 600  # seconds between password and code
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with login and password."""
    target = local_target(request, home_url())
    if request.method != "POST":
        if actor_of(request):
            return HttpResponseRedirect(target)  # not redirect(): that would look a bare word up as a page's name
        return render(request, "core/login.html", {"next": target, **outside_facts()})
    name = request.POST.get("login", "")
    try:
        person = people.sign_in(login=name, password=request.POST.get("password", ""), address=address(request))
    except DomainError as error:
        context = {"next": target, "login": name, "error": error.message, **outside_facts()}
        return render(request, "core/login.html", context, status=error.status)
    return enter(request, person, target)


def enter(request: HttpRequest, person: Person, target: str) -> HttpResponse:
    """Sign in who has proved to be `person`, or ask for the second factor first."""
    if factors.is_on(person):
        request.session["half"] = [person.pk, person.get_session_auth_hash(), int(clock.now().timestamp())]
        return HttpResponseRedirect(f"{reverse('login_code')}?{urlencode({'next': target})}")
    request.session.pop("half", None)
    auth.login(request, person, backend=BACKEND)
    return HttpResponseRedirect(target)


def _half(request: HttpRequest) -> Person | None:
    """Who has given the password and not yet the code, for ten minutes."""
    pk, proved, at = request.session.get("half") or (0, "", 0)
    if clock.now().timestamp() - at > HALF:
        return None
    person = Person.objects.filter(pk=pk, is_active=True).first()
    return person if person and constant_time_compare(proved, person.get_session_auth_hash()) else None


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the authenticator, or a recovery code."""
    target, person = local_target(request, home_url()), _half(request)
    if person is None:
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': target})}")
    context = {"next": target, "person": person}
    if request.method == "GET":
        return render(request, "core/login_code.html", context)
    try:
        factors.check(person=person, code=request.POST.get("code", ""))
    except DomainError as error:
        return refused(request, "core/login_code.html", error, **context)
    request.session.pop("half", None)
    auth.login(request, person, backend=BACKEND)
    return HttpResponseRedirect(target)


def outside_facts() -> dict[str, str]:
    """What the sign-in page says of the other site, if one is offered."""
    return {"outside": outside.label()} if outside.is_offered() else {}


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    auth.logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions end."""
    if request.method != "POST":
        return render(request, "core/password.html")
    actor = signed_in(request)
    try:
        if request.POST.get("new") != request.POST.get("again"):
            words = Text("새 비밀번호 두 개가 서로 다릅니다.", "The two new passwords differ.")
            raise DomainError(words)
        people.change_password(actor=actor, old=request.POST.get("old", ""), new=request.POST.get("new", ""))
    except DomainError as error:
        return render(request, "core/password.html", {"error": error.message}, status=error.status)
    auth.update_session_auth_hash(request, actor)
    say(request, "비밀번호를 바꾸었습니다. 다른 기기에서는 로그아웃되었습니다.",
        "Your password has been changed; other sessions have ended.")  # fmt: skip
    return redirect("account")
