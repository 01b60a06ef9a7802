"""Delimited text of any size: two ways through one grammar.

The quick way cuts the text at record ends and lets Arrow's parser work on the pieces in several threads. A piece that
is not plain RFC 4180 (stray quotes, backslash escapes, blanks before quotes) sends the whole file the careful way:
Python's csv module record by record, where a quote that never closes costs its own line and not the rest of the file.
"""

import csv
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
from datadam.lake.readers.encoding import MARK, MARK_UTF8, READ, detect, utf8_chunks
from datadam.lake.readers.text_layout import Layout, find_layout, refuse_prose
from datadam.lake.readers.text_pieces import (
    Irregular,
    any_of,
    blank_lines,
    is_note,
    record_end,
    refuse_stray_quotes,
    row_key,
    swap_back,
    swapped,
    without,
)
from datadam.lake.types import Proposal

SAMPLE = 256 << 10
TAIL, TAIL_ROWS = 64 << 10, 20
SAMPLE_LINES = 3  # fewer in a sample: the lines are so long that more of the text is needed
FIRST = 512 << 10
PIECE_LIMIT = 64 << 20
SHORT = 64 << 10  # bytes that may be joined to the piece before
NOT_TEXT = re.compile(f"[\x00-\x08\x0e-\x1a\x1c-\x1f{MARK}]")
SWAP_BYTES = bytes.maketrans(b"\r\n", b"\n\r")
ROWS = 20_000  # rows of a block on the careful way


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
        found = [replace(each, fields=list(map(swapped, each.fields))) for each in found]
    layout = text_layout(found, drawn) if drawn.lays_out else find_layout([each.fields for each in found], policy)
    if policy != "none" and not drawn.lays_out:
        refuse_prose([record.fields for record in found])
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
    notes = text.notes_at_end() if wants(policy, "footnotes") and not drawn.lays_out and len(kept) > 1 else []
    text.notes = frozenset(notes)
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
            *([Proposal("footnotes", f"{len(notes)}: {notes[0][0][:200]}", applied=True)] if notes else []),
            *headings.unit_proposal(measures, layout.above, wants(policy, "unit")),
        ],
        blocks=text.blocks,
        be_careful=text.be_careful,
        last_rows=text.last_rows,
        measures=measures if wants(policy, "unit") else {},
        noted=headings.noted_in(layout.above) if wants(policy, "unit") else "",
    )
    return [narrowed(table, drawn) if drawn.lays_out else table]


