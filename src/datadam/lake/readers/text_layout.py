"""Where a delimited text's header is and which of its columns are real, from its first records."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from operator import eq

from datadam.lake.errors import Unreadable
from datadam.lake.readers import headings
from datadam.lake.readers.base import Policy, wants
from datadam.lake.types import Proposal

VALUE = re.compile(
    r"[+-]?[\d,]*\.?\d+%?|\d{4}[-./]\s?\d{1,2}([-./]\s?\d{1,2}\.?)?( \d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}:\d{2}"
)
PERIOD = re.compile(r"(19|20)\d{2}([-./년]?\s?(0?[1-9]|1[0-2])?월?)?")
# A line that holds several things: set out by wide gaps, or plain figures one after the other (no clock, no telephone)
PARTED = re.compile(r"\S(?:[ \u3000]{2,}|\t)\S|(?:^|: )-?(?!0\d)\d+(?:\.\d+)? -?\d+(?:\.\d+)?(?![\d:.])")
KEY = re.compile(r"[A-Z][A-Z_0-9 ]*:\s*")
NAMED = 4  # lines `NAME : VALUE` that no table begins with
VALUE_LENGTH, COUNTED = 40, 3
TITLE_ROWS = 10
FEWEST = 5  # rows that make a table without names
AGAIN_ROWS = 200


@dataclass
class Layout:
    """`header`: raw names; `keep`: which columns are real; `first_row`: index of the first data record.

    `units`: units of columns from a row under the header; `above`: the title lines; `least`: the fields that do for
    a row, when only the first ones are wanted (0: it has to be as wide as the header).
    """

    header: list[str]
    keep: list[bool]
    first_row: int
    proposals: list[Proposal] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    above: list[str] = field(default_factory=list)
    least: int = 0


def find_layout(records: list[list[str]], policy: Policy) -> Layout:
    """Read the first record as the header, or, where the policy lets, look for what offices do around it.

    Raises Unreadable when the header and the rows disagree in a way that is not understood.
    """
    if not records:
        raise Unreadable("empty_file", ko="파일이 비어 있습니다.", en="The file is empty.")
    if policy == "none":
        return Layout(records[0], [True] * len(records[0]), 1)
    top = _title_rows(records) if wants(policy, "title_rows") else 0
    layout = _headed(records, top, policy)
    body = records[layout.first_row :]
    if wants(policy, "no_header") and (_is_data(layout.header, body) or _comes_again(layout.header, body)):
        layout.proposals.append(Proposal("no_header", ", ".join(layout.header)[:200], applied=True))
        layout.header, layout.first_row = [""] * len(layout.header), layout.first_row - 1
        body = records[layout.first_row :]
    try:
        _fit_width(layout, body, policy)
    except Unreadable:
        start = _first_of_its_kind(records)
        if not start or not (wants(policy, "no_header") and wants(policy, "title_rows")):
            raise
        layout = _unheaded(records, start)
        body = records[start:]
    layout.keep = [True] * len(layout.header)
    if wants(policy, "trailing_delimiter"):
        _drop_phantoms(layout, body)
    layout.header = [re.sub(r"\s+", " ", name).strip() for name in layout.header]
    if wants(policy, "letter_spaced"):
        layout.header, spaced = headings.collapse(layout.header)
        layout.proposals += spaced
    return layout


def refuse_prose(records: list[list[str]]) -> None:
    """Refuse a text that begins with `NAME : VALUE`, is a word alone, or whose lines hold several things each."""
    lines = ["".join(row).strip() for row in records if len(row) == 1]
    whole = _modal_width(records) == 1
    named = len(records) >= NAMED and all(KEY.fullmatch(row[0]) for row in records[:NAMED])
    parted = sum(PARTED.search(line) is not None for line in lines)
    if named or (whole and (len(records) < 2 or parted > 0.3 * len(lines))):
        raise Unreadable(
            "not_a_table",
            ko="칸을 나누는 글자(쉼표, 탭, 세미콜론)가 없는 글입니다. 표만 CSV나 엑셀로 저장해 올려 주십시오.",
            en="A text whose fields nothing tells apart (comma, tab, semicolon): save the table alone as CSV or Excel.",
        )


def _headed(records: list[list[str]], top: int, policy: Policy) -> Layout:
    """The layout with its header's names, of one row or several, and what stands above."""
    deep, units = wants(policy, "multi_row_header"), wants(policy, "unit")
    heading = headings.read(records, top, deep=deep, units=units)
    layout = Layout(heading.names, [], heading.body, units=heading.units)
    layout.above = [" ".join(filter(None, row)).strip() for row in records[: heading.top]]
    if heading.top:
        titles = " / ".join(filter(None, layout.above))
        layout.proposals.append(Proposal("title_rows", titles[:200], applied=True))
        layout.set_aside["title_row"] = heading.top
    if heading.depth > 1:
        layout.proposals.append(Proposal("multi_row_header", f"{heading.depth}", applied=True))
    return layout


def _unheaded(records: list[list[str]], start: int) -> Layout:
    """Rows without names from record `start` on, under lines about the file."""
    layout = Layout([""] * len(records[start]), [], start, set_aside={"title_row": start})
    layout.above = [" ".join(filter(None, row)).strip() for row in records[:start]]
    layout.proposals = [
        Proposal("title_rows", " / ".join(filter(None, layout.above))[:200], applied=True),
        Proposal("no_header", ", ".join(records[start])[:200], applied=True),
    ]
    return layout


