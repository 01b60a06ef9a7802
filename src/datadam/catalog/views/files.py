"""A file set on its pages: the gallery with its filters, one file, and what is handed out."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from datadam.catalog import downloads, handing_out, selectors, words
from datadam.catalog.selectors.files import FileSet, file_set
from datadam.core.context import actor_of
from datadam.core.public import Actor
from datadam.web import formats
from datadam.web.paging import number, paging, query, whole
from datadam.web.text import Text

PAGE = 48
FIRST = 12  # on the page of the dataset
LONGEST = 30  # choices shown of one kind
FILTERS = {
    "kind": Text("종류", "Kind"),
    "label": Text("라벨", "Label"),
    "folder": Text("폴더", "Folder"),
}


def _opened(request: HttpRequest, name: str) -> FileSet:
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    asked = request.GET.get("release", "")
    release = selectors.release_for(actor, dataset, (whole(asked) or 0) if asked else None)
    return file_set(actor, dataset, release, channel="page")


@require_safe
def gallery(request: HttpRequest, name: str) -> HttpResponse:
    """The files that fit, a page at a time."""
    found = _opened(request, name)
    which, page = handing_out.wanted(request.GET), number(request.GET)
    files = found.find(which, page=page, size=PAGE, channel="page")
    release = request.GET.get("release", "")
    context = {
        "dataset": found.dataset,
        "release": found.opened.release,
        "tiles": tiles(found, files.rows, release),
        "total": files.total,
        "bytes": files.bytes,
        "asked": which,
        "fixed": [(key, request.GET[key]) for key in ("kind", "label", "folder", "release") if request.GET.get(key)],
        "filters": _filters(found, request.GET),
        "narrowed": bool(which),
        "zip_href": reverse("dataset_files_zip", args=[name]) + query(request.GET, page=None),
        "sums_href": reverse("dataset_files_sums", args=[name]) + query(request.GET, page=None),
        "paging": paging(request.GET, page=page, pages=max(1, -(-files.total // PAGE))),
    }
    return render(request, "catalog/files.html", context)


def _filters(found: FileSet, asked: QueryDict) -> list[dict[str, Any]]:
    """The choices of each filter with the links that take or leave them."""
    made = []
    offered = found.choices()
    if offered.get("folder") == offered.get("label"):
        offered.pop("folder", None)  # folders by label: one choice is enough
    for name, choices in offered.items():
        chosen = asked.get(name, "")
        values = [
            {
                "label": words.kind(value) if name == "kind" else value,
                "count": count,
                "chosen": value == chosen,
                "href": query(asked, page=None, **{name: None if value == chosen else value}),
            }
            for value, count in choices[:LONGEST]
        ]
        if len(values) > 1 or chosen:
            made.append({"label": FILTERS[name], "values": values})
    return made


def tiles(found: FileSet, rows: list[dict[str, Any]], release: str = "") -> list[dict[str, Any]]:
    """What a gallery shows of each file."""
    return [tile(found, row, release) for row in rows]


def tile(found: FileSet, row: dict[str, Any], release: str = "") -> dict[str, Any]:
    path, kind = row["path"], row.get("kind") or ""
    name, tail = found.dataset.name, f"?release={release}" if whole(release) else ""
    drawn = kind == "image" and not found.opened.counted and found.objects.thumb(row["sha256"]).exists()
    mark = f"{tail}{'&' if tail else '?'}v={row['sha256'][:8]}"
    return {
        "path": path,
        "name": path.rpartition("/")[2],
        "kind": kind,
        "kind_words": words.kind(kind),
        "ending": path.rpartition(".")[2][:5].upper() if "." in path else "–",
        "href": reverse("dataset_file", args=[name, path]) + tail,
        "raw": reverse("dataset_file_raw", args=[name, path]) + tail,
        "save": reverse("dataset_file_raw", args=[name, path]) + (f"{tail}&" if tail else "?") + "save=1",
        "thumb": reverse("dataset_file_thumb", args=[name, path]) + mark if drawn else "",
        "plays": kind in ("audio", "video") and row["media_type"] in handing_out.SHOWN,
        "shown": kind == "image" and row["media_type"] in handing_out.SHOWN,
        "label": row.get("label") or row.get("classes") or "",
        "facts": _facts(row),
    }


def _facts(row: dict[str, Any]) -> str:
    """`640 × 480 · 12.3 kB`"""
    said = [formats.size(int(row["bytes"])).replace(" ", "\xa0")]
    if row.get("width"):
        said.insert(0, f"{row['width']:,} × {row['height']:,}")
    if row.get("seconds"):
        said.insert(0, str(Text(f"{row['seconds']:,.1f}초", f"{row['seconds']:,.1f} s")))
    if row.get("pages"):
        said.insert(0, str(Text(f"{row['pages']:,}쪽", f"{row['pages']:,} pages")))
    return " · ".join(said)


def first(actor: Actor | None, dataset: Any, release: Any) -> dict[str, Any] | None:
    """What the page of a dataset shows of a file set: the first files, and how many there are."""
    from datadam.core.errors import NotAllowed

    try:
        found = file_set(actor, dataset, release, channel="page")
        files = found.manifest.find(handing_out.wanted({}), limit=0)
    except NotAllowed:
        return None
    choices = {} if found.opened.counted else found.choices()
    return {
        "tiles": [] if found.opened.counted else tiles(found, found.manifest.showcase(FIRST)),
        "total": files.total,
        "bytes": files.bytes,
        "kinds": [(words.kind(kind), count) for kind, count in choices.get("kind", [])],
        **{
            name: reverse(url, args=[dataset.name]) + f"?release={release.number}"
            for name, url in (
                ("href", "dataset_files"),
                ("zip_href", "dataset_files_zip"),
                ("sums_href", "dataset_files_sums"),
            )
        },
    }


@require_safe
def file(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """One file: shown or played if it may be, with what the manifest says of it."""
    found = _opened(request, name)
    row = found.one(path)
    found.opened.used("page", rows=1)
    release = found.opened.release
    context = {
        "dataset": found.dataset,
        "release": release,
        "file": tile(found, row, request.GET.get("release", "")),
        "columns": [(column["name"], row.get(column["name"])) for column in found.opened.shown],
    }
    return render(request, "catalog/file.html", context)


@require_safe
def raw(request: HttpRequest, name: str, path: str) -> HttpResponseBase:
    """The file itself."""
    return handing_out.one(request, _opened(request, name), path, channel="download", save="save" in request.GET)


@require_safe
def thumb(request: HttpRequest, name: str, path: str) -> HttpResponseBase:
    """A small picture of a picture."""
    return handing_out.thumb(_opened(request, name), path)


@require_safe
def package(request: HttpRequest, name: str) -> HttpResponseBase:
    """The files that fit, as a ZIP."""
    found = _opened(request, name)
    filename = downloads.filename(found.dataset, found.opened.release, "zip")
    return handing_out.package(found, handing_out.wanted(request.GET), filename=filename, channel="download")


@require_safe
def sums(request: HttpRequest, name: str) -> HttpResponse:
    """The hashes of the files that fit."""
    return handing_out.sums(_opened(request, name), handing_out.wanted(request.GET), channel="download")
