"""Who gets what answer at which URL: the machinery. Each room declares its own in `tests/<room>/url_roles.py`:

    PLACES = {"draft": draft}          # name → function(cast) that makes the thing and gives the URL's arguments
    ROWS = [
        Row("GET home", everyone=200),
        Row("GET dataset_edit", at="draft", nobody="login", everyone=404, insiders=200),
        Row("POST dataset_act action=publish", at="draft", data={}, nobody="login", everyone=404, insiders=302),
        Row("POST api:publish", at="draft", nobody=401, everyone=404, insiders=422),
    ]
    GROUPS = {"insiders": ("provider", "officer", "operator")}     # names of the room's own groups

A row is a method, the URL's name, arguments that differ from the place's (`action=publish`), and the expected status
per person; a later keyword overrides an earlier one, so begin with `everyone`. "login" is a redirect to the sign-in
page. `data` is a form's fields, `json` a program's body, `headers` and `query` are added. `cast` has every person by
name and `firm`, `office`. Each person starts from the same state: what an answer changed is taken back.

A URL of the map without a row fails the test, and so does a row without a URL, an answer that differs, and a method
without a row that is answered with anything but 405. `make docs` writes docs/url-roles.md from the rows.
"""

import importlib
import json as json_module
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from django.core.signals import request_finished
from django.db import close_old_connections
from django.urls import URLPattern, URLResolver, get_resolver, reverse

CAST = ("nobody", "citizen", "consumer", "provider", "stranger", "reviewer", "officer", "operator")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HERE = Path(__file__).parent


@dataclass
class Row:
    """One declared URL and method; see the head of this file."""

    what: str
    expected: dict[str, Any]
    at: str = ""
    data: dict[str, Any] | None = None
    json: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    room: str = ""

    def __init__(self, what: str, *, at: str = "", data=None, json=None, query=None, headers=None, **expected: Any):
        self.what, self.at, self.data, self.json, self.room = what, at, data, json, ""
        self.query, self.headers, self.expected = query or {}, headers or {}, expected

    @property
    def method(self) -> str:
        return self.what.split()[0]

    @property
    def name(self) -> str:
        return self.what.split()[1]

    @property
    def arguments(self) -> dict[str, str]:
        return dict(part.split("=", 1) for part in self.what.split()[2:])

    def answers(self, groups: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        """Person → expected answer."""
        made: dict[str, Any] = {}
        for who, answer in self.expected.items():
            for person in {"everyone": CAST, **groups}.get(who, (who,)):
                made[person] = answer
        if "nobody" in self.expected:
            made["nobody"] = self.expected["nobody"]
        return made


@dataclass(frozen=True)
class Route:
    """An entry of the URL map."""

    name: str
    pattern: str
    arguments: frozenset[str]


def routes() -> list[Route]:
    """Every URL of the map, in its order."""
    return list(_walk(get_resolver(), "", "", frozenset()))


def _walk(resolver: URLResolver, before: str, space: str, known: frozenset[str]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern, arguments = before + str(entry.pattern), known | entry.pattern.converters.keys()
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, pattern, inner, arguments)
        elif isinstance(entry, URLPattern):
            yield Route(f"{space}{entry.name}", "/" + pattern, arguments)


def rooms() -> dict[str, ModuleType]:
    """Room → its declarations."""
    found = sorted(path.parent.name for path in HERE.glob("*/url_roles.py"))
    return {room: importlib.import_module(f"tests.{room}.url_roles") for room in found}


def rows() -> list[tuple[Row, dict[str, tuple[str, ...]]]]:
    """Every row with its room's groups."""
    made = []
    for room, module in rooms().items():
        for row in module.ROWS:
            row.room = room
            made.append((row, getattr(module, "GROUPS", {})))
    return made


def address(row: Row, place: dict[str, Any]) -> str:
    """The URL of the row at a place."""
    wanted = next(route.arguments for route in routes() if route.name == row.name)
    arguments = {key: value for key, value in {**place, **row.arguments}.items() if key in wanted}
    path = reverse(row.name, kwargs=arguments)
    return f"{path}?{urlencode(row.query)}" if row.query else path


def finish(answer: Any) -> None:
    """Close an answer (the file it streams), but not the connection, whose transaction is the test's."""
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)


def ask(client: Any, row: Row, url: str) -> Any:
    """The answer: "login" for the redirect to the sign-in page, else the status."""
    options: dict[str, Any] = {"headers": row.headers}
    if row.json is not None:
        options |= {"data": json_module.dumps(row.json), "content_type": "application/json"}
    elif row.method == "POST":
        options["data"] = row.data or {}
    answer = getattr(client, row.method.lower())(url, **options)
    finish(answer)
    to_login = answer.status_code == 302 and answer.headers["Location"].startswith("/login/?next=")
    return "login" if to_login else answer.status_code


HEAD = """# URLs and roles

Generated by `make docs` from `tests/*/url_roles.py`, which a test holds against the program: every URL of the map,
every method, and what each of the cast is answered. “login” is the way to the sign-in page.

"""


def page() -> str:
    """The table as Markdown."""
    patterns = {route.name: route.pattern for route in routes()}
    parts = [HEAD.rstrip() + "\n"]
    for room in rooms():
        parts.append(f"\n## {room}\n\n| URL | At | {' | '.join(CAST)} |\n|---|---|{'---|' * len(CAST)}\n")
        for row, groups in rows():
            if row.room == room:
                answers = row.answers(groups)
                cells = " | ".join(str(answers.get(person, "")) for person in CAST)
                more = " ".join(row.what.split()[2:])
                parts.append(f"| {row.method} `{patterns[row.name]}` {more} | {row.at} | {cells} |\n")
    return "".join(parts)
