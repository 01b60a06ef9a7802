"""HWPX documents (a zip of XML): every table of data in them, in the order in which they stand."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from datadam.lake.errors import LakeError, Unreadable
from datadam.lake.readers import grid, xlsx
from datadam.lake.readers.base import Policy, Source, Table
from datadam.lake.readers.grid import Grid
from datadam.lake.readers.xml_stream import parsed

FORMAT = "hwpx"
TYPE = b"application/hwp+zip"
ADDRESS_LIMIT = 1_000_000
SPACES = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " "}


def matches(head: bytes, source: Source) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            return archive.read("mimetype").strip() == TYPE
    except (*xlsx.BROKEN, KeyError, RuntimeError):
        return TYPE in head[:200]  # cut off: the directory at the end is missing


def tables(source: Source, *, policy: Policy, limit: int = xlsx.EXPANDED_LIMIT) -> list[Table]:
    """The document's tables of two rows and columns or more. Raises Unreadable or TooBig."""
    named = _named(source, limit)
    kept = [(name, found) for name, found in named if not found.is_box]
    left_out = ", ".join(name for name, found in named if found.is_box)
    return grid.tables(kept, left_out and f"box: {left_out}", FORMAT, policy)


def sheets(source: Source, limit: int = xlsx.EXPANDED_LIMIT) -> list[tuple[str, Grid]]:
    """The tables that are no mere frames, by name."""
    return [(name, found.finish()) for name, found in _named(source, limit) if not found.is_box]


def _named(source: Source, limit: int) -> list[tuple[str, Grid]]:
    with source.open() as stream:
        content = stream.read()
    try:
        xlsx.check_archive(content, limit)
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _refuse_locked(archive)
            grids = [found for name in _sections(archive) for found in _Section().tables(archive, name)]
    except xlsx.BROKEN as error:
        raise Unreadable(
            "broken_hwpx",
            ko="한글(HWPX) 파일이 손상되었거나 끝까지 전송되지 않았습니다. 다시 저장해 올려 주세요.",
            en=f"The HWPX file is damaged or incomplete ({error}). Save it again and send it anew.",
        ) from error
    except LakeError as error:
        raise _told_of_hwpx(error) from error
    return [(f"표 {number}", found) for number, found in enumerate(grids, 1)]


def _told_of_hwpx(error: LakeError) -> LakeError:
    """A fault of the XML inside told as one of the file that was sent."""
    if error.code not in ("broken_xml", "truncated_xml", "doctype"):
        return error
    return Unreadable(
        "broken_hwpx",
        ko=f"한글(HWPX) 파일의 내용이 깨져 있습니다. {error.ko}",
        en=f"The content of the HWPX file is broken. {error.en}",
    )


def _refuse_locked(archive: zipfile.ZipFile) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        raise Unreadable(
            "encrypted",
            ko="암호가 걸린 한글 문서입니다. 암호를 풀고 다시 저장해 올려 주세요.",
            en="The HWPX document is protected with a password. Remove it, save and send it anew.",
        )


def _sections(archive: zipfile.ZipFile) -> list[str]:
    names = [name for name in archive.namelist() if name.startswith("Contents/section") and name.endswith(".xml")]
    return sorted(names, key=lambda name: (len(name), name))


@dataclass
class _Cell:
    """A cell that is being read: its paragraphs and where it lies."""

    texts: list[str] = field(default_factory=list)
    row: int = -1
    column: int = -1
    rows: int = 1
    columns: int = 1

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()


@dataclass
class _Open:
    """A table that is being read."""

    grid: Grid
    cell: _Cell | None = None
    row: int = -1

    def close_cell(self) -> None:
        """Where its address says; in the next free place when there is no address or it is taken."""
        cell, self.cell = self.cell, None
        if cell is None:
            return
        if cell.row >= 0 and cell.column >= 0 and self.grid.is_free(cell.row, cell.column):
            self.grid.put(cell.row, cell.column, cell.text, cell.rows, cell.columns)
        else:
            self.grid.append(max(self.row, 0), cell.text, cell.rows, cell.columns)


class _Section:
    """The tables of one section; one inside a cell of another stands by itself."""

    def __init__(self) -> None:
        self._grids: list[Grid] = []
        self._open: list[_Open] = []
        self._in_text = False

    def tables(self, archive: zipfile.ZipFile, name: str) -> list[Grid]:
        def member() -> Iterator[bytes]:
            with archive.open(name) as stream:
                while chunk := stream.read(2**20):
                    yield chunk

        for _ in parsed(member(), self._start, self._end, self._characters):
            pass
        return self._grids

    def _cell(self) -> _Cell | None:
        return self._open[-1].cell if self._open else None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        cell = self._cell()
        if kind == "tbl":
            self._grids.append(Grid())
            self._open.append(_Open(self._grids[-1]))
        elif kind == "tr" and self._open:
            self._open[-1].row += 1
        elif kind == "tc" and self._open:
            self._open[-1].cell = _Cell()
        elif kind == "t":
            self._in_text = True
        elif cell is not None:
            _place(cell, kind, attributes)

    def _end(self, tag: str) -> None:
        kind = tag.rpartition(":")[2]
        cell = self._cell()
        if kind == "tbl" and self._open:
            self._open.pop()
        elif kind == "t":
            self._in_text = False
        elif kind == "p" and cell is not None:
            cell.texts.append("\n")
        elif kind == "tc" and cell is not None:
            self._open[-1].close_cell()

    def _characters(self, text: str) -> None:
        cell = self._cell()
        if self._in_text and cell is not None:
            cell.texts.append(text)


def _place(cell: _Cell, kind: str, attributes: dict[str, str]) -> None:
    if kind == "cellAddr":
        cell.row, cell.column = _number(attributes, "rowAddr", 0), _number(attributes, "colAddr", 0)
    elif kind == "cellSpan":
        cell.rows, cell.columns = _number(attributes, "rowSpan", 1), _number(attributes, "colSpan", 1)
    elif kind in SPACES:
        cell.texts.append(SPACES[kind])


def _number(attributes: dict[str, str], name: str, least: int) -> int:
    """A whole number of the document. Raises ValueError when it is none that a table has."""
    value = int(attributes.get(name, least))
    if not least <= value <= ADDRESS_LIMIT:
        raise ValueError(f"{name} is {value}")
    return value
