"""Where the catalogue's bytes lie: the sealed staging, the lake's tables, the cache of downloads, the list of ends."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from datadam.config import keys
from datadam.core import sealing
from datadam.core.errors import Conflict
from datadam.core.keeping import destructions, locks

ADDRESS = "address of a file"

if TYPE_CHECKING:
    from datadam.lake.filesets import Objects
    from datadam.lake.staging import Staging
    from datadam.lake.tables import LakeTable


def staging() -> "Staging":
    """The sealed staging of this home; its key is in no backup."""
    from hashlib import sha256

    from datadam.lake.staging import Staging

    return Staging(settings.STAGING, sha256(keys.secret(settings.KEYS, "staging.key").encode()).digest())


@contextlib.contextmanager
def hold(staged: str) -> Iterator[bool]:
    """Whether this process now holds the sealed file alone; the hold ends with the block, or with the process."""
    try:
        handle = (Path(settings.STAGING) / staged).open("rb")
    except OSError:
        yield True  # nothing there that anybody could be reading
        return
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@contextlib.contextmanager
def turn(uid: UUID | str) -> Iterator[None]:
    """Waits until nobody else on this machine adds rows to the table, and keeps others waiting meanwhile."""
    folder = Path(settings.HOME) / "cache" / "turns"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / str(uid)).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def table(uid: UUID | str) -> "LakeTable":
    """The Delta table of a resource."""
    from datadam.lake.tables import LakeTable

    return LakeTable(str(settings.LAKE), str(uid))


def objects(uid: UUID | str) -> "Objects":
    """The files of a file set."""
    from datadam.lake.filesets import Objects

    return Objects(str(settings.LAKE), str(uid))


def object_folders() -> list[Path]:
    """The folders of all file sets' files in the lake."""
    from datadam.lake import filesets

    return filesets.folders(settings.LAKE) if "://" not in str(settings.LAKE) else []


def remove_table(uid: UUID | str) -> bool:
    """Remove the table of what was forgotten, unless a backup is reading the lake: then it is swept later."""
    try:
        with locks.destroying(wait=0):
            table(uid).destroy()
    except Conflict:
        return False
    return True


def table_folders() -> list[Path]:
    """The folders of all tables in the lake."""
    from datadam.lake import tables

    return tables.folders(settings.LAKE)


def sweep_lake() -> int:
    """Remove what killed loads left in the lake; returns how many files."""
    from datadam.lake import tables

    return tables.sweep(settings.LAKE) if "://" not in str(settings.LAKE) else 0


def table_names() -> list[str]:
    """The names of all tables in a local lake."""
    from datadam.lake import tables

    return [path.name for path in tables.folders(settings.LAKE)] if "://" not in str(settings.LAKE) else []


def files(uid: UUID | str, version: int) -> list[str]:
    """The Parquet files that make up a version of a table. A version never changes, so its list is kept in memory."""
    known = _files(str(settings.LAKE), str(uid), version)
    if not all(os.path.exists(path) for path in known):  # the table was rebuilt by a destruction
        _files.cache_clear()
        known = _files(str(settings.LAKE), str(uid), version)
    return list(known)


@lru_cache(maxsize=2_000)
def _files(lake: str, uid: str, version: int) -> tuple[str, ...]:
    return tuple(table(uid).files(version))


def cache_folder(uid: UUID | str, number: int | None = None) -> Path:
    """Where the downloads of a release (or of all of a dataset's) are kept once made."""
    folder = Path(settings.HOME) / "cache" / "downloads" / str(uid)
    return folder if number is None else folder / str(number)


def draft_of(path: Path) -> Path:
    """A name beside `path` that no other thread or process writes to."""
    return path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}-{path.name}")


def write_whole(path: Path, text: str) -> None:
    """Whoever reads `path` meanwhile finds what was there before or all that is written now."""
    draft = draft_of(path)
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)


def kept(uid: UUID | str, number: int, name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives as JSON, made once for a release and kept until it is destroyed."""
    path = cache_folder(uid, number) / f"{name}.json"
    with contextlib.suppress(FileNotFoundError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    found = make()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, json.dumps(found, ensure_ascii=False, default=str))
    return json.loads(path.read_text(encoding="utf-8"))


def max_bytes() -> int:
    """The largest file taken in."""
    return int(settings.MAX_UPLOAD_MB) * 1024 * 1024


def seal_address(address: str) -> str:
    """An address of a file, which may hold a service key, as it is stored."""
    return sealing.seal(address, to=ADDRESS)


def address(sealed: str) -> str:
    """What was sealed; Conflict when the home's key is another one by now."""
    return sealing.unseal(sealed, to=ADDRESS)


def note_destruction(**facts: Any) -> None:
    """Append to the list of destructions, which stands outside the database so that a restore can replay it."""
    destructions.note(**facts)
