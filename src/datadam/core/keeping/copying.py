"""Copying many files: each read once, hashed while it is written, durable before it counts."""

import contextlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

CHUNK = 1 << 17  # a piece that is still in the processor's cache when it is hashed and written
THREADS = 4  # some wait for the disk
Told = Callable[[int], None]


@dataclass(frozen=True)
class Item:
    """A file to be copied: from where, to which path below the target, and where the same content may be linked."""

    source: Path
    name: str
    same: Path | None = None
    known: str = ""  # the hash of `same`


@dataclass(frozen=True)
class Copied:
    """What lies under `name` now: its size in bytes and its BLAKE3."""

    name: str
    size: int
    blake3: str


def copy_all(items: Iterable[Item], target: Path, told: Told = lambda _: None) -> list[Copied]:
    """Copy everything below `target`; `told` hears of the bytes done."""
    todo = list(items)
    for folder in sorted({folder for item in todo for folder in Path(item.name).parents}, key=lambda path: path.parts):
        (target / folder).mkdir(exist_ok=True, mode=0o700)
    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda item: _copy(item, target / item.name, told), todo))
    for folder in {(target / item.name).parent for item in todo}:
        sync_folder(folder)
    return done


def _copy(item: Item, path: Path, told: Told) -> Copied:
    if item.same is not None:
        with contextlib.suppress(OSError):  # another disk: copy it
            os.link(item.same, path)
            size = path.stat().st_size
            told(size)
            return Copied(item.name, size, item.known)
    digest, size, buffer = blake3(), 0, memoryview(bytearray(CHUNK))
    with item.source.open("rb", buffering=0) as source, path.open("xb", buffering=0) as out:
        os.fchmod(out.fileno(), 0o600)
        while count := source.readinto(buffer):
            piece = buffer[:count]
            digest.update(piece)
            while piece:  # a raw write may be short
                piece = piece[out.write(piece) :]
            size += count
            told(count)
        sync(out.fileno())
    return Copied(item.name, size, digest.hexdigest())


def hash_all(paths: Iterable[Path], told: Told = lambda _: None) -> list[str]:
    """The BLAKE3 of each file, "" for one that cannot be read."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda path: _hash(path, told), paths))


def _hash(path: Path, told: Told) -> str:
    digest, buffer = blake3(), memoryview(bytearray(CHUNK))
    try:
        with path.open("rb", buffering=0) as source:
            while count := source.readinto(buffer):
                digest.update(buffer[:count])
                told(count)
    except OSError:
        return ""
    return digest.hexdigest()


def sync(handle: int) -> None:
    """Make what was written to an open file durable."""
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
