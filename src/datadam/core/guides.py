"""The guides of docs/ as pages of the site: Markdown in, safe HTML with a table of contents out."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from datadam.core.errors import NotFound
from datadam.web.text import Text

FOLDERS = ("guide", "handbook")
FIRST = ("citizen", "consumer", "provider", "officer", "reviewer", "operator", "desk")  # the order on the page
NAME = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Guide:
    """One guide in one language. `contents` are (anchor, words) of its sections."""

    name: str
    title: str
    lead: str
    html: SafeString
    contents: tuple[tuple[str, str], ...]


def _roots() -> list[Path]:
    """In an installed package the guides lie inside it; in a checkout they are read from docs/."""
    shipped = settings.PACKAGE / "docs"
    return [shipped] if shipped.is_dir() else [settings.CHECKOUT / "docs"] if settings.CHECKOUT else []


@functools.cache
def _paths() -> dict[str, dict[str, Path]]:
    """Guide → language → file."""
    found: dict[str, dict[str, Path]] = {}
    for root in _roots():
        for folder in FOLDERS:
            for path in sorted((root / folder).glob("*/*.md")):
                found.setdefault(path.stem, {})[path.parent.name] = path
    return found


def names() -> list[str]:
    """The guides there are, those for kinds of users first."""
    return sorted(_paths(), key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))


def guide(name: str, language: str) -> Guide:
    """The guide in that language, or in the other while it has none; NotFound for an unknown one."""
    paths = _paths().get(name) if NAME.fullmatch(name) else None
    if not paths:
        raise NotFound(Text("그런 도움말이 없습니다.", "There is no such guide."))
    return _rendered(name, paths.get(language) or next(iter(paths.values())))


def every(language: str) -> list[Guide]:
    """All guides, for the list."""
    return [guide(name, language) for name in names()]


@functools.lru_cache(maxsize=64)
def _rendered(name: str, path: Path) -> Guide:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    title, lead, contents = name, "", []
    for place, token in enumerate(tokens):
        token.attrs.pop("style", None)  # alignment of cells: no inline style passes the content security policy
        for part in token.children or ():
            _link(part)
        inline = tokens[place + 1].content if place + 1 < len(tokens) else ""
        if token.type == "heading_open" and token.tag == "h1":
            title = inline
        elif token.type == "heading_open" and token.tag == "h2":
            anchor = slugify(inline, allow_unicode=True) or f"part-{place}"
            token.attrs["id"] = anchor
            contents.append((anchor, inline.replace("`", "").replace("*", "")))
        elif token.type == "paragraph_open" and not lead and not contents:
            lead = inline.replace("`", "").replace("*", "")
    body = [t for place, t in enumerate(tokens) if not _is_title(tokens, place)]
    html = parser.renderer.render(body, parser.options, {})
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    return Guide(name, title, lead, mark_safe(html), tuple(contents))  # noqa: S308  raw HTML is off in the parser


def _is_title(tokens: list, place: int) -> bool:
    """Whether the token is part of the first-level heading, which the page prints itself."""
    near = tokens[max(place - 1, 0) : place + 2]
    return tokens[place].tag == "h1" or (tokens[place].type == "inline" and any(t.tag == "h1" for t in near))


def _link(part: object) -> None:
    """Links between guides lead to their pages; links to files that are not on the site become plain words."""
    if getattr(part, "type", "") == "image":
        part.type, part.children = "text", None  # type: ignore[attr-defined]
    if getattr(part, "type", "") != "link_open":
        return
    attrs = part.attrs  # type: ignore[attr-defined]
    target, _, anchor = str(attrs.get("href", "")).partition("#")
    stem = target.rpartition("/")[2].removesuffix(".md")
    if target.endswith(".md") and stem in _paths():
        attrs["href"] = reverse("help_guide", args=[stem]) + (f"#{anchor}" if anchor else "")
    elif target and "://" not in target and not target.startswith(("/", "mailto:")):
        attrs.pop("href")
