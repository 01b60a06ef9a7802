"""Pages of the demo's providers, and the mails that were sent. None of this exists outside `datadam demo`."""

import email
import email.policy
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datadam.core import throttle
from datadam.core.errors import Invalid
from datadam.core.ports.business_register import ANSWERS
from datadam.core.services import outside
from datadam.demo import providers
from datadam.web.text import Text

NEWEST = 30
ODD = Text("이 요청은 데이터댐에서 오지 않았습니다.", "This request does not come from the data dam.")


@never_cache
@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    """The newest mails that went into files."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or settings.HOME / "mail")
    found = []
    for path in sorted(folder.glob("*.eml"), reverse=True)[:NEWEST]:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        found.append({"to": message["To"], "subject": message["Subject"], "text": text, "date": message["Date"]})
    return render(request, "demo/mails.html", {"mails": found})


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Numbers that the demo's business register knows."""
    rows = [(number, name, ANSWERS[status]) for number, (name, status) in providers.REGISTER.items()]
    return render(request, "demo/register.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Say which invented human one is, and go back with the proof sealed."""
    given = request.POST if request.method == "POST" else request.GET
    back = given.get("return", "")
    if not back.startswith(f"{settings.BASE_URL}/account/identity/"):
        raise Invalid(ODD)
    human = given.get("human", "")
    if request.method == "POST" and human in providers.HUMANS:
        proof = signing.dumps(human, salt="demo.identity")
        return HttpResponseRedirect(f"{back}?{urlencode({'state': given.get('state', ''), 'proof': proof})}")
    kept = {"state": given.get("state", ""), "return": back}
    return render(request, "demo/humans.html", {"humans": providers.HUMANS, "kept": kept, "proof": True})


@require_GET
def discovery(request: HttpRequest) -> HttpResponse:
    """Metadata of the OpenID provider."""
    return JsonResponse(providers.discovery())


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """Its public key."""
    return JsonResponse(providers.jwks())


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Choose who signs in."""
    given = request.POST if request.method == "POST" else request.GET
    kept = {name: given.get(name, "") for name in
            ("client_id", "redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method")}  # fmt: skip
    known = kept["client_id"] == settings.OIDC_CLIENT_ID and kept["code_challenge_method"] == "S256"
    if not known or kept["redirect_uri"] != settings.BASE_URL + outside.BACK:
        raise Invalid(ODD)
    human = given.get("human", "")
    if request.method == "POST" and human in providers.HUMANS:
        code = providers.code_for(human, nonce=kept["nonce"], challenge=kept["code_challenge"])
        return HttpResponseRedirect(f"{kept['redirect_uri']}?{urlencode({'code': code, 'state': kept['state']})}")
    return render(request, "demo/humans.html", {"humans": providers.HUMANS, "kept": kept})


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """An ID token for a code, once, to the client that knows its secret and the PKCE verifier."""
    import base64

    pair = f"{settings.OIDC_CLIENT_ID}:{settings.OIDC_CLIENT_SECRET.replace(' ', '+')}"
    expected = "Basic " + base64.b64encode(pair.encode()).decode()
    if request.headers.get("Authorization") != expected:
        return JsonResponse({"error": "invalid_client"}, status=401)
    code = request.POST.get("code", "")
    try:
        throttle.count("demo code", code, limit=1)
    except throttle.TooMany:
        return JsonResponse({"error": "invalid_grant"}, status=400)
    made = providers.id_token(code, request.POST.get("code_verifier", ""))
    if made is None:
        return JsonResponse({"error": "invalid_grant"}, status=400)
    return JsonResponse({"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": made})
