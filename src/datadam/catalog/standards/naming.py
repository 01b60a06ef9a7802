"""What a column's name says once its dress is taken off: spaces, case, a unit in brackets, a number at its end."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

BRACKETS = re.compile(r"\s*[(\[〔【]\s*([^()\[\]〔〕【】]{1,20})\s*[)\]〕】]\s*$")
SIGNS = re.compile(r"[\s_\-·ㆍ.,/:]+")
NUMBERED = re.compile(r"^(.*?[^\d])[\s_\-]*(\d{1,2})$")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Name(NamedTuple):
    """`core` is compared; `unit` stood in brackets; `number` stood at the end; `parts` are of an English name."""

    raw: str
    core: str
    unit: str = ""
    number: str = ""
    parts: tuple[str, ...] = ()


@lru_cache(100_000)
def core(text: str) -> str:
    """The name as it is compared."""
    return SIGNS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def taken_apart(raw: str) -> Name:
    """The name of a column in its parts."""
    text = unicodedata.normalize("NFKC", raw).strip()
    unit = BRACKETS.search(text)
    bare = text[: unit.start()] if unit and unit.start() else text
    numbered = NUMBERED.match(bare)
    parts = tuple(part.upper() for part in re.split(r"[\s_\-.]+", CAMEL.sub("_", bare)) if part)
    english = parts if bare.isascii() else ()
    return Name(raw, core(bare), unit[1] if unit and unit.start() else "", numbered[2] if numbered else "", english)
