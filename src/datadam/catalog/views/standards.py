"""The glossary's page, and how far datasets keep to it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datadam.catalog import policies, selectors, sheets
from datadam.catalog.selectors import conformance
from datadam.catalog.selectors import glossary as kept
from datadam.catalog.services import glossary as services
from datadam.catalog.services import recipes as correcting
from datadam.catalog.standards import words
from datadam.catalog.standards.entries import LISTS, TERMS
from datadam.core import selectors as core
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, NotFound
from datadam.web.paging import number, paging
from datadam.web.text import Text

IMPORTED = Text("공통표준용어를 넣었습니다.", "The standard terms were imported.")
NO_FILE = Text("파일을 고르십시오.", "Choose a file.")
NEXT = Text(
    "정제법에 적었습니다. 공개한 데이터는 그대로이고, 다음 판부터 이 이름으로 나갑니다.",
    "Written into the recipe. What is published stays; the next release carries these names.",
)
DECLINED = Text("이 열에는 다시 제안하지 않습니다.", "It is not proposed for this column again.")
AGAIN = Text("다시 살핍니다.", "It is looked at again.")
SHOWN_PROBLEMS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def glossary(request: HttpRequest) -> HttpResponse:
    """Searching the lists; for officers also importing them."""
    actor = actor_of(request)
    error, files = None, request.FILES.getlist("file")
    if request.method == "POST":
        policies.may_keep_glossary(actor).require()
        try:
            if not files:
                raise services.Invalid(NO_FILE)
            with stored(files) as given:
                services.import_lists(actor=actor, given=given, replace=bool(request.POST.get("replace")))  # type: ignore[arg-type]
            messages.success(request, str(IMPORTED))
            return redirect("glossary")
        except services.Invalid as refusal:
            error = refusal.message
    kind = request.GET.get("list", TERMS)
    kind = kind if kind in LISTS else TERMS
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    pages = Paginator(kept.find(kind, query), kept.PAGE)
    page = pages.get_page(number(request.GET))
    context = {
        "kind": kind,
        "lists": [(each, words.LISTS[each]) for each in LISTS],
        "query": query,
        "page": page,
        "otherwise": kept.said_otherwise(query) if query else [],
        "paging": paging(request.GET, page=page.number, pages=pages.num_pages),
        "status": kept.status(),
        "may_import": bool(policies.may_keep_glossary(actor)),
        "error": error,
        **_problems(actor),
    }
    return render(request, "catalog/glossary.html", context, status=422 if error else 200)


def _problems(actor: Any) -> dict[str, Any]:
    last = kept.last_import() if policies.may_keep_glossary(actor) else None
    told = [{**each, "words": words.problem(each["code"])} for each in (last.problems if last else [])]
    return {"problems": told[:SHOWN_PROBLEMS], "more_problems": max(0, len(told) - SHOWN_PROBLEMS)}


@contextmanager
def stored(files: list[Any]) -> Iterator[list[tuple[Path, str]]]:
    """Uploaded files on disk as long as they are read."""
    with tempfile.TemporaryDirectory() as folder:
        given = []
        for at, file in enumerate(files):
            path = Path(folder) / f"{at}"
            with path.open("wb") as out:
                for chunk in file.chunks():
                    out.write(chunk)
            given.append((path, file.name or f"{at}"))
        yield given


@login_required
@require_safe
def of_dataset(request: HttpRequest, name: str) -> HttpResponse:
    """Column by column: the term, why, what accepting does."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    made = conformance.of_dataset(dataset)
    if request.GET.get("format") == "csv":
        return csv_file(conformance.CSV, conformance.lines([(dataset, made)]), f"표준용어_{dataset.name}.csv")
    open_ = correcting.open_release(dataset)
    context = {
        "dataset": dataset,
        "made": made,
        "rows": [_row(each) for each in made.found],
        "sure": [each for each in made.found if each.state == "sure"],
        "declined": dataset.declined_matches.select_related("person").order_by("column", "term"),
        "open": open_,
        "glossary": kept.last_import(),
    }
    return render(request, "catalog/standard_dataset.html", context)


def _row(found: Any) -> dict[str, Any]:
    matches = [
        {
            "match": match,
            "reasons": [words.clue(each) for each in match.reasons],
            "conflicts": [words.clue(each) for each in match.conflicts],
            "steps": [_step(step) for step in match.steps],
        }
        for match in found.matches[:3]
    ]
    return {"found": found, "state": words.STATES[found.state], "matches": matches}


def _step(step: dict[str, Any]) -> Text:
    """What accepting does, in words."""
    if step["code"] == "rename":
        return Text("이름을 ‘{to}’(으)로 바꿈", "rename it to “{to}”").format(to=step["to"])
    if step["code"] == "retype":
        type_ = words.TYPES.get(step["type"], Text(step["type"], step["type"]))
        return Text(f"{type_.ko}(으)로 읽음", f"read it as {type_.en}")
    return Text("표준 설명을 붙임", "describe it in the standard's words")


@login_required
@require_POST
def act(request: HttpRequest, name: str, action: str) -> HttpResponse:
    """Accept one match or all sure ones, decline one, or take a decline back."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    column, term = (request.POST.get(key, "") for key in ("column", "term"))
    if action in ("accept", "accept_sure"):
        return _accept(request, actor, dataset, {column: term} if action == "accept" else None)
    if action not in ("decline", "again"):
        raise NotFound(Text("그런 작업은 없습니다.", "There is no such action."))
    service = services.decline if action == "decline" else services.propose_again
    service(actor=actor, dataset=dataset, column=column, term=term)
    messages.success(request, str(DECLINED if action == "decline" else AGAIN))
    return redirect("dataset_standard", name)


def _accept(request: HttpRequest, actor: Any, dataset: Any, chosen: dict[str, str] | None) -> HttpResponse:
    try:
        _, job, _ = services.accept(actor=actor, dataset=dataset, chosen=chosen)
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        messages.warning(request, str(error.message))
        return redirect("dataset_standard", dataset.name)
    open_ = correcting.open_release(dataset) if job is not None else None
    if open_ is not None:
        return redirect(f"{reverse('upload', args=[open_.upload_id])}?job={job.pk}")
    messages.success(request, str(NEXT))
    return redirect("dataset_standard", dataset.name)


@login_required
@require_safe
def of_organisation(request: HttpRequest, name: str) -> HttpResponse:
    """An organisation's datasets."""
    return _report(request, core.organisation(name))


@login_required
@require_safe
def of_city(request: HttpRequest) -> HttpResponse:
    """All datasets of the city."""
    return _report(request, None)


def _report(request: HttpRequest, organisation: Any) -> HttpResponse:
    actor = actor_of(request)
    assert actor is not None
    whole, each_ = conformance.of_many(conformance.within(actor, organisation))
    if request.GET.get("format") == "csv":
        named = organisation.name if organisation else "city"
        return csv_file(conformance.CSV, conformance.lines(each_), f"표준용어_{named}.csv")
    each_.sort(key=lambda pair: (pair[1].by_name, pair[0].title))
    context = {"organisation": organisation, "whole": whole, "datasets": each_, "glossary": kept.last_import()}
    return render(request, "catalog/standard_report.html", context)


def csv_file(header: Any, rows: Any, filename: str) -> HttpResponse:
    """A CSV that a spreadsheet program opens as it should."""
    return attached(sheets.csv_bytes(header, rows), "text/csv; charset=utf-8", filename)


def attached(content: bytes, kind: str, filename: str) -> HttpResponse:
    from django.utils.http import content_disposition_header

    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, filename) or ""
    return response
