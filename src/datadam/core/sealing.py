"""Small secrets that must be read again, such as an authenticator's key: AES-GCM under a key of the home."""

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from datadam.config import keys
from datadam.core.errors import Conflict
from datadam.web.text import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
GONE = Text(
    "이것을 봉한 열쇠(keys/sealing.key)가 바뀌었습니다. 다시 적거나 다시 설정하십시오.",
    "The key that sealed this (keys/sealing.key) is another one by now: give it, or set it up, again.",
)


def seal(text: str, *, to: str) -> str:
    """Encrypt; `to` names what the secret belongs to, so that it cannot be moved to another place."""
    nonce = secrets.token_bytes(NONCE)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), to.encode())).decode()


def unseal(sealed: str, *, to: str) -> str:
    """The text; Conflict `key_gone` when the key, the place or the text is another."""
    from cryptography.exceptions import InvalidTag

    raw = base64.urlsafe_b64decode(sealed)
    try:
        return _cipher().decrypt(raw[:NONCE], raw[NONCE:], to.encode()).decode()
    except InvalidTag:
        raise Conflict(GONE, code="key_gone") from None


def _cipher() -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hashlib.sha256(keys.secret(settings.KEYS, "sealing.key").encode()).digest())
