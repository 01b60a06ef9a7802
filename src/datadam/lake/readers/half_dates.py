"""Days, months and years of which only the first is written in full: `2021.05.03`, `04`, `05`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.inference import PERIOD_NAME
from datadam.lake.readers.base import Block
from datadam.lake.readers.sample import texts_of
from datadam.lake.readers.wording import is_total

Parts = tuple[int, ...]  # year, month, day, as many as are written

_Y, _N = r"((?:19|20)\d{2})", r"(\d{1,2})"
# kind → how many parts a full one has, patterns of full ones, patterns of shortened ones (one group a part)
WRITTEN: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    "day": (
        3,
        (rf"{_Y}[-./]\s?{_N}[-./]\s?{_N}\.?", rf"{_Y}년\s?{_N}월\s?{_N}일"),
        (rf"{_N}[-./]\s?{_N}\.?", rf"{_N}월\s?{_N}일", rf"{_N}[.일]?"),
    ),
    "month": (2, (rf"{_Y}년\s?{_N}월", rf"{_Y}[-./]\s?{_N}\.?"), (rf"{_N}월", rf"{_N}\.?")),
    "year": (1, (rf"{_Y}년?",), (r"['’]?(\d{2})년?",)),
}

YEARS = re.compile(r"(?:연도|년도|년|year)\s*(?:\([^)]*\))?$", re.IGNORECASE)  # names of columns of years
WHOLE = r"^\s*(?:(?:19|20)\d{2}|$)"  # no shortened date begins so
ISO = re.compile(r"\d{4}(?:-\d{2}){0,2}")


@dataclass(frozen=True)
class Halves:
    """A column whose dates are shortened: `sure` when what they become is valid and never goes back."""

    column: int
    kind: str
    evidence: str
    sure: bool


def find(cells: pa.RecordBatch, names: list[str], *, complete: bool) -> list[Halves]:
    """The columns that begin with a full date and go on with shortened ones and nothing else but names of totals.

    Sure only where the cells are `complete`, the whole table: a month that begins unmarked later would be read askew.
    """
    found = (
        _halves(at, names[at], texts_of(column)) for at, column in enumerate(cells.columns) if _may(column, names[at])
    )
    return [replace(each, sure=each.sure and complete) for each in found if each]


def _speaks(name: str) -> bool:
    return re.search(rf"{PERIOD_NAME}|년|연도|year", name, re.IGNORECASE) is not None


def _may(column: pa.Array, name: str) -> bool:
    if pa.types.is_string(column.type):
        first = next((text for value in column[:20] if (text := (value.as_py() or "").strip())), "")
        return re.match(_Y, first) is not None and not pc.all(pc.match_substring_regex(column, WHOLE)).as_py()
    return pa.types.is_integer(column.type) and _speaks(name) and (pc.min(column).as_py() or 0) < 100


def _halves(column: int, name: str, texts: list[str]) -> Halves | None:
    present = [text for text in texts if text and not is_total(text)]
    for kind in WRITTEN:
        if (kind == "month" and not _speaks(name)) or (kind == "year" and not YEARS.search(name)):
            continue
        parts = [_parts(text, kind) for text in present]
        length = WRITTEN[kind][0]
        if not present or not all(parts) or len(parts[0]) != length:
            continue
        shortened = _shortened(present, kind)
        if not shortened:
            continue
        made = in_full(present, kind)
        valid = all(ISO.fullmatch(text) for text in made)
        at = present.index(shortened[0])
        return Halves(
            column,
            kind,
            f"{shortened[0]} → {made[at]} ({len(shortened)})",
            valid and made == sorted(made) and _counts(made, shortened, kind),
        )
    return None


def _counts(made: list[str], shortened: list[str], kind: str) -> bool:
    """Whether bare figures may be years: each is the next one. Others carry a sign of what they are."""
    if kind != "year" or not any(text.isdecimal() for text in shortened):
        return True
    return all(int(after) - int(before) in (0, 1) for before, after in pairwise(made))


def _parts(text: str, kind: str) -> Parts:
    """The numbers of a full or shortened date; empty when it is neither."""
    _, full, short = WRITTEN[kind]
    found = next((match for pattern in (*full, *short) if (match := re.fullmatch(pattern, text))), None)
    return tuple(map(int, found.groups())) if found else ()


def _shortened(texts: list[str], kind: str) -> list[str]:
    full = WRITTEN[kind][1]
    return [text for text in texts if not any(re.fullmatch(pattern, text) for pattern in full)]


def in_full(texts: list[str], kind: str) -> list[str]:
    """Every text in full, ISO form; blanks and what makes no date stay as they are."""
    made, _ = _completed(texts, kind, None)
    return made


def _completed(texts: list[str], kind: str, last: Parts | None) -> tuple[list[str], Parts | None]:
    made = []
    for text in texts:
        whole = _whole(text, kind, last) if text else None
        last = whole or last
        made.append("-".join(f"{part:02d}" for part in whole) if whole else text)
    return made, last


def _whole(text: str, kind: str, last: Parts | None) -> Parts | None:
    parts, length = _parts(text, kind), WRITTEN[kind][0]
    if kind == "year" and parts and parts[0] < 100:
        return last and (last[0] // 100 * 100 + parts[0] + 100 * (parts[0] < last[0] % 100),)
    if not parts or (len(parts) < length and last is None):
        return None
    whole = parts if len(parts) == length or last is None else (*last[: length - len(parts)], *parts)
    try:
        date(*(*whole, 1, 1)[:3])
    except ValueError:
        return None
    return whole


def complete(blocks: Iterator[Block], columns: dict[int, str]) -> Iterator[Block]:
    """Blocks in order, their shortened dates in full; in these columns."""
    last: dict[int, Parts | None] = dict.fromkeys(columns)
    for block in blocks:
        cells = block.cells
        for column, kind in columns.items():
            made, last[column] = _completed(texts_of(cells.column(column)), kind, last[column])
            cells = cells.set_column(
                column, cells.schema.field(column).name, pa.array([text or None for text in made], pa.string())
            )
        yield replace(block, cells=cells)
