"""Reports as files: CSV with a BOM, and workbooks of small tables."""

import csv
import io
from collections.abc import Iterable, Sequence

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]  # name of the sheet, header, rows


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """For a spreadsheet program: what would be a formula there is a text."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(header)
    writer.writerows([[_text(cell) for cell in row] for row in rows])
    return made.getvalue().encode("utf-8-sig")


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) and not cell[1:2].isdigit() else cell


def workbook(tables: Iterable[Table]) -> bytes:
    """A sheet for each table, all cells texts."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    for name, header, rows in tables:
        sheet = book.create_sheet(name)
        for row in (header, *rows):
            cells = [WriteOnlyCell(sheet, openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell)) for cell in row]
            for cell in cells:
                cell.data_type = "s"
            sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
