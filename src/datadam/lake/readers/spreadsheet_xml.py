"""Excel's XML of 2003 (SpreadsheetML), often named .xls: every worksheet, read the way those of XLSX are."""

from datetime import date, datetime
from typing import Any

from datadam.lake.errors import TooBig
from datadam.lake.readers import grid
from datadam.lake.readers.base import Policy, Source, Table
from datadam.lake.readers.grid import Grid
from datadam.lake.readers.json_stream import sniffed_encoding
from datadam.lake.readers.xml_stream import encoding_of, parsed, utf8

FORMAT = "xml_spreadsheet"
NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
LIMIT = 512 * 2**20


def matches(head: bytes, source: Source) -> bool:
    text = head.decode(sniffed_encoding(head) or "latin-1", "replace").removeprefix("ï»¿").lstrip("\ufeff \t\r\n")
    return text.startswith("<") and NAMESPACE in text and "Workbook" in text


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """The tables of a workbook. Raises Unreadable or TooBig; a refused sheet beside good ones carries its refusal."""
    if source.size > LIMIT:
        raise TooBig(
            "too_big",
            ko=f"이 형식의 엑셀 파일은 {LIMIT // 2**20}MB까지만 읽습니다. CSV로 저장해 올려 주세요.",
            en=f"Workbooks of this form are read up to {LIMIT // 2**20} MB: save it as CSV.",
            limit=LIMIT,
        )
    encoding = encoding_of(source)
    book = _read(source, encoding)
    filled = [(name, sheet) for name, sheet in book.sheets if any(sheet.cells)]
    empty = ", ".join(name for name, sheet in book.sheets if not any(sheet.cells))
    found = grid.tables(filled, empty and f"empty: {empty}", FORMAT, policy)
    for table in found:
        table.encoding = encoding
    return found


def sheets(source: Source) -> list[tuple[str, Grid]]:
    """The worksheets that hold anything, by name."""
    book = _read(source, encoding_of(source))
    return [(name, sheet.finish()) for name, sheet in book.sheets if any(sheet.cells)]


def _read(source: Source, encoding: str) -> "_Book":
    book = _Book()
    for _ in parsed(utf8(source, encoding), book.start, book.end, book.characters):
        pass
    return book


class _Book:
    """The worksheets of a workbook, with the place that the next cell has."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, Grid]] = []
        self._row = self._column = -1
        self._spans = (1, 1)
        self._type = ""
        self._value: Any = ""
        self._texts: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        facts = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if kind == "Worksheet":
            self.sheets.append((facts.get("Name", ""), Grid()))
            self._row = -1
        elif kind == "Row":
            self._row, self._column = _place(facts, self._row), -1
        elif kind == "Cell":
            self._column, self._value = _place(facts, self._column), ""
            self._spans = 1 + _count(facts, "MergeDown"), 1 + _count(facts, "MergeAcross")
        elif kind == "Data":
            self._type, self._texts = facts.get("Type", "String"), []

    def end(self, tag: str) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "Data" and self._texts is not None:
            self._value, self._texts = _value(self._type, "".join(self._texts)), None
        elif kind == "Cell" and self.sheets and self._row >= 0:
            self.sheets[-1][1].put(self._row, self._column, self._value, *self._spans)
            self._column += self._spans[1] - 1

    def characters(self, text: str) -> None:
        if self._texts is not None:
            self._texts.append(text)


def _count(facts: dict[str, str], name: str) -> int:
    text = facts.get(name, "")
    return min(int(text), grid.CELL_LIMIT) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _place(facts: dict[str, str], last: int) -> int:
    """Where a row or cell lies: at its index (from 1) when it has one ahead of the last, else next."""
    return max(_count(facts, "Index") - 1, last + 1)


def _value(kind: str, text: str) -> Any:
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            moment = datetime.fromisoformat(text)
            return moment if moment.time().isoformat() != "00:00:00" else date(moment.year, moment.month, moment.day)
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text.strip()
