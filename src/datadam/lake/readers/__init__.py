"""The front door: which reader a file's bytes ask for. The file's name is never consulted."""

import re
from functools import partial
from typing import Any

from datadam.lake.errors import Unreadable
from datadam.lake.readers import (
    archive,
    csv,
    drawing,
    drawn,
    file_set,
    html_table,
    hwpx,
    json_records,
    parquet,
    r_frames,
    spatial,
    spreadsheet_xml,
    xls,
    xlsx,
    xml_records,
)
from datadam.lake.readers.base import BadRow, Block, Policy, Source, Table
from datadam.lake.readers.body import settled
from datadam.lake.readers.parting import parted

__all__ = ["BadRow", "Block", "Policy", "Source", "Table", "open_tables"]

READERS = (parquet, xlsx, hwpx, xls, r_frames, json_records, spatial, spreadsheet_xml, html_table, xml_records)
TURTLE = re.compile(rb"(?:#[^\n]*\n|\s)*@(?:prefix|base) ")
SHEETS = (xlsx, hwpx, xls, spreadsheet_xml, html_table)  # whose rows are laid out as on a sheet

# What is recognised and refused for now: first bytes → (code, Korean, English)
REFUSED: tuple[tuple[bytes, str, str, str], ...] = (
    (
        b"%PDF",
        "pdf",
        "PDF 문서입니다. 표를 엑셀이나 CSV로 저장해 올려 주세요.",
        "A PDF: save its table as Excel or CSV.",
    ),
    (
        b"PK\x03\x04",
        "document",
        "표가 아니라 문서(HWPX·DOCX·PPTX·ODF)입니다. 표를 엑셀(XLSX)이나 CSV로 저장해 올려 주십시오.",
        "A document (HWPX, DOCX, PPTX, ODF), not a table: save its table as Excel (XLSX) or CSV.",
    ),
    (
        b"SQLite format 3",
        "sqlite",
        "SQLite 데이터베이스입니다. 표를 CSV로 내보내 주세요.",
        "A SQLite database: export the table as CSV.",
    ),
)


def open_tables(
    source: Source, *, policy: Policy, nest: archive.Nest | None = None, files: bool = False
) -> list[Table]:
    """The tables of a file, not yet read. Raises Unreadable with the reason when there is none to be had.

    `nest` is the archive around the file. A zip file of media is one table, the manifest of its files, and with
    `files` every zip file is.
    """
    head = source.head()
    if not head.strip(b"\x00 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty_file", ko="파일이 비어 있습니다.", en="The file is empty.")
    archive.check_directory(head, source)
    if files:
        return [_file_set(head, source)]
    for reader in READERS:
        if reader.matches(head, source):
            return [parted(table, policy) for table in _tables(reader, source, policy)]
    if archive.matches(head, source):
        if nest is None and head.startswith(archive.ZIP) and file_set.looks_like_one(source):
            return [file_set.table(source)]
        return archive.tables(source, policy=policy, read=partial(open_tables, policy=policy), within=nest)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, code, ko, en in REFUSED:
        if start.startswith(magic):
            raise Unreadable(code, ko=ko, en=en)
    if TURTLE.match(start):
        raise xml_records.metadata()
    return [parted(settled(table, policy), policy) for table in csv.tables(source, policy=policy)]


def _tables(reader: Any, source: Source, policy: Policy) -> list[Table]:
    """What a reader finds: what a steward drew or chose, else all that there is."""
    steered = drawing.of(policy)
    if reader not in SHEETS:
        return drawn.chosen(reader.tables(source, policy=policy), steered)
    if steered and steered.lays_out:
        return [settled(drawn.of_sheets(reader.sheets(source), steered, reader.FORMAT, policy), policy)]
    return [settled(table, policy) for table in drawn.chosen(reader.tables(source, policy=policy), steered)]


def _file_set(head: bytes, source: Source) -> Table:
    if not head.startswith(archive.ZIP):
        raise Unreadable(
            "not_a_zip",
            ko="파일 묶음은 ZIP 파일로 올려 주십시오.",
            en="Send a set of files as a ZIP file.",
        )
    return file_set.table(source)
