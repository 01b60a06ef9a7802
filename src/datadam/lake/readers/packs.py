"""The members of a zip file and of the zip files in it, and which of them have names that get in each other's way."""

import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from datadam.lake.readers import archive
from datadam.lake.readers.base import Source


@dataclass(frozen=True)
class Member:
    """A file in the archive: its place in it from 1, its path in the set, and where to find it."""

    number: int
    path: str
    entry: zipfile.ZipInfo
    inner: Path | None  # the unpacked archive in the archive that it lies in


def clashing(paths: Iterable[str]) -> set[str]:
    """The paths that a folder cannot hold beside the others: those that are a folder of another, and those that differ
    from another in case or in how characters are put together alone, as not every file system tells them apart.
    """
    known = sorted(paths)
    folders = {_alike(str(folder)) for path in known for folder in PurePosixPath(path).parents}
    first: dict[str, str] = {}
    return {path for path in known if first.setdefault(_alike(path), path) != path or _alike(path) in folders}


def _alike(path: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


class Packs:
    """The archive and the archives in it, open while its members are read."""

    def __init__(self, source: Source) -> None:
        self._source, self._stack = source, ExitStack()
        self._known: dict[Path | None, zipfile.ZipFile] = {}

    def __enter__(self) -> "Packs":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, inner: Path | None) -> zipfile.ZipFile:
        if inner not in self._known:
            stream = self._stack.enter_context(inner.open("rb") if inner else self._source.open())
            self._known[inner] = self._stack.enter_context(zipfile.ZipFile(stream))
        return self._known[inner]

    @contextmanager
    def open(self, member: Member) -> Iterator[BinaryIO]:
        with archive.checked(member.entry), self.of(member.inner).open(member.entry) as stream:
            yield stream  # type: ignore[misc]
