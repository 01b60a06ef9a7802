"""Signing in by another site: OpenID Connect, authorization code with PKCE, state and nonce (RFC 6749, 7636).

The operator's issuer is trusted to be asked; whatever else its discovery names is judged as any fetched URL.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from datadam.core import clock, events, fetch, races, terms
from datadam.core.errors import Conflict, DomainError, NotAllowed
from datadam.core.models import OutsideLogin, Person
from datadam.core.services import factors
from datadam.core.services.people import find
from datadam.web.text import Text

BACK = "/login/outside/back/"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY = 60  # seconds two clocks may differ
FAILED = Text(
    "다른 사이트 로그인을 마치지 못했습니다. 다시 해 주십시오.", "Signing in by the other site failed. Try again."
)

NO_PASSWORD = Text("먼저 비밀번호를 정하십시오(비밀번호 재설정).", "Set a password first (reset your password).")


class OutsideFailed(DomainError):
    """The other site's answer does not hold (422); the log says why, without what was sent."""

    code = "outside_failed"


@dataclass(frozen=True)
class Claims:
    """Who the other site says this is; `email` is empty unless it says that the address is verified."""

    issuer: str
    subject: str
    email: str
    name: str


def is_offered() -> bool:
    """Whether the operator named an issuer."""
    return bool(settings.OIDC_ISSUER)


def label() -> str:
    """What pages call the other site."""
    return settings.OIDC_LABEL or urlsplit(settings.OIDC_ISSUER).hostname or ""


