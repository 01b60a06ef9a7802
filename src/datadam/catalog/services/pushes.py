"""Rows and files that programs push, each under a key by which doing it again is known.

The key, the upload and its job are written in one transaction: of two pushes with one key at once the database lets
one through, and a crash leaves either all of it or nothing. What comes again is answered with what was answered first.
"""

import gzip
import hashlib
import io
import json
import zlib
from datetime import timedelta
from typing import BinaryIO, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Push
from datadam.catalog.services import intake, uploads
from datadam.core import clock
from datadam.core.errors import Conflict, Invalid
from datadam.core.public import Actor
from datadam.web.text import Text

MODES = ("replace", "append")
LONGEST_KEY = 255
PEEK = 1 << 20
BOM = b"\xef\xbb\xbf"
NO_KEY = Text(
    f"Idempotency-Key에 이 전송만의 열쇠를 적으십시오(ASCII {LONGEST_KEY}자까지).",
    f"Give this push a key of its own in Idempotency-Key (up to {LONGEST_KEY} ASCII characters).",
)
BAD_MODE = Text("mode는 replace나 append입니다.", "mode is replace or append.")
REUSED = Text(
    "이 열쇠로 이미 다른 내용을 보냈습니다. 새 열쇠를 쓰십시오.",
    "Something else was pushed under this key already: use a new one.",
)
NOT_ROWS = Text("기록의 JSON 배열이나 NDJSON을 보내십시오.", "Send a JSON array of records, or NDJSON.")
BROKEN_GZIP = Text("gzip을 풀 수 없습니다.", "The gzip stream cannot be read.")


def push(
    *,
    actor: Actor,
    dataset: Dataset,
    stream: BinaryIO,
    filename: str,
    key: str,
    mode: str = "replace",
    publish_when_clean: bool = False,
) -> tuple[Push, bool]:
    """Take in a push once. (the push, whether it had come before); Conflict `key_reused` for other content."""
    uploads.check(actor, dataset.organisation, dataset)
    _check(key, mode)
    try:
        sealed = storage.staging().seal(stream, limit=storage.max_bytes())
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise Invalid(BROKEN_GZIP, code="broken_gzip") from None
    how = json.dumps([sealed.sha256, mode, publish_when_clean])
    order = intake.Order(dataset.organisation, filename, sealed.sha256, sealed.id, actor=actor, dataset=dataset)
    made = Push(dataset=dataset, key=key, digest=hashlib.sha256(how.encode()).hexdigest())
    try:
        _store(actor, made, order, sealed.size, append=mode == "append", publish=publish_when_clean)
    except IntegrityError:
        storage.staging().discard(sealed.id)
        return _known(made), True
    except BaseException:
        storage.staging().discard(sealed.id)
        raise
    return made, False


def _check(key: str, mode: str) -> None:
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and key.strip()):
        raise Invalid(NO_KEY, code="no_key", fields={"Idempotency-Key": NO_KEY})
    if mode not in MODES:
        raise Invalid(BAD_MODE, fields={"mode": BAD_MODE})


def _store(actor: Actor, made: Push, order: intake.Order, size: int, **how: bool) -> None:
    with transaction.atomic():
        expired().filter(dataset=made.dataset, key=made.key).delete()
        made.upload = intake.new_upload(order, size=size)
        made.answer = {
            "dataset": made.dataset.name,
            "upload": made.upload.pk,
            "mode": "append" if how["append"] else "replace",
            "size": size,
            "sha256": order.sha256,
        }
        made.save()
        uploads.enqueue(actor, made.upload, None, "", **how)


def _known(made: Push) -> Push:
    """What came under this key before; it must have been the same."""
    first = Push.objects.select_related("upload__job", "dataset").filter(dataset=made.dataset, key=made.key).first()
    if first is None or first.digest != made.digest:
        raise Conflict(REUSED, code="key_reused")
    return first


def answer(made: Push) -> dict[str, object]:
    """What a push is answered with, byte for byte the same every time: a database may keep it in another order."""
    return dict(sorted(made.answer.items()))


def expired() -> QuerySet[Push]:
    """Pushes whose keys are forgotten."""
    return Push.objects.filter(created_at__lt=clock.now() - timedelta(days=settings.PUSH_KEY_DAYS))


def unpacked(stream: BinaryIO, encoding: str) -> BinaryIO:
    """The body without its Content-Encoding; Invalid for one that is not gzip."""
    if encoding.strip().lower() in ("", "identity"):
        return stream
    if encoding.strip().lower() != "gzip":
        words = Text("Content-Encoding은 gzip만 됩니다.", "The only Content-Encoding is gzip.")
        raise Invalid(words, fields={"Content-Encoding": words})
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))


class _Rest:
    """What was looked at already, then the rest."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._stream.read(size)


def rows(stream: BinaryIO, *, lines: bool) -> BinaryIO:
    """A stream of records: an array, or with `lines` a record a line. A single line is made an array of one."""
    try:
        head = _head(stream)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise Invalid(BROKEN_GZIP, code="broken_gzip") from None
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith(b"{" if lines else b"["):
        raise Invalid(NOT_ROWS, code="not_rows")
    if lines and len(head) < PEEK and b"\n" not in text.rstrip():
        return io.BytesIO(b"[" + text.rstrip() + b"]")
    return cast(BinaryIO, _Rest(head, stream))


def _head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < PEEK and (part := stream.read(PEEK - len(head))):
        head += part
    return head
