"""The dataset page, its preview, and downloads."""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from datadam.catalog import downloads, licences, policies, selectors, workflow
from datadam.catalog.selectors.rules import rules_of
from datadam.catalog.snippets import snippets
from datadam.catalog.views import drawn, files
from datadam.core import selectors as core
from datadam.core.city import districts
from datadam.core.context import actor_of
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.disclosure import selectors as disclosure
from datadam.web import drawings
from datadam.web.paging import number, paging, query, whole
from datadam.web.text import Text

PAGE_SIZE = 20
FORMATS = (
    ("csv", "", Text("CSV", "CSV"), Text("엑셀과 대부분의 프로그램 (UTF-8)", "Excel and most programs (UTF-8)")),
    ("csv", "cp949", Text("CSV (CP949)", "CSV (CP949)"), Text("옛 한국어 프로그램", "Older Korean programs")),
    ("xlsx", "", Text("XLSX", "XLSX"), Text("엑셀로 바로 열기", "Opens in Excel")),
    ("parquet", "", Text("Parquet", "Parquet"), Text("분석 도구, 열의 종류를 지킴", "Analysis; keeps the types")),
    ("json", "", Text("JSON", "JSON"), Text("웹과 프로그램", "The web and programs")),
)
OPS: dict[str, Text] = {
    "contains": Text("포함", "contains"),
    "eq": Text("같음", "is"),
    "gte": Text("이상", "at least"),
    "lte": Text("이하", "at most"),
    "isnull": Text("빈칸", "is empty"),
    "notnull": Text("빈칸 아님", "is not empty"),
}
VALUELESS = ("isnull", "notnull")
WAITING = {
    "held": Text("새 판이 확인을 기다립니다.", "A new release awaits confirmation."),
    "draft": Text("아직 공개하지 않은 새 판이 있습니다.", "There is a new release that is not published yet."),
}


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def dataset(request: HttpRequest, name: str, number: int | None = None) -> HttpResponse:
    """A dataset, or one of its releases; only the preview's rows when htmx asks for them."""
    actor = actor_of(request)
    found = selectors.dataset_for(actor, name)
    release = _release(actor, found, number)
    href = reverse("release", args=[name, release.number]) if release and number else reverse("dataset", args=[name])
    shown = release and release.version is not None and policies.may_see_rows(actor, release)
    preview = _preview(request, actor, found, release, href) if shown else None
    if preview and request.headers.get("HX-Target") == "rows":
        return render(request, "catalog/_preview.html", {"dataset": found, "release": release, "preview": preview})
    return render(request, "catalog/dataset.html", _context(actor, found, release, preview))


def _release(actor: Actor | None, dataset: Any, number: int | None) -> Any:
    """The release to show; a draft dataset whose every release was discarded has none."""
    try:
        return selectors.release_for(actor, dataset, number)
    except NotFound:
        if number is not None:
            raise
        return None


def _context(actor: Actor | None, dataset: Any, release: Any, preview: dict[str, Any] | None) -> dict[str, Any]:
    editor = bool(policies.may_edit(actor, dataset))
    context = {
        "dataset": dataset,
        "release": release,
        "preview": preview,
        "editor": editor,
        "sentence": selectors.sentence(dataset, release),
        "licence": _licence(dataset),
        "actions": _actions(actor, dataset) if editor else [],
        "history": _history(dataset, release) if editor else [],
        "told_of_people": disclosure.tells(actor, dataset.resource),
    }
    return context | (_of_release(actor, dataset, release) if release else {})


def _history(dataset: Any, release: Any) -> list[Any]:
    """What happened to the dataset and to the release shown, newest first."""
    events = list(core.history("catalog.dataset", dataset.pk))
    if release:
        events += core.history("catalog.release", release.pk)
    return sorted(events, key=lambda event: -event.pk)[:30]


