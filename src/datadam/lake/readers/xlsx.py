"""Excel workbooks: every visible sheet that holds a table, with the types its cells have."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import headings, layout, workbook_proof
from datadam.lake.readers.base import Block, Policy, Source, Table, uncollected, unique_names, wants
from datadam.lake.readers.cells import ColumnBuilder
from datadam.lake.readers.values import text_of
from datadam.lake.types import Proposal

FORMAT = "xlsx"
EXPANDED_LIMIT = 512 * 2**20
BOMB_RATIO, BOMB_FROM = 250, 64 * 2**20
BLOCK_ROWS = 50_000
LAST_ROWS = 20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
)
OVERLAP = 256  # bytes that two pieces of a member share: longer than an attribute
SINCE_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true|on)["']""")
# Places of cells, sought by the letters that they begin with (a pattern that begins otherwise takes ten times as long):
# columns from AA and from AAA on, rows from 10,000 on, and places that are written as no program writes them.
FAR = {
    "wide": re.compile(rb"""r="(?<=\sr=")[A-Za-z]{2}\d"""),
    "very wide": re.compile(rb"""r="(?<=\sr=")(?:[A-Za-z]{3}|[A-Za-z]*\d*&)"""),
    "long": re.compile(rb"""r="(?<=\sr=")[A-Za-z]+\d{5}"""),
    "odd quote": re.compile(rb"""r='(?<=\sr=')"""),
    "odd space": re.compile(rb"""r=\s"""),
    **{f"odd equals {at}": re.compile(re.escape(space + b"=")) for at, space in enumerate((b" ", b"\t", b"\r", b"\n"))},
}


def matches(head: bytes, source: Source) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except BROKEN:
        return b"xl/" in head  # cut off: the directory at the end is missing


def tables(source: Source, *, policy: Policy, limit: int = EXPANDED_LIMIT) -> list[Table]:
    """The tables of a workbook. Raises Unreadable or TooBig; a refused sheet beside good ones carries its refusal."""
    with source.open() as stream:
        content = stream.read()
    return sheet_tables(_open(content, limit), FORMAT, policy, since_1904=_counts_from_1904(content))


def sheets(source: Source, limit: int = EXPANDED_LIMIT) -> list[tuple[str, Any]]:
    """The visible sheets that hold anything, by name."""
    with source.open() as stream:
        return sheets_of(_open(stream.read(), limit))


def sheets_of(book: Any) -> list[tuple[str, Any]]:
    named = [(meta.name, _sheet(book, meta.name)) for meta in book.sheets_metadata if not _why_ignored(meta)]
    return [(name, sheet) for name, sheet in named if sheet.height and sheet.width]


def _counts_from_1904(content: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = {"xl/workbook.xml"} & set(archive.namelist())
        return any(SINCE_1904.search(archive.read(name)) for name in names)


def sheet_tables(book: Any, kind: str, policy: Policy, *, since_1904: bool = False) -> list[Table]:
    """The tables of calamine's workbook of the format `kind`, whose days may count from 1904."""
    found: list[Table] = []
    ignored: dict[str, list[str]] = {}
    for meta in book.sheets_metadata:
        why = _why_ignored(meta)
        sheet = None if why else _sheet(book, meta.name)
        if sheet is not None and not (sheet.height and sheet.width):
            why = "empty"
        if why:
            ignored.setdefault(why, []).append(meta.name)
        else:
            found.append(sheet_table(meta.name, sheet, kind, policy))
            found[-1].dialect |= {"date1904": True} if since_1904 else {}
    return _settled(found, ignored)


def _settled(found: list[Table], ignored: dict[str, list[str]]) -> list[Table]:
    if not found:
        raise Unreadable(
            "no_records", ko="내용이 있는 시트가 없습니다.", en="No visible sheet of the workbook holds anything."
        )
    refusals = [table.refusal for table in found if table.refusal]
    if len(refusals) == len(found):
        raise refusals[0]
    if ignored:
        evidence = "; ".join(f"{why}: {', '.join(names)}" for why, names in ignored.items())
        for table in found:
            table.proposals.append(Proposal("sheets", evidence, applied=True))
    if len(found) == 1:
        found[0].name = ""
    return found


def _why_ignored(meta: Any) -> str:
    if str(meta.typ) != "SheetTypeEnum.WorkSheet":
        return "chart"
    return "" if str(meta.visible) == "SheetVisibleEnum.Visible" else "hidden"


def _open(content: bytes, limit: int) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if check_archive(content, limit) and not workbook_proof.passes(content):
            raise ValueError("cells that lie too far apart")
        return CalamineWorkbook.from_filelike(BytesIO(content))
    except (*BROKEN, CalamineError) as error:
        raise _broken(error) from error


def _sheet(book: Any, name: str) -> Any:
    from python_calamine import CalamineError, WorksheetNotFound

    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, WorksheetNotFound) as error:
        raise _broken(error) from error


