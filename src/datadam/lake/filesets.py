"""The objects of a file set: contents by their SHA-256, each written once, beside the table that names them.

They lie at `root/files/<uid>/ab/<sha256>`, a picture's thumbnail at `….thumb`. A draft gets its name when it is whole
and is kept; what no release names is cleared away later, but not while a load may be about to name it.
"""

import contextlib
import hashlib
import io
import os
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from datadam.lake.errors import LakeError, Tampered

CHUNK = 1 << 20
HEAD = 4096
ZIP64 = 2**31 - 2**20
DRAFT = ".draft-"
THUMB, ASIDE = ".thumb", ".aside"
NAME = re.compile(r"[0-9a-f]{64}")


class Draft:
    """A content on its way in: hashed while it is written, gone unless it is kept."""

    def __init__(self, objects: "Objects") -> None:
        self._objects = objects
        objects.folder.mkdir(parents=True, exist_ok=True)
        self.path = objects.folder / f"{DRAFT}{secrets.token_hex(8)}"
        self.size, self.sha256, self.head = 0, "", b""

    def fill(self, stream: BinaryIO, told: Callable[[int], None] = lambda _: None) -> "Draft":
        """Write a stream to its end; `told` hears of the bytes of every piece before it is written."""
        digest = hashlib.sha256()
        with self.path.open("xb", buffering=0) as out:
            while data := stream.read(CHUNK):
                told(len(data))
                self.head = self.head or data[:HEAD]
                digest.update(data)
                out.write(data)
                self.size += len(data)
        self.sha256 = digest.hexdigest()
        return self

    def keep(self) -> None:
        """Give it its name; the same content that is there already is marked as wanted again."""
        self._objects.name(self.path, self.sha256)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


class Objects:
    """The objects of one resource."""

    def __init__(self, root: str | Path, uid: str) -> None:
        self.folder = Path(root) / "files" / str(uid)

    def path(self, sha256: str) -> Path:
        """Where a content lies, or would."""
        if not NAME.fullmatch(sha256):
            raise ValueError(sha256)
        return self.folder / sha256[:2] / sha256

    def thumb(self, sha256: str) -> Path:
        """Where the thumbnail of a picture lies, or would."""
        path = self.path(sha256)
        return path.with_name(path.name + THUMB)

    def has(self, sha256: str, size: int) -> bool:
        """Whether the content is there in its size."""
        try:
            return self.path(sha256).stat().st_size == size
        except (OSError, ValueError):
            return False

    def name(self, draft: Path, sha256: str) -> None:
        """A whole draft becomes the object of that name."""
        path = self.path(sha256)
        if self.has(sha256, draft.stat().st_size):
            with contextlib.suppress(FileNotFoundError):  # cleared away this moment
                os.utime(path)
                draft.unlink()
                return
        path.parent.mkdir(exist_ok=True)
        draft.replace(path)

    def read(self, sha256: str, size: int, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The content, or `length` bytes of it. Read whole, its hash is checked before the last piece is given.

        Raises Tampered when it is not what it was, be it after some pieces: a receiver then knows that it is not whole.
        """
        if not self.has(sha256, size):
            raise damaged(sha256)
        left = size - start if length is None else length
        digest = hashlib.sha256() if left == size else None
        with self.path(sha256).open("rb") as stream:
            stream.seek(start)
            while left > 0 and (data := stream.read(min(CHUNK, left))):
                left -= len(data)
                if digest:
                    digest.update(data)
                    if not left and digest.hexdigest() != sha256:
                        raise damaged(sha256)
                yield data

    def is_right(self, sha256: str, size: int) -> bool:
        """Whether the content is there and hashes to its name."""
        try:
            for _ in self.read(sha256, size):
                pass
        except (OSError, Tampered):
            return False
        return True

    def names(self) -> Iterator[str]:
        """The names of all objects that are there."""
        for path in self.folder.glob("??/*"):
            if NAME.fullmatch(path.name):
                yield path.name

    def clear(self, named: set[str], *, older: float = 0.0) -> int:
        """Remove the objects, with their thumbnails, that are not `named` and untouched for `older` seconds."""
        removed, limit = 0, time.time() - older
        for aside in self.folder.glob(f"??/*{ASIDE}"):
            aside.unlink(missing_ok=True)  # of a clearing that was killed: it was unwanted then
        for draft in (*self.folder.glob(f"{DRAFT}*"), *self.folder.glob(f"??/{DRAFT}*")):
            removed += _removed(draft, limit)
        for sha256 in list(self.names()):
            if sha256 not in named and _removed(self.path(sha256), limit):
                self.thumb(sha256).unlink(missing_ok=True)
                removed += 1
        for thumb in self.folder.glob(f"??/*{THUMB}"):
            if not thumb.with_suffix("").exists():
                _removed(thumb, limit)
        for folder in (*self.folder.glob("??"), self.folder):
            with contextlib.suppress(OSError):  # it holds something
                folder.rmdir()
        return removed

    def destroy(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _removed(path: Path, limit: float) -> bool:
    """Remove a file untouched since `limit`. It is taken aside first: a load that touches it now finds it gone."""
    aside = path.with_name(path.name + ASIDE)
    try:
        if path.stat().st_mtime > limit:
            return False
        path.rename(aside)
        if aside.stat().st_mtime > limit:
            aside.rename(path)
            return False
        aside.unlink()
    except FileNotFoundError:
        return False
    return True


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folders(root: str | Path) -> list[Path]:
    """The folders of all resources' objects."""
    return sorted(path for path in Path(root).glob("files/*") if path.is_dir())


def damaged(sha256: str) -> LakeError:
    return Tampered(
        "object_damaged",
        ko="보관한 파일이 없어졌거나 손상되었습니다. 운영자에게 알려 주십시오.",
        en="The stored file is missing or damaged. Please tell the operator.",
        sha256=sha256,
    )


class _Sink(io.RawIOBase):
    """Where a zip file is written that goes out while it is made."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def packed(members: Iterable[tuple[str, int, Iterator[bytes]]]) -> Iterator[bytes]:
    """A zip file of (name, size, pieces), piece by piece. The same members give the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as out:
        for name, size, pieces in members:
            entry = zipfile.ZipInfo(name)  # dated 1980: when it was packed is nobody's business
            entry.external_attr = 0o644 << 16
            entry.file_size = size
            with out.open(entry, "w", force_zip64=size > ZIP64) as target:
                for piece in pieces:
                    target.write(piece)
                    yield sink.taken()
    yield sink.taken()


def packed_folder(folder: Path) -> BinaryIO:
    """A zip file of everything below a folder, as a stream; links are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    members = ((path.relative_to(folder).as_posix(), path.stat().st_size, _pieces(path)) for path in paths)
    return io.BufferedReader(_Flowing(packed(members)), CHUNK)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while data := stream.read(CHUNK):
            yield data


class _Flowing(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
