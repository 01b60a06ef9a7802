"""Every page of the URL map keeps what the content policy promises: no inline script, style or handler."""

import re
from html.parser import HTMLParser

import pytest

from datadam.catalog.handing_out import SAFE
from datadam.core.middleware import CONTENT_SECURITY
from tests.test_url_roles import cast, nobody, places  # noqa: F401
from tests.url_roles import address, finish, rooms, rows


class Inline(HTMLParser):
    """Collects what a strict policy would refuse, and counts headings."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self.headings, self.language, self.in_script = [], 0, "", False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.headings += tag == "h1"
        self.language = given.get("lang", "") if tag == "html" else self.language
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or re.match(r"on[a-z]+$|hx-on", name)]
        data = (given.get("type") or "").endswith("json")
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.found.append(f"<{tag}>")
        for name in ("src", "href", "action"):
            if re.match(r"\s*(javascript:|https?://|//)", given.get(name) or "") and tag != "a":
                self.found.append(f"<{tag} {name}={given[name]}>")


@pytest.mark.django_db
@pytest.mark.parametrize(("room", "at"), places(), ids=lambda part: part or "anywhere")
def test_every_page_keeps_the_policy(room, at, cast, client_of):  # noqa: F811
    place = rooms()[room].PLACES[at](cast) if at else {}
    wrong, seen = [], 0
    for row, _ in rows():
        if (row.room, row.at, row.method) != (room, at, "GET"):
            continue
        for person in ("nobody", "provider", "operator"):
            for language in ("ko", "en"):
                client = client_of(getattr(cast, person))
                client.cookies["datadam_language"] = language
                answer = client.get(address(row, place))
                html = answer.headers.get("Content-Type", "").startswith("text/html")
                policy = answer.headers["Content-Security-Policy"]
                if policy != CONTENT_SECURITY and (html or policy != SAFE["Content-Security-Policy"]):
                    wrong.append(f"{row.what}: another policy")
                fragment = answer.status_code == 302 or not html
                if fragment or not answer.content.strip().startswith(b"<!doctype html>"):
                    finish(answer)
                    continue
                page = Inline()
                page.feed(answer.content.decode())
                seen += 1
                wrong += [f"{row.what} as {person}: {found}" for found in page.found]
                if (page.headings, page.language) != (1, language):
                    wrong.append(f"{row.what} as {person}: {page.headings} h1, lang {page.language}, not {language}")
    assert wrong == [], "\n".join(wrong)
    assert seen or at in ("", "firm", "coming")  # places without a page