def _broken(error: Exception) -> Unreadable:
    return Unreadable(
        "broken_xlsx",
        ko="엑셀 파일이 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 저장해 올려 주세요.",
        en=f"The workbook is damaged or incomplete ({error}). Save it again and send it anew.",
    )


def check_archive(content: bytes, limit: int) -> bool:
    """Refuses what would expand too far, and reads every member once: a size stated falsely fails its checksum.

    Says whether a sheet's cells may lie so far apart that the parser, which holds all between them, runs out of memory.
    """
    far: set[str] = set()
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        expanded = sum(member.file_size for member in members)
        if expanded > limit or (expanded > BOMB_FROM and expanded > BOMB_RATIO * len(content)):
            raise too_big(expanded, limit)
        if any(member.flag_bits & 1 for member in members):
            raise zipfile.BadZipFile("encrypted members")
        for member in members:
            with archive.open(member) as stream:
                before = b""
                while chunk := stream.read(2**20):
                    joined = before + chunk
                    far.update(name for name, place in FAR.items() if name not in far and place.search(joined))
                    before = chunk[-OVERLAP:]
    return bool(far - {"wide", "long"}) or far >= {"wide", "long"}


def too_big(expanded: int, limit: int) -> TooBig:
    return TooBig(
        "too_big",
        ko=f"압축을 풀면 {expanded // 2**20:,}MB가 되는 파일입니다. 한도는 {limit // 2**20:,}MB이니 "
        "CSV로 저장하거나 나누어 올려 주세요.",
        en=f"The file expands to {expanded // 2**20:,} MB; the limit is {limit // 2**20:,} MB. "
        "Save it as CSV or split it.",
        expanded=expanded,
        limit=limit,
    )


def sheet_table(name: str, sheet: Any, kind: str, policy: Policy) -> Table:
    """One sheet's table: `sheet` has start, width, merged_cell_ranges and iter_rows as calamine's sheets have."""
    reader = _SheetReader(sheet, policy)
    try:
        with uncollected():
            reader.read()
    except LakeError as refusal:
        return _refused(name, kind, refusal)
    return Table(
        name=name,
        format=kind,
        encoding="",
        dialect={"sheet": name},
        header=reader.header,
        proposals=reader.proposals,
        blocks=reader.blocks,
        measures=reader.measures,
        noted=reader.noted,
        last_rows=reader.last_rows,
    )


def _refused(name: str, kind: str, refusal: LakeError) -> Table:
    def blocks() -> Iterator[Block]:
        raise refusal

    return Table(name, kind, "", {"sheet": name}, [], [], blocks, refusal)


