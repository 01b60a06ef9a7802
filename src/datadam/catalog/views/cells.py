"""What a treatment of small cells would do to a held release: its cost, and the first rows before and after."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datadam.catalog import policies, selectors
from datadam.catalog.services import cells
from datadam.core.context import actor_of
from datadam.lake import hiding


@never_cache
@login_required
@require_safe
def tried(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One option tried on the sealed file; nothing of it is kept."""
    actor = actor_of(request)
    assert actor is not None
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    policies.may_edit(actor, release.dataset).require()
    key = request.GET.get("option", "suppress")
    seen = cells.preview(actor=actor, release=release, key=key)
    grids = [hiding.grid(seen.columns, [side[at] for side in seen.rows if side[at]]) for at in (0, 1)]
    before = grids[0] or [[]] * len(grids[1])
    pairs = [_marked(a, b) for a, b in zip(before, grids[1], strict=True)]
    context = {"release": release, "dataset": release.dataset, "seen": seen, "key": key, "pairs": pairs}
    options = [option for offer in cells.offers(release) for option in offer.options if option.preview]
    return render(request, "catalog/cells.html", {**context, "options": options})


def _marked(before: list[object], after: list[object]) -> list[dict[str, object]]:
    """Cells of a row with what they were where that changes."""
    if not before:
        return [{"now": now, "was": None} for now in after]
    return [{"now": now, "was": was if was != now else None} for was, now in zip(before, after, strict=True)]
