"""The evidence report as a page and as files."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datadam.catalog import evaluation, policies
from datadam.catalog.evaluation import words
from datadam.core import clock
from datadam.core.context import actor_of
from datadam.web.paging import query

YEARS = 6


@never_cache
@login_required
@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """Of `?year=` and `?organisation=`; with `?format=csv` or `json` the file."""
    actor = actor_of(request)
    assert actor is not None
    asked = {name: request.GET.get(name, "").replace("\0", "")[:100] for name in ("year", "organisation")}
    made = evaluation.report(actor=actor, **asked)
    if request.GET.get("format") in ("csv", "json"):
        return _file(made, request.GET["format"])
    this = clock.today().year
    context = {
        "report": made,
        "years": sorted({made.year, *range(this, this - YEARS, -1)}, reverse=True),
        "organisations": evaluation.choices(actor),
        "of_city": policies.of_city(actor),
        "unverified": words.UNVERIFIED,
        "csv": query(request.GET, format="csv"),
        "json": query(request.GET, format="json"),
    }
    return render(request, "catalog/evidence.html", context)


def _file(made: evaluation.Report, format: str) -> HttpResponse:
    name = f"evidence-{made.year}{'-' + made.organisation.name if made.organisation else ''}.{format}"
    if format == "json":
        response: HttpResponse = JsonResponse(evaluation.as_json(made), json_dumps_params={"ensure_ascii": False})
    else:
        response = HttpResponse(evaluation.as_csv(made), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
