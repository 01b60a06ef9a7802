"""Identifiers masked in any text. `re` alone: logs of a web process go through here."""

import re
import unicodedata
from collections.abc import Callable

_DASH = r"[ \-‐-―−._/~]{0,3}"
_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(rf"(?<!\d)(\d(?: ?\d){{5}})({_DASH})(?:\d ?){{6}}\d(?!\d)"), lambda m: m[1] + (m[2] or "-") + "*" * 7),
    (re.compile(rf"(?<!\d)(01[016789])({_DASH})\d{{3,4}}({_DASH})(\d{{4}})(?!\d)"), lambda m: f"{m[1]}-****-{m[4]}"),
    (re.compile(rf"(?<!\d)(0(?:2|[3-6]\d|70))({_DASH})\d{{3,4}}({_DASH})(\d{{4}})(?!\d)"), lambda m: f"{m[1]}-****-{m[4]}"),
    (re.compile(rf"(?<!\d)(\d{{4}}){_DASH}\d{{4}}{_DASH}\d{{4}}{_DASH}(\d{{4}})(?!\d)"), lambda m: f"{m[1]}-****-****-{m[2]}"),
    (re.compile(r"\b([A-Za-z0-9])[\w.+-]*(?:@|\(at\)|\[at\])([\w-]+(?:\.[\w-]+)+)"), lambda m: f"{m[1]}***@{m[2]}"),
]  # fmt: skip


def masked(text: str) -> str:
    """Every structured identifier in a text masked; the rest of it as it was."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, mask in _RULES:
        text = pattern.sub(mask, text)
    return text


def masked_grid(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Raw cells for a page, each masked."""
    return [[masked(cell) for cell in row] for row in rows]