class _SheetReader:
    """Reads one sheet into Arrow columns. The sheet's first row and column are those of its first filled cell."""

    def __init__(self, sheet: Any, policy: Policy) -> None:
        self._sheet, self._policy = sheet, policy
        self._literal = policy == "none"
        first_row, first_column = sheet.start
        self._first_row = first_row + 1
        self._merges: list[layout.Merge] = [
            ((top - first_row, left - first_column), (bottom - first_row, right - first_column))
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        ]
        self.header: list[str] = []
        self.proposals: list[Proposal] = []
        self._set_aside: dict[str, int] = {}
        self._columns = [ColumnBuilder() for _ in range(sheet.width)]
        self._lines: list[np.ndarray] = []
        self._labels: list[tuple[int, int, int, Any]] = []  # column, first and last row to fill, label
        self._cells: pa.Table = pa.table({})
        self.measures: dict[str, str] = {}  # column → unit
        self.noted = ""

    def read(self) -> None:
        rows = self._rows()
        head = list(islice(rows, BLOCK_ROWS))
        found = (
            layout.literal(head, self._merges)
            if self._literal
            else layout.detect(head, self._merges, self._policy, self._first_row)
        )
        if found is None:
            raise Unreadable(
                "not_a_table",
                ko="표가 아니라 서식(양식)으로 보입니다. 열 이름과 그 아래 자료만 있는 표를 따로 저장해 올려 주세요.",
                en="The sheet looks like a form, not a table. Save only the table, column names first, and send that.",
            )
        self.proposals += found.proposals
        self._count(found.above)
        self._read_body(head, found.body, rows)
        self._finish(found)

    def _rows(self) -> Iterator[list[Any]]:
        # iter_rows skips the empty columns before the first filled cell, but not the empty rows
        return islice(self._sheet.iter_rows(), self._first_row - 1, None)

    def _count(self, counts: dict[str, int]) -> None:
        for code, count in counts.items():
            self._set_aside[code] = self._set_aside.get(code, 0) + count

    def _read_body(self, chunk: list[list[Any]], start: int, rows: Iterator[list[Any]]) -> None:
        position = 0
        while chunk:
            upcoming = list(islice(rows, BLOCK_ROWS))
            size = len(chunk)
            if not self._literal:
                self._fill_merges(chunk, position, start)
            body = chunk[start:]
            if not upcoming:
                body = self._without_notes(body)
            self._add(body, self._first_row + position + start)
            position, start, chunk = position + size, 0, upcoming

    def _fill_merges(self, chunk: list[list[Any]], position: int, start: int) -> None:
        """Repeats the label of merged cells in each row that they cover; if figures follow, in each column too."""
        if not wants(self._policy, "merged_cells"):
            return
        end = position + len(chunk)
        for (top, left), (bottom, right) in self._merges:
            if top < position + start or top >= end:
                continue
            label = chunk[top - position][left]
            if label == "" or (left != right and not self._is_label(label, chunk, top - position, right)):
                continue
            for column in range(left, right + 1):
                self._labels.append((column, top + (column == left), bottom, label))
        for left, top, bottom, label in self._labels:
            for row in chunk[max(top - position, 0) : max(bottom + 1 - position, 0)]:
                row[left] = label

    def _is_label(self, value: Any, chunk: list[list[Any]], row: int, right: int) -> bool:
        return isinstance(value, str) and layout.labels_figures(chunk, row, right)

    def _without_notes(self, body: list[list[Any]]) -> list[list[Any]]:
        if self._literal or not wants(self._policy, "footnotes"):
            return body
        notes = layout.notes_below(body)
        if not notes:
            return body
        blank = sum(map(layout.is_blank, body[-notes:]))
        self._count({code: count for code, count in (("footnote", notes - blank), ("blank_row", blank)) if count})
        text = next(str(value) for row in body[-notes:] for value in row if value != "")
        self.proposals.append(Proposal("footnotes", f"{notes - blank}: {text[:200]}", applied=True))
        return body[:-notes]

    def _add(self, body: list[list[Any]], first_line: int) -> None:
        lines = np.arange(first_line, first_line + len(body), dtype=np.int64)
        columns = list(zip(*body, strict=True))
        if not self._literal and all("" in column for column in columns) and wants(self._policy, "blank_rows"):
            keep = [row.count("") != len(columns) for row in body]
            self._count({"blank_row": len(body) - sum(keep)} if not all(keep) else {})
            lines = lines[np.array(keep, bool)]
            columns = list(zip(*(row for row, kept in zip(body, keep, strict=True) if kept), strict=True))
        if not columns:
            return
        self._lines.append(lines)
        for column, values in zip(self._columns, columns, strict=True):
            column.add(values)

    def _finish(self, found: layout.Layout) -> None:
        kept = list(enumerate(zip(found.names, self._columns, strict=True)))
        if not self._literal and wants(self._policy, "blank_columns"):
            kept = [(at, (name, column)) for at, (name, column) in kept if name.strip() or not column.is_blank]
            if len(kept) < len(found.names):
                self.proposals.append(Proposal("blank_columns", f"{len(found.names) - len(kept)}", applied=True))
        self._name([name for _, (name, _) in kept], [column for _, (_, column) in kept])
        if not self._literal:
            units = {new: found.units[old] for new, (old, _) in enumerate(kept) if old in found.units}
            self._measure(units, found.lines)

    def _measure(self, units: dict[int, str], lines: list[str]) -> None:
        wanted, measures = wants(self._policy, "unit"), headings.measures(self.header, units, lines)
        self.proposals += headings.unit_proposal(measures, lines, wanted)
        self.measures, self.noted = (measures, headings.noted_in(lines)) if wanted else ({}, "")

    def _name(self, names: list[str], columns: list[ColumnBuilder]) -> None:
        if self._labels:
            self.proposals.append(Proposal("merged_cells", f"{len(self._labels)}", applied=True))
        if self._set_aside.get("blank_row"):
            self.proposals.append(Proposal("blank_rows", f"{self._set_aside['blank_row']}", applied=True))
        self.header, renamed = unique_names(names)
        self.proposals += renamed
        for name, column in zip(self.header, columns, strict=True):
            if column.is_naive_time:
                self.proposals.append(Proposal("naive_timestamp_kst", "Asia/Seoul", applied=True, column=name))
        self._cells = pa.table([column.finish() for column in columns], names=self.header)
        self._columns = []

    def last_rows(self) -> list[list[str]]:
        rows = self._cells.slice(max(0, self._cells.num_rows - LAST_ROWS)).to_pylist()
        return [[text_of(value) or "" for value in row.values()] for row in rows]

    def blocks(self) -> Iterator[Block]:
        lines = np.concatenate(self._lines) if self._lines else np.empty(0, np.int64)
        set_aside, position = self._set_aside, 0
        if not self._cells.num_rows:
            empty = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in self._cells.schema], names=self.header)
            yield Block(empty, lines, set_aside=dict(set_aside))
        for batch in self._cells.to_batches(max_chunksize=BLOCK_ROWS):
            yield Block(batch, lines[position : position + batch.num_rows], set_aside=dict(set_aside))
            set_aside, position = {}, position + batch.num_rows
