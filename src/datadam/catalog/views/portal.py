"""The national portal's pages: what its registration lacks, and its list beside ours."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datadam.catalog import policies, selectors, sheets
from datadam.catalog.portal.pairing import DIFFERENCES
from datadam.catalog.selectors import portal as kept
from datadam.catalog.services import portal as services
from datadam.catalog.views.standards import NO_FILE, attached, csv_file, stored
from datadam.core import selectors as core
from datadam.core.context import actor_of
from datadam.core.errors import Invalid, NotFound
from datadam.web.paging import number, paging
from datadam.web.text import Text

IMPORTED = Text("{read}행 가운데 우리 기관의 {kept}행을 넣었습니다.", "Of {read} rows, {kept} of ours were imported.")
SAID = Text("기억해 두었습니다.", "It is remembered.")
LISTS = {
    "both": Text("양쪽", "In both"),
    "there": Text("포털에만", "There only"),
    "here": Text("여기에만", "Here only"),
}
PAGE = 50


@login_required
@require_safe
def of_dataset(request: HttpRequest, name: str) -> HttpResponse:
    """What the portal asks of this dataset, what we have, what is missing and where to fill it in."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    made = kept.registered(dataset)
    asked = request.GET.get("format", "")
    if asked:
        return exported(asked, [made], dataset.name)
    return render(request, "catalog/portal_dataset.html", {**made, "heads": kept.registration.COLUMN_WORDS})


@login_required
@require_safe
def of_organisation(request: HttpRequest, name: str) -> HttpResponse:
    """All datasets of an organisation with what each lacks."""
    actor = actor_of(request)
    assert actor is not None
    organisation = core.organisation(name)
    made = kept.registrations(actor, organisation)
    asked = request.GET.get("format", "")
    if asked:
        return exported(asked, made, organisation.name)
    context = {"organisation": organisation, "made": made, "ready": sum(each["ready"] for each in made)}
    return render(request, "catalog/portal_organisation.html", context)


def exported(asked: str, made: list[dict[str, Any]], name: str) -> HttpResponse:
    """The registrations as a file: xlsx (all sheets), csv (datasets), columns (CSV of columns), json."""
    filename = f"공공데이터포털_등록_{name}"
    tables = kept.tables(made)
    if asked == "xlsx":
        return attached(sheets.workbook(tables), sheets.XLSX, f"{filename}.xlsx")
    if asked in ("csv", "columns"):
        _, header, rows = tables[asked == "columns"]
        return csv_file(header, rows, f"{filename}{'_컬럼' if asked == 'columns' else ''}.csv")
    if asked == "json":
        text = json.dumps([kept.as_data(each) for each in made], ensure_ascii=False, indent=1)
        return attached(text.encode(), "application/json", f"{filename}.json")
    raise NotFound(Text("그런 형식은 없습니다.", "There is no such format."), format=asked[:20])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest) -> HttpResponse:
    """The three lists; POST imports the portal's list."""
    actor = actor_of(request)
    assert actor is not None
    policies.may_see_city_reports(actor).require()
    error = _import(request, actor) if request.method == "POST" else None
    if request.method == "POST" and error is None:
        return redirect("portal")
    made = kept.comparison(actor)
    if request.GET.get("format") == "csv":
        return csv_file(kept.CSV, kept.lines(made), "공공데이터포털_대조.csv")
    which = request.GET.get("list", "both")
    which = which if which in LISTS else "both"
    listed = getattr(made, which)
    pages = max(1, -(-len(listed) // PAGE))
    page = min(number(request.GET), pages)
    context = {
        "last": kept.last_import(),
        "lists": [(name, label, len(getattr(made, name))) for name, label in LISTS.items()],
        "which": which,
        "listed": [_pair(each) if which == "both" else each for each in listed[(page - 1) * PAGE : page * PAGE]],
        "paging": paging(request.GET, page=page, pages=pages),
        "error": error,
    }
    return render(request, "catalog/portal.html", context, status=422 if error else 200)


def _pair(pair: Any) -> dict[str, Any]:
    differences = [(DIFFERENCES[name], there, here) for name, there, here in pair.differences]
    return {"pair": pair, "differences": differences}


def _import(request: HttpRequest, actor: Any) -> Text | None:
    """Take the uploaded list in; the reason when it cannot be."""
    files = request.FILES.getlist("file")[:1]
    try:
        if not files:
            raise Invalid(NO_FILE)
        with stored(files) as given:
            path, filename = given[0]
            provider = request.POST.get("provider", "").replace("\0", "")
            made = services.import_list(actor=actor, path=path, filename=filename, provider=provider)
    except Invalid as refusal:
        return refusal.message
    messages.success(request, str(IMPORTED.format(read=f"{made.read:,}", kept=f"{made.kept:,}")))
    return None


@login_required
@require_POST
def pair(request: HttpRequest, name: str) -> HttpResponse:
    """Whether an entry of the portal is this dataset."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    said = {"yes": True, "no": False}.get(request.POST.get("same", ""))
    services.pair(actor=actor, key=request.POST.get("key", "").replace("\0", ""), dataset=dataset, same=said)
    messages.success(request, str(SAID))
    if policies.may_see_city_reports(actor):
        return redirect("portal")
    return redirect("dataset_portal", name)