def _of_release(actor: Actor | None, dataset: Any, release: Any) -> dict[str, Any]:
    releases = list(selectors.releases_of(actor, dataset))
    latest = releases[0] if releases else release
    loaded = release.version is not None and bool(policies.may_see_rows(actor, release))
    seen = selectors.told(actor, dataset, release)
    profile = [column for column in release.profile if column["name"] in seen]

    def known(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in stored if not each.get("column") or each["column"] in seen]

    return {
        "older": any(each.number > release.number and each.state == "published" for each in releases),
        "waiting": WAITING.get(latest.state),
        "waiting_href": reverse("upload", args=[latest.upload_id]) if latest.upload_id else "",
        "report": release.report,
        "quality": selectors.quality.told(actor, dataset, release),
        "account": drawn.account(release.report),
        "steps": drawn.steps(known(release.report.get("proposals", []))),
        "findings": drawn.findings(known(release.report.get("findings", []))),
        "columns": drawn.columns(release.columns, profile),
        "quarantine": drawn.bad_rows(selectors.account(release, actor)["quarantine"]),
        "rules": len([line for line in rules_of(actor, dataset) if line.rule.state == "active"]),
        "lost": known(downloads.losses(dataset=dataset, release=release)),
        "releases": [_release_row(dataset, each) for each in releases],
        "files": files.first(actor, dataset, release) if loaded and release.is_files else None,
        "chart": _chart(actor, dataset, release) if loaded and not release.is_files else None,
        "map": _map(actor, dataset, release) if loaded and not release.is_files else None,
        "downloads": _downloads(dataset, release, latest) if loaded else [],
        "snippets": snippets(dataset, release, settings.BASE_URL) if loaded else [],
    }


def _release_row(dataset: Any, release: Any) -> dict[str, Any]:
    return {
        "number": release.number,
        "href": reverse("release", args=[dataset.name, release.number]),
        "when": release.published_at or release.created_at,
        "rows": release.rows,
        "state": release.state,
        "label": workflow.RELEASE.states[release.state],
        "changes": drawn.changes(release.changes, files=release.is_files),
        "changes_href": reverse("release_changes", args=[dataset.name, release.number])
        if release.version is not None
        else "",
    }


def _actions(actor: Actor | None, dataset: Any) -> list[dict[str, Any]]:
    """The workflow's buttons; destroying needs a reason and is left to the command line."""
    others = [t for t in workflow.DATASET.available(dataset, actor) if t.name not in ("destroy", "undo_publish")]
    return [
        {
            "href": reverse("dataset_act", args=[dataset.name, t.name]),
            "label": t.label,
            "confirm": t.confirm,
            "main": t.name in ("publish", "republish"),
            "signal": t.name in ("withdraw", "undo_publish"),
        }
        for t in (*_undoing(actor, dataset), *others)
    ]


def _undoing(actor: Actor | None, dataset: Any) -> list[Any]:
    """Taking back the last publishing, of the first release or of a later one."""
    last = selectors.last_published(dataset)
    if last is None or dataset.state != "published":
        return []
    return [t for t in workflow.RELEASE.available(last, actor) if t.name == "undo_publish"]


def _licence(dataset: Any) -> dict[str, Any] | None:
    found = licences.LICENCES.get(dataset.licence)
    if found is None:
        return None
    return {
        "title": found.title,
        "verified": found.verified,
        "marked": dataset.ai_mark,
        "mark": licences.AI_MARK,
        "clauses": licences.clauses(dataset.licence, ai_mark=dataset.ai_mark),
    }


def _downloads(dataset: Any, release: Any, latest: Any) -> list[dict[str, Any]]:
    made = []
    for fmt, encoding, label, note in FORMATS:
        params = QueryDict(mutable=True)
        if encoding:
            params["encoding"] = encoding
        if release.number != latest.number:
            params["release"] = str(release.number)
        href = reverse("dataset_download", args=[dataset.name, fmt])
        made.append({"href": f"{href}?{params.urlencode()}" if params else href, "label": label, "note": note})
    return made


def _chart(actor: Actor | None, dataset: Any, release: Any) -> dict[str, Any] | None:
    """The spec with its values, and the same values as a table."""
    spec = selectors.chart(actor, dataset, release)
    if not spec:
        return None
    values = spec.get("data", {}).get("values") or []
    names = list(values[0]) if values else []
    title = spec.get("title") or dataset.title
    rows = [[row.get(name) for name in names] for row in values[:200]]
    if spec.get("encoding", {}).get("y", {}).get("type") == "nominal":
        spec = {**spec, "height": max(22 * len(values), 66)}
    return {"spec": {**spec, "title": None, "description": title}, "title": title, "columns": names, "rows": rows}


