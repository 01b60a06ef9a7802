"""One's API tokens."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from datadam.core import clock, selectors
from datadam.core.errors import DomainError
from datadam.core.services import tokens
from datadam.core.views.asking import signed_in
from datadam.web.text import Text


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
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
