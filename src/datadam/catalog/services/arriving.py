"""Big files in pieces: announced with their size, taken piece by piece, read when they are whole."""

import shutil
from typing import BinaryIO

from django.db import transaction

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Upload
from datadam.catalog.services import intake, uploads
from datadam.core import events
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor, Organisation
from datadam.web.text import Text

MOST = 20  # files that one person may have coming at once
KEEP_FREE = 1 << 30  # bytes of the disk that staging leaves to others
BUSY = Text("이 파일의 다른 조각을 받는 중입니다.", "Another piece of this file is being received.")
WHOLE = Text("이미 다 받은 파일입니다.", "This file has come whole already.")


class WrongOffset(Conflict):
    """The piece does not begin where the last one ended; `offset` says where that is."""

    code = "wrong_offset"

    def __init__(self, offset: int) -> None:
        super().__init__(
            Text(f"{offset:,}바이트부터 이어서 보내십시오.", f"Go on from byte {offset:,}."), offset=offset
        )


def announce(
    *,
    actor: Actor,
    organisation: Organisation,
    filename: str,
    size: int,
    dataset: Dataset | None = None,
    proposals: uploads.Proposals = None,
    title: str = "",
    files: bool = False,
) -> Upload:
    """Make room for a file of `size` bytes. Refused when it is too big, or when the disk or the person has no room."""
    uploads.check(actor, organisation, dataset)
    _check_room(actor, size)
    staged = storage.staging().begin()
    order = intake.Order(organisation, filename, "", staged, actor=actor, dataset=dataset)
    try:
        with transaction.atomic():
            upload = intake.new_upload(order, size=size)
            upload.state = Upload.State.ARRIVING
            upload.wanted = {"proposals": proposals, "title": title, "files": files}
            upload.save(update_fields=["state", "wanted"])
            events.record(actor=actor, verb="upload.announce", subject=upload, size=size)
    except BaseException:
        storage.staging().discard(staged)
        raise
    return upload


def _check_room(actor: Actor, size: int) -> None:
    limit = storage.max_bytes()
    if not 0 < size <= limit:
        words = Text(
            f"파일 크기는 1바이트부터 {limit // 1_000_000:,} MB까지입니다.",
            f"A file has between 1 byte and {limit // 1_000_000:,} MB.",
        )
        raise Invalid(words, code="upload_too_big" if size > 0 else "invalid", limit=limit)
    if Upload.objects.filter(person=actor, state=Upload.State.ARRIVING).count() >= MOST:
        words = Text(
            f"받는 중인 파일이 {MOST}개입니다. 먼저 마치거나 버리십시오.",
            f"{MOST} files are coming already: finish or discard some first.",
        )
        raise Conflict(words, code="too_many")
    if shutil.disk_usage(storage.staging().folder).free < size + KEEP_FREE:
        words = Text("서버의 디스크에 자리가 모자랍니다.", "The server's disk has no room for it.")
        raise Conflict(words, code="no_room")


def arrived(*, actor: Actor, upload: Upload) -> int:
    """How many of its bytes have come. A file that a crash left whole is handed on now."""
    if upload.state != Upload.State.ARRIVING:
        return upload.size
    try:
        return storage.staging().arriving(upload.staged).size
    except FileNotFoundError:
        return _hand_on(actor, upload)


def receive_piece(*, actor: Actor, upload: Upload, offset: int, stream: BinaryIO) -> int:
    """Take a piece that begins at `offset`; returns how far the file is. The last piece hands it on to be read."""
    uploads.check(actor, upload.organisation, upload.dataset)
    if upload.state != Upload.State.ARRIVING:
        raise Conflict(WHOLE, code="whole")
    with storage.hold(f"{upload.staged}.part") as alone:
        if not alone:
            raise Conflict(BUSY, code="busy")
        try:
            coming = storage.staging().arriving(upload.staged)
        except FileNotFoundError:
            return _hand_on(actor, upload)  # a crash came between the last piece and this
        if offset != coming.size:
            raise WrongOffset(coming.size)
        if coming.add(stream, upload.size - offset) == upload.size:
            coming.finish()
            return _hand_on(actor, upload)
        return coming.size


def _hand_on(actor: Actor, upload: Upload) -> int:
    with transaction.atomic():
        rows = Upload.objects.filter(pk=upload.pk, state=Upload.State.ARRIVING)
        if rows.update(state=Upload.State.RECEIVED):
            upload.state = Upload.State.RECEIVED
            wanted = upload.wanted
            uploads.enqueue(
                actor, upload, wanted.get("proposals"), wanted.get("title", ""), files=bool(wanted.get("files"))
            )
    return upload.size


def of(actor: Actor, pk: int) -> Upload:
    """A file that this person announced; NotFound for all others."""
    found = Upload.objects.select_related("organisation", "dataset").filter(pk=pk, person=actor).first()
    if found is None or not found.wanted:
        raise NotFound(Text("그런 파일이 없습니다.", "There is no such file."))
    return found
