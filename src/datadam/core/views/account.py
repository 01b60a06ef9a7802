"""One's own account on one page, and what it leads to."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datadam.core import selectors
from datadam.core.errors import DomainError
from datadam.core.models import IdentityProof, Joining, Membership, OutsideLogin, Person
from datadam.core.ports import identity as identity_port
from datadam.core.services import account, coming_in, factors, identity, links, outside, people, sessions
from datadam.core.views.asking import address, proof, proof_fields, refused, say, signed_in

PAGE = "core/account.html"


def facts(actor: Person) -> dict[str, Any]:
    """What the account page shows."""
    return {
        "memberships": Membership.objects.select_related("organisation").filter(person=actor),
        "joinings": Joining.objects.select_related("organisation").filter(person=actor, state="waiting"),
        "factor_on": factors.is_on(actor),
        "factor_required": factors.is_required(actor),
        "codes_left": factors.codes_left(actor),
        "outside_label": outside.label() if outside.is_offered() else "",
        "outside_linked": OutsideLogin.objects.filter(person=actor).exists(),
        "identity_offered": identity_port.provider() is not None,
        "identity": IdentityProof.objects.filter(person=actor).first(),
        "sessions": sessions.of(actor).count(),
        "tokens": selectors.tokens_of(actor).count(),
        **proof_fields(actor),
    }


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Everything about one's account; a POST changes the name and the language of letters."""
    actor = signed_in(request)
    if request.method == "POST":
        try:
            account.rename(actor=actor, name=request.POST.get("name", ""), language=request.POST.get("letters", ""))
        except DomainError as error:
            return refused(request, PAGE, error, **facts(actor))
        say(request, "바꾸었습니다.", "Changed.")
        return redirect("account")
    return render(request, PAGE, facts(actor))


@never_cache
@sensitive_post_parameters("password", "code")
@login_required
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Ask for a new e-mail address."""
    actor = signed_in(request)
    context = proof_fields(actor)
    if request.method == "GET":
        return render(request, "core/email.html", context)
    wanted = request.POST.get("email", "")
    try:
        account.ask_email(actor=actor, email=wanted, **proof(request))
    except DomainError as error:
        return refused(request, "core/email.html", error, **context)
    return render(request, "core/mail_sent.html", {"email": wanted})


@never_cache
@require_http_methods(["GET", "POST"])
def confirm_email(request: HttpRequest) -> HttpResponse:
    """The link that was mailed to the new address."""
    key = request.POST.get("key") or request.GET.get("key", "")
    link = links.peek(key, "email")
    if request.method == "GET":
        return render(request, "core/email_confirm.html", {"key": key, "link": link})
    account.confirm_email(key=key)
    say(request, "이메일 주소를 바꾸었습니다.", "Your e-mail address has been changed.")
    return redirect("account")


@never_cache
@require_http_methods(["GET", "POST"])
def ask_reset(request: HttpRequest) -> HttpResponse:
    """Forgot the password: the same answer whether or not the address is known."""
    if request.method == "GET":
        return render(request, "core/reset.html")
    wanted = request.POST.get("email", "")
    try:
        account.ask_reset(email=wanted, address=address(request), language=str(getattr(request, "LANGUAGE_CODE", "ko")))
    except DomainError as error:
        return refused(request, "core/reset.html", error)
    return render(request, "core/mail_sent.html", {"email": wanted})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Choose a new password by the mailed link."""
    key = request.POST.get("key") or request.GET.get("key", "")
    links.peek(key, "reset")
    if request.method == "GET":
        return render(request, "core/reset_new.html", {"key": key})
    try:
        account.reset_by_link(
            key=key, password=request.POST.get("password", ""), revoke_tokens="tokens" in request.POST
        )
    except DomainError as error:
        return refused(request, "core/reset_new.html", error, key=key)
    say(request, "새 비밀번호로 로그인해 주십시오.", "Please sign in with your new password.")
    return redirect("login")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def my_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; a POST signs out one, or all others."""
    actor, here = signed_in(request), str(request.session.session_key)
    if request.method == "POST":
        one = request.POST.get("one", "")
        if one.isdecimal() and len(one) < 18:
            sessions.end(actor=actor, signed_in_id=int(one))
        else:
            sessions.end_others(actor=actor, session_key=here)
        say(request, "로그아웃했습니다.", "Signed out.")
        return redirect("sessions")
    return render(request, "core/sessions.html", {"sessions": sessions.of(actor), "here": here})


@never_cache
@sensitive_post_parameters("password", "code")
@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one's account, with what goes and what stays."""
    actor = signed_in(request)
    context = {**account.what_stays(actor), **proof_fields(actor)}
    if request.method == "GET":
        return render(request, "core/delete.html", context)
    try:
        account.delete(actor=actor, **proof(request))
    except DomainError as error:
        return refused(request, "core/delete.html", error, **context)
    logout(request)
    return render(request, "core/deleted.html")


@login_required
@require_POST
def leave(request: HttpRequest, name: str) -> HttpResponse:
    """Leave an organisation."""
    people.leave(actor=signed_in(request), organisation=selectors.organisation(name))
    say(request, "기관에서 나왔습니다.", "You have left the organisation.")
    return redirect("account")


@login_required
@require_POST
def found_firm(request: HttpRequest) -> HttpResponse:
    """Bring one's firm, from the account page."""
    actor, given = signed_in(request), request.POST
    try:
        found = coming_in.found_firm(
            actor=actor, title=given.get("title", ""), registration_number=given.get("registration_number", "")
        )
    except DomainError as error:
        return refused(request, PAGE, error, **facts(actor))
    if isinstance(found, Membership):
        say(request, "기업의 구성원입니다.", "You belong to the firm.")
        return redirect("organisation_people", name=found.organisation.name)
    say(request, "신청했습니다. 결정되면 알려 드립니다.", "Your request has been sent and awaits a decision.")
    return redirect("account")


@login_required
@require_GET
def identity_start(request: HttpRequest) -> HttpResponse:
    """Off to the provider of 본인확인."""
    where, request.session["identity"] = identity.start(actor=signed_in(request))
    return redirect(where)


@never_cache
@login_required
@require_GET
def identity_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    state = str(request.session.pop("identity", ""))
    identity.finish(actor=signed_in(request), query=request.GET.dict(), state=state)
    say(request, "본인확인을 마쳤습니다.", "Your identity has been confirmed.")
    return redirect("account")


@sensitive_post_parameters("password", "code")
@login_required
@require_POST
def take_away(request: HttpRequest, what: str) -> HttpResponse:
    """Take away the link to the other site, or the proof of identity."""
    actor = signed_in(request)
    service = {"outside": outside.unlink, "identity": identity.forget}[what]
    try:
        service(actor=actor, **proof(request))
    except DomainError as error:
        return refused(request, PAGE, error, **facts(actor))
    say(request, "지웠습니다.", "Removed.")
    return redirect("account")
