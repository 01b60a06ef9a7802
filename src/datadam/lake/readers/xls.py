"""Old Excel workbooks (BIFF in a compound file), read as new ones are; other compound files are refused with advice."""

import re
import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from datadam.lake.errors import Unreadable
from datadam.lake.readers import ole, workbook_proof, xlsx
from datadam.lake.readers.base import Policy, Source, Table

FORMAT = "xls"
FIRST_RECORD = re.compile(rb"\x09\x08[\x08\x10]\x00\x00[\x05\x06]\x05\x00")  # BOF of the workbook's globals
FILEPASS, DATEMODE, END = 0x2F, 0x22, 0x0A
RECORDS_BEFORE = 8  # that may stand between the two


def matches(head: bytes, source: Source) -> bool:
    return head.startswith(ole.MAGIC)


def tables(source: Source, *, policy: Policy, limit: int = xlsx.EXPANDED_LIMIT) -> list[Table]:
    """The tables of a workbook. Raises Unreadable or TooBig; a refused sheet beside good ones carries its refusal."""
    content = _content(source, limit)
    since_1904 = any(kind == DATEMODE and value[:1] == b"\1" for kind, value in _globals(content))
    return xlsx.sheet_tables(_opened(content), FORMAT, policy, since_1904=since_1904)


def sheets(source: Source, limit: int = xlsx.EXPANDED_LIMIT) -> list[tuple[str, Any]]:
    """The visible sheets that hold anything, by name."""
    return xlsx.sheets_of(_opened(_content(source, limit)))


def _content(source: Source, limit: int) -> bytes:
    if source.size > limit:
        raise xlsx.too_big(source.size, limit)
    with source.open() as stream:
        content = stream.read()
    kind = ole.kind(content)
    if kind != "xls" or _is_locked(content):
        raise ole.refusal(kind if kind != "xls" else "encrypted")
    if not workbook_proof.passes(content):
        raise Unreadable(
            "broken_xls",
            ko="엑셀 파일(.xls)이 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 저장해 올려 주세요.",
            en="The workbook (.xls) is damaged or incomplete. Save it again and send it anew.",
        )
    return content


def _opened(content: bytes) -> Any:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(BytesIO(content))


def _is_locked(content: bytes) -> bool:
    """Whether the workbook's first records say that the rest is encrypted."""
    return any(kind == FILEPASS for kind, _ in islice(_globals(content), RECORDS_BEFORE))


def _globals(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records that concern the whole workbook, as far as they lie together."""
    first = FIRST_RECORD.search(content)
    place = first.start() if first else len(content)
    while place + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, place)
        if kind == END:
            return
        yield kind, content[place + 4 : place + 4 + length]
        place += 4 + length
