"""The files of file sets at /api/v1/: the list, one file, some as a ZIP, their hashes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema

from datadam.catalog import downloads, handing_out, selectors
from datadam.catalog.selectors.files import FileSet, file_set
from datadam.core.api import OPEN, actor_of, korean

router = Router(tags=["file sets"])
LARGEST_PAGE = 1_000
LAST_PAGE = 10**9


class Which(Schema):
    """Which files: of a kind (image, audio, video, document, label), with a label, in a folder, with text in the path.

    Without `release`, of the newest one.
    """

    kind: str = ""
    label: str = ""
    folder: str = ""
    text: str = ""
    release: int | None = None


class Page(Which):
    """`size` is at most 1,000."""

    page: int = 1
    size: int = 100


def _opened(request: HttpRequest, name: str, release: int | None) -> FileSet:
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    return file_set(actor, dataset, selectors.release_for(actor, dataset, release), channel="api")


@router.get(
    "/datasets/{name}/files",
    auth=OPEN,
    url_name="files",
    summary="Files of a file set",
    openapi_extra=korean("파일 묶음의 파일 목록"),
)
def files(request: HttpRequest, name: str, query: Query[Page]) -> dict[str, Any]:
    """A page of the manifest, in the order of the paths, with the bytes of all files that fit."""
    found = _opened(request, name, query.release)
    page, size = min(max(1, query.page), LAST_PAGE), min(max(1, query.size), LARGEST_PAGE)
    some = found.find(handing_out.wanted(query.dict()), page=page, size=size, channel="api")
    facts = {"dataset": name, "release": found.opened.release.number, "total": some.total, "bytes": some.bytes}
    return {**facts, "page": page, "files": some.rows}


@router.get(
    "/datasets/{name}/files/one",
    auth=OPEN,
    url_name="one_file",
    summary="One file of a file set",
    openapi_extra=korean("파일 묶음의 파일 하나"),
)
def one_file(request: HttpRequest, name: str, path: str, release: int | None = None) -> HttpResponseBase:
    """The bytes; Range and If-None-Match are understood, and ETag is the SHA-256."""
    return handing_out.one(request, _opened(request, name, release), path, channel="api")


@router.get(
    "/datasets/{name}/files/zip",
    auth=OPEN,
    url_name="files_zip",
    summary="Some files of a file set as a ZIP",
    openapi_extra=korean("고른 파일을 ZIP으로"),
)
def files_zip(request: HttpRequest, name: str, query: Query[Which]) -> HttpResponseBase:
    """Made while it is sent."""
    found = _opened(request, name, query.release)
    filename = downloads.filename(found.dataset, found.opened.release, "zip")
    return handing_out.package(found, handing_out.wanted(query.dict()), filename=filename, channel="api")


@router.get(
    "/datasets/{name}/files/sha256",
    auth=OPEN,
    url_name="files_sha256",
    summary="Hashes of a file set",
    openapi_extra=korean("파일 묶음의 해시"),
)
def files_sha256(request: HttpRequest, name: str, query: Query[Which]) -> HttpResponse:
    """As `sha256sum -c` reads them."""
    return handing_out.sums(_opened(request, name, query.release), handing_out.wanted(query.dict()), channel="api")
