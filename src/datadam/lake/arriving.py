"""Sealed files that come in pieces, over days if need be: after every piece what came is sealed and durable.

Whole chunks stand in `<id>.part` as `staging` wants them. What is left over of the last piece stands in `<id>.rest`,
sealed under a key of its own with the number of chunks that it follows, so that a rest which a crash left behind is
known and let go. The last chunk of a file, full or not, waits in the rest until the file is whole.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from datadam.lake.staging import CHUNK, HEADER, MAGIC, SALT, TAG, cipher, nonce

NONCE = 12


def begin(folder: Path) -> str:
    """Make room for a file that will come; returns its id."""
    name = secrets.token_hex(16)
    with (folder / f"{name}.part").open("xb") as part:
        part.write(MAGIC + os.urandom(SALT))
        _sync(part)
    return name


class Arriving:
    """A file of which `size` bytes have come. One process at a time writes to it; see `catalog.storage.hold`."""

    def __init__(self, folder: Path, key: bytes, name: str) -> None:
        self.id = name
        self._folder = folder
        self._part, self._rest_path = folder / f"{name}.part", folder / f"{name}.rest"
        with self._part.open("rb") as part:
            salt = part.read(HEADER)[len(MAGIC) :]
        self._cipher = cipher(key, salt)
        self._rest_cipher = AESGCM(HKDF(SHA256(), 32, salt, b"datadam staging rest").derive(key))
        self._number = (self._part.stat().st_size - HEADER) // (
            CHUNK + TAG
        )  # a chunk that was cut short does not count
        self._rest = self._read_rest()

    @property
    def size(self) -> int:
        """Bytes that have come and are durable."""
        return self._number * CHUNK + len(self._rest)

    def add(self, stream: BinaryIO, most: int) -> int:
        """Take up to `most` bytes; what came before the stream ends or fails is kept. Returns the size then."""
        with self._writing() as part:
            while most > 0 and (data := stream.read(min(CHUNK, most))):
                most -= len(data)
                self._take(part, data)
        return self.size

    def finish(self) -> None:
        """Seal the last chunk and give the file its name: from here on it is a sealed file like any other."""
        with self._part.open("r+b") as part:
            part.seek(HEADER + self._number * (CHUNK + TAG))
            part.write(self._cipher.encrypt(nonce(self._number, True), self._rest, None))
            part.truncate()
            _sync(part)
        self._part.rename(self._folder / self.id)
        self._rest_path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[BinaryIO]:
        with self._part.open("r+b") as part:
            part.seek(HEADER + self._number * (CHUNK + TAG))
            part.truncate()
            try:
                yield part
            finally:
                _sync(part)
                self._keep_rest()

    def _take(self, part: BinaryIO, data: bytes) -> None:
        data = self._rest + data
        if len(data) > CHUNK:
            part.write(self._cipher.encrypt(nonce(self._number, False), data[:CHUNK], None))
            self._number += 1
            data = data[CHUNK:]
        self._rest = data

    def _keep_rest(self) -> None:
        fresh = os.urandom(NONCE)
        draft = self._rest_path.with_suffix(".rest-draft")
        with draft.open("wb") as out:
            out.write(fresh + self._rest_cipher.encrypt(fresh, self._rest, str(self._number).encode()))
            _sync(out)
        draft.replace(self._rest_path)

    def _read_rest(self) -> bytes:
        try:
            sealed = self._rest_path.read_bytes()
            return self._rest_cipher.decrypt(sealed[:NONCE], sealed[NONCE:], str(self._number).encode())
        except (OSError, ValueError, InvalidTag):
            return b""


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
