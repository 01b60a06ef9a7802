"""Facets, chips and sorts of the dataset list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from datadam.web.paging import query
from datadam.web.text import Text

FACETS: dict[str, Text] = {
    "theme": Text("주제", "Theme"),
    "organisation": Text("기관", "Organisation"),
    "licence": Text("이용 조건", "Licence"),
    "frequency": Text("갱신 주기", "Frequency"),
    "state": Text("상태", "State"),
}
SORTS: dict[str, Text] = {
    "updated": Text("최근 변경순", "Last changed"),
    "new": Text("최근 공개순", "Last published"),
    "title": Text("제목순", "Title"),
}
SHOWN = 12


@dataclass(frozen=True)
class Asked:
    """What the reader asked the list for."""

    query: str
    chosen: dict[str, str]
    sort: str

    @classmethod
    def of(cls, params: QueryDict) -> "Asked":
        sort = params.get("sort", "")
        chosen = {name: params.get(name, "")[:100] for name in FACETS}
        return cls(params.get("q", "").strip()[:200], chosen, sort if sort in SORTS else "updated")

    @property
    def narrowed(self) -> bool:
        return bool(self.query or any(self.chosen.values()))


@dataclass(frozen=True)
class Value:
    label: Any
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Group:
    """One facet. `open` on the page when it is in use or comes first."""

    name: str
    label: Text
    values: list[Value]
    open: bool


def groups(asked: Asked, facets: Mapping[str, Iterable[Any]], params: QueryDict) -> list[Group]:
    """Facets with links that set or unset a value; one without values is left out."""
    made = []
    for name, label in FACETS.items():
        values = [
            Value(
                facet.label,
                facet.count,
                query(params, page=None, **{name: None if asked.chosen[name] == facet.value else facet.value}),
                asked.chosen[name] == facet.value,
            )
            for facet in facets.get(name, [])
        ]
        shown = [value for at, value in enumerate(values) if at < SHOWN or value.chosen]
        if shown:
            made.append(Group(name, label, shown, open=name in ("theme", "organisation") or bool(asked.chosen[name])))
    return made


def chips(asked: Asked, made: Iterable[Group], params: QueryDict) -> list[dict[str, Any]]:
    """One for the words and one for each chosen facet, each with the link that removes it."""
    found: list[dict[str, Any]] = []
    if asked.query:
        found.append({"label": f"“{asked.query}”", "href": query(params, page=None, q=None)})
    labels = {group.name: value.label for group in made for value in group.values if value.chosen}
    for name, value in asked.chosen.items():
        if value:
            label = f"{FACETS[name]}: {labels.get(name, value)}"
            found.append({"label": label, "href": query(params, page=None, **{name: None})})
    return found


def kept(params: QueryDict, *without: str) -> list[tuple[str, str]]:
    """The other parameters as hidden fields of a form."""
    return [(name, str(value)) for name, value in params.items() if value and name not in (*without, "page")]
