"""Tables read where a steward drew them, on a sheet or in a text, instead of where they were detected."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from datadam.lake.readers import drawing, headings
from datadam.lake.readers.base import Block, Policy, Table, Unit, uncollected, unique_names, wants
from datadam.lake.readers.cells import ColumnBuilder
from datadam.lake.readers.dialect import Record
from datadam.lake.readers.drawing import Drawing
from datadam.lake.readers.layout import Merge
from datadam.lake.readers.text_layout import Layout
from datadam.lake.readers.values import text_of
from datadam.lake.types import Proposal

BLOCK_ROWS = 50_000
Sheets = Sequence[tuple[str, Any]]  # name → start, width, height, merged_cell_ranges and iter_rows


def chosen(tables: list[Table], drawn: Drawing | None) -> list[Table]:
    """Of several tables of a file that lays itself out, the one that was chosen."""
    if drawn is None or not drawn.sheet:
        return tables
    found = [table for table in tables if drawn.sheet in (table.name, table.dialect.get("sheet"))]
    if not found:
        raise drawing.sheet_gone(drawn.sheet, [table.name for table in tables if table.name])
    return found[:1]


def of_sheets(sheets: Sheets, drawn: Drawing, kind: str, policy: Policy) -> Table:
    """The table drawn on one of a file's sheets, which a drawing has to name when there are several."""
    names = [name for name, _ in sheets]
    if len(sheets) > 1 and not drawn.sheet:
        raise drawing.sheet_unnamed(names)
    if not sheets or (drawn.sheet and drawn.sheet not in names):
        raise drawing.sheet_gone(drawn.sheet, names)
    at = names.index(drawn.sheet) if drawn.sheet else 0
    with uncollected():
        table = _Sheet(sheets[at][1], drawn, policy).table(names[at], kind)
    return table if len(sheets) > 1 else replace(table, name="")


