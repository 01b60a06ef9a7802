"""What a release changed against the one before: a page of its own, or a part of the dataset's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from datadam.catalog import selectors
from datadam.catalog.views import drawn
from datadam.core.context import actor_of
from datadam.web.text import Text

KINDS = {
    "added": (Text("생긴 행", "Rows that are new"), "add"),
    "removed": (Text("사라진 행", "Rows that are gone"), "gone"),
    "changed": (Text("바뀐 행", "Rows that changed"), ""),
}
OF_FILES = {
    "added": Text("생긴 파일", "Files that are new"),
    "removed": Text("사라진 파일", "Files that are gone"),
    "changed": Text("바뀐 파일", "Files that changed"),
}


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def changes(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Counts and a few examples of what came and went."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    release = selectors.release_for(actor, dataset, number)
    found = selectors.changes(actor, dataset, release)
    diff = found.get("diff")
    context = {
        "dataset": dataset,
        "release": release,
        "before": found.get("release"),
        "changes": drawn.changes(found, files=release.is_files),
        "diff": diff,
        "groups": _groups(diff, release.columns, OF_FILES if release.is_files else {}) if diff else [],
    }
    part = request.headers.get("HX-Target") == "changes"
    return render(request, "catalog/_changes.html" if part else "catalog/changes.html", context)


def _groups(diff: dict[str, Any], columns: list[dict[str, Any]], labels: dict[str, Text]) -> list[dict[str, Any]]:
    """The example rows of each kind as a table, columns in the release's order, then those that are gone."""
    made = []
    for kind, (usual, sign) in KINDS.items():
        rows = diff["examples"][kind]
        if kind == "changed":  # a row followed by its key: what it is now
            rows = [{**row["key"], **row["after"]} for row in rows]
        label = labels.get(kind, usual)
        if rows:
            known = [column for column in columns if column["name"] in rows[0]]
            gone = rows[0].keys() - {column["name"] for column in known}
            shown = [*known, *({"name": name, "type": "text"} for name in rows[0] if name in gone)]
            cells = drawn.table(shown, ([row.get(column["name"]) for column in shown] for row in rows))
            made.append({"label": label, "count": diff[f"rows_{kind}"], "kind": sign, "columns": shown, "rows": cells})
    return made
