"""Texts that leave the lake: their identifiers masked, and otherwise to the letter as they were. Nothing heavy here."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from datadam.lake.personal.masking import masked, masked_grid, masked_value

LABELS = frozenset({"성명", "이름", "주소", "연락처", "생년월일", "전화번호", "고객명", "신청인", "대표자"})  # no one's
ENDING = re.compile(r"(?<=\d)\.[A-Za-z]{2,8}$")


def hidden(text: str) -> str:
    """The text with its identifiers masked, also where a file's ending stands behind one."""
    safe = masked(text)
    ending = ENDING.search(safe)
    if ending:
        safe = masked(safe[: ending.start()]) + ending[0]
    return text if safe == unicodedata.normalize("NFKC", text) else safe


def tells(text: str) -> bool:
    """Whether the text holds an identifier."""
    return hidden(text) != text


def grid(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Cells for a page: those of columns that look personal and those that hold an identifier as masked text."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    safe, kinds = masked_grid(list(header), texts), _blocking(header, texts)
    return [
        [
            cell if text in LABELS or now in (text, unicodedata.normalize("NFKC", text)) else now
            for cell, text, now in zip(row, given, _covered(shown, given, kinds), strict=True)
        ]
        for row, given, shown in zip(rows, texts, safe, strict=True)
    ]


def _blocking(header: Sequence[str], texts: Sequence[Sequence[str]]) -> dict[int, str]:
    """Kind of personal data by column, of the columns that would hold a release."""
    if not texts:
        return {}
    import pyarrow as pa

    from datadam.lake.personal.scanning import scan_table

    names = [f"{name}\u200b{at}" for at, name in enumerate(header)]  # told apart, and otherwise as they are called
    columns = [pa.array([row[at] if at < len(row) else "" for row in texts]) for at in range(len(names))]
    found = scan_table(pa.Table.from_arrays(columns, names=names))
    return {names.index(each.column): each.kind for each in found if each.blocking}


def _covered(shown: Sequence[str], given: Sequence[str], kinds: dict[int, str]) -> list[str]:
    """What the forms alone do not tell, such as names and addresses, by what their column holds."""
    return [
        masked_value(now, kinds[at]) if at in kinds and now == text else now
        for at, (now, text) in enumerate(zip(shown, given, strict=True))
    ]


def raw_text(header: Sequence[str], rows: Sequence[str], delimiter: str) -> list[str]:
    """Whole rows of a file: cell by cell where they can be parted, otherwise every identifier in them."""
    parted = [row.split(delimiter) if delimiter else [row] for row in rows]
    fitting = [cells for cells in parted if len(cells) == len(header)]
    safe = iter(grid(header, fitting))
    return [
        hidden(delimiter.join(next(safe)) if len(cells) == len(header) else row)
        for cells, row in zip(parted, rows, strict=True)
    ]
