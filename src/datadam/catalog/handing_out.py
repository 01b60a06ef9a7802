"""Handing out the files of a file set: one, in part if asked so; some as a ZIP; their hashes; or into a folder.

What people sent in is never run here: only pictures, sounds and films of known kinds are shown, the rest is saved.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from datadam.catalog.selectors.files import FileSet
from datadam.core.errors import Invalid, NotFound
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.manifest import Wanted

SHOWN = (
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"),
    *("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4"),
    *("video/mp4", "video/webm", "video/quicktime"),
)
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
NOTHING = Text("조건에 맞는 파일이 없습니다.", "No file matches.")
NO_THUMB = Text("미리 보기 그림이 없습니다.", "There is no thumbnail.")


@dataclass(frozen=True)
class Part:
    """Some bytes of a file."""

    start: int
    length: int


def one(request: HttpRequest, found: FileSet, path: str, *, channel: str, save: bool = False) -> HttpResponseBase:
    """A file, or the part of it that a player asks for (HTTP Range); 304 when the reader has it already."""
    row = found.one(path)
    size, tag = int(row["bytes"]), f'"{row["sha256"]}"'
    headers = {**SAFE, "ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    part = _part(request, tag, size)
    if part is not None and part.length < 1:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    length = part.length if part else size
    status = 206 if part else 200
    answer: HttpResponseBase = HttpResponse(status=status, content_type=row["media_type"], headers=headers)
    if request.method != "HEAD":
        found.opened.used(channel, rows=1, size=length)
        pieces = found.objects.read(row["sha256"], size, part.start if part else 0, part.length if part else None)
        answer = StreamingHttpResponse(_begun(pieces), status=status, content_type=row["media_type"], headers=headers)
    answer.headers["Content-Length"] = str(length)
    name = path.rpartition("/")[2]
    saved = save or row["media_type"] not in SHOWN
    answer.headers["Content-Disposition"] = content_disposition_header(saved, name) or "attachment"
    if part:
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{size}"
    return answer


def _part(request: HttpRequest, tag: str, size: int) -> Part | None:
    """What of the file is asked for: None for all of it, a part without length for what is not there."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or asked[1] == asked[2] == "" or request.headers.get("If-Range", tag) != tag:
        return None
    if not asked[1]:
        length = min(int(asked[2]), size)
        return Part(size - length, length)
    start, end = int(asked[1]), min(int(asked[2] or size), size - 1)
    if asked[2] and int(asked[2]) < start:
        return None
    return Part(start, end - start + 1 if start < size else 0)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, of which the first is had now: what cannot be read is refused before anything was sent."""
    first = next(pieces, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()


def thumb(found: FileSet, path: str) -> HttpResponseBase:
    """The thumbnail of a picture. There is none for who may read only so many rows."""
    row = found.one(path)
    file = found.objects.thumb(row["sha256"])
    if found.opened.counted or not file.exists():
        raise NotFound(NO_THUMB)
    answer = FileResponse(file.open("rb"), content_type="image/jpeg", headers=SAFE)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def wanted(asked: Any) -> "Wanted":
    """Which files an address or a command asks for."""
    from datadam.lake.manifest import Wanted

    return Wanted(**{name: str(asked.get(name, "") or "").strip() for name in ("kind", "label", "folder", "text")})


def package(found: FileSet, which: "Wanted", *, filename: str, channel: str) -> HttpResponseBase:
    """The files that fit as a ZIP that is made while it is sent; every file's hash is checked on the way."""
    from datadam.lake.filesets import packed

    some = found.some(which)
    if not some.rows:
        raise Invalid(NOTHING, code="no_such_files")
    found.opened.used(channel, rows=len(some.rows), size=some.bytes)
    members = (
        (row["path"], int(row["bytes"]), found.objects.read(row["sha256"], int(row["bytes"]))) for row in some.rows
    )
    answer = StreamingHttpResponse(_begun(packed(members)), content_type="application/zip", headers=SAFE)
    answer.headers["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return answer


def sums(found: FileSet, which: "Wanted", *, channel: str) -> HttpResponse:
    """The hashes as `sha256sum -c` reads them."""
    some = found.some(which)
    found.opened.used(channel, rows=len(some.rows))
    lines = "".join(_sum(row["sha256"], row["path"]) for row in some.rows)
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=SAFE)


def _sum(sha256: str, path: str) -> str:
    """A backslash in a name is written twice, and the line then begins with one."""
    escaped = path.replace("\\", "\\\\")
    return ("" if escaped == path else "\\") + f"{sha256}  {escaped}\n"


@dataclass(frozen=True)
class Copied:
    """What a folder got: files written, those that were right already, and the bytes written."""

    written: int
    kept: int
    bytes: int


def copy_to(found: FileSet, rows: list[dict[str, Any]], folder: Path) -> Copied:
    """Write files below a folder, each checked by its hash; one that is right already is left. May be run again."""
    missing = [row for row in rows if not _is_right(folder / row["path"], row)]
    size = sum(int(row["bytes"]) for row in missing)
    found.opened.used("download", rows=len(missing), size=size)
    for row in missing:
        try:
            _write(found, row, folder)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else ""
            words = Text(
                f"폴더에 쓸 수 없습니다: {row['path']} ({why})", f"This cannot be written: {row['path']} ({why})"
            )
            raise Invalid(words, code="folder_refuses", path=row["path"]) from error
    return Copied(len(missing), len(rows) - len(missing), size)


def _is_right(path: Path, row: dict[str, Any]) -> bool:
    from datadam.lake.filesets import hash_of

    return path.is_file() and path.stat().st_size == row["bytes"] and hash_of(path) == row["sha256"]


def _write(found: FileSet, row: dict[str, Any], folder: Path) -> None:
    path = folder / row["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        words = Text("폴더 밖을 가리키는 링크가 있습니다.", "A link leads out of the folder.")
        raise Invalid(words, code="link_in_folder", path=row["path"])
    draft = path.with_name(f".{row['sha256'][:16]}.part")
    try:
        with draft.open("wb") as out:
            for piece in found.objects.read(row["sha256"], int(row["bytes"])):
                out.write(piece)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
