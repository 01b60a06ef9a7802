"""Texts that leave the lake: their identifiers masked, and otherwise to the letter as they were. Nothing heavy here."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from datadam.lake.personal.masking import masked, masked_grid


def hidden(text: str) -> str:
    """The text with its identifiers masked."""
    safe = masked(text)
    return text if safe == unicodedata.normalize("NFKC", text) else safe


def tells(text: str) -> bool:
    """Whether the text holds an identifier."""
    return hidden(text) != text


def grid(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Cells for a page: those of columns that look personal and those that hold an identifier as masked text."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    safe = masked_grid(list(header), texts)
    return [
        [cell if shown in (text, unicodedata.normalize("NFKC", text)) else shown for cell, text, shown in zip(*each)]
        for each in zip(rows, texts, safe, strict=True)
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
