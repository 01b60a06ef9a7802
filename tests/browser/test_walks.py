"""Each kind of user walks from link to link, in both languages, at a desk and on a phone; axe looks at every page."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve

from datadam.demo.build import WAITING
from tests.browser.conftest import City

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KINDS = ("nobody", "citizen", "consumer", "provider", "officer", "reviewer", "operator")
WIDTHS = {"ko": (1280, 390), "en": (390, 1280)}
EACH = {"dataset": 2}  # pages of one kind that are looked at; of the others one
AXE = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('main *, header *, footer *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, svg'))
    .map(e => e.outerHTML.slice(0, 90)).slice(0, 3)"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => a.href)"
# The program's own words: labels, headings and buttons, without data, titles of datasets and names.
WORDS = """() => [...document.querySelectorAll('h1, h2, legend, label, button, summary, nav a, thead th, dt')]
  .filter(e => !e.closest('[lang=ko], .rows, .facet, .choice, .column, pre') && e.childElementCount === 0)
  .map(e => e.textContent.trim())"""
UNTOLD = re.compile("(?!.*[A-Za-z]{3}).*[가-힣]")  # Hangul and no English word beside it, which a column's name has
OPEN = "() => document.querySelectorAll('main details').forEach(part => { part.open = true; })"


def view_of(path: str) -> str | None:
    """The URL's name; None for what is no page of ours."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return None
    return None if "download" in name or name in ("api:openapi-json", "vega", "robots", "security") else name


def paths(found: list[str], city: City) -> Iterator[str]:
    for link in found:
        parts = urlsplit(link)
        if link.startswith(city.url) and view_of(parts.path) and "format=" not in parts.query:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


class Walk:
    """From the home page on, until no page of a new kind is left."""

    def __init__(self, city: City, kind: str, language: str) -> None:
        self.city, self.language, self.wrong, self.seen = city, language, [], dict[str, int]()
        viewport = {"width": WIDTHS[language][0], "height": 900}
        self.page: Any = city.page(viewport=viewport) if kind == "nobody" else city.login(kind, viewport=viewport)
        self.page.context.add_cookies([{"name": "datadam_language", "value": language, "url": city.url}])
        self.page.on("console", self._heard)
        self.known = set(self._names())

    def _names(self) -> Iterator[str]:
        for dataset in self.city.facts["datasets"]:
            yield dataset["title"]
        yield from (title for title, *_ in WAITING)
        yield "시장 매출"  # what another test sends to the same city
        yield from (user["name"] for user in self.city.facts["users"])
        yield from ("한국어", "신시민")  # who may come in through the demo's providers

    def _heard(self, message: Any) -> None:
        if message.type == "error" or "Content Security" in message.text:
            self.wrong.append(f"{self.page.url}: {message.text}")

    def go(self) -> None:
        waiting = ["/", "/login/", "/no-such-page/"]
        queued = set(waiting)
        while waiting:  # ends: every kind of page is looked at once or twice
            path = waiting.pop(0)
            name = view_of(path.partition("?")[0]) or path
            name += "?" if "?" in path else ""
            if self.seen.get(name, 0) >= EACH.get(name, 1):
                continue
            self.seen[name] = self.seen.get(name, 0) + 1
            for link in paths(self.look(path), self.city):
                if link not in queued:
                    queued.add(link)
                    waiting.append(link)

    def look(self, path: str) -> list[str]:
        """Everything that is asked of one page; gives its links."""
        page = self.page
        page.set_viewport_size({"width": WIDTHS[self.language][0], "height": 900})
        before = len(self.wrong)
        answer = page.goto(path)
        if path == "/no-such-page/":
            del self.wrong[before:]  # the browser itself says that it is not there
        elif answer.status != 200:
            self.wrong.append(f"{path}: {answer.status}")
        self._facts(path)
        page.evaluate(OPEN)
        for index, width in enumerate(WIDTHS[self.language]):
            if index:
                page.set_viewport_size({"width": width, "height": 900})
            self.wrong += [f"{path} at {width}: wide {part}" for part in page.evaluate(WIDE)]
            if "?" not in path:  # else the same page with other rows
                self._axe(f"{path} at {width}")
        links: list[str] = page.evaluate(LINKS)
        return links

    def _facts(self, path: str) -> None:
        page = self.page
        if page.get_attribute("html", "lang") != self.language:
            self.wrong.append(f"{path}: lang is {page.get_attribute('html', 'lang')}")
        if page.locator("h1").count() != 1 or not page.title().partition("·")[0].strip():
            self.wrong.append(f"{path}: {page.locator('h1').count()} h1, title {page.title()!r}")
        if self.language == "en":
            words = [word for word in page.evaluate(WORDS) if UNTOLD.match(word)]
            self.wrong += [f"{path}: not in English: {word[:60]}" for word in words if not self._is_name(word)]

    def _is_name(self, word: str) -> bool:
        return any(name in word or word in name for name in self.known)

    def _axe(self, path: str) -> None:
        found = Axe().run(self.page, options=AXE).response["violations"]
        for violation in found:
            nodes = [f"{node['html'][:120]} ({node['failureSummary'][:160]})" for node in violation["nodes"][:2]]
            self.wrong.append(f"{path}: axe {violation['id']}: {nodes}")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_everybody_can_walk_everywhere(city: City, kind: str, language: str) -> None:
    walk = Walk(city, kind, language)
    walk.go()
    assert {"home", "dataset_list", "dataset", "organisation"} <= walk.seen.keys(), walk.seen
    assert walk.wrong + walk.page.faults == [], "\n".join(dict.fromkeys(walk.wrong + walk.page.faults))
