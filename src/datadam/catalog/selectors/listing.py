"""Lists of datasets with counts beside every filter, in two queries however many datasets there are.

One GROUP BY over all five filters together gives, summed in Python, the count of every choice under the other
filters; one page of rows and one query for its latest releases complete the list.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from datadam.catalog import policies
from datadam.catalog.licences import LICENCES
from datadam.catalog.models import Dataset, Release
from datadam.catalog.selectors.glossary import synonyms
from datadam.catalog.vocabulary import FREQUENCIES, STATES, THEMES
from datadam.core import selectors as core
from datadam.core.public import Actor, Organisation
from datadam.web.text import Text

PAGE = 20
SYNONYMS = 4  # of a word, searched besides it
LONGEST = 200  # characters of a search; SQLite refuses patterns above 50,000
SORTS = {
    "updated": ("-updated_at", "-id"),
    "title": ("title", "id"),
    "new": ("-published_at", "-id"),
}
FILTERS = ("theme", "organisation", "licence", "frequency", "state")
COLUMNS = {name: "organisation__name" if name == "organisation" else name for name in FILTERS}
HEAVY = ("profile", "report", "changes")


@dataclass(frozen=True)
class Facet:
    """A choice of a filter: its value, words, how many datasets it would leave, and whether it is chosen."""

    value: str
    label: Text
    count: int
    chosen: bool = False


@dataclass
class Listing:
    """A page of datasets; each has `latest`, the newest release its reader may see, or None."""

    datasets: list[Dataset]
    total: int
    page: int
    pages: int
    facets: dict[str, list[Facet]] = field(default_factory=dict)


def visible(actor: Actor | None) -> QuerySet[Dataset]:
    """What the actor may know of; destroyed datasets are in no list."""
    rows = Dataset.objects.exclude(state=Dataset.State.DESTROYED)
    if policies.of_city(actor):
        return rows
    public = Q(state=Dataset.State.PUBLISHED)
    roles = policies.memberships(actor)
    if not roles:
        return Dataset.objects.filter(public)
    stewarded = [pk for pk, role in roles.items() if role in policies.STEWARDS]
    own = Q(organisation__in=stewarded) | Q(organisation__in=list(roles), state=Dataset.State.WITHDRAWN)
    return rows.filter(public | own)


def search(rows: QuerySet[Dataset], query: str) -> QuerySet[Dataset]:
    """Datasets in which every word of the query, or a synonym, stands in the title, description or keywords."""
    words = query[:LONGEST].split()[:8]
    if words:
        rows = rows.annotate(keyword_text=Cast("keywords", TextField()))
    for word in words:
        rows = rows.filter(reduce(or_, map(_stands, [word, *synonyms(word)[:SYNONYMS]])))
    return rows


def _stands(word: str) -> Q:
    escaped = json.dumps(word)[1:-1]  # SQLite keeps JSON with escapes
    return (
        Q(title__icontains=word)
        | Q(description__icontains=word)
        | Q(keyword_text__icontains=word)
        | Q(keyword_text__icontains=escaped)
        | Q(name__icontains=word)
    )


def listing(
    actor: Actor | None,
    *,
    query: str = "",
    theme: str = "",
    organisation: str = "",
    licence: str = "",
    frequency: str = "",
    state: str = "",
    sort: str = "updated",
    page: int = 1,
    size: int = PAGE,
) -> Listing:
    """One page of what the actor may see, filtered and sorted, with the counts of every filter's choices."""
    chosen = {
        "theme": theme, "organisation": organisation, "licence": licence, "frequency": frequency, "state": state,
    }  # fmt: skip
    rows = search(visible(actor), query)
    groups = _groups(rows)
    total = sum(count for values, count in groups if _fits(values, chosen))
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    found = rows.filter(**{COLUMNS[name]: value for name, value in chosen.items() if value})
    found = found.order_by(*SORTS.get(sort, SORTS["updated"])).select_related("organisation")
    datasets = list(found[(page - 1) * size : page * size]) if total else []
    attach_latest(actor, datasets)
    return Listing(datasets, total, page, pages, _facets(groups, chosen))


Group = tuple[dict[str, str], int]


