"""Sealed staging: files on their way in lie encrypted on disk, whole only while a reader holds them.

Format: an 8-byte magic, a 16-byte salt, then 1 MiB chunks under AES-256-GCM. The file's key is HKDF-SHA256 of the
staging key and the salt; a chunk's nonce is its number with a flag on the last one (the STREAM construction), so that
cutting, reordering or lengthening a file is noticed.
"""

import contextlib
import hashlib
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from datadam.lake.errors import LakeError, Tampered, TooBig

if TYPE_CHECKING:
    from datadam.lake.arriving import Arriving

MAGIC = b"DDSEAL1\n"
SALT = 16
CHUNK = 1 << 20
TAG = 16
HEADER = len(MAGIC) + SALT


@dataclass(frozen=True)
class Sealed:
    """A sealed file: its id, its size in clear (bytes) and the SHA-256 of its clear content."""

    id: str
    size: int
    sha256: str


def cipher(key: bytes, salt: bytes) -> AESGCM:
    """The cipher of the file with that salt."""
    return AESGCM(HKDF(SHA256(), 32, salt, b"datadam staging").derive(key))


def nonce(number: int, last: bool) -> bytes:
    """The nonce of a chunk."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class SealedWriter:
    """Takes bytes, writes sealed chunks; nothing is visible under its id before `close`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.id = secrets.token_hex(16)
        self._target = folder / self.id
        self._part = folder / f"{self.id}.part"
        self._salt = os.urandom(SALT)
        self._cipher = cipher(key, self._salt)
        self._file = self._part.open("xb")
        self._file.write(MAGIC + self._salt)
        self._digest = hashlib.sha256()
        self._rest = b""
        self._number = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes; whole chunks go to disk at once."""
        self._digest.update(data)
        self.size += len(data)
        data = self._rest + data
        whole = (len(data) - 1) // CHUNK * CHUNK if data else 0  # the last chunk, full or not, waits for close
        for start in range(0, whole, CHUNK):
            self._chunk(data[start : start + CHUNK], last=False)
        self._rest = data[whole:]

    def _chunk(self, data: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(nonce(self._number, last), data, None))
        self._number += 1

    def close(self) -> Sealed:
        """Write the last chunk, make the file durable and give it its name."""
        self._chunk(self._rest, last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._target)
        return Sealed(self.id, self.size, self._digest.hexdigest())

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._part.unlink(missing_ok=True)


class SealedReader(io.RawIOBase):
    """A seekable, decrypting view of a sealed file."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file = path.open("rb")
        head = self._file.read(HEADER)
        if len(head) != HEADER or not head.startswith(MAGIC):
            raise Tampered("not_sealed", ko="봉인된 파일이 아닙니다.", en="This is not a sealed file.")
        self._cipher = cipher(key, head[len(MAGIC) :])
        body = os.fstat(self._file.fileno()).st_size - HEADER
        self._chunks = max(1, -(-body // (CHUNK + TAG)))
        self.size = body - self._chunks * TAG
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, offset = divmod(self._at, CHUNK)
        if self._at >= self.size:
            if number == 0 and self.size == 0:
                self._chunk(0)  # an empty file is authenticated too
            return 0
        part = memoryview(self._chunk(number))[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(HEADER + number * (CHUNK + TAG))
            sealed = self._file.read(CHUNK + TAG)
            try:
                clear = self._cipher.decrypt(nonce(number, number == self._chunks - 1), sealed, None)
            except (InvalidTag, ValueError):
                raise Tampered(
                    "tampered",
                    ko="봉인된 파일이 변조되었거나 손상되었습니다.",
                    en="The sealed file was altered or damaged.",
                ) from None
            self._held = (number, clear)
        return self._held[1]

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class Staging:
    """A folder of sealed files under one 32-byte key."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder, self._key = folder, key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self) -> SealedWriter:
        return SealedWriter(self.folder, self._key)

    def seal(
        self, stream: BinaryIO, *, limit: int | None = None, progress: Callable[[int], None] | None = None
    ) -> Sealed:
        """Seal a stream to its end. Raises TooBig past `limit` bytes, leaving nothing behind."""
        writer = self.create()
        try:
            while data := stream.read(4 * CHUNK):
                writer.write(data)
                if limit is not None and writer.size > limit:
                    raise TooBig(
                        "upload_too_big",
                        ko=f"파일이 허용 크기({limit // 1_000_000:,} MB)를 넘습니다.",
                        en=f"The file is larger than the {limit // 1_000_000:,} MB allowed.",
                        limit=limit,
                    )
                if progress:
                    progress(writer.size)
            return writer.close()
        except BaseException:
            writer.abandon()
            raise

    def open(self, sealed_id: str) -> BinaryIO:
        """A buffered, seekable stream of the clear content."""
        if not (len(sealed_id) == 32 and sealed_id.isalnum() and (self.folder / sealed_id).exists()):
            raise LakeError(
                "staged_file_gone", ko="보관 중이던 파일이 더 이상 없습니다.", en="The staged file is no longer there."
            )
        return io.BufferedReader(SealedReader(self.folder / sealed_id, self._key), CHUNK)

    @contextlib.contextmanager
    def path(self, sealed_id: str, suffix: str = "") -> Iterator[Path]:
        """A private clear copy for formats that need a path; gone on exit."""
        with self.private_folder() as folder:
            clear = folder / f"clear{suffix}"
            with self.open(sealed_id) as source, clear.open("xb") as target:
                shutil.copyfileobj(source, target, CHUNK)
            yield clear

    @contextlib.contextmanager
    def private_folder(self) -> Iterator[Path]:
        """A folder only this process uses, removed on exit; what a killed process left is removed first."""
        self.sweep()
        folder = Path(tempfile.mkdtemp(prefix=f"private-{_life(os.getpid())}-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove private folders whose process is gone."""
        for folder in self.folder.glob("private-*"):
            life = folder.name.split("-")[1]
            if life != _life(int(life.partition(".")[0])) and Path("/proc/self").exists():
                shutil.rmtree(folder, ignore_errors=True)

    def sha256(self, sealed_id: str, progress: Callable[[int], None] | None = None) -> str:
        """SHA-256 of the clear content, read to its end; `progress` hears of the bytes read."""
        digest, done = hashlib.sha256(), 0
        with self.open(sealed_id) as stream:
            while data := stream.read(CHUNK):
                digest.update(data)
                done += len(data)
                if progress:
                    progress(done)
        return digest.hexdigest()

    def discard(self, sealed_id: str) -> None:
        """Remove a sealed file, be it whole or still coming; its key material (the salt) goes with it."""
        if sealed_id and sealed_id.isalnum():
            for ending in ("", ".part", ".rest", ".rest-draft"):
                (self.folder / f"{sealed_id}{ending}").unlink(missing_ok=True)

    def begin(self) -> str:
        """Make room for a file that will come in pieces; returns its id. See `arriving`."""
        from datadam.lake import arriving

        return arriving.begin(self.folder)

    def arriving(self, sealed_id: str) -> "Arriving":
        """A file that is coming; FileNotFoundError when it is whole already, or gone."""
        from datadam.lake.arriving import Arriving

        return Arriving(self.folder, self._key, sealed_id)


def _life(pid: int) -> str:
    """A process by its number and the tick it began at: a restarted container hands out the same numbers again."""
    try:
        began = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        began = "0"
    return f"{pid}.{began}"
