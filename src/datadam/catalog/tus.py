"""Uploads that can be resumed: the tus protocol 1.0.0 (tus.io) with creation and termination, at /api/v1/files."""

import base64
import binascii
from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from ninja import Router

from datadam.catalog import selectors, storage
from datadam.catalog.services import arriving, uploads
from datadam.core import selectors as core
from datadam.core.api import OPEN, korean, signed_in
from datadam.core.errors import Invalid
from datadam.web.text import Text

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
FIELDS = ("filename", "organisation", "dataset", "title", "proposals", "files")
router = Router(tags=["files"])


def _answer(status: int, **headers: object) -> HttpResponse:
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, "Cache-Control": "no-store", **named})


def _other_version(request: HttpRequest) -> HttpResponse | None:
    given = request.headers.get("Tus-Resumable")
    return None if given == VERSION else _answer(412, Tus_Version=VERSION)


def _number(request: HttpRequest, header: str) -> int:
    raw = request.headers.get(header, "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        words = Text(f"{header} 헤더에 바이트 수를 적으십시오.", f"Give {header} as a number of bytes.")
        raise Invalid(words, fields={header: words})
    return int(raw)


def _metadata(request: HttpRequest) -> dict[str, str]:
    """Upload-Metadata: names with base64 of UTF-8 after them, separated by commas."""
    found: dict[str, str] = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            words = Text(
                f"Upload-Metadata의 {name}을(를) 읽을 수 없습니다.", f"{name} in Upload-Metadata cannot be read."
            )
            raise Invalid(words, fields={"Upload-Metadata": words}) from None
    return {name: found.get(name, "") for name in FIELDS}


@router.api_operation(
    ["OPTIONS"], "", auth=OPEN, summary="What of tus is understood", openapi_extra=korean("나누어 올리기의 조건")
)
def options(request: HttpRequest) -> HttpResponse:
    """Version, extensions and the largest file, as headers."""
    return _answer(204, Tus_Version=VERSION, Tus_Extension="creation,termination", Tus_Max_Size=storage.max_bytes())


@router.post("", summary="Announce a file that comes in pieces", openapi_extra=korean("나누어 올릴 파일 알리기"))
def create(request: HttpRequest) -> HttpResponse:
    """`Upload-Length` in bytes; `Upload-Metadata` with organisation, filename and dataset, title, proposals, files."""
    if refusal := _other_version(request):
        return refusal
    actor, given = signed_in(request), _metadata(request)
    made = arriving.announce(
        actor=actor,
        organisation=core.organisation(given["organisation"]),
        filename=given["filename"] or "upload",
        size=_number(request, "Upload-Length"),
        dataset=selectors.dataset_for(actor, given["dataset"]) if given["dataset"] else None,
        proposals=uploads.proposals(given["proposals"]),
        title=given["title"],
        files=bool(given["files"]),
    )
    return _answer(201, Location=reverse("api:file", args=[made.pk]), Upload_Offset=0)


@router.api_operation(
    ["HEAD"],
    "/{int:pk}",
    url_name="file",
    summary="How much of a file has come",
    openapi_extra=korean("받은 바이트 수"),
)
def offset(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload-Offset and Upload-Length, for who announced it."""
    actor = signed_in(request)
    found = arriving.of(actor, pk)
    return _answer(200, Upload_Offset=arriving.arrived(actor=actor, upload=found), Upload_Length=found.size)


@router.patch("/{int:pk}", summary="Send a piece", openapi_extra=korean("조각 보내기"))
def piece(request: HttpRequest, pk: int) -> HttpResponse:
    """Bytes that begin at `Upload-Offset`. What came before a line broke is kept: HEAD says how far it is."""
    if refusal := _other_version(request):
        return refusal
    if request.content_type != PIECE:
        return _answer(415)
    actor = signed_in(request)
    try:
        came = arriving.receive_piece(
            actor=actor,
            upload=arriving.of(actor, pk),
            offset=_number(request, "Upload-Offset"),
            stream=cast(BinaryIO, request),
        )
    except UnreadablePostError:
        return _answer(400)  # nobody hears this: the line is broken
    return _answer(204, Upload_Offset=came)


@router.delete("/{int:pk}", summary="Withdraw a file", openapi_extra=korean("올리기 그만두기"))
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """What has come of it is removed."""
    actor = signed_in(request)
    uploads.discard_upload(actor=actor, upload=arriving.of(actor, pk))
    return _answer(204)
