"""What stands in the demo for services outside: a business register, a proof of identity, an OpenID provider."""

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.utils.http import urlencode

from datadam.config import keys
from datadam.core import clock
from datadam.core.errors import DomainError
from datadam.core.ports.identity import Proof
from datadam.core.registration import check_digit
from datadam.demo.people import CAST, OFFICES
from datadam.web.text import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SHORT = 120  # seconds a code of the demo's providers lasts
LONG_ID = "demo"


def _number(nine: str) -> str:
    return nine + str(check_digit(nine))


# Invented firms that may be tried on the sign-up page: number → (name, status).
REGISTER: dict[str, tuple[str, str]] = {
    **{_number(o.registration): (o.title, "active") for o in OFFICES if o.registration},
    _number("621810011"): ("해운대로봇", "active"),
    _number("621810012"): ("송도해양바이오", "active"),
    _number("621810013"): ("광안미디어", "suspended"),
    _number("621810014"): ("옛자갈치유통", "closed"),
}


class Register:
    """The demo's business register."""

    def status(self, number: str) -> str:
        """active, suspended, closed; unknown for what was not authored."""
        return REGISTER.get(number, ("", "unknown"))[1]


HUMANS = {c.kind: c.name for c in CAST} | {"newcomer": "신시민"}
BIRTH_YEARS = dict(zip(HUMANS, (1979, 1984, 1991, 1968, 1973, 1988, 2001), strict=True))


class Identity:
    """The demo's proof of identity: a page on which one says which invented human one is."""

    name = "demo"

    def start(self, *, state: str, return_url: str) -> str:
        """Its page."""
        return f"/demo/identity/?{urlencode({'state': state, 'return': return_url})}"

    def finish(self, query: Mapping[str, str]) -> Proof:
        """The human whom the page sealed into `proof`."""
        try:
            human = signing.loads(query.get("proof", ""), salt="demo.identity", max_age=SHORT)
        except signing.BadSignature:
            words = Text("본인확인을 마치지 못했습니다.", "Your identity was not confirmed.")
            raise DomainError(words, code="identity_failed") from None
        ci = base64.b64encode(hashlib.sha512(f"an invented human {human}".encode()).digest()).decode()
        return Proof(ci, BIRTH_YEARS[human])


def issuer() -> str:
    """The demo's OpenID provider, on this very server."""
    return f"{settings.BASE_URL}/demo/oidc"


def discovery() -> dict[str, Any]:
    """Its metadata (OpenID Connect Discovery 1.0)."""
    return {
        "issuer": issuer(),
        "authorization_endpoint": f"{issuer()}/authorize/",
        "token_endpoint": f"{issuer()}/token/",
        "jwks_uri": f"{issuer()}/jwks/",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }


def jwks() -> dict[str, Any]:
    """Its public key."""
    x = base64.urlsafe_b64encode(_key().public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": LONG_ID, "x": x}]}


def code_for(human: str, *, nonce: str, challenge: str) -> str:
    """An authorization code: what was asked, sealed, for two minutes."""
    return signing.dumps([human, nonce, challenge], salt="demo.oidc")


def id_token(code: str, verifier: str) -> str | None:
    """The ID token for a code and its PKCE verifier; None when they do not hold."""
    import jwt

    try:
        human, nonce, challenge = signing.loads(code, salt="demo.oidc", max_age=SHORT)
    except signing.BadSignature:
        return None
    shown = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if shown != challenge or human not in HUMANS:
        return None
    now = int(clock.now().timestamp())
    claims = {
        "iss": issuer(), "aud": settings.OIDC_CLIENT_ID, "sub": f"demo-{human}", "iat": now, "exp": now + 300,
        "nonce": nonce, "name": HUMANS[human], "email": f"{human}@busan.example", "email_verified": True,
    }  # fmt: skip
    return jwt.encode(claims, _key(), algorithm="EdDSA", headers={"kid": LONG_ID})


def _key() -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = keys.secret(settings.KEYS, "demo-oidc.key")
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
