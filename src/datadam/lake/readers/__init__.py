"""The front door: which reader a file's bytes ask for. The file's name is never consulted."""

from datadam.lake.errors import Unreadable
from datadam.lake.readers import csv, json_records, parquet, xlsx
from datadam.lake.readers.base import BadRow, Block, Policy, Source, Table
from datadam.lake.readers.body import settled

__all__ = ["BadRow", "Block", "Policy", "Source", "Table", "open_tables"]

# What is recognised and refused for now: first bytes → (code, Korean, English)
REFUSED: tuple[tuple[bytes, str, str, str], ...] = (
    (
        b"%PDF",
        "pdf",
        "PDF 문서입니다. 표를 엑셀이나 CSV로 저장해 올려 주세요.",
        "A PDF: save its table as Excel or CSV.",
    ),
    (b"\x1f\x8b", "gzip", "gzip 압축 파일입니다. 풀어서 올려 주세요.", "A gzip file: please unpack it first."),
    (b"PK\x03\x04", "zip", "zip 압축 파일입니다. 풀어서 올려 주세요.", "A zip file: please unpack it first."),
    (
        b"\xd0\xcf\x11\xe0",
        "ole",
        "옛 한글·엑셀 형식입니다. XLSX나 CSV로 저장해 올려 주세요.",
        "An old Office or HWP file: save it as XLSX or CSV.",
    ),
    (
        b"SQLite format 3",
        "sqlite",
        "SQLite 데이터베이스입니다. 표를 CSV로 내보내 주세요.",
        "A SQLite database: export the table as CSV.",
    ),
    (b"<", "markup", "HTML·XML 문서는 아직 읽지 못합니다.", "HTML and XML documents are not read yet."),
)


def open_tables(source: Source, *, policy: Policy) -> list[Table]:
    """The tables of a file, not yet read. Raises Unreadable with the reason when there is none to be had."""
    head = source.head()
    if not head.strip(b"\x00 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty_file", ko="파일이 비어 있습니다.", en="The file is empty.")
    for reader in (parquet, xlsx, json_records):
        if reader.matches(head, source):
            found = reader.tables(source, policy=policy)
            return [settled(table, policy) for table in found] if reader is xlsx else found
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, code, ko, en in REFUSED:
        if start.startswith(magic):
            raise Unreadable(code, ko=ko, en=en)
    return [settled(table, policy) for table in csv.tables(source, policy=policy)]
