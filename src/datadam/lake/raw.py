"""A file as it stands, before anything is understood: the first and last cells of a sheet or of a text."""

import csv as csv_text
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from datadam.lake import hiding
from datadam.lake.errors import LakeError
from datadam.lake.readers import READERS, SHEETS, archive, csv, open_tables
from datadam.lake.readers.base import Source
from datadam.lake.readers.dialect import SWAP, Dialect, ends_with_returns, find_dialect, placed_rows, sample_records
from datadam.lake.readers.drawing import Drawing, words_of
from datadam.lake.readers.drawn import Sheets
from datadam.lake.readers.encoding import detect
from datadam.lake.readers.values import text_of

TOP, BOTTOM, WIDE = 60, 10, 30
LABELLING = 3  # lines in which a header is looked for
CELL = 60  # characters shown of a cell
TAIL = 64 << 10


@dataclass(frozen=True)
class Line:
    """`number`: the row of the sheet or line of the text; negative when counted from a text's end."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Raw:
    """`kind`: sheet, text, records (which lay themselves out) or other. `sheets`: what one may choose among."""

    kind: str
    sheets: list[str] = field(default_factory=list)
    sheet: str = ""
    top: list[Line] = field(default_factory=list)
    bottom: list[Line] = field(default_factory=list)
    columns: int = 0
    first_column: int = 1
    rows: int = 0  # 0: not counted
    encoding: str = ""
    delimiter: str = ""


def covered(raw: Raw) -> Raw:
    """The same with personal data masked. Where the header lies is not known: the first lines label their columns."""
    lines = [*raw.top, *raw.bottom]
    wide = max((len(line.cells) for line in lines), default=0)
    rows = [[*line.cells, *[""] * (wide - len(line.cells))] for line in lines]
    labels = [" ".join(row[at] for row in rows[:LABELLING]) for at in range(wide)]
    safe = [
        replace(line, cells=[str(cell) for cell in cells[: len(line.cells)]])
        for line, cells in zip(lines, hiding.grid(labels, rows), strict=True)
    ]
    return replace(raw, top=safe[: len(raw.top)], bottom=safe[len(raw.top) :])


def look(source: Source, sheet: str = "", encoding: str = "", delimiter: str = "") -> Raw:
    """The raw cells of a sheet (the first without a name) or of a text. Raises LakeError for what holds none."""
    head = source.head()
    archive.check_directory(head, source)
    reader: Any = next((each for each in READERS if each.matches(head, source)), None)
    if reader in SHEETS:
        return _of_sheet(reader.sheets(source), sheet)
    if reader is not None or archive.matches(head, source):
        return _of_records(source, sheet, "records" if reader else "other")
    return _of_text(source, encoding, delimiter)


def _of_records(source: Source, sheet: str, kind: str) -> Raw:
    try:
        names = [table.name for table in open_tables(source, policy="apply") if table.name]
    except LakeError:
        names = []
    return Raw(kind, names, sheet if sheet in names else "")


def _of_sheet(sheets: Sheets, wanted: str) -> Raw:
    names = [name for name, _ in sheets]
    if not names:
        return Raw("other")
    at = names.index(wanted) if wanted in names else 0
    found = sheets[at][1]
    first = int(found.start[1]) + 1
    top = [Line(number, _cells(row)) for number, row in enumerate(islice(found.iter_rows(), TOP), 1)]
    last: deque[tuple[int, Sequence[Any]]] = deque(enumerate(found.iter_rows(), 1), maxlen=BOTTOM)
    bottom = [Line(number, _cells(row)) for number, row in last if number > len(top)]
    rows = last[-1][0] if last else 0
    return Raw("sheet", names, names[at], _trimmed(top), bottom, first + found.width - 1, first, rows)


def _trimmed(lines: list[Line]) -> list[Line]:
    while lines and not any(lines[-1].cells):
        lines.pop()
    return lines


def _cells(row: Iterable[Any]) -> list[str]:
    return [_cell(text_of(value) or "") for value in islice(row, WIDE)]


def _cell(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _of_text(source: Source, encoding: str, delimiter: str) -> Raw:
    encoding = encoding or detect(source)
    sample = csv.sample_of(source, encoding)
    if ends_with_returns(sample):
        sample = sample.translate(SWAP)
    dialect = find_dialect(sample, delimiter=delimiter)
    records = sample_records(sample, dialect)
    top = [Line(each.line, _cells(each.fields)) for each in records[:TOP]]
    whole = len(sample.encode()) >= source.size - 3
    bottom = _last_of(sample, dialect, top) if whole else _tail(source, encoding, dialect)
    columns = max((len(each.fields) for each in records), default=0)
    return Raw("text", [], "", top, bottom, columns, 1, 0, encoding, dialect.delimiter)


def _last_of(sample: str, dialect: Dialect, top: list[Line]) -> list[Line]:
    last: deque[Line] = deque(maxlen=BOTTOM)
    with suppress(csv_text.Error):
        last.extend(_placed(sample, dialect))
    return [line for line in last if not top or line.number > top[-1].number]


def _placed(text: str, dialect: Dialect) -> Iterator[Line]:
    for before, _, _, fields in placed_rows(text, dialect):
        if fields:
            yield Line(before + 1, _cells(fields))


def _tail(source: Source, encoding: str, dialect: Dialect) -> list[Line]:
    """The last lines of a long text, counted from its end; none in UTF-16, where a cut may go astray."""
    if encoding.startswith("utf-16"):
        return []
    with source.open() as stream:
        stream.seek(max(0, source.size - TAIL))
        data = stream.read()
    text = data[data.find(b"\n") + 1 :].decode(encoding.removesuffix("-sig"), "replace")
    rows: deque[list[str]] = deque(maxlen=BOTTOM)
    with suppress(csv_text.Error):
        rows.extend(fields for fields in dialect.rows(text) if fields)
    return [Line(at - len(rows), _cells(fields)) for at, fields in enumerate(rows)]


def words(source: Source, drawn: Drawing) -> tuple[dict[int, str], str]:
    """The first words of the rows that a drawing leaves out (blank ones left away), and of those cut at its end."""
    seen = look(source, drawn.sheet, drawn.encoding, drawn.delimiter)
    wanted = {row for row, _ in drawn.omit} | set(range(drawn.header[1] + 1 if drawn.header else 1, drawn.data))
    if seen.kind == "sheet":
        return _words_of_sheet(source, drawn, wanted)
    lines = [line for line in (*seen.top, *seen.bottom) if any(line.cells)]
    last = lines[-drawn.cut] if 0 < drawn.cut <= min(len(lines), max(len(seen.bottom), BOTTOM)) else None
    found = {line.number: words_of(line.cells) for line in lines if line.number in wanted}
    return found, words_of(last.cells) if last else ""


def _words_of_sheet(source: Source, drawn: Drawing, wanted: set[int]) -> tuple[dict[int, str], str]:
    reader: Any = next(each for each in READERS if each.matches(source.head(), source))
    sheets = reader.sheets(source)
    sheet = next((each for name, each in sheets if name == drawn.sheet), sheets[0][1])
    found: dict[int, str] = {}
    last: deque[str] = deque(maxlen=drawn.cut)
    for number, row in enumerate(sheet.iter_rows(), 1):
        if any(value != "" for value in row):
            last.append(words_of(row) if drawn.cut else "")
            if number in wanted:
                found[number] = words_of(row)
    return found, last[0] if last else ""
