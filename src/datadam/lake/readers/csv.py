"""Delimited text of any size: two ways through one grammar.

The quick way cuts the text at record ends and lets Arrow's parser work on the pieces in several threads. A piece that
is not plain RFC 4180 (stray quotes, backslash escapes, blanks before quotes) sends the whole file the careful way:
Python's csv module record by record, where a quote that never closes costs its own line and not the rest of the file.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from datadam.lake.errors import Unreadable
from datadam.lake.readers import drawing, headings
from datadam.lake.readers.base import BadRow, Block, Policy, Source, Table, unique_names, wants
from datadam.lake.readers.dialect import (
    SWAP,
    Dialect,
    ends_with_returns,
    find_dialect,
    placed_rows,
    records,
    rows_of,
    sample_records,
)
from datadam.lake.readers.drawing import Drawing
from datadam.lake.readers.drawn import narrowed, text_layout
from datadam.lake.readers.encoding import MARK, MARK_UTF8, detect, utf8_chunks
from datadam.lake.readers.text_layout import Layout, find_layout
from datadam.lake.types import Proposal

SAMPLE = 256 << 10
TAIL, TAIL_ROWS = 64 << 10, 20
SAMPLE_LINES = 3  # fewer in a sample: the lines are so long that more of the text is needed
PIECE_LIMIT = 64 << 20
NOT_TEXT = re.compile(f"[\x00-\x08\x0e-\x1a\x1c-\x1f{MARK}]")
SWAP_BYTES = bytes.maketrans(b"\r\n", b"\n\r")
ROWS = 20_000  # rows of a block on the careful way


class Irregular(Exception):
    """The text needs the careful way."""


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """The one table of a delimited text file. Raises Unreadable for text that is no table."""
    drawn = drawing.of(policy) or Drawing()
    encoding = drawn.encoding or detect(source)
    sample = sample_of(source, encoding)
    returns = ends_with_returns(sample)
    if returns:
        sample = sample.translate(SWAP)
    dialect = find_dialect(sample, wrapped=wants(policy, "quoted_rows"), delimiter=drawn.delimiter)
    found = sample_records(sample, dialect)
    if returns:
        found = [replace(each, fields=list(map(_swapped, each.fields))) for each in found]
    layout = text_layout(found, drawn) if drawn.lays_out else find_layout([each.fields for each in found], policy)
    header, proposals = unique_names(layout.header)
    kept = [name for name, keep in zip(header, layout.keep, strict=True) if keep]
    measures = headings.measures(header, layout.units, layout.above) if policy != "none" else {}
    above = found[layout.first_row - 1] if layout.first_row else None
    text = _Text(
        source=source,
        encoding=encoding,
        dialect=dialect,
        layout=layout,
        header=kept,
        first_line=above.feeds + 1 if above else 1,
        skip=len(sample[: above.characters].encode()) if above else 0,
        drop_blank=wants(policy, "blank_rows"),
        returns=returns,
    )
    table = Table(
        name="",
        format="tsv" if dialect.delimiter == "\t" else "csv",
        encoding=encoding,
        dialect={"delimiter": dialect.delimiter, "quote": dialect.quote, "escape": dialect.escape},
        header=kept,
        proposals=[
            *(p for p in proposals if p.column in kept),
            *layout.proposals,
            *([Proposal("quoted_rows", sample.splitlines()[-1][:100], applied=True)] if dialect.wrapped else []),
            *headings.unit_proposal(measures, layout.above, wants(policy, "unit")),
        ],
        blocks=text.blocks,
        be_careful=text.be_careful,
        last_rows=text.last_rows,
        measures=measures if wants(policy, "unit") else {},
    )
    return [narrowed(table, drawn) if drawn.lays_out else table]


def sample_of(source: Source, encoding: str) -> str:
    with source.open() as stream:
        head = next(utf8_chunks(stream, encoding), b"")
    text = head[:SAMPLE].decode("utf-8", "ignore")
    if not text.strip("\x00 \r\n\t"):
        raise Unreadable("empty_file", ko="파일이 비어 있습니다.", en="The file is empty.")
    if "\x00" in text[:4096] or len(NOT_TEXT.findall(text)) > len(text) * 0.02:
        raise Unreadable("binary_file", ko="글자로 된 파일이 아닙니다.", en="This is not a text file.")
    if len(text) < len(head) and len(text.splitlines()) < SAMPLE_LINES:
        text = head.decode("utf-8", "ignore")
    if len(head) > SAMPLE and "\n" in text:
        text = text[: text.rfind("\n") + 1]
    return text


def _swapped(text: str) -> str:
    return text.translate(SWAP)


@dataclass
class _Text:
    """One delimited text, read as blocks of text cells."""

    source: Source
    encoding: str
    dialect: Dialect
    layout: Layout
    header: list[str]
    first_line: int  # physical line of the first data record
    skip: int  # bytes before it, in UTF-8
    drop_blank: bool
    returns: bool  # lines end in carriage returns: they are read with \r and \n swapped
    careful: bool = field(default=False)

    def blocks(self) -> Iterator[Callable[[], Block]]:
        """Units of work, one block each. The quick way's may raise Irregular: then `be_careful` and read again."""
        yield partial(self._titles)
        if self.careful or self.dialect.careful:
            for lines in self._careful_pieces():
                yield partial(self._careful_block, lines)
            return
        for piece, line in self._pieces():
            yield partial(self._quick_block, piece, line)

    def be_careful(self) -> bool:
        """Switch to the careful way; False when already on it."""
        before, self.careful = self.careful, True
        return not (before or self.dialect.careful)

    def last_rows(self) -> list[list[str]]:
        """The kept cells of the last few rows, from the last 64 kB; none in UTF-16, where a cut may go astray."""
        if self.encoding.startswith("utf-16") or self.returns:
            return []
        with self.source.open() as stream:
            stream.seek(max(0, self.source.size - TAIL))
            tail = stream.read()
        text = tail[tail.find(b"\n") + 1 :].decode(self.encoding.removesuffix("-sig"), "replace")
        try:
            rows = [row for row in self.dialect.rows(text) if len(row) == self.width]
        except csv.Error:
            return []
        return [[c for c, keep in zip(row, self.layout.keep, strict=True) if keep] for row in rows[-TAIL_ROWS:]]

    @property
    def width(self) -> int:
        return len(self.layout.keep)

    def _titles(self) -> Block:
        """An empty block that accounts for the rows above the header."""
        return Block(self._batch([[] for _ in self.header]), np.empty(0, np.int64), [], dict(self.layout.set_aside))

    def _batch(self, columns: list[list[str | None]]) -> pa.RecordBatch:
        arrays = [pa.array(column, pa.string()) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, names=self.header)

    def _chunks(self) -> Iterator[bytes]:
        """UTF-8 pieces of the body, from the first data record on, with \\n or \\r\\n line ends."""
        skip = self.skip
        with self.source.open() as stream:
            for chunk in utf8_chunks(stream, self.encoding):
                data, skip = chunk[skip:], max(0, skip - len(chunk))
                if data:
                    yield data.translate(SWAP_BYTES) if self.returns else data

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        """(whole records, physical line of the first): cut where quotes are even."""
        rest, line = b"", self.first_line
        for chunk in self._chunks():
            data = rest + chunk
            cut = _record_end(data)
            if cut == 0 and len(data) > PIECE_LIMIT:
                raise Irregular
            if cut:
                piece, rest = data[:cut], data[cut:]
                yield piece, line
                line += piece.count(b"\n")
            else:
                rest = data
        if rest:
            yield rest, line

    def _quick_block(self, piece: bytes, line: int) -> Block:
        _refuse_stray_quotes(piece, self.dialect.delimiter)
        invalid: list[arrow_csv.InvalidRow] = []

        def skip(row: arrow_csv.InvalidRow) -> str:
            invalid.append(row)
            return "skip"

        names = [str(i) for i in range(self.width)]
        table = arrow_csv.read_csv(
            pa.BufferReader(piece),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(piece) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.dialect.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        ).combine_chunks()
        bad_rows = [(row.number - 1, f"field_count:{row.actual_columns}", row.text) for row in invalid]
        return self._finish(table, bad_rows, piece, line)

    def _finish(self, table: pa.Table, invalid: list[tuple[int, str, str]], piece: bytes, line: int) -> Block:
        records = table.num_rows + len(invalid)
        newlines = piece.count(b"\n") + (not piece.endswith(b"\n"))
        plain = newlines == records and piece.count(b"\r") == piece.count(b"\r\n")
        starts = (lambda: np.arange(line, line + records)) if plain else (lambda: self._starts(piece, line))
        blank = 0 if plain else _blank_lines(piece, self.dialect)
        set_aside = {"blank_line": blank} if blank else {}
        if not invalid:
            return self._sorted_out(table, starts, [], set_aside, MARK_UTF8 in piece)
        lines = starts()
        good = np.ones(records, bool)
        good[[number for number, _, _ in invalid]] = False
        bad = [BadRow.of(int(lines[number]), reason, text) for number, reason, text in invalid]
        return self._sorted_out(table, lines[good], bad, set_aside, MARK_UTF8 in piece)

    def _sorted_out(
        self,
        table: pa.Table,
        lines: "Callable[[], np.ndarray] | np.ndarray",
        bad: list[BadRow],
        set_aside: dict[str, int],
        marked: bool,
    ) -> Block:
        """Take out rows that are blank, hold undecodable bytes, or hold data where a dropped column was empty."""
        if self.returns:
            table = pa.table([_swap_back(column) for column in table.columns], names=table.column_names)
        block = Block(self._named(table), lines, bad, set_aside)
        wrong: list[tuple[str, pa.Array]] = []
        if marked:
            wrong.append(("encoding", _any(pc.match_substring(column, MARK) for column in table.columns)))
        if not all(self.layout.keep):
            dropped = [c for c, keep in zip(table.columns, self.layout.keep, strict=True) if not keep]
            if any(column.null_count < len(column) for column in dropped):
                wrong.append(("field_count", _any(column.is_valid() for column in dropped)))
        blank = self.drop_blank and table.num_rows and min(column.null_count for column in table.columns)
        if not wrong and not blank:
            return block
        return _without(block, table, wrong, bool(blank), self.dialect)

    def _named(self, table: pa.Table) -> pa.RecordBatch:
        columns = [c.combine_chunks() for c, keep in zip(table.columns, self.layout.keep, strict=True) if keep]
        arrays = [c.chunk(0) if isinstance(c, pa.ChunkedArray) and c.num_chunks else c for c in columns]
        arrays = [pa.array([], pa.string()) if isinstance(a, pa.ChunkedArray) else a for a in arrays]
        return pa.RecordBatch.from_arrays(arrays, names=self.header)

    def _starts(self, piece: bytes, line: int) -> np.ndarray:
        """The physical line on which each record of a piece begins (values may hold line ends)."""
        placed = placed_rows(piece.decode(), self.dialect)
        return np.array([line + before for before, _, _, fields in placed if fields], np.int64)

    def _careful_pieces(self) -> Iterator[list[tuple[int, str, bool]]]:
        """Batches of (line, record text, closed): records put together from physical lines."""
        batch: list[tuple[int, str, bool]] = []
        for record in records(self._lines(), self.first_line, self.dialect):
            batch.append(record)
            if len(batch) >= ROWS:
                yield batch
                batch = []
        if batch:
            yield batch

    def _lines(self) -> Iterator[str]:
        rest = b""
        for chunk in self._chunks():
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield line.decode() + "\n"
        if rest:
            yield rest.decode()

    def _careful_block(self, records: list[tuple[int, str, bool]]) -> Block:
        columns: list[list[str | None]] = [[] for _ in range(self.width)]
        lines: list[int] = []
        bad: list[BadRow] = []
        blank = 0
        for line, text, closed in records:
            body = text.rstrip("\r\n")
            if not body:
                blank += 1
                continue
            rows = rows_of(text, self.dialect) if closed else None
            if rows is None:
                bad.append(BadRow.of(line, "unclosed_quote", body))
                continue
            for fields in filter(None, rows):
                if len(fields) != self.width:
                    bad.append(BadRow.of(line, f"field_count:{len(fields)}", body))
                    continue
                lines.append(line)
                for column, value in zip(columns, fields, strict=True):
                    column.append(value or None)
        names = [str(i) for i in range(self.width)]
        table = pa.table([pa.array(column, pa.string()) for column in columns], names=names)
        marked = any(MARK in text for _, text, _ in records)
        set_aside = {"blank_line": blank} if blank else {}
        return self._sorted_out(table, np.array(lines, np.int64), bad, set_aside, marked)