def _groups(rows: QuerySet[Dataset]) -> list[Group]:
    columns = [COLUMNS[name] if name != "organisation" else "organisation_id" for name in FILTERS]
    counted = rows.order_by().values_list(*columns).annotate(n=Count("pk"))
    names = {pk: name for pk, name in core.organisations().values_list("pk", "name")}
    found = []
    for *values, count in counted:
        group = dict(zip(FILTERS, values, strict=True))
        found.append(({**group, "organisation": names[group["organisation"]]}, count))
    return found


def _fits(values: dict[str, str], chosen: dict[str, str], besides: str = "") -> bool:
    return all(not value or name == besides or values[name] == value for name, value in chosen.items())


def _facets(groups: list[Group], chosen: dict[str, str]) -> dict[str, list[Facet]]:
    labels = _labels()
    facets: dict[str, list[Facet]] = {}
    for name in FILTERS:
        counts: Counter[str] = Counter()
        for values, count in groups:
            if values[name] and _fits(values, chosen, besides=name):
                counts[values[name]] += count
        facets[name] = [
            Facet(value, labels[name].get(value, Text(value, value)), count, chosen[name] == value)
            for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
    return facets


def _labels() -> dict[str, dict[str, Text]]:
    organisations = core.organisations().values_list("name", "title", "title_en")
    return {
        "theme": {key: theme.label for key, theme in THEMES.items()},
        "organisation": {name: Text(ko, en or ko) for name, ko, en in organisations},
        "licence": {key: licence.title for key, licence in LICENCES.items()},
        "frequency": {key: frequency.label for key, frequency in FREQUENCIES.items()},
        "state": STATES,
    }


def attach_latest(actor: Actor | None, datasets: Iterable[Dataset]) -> None:
    """Give each dataset `latest`: the newest release that the actor may see, without its heavy columns."""
    by_id = {dataset.pk: dataset for dataset in datasets}
    for dataset in by_id.values():
        dataset.latest = None  # type: ignore[attr-defined]
    rows = Release.objects.filter(dataset__in=list(by_id)).defer(*HEAVY).annotate(format=KT("report__format"))
    rows = rows.order_by("dataset_id", "number")
    for release in rows.exclude(state__in=[Release.State.DISCARDED, Release.State.DESTROYED]):
        dataset = by_id[release.dataset_id]
        drafts = dataset.state == Dataset.State.DRAFT and policies.is_insider(actor, dataset)
        if release.state == Release.State.PUBLISHED or drafts:
            release.dataset = dataset
            dataset.latest = release  # type: ignore[attr-defined]


def organisation_page(actor: Actor | None, name: str) -> dict[str, Any]:
    """An organisation with its newest datasets and its figures; NotFound for an unknown one."""
    organisation: Organisation = core.organisation(name)
    rows = visible(actor).filter(organisation=organisation)
    found = list(rows.select_related("organisation").order_by("-updated_at", "-id")[:PAGE])
    attach_latest(actor, found)
    states = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {
        "organisation": organisation,
        "datasets": found,
        "total": sum(states.values()),
        "published": states.get(Dataset.State.PUBLISHED, 0),
        "rows": _rows_held(Q(dataset__organisation=organisation)),
        "role": policies.membership(actor, organisation.pk),
        "may_upload": policies.may_upload(actor, organisation),
        "may_see_history": policies.may_see_organisation_history(actor, organisation),
    }


def _rows_held(scope: Q) -> int:
    held = Release.objects.filter(
        scope, state=Release.State.PUBLISHED, dataset__state=Dataset.State.PUBLISHED
    ).aggregate(n=Sum("rows"))
    return int(held["n"] or 0)


def home_figures() -> dict[str, Any]:
    """The city's figures for the home page: published datasets, organisations, rows, themes, and what is new."""
    published = Dataset.objects.filter(state=Dataset.State.PUBLISHED)
    themes = dict(published.order_by().values_list("theme").annotate(n=Count("pk")))
    newest = list(published.select_related("organisation").order_by("-updated_at", "-id")[:6])
    attach_latest(None, newest)
    return {
        "datasets": sum(themes.values()),
        "organisations": published.order_by().values("organisation").distinct().count(),
        "rows": _rows_held(Q()),
        "themes": [(theme, themes[key]) for key, theme in THEMES.items() if themes.get(key)],
        "newest": newest,
    }
