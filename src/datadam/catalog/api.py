"""The catalogue at /api/v1/: datasets, rows, downloads for everyone; uploads and publishing with a token."""

import re
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from ninja import File, Form, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile

from datadam.catalog import downloads, presenting, selectors
from datadam.catalog.services import datasets as dataset_services
from datadam.catalog.services import pushes as push_services
from datadam.catalog.services import releases as release_services
from datadam.catalog.services import uploads as upload_services
from datadam.core import selectors as core
from datadam.core.api import OPEN, actor_of, korean, signed_in
from datadam.core.errors import Invalid
from datadam.web.text import Text

router = Router(tags=["catalog"])
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
LAST_PAGE = 10**12  # JSON's numbers are 64 bits wide here
CONDITION = re.compile(r"(.+?):(eq|contains|gte|lte|isnull|notnull)(?::(.*))?", re.DOTALL)


class ListQuery(Schema):
    q: str = ""
    theme: str = ""
    organisation: str = ""
    licence: str = ""
    frequency: str = ""
    state: str = ""
    sort: str = "updated"
    page: int = 1


class RowsQuery(Schema):
    """`filter` may be repeated: `column:eq|contains|gte|lte|isnull|notnull:value`. `columns` joined by commas."""

    page: int = 1
    size: int = 100
    sort: str = ""
    descending: bool = False
    filter: list[str] = []
    columns: str = ""


class Description(Schema):
    """Only what is sent is changed."""

    title: str | None = None
    description: str | None = None
    keywords: list[str] | None = None
    theme: str | None = None
    spatial: str | None = None
    temporal_start: str | None = None
    temporal_end: str | None = None
    frequency: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    licence: str | None = None
    ai_mark: bool | None = None
    source_url: str | None = None
    legal_basis: str | None = None
    collection: str | None = None
    limits: str | None = None


class UploadForm(Schema):
    organisation: str
    url: str = ""
    dataset: str = ""
    title: str = ""
    proposals: str = ""
    files: bool = False


class Decisions(Schema):
    decisions: dict[str, bool]


