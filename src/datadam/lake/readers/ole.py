"""Compound files (OLE2), the container of old Office and HWP documents: what kind of document one is."""

import struct
from collections.abc import Iterator

from datadam.lake.errors import Unreadable

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY = 128  # bytes of a directory entry
IN_HEADER = 109  # sectors of the allocation table that the header names
NONE = 0xFFFFFFFF
KINDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"EncryptedPackage"}), "encrypted"),
    (frozenset({"FileHeader", "DocInfo"}), "hwp"),
    (frozenset({"FileHeader", "HwpSummaryInformation"}), "hwp"),
    (frozenset({"Workbook"}), "xls"),
    (frozenset({"Book"}), "xls"),
)
REFUSED: dict[str, tuple[str, str]] = {
    "encrypted": (
        "암호가 걸린 엑셀 파일입니다. 암호를 풀고 다시 저장해 올려 주세요.",
        "The workbook is protected with a password. Remove it, save and send it anew.",
    ),
    "hwp": (
        "한글(HWP) 문서입니다. 한글에서 '다른 이름으로 저장 → HWPX'로 바꾸거나 표를 엑셀로 옮겨 올려 주세요.",
        "An HWP document: save it as HWPX in Hangul, or move its table to Excel, and send that.",
    ),
    "ole": (
        "워드·파워포인트처럼 표 파일이 아닌 옛 문서입니다. 표를 XLSX나 CSV로 저장해 올려 주세요.",
        "An old document (Word, PowerPoint or the like), not a spreadsheet: save its table as XLSX or CSV.",
    ),
    "broken_ole": (
        "옛 엑셀·한글 형식의 파일이 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 저장해 올려 주세요.",
        "An old Office or HWP file that is damaged or incomplete. Save it again and send it anew.",
    ),
}


def kind(content: bytes) -> str:
    """xls, or why it is refused: encrypted, hwp, ole (another document), broken_ole."""
    if content[512:].startswith(b"HWP Document File"):
        return "hwp"
    try:
        names = frozenset(_root_names(content))
    except (struct.error, IndexError, UnicodeDecodeError):
        return "broken_ole"
    return next((found for needed, found in KINDS if needed <= names), "ole")


def refusal(code: str) -> Unreadable:
    ko, en = REFUSED[code]
    return Unreadable(code, ko=ko, en=en)


def _root_names(content: bytes) -> Iterator[str]:
    """Names of the streams and storages in the root, not of what is embedded deeper."""
    entries = b"".join(_directory(content))
    (first,) = struct.unpack_from("<I", entries, 76)
    waiting, seen = [first], set()
    while waiting:
        number = waiting.pop()
        if number == NONE or number in seen:
            continue
        seen.add(number)
        entry = entries[number * ENTRY : (number + 1) * ENTRY]
        length, left, right = struct.unpack_from("<64xH2xII", entry)
        yield entry[: max(length, 2) - 2].decode("utf-16-le")
        waiting += [left, right]


def _directory(content: bytes) -> Iterator[bytes]:
    """The sectors of the directory, by the allocation table."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    (sector,) = struct.unpack_from("<I", content, 48)
    tables = struct.unpack_from(f"<{IN_HEADER}I", content, 76)
    seen = set()
    while sector < NONE - 5 and sector not in seen:
        seen.add(sector)
        place = (sector + 1) * size
        if place + size > len(content):
            raise IndexError("a sector lies beyond the end")
        yield content[place : place + size]
        table, within = divmod(sector * 4, size)
        (sector,) = struct.unpack_from("<I", content, (tables[table] + 1) * size + within)
