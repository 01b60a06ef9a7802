"""How offices write files: separators, encodings and spreadsheets with the habits that a reader has to bear."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[object]


def dice(name: str) -> random.Random:
    """The random source of one file: the same name gives the same file on every machine."""
    return random.Random(f"datadam:{name}")


def comma(value: float) -> str:
    """`1234567` as `1,234,567`."""
    return f"{value:,}"


def won(dice: random.Random, low: int, high: int) -> int:
    """An amount between `low` and `high`, round to a thousand won."""
    return dice.randrange(low, high, 1000)


def delimited(rows: Iterable[Row], *, separator: str = ",", newline: str = "\r\n") -> str:
    """Rows as separated text; a cell is quoted only when it must be."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=newline).writerows(rows)
    return out.getvalue()


def with_lines(text: str, lines: dict[int, str], newline: str = "\r\n") -> str:
    """`text` with hand-broken lines put in front of the given line numbers (1 is the header)."""
    out = text.split(newline)
    for number in sorted(lines, reverse=True):
        out.insert(number - 1, lines[number])
    return newline.join(out)


def trailing_commas(text: str, newline: str = "\r\n") -> str:
    """Every line ends with one comma too many, as spreadsheets with a ghost column save."""
    return newline.join(f"{line}," if line else line for line in text.split(newline))


def ndjson(records: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def workbook(sheets: dict[str, list[Row]], *, merged_title: bool = False) -> bytes:
    """An XLSX of the given sheets; with `merged_title` the first row of the first sheet spans the table."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if merged_title:
        book.worksheets[0].merge_cells(start_row=1, start_column=1, end_row=1, end_column=6)
    raw = io.BytesIO()
    book.save(raw)
    return _without_moments(raw)


def _without_moments(raw: io.BytesIO) -> bytes:
    """The same archive without the moment of saving, so that the same rows are the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "docProps/core.xml":
                new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
            else:
                new.writestr(zipfile.ZipInfo(name), EMPTY_CORE)
    return out.getvalue()


EMPTY_CORE = (
    '<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties '
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)


def parquet(columns: dict[str, Any]) -> bytes:
    """Arrow arrays by name as one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()
