"""Where a table lies on a sheet: title lines above it, its header, notes below it, or no table at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from datadam.lake.readers import headings
from datadam.lake.readers.base import Policy, wants
from datadam.lake.readers.values import text_of
from datadam.lake.types import Proposal

Row = Sequence[Any]
Merge = tuple[tuple[int, int], tuple[int, int]]  # inclusive corners, counted from the first row and column handed in

HEADER_SEARCH = 30
SAMPLE = 200
NOTE_SEARCH = 20
LIST_MARKS = ("○", "●", "■", "□", "▶", "◎", "※")
NOTE_MARKS = (
    "※",
    "*",
    "주)",
    "주:",
    "주 :",
    "주1",
    "자료",
    "출처",
    "비고",
    "Source",
    "Note",
    "source",
    "note",
    "[주",
    "<주",
)
NUMBERED = re.compile(r"\s*(?:\d{1,2}|[①-⑳])[.)]?\s+\S")  # `1. 가중처벌되는 경우 포함`


@dataclass
class Layout:
    """`names` is the header as written; the body begins at row `body`. `above` counts rows before the header."""

    names: list[str]
    body: int
    above: dict[str, int]
    proposals: list[Proposal]
    units: dict[int, str] = field(default_factory=dict)  # columns' units from a row under the header
    lines: list[str] = field(default_factory=list)  # the title lines


def literal(rows: Sequence[Row], merges: Sequence[Merge]) -> Layout | None:
    """The sheet as it stands, its first row the header; None when it is a form."""
    return None if _is_form(rows, merges, 1) else Layout(_texts(rows[0]), 1, {}, [])


def detect(rows: Sequence[Row], merges: Sequence[Merge], policy: Policy, first_row: int) -> Layout | None:
    """The layout of a sheet, or None when it is no table. `first_row` is the sheet row number of rows[0]."""
    width = len(rows[0])
    top = _header_row(rows, merges)
    if top is None:
        return _headerless(rows, policy, first_row)
    if not wants(policy, "title_rows"):
        top = 0
    depth = _header_depth(rows, merges, top) if wants(policy, "multi_row_header") else 1
    if _is_form(rows, merges, top + depth) or _is_list(rows[top], width):
        return None
    heading = _heading(rows, merges, top, depth, policy)
    above, proposals = _above(rows, heading.top, first_row)
    if heading.depth > 1:
        evidence = f"{first_row + heading.top}–{first_row + heading.top + heading.depth - 1}"
        proposals.append(Proposal("multi_row_header", evidence, applied=True))
    names, lines = heading.names, [" ".join(filter(None, _texts(row))) for row in rows[: heading.top]]
    if wants(policy, "letter_spaced"):
        names, spaced = headings.collapse(names)
        proposals += spaced
    names = [" ".join(name.split()) for name in names]
    return Layout(names, heading.body, above, proposals, heading.units, lines)


def _heading(rows: Sequence[Row], merges: Sequence[Merge], top: int, depth: int, policy: Policy) -> headings.Heading:
    """The header's names, joined by merges where it has any, else by what its rows say; and its row of units."""
    texts = [_texts(row) for row in rows[: top + depth + headings.DEEPEST + headings.LOOK]]
    deep, units = wants(policy, "multi_row_header"), wants(policy, "unit")
    texts[top] = _texts(_spread(rows, merges, top))
    if depth == 1:
        return headings.read(texts, top, deep=deep, units=units)
    heading = headings.Heading(top, top + depth, _joined_names(rows, merges, top, depth), depth)
    return headings.with_units(heading, texts) if units else heading


def notes_below(rows: Sequence[Row]) -> int:
    """How many of the last rows are notes to the table (and blank rows among them) rather than data."""
    count = 0
    listed = any(NUMBERED.match(str(row[0])) and sum(value != "" for value in row) > 1 for row in rows)
    for back, row in enumerate(reversed(rows[-NOTE_SEARCH:]), 1):
        filled = [value for value in row if value != ""]
        if filled and not _is_note(row, filled, numbered=not listed):
            break
        if filled:
            count = back
    return count


def is_blank(row: Row) -> bool:
    return all(value == "" for value in row)


def _is_note(row: Row, filled: list[Any], *, numbered: bool) -> bool:
    first = filled[0]
    if len(row) < 3 or len(filled) != 1 or not isinstance(first, str):
        return False
    return first.strip().startswith(NOTE_MARKS) or (numbered and row[0] == first and NUMBERED.match(first) is not None)


def _texts(row: Row) -> list[str]:
    return [text_of(value) or "" for value in row]


def _spread(rows: Sequence[Row], merges: Sequence[Merge], index: int) -> list[Any]:
    """One row with each merged cell's value in all the columns that it covers there."""
    row = list(rows[index])
    for (top, left), (bottom, right) in merges:
        if top <= index <= bottom and top < len(rows):
            for column in range(left, min(right + 1, len(row))):
                row[column] = rows[top][left]
    return row


def _header_row(rows: Sequence[Row], merges: Sequence[Merge]) -> int | None:
    width = len(rows[0])
    filled = [sum(value != "" for value in row) for row in rows[:SAMPLE]]
    for index, row in enumerate(rows[:HEADER_SEARCH]):
        below = [count for count in filled[index + 1 :] if count]
        typical = median(below) if below else width
        needed = max(min(2, width), typical / 2)
        if len({text_of(value) for value in row if value != ""}) < min(2, width):
            continue  # one merged title spread over the table's width is no header
        spread = [value for value in _spread(rows, merges, index) if value != ""]
        if len(spread) >= needed and (_reads_as_header(spread) or (index == 0 and _counts_up(spread))):
            return index
    return None


