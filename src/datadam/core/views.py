"""Pages of the core: signing in and out, password, tokens, language, the progress of a job, health."""

from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datadam.core import clock, selectors
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, NotAllowed
from datadam.core.middleware import answer
from datadam.core.models import Job, Person
from datadam.core.services import people, tokens
from datadam.web.text import Text

BACKEND = "django.contrib.auth.backends.ModelBackend"
YEAR = 365 * 24 * 3600


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


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with login and password."""
    target = local_target(request, home_url())
    if request.method == "GET":
        if actor_of(request):
            return HttpResponseRedirect(target)  # not redirect(): that would look a bare word up as a page's name
        return render(request, "core/login.html", {"next": target})
    name = request.POST.get("login", "")
    try:
        person = people.sign_in(login=name, password=request.POST.get("password", ""), address=address(request))
    except DomainError as error:
        context = {"next": target, "login": name, "error": error.message}
        return render(request, "core/login.html", context, status=error.status)
    auth.login(request, person, backend=BACKEND)
    return HttpResponseRedirect(target)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    auth.logout(request)
    return redirect(home_url())


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions end."""
    if request.method == "GET":
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
    messages.success(request, str(Text("비밀번호를 바꾸었습니다.", "Your password has been changed.")))
    return redirect("tokens")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def my_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a new one is shown on the answer to the POST and never again."""
    actor = signed_in(request)
    context: dict[str, Any] = {"scopes": tokens.SCOPES, "chosen": ["read"], "days": 90}
    status = 200
    if request.method == "POST":
        context |= {"label": request.POST.get("label", ""), "chosen": request.POST.getlist("scopes")}
        try:
            _, context["raw"] = tokens.issue_token(
                actor=actor,
                person=actor,
                label=context["label"],
                scopes=context["chosen"],
                days=_number(request.POST.get("days", "")),
            )
        except DomainError as error:
            context["error"], status = error.message, error.status
    context |= {"tokens": selectors.tokens_of(actor), "now": clock.now()}
    return render(request, "core/tokens.html", context, status=status)


def _number(raw: str) -> int:
    return int(raw) if raw.isdecimal() and len(raw) < 6 else 0


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's tokens."""
    tokens.revoke_token(actor=signed_in(request), token_id=token_id)
    messages.success(request, str(Text("토큰을 폐기했습니다.", "The token has been revoked.")))
    return redirect("tokens")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language of the pages in a cookie and go back."""
    response = HttpResponseRedirect(local_target(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@never_cache
@login_required
@require_GET
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far a job is: a fragment that asks again each second until the job ends, then moves the page on."""
    found = selectors.job(job_id)
    selectors.may_see_job(actor_of(request), found).require()
    target = local_target(request, "")
    over = found.state not in (Job.State.READY, Job.State.RUNNING)
    htmx = request.headers.get("HX-Request") == "true"
    response = render(
        request,
        "core/job_progress.html" if htmx else "core/job.html",
        {"job": found, "next": target, "over": over},
    )
    if over and htmx and target:
        response.headers["HX-Redirect"] = target
    elif over and htmx:
        response.headers["HX-Refresh"] = "true"
    return response


@never_cache
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """For load balancers: the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


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
