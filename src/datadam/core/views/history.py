"""Histories: a page of events in plain words, filtered, paged, and as a CSV file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datadam.core import history
from datadam.core.views.asking import signed_in
from datadam.web import formats
from datadam.web.paging import number, paging, query
from datadam.web.text import Text

PAGE = 50
HEAD = (Text("때", "When"), Text("일", "What"), Text("대상", "Of what"), Text("자세히", "Details"), Text("사람", "Who"))


def answer(request: HttpRequest, found: history.History, template: str, context: dict[str, Any]) -> HttpResponseBase:
    """The page, or with `?format=csv` the file, of what the address asks for of a history."""
    asked = history.Asked.of(request.GET)
    rows = found.rows(asked)
    if request.GET.get("format") == "csv":
        return _file(found, rows, str(context.get("filename", "history")))
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    page = min(number(request.GET), pages)
    shown = {
        "lines": found.lines(rows[(page - 1) * PAGE : page * PAGE]),
        "total": total,
        "asked": asked,
        "verbs": found.verbs(),
        "csv": query(request.GET, page=None, format="csv"),
        "paging": paging(request.GET, page=page, pages=pages),
    }
    return render(request, template, {**shown, **context})


def _file(found: history.History, rows: Any, name: str) -> StreamingHttpResponse:
    class Echo:
        def write(self, line: str) -> str:
            return line

    def lines() -> Iterator[str]:
        yield "\ufeff"
        writer = csv.writer(Echo())
        yield writer.writerow([str(word) for word in HEAD])
        for line in found.lines(rows.iterator(500)):
            cells = (formats.moment(line.at), line.what, line.subject, line.detail, line.who)
            yield writer.writerow([formats.inert(str(cell)) for cell in cells])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """What the person did, and what was done to their account."""
    actor = signed_in(request)
    return answer(request, history.of_person(actor), "core/history.html", {"filename": "my-history"})