@router.get("/datasets", auth=OPEN, summary="Find datasets", openapi_extra=korean("데이터 찾기"))
def list_datasets(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """One page of datasets with the counts of every filter's choices."""
    wanted = query.dict()
    found = selectors.listing(actor_of(request), query=wanted.pop("q"), **wanted)
    facets = {
        name: [{"value": f.value, "label": str(f.label), "count": f.count} for f in choices]
        for name, choices in found.facets.items()
    }
    lines = [presenting.line(dataset) for dataset in found.datasets]
    return {"total": found.total, "page": found.page, "pages": found.pages, "datasets": lines, "facets": facets}


@router.get("/datasets/{name}", auth=OPEN, summary="A dataset", openapi_extra=korean("데이터 한 건"))
def show_dataset(request: HttpRequest, name: str) -> dict[str, Any]:
    """Its description, licence as permissions, columns and releases."""
    actor = actor_of(request)
    return presenting.shown(actor, selectors.dataset_for(actor, name))


@router.patch("/datasets/{name}", summary="Describe a dataset", openapi_extra=korean("설명 고치기"))
def describe_dataset(request: HttpRequest, name: str, body: Description) -> dict[str, Any]:
    """Change its metadata."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    dataset_services.describe(actor=actor, dataset=dataset, **body.dict(exclude_unset=True))
    return presenting.shown(actor, dataset)


@router.get("/datasets/{name}/releases", auth=OPEN, summary="Releases of a dataset", openapi_extra=korean("판 목록"))
def list_releases(request: HttpRequest, name: str) -> dict[str, Any]:
    """Newest first."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    rows = selectors.releases_of(actor, dataset).defer("profile", "report")
    return {"releases": [presenting.release_line(release) for release in rows]}


@router.get("/datasets/{name}/releases/{int:number}", auth=OPEN, summary="A release", openapi_extra=korean("판 한 개"))
def show_release(request: HttpRequest, name: str, number: int) -> dict[str, Any]:
    """Columns, profile, account of rows and changes against the release before."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    return presenting.release_shown(actor, selectors.release_for(actor, dataset, number))


@router.get(
    "/datasets/{name}/rows", auth=OPEN, summary="Rows of the newest release", openapi_extra=korean("가장 새 판의 행")
)
def rows(request: HttpRequest, name: str, query: Query[RowsQuery]) -> dict[str, Any]:
    """A page of rows, sorted and filtered."""
    return _rows(request, name, None, query)


@router.get(
    "/datasets/{name}/releases/{int:number}/rows",
    auth=OPEN,
    summary="Rows of a release",
    openapi_extra=korean("판의 행"),
)
def release_rows(request: HttpRequest, name: str, number: int, query: Query[RowsQuery]) -> dict[str, Any]:
    """A page of rows, sorted and filtered."""
    return _rows(request, name, number, query)


def _rows(request: HttpRequest, name: str, number: int | None, query: RowsQuery) -> dict[str, Any]:
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    release = selectors.release_for(actor, dataset, number)
    page = min(max(1, query.page), LAST_PAGE)
    known = {column["name"] for column in release.columns}
    filters = [_condition(text, known) for text in query.filter]
    columns = [column.strip() for column in query.columns.split(",") if column.strip()]
    for column in [*columns, *([query.sort] if query.sort else [])]:
        _check_column(column, known)
    found = selectors.preview(
        actor=actor,
        dataset=dataset,
        release=release,
        page=page,
        size=query.size,
        sort=query.sort or None,
        descending=query.descending,
        filters=filters,
        columns=columns or None,
        channel="api",
    )
    lines = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    facts = {"dataset": dataset.name, "release": release.number, "total": found.total, "page": page}
    return {**facts, "columns": found.columns, "rows": lines}


def _condition(text: str, known: set[str]) -> tuple[str, str, str]:
    parsed = CONDITION.fullmatch(text)
    if parsed is None:
        words = Text(f"‘{text}’ 조건을 알 수 없습니다.", f"The condition “{text}” is not understood.")
        raise Invalid(words, fields={"filter": words})
    column, operator, value = parsed.groups()
    _check_column(column, known)
    return column, operator, value or ""


def _check_column(column: str, known: set[str]) -> None:
    if column not in known:
        raise Invalid(Text(f"‘{column}’ 열이 없습니다.", f"There is no column “{column}”."), code="no_column")


@router.get(
    "/datasets/{name}/download/{format}",
    auth=OPEN,
    summary="Download the newest release",
    openapi_extra=korean("가장 새 판 내려받기"),
)
def download(request: HttpRequest, name: str, format: str, encoding: str = "utf-8-sig") -> FileResponse:
    """CSV (UTF-8 with BOM, or cp949), Parquet, JSON or XLSX."""
    return _download(request, name, None, format, encoding)


@router.get(
    "/datasets/{name}/releases/{int:number}/download/{format}",
    auth=OPEN,
    summary="Download a release",
    openapi_extra=korean("판 내려받기"),
)
def release_download(
    request: HttpRequest, name: str, number: int, format: str, encoding: str = "utf-8-sig"
) -> FileResponse:
    """CSV (UTF-8 with BOM, or cp949), Parquet, JSON or XLSX."""
    return _download(request, name, number, format, encoding)


def _download(request: HttpRequest, name: str, number: int | None, format: str, encoding: str) -> FileResponse:
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    release = selectors.release_for(actor, dataset, number)
    made = downloads.download(
        actor=actor, dataset=dataset, release=release, format=format, encoding=encoding, channel="api"
    )
    return downloads.response(made)


@router.post(
    "/uploads",
    response={202: dict[str, Any]},
    summary="Bring in a file or a URL",
    openapi_extra=korean("파일이나 주소 올리기"),
)
def upload(
    request: HttpRequest, form: Form[UploadForm], file: File[UploadedFile | None] = None
) -> Status[dict[str, Any]]:
    """Multipart: `organisation`, and `file` or `url`. It is read in the background: follow `GET /uploads/{id}`.

    `files` keeps a ZIP as a file set although it does not look like one.
    """
    actor = signed_in(request)
    organisation = core.organisation(form.organisation)
    common: dict[str, Any] = {
        "actor": actor,
        "organisation": organisation,
        "dataset": selectors.dataset_for(actor, form.dataset) if form.dataset else None,
        "title": form.title,
        "proposals": upload_services.proposals(form.proposals),
        "files": form.files,
    }
    if file is not None:
        made = upload_services.receive_file(stream=cast(BinaryIO, file.file), filename=file.name or "upload", **common)
    elif form.url:
        made = upload_services.receive_url(url=form.url, **common)
    else:
        words = Text("file이나 url을 보내십시오.", "Send a file or a url.")
        raise Invalid(words, fields={"file": words})
    return Status(202, presenting.upload_shown(made))


class PushQuery(Schema):
    """`mode`: replace (the default) makes the next release of what is sent, append adds it to the last one."""

    mode: str = "replace"
    publish_when_clean: bool = False


Pushed = Status[dict[str, Any]]


@router.post(
    "/datasets/{name}/rows",
    response={202: dict[str, Any]},
    summary="Push rows",
    openapi_extra=korean("행 보내기"),
)
def push_rows(request: HttpRequest, response: HttpResponse, name: str, query: Query[PushQuery]) -> Pushed:
    """The body is a JSON array of records or NDJSON, gzip allowed. `Idempotency-Key` names the push.

    The same key with the same content is answered as before and does nothing twice; with other content it is 409.
    Read in the background: follow `GET /uploads/{id}`.
    """
    lines = request.content_type in NDJSON
    if not lines and request.content_type != "application/json":
        words = Text("Content-Type은 application/json이나 application/x-ndjson입니다.", "Send JSON or NDJSON.")
        raise Invalid(words, code="content_type", fields={"Content-Type": words})
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    upload_services.check(actor, dataset.organisation, dataset)  # before a byte of it is read
    body = push_services.unpacked(cast(BinaryIO, request), request.headers.get("Content-Encoding", ""))
    try:
        stream = push_services.rows(body, lines=lines)
        return _pushed(request, response, dataset, query, stream, f"{name}.{'ndjson' if lines else 'json'}")
    except UnreadablePostError:
        raise HttpError(400, "the body broke off") from None


@router.post(
    "/datasets/{name}/file", response={202: dict[str, Any]}, summary="Push a file", openapi_extra=korean("파일 보내기")
)
def push_file(
    request: HttpRequest, response: HttpResponse, name: str, query: Query[PushQuery], file: File[UploadedFile]
) -> Pushed:
    """Multipart `file`, of any format that an upload may have; otherwise as pushing rows."""
    dataset = selectors.dataset_for(signed_in(request), name)
    return _pushed(request, response, dataset, query, cast(BinaryIO, file.file), file.name or "upload")


def _pushed(
    request: HttpRequest, response: HttpResponse, dataset: Any, query: PushQuery, stream: BinaryIO, filename: str
) -> Pushed:
    key = request.headers.get("Idempotency-Key", "")
    given: dict[str, Any] = {"mode": query.mode, "publish_when_clean": query.publish_when_clean}
    made, again = push_services.push(
        actor=signed_in(request), dataset=dataset, stream=stream, filename=filename, key=key, **given
    )
    response.headers["Idempotency-Replayed"] = "true" if again else "false"
    return Status(202, push_services.answer(made))


@router.get("/uploads/{int:pk}", summary="How far an upload is", openapi_extra=korean("올린 파일의 상태"))
def show_upload(request: HttpRequest, pk: int) -> dict[str, Any]:
    """State, progress, and the reports once it is read."""
    return presenting.upload_shown(selectors.upload_for(signed_in(request), pk))


@router.post("/datasets/{name}/publish", summary="Publish", openapi_extra=korean("공개"))
def publish(request: HttpRequest, name: str, release: int | None = None) -> dict[str, Any]:
    """The newest draft, or the release named."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    chosen = selectors.release_for(actor, dataset, release) if release is not None else None
    return presenting.brief(actor, dataset_services.publish(actor=actor, dataset=dataset, release=chosen))


@router.post("/datasets/{name}/unpublish", summary="Withdraw from the public", openapi_extra=korean("공개 중지"))
def unpublish(request: HttpRequest, name: str) -> dict[str, Any]:
    """Its releases stay as they are."""
    actor = signed_in(request)
    dataset = selectors.dataset_for(actor, name)
    return presenting.brief(actor, dataset_services.unpublish(actor=actor, dataset=dataset))


@router.post(
    "/datasets/{name}/releases/{int:number}/decisions",
    response={202: dict[str, Any]},
    summary="Decide proposals",
    openapi_extra=korean("제안 결정"),
)
def decide(request: HttpRequest, name: str, number: int, body: Decisions) -> Status[dict[str, Any]]:
    """`{"decisions": {"code:column": true}}`: the next recipe, and the file is read again in the background."""
    actor = signed_in(request)
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    return Status(202, {"job": release_services.decide(actor=actor, release=release, decisions=body.decisions).pk})


@router.post(
    "/datasets/{name}/releases/{int:number}/accept-drift",
    response={202: dict[str, Any]},
    summary="Accept new columns",
    openapi_extra=korean("바뀐 열 받아들이기"),
)
def accept_drift(request: HttpRequest, name: str, number: int) -> Status[dict[str, Any]]:
    """Confirm that a held release's columns are meant to differ."""
    actor = signed_in(request)
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    return Status(202, {"job": release_services.accept_drift(actor=actor, release=release).pk})