class _Sheet:
    """One sheet, its rows counted from 1 and its columns from 0 at the first filled one."""

    def __init__(self, sheet: Any, drawn: Drawing, policy: Policy) -> None:
        self._sheet, self._drawn, self._policy = sheet, drawn, policy
        self._offset = int(sheet.start[1])
        first, last = drawn.columns or (1, self._offset + sheet.width)
        self._columns = slice(max(0, first - 1 - self._offset), max(0, min(last - self._offset, sheet.width)))
        if self._columns.start >= self._columns.stop:
            raise drawing.out_of_range(f"열은 {self._offset + sheet.width}개입니다.", f"It has {sheet.width} columns.")
        self._merges: list[Merge] = list(sheet.merged_cell_ranges or [])
        self._omit = {row for row, _ in drawn.omit}
        self._set_aside: dict[str, int] = {}
        self._proposals: list[Proposal] = []
        self._labels: list[tuple[int, int, int, Any]] = []

    def table(self, name: str, kind: str) -> Table:
        drawn = self._drawn
        last = self._last()
        if drawn.data > last:
            raise drawing.out_of_range(
                f"자료는 {drawn.data}행부터인데 {last}행까지 있습니다.", f"It ends at row {last}."
            )
        names, titles = self._head()
        cells, lines, kept = self._body(last, [at for at, each in enumerate(names) if each])
        header, renamed = unique_names([names[at] for at in kept])
        table_cells = pa.table(cells, names=header)
        measures = headings.measures(header, {}, titles)
        units = headings.unit_proposal(measures, titles, wants(self._policy, "unit"))
        return Table(
            name=name,
            format=kind,
            encoding="",
            dialect={"sheet": name},
            header=header,
            proposals=[*self._proposals, *renamed, *units],
            blocks=lambda: _blocks(table_cells, lines, self._set_aside),
            measures=measures if wants(self._policy, "unit") else {},
        )

    def _rows(self) -> Iterator[tuple[int, list[Any]]]:
        return enumerate(self._sheet.iter_rows(), 1)

    def _last(self) -> int:
        """The last row of data: before the rows cut off at the end, whose words are checked."""
        cut = self._drawn.cut
        filled = deque(((at, row) for at, row in self._rows() if any(value != "" for value in row)), maxlen=cut + 1)
        before = filled.popleft() if len(filled) > cut else (0, [])
        if cut:
            found = drawing.words_of(filled[0][1]) if filled else ""
            drawing.check_cut(drawing.words_of(before[1]), found, cut, self._drawn.cut_words)
        return before[0]

    def _head(self) -> tuple[list[str], list[str]]:
        """The header's names, and the lines above and under it."""
        above = list(islice(self._sheet.iter_rows(), self._drawn.data - 1))
        titles = []
        for at, row in enumerate(above, 1):
            self._check(at, row)
            if self._drawn.is_header(at):
                continue
            if at not in self._omit:
                self._count("title_row" if any(value != "" for value in row) else "blank_row")
            titles.append(" ".join(filter(None, map(_text, row))).strip())
        return self._names(above), list(filter(None, titles))

    def _names(self, above: list[list[Any]]) -> list[str]:
        header = self._drawn.header
        width = self._columns.stop - self._columns.start
        if header is None:
            return [""] * width
        stack = [self._spread(above, at)[self._columns] for at in range(header[0] - 1, min(header[1], len(above)))]
        texts = [[_text(value).strip() for value in row] for row in stack]
        names = [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*texts, strict=True)]
        if not any(names):
            raise drawing.headerless(header)
        if wants(self._policy, "letter_spaced"):
            names, spaced = headings.collapse(names)
            self._proposals += spaced
        return names

    def _spread(self, above: list[list[Any]], index: int) -> list[Any]:
        """A row with each merged cell's value in all the columns and rows that it covers."""
        row = list(above[index])
        for (top, left), (bottom, right) in self._merges:
            if top <= index <= bottom and 0 <= left - self._offset < len(row):
                for column in range(left - self._offset, min(right + 1 - self._offset, len(row))):
                    row[column] = above[top][left - self._offset]
        return row

    def _body(self, last: int, named: list[int]) -> tuple[list[pa.ChunkedArray], np.ndarray, list[int]]:
        """The columns that hold something or have a name, and the rows' numbers."""
        width = self._columns.stop - self._columns.start
        columns = [ColumnBuilder() for _ in range(width)]
        lines: list[int] = []
        rows = islice(self._rows(), self._drawn.data - 1, None)
        while chunk := list(islice(rows, BLOCK_ROWS)):
            kept = [(at, row[self._columns]) for at, row in self._filled(chunk) if self._is_data(at, row, last)]
            lines += [at for at, _ in kept]
            if kept:
                for column, values in zip(columns, zip(*(row for _, row in kept), strict=True), strict=True):
                    column.add(values)
        if self._labels:
            self._proposals.append(Proposal("merged_cells", f"{len(self._labels)}", applied=True))
        filled = {at for at, column in enumerate(columns) if not column.is_blank}
        keep = sorted(filled.union(named)) or list(range(width))
        return [columns[at].finish() for at in keep], np.array(lines, np.int64), keep

    def _is_data(self, at: int, row: list[Any], last: int) -> bool:
        self._check(at, row)
        if at in self._omit:
            return False
        beyond = at > last or (self._drawn.end and at > self._drawn.end)
        if all(value == "" for value in (row if beyond else row[self._columns])):
            self._count("blank_row")
            return False
        if beyond:
            self._count("left_out_row")
        return not beyond

    def _check(self, at: int, row: list[Any]) -> None:
        if at in self._omit:
            self._count("left_out_row")
            drawing.check_words(at, drawing.words_of(row), dict(self._drawn.omit)[at])

    def _count(self, code: str) -> None:
        self._set_aside[code] = self._set_aside.get(code, 0) + 1

    def _filled(self, chunk: list[tuple[int, list[Any]]]) -> list[tuple[int, list[Any]]]:
        """Rows with the label of cells merged downwards in each row that they cover."""
        if not self._drawn.merged:
            return chunk
        by_row = dict(chunk)
        for (top, left), (bottom, _) in self._merges:
            column = left - self._offset
            if top < bottom and top + 1 in by_row and 0 <= column < self._sheet.width:
                label = by_row[top + 1][column]
                if label != "" and self._columns.start <= column < self._columns.stop:
                    self._labels.append((column, top + 2, bottom + 1, label))
        first, last = chunk[0][0], chunk[-1][0]
        for column, top, bottom, label in self._labels:
            for at in range(max(top, first), min(bottom, last) + 1):
                by_row[at][column] = label
        return list(by_row.items())


def _text(value: Any) -> str:
    return text_of(value) or ""


def _blocks(cells: pa.Table, lines: np.ndarray, set_aside: dict[str, int]) -> Iterator[Block]:
    if not cells.num_rows:
        yield Block(pa.RecordBatch.from_pylist([], schema=cells.schema), lines, set_aside=dict(set_aside))
    position = 0
    for batch in cells.to_batches(max_chunksize=BLOCK_ROWS):
        aside = {} if position else dict(set_aside)
        yield Block(batch, lines[position : position + batch.num_rows], set_aside=aside)
        position += batch.num_rows


# Texts


