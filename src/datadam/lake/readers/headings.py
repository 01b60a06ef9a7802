"""Headers of two or three rows without merged cells, rows of units under a header, units in the lines above.

Texts and sheets alike: a row is a list of texts, "" where the cell is blank.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from datadam.lake.readers.wording import counts_things, is_figure, one_line, unit_cell, unit_in, unit_noted
from datadam.lake.types import Proposal

DEEPEST = 3
LOOK = 50

Texts = Sequence[str]


@dataclass
class Heading:
    """The header's names in rows `top` to `body` - 1, and the units that a row among these gives its columns."""

    top: int
    body: int
    names: list[str]
    depth: int = 1
    units: dict[int, str] = field(default_factory=dict)  # column → unit


def read(rows: Sequence[Texts], top: int, *, deep: bool = True, units: bool = True) -> Heading:
    """The heading around its fullest row `top`. `deep` joins several rows into one; `units` looks for a row of them."""
    first, depth = _block(rows, top) if deep else (top, 1)
    heading = Heading(first, first + depth, _joined(rows[first : first + depth]), depth)
    return with_units(heading, rows) if units else heading


def _block(rows: Sequence[Texts], top: int) -> tuple[int, int]:
    """First row and depth of the deepest header that row `top` belongs to."""
    for depth in range(DEEPEST, 1, -1):
        for first in range(max(0, top - depth + 1), top + 1):
            body = first + depth
            if body <= len(rows) and _stacked(rows[first:body], rows[body : body + LOOK]):
                return first, depth
    return top, 1


def with_units(heading: Heading, rows: Sequence[Texts]) -> Heading:
    """The heading with the row of units that may stand under it."""
    below = heading.body
    if below < len(rows):
        heading.units = _unit_row(rows[below], rows[below + 1 : below + 1 + LOOK])
        heading.body += bool(heading.units)
    return heading


def collapse(names: Sequence[str]) -> tuple[list[str], list[Proposal]]:
    """Names without the blanks between single syllables, and the proposal that says so."""
    made = [one_line(name) for name in names]
    changed = [f"{_shown(old)} → {new}" for old, new in zip(names, made, strict=True) if _shown(old) != new]
    return made, [Proposal("letter_spaced", ", ".join(changed)[:200], applied=True)] if changed else []


def _shown(name: str) -> str:
    return re.sub(r"\s*[\r\n]\s*", " ", name).strip()


def noted_in(lines: Sequence[str]) -> str:
    """The unit, or the units, that the lines above a table name."""
    return next(filter(None, map(unit_noted, lines)), "")


def measures(names: Sequence[str], heading_units: dict[int, str], lines: Sequence[str]) -> dict[str, str]:
    """Column name → unit: from the row of units, from its own name, else the one unit that a line above gives."""
    noted = noted_in(lines)
    if "," in noted or "·" in noted or "、" in noted:
        noted = ""  # several units: whose is which may be known from the table's body
    found: dict[str, str] = {}
    for position, name in enumerate(names):
        unit = heading_units.get(position) or unit_in(name) or (noted if counts_things(name) else "")
        if unit:
            found[name] = unit
    return found


def unit_proposal(found: dict[str, str], lines: Sequence[str], wanted: bool) -> list[Proposal]:
    """What was found about units, one proposal; several units in one line are only told."""
    noted = noted_in(lines)
    own = " · ".join(f"{name}: {unit}" for name, unit in found.items() if unit != noted)
    evidence = " · ".join(filter(None, (noted, own)))[:200]
    return [Proposal("unit", evidence, applied=wanted and bool(found))] if evidence else []


def _figure_columns(body: Sequence[Texts]) -> set[int]:
    """Columns that mostly hold figures."""
    found = set()
    for column in range(max(map(len, body), default=0)):
        cells = [row[column].strip() for row in body if len(row) > column and row[column].strip() not in ("", "-")]
        if cells and sum(map(is_figure, cells)) >= 0.8 * len(cells):
            found.add(column)
    return found


def _stacked(stack: Sequence[Texts], body: Sequence[Texts]) -> bool:
    """Whether each row names groups of the columns that the rows under it name, labels above figures."""
    width = max((at + 1 for row in stack for at, cell in enumerate(row) if cell.strip()), default=0)
    rows = [_padded(row, width) for row in stack]
    below = rows[-1]
    if width < 2 or any(_is_value(cell) for row in rows for cell in row if cell):
        return False
    for above in reversed(rows[:-1]):
        carried = _carried(above, below)
        inside = _grouped(carried, below)
        if sum(map(bool, above)) < 2 or not inside:
            return False
        below = [f"{group} {name}".strip() for group, name in zip(carried, below, strict=True)]
    return all(below) and len(inside & _figure_columns(body)) > 0.5 * len(inside)


def _grouped(carried: list[str], below: list[str]) -> set[int]:
    """Columns that stand with a neighbour under one group's name."""
    pairs = [
        at
        for at in range(1, len(below))
        if below[at] and below[at - 1] and carried[at] and carried[at] == carried[at - 1] and below[at] != below[at - 1]
    ]
    return {at for pair in pairs for at in (pair - 1, pair)}


def _padded(row: Texts, width: int) -> list[str]:
    return [cell.strip() for cell in row[:width]] + [""] * (width - len(row))


def _is_value(text: str) -> bool:
    return is_figure(text) and not (text.isdigit() and len(text) == 4 and 1900 <= int(text) <= 2100)


def _carried(above: list[str], below: list[str]) -> list[str]:
    """The upper row with each name repeated over the blanks to its right that the lower row names."""
    carried: list[str] = []
    for name, under in zip(above, below, strict=True):
        carried.append(name or (carried[-1] if carried and under else ""))
    return carried


def _joined(stack: Sequence[Texts]) -> list[str]:
    if len(stack) == 1:
        return list(stack[0])
    width = max(map(len, stack))
    rows = [_padded(row, width) for row in stack]
    for at in range(len(rows) - 1):
        under = [any(row[column] for row in rows[at + 1 :]) for column in range(width)]
        rows[at] = _carried(rows[at], ["x" if each else "" for each in under])
    return list(map(joined, zip(*rows, strict=True)))


def joined(parts: Sequence[str]) -> str:
    """A column's names in several rows as one: each once, less a group's that the next repeats (2019년 2019년 1월)."""
    names = list(dict.fromkeys(filter(None, map(one_line, parts))))
    return " ".join(
        name for at, name in enumerate(names) if at + 1 == len(names) or not names[at + 1].startswith(name + " ")
    )


def _unit_row(row: Texts, body: Sequence[Texts]) -> dict[int, str]:
    """Column → unit of a row that holds nothing but units above figures."""
    filled = {column: cell.strip() for column, cell in enumerate(row) if cell.strip()}
    units = {column: unit for column, cell in filled.items() if (unit := unit_cell(cell))}
    labels = {column for column, cell in filled.items() if cell.strip("()[] ") in ("단위", "구분", "")}
    if not units or len(units) + len(labels) < len(filled):
        return {}
    return units if len(set(units) & _figure_columns(body)) > 0.5 * len(units) else {}
