"""Pieces of delimited text: where they may be cut, which rows are taken out of them."""

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.readers.base import BadRow, Block
from datadam.lake.readers.dialect import SWAP, Dialect
from datadam.lake.readers.encoding import MARK

NOTE = re.compile(r"\s*(?:※|\*+\s|\[?<?주\s?\d*\s?[):]|\[주|<주|자료\s?:|출처\s?:|비고\s?:)")  # how notes begin


class Irregular(Exception):
    """The text needs the careful way."""


def swapped(text: str) -> str:
    return text.translate(SWAP)


def swap_back(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as the file has them, after reading with \\r and \\n swapped."""
    if not pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py():
        return column
    values = [value and swapped(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])


def row_key(row: list[str]) -> tuple[str, ...]:
    """A row to be found again by: its fields, blanks at its end left out."""
    fields = [field.strip() for field in row]
    while fields and not fields[-1]:
        fields.pop()
    return tuple(fields)


def is_note(row: list[str]) -> bool:
    """Whether a row at the end of a text may be a note to the table: it begins so, and half of it is blank at least."""
    return NOTE.match(row[0]) is not None and sum(map(bool, map(str.strip, row))) <= max(1, len(row) // 2 + 1)


def record_end(data: bytes) -> int:
    """Where the last whole record ends: after a line end with an even number of quotes before it; 0 if nowhere."""
    cut = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut)
    while quotes % 2:
        opened = data.rfind(b'"', 0, cut)
        start = data.rfind(b"\n", 0, opened) + 1
        quotes -= data.count(b'"', start, cut)
        cut = start
    return cut


def refuse_stray_quotes(piece: bytes, delimiter: str) -> None:
    """Raise Irregular unless quotes alternate: one at a field's start, the next at its end or doubled."""
    if b'"' not in piece:
        return
    codes = np.frombuffer(piece, np.uint8)
    at = np.flatnonzero(codes == 34)
    edge = np.zeros(256, bool)
    edge[[34, 10, 13, ord(delimiter)]] = True
    opening, closing = at[0::2], at[1::2]
    starts = edge[codes[opening - 1]]
    starts[0] |= opening[0] == 0
    ends = edge[codes[np.minimum(closing + 1, len(codes) - 1)]]
    if len(closing) and closing[-1] == len(codes) - 1:
        ends[-1] = True
    if len(at) % 2 or not (starts.all() and ends.all()):
        raise Irregular


def blank_lines(piece: bytes, dialect: Dialect) -> int:
    return sum(1 for fields in dialect.rows(piece.decode()) if not fields)


def any_of(masks: "Iterator[pa.Array]") -> pa.Array:
    result = None
    for mask in masks:
        mask = pc.fill_null(mask, False)
        result = mask if result is None else pc.or_(result, mask)
    return result


def without(
    block: Block,
    table: pa.Table,
    wrong: list[tuple[str, pa.Array]],
    aside: list[tuple[str, pa.Array]],
    dialect: Dialect,
) -> Block:
    """The block less its wrong rows and those to set aside, each accounted for."""
    keep = np.ones(table.num_rows, bool)
    lines = block.line_numbers()
    bad = list(block.bad)
    for reason, mask in wrong:
        rows = np.flatnonzero(np.asarray(mask) & keep)
        keep[rows] = False
        for row in rows.tolist():
            bad.append(BadRow.of(int(lines[row]), reason, row_text(table, row, dialect.delimiter)))
    set_aside = dict(block.set_aside)
    for code, mask in aside:
        marked = np.asarray(pc.fill_null(mask, False)) & keep
        if marked.any():
            keep &= ~marked
            set_aside[code] = set_aside.get(code, 0) + int(marked.sum())
    return Block(block.cells.filter(pa.array(keep)), lines[keep], bad, set_aside)


def row_text(table: pa.Table | pa.RecordBatch, row: int, delimiter: str = ",") -> str:
    """A row written again as delimited text, undecodable bytes as \\xNN."""
    out = io.StringIO()
    values = ["" if (value := column[row].as_py()) is None else value for column in table.columns]
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(values)
    return re.sub(f"{MARK}(..)", r"\\x\1", out.getvalue())
