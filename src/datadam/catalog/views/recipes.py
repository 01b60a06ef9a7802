"""A dataset's recipe: its text, its versions and what they changed, and the form that corrects columns."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from datadam.catalog import policies, recipe_text, selectors, words
from datadam.catalog.services import recipes as services
from datadam.catalog.views import drawn
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, Invalid
from datadam.core.public import Actor
from datadam.web.paging import whole
from datadam.web.text import Text

WRITTEN = Text("정제법을 저장했습니다. 다음 파일부터 씁니다.", "The recipe was saved; the next file is read by it.")
SAME = Text("바뀐 것이 없습니다.", "Nothing changed.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recipe(request: HttpRequest, name: str) -> HttpResponse:
    """The current text with its versions; POST writes the next version."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    if request.method != "POST":
        return _page(request, dataset)
    text = request.POST.get("text", "")
    try:
        made = services.set_recipe(actor=actor, dataset=dataset, steps=recipe_text.parsed(text))
    except Invalid as error:
        return _page(request, dataset, text=text, error=error.message)
    return _written(request, dataset, *made)


@login_required
@require_POST
def go_back(request: HttpRequest, name: str, version: int) -> HttpResponse:
    """An earlier version becomes the newest."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    return _written(request, dataset, *services.go_back(actor=actor, dataset=dataset, version=version))


def _written(request: HttpRequest, dataset: Any, recipe: Any, job: Any) -> HttpResponse:
    """To the upload that is read again, or back to the recipe."""
    release = services.open_release(dataset) if job is not None else None
    if release is not None:
        return redirect(f"{reverse('upload', args=[release.upload_id])}?job={job.pk}")
    newest = dataset.recipes.order_by("-version").first()
    messages.success(request, str(WRITTEN if newest and newest.pk == recipe.pk else SAME))
    return redirect("dataset_recipe", dataset.name)


def _page(request: HttpRequest, dataset: Any, *, text: str | None = None, error: Text | None = None) -> HttpResponse:
    versions = list(dataset.recipes.select_related("created_by").order_by("-version"))
    steps = versions[0].steps if versions else []
    shown = _compared(request, versions)
    context = {
        "dataset": dataset,
        "versions": versions,
        "current": versions[0] if versions else None,
        "text": recipe_text.printed(steps) if text is None else text,
        "error": error,
        "open": services.open_release(dataset),
        **shown,
    }
    return render(request, "catalog/recipe.html", context, status=422 if error else 200)


def _compared(request: HttpRequest, versions: list[Any]) -> dict[str, Any]:
    """The two versions asked for, or the newest and the one before."""
    by_number = {each.version: each for each in versions}
    newest = versions[0].version if versions else 0
    new = by_number.get(whole(request.GET.get("to", "")) or newest)
    old = by_number.get(whole(request.GET.get("from", "")) or (new.version - 1 if new else 0))
    if new is None or old is None:
        return {}
    return {"old": old, "new": new, "lines": recipe_text.compared(old.steps, new.steps)}


def rows(release: Any, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The correction form: one row for every column of the file, filled with what is in force."""
    by = {(step["code"], step.get("column")): step for step in steps if step["code"] in recipe_text.HEADS}
    loaded = {column["source"] or column["name"]: column for column in release.columns}
    header = release.report.get("header") or list(loaded)
    made = []
    for index, source in enumerate(header):
        column, described = loaded.get(source), by.get(("describe", source), {})
        made.append(
            {
                "index": index,
                "source": source,
                "name": by.get(("rename", source), {}).get("to", source),
                "type": by.get(("retype", source), {}).get("type", ""),
                "read_as": words.type_words(column["type"]) if column else None,
                "drop": ("drop", source) in by,
                "missing": ", ".join(by.get(("missing", source), {}).get("tokens", [])),
                "text": described.get("text", ""),
                "unit": described.get("unit", ""),
            }
        )
    return made


def types() -> list[tuple[str, Text]]:
    return [(code, words.type_words(code)) for code in recipe_text.TYPES]


def asked(post: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """(corrections, the columns they are about) that the form asks for."""
    made: list[dict[str, Any]] = []
    columns = []
    for index in range(len(post.getlist("column"))):
        source = post.getlist("column")[index]
        columns.append(source)

        def given(field: str, index: int = index) -> str:
            return str(post.get(f"{field}-{index}", "")).strip()

        facts: list[dict[str, Any]] = []
        if post.get(f"drop-{index}"):
            facts.append({"code": "drop"})
        if given("name") and given("name") != source:
            facts.append({"code": "rename", "to": given("name")})
        if given("type"):
            facts.append({"code": "retype", "type": given("type")})
        tokens = [token.strip() for token in given("missing").split(",") if token.strip()]
        if tokens:
            facts.append({"code": "missing", "tokens": tokens})
        if given("text") or given("unit"):
            unit = {"unit": given("unit")} if given("unit") else {}
            facts.append({"code": "describe", "text": given("text"), **unit})
        made += [{**fact, "column": source, "applied": True} for fact in facts]
    return made, columns


def correct(request: HttpRequest, actor: Actor, release: Any) -> HttpResponse:
    """The form's POST: a look at what would become of the first rows, or the correction itself."""
    corrections, columns = asked(request.POST)
    error: DomainError | None = None
    if request.POST.get("then") != "preview":
        try:
            made = services.correct(actor=actor, release=release, corrections=corrections, columns=columns)
            return _written(request, release.dataset, *made)
        except Invalid as refusal:
            error = refusal
    return _preview(request, actor, release, corrections, columns, error)


def _preview(
    request: HttpRequest, actor: Actor, release: Any, corrections: Any, columns: list[str], error: DomainError | None
) -> HttpResponse:
    from datadam.catalog import recipes

    now = recipes.current(release.dataset)
    before = list(now.steps) if now else []
    steps, sides = corrections, []
    try:
        steps = recipes.corrected(before, corrections, columns)
        for label, each in ((Text("지금", "Now"), before), (Text("고치면", "Corrected"), steps)):
            sides.append(_side(label, services.try_out(actor=actor, release=release, steps=each)))
    except Invalid as refusal:
        error = error or refusal
    context = {
        "dataset": release.dataset,
        "release": release,
        "sides": sides,
        "error": error.message if error else None,
        "lines": recipe_text.compared(before, steps) if sides else [],
        "correct": rows(release, steps),
        "types": types(),
        "correct_href": reverse("release_act", args=[release.dataset.name, release.number, "correct"]),
    }
    return render(request, "catalog/correct.html", context, status=422 if error else 200)


def _side(label: Text, tried: Any) -> dict[str, Any]:
    columns = [{"name": c.name, "type": c.type} for c in tried.columns]
    shown = [{**c, "number": c["type"] in drawn.NUMERIC} for c in columns]
    rows_ = drawn.table(columns, tried.rows)
    return {"label": label, "columns": shown, "rows": rows_, "failed": sorted(tried.failed.items())}