def start() -> tuple[str, dict[str, str]]:
    """(where to send the browser, what its session must remember until it comes back)."""
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).rstrip(b"=").decode()
    query = urlencode(
        {
            "response_type": "code",
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": settings.BASE_URL + BACK,
            "scope": "openid email profile",
            "state": kept["state"],
            "nonce": kept["nonce"],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    where = _endpoint(_discovery(), "authorization_endpoint")
    return f"{where}{'&' if '?' in where else '?'}{query}", kept


def finish(*, query: dict[str, str], kept: dict[str, str]) -> Claims:
    """Exchange the code and check the ID token; OutsideFailed when anything does not hold."""
    if not kept or not secrets.compare_digest(query.get("state", ""), kept.get("state", "-")):
        raise OutsideFailed(FAILED, reason="state")
    if "error" in query or not query.get("code"):
        raise OutsideFailed(FAILED, reason="refused")
    found = _discovery()
    answer = fetch.json_post(
        _endpoint(found, "token_endpoint"),
        {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": settings.BASE_URL + BACK,
            "client_id": settings.OIDC_CLIENT_ID,
            "code_verifier": kept["verifier"],
        },
        basic=(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET) if settings.OIDC_CLIENT_SECRET else None,
        trusted=settings.OIDC_ISSUER,
    )
    return _claims(str(answer.get("id_token", "")), found, kept["nonce"])


def _discovery() -> dict[str, Any]:
    if not is_offered():
        raise NotAllowed(Text("다른 사이트 로그인을 쓰지 않습니다.", "Signing in by another site is not offered."))
    where = f"{settings.OIDC_ISSUER}/.well-known/openid-configuration"
    found = fetch.json_get(where, trusted=settings.OIDC_ISSUER)
    if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
        raise OutsideFailed(FAILED, reason="issuer")
    return found


def _endpoint(found: dict[str, Any], name: str) -> str:
    """An endpoint of the discovery document; https unless the issuer itself is plain http (a demo, a test)."""
    where = str(found.get(name, ""))
    if not where.startswith("https://") and not (where.startswith("http://") and settings.OIDC_ISSUER[:5] == "http:"):
        raise OutsideFailed(FAILED, reason=name)
    return where


def _claims(token: str, found: dict[str, Any], nonce: str) -> Claims:
    """Signature, issuer, audience, times and nonce of the ID token (OIDC Core 3.1.3.7)."""
    import jwt

    try:
        key = _key(jwt.get_unverified_header(token), _endpoint(found, "jwks_uri"))
        claims = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=found["issuer"],
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise OutsideFailed(FAILED, reason=type(error).__name__) from None
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise OutsideFailed(FAILED, reason="nonce")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise OutsideFailed(FAILED, reason="azp")
    email = str(claims.get("email", "")).lower() if claims.get("email_verified") is True else ""
    name = str(claims.get("name") or "").strip()[:100]
    return Claims(settings.OIDC_ISSUER, str(claims["sub"])[:255], email[:254], name)


def _key(header: dict[str, Any], where: str) -> Any:
    import jwt

    if header.get("alg") not in ALGORITHMS:
        raise OutsideFailed(FAILED, reason="alg")
    keys = jwt.PyJWKSet.from_dict(fetch.json_get(where, trusted=settings.OIDC_ISSUER)).keys
    signing = [key for key in keys if key.public_key_use in (None, "sig")]
    for key in signing:
        if key.key_id == header.get("kid") or ("kid" not in header and len(signing) == 1):
            return key
    raise OutsideFailed(FAILED, reason="kid")


def known(claims: Claims) -> Person | None:
    """The active person who is linked to that account of the other site."""
    row = OutsideLogin.objects.select_related("person").filter(issuer=claims.issuer, subject=claims.subject).first()
    return row.person if row and row.person.is_active else None


def match(claims: Claims) -> Person | None:
    """The person with that verified address, who must confirm with their password that it is them."""
    return find(claims.email) if "@" in claims.email else None


def link(*, actor: Person, claims: Claims, password: str, code: str = "") -> None:
    """Link the other site's account to this one, confirmed with the password."""
    if not actor.has_usable_password() and not factors.is_on(actor):
        raise Conflict(NO_PASSWORD, code="no_password")  # an address alone proves nothing
    factors.prove(actor=actor, password=password, code=code)
    with races.once():
        if OutsideLogin.objects.filter(Q(subject=claims.subject) | Q(person=actor), issuer=claims.issuer).exists():
            raise Conflict(Text("이미 연결된 계정이 있습니다.", "There is a linked account already."), code="linked")
        OutsideLogin.objects.create(person=actor, issuer=claims.issuer, subject=claims.subject)
        events.record(actor=actor, verb="person.outside_linked", subject=actor)


def unlink(*, actor: Person, password: str, code: str = "") -> None:
    """Take the link away; refused to who would have no way in then."""
    if not actor.has_usable_password():
        raise Conflict(NO_PASSWORD, code="no_password")
    factors.prove(actor=actor, password=password, code=code)
    with transaction.atomic():
        OutsideLogin.objects.filter(person=actor, issuer=settings.OIDC_ISSUER).delete()
        events.record(actor=actor, verb="person.outside_unlinked", subject=actor)


def sign_up(*, claims: Claims, name: str, terms_version: str, language: str) -> Person:
    """A first-time person's account, as a citizen; a taken address is refused."""
    from datadam.core.services.coming_in import check_name

    terms.require(terms_version)
    check_name(name)
    now = clock.now()
    with races.once():
        linked = OutsideLogin.objects.filter(issuer=claims.issuer, subject=claims.subject).exists()
        if linked or match(claims) or Person.objects.filter(login=claims.email).exists():
            raise Conflict(Text("이미 계정이 있습니다.", "There is an account already."), code="email_taken")
        person = Person(login=claims.email or f"outside-{secrets.token_hex(6)}", email=claims.email, name=name.strip())
        person.password, person.language = make_password(None), language
        person.email_confirmed_at = now if claims.email else None
        person.terms_version, person.terms_at = terms_version, now
        person.save(force_insert=True)
        OutsideLogin.objects.create(person=person, issuer=claims.issuer, subject=claims.subject)
        events.record(actor=person, verb="person.signed_up", subject=person, terms=terms_version, outside=True)
    return person