def _first_of_its_kind(records: list[list[str]]) -> int:
    """The first of the records as wide as the last, if it holds values and stands under lines of no table; else 0."""
    width = len(records[-1])
    others = [index for index, row in enumerate(records) if len(row) != width]
    start = others[-1] + 1 if others else 0
    body = records[start + 1 :]
    if not 0 < start <= TITLE_ROWS or len(body) < FEWEST or len(records[start - 1]) > 1:
        return 0  # a line of several fields just above may be meant as names
    return start if _is_data(records[start], body) else 0


def _comes_again(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first record's cells are found in their own columns below, as values are and names are not.

    Each twice at least, in two columns; rows that repeat half of the first are headers again.
    """
    names = [cell.strip() for cell in first]
    rows = [[cell.strip() for cell in row] for row in body[:AGAIN_ROWS] if len(row) == len(first)]
    rows = [row for row in rows if sum(map(eq, row, names)) < max(2, 0.5 * len(names))]
    columns = list(zip(*rows, strict=True))
    if not columns:
        return False
    signs = any(
        name and not any(map(str.isalnum, name)) and set(column) == {name}
        for name, column in zip(names, columns, strict=True)
    )
    return signs or sum(column.count(name) > 1 for name, column in zip(names, columns, strict=True) if name) > 1


def _modal_width(rows: list[list[str]]) -> int:
    return Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 0


def _title_rows(records: list[list[str]]) -> int:
    """How many records stand above the header: narrower than the table, or with one cell filled where it has many."""
    width = _modal_width(records)
    if width < 2:
        return 0
    for index, row in enumerate(records[: TITLE_ROWS + 1]):
        filled = sum(1 for cell in row if cell.strip())
        if len(row) >= width - 1 and filled > 1 and (filled >= width / 2 or index + 1 >= len(records)):
            return index
        if filled == 1 and len(row) == width == 2 and row[1].strip() and _counts(records[index + 1 :]):
            return index
    return 0


def _counts(rows: list[list[str]]) -> bool:
    """Whether the first column numbers its rows, as an index without a name does."""
    return bool(rows) and all(row and row[0].strip().isdecimal() for row in rows)


def _is_data(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first record is a row: wherever the column below holds values, so does it, and not just periods."""
    rows = [row for row in body[:100] if len(row) == len(first)]
    if not rows:
        return False
    valued = []
    for index, cell in enumerate(first):
        below = [row[index].strip() for row in rows if row[index].strip()]
        if below and sum(1 for value in below if _is_value(value)) >= 0.9 * len(below):
            valued.append(cell.strip())
    if not valued or not all(cell and _is_value(cell) for cell in valued):
        return False
    if len(valued) >= COUNTED and all(map(str.isdecimal, valued)) and _steps(valued) == {1}:
        return False  # 1, 2, 3 … name columns
    return not all(PERIOD.fullmatch(cell) for cell in valued) or len(set(valued)) < len(valued)


def _is_value(cell: str) -> bool:
    return len(cell) <= VALUE_LENGTH and VALUE.fullmatch(cell) is not None


def _steps(numbers: list[str]) -> set[int]:
    return {int(after) - int(before) for before, after in pairwise(numbers)}


def _is_index(rows: list[list[str]], extra: int) -> bool | None:
    """Where a short header's names belong: after an index without a name (True), else before remarks that are
    often left out (False); None when neither is plain.
    """
    first = [row[0].strip() for row in rows]
    counts = extra == 1 and len(first) > 2 and all(cell.isdecimal() for cell in first)
    if counts and _steps(first) == {1} and int(first[0]) in (0, 1):
        return True
    left_out = sum(not any(cell.strip() for cell in row[-extra:]) for row in rows)
    return False if left_out >= max(2, 0.3 * len(rows)) else None


def _fit_width(layout: Layout, body: list[list[str]], policy: Policy) -> None:
    """Let the header be as wide as the rows, when what it lacks is a trailing delimiter's empty cell or is plain."""
    width = _modal_width(body)
    if not body or width == len(layout.header):
        return
    rows = [row for row in body if len(row) == width]
    extra = width - len(layout.header)
    if extra > 0 and all(not cell.strip() for row in rows for cell in row[-extra:]):
        layout.header += [""] * extra
    elif extra < 0 and all(not name.strip() for name in layout.header[extra:]):
        layout.header = layout.header[:extra]
    elif extra > 0 and (index := _is_index(rows, extra)) is not None and wants(policy, "short_header"):
        layout.header = ["", *layout.header] if index else [*layout.header, *[""] * extra]
        layout.proposals.append(Proposal("short_header", f"{width - extra} < {width}", applied=True))
    else:
        raise Unreadable(
            "header_mismatch",
            ko=f"머리글은 {len(layout.header)}칸인데 자료는 대부분 {width}칸이어서 어느 칸이 무엇인지 알 수 없습니다.",
            en=f"The header has {len(layout.header)} fields but most rows have {width}: which is which is not known.",
            header=len(layout.header),
            rows=width,
        )


def _drop_phantoms(layout: Layout, body: list[list[str]]) -> None:
    """Drop nameless columns at the right edge that hold nothing in the sample; a later value there is quarantined."""
    phantom = 0
    while phantom < len(layout.header) - 1 and not layout.header[-1 - phantom].strip():
        index = len(layout.header) - 1 - phantom
        if any(len(row) > index and row[index].strip() for row in body):
            break
        phantom += 1
    if phantom:
        layout.keep[-phantom:] = [False] * phantom
        layout.proposals.append(Proposal("trailing_delimiter", str(phantom), applied=True))
