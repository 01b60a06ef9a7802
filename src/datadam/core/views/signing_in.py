"""Signing in and out, and one's password."""

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from datadam.core.context import actor_of
from datadam.core.errors import DomainError
from datadam.core.services import people
from datadam.core.views.asking import address, home_url, local_target, signed_in
from datadam.web.text import Text

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
    messages.success(request, str(Text("비밀번호를 바꾸었습니다.", "Your password has been changed.")))
    return redirect("tokens")
