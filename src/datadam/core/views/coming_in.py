"""Coming in: sign-up, the mailed link, invitations, the first operator, the terms."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from datadam.core import terms
from datadam.core.context import actor_of
from datadam.core.errors import DomainError
from datadam.core.models import Joining, Membership
from datadam.core.services import coming_in, links
from datadam.core.services.people import find
from datadam.core.views.asking import address, home_url, refused, say
from datadam.core.views.signing_in import enter, outside_facts


@require_GET
def terms_page(request: HttpRequest) -> HttpResponse:
    """What people agree to."""
    return render(request, "core/terms.html", {"version": terms.VERSION})


@never_cache
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for an account; `?firm` shows the firm's fields too."""
    if actor_of(request):
        return redirect("account")
    firm = "firm" in (request.POST if request.method == "POST" else request.GET)
    context = {"firm": firm, **outside_facts()}
    if request.method == "GET":
        return render(request, "core/sign_up.html", context)
    given = request.POST
    try:
        coming_in.sign_up(
            email=given.get("email", ""),
            address=address(request),
            language=str(getattr(request, "LANGUAGE_CODE", "ko")),
            firm=given.get("firm_title", "") if firm else "",
            registration_number=given.get("registration_number", "") if firm else "",
        )
    except DomainError as error:
        return refused(request, "core/sign_up.html", error, **context)
    return render(request, "core/mail_sent.html", {"email": given.get("email", "")})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The mailed link: name, password and consent make the account."""
    key = request.POST.get("key") or request.GET.get("key", "")
    context = {"key": key, "link": links.peek(key, "sign_up"), "terms": terms.VERSION}
    if request.method == "GET":
        return render(request, "core/sign_up_confirm.html", context)
    given = request.POST
    try:
        person, found = coming_in.finish_sign_up(
            key=key,
            name=given.get("name", ""),
            password=given.get("password", ""),
            terms_version=given.get("terms", ""),
            with_firm="with_firm" in given,
        )
    except DomainError as error:
        return refused(request, "core/sign_up_confirm.html", error, **context)
    say(request, "가입했습니다. 환영합니다.", "Welcome: your account is ready.")
    if isinstance(found, Membership):
        say(request, "기업이 등록되었고, 회원님이 관리자입니다. 동료를 초대하십시오.",
            "Your firm is registered and you are its admin. Invite your colleagues.")  # fmt: skip
        return enter(request, person, f"/organisation/{found.organisation.name}/people/")
    if isinstance(found, Joining):
        say(request, "기업 가입 신청이 결정을 기다립니다.", "Your request for the firm awaits a decision.")
    return enter(request, person, "/account/" if found else home_url())


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation: with the account one has, or with a new one."""
    key, actor = request.POST.get("key") or request.GET.get("key", ""), actor_of(request)
    link = links.peek(key, "invitation")
    context = {"key": key, "link": link, "terms": terms.VERSION, "known": find(link.email) is not None}
    if request.method == "GET":
        return render(request, "core/invitation.html", context)
    given = request.POST
    try:
        if actor:
            coming_in.accept_as(actor=actor, key=key)
        else:
            actor = coming_in.accept_new(
                key=key,
                name=given.get("name", ""),
                password=given.get("password", ""),
                terms_version=given.get("terms", ""),
            )
    except DomainError as error:
        return refused(request, "core/invitation.html", error, **context)
    say(request, "초대를 받아들였습니다.", "You have accepted the invitation.")
    target = f"/organisation/{link.organisation.name}/" if link.organisation else home_url()
    return HttpResponseRedirect(target) if actor_of(request) else enter(request, actor, target)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The first operator of an empty home, by the link that `datadam init` and `serve` print."""
    key = request.POST.get("key") or request.GET.get("key", "")
    links.peek(key, "setup")
    if request.method == "GET":
        return render(request, "core/set_up.html", {"key": key})
    given = request.POST
    try:
        person = coming_in.set_up(
            key=key, email=given.get("email", ""), name=given.get("name", ""), password=given.get("password", "")
        )
    except DomainError as error:
        return refused(request, "core/set_up.html", error, key=key)
    return enter(request, person, home_url())
