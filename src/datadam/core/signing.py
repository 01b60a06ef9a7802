"""The home's Ed25519 key: signs checkpoints; its public half lies beside it for whoever checks them."""

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings

from datadam.config import keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def _private_key() -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = keys.secret(settings.KEYS, "checkpoint.key")
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def _id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def sign(statement: bytes) -> tuple[str, str]:
    """(key id, signature in hex). A public key is kept as `checkpoint-<key id>.pub`, so that old ones stay known."""
    key = _private_key()
    public = key.public_key().public_bytes_raw()
    path = settings.KEYS / f"checkpoint-{_id(public)}.pub"
    if not path.exists():
        path.write_text(public.hex(), encoding="ascii")
    return _id(public), key.sign(statement).hex()


def is_signed(statement: bytes, key_id: str, signature: str) -> bool:
    """Whether a key of this home signed `statement`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    path = settings.KEYS / f"checkpoint-{key_id}.pub"
    try:
        public = bytes.fromhex(path.read_text(encoding="ascii"))
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), statement)
    except (OSError, ValueError, InvalidSignature):
        return False
    return _id(public) == key_id