def sample_of(source: Source, encoding: str) -> str:
    with source.open() as stream:
        head = next(utf8_chunks(source, stream, encoding), b"")
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
    notes: frozenset[tuple[str, ...]] = frozenset()  # the rows at its end that are notes

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
        rows = [row for row in self._tail() if len(row) == self.width]
        return [[c for c, keep in zip(row, self.layout.keep, strict=True) if keep] for row in rows[-TAIL_ROWS:]]

    def _tail(self) -> list[list[str]]:
        if self.encoding.startswith("utf-16") or self.returns:
            return []
        with self.source.open() as stream:
            stream.seek(max(0, self.source.size - TAIL))
            tail = stream.read()
        text = tail[tail.find(b"\n") + 1 :].decode(self.encoding.removesuffix("-sig"), "replace")
        try:
            return [row for row in self.dialect.rows(text) if row]
        except csv.Error:
            return []

    def notes_at_end(self) -> list[tuple[str, ...]]:
        """The rows with notes (※, 자료:) that the text ends with."""
        found: list[tuple[str, ...]] = []
        for row in reversed(self._tail()):
            if is_note(row):
                found.append(row_key(row))
            elif any(map(str.strip, row)):
                break
        return found[::-1]

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
            for chunk in utf8_chunks(self.source, stream, self.encoding):
                data, skip = chunk[skip:], max(0, skip - len(chunk))
                if data:
                    yield data.translate(SWAP_BYTES) if self.returns else data

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        """(whole records, physical line of the first), cut where quotes are even; a short rest joins the last piece."""
        rest, line = b"", self.first_line
        held: tuple[bytes, int] | None = None
        for chunk in self._chunks():
            data = rest + chunk
            if line == self.first_line and len(chunk) > READ // 2 and (cut := record_end(data[:FIRST])):
                yield data[:cut], line  # a big file's first piece is small, because it is looked at more than once
                line, data = line + data.count(b"\n", 0, cut), data[cut:]
            cut = record_end(data)
            if cut == 0 and len(data) > PIECE_LIMIT:
                raise Irregular
            if cut:
                if held:
                    yield held
                piece, rest = data[:cut], data[cut:]
                held = piece, line
                line += piece.count(b"\n")
                if len(chunk) > READ // 2:  # of a big file: no piece of it is all there is
                    yield held
                    held = None
            else:
                rest = data
        if held and len(rest) < SHORT:
            yield held[0] + rest, held[1]
        else:
            yield from filter(None, (held, (rest, line) if rest else None))

    def _quick_block(self, piece: bytes, line: int) -> Block:
        refuse_stray_quotes(piece, self.dialect.delimiter)
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
        table, others = self._mended(table, invalid)
        return self._finish(table, others, piece, line)

    def _mended(
        self, table: pa.Table, invalid: list[arrow_csv.InvalidRow]
    ) -> tuple[pa.Table, list[tuple[int, str, str]]]:
        """The table with rows that can be fitted into it, and the others: record, reason, text."""
        mended: dict[int, list[str]] = {}
        others = []
        for row in invalid:
            fitted, reason = self._fitted(next(self.dialect.rows(row.text or ""), []))
            if fitted:
                mended[row.number - 1] = fitted
            else:
                others.append((row.number - 1, reason, row.text))
        if not mended:
            return table, others
        values = zip(*mended.values(), strict=True)
        columns = [pa.array([value or None for value in column], pa.string()) for column in values]
        records = np.setdiff1d(np.arange(table.num_rows + len(invalid)), [row.number - 1 for row in invalid])
        whole = pa.concat_tables([table, pa.table(columns, names=table.column_names)])
        order = np.argsort(np.concatenate([records, list(mended)]))
        return whole.take(pa.array(order)).combine_chunks(), others

    def _fitted(self, fields: list[str]) -> tuple[list[str] | None, str]:
        """A row's fields if it is too long by blank ones alone or the drawn ones are there; otherwise why it is none,
        "" for a note.
        """
        if 0 < self.layout.least <= len(fields):
            return [*fields, *[""] * self.width][: self.width], ""
        if len(fields) > self.width and not any(map(str.strip, fields[self.width :])):
            return fields[: self.width], ""
        return None, "" if row_key(fields) in self.notes else f"field_count:{len(fields)}"

    def _finish(self, table: pa.Table, invalid: list[tuple[int, str, str]], piece: bytes, line: int) -> Block:
        records = table.num_rows + len(invalid)
        newlines = piece.count(b"\n") + (not piece.endswith(b"\n"))
        plain = newlines == records and piece.count(b"\r") == piece.count(b"\r\n")
        starts = (lambda: np.arange(line, line + records)) if plain else (lambda: self._starts(piece, line))
        blank = 0 if plain else blank_lines(piece, self.dialect)
        notes = sum(not reason for _, reason, _ in invalid)
        set_aside = {code: count for code, count in (("blank_line", blank), ("footnote", notes)) if count}
        if not invalid:
            return self._sorted_out(table, starts, [], set_aside, MARK_UTF8 in piece)
        lines = starts()
        good = np.ones(records, bool)
        good[[number for number, _, _ in invalid]] = False
        bad = [BadRow.of(int(lines[number]), reason, text) for number, reason, text in invalid if reason]
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
            table = pa.table([swap_back(column) for column in table.columns], names=table.column_names)
        block = Block(self._named(table), lines, bad, set_aside)
        wrong: list[tuple[str, pa.Array]] = []
        if marked:
            wrong.append(("encoding", any_of(pc.match_substring(column, MARK) for column in table.columns)))
        if not all(self.layout.keep):
            dropped = [c for c, keep in zip(table.columns, self.layout.keep, strict=True) if not keep]
            if any(column.null_count < len(column) for column in dropped):
                wrong.append(("field_count", any_of(column.is_valid() for column in dropped)))
        aside: list[tuple[str, pa.Array]] = []
        if self.drop_blank and table.num_rows and min(column.null_count for column in table.columns):
            aside.append(("blank_row", pc.invert(any_of(column.is_valid() for column in table.columns))))
        if self.notes:
            aside.append(("footnote", self._noted(table)))
        return without(block, table, wrong, aside, self.dialect) if wrong or aside else block

    def _noted(self, table: pa.Table) -> pa.Array:
        """Which rows are the notes at the text's end."""
        marks = np.zeros(table.num_rows, bool)
        firsts = pa.array({note[0] for note in self.notes}, pa.string())
        for row in np.flatnonzero(pc.is_in(pc.utf8_trim_whitespace(table.column(0)), firsts)).tolist():
            marks[row] = row_key([column[row].as_py() or "" for column in table.columns]) in self.notes
        return pa.array(marks)

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
        blank = notes = 0
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
                fitted, reason = (fields, "") if len(fields) == self.width else self._fitted(fields)
                if fitted is None:
                    notes += not reason
                    bad += [BadRow.of(line, reason, body)] if reason else []
                    continue
                lines.append(line)
                for column, value in zip(columns, fitted, strict=True):
                    column.append(value or None)
        names = [str(i) for i in range(self.width)]
        table = pa.table([pa.array(column, pa.string()) for column in columns], names=names)
        marked = any(MARK in text for _, text, _ in records)
        set_aside = {code: count for code, count in (("blank_line", blank), ("footnote", notes)) if count}
        return self._sorted_out(table, np.array(lines, np.int64), bad, set_aside, marked)
