"""Small secrets that must be read again (an authenticator's key): AES-GCM under a key of the home."""

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from datadam.config import keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(text: str, *, to: str) -> str:
    """Encrypt; `to` names what the secret belongs to, so that it cannot be moved to another row."""
    nonce = secrets.token_bytes(12)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), to.encode())).decode()


def unseal(sealed: str, *, to: str) -> str:
    """The text; cryptography's InvalidTag when the key, the row or the text is another."""
    raw = base64.urlsafe_b64decode(sealed)
    return _cipher().decrypt(raw[:12], raw[12:], to.encode()).decode()


def _cipher() -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hashlib.sha256(keys.secret(settings.KEYS, "factor.key").encode()).digest())