def _reads_as_header(filled: list[Any]) -> bool:
    if _consecutive(filled):
        return True
    labels = sum(isinstance(value, str) and not _is_number(value) for value in filled)
    years = sum(_is_year(value) or isinstance(value, date) for value in filled)
    return labels > 0 and labels + years >= len(filled) / 2


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True


def _is_year(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) == 4 and value.isdecimal() and 1900 <= int(value) <= 2100
    return isinstance(value, float) and value.is_integer() and 1900 <= value <= 2100


def _counts_up(filled: list[Any]) -> bool:
    """Whole numbers in ascending order, as 0, 1, 2 … or years: the only figures that make a header."""
    whole = all(isinstance(value, float) and value.is_integer() for value in filled)
    return whole and len(filled) > 1 and all(after > before for before, after in pairwise(filled))


def _consecutive(filled: list[Any]) -> bool:
    """Whether three or more numbers beside a label count 1, 2, 3 …: they name columns."""
    numbers = [value for value in filled if isinstance(value, float)]
    return len(filled) > len(numbers) >= 3 and all(after - before == 1 for before, after in pairwise(numbers))


def _headerless(rows: Sequence[Row], policy: Policy, first_row: int) -> Layout | None:
    """A sheet of figures without a header row, if its first row is as full as a row of a table."""
    first = [value for value in rows[0] if value != ""]
    if len(first) < max(2, len(rows[0]) / 2):
        return _single_column(rows, first)
    if not wants(policy, "no_header"):
        return literal(rows, [])
    proposal = Proposal("no_header", f"{first_row}: {', '.join(_texts(rows[0]))[:200]}", applied=True)
    return Layout([""] * len(rows[0]), 0, {}, [proposal])


def _single_column(rows: Sequence[Row], first: list[Any]) -> Layout | None:
    return literal(rows, []) if len(rows[0]) == 1 and first else None


def _header_depth(rows: Sequence[Row], merges: Sequence[Merge], top: int) -> int:
    """Rows of a header whose cells are merged downwards, or sideways over a further row of labels."""
    bottom = top
    while bottom - top < 4 and bottom + 1 < len(rows):
        touching = [merge for merge in merges if top <= merge[0][0] <= bottom]
        reaches = any(end_row > bottom and column == end for (_, column), (end_row, end) in touching)
        wide = [merge for merge in touching if merge[1][0] == bottom and merge[1][1] > merge[0][1]]
        if not (reaches or wide) or not _labels_under(_spread(rows, merges, bottom + 1), wide, touching, bottom):
            break
        bottom += 1
    return bottom - top + 1


def _labels_under(row: Row, wide: list[Merge], touching: list[Merge], bottom: int) -> bool:
    """Whether the row under a header row holds labels, not figures."""
    covered = {left for (_, left), (end_row, end) in touching if end_row > bottom and left == end}
    open_cells = [value for column, value in enumerate(row) if column not in covered and value != ""]
    under = [row[column] for (_, left), (_, right) in wide for column in range(left, min(right + 1, len(row)))]
    if under and sum(value != "" for value in under) < 0.8 * len(under):
        return False
    return bool(open_cells) and all(
        (isinstance(value, str | date) and not (isinstance(value, str) and _is_number(value))) or _is_year(value)
        for value in open_cells
    )


def _joined_names(rows: Sequence[Row], merges: Sequence[Merge], top: int, depth: int) -> list[str]:
    stack = [_texts(_spread(rows, merges, index)) for index in range(top, top + depth)]
    if depth == 1:
        return stack[0]
    return [headings.joined(parts) for parts in zip(*stack, strict=True)]


def _is_form(rows: Sequence[Row], merges: Sequence[Merge], body: int) -> bool:
    """A page to fill in: many of its body rows hold cells merged sideways, and not just labels before filled cells."""
    spread_rows = {row for (row, left), (_, right) in merges if row >= body and right > left}
    spread_rows -= {row for (row, left), (_, right) in merges if right > left and labels_figures(rows, row, right)}
    return len(spread_rows) >= 3 and len(spread_rows) > 0.2 * max(len(rows) - body, 1)


def labels_figures(rows: Sequence[Row], row: int, right: int) -> bool:
    """Whether the cells behind one that is merged sideways are figures, nearly all of them, as in a row of a table."""
    behind = rows[row][right + 1 :] if row < len(rows) else []
    figures = sum(isinstance(value, int | float) or (isinstance(value, str) and _is_number(value)) for value in behind)
    return len(behind) > 1 and figures >= 0.8 * len(behind)


def _is_list(header: Row, width: int) -> bool:
    """A sheet of remarks (KOSIS's 메타정보): a bullet where a column name should be."""
    first = header[0]
    return width <= 2 and isinstance(first, str) and first.strip().startswith(LIST_MARKS)


def _above(rows: Sequence[Row], top: int, first_row: int) -> tuple[dict[str, int], list[Proposal]]:
    titles = [(first_row + index, row) for index, row in enumerate(rows[:top]) if not is_blank(row)]
    blank = top - len(titles)
    counts = {code: count for code, count in (("title_row", len(titles)), ("blank_row", blank)) if count}
    if not titles:
        return counts, []
    lines = (f"{line}: {' '.join(text for text in _texts(row) if text)[:100]}" for line, row in titles[:3])
    return counts, [Proposal("title_rows", " · ".join(lines), applied=True)]