def _swap_back(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as the file has them, after reading with \\r and \\n swapped."""
    if not pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py():
        return column
    values = [value and _swapped(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])


def _record_end(data: bytes) -> int:
    """Where the last whole record ends: after a line end with an even number of quotes before it; 0 if nowhere."""
    cut = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut)
    while quotes % 2:
        opened = data.rfind(b'"', 0, cut)
        start = data.rfind(b"\n", 0, opened) + 1
        quotes -= data.count(b'"', start, cut)
        cut = start
    return cut


def _refuse_stray_quotes(piece: bytes, delimiter: str) -> None:
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


def _blank_lines(piece: bytes, dialect: Dialect) -> int:
    return sum(1 for fields in dialect.rows(piece.decode()) if not fields)


def _any(masks: "Iterator[pa.Array]") -> pa.Array:
    result = None
    for mask in masks:
        mask = pc.fill_null(mask, False)
        result = mask if result is None else pc.or_(result, mask)
    return result


def _without(block: Block, table: pa.Table, wrong: list[tuple[str, pa.Array]], blank: bool, dialect: Dialect) -> Block:
    """The block less its wrong and blank rows, each accounted for."""
    keep = np.ones(table.num_rows, bool)
    lines = block.line_numbers()
    bad = list(block.bad)
    for reason, mask in wrong:
        rows = np.flatnonzero(np.asarray(mask) & keep)
        keep[rows] = False
        for row in rows.tolist():
            bad.append(BadRow.of(int(lines[row]), reason, row_text(table, row, dialect.delimiter)))
    set_aside = dict(block.set_aside)
    if blank:
        nulls = ~np.asarray(_any(column.is_valid() for column in table.columns)) & keep
        if nulls.any():
            keep &= ~nulls
            set_aside["blank_row"] = int(nulls.sum())
    return Block(block.cells.filter(pa.array(keep)), lines[keep], bad, set_aside)


def row_text(table: pa.Table | pa.RecordBatch, row: int, delimiter: str = ",") -> str:
    """A row written again as delimited text, undecodable bytes as \\xNN."""
    out = io.StringIO()
    values = ["" if (value := column[row].as_py()) is None else value for column in table.columns]
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(values)
    return re.sub(f"{MARK}(..)", r"\\x\1", out.getvalue())
