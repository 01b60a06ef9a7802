"""Secrets that the home makes for itself: one small file each, readable by its owner alone."""

import contextlib
import os
import secrets
from pathlib import Path


def secret(folder: Path, name: str, *, length: int = 48) -> str:
    """The secret kept in `folder/name`, made on first use.

    Two processes that start together agree on one: the file appears whole (hard link) or not at all.
    """
    path = folder / name
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="ascii")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(length), encoding="ascii")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text(encoding="ascii")
