"""Downloads: a release as CSV, Parquet, JSON or XLSX, made once and kept until the release is destroyed.

What a reader with a restricted grant gets, and what is not published, is never kept. A file above `MADE_AT_ONCE` rows
is made by a job the first time, so that no request waits for minutes.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from django.conf import settings
from django.db import transaction
from django.http import FileResponse

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release
from datadam.catalog.selectors.data import Reading, reading
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

FORMATS = {
    "csv": ("text/csv", "csv"),
    "parquet": ("application/vnd.apache.parquet", "parquet"),
    "json": ("application/json", "json"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}
ENCODINGS = ("utf-8-sig", "cp949")
Format = Literal["csv", "parquet", "json", "xlsx"]
Encoding = Literal["utf-8-sig", "cp949"]
MADE_AT_ONCE = 5_000_000  # rows
MADE_AT_ONCE_XLSX = 200_000


class BeingMade(Conflict):
    """The file is being made; ask again. `data["job"]` is the job's id."""

    code = "being_made"


@dataclass(frozen=True)
class Download:
    """A file ready to send. `lost`: characters CP949 cannot hold, as [{character, count, first_row, column}]."""

    path: Path
    filename: str
    media_type: str
    rows: int
    lost: list[dict[str, Any]] = field(default_factory=list)
    temporary: bool = False  # the sender removes it


def check_format(format: str, encoding: str) -> None:
    """NotFound for a format there is not, Invalid for an encoding there is not."""
    if format not in FORMATS:
        raise NotFound(Text(f"‘{format}’ 형식은 없습니다.", f"There is no format “{format}”."), formats=list(FORMATS))
    if encoding not in ENCODINGS:
        words = Text(f"‘{encoding}’ 인코딩은 없습니다.", f"There is no encoding “{encoding}”.")
        raise Invalid(words, fields={"encoding": words})


def download(
    *,
    actor: Actor | None,
    dataset: Dataset,
    release: Release,
    format: str = "csv",
    encoding: str = "utf-8-sig",
    channel: str = "download",
) -> Download:
    """The file, from the cache or made now; BeingMade when a job makes it."""
    check_format(format, encoding)
    opened = reading(actor, dataset, release, channel=channel)
    if opened.kept:
        made = _whole(actor, dataset, opened, format, encoding)
    else:
        made = _restricted(dataset, opened, format, encoding)
    try:
        opened.used(channel, rows=made.rows, size=made.path.stat().st_size)
    except NotAllowed:
        if made.temporary:
            made.path.unlink()
        raise
    return made


def _whole(actor: Actor | None, dataset: Dataset, opened: Reading, format: str, encoding: str) -> Download:
    release = opened.release
    path = _kept(dataset, release, format, encoding)
    if not path.exists():
        if release.rows > (MADE_AT_ONCE_XLSX if format == "xlsx" else MADE_AT_ONCE):
            with transaction.atomic():
                job = jobs.enqueue("catalog.export", actor=actor, release=release.pk, format=format, encoding=encoding)
            words = Text("파일을 만드는 중입니다. 잠시 뒤 다시 받으십시오.", "The file is being made; try again soon.")
            raise BeingMade(words, job=job.pk)
        _make(dataset, opened.files, path, format, encoding)
    return _told(dataset, release, path, format)


def _kept(dataset: Dataset, release: Release, format: str, encoding: str) -> Path:
    """The Delta version is in the name: a release that was read again is another file."""
    ending = FORMATS[format][1] if format != "csv" else f"{encoding}.csv"
    return storage.cache_folder(dataset.resource.uid, release.number) / f"v{release.version}.{ending}"


def _notes(path: Path) -> Path:
    """What is known of a kept file: its rows, and the characters it lost."""
    return path.with_suffix(path.suffix + ".notes")


def make(*, release_id: int, format: str, encoding: str) -> None:
    """Make and keep a download; nothing happens when it is there (job `catalog.export`)."""
    release = Release.objects.select_related("dataset__resource").get(pk=release_id)
    path = _kept(release.dataset, release, format, encoding)
    if release.version is not None and not path.exists():
        files = storage.files(release.dataset.resource.uid, release.version)
        _make(release.dataset, files, path, format, encoding)


def _make(dataset: Dataset, files: list[str], path: Path, format: str, encoding: str) -> None:
    """Written under another name first: a file in the cache is always whole."""
    from datadam.lake import export

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = storage.draft_of(path)
    try:
        exported = export.write(files, format=cast(Format, format), encoding=cast(Encoding, encoding), out=draft)
        notes = {"rows": exported.rows, "lost": [asdict(each) for each in exported.lost]}
        storage.write_whole(_notes(path), json.dumps(notes, ensure_ascii=False))
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _told(dataset: Dataset, release: Release, path: Path, format: str) -> Download:
    notes = json.loads(_notes(path).read_text(encoding="utf-8"))
    return Download(path, filename(dataset, release, format), FORMATS[format][0], notes["rows"], notes["lost"])


def filename(dataset: Dataset, release: Release, format: str) -> str:
    """`제목_판번호.csv`, without signs that a file system refuses."""
    title = "".join("_" if c in '\\/:*?"<>|\r\n\t' else c for c in dataset.title).strip(" .")
    return f"{title}_{release.number}.{format}"


def _restricted(dataset: Dataset, opened: Reading, format: str, encoding: str) -> Download:
    from datadam.lake import export

    folder = Path(settings.HOME) / "cache" / "once"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder, suffix=f".{format}")
    os.close(handle)
    path = Path(name)
    try:
        exported = export.write(
            opened.files,
            format=cast(Format, format),
            encoding=cast(Encoding, encoding),
            out=path,
            columns=opened.columns,
            row_filter=opened.row_filter,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    lost = [asdict(each) for each in exported.lost]
    name = filename(dataset, opened.release, format)
    return Download(path, name, FORMATS[format][0], exported.rows, lost, temporary=True)


def export_to(
    *, actor: Actor | None, dataset: Dataset, release: Release, format: str, encoding: str, out: Path
) -> Download:
    """Write the release to `out` straight away, past the cache (the command line)."""
    from datadam.lake import export

    check_format(format, encoding)
    opened = reading(actor, dataset, release, channel="download")
    exported = export.write(
        opened.files,
        format=cast(Format, format),
        encoding=cast(Encoding, encoding),
        out=out,
        columns=None if opened.whole else opened.columns,
        row_filter=opened.row_filter,
    )
    try:
        opened.used("download", rows=exported.rows, size=out.stat().st_size)
    except NotAllowed:
        out.unlink()
        raise
    return Download(out, out.name, FORMATS[format][0], exported.rows, [asdict(each) for each in exported.lost])


def response(made: Download) -> FileResponse:
    """The file as an attachment; a temporary one is gone from disk once it is sent."""
    answer = FileResponse(
        made.path.open("rb"), as_attachment=True, filename=made.filename, content_type=made.media_type
    )
    if made.temporary:
        made.path.unlink()
    if made.lost:
        answer["X-Datadam-Lost-Characters"] = str(sum(each["count"] for each in made.lost))
    return answer


def losses(*, dataset: Dataset, release: Release) -> list[dict[str, Any]]:
    """The characters of a release that CP949 cannot hold, when the CP949 file was made before; empty otherwise."""
    path = _kept(dataset, release, "csv", "cp949")
    notes = _notes(path)
    return list(json.loads(notes.read_text(encoding="utf-8"))["lost"]) if notes.exists() else []
