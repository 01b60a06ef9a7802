"""Excel workbooks: every visible sheet that holds a table, with the types its cells have."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import layout
from datadam.lake.readers.base import Block, Policy, Source, Table, uncollected, unique_names, wants
from datadam.lake.readers.cells import ColumnBuilder
from datadam.lake.types import Proposal

FORMAT = "xlsx"
EXPANDED_LIMIT = 512 * 2**20
BOMB_RATIO, BOMB_FROM = 250, 64 * 2**20
BLOCK_ROWS = 50_000
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def matches(head: bytes, source: Source) -> bool:
    """Whether the bytes are an Excel workbook, an old or an encrypted one included (those are refused later)."""
    if head.startswith(OLD_OFFICE):
        return _old_office_kind(source) is not None
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except BROKEN:
        return b"xl/" in head  # cut off: the directory at the end is missing


def tables(source: Source, *, policy: Policy, limit: int = EXPANDED_LIMIT) -> list[Table]:
    """The tables of a workbook. Raises Unreadable or TooBig; a refused sheet beside good ones carries its refusal."""
    book = _open(source, limit)
    found: list[Table] = []
    ignored: dict[str, list[str]] = {}
    for meta in book.sheets_metadata:
        why = _why_ignored(meta)
        sheet = None if why else book.get_sheet_by_name(meta.name)
        if sheet is not None and not (sheet.height and sheet.width):
            why = "empty"
        if why:
            ignored.setdefault(why, []).append(meta.name)
        else:
            found.append(_table(meta.name, sheet, policy))
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


def _old_office_kind(source: Source) -> str | None:
    """legacy_xls or encrypted, by the streams that the compound file names; None for other documents."""
    with source.open() as stream:
        content = stream.read(64 * 2**20)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    if any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book")):
        return "legacy_xls"
    return None


def _open(source: Source, limit: int) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    with source.open() as stream:
        content = stream.read()
    if content.startswith(OLD_OFFICE):
        raise _refused_old(source)
    try:
        _check_archive(content, limit)
        return CalamineWorkbook.from_filelike(BytesIO(content))
    except (*BROKEN, CalamineError) as error:
        raise Unreadable(
            "broken_xlsx",
            ko="엑셀 파일이 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 저장해 올려 주세요.",
            en=f"The workbook is damaged or incomplete ({error}). Save it again and send it anew.",
        ) from error


def _refused_old(source: Source) -> Unreadable:
    if _old_office_kind(source) == "encrypted":
        return Unreadable(
            "encrypted",
            ko="암호가 걸린 엑셀 파일입니다. 암호를 풀고 다시 저장해 올려 주세요.",
            en="The workbook is protected with a password. Remove it, save and send it anew.",
        )
    return Unreadable(
        "legacy_xls",
        ko="옛 엑셀 형식(.xls)입니다. 엑셀에서 '다른 이름으로 저장 → .xlsx'로 바꾸어 올려 주세요.",
        en="This is the old Excel format (.xls). Save it as .xlsx and send it anew.",
    )


def _check_archive(content: bytes, limit: int) -> None:
    """Refuses what would expand too far, and reads every member once: a size stated falsely fails its checksum."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        expanded = sum(member.file_size for member in members)
        if expanded > limit or (expanded > BOMB_FROM and expanded > BOMB_RATIO * len(content)):
            raise _too_big(expanded, limit)
        if any(member.flag_bits & 1 for member in members):
            raise zipfile.BadZipFile("encrypted members")
        for member in members:
            with archive.open(member) as stream:
                while stream.read(2**20):
                    pass


def _too_big(expanded: int, limit: int) -> TooBig:
    return TooBig(
        "too_big",
        ko=f"압축을 풀면 {expanded // 2**20:,}MB가 되는 엑셀 파일입니다. 한도는 {limit // 2**20:,}MB이니 "
        "CSV로 저장하거나 시트를 나누어 올려 주세요.",
        en=f"The workbook expands to {expanded // 2**20:,} MB; the limit is {limit // 2**20:,} MB. "
        "Save it as CSV or split it.",
        expanded=expanded,
        limit=limit,
    )


def _table(name: str, sheet: Any, policy: Policy) -> Table:
    reader = _SheetReader(sheet, policy)
    try:
        with uncollected():
            reader.read()
    except LakeError as refusal:
        return _refused(name, refusal)
    return Table(
        name=name,
        format=FORMAT,
        encoding="",
        dialect={"sheet": name},
        header=reader.header,
        proposals=reader.proposals,
        blocks=reader.blocks,
    )


def _refused(name: str, refusal: LakeError) -> Table:
    def blocks() -> Iterator[Block]:
        raise refusal

    return Table(name, FORMAT, "", {"sheet": name}, [], [], blocks, refusal)


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
        self._finish(found.names)

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
        """Repeats the label of cells merged downwards in each row that they cover."""
        if not wants(self._policy, "merged_cells"):
            return
        end = position + len(chunk)
        for (top, left), (bottom, right) in self._merges:
            if top == bottom or left != right or top < position + start or top >= end:
                continue
            label = chunk[top - position][left]
            if label != "":
                self._labels.append((left, top + 1, bottom, label))
        for left, top, bottom, label in self._labels:
            for row in chunk[max(top - position, 0) : max(bottom + 1 - position, 0)]:
                row[left] = label

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
        if not self._literal and wants(self._policy, "blank_rows"):
            width = len(self._columns)
            keep = [row.count("") != width for row in body]
            if not all(keep):
                self._count({"blank_row": len(body) - sum(keep)})
                lines = lines[np.array(keep)]
                body = [row for row, kept in zip(body, keep, strict=True) if kept]
        if not body:
            return
        self._lines.append(lines)
        for column, values in zip(self._columns, zip(*body, strict=True), strict=True):
            column.add(values)

    def _finish(self, raw_names: list[str]) -> None:
        kept = [(name, column) for name, column in zip(raw_names, self._columns, strict=True)]
        if not self._literal and wants(self._policy, "blank_columns"):
            kept = [(name, column) for name, column in kept if name.strip() or not column.is_blank]
            if len(kept) < len(raw_names):
                self.proposals.append(Proposal("blank_columns", f"{len(raw_names) - len(kept)}", applied=True))
        if self._labels:
            self.proposals.append(Proposal("merged_cells", f"{len(self._labels)}", applied=True))
        if self._set_aside.get("blank_row"):
            self.proposals.append(Proposal("blank_rows", f"{self._set_aside['blank_row']}", applied=True))
        self.header, renamed = unique_names(name for name, _ in kept)
        self.proposals += renamed
        for name, (_, column) in zip(self.header, kept, strict=True):
            if column.is_naive_time:
                self.proposals.append(Proposal("naive_timestamp_kst", "Asia/Seoul", applied=True, column=name))
        self._cells = pa.table([column.finish() for _, column in kept], names=self.header)
        self._columns = []

    def blocks(self) -> Iterator[Block]:
        lines = np.concatenate(self._lines) if self._lines else np.empty(0, np.int64)
        set_aside, position = self._set_aside, 0
        if not self._cells.num_rows:
            empty = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in self._cells.schema], names=self.header)
            yield Block(empty, lines, set_aside=dict(set_aside))
        for batch in self._cells.to_batches(max_chunksize=BLOCK_ROWS):
            yield Block(batch, lines[position : position + batch.num_rows], set_aside=dict(set_aside))
            set_aside, position = {}, position + batch.num_rows