def text_layout(records: list[Record], drawn: Drawing) -> Layout:
    """The layout of a text as drawn: its columns outside the drawing keep no name."""
    first = next((at for at, each in enumerate(records) if each.line >= drawn.data), None)
    if first is None:
        last = records[-1].line if records else 0
        raise drawing.out_of_range(
            f"자료는 {drawn.data}행부터인데 {last}행까지 봅니다.", f"It is looked at up to row {last}."
        )
    width = _width(records[first:], drawn)
    heads = [each.fields for each in records[:first] if drawn.is_header(each.line)]
    names = [""] * width
    start, end = drawn.columns or (1, width)
    if start > width:
        raise drawing.out_of_range(f"열은 {width}개입니다.", f"It has {width} columns.")
    for at in range(start - 1, min(end, width)) if drawn.header else ():
        names[at] = " ".join(dict.fromkeys(t for row in heads if at < len(row) and (t := row[at].strip())))
    if drawn.header and not any(names):
        raise drawing.headerless(drawn.header)
    others = [each for each in records[:first] if not drawn.is_header(each.line)]
    omitted = dict(drawn.omit)
    for each in others:
        if each.line in omitted:
            drawing.check_words(each.line, drawing.words_of(each.fields), omitted[each.line])
    above = [" ".join(filter(None, each.fields)).strip() for each in others]
    left_out = sum(each.line in omitted for each in others)
    counts = {"title_row": len(others) - left_out, "left_out_row": left_out}
    aside = {code: count for code, count in counts.items() if count}
    least = min(end, width) if drawn.columns else 0
    return Layout(names, [True] * width, first, set_aside=aside, above=above, least=least)


def _width(records: list[Record], drawn: Drawing) -> int:
    """How many fields most rows up to the drawing's end have; as many as it has columns when most have fewer."""
    inside = [each for each in records if not drawn.end or each.line <= drawn.end] or records[:1]
    widths = [len(each.fields) for each in inside]
    most = max(set(widths), key=widths.count)
    last = drawn.columns[1] if drawn.columns else 0
    return last if most < last <= max(widths) else most


def narrowed(table: Table, drawn: Drawing) -> Table:
    """A text's table less the columns and rows outside the drawing."""
    first, last = drawn.columns or (1, len(table.header))
    keep = list(range(first - 1, min(last, len(table.header))))
    header = [table.header[at] for at in keep]
    proposals = [p for p in table.proposals if p.column is None or p.column in header]

    def blocks() -> Iterator[Block]:
        for block in _without_last(_omitted(table.units(), drawn), drawn):
            yield replace(block, cells=block.cells.select(keep))

    return replace(table, header=header, proposals=proposals, blocks=blocks, last_rows=list)


def _omitted(units: Iterator[Unit], drawn: Drawing) -> Iterator[Block]:
    """Blocks less the rows that are left out one by one, and those behind the last row of data."""
    omitted = {row: words for row, words in drawn.omit if row >= drawn.data}
    for unit in units:
        block = unit()
        for row in omitted:
            if (found := _words(block, row)) is not None:
                drawing.check_words(row, found, omitted[row])
        yield _less(block, set(omitted), drawn.end)


def _less(block: Block, rows: set[int], end: int = 0) -> Block:
    """The block without some rows and those after `end` (0: no end), which are set aside."""
    lines = block.line_numbers()
    out = np.isin(lines, list(rows)) | (lines > end if end else np.zeros(len(lines), bool))
    bad = [each for each in block.bad if each.line not in rows and not (end and each.line > end)]
    count = int(out.sum()) + len(block.bad) - len(bad)
    if not count:
        return block
    aside = {**block.set_aside, "left_out_row": block.set_aside.get("left_out_row", 0) + count}
    return replace(block, cells=block.cells.filter(pa.array(~out)), lines=lines[~out], bad=bad, set_aside=aside)


def _words(block: Block, line: int) -> str | None:
    """The first words of a row, be it good or bad; None when the block has no such row."""
    at = np.flatnonzero(block.line_numbers() == line)
    if len(at):
        return drawing.words_of([column[int(at[0])].as_py() for column in block.cells.columns])
    return next((bad.text.strip(' ",;|\t') for bad in block.bad if bad.line == line), None)


def _without_last(blocks: Iterator[Block], drawn: Drawing) -> Iterator[Block]:
    """Blocks less the last rows, good or bad, that are cut off; a few blocks are held back for that."""
    held: list[Block] = []
    for block in blocks:
        held.append(block)
        while len(held) > 1 and sum(map(_size, held[1:])) > drawn.cut:
            yield held.pop(0)
    lines = sorted(
        line for block in held for line in (*block.line_numbers().tolist(), *(bad.line for bad in block.bad))
    )
    last = lines[len(lines) - drawn.cut :] if drawn.cut else []
    if last:
        before = lines[len(lines) - len(last) - 1] if len(lines) > len(last) else 0
        words = [next(filter(None, (_words(block, line) for block in held)), "") for line in (before, last[0])]
        drawing.check_cut(words[0], words[1], drawn.cut, drawn.cut_words)
    cut = set(last)
    for block in held:
        yield _less(block, cut)


def _size(block: Block) -> int:
    return block.cells.num_rows + len(block.bad)
