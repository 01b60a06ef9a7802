"""Short secrets at rest, such as the address of a source with its service key: sealed under a key of the home."""

import base64
import hashlib
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from datadam.config import keys
from datadam.core.errors import Conflict
from datadam.web.text import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
ABOUT = b"datadam source"


def _cipher() -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hashlib.sha256(keys.secret(settings.KEYS, "sources.key").encode()).digest())


def seal(text: str) -> str:
    """The text under AES-256-GCM, in base64."""
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), ABOUT)).decode()


def open_(sealed: str) -> str:
    """What was sealed; Conflict when the home's key is another one by now."""
    from cryptography.exceptions import InvalidTag

    raw = base64.b64decode(sealed)
    try:
        return _cipher().decrypt(raw[:NONCE], raw[NONCE:], ABOUT).decode()
    except InvalidTag:
        words = Text(
            "주소를 풀 열쇠가 없습니다. 주소를 다시 적으십시오.", "The key of this address is gone: give it again."
        )
        raise Conflict(words, code="key_gone") from None


def masked(url: str) -> str:
    """A URL that may be shown: scheme, host and path; a query or fragment, which may hold a key, as dots."""
    parts = urlsplit(url.strip())
    rest = "?…" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}{rest}"[:500]