def _map(actor: Actor | None, dataset: Any, release: Any) -> dict[str, Any] | None:
    found = selectors.points(actor, dataset, release)
    if not found or not found["features"]:
        return None
    points = [
        (f["geometry"]["coordinates"][1], f["geometry"]["coordinates"][0], str(f["properties"].get("label") or ""))
        for f in found["features"]
    ]
    return {
        "drawing": drawings.points_map(
            points, dataset.title, [(lat, lon, str(name)) for lat, lon, name in districts()]
        ),
        "shown": len(points),
        "total": found.get("total", len(points)),
    }


@dataclass(frozen=True)
class Looked:
    """How the reader wants the preview: what of the address makes sense for these columns."""

    sort: str
    descending: bool
    filters: list[tuple[str, str, str]]
    page: int

    @classmethod
    def of(cls, asked: QueryDict, columns: list[dict[str, Any]]) -> "Looked":
        names = {column["name"] for column in columns}
        sort, descending = asked.get("sort", ""), False
        if sort not in names and sort.startswith("-"):
            sort, descending = sort[1:], True
        column, op, value = asked.get("column", ""), asked.get("op", ""), asked.get("value", "").strip()
        wanted = column in names and op in OPS and (value or op in VALUELESS)
        return cls(sort if sort in names else "", descending, [(column, op, value)] if wanted else [], number(asked))


def _preview(request: HttpRequest, actor: Actor | None, dataset: Any, release: Any, href: str) -> dict[str, Any]:
    """A page of rows with the links that sort, filter and turn it."""
    from datadam.lake.errors import LakeError

    asked = request.GET
    looked, problem = Looked.of(asked, release.columns), None
    try:
        page = _rows(actor, dataset, release, looked)
    except LakeError as error:
        problem, looked = Text(error.ko, error.en), replace(looked, filters=[], sort="")
        page = _rows(actor, dataset, release, looked)
    shown = [column for column in release.columns if column["name"] in page.columns]
    return {
        "href": href,
        "columns": [_head(asked, each, looked) for each in shown],
        "rows": drawn.table(shown, page.rows),
        "total": page.total,
        "problem": problem,
        "column": asked.get("column", "") if looked.filters or problem else "",
        "op": asked.get("op", ""),
        "value": asked.get("value", ""),
        "sort": asked.get("sort", "") if looked.sort else "",
        "ops": OPS.items(),
        "paging": paging(asked, page=looked.page, pages=max(-(-page.total // PAGE_SIZE), 1)),
    }


def _rows(actor: Actor | None, dataset: Any, release: Any, looked: Looked) -> Any:
    return selectors.preview(
        actor=actor,
        dataset=dataset,
        release=release,
        page=looked.page,
        size=PAGE_SIZE,
        sort=looked.sort or None,
        descending=looked.descending,
        filters=looked.filters,
    )


def _head(asked: QueryDict, column: dict[str, Any], looked: Looked) -> dict[str, Any]:
    """A column's heading: its link sorts up, then down, then not at all."""
    name = column["name"]
    mine = name == looked.sort
    turned = name if not mine else None if looked.descending else f"-{name}"
    return {
        **column,
        "href": query(asked, page=None, sort=turned) + "#preview",
        "number": column["type"] in drawn.NUMERIC,
        "sorted": ("descending" if looked.descending else "ascending") if mine else "",
    }


@require_safe
def download(request: HttpRequest, name: str, fmt: str) -> HttpResponseBase:
    """A release as a file; first a page when it is still being made, or when its encoding cannot hold it all."""
    actor = actor_of(request)
    found = selectors.dataset_for(actor, name)
    asked = request.GET.get("release", "")
    release = selectors.release_for(actor, found, (whole(asked) or 0) if asked else None)
    encoding = request.GET.get("encoding") or "utf-8-sig"
    context = {"dataset": found, "release": release, "again": query(request.GET, sure=1)}
    try:
        made = downloads.download(actor=actor, dataset=found, release=release, format=fmt, encoding=encoding)
    except downloads.BeingMade as error:
        return render(request, "catalog/making.html", context | {"message": error.message}, status=202)
    if made.lost and "sure" not in request.GET:
        return render(request, "catalog/lost.html", context | {"lost": made.lost})
    response = FileResponse(made.path.open("rb"), as_attachment=True, filename=made.filename)
    response.headers["Content-Type"] = made.media_type
    if made.temporary:
        made.path.unlink()
    return response
