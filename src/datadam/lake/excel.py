"""The XLSX of an export, written as XML straight from the engine: no sheet is ever held in memory.

Texts are inline strings, never formulas, so that a value that begins with `=` stays a value. Integers beyond 15
digits, which a spreadsheet would round, and days before March 1900, which it miscounts, are texts too.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

from datadam.lake.errors import TooBig
from datadam.lake.scan import SOURCE, ZONED, in_seoul, quote

MOST_ROWS = 1_048_575  # and one for the header
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DATE, MOMENT, TIME, HEADING = 1, 2, 3, 4  # positions in the style table

PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEET}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="5"><xf xfId="0"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="165" applyNumberFormat="1"/><xf xfId="0" numFmtId="166" applyNumberFormat="1"/>'
    '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def check_size(cursor: Any, selection: Any) -> None:
    """Refuse what a sheet cannot hold, with the reason, before anything is written."""
    texts = [f"max(length({quote(name)}))" for name, type_name in selection.types.items() if type_name == "VARCHAR"]
    rows, *longest = cursor.execute(
        f"SELECT {', '.join(['count(*)', *texts])} FROM {SOURCE} WHERE {selection.where}", selection.bound
    ).fetchall()[0]
    if rows > MOST_ROWS:
        raise _too_big("too_many_rows", "행", "rows", rows, MOST_ROWS)
    if len(selection.types) > MOST_COLUMNS:
        raise _too_big("too_many_columns", "열", "columns", len(selection.types), MOST_COLUMNS)
    if (length := max((value or 0 for value in longest), default=0)) > LONGEST_TEXT:
        raise _too_big("text_too_long", "칸 하나의 글자", "characters in one cell", length, LONGEST_TEXT)


def _too_big(code: str, ko: str, en: str, found: int, most: int) -> TooBig:
    return TooBig(
        code,
        ko=f"XLSX에는 {ko}을(를) {most:,}개까지만 담을 수 있는데 {found:,}개입니다. CSV나 Parquet으로 내려받으세요.",
        en=f"An XLSX sheet holds {most:,} {en}; this has {found:,}. Take CSV or Parquet instead.",
        found=found,
        most=most,
    )


@contextmanager
def sheet(path: Path, columns: Sequence[str]) -> Iterator[IO[bytes]]:
    """A workbook of one sheet, open for its rows as XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for name, content in PARTS.items():
            book.writestr(name, XML + content)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            headings = "".join(f'<c t="inlineStr" s="{HEADING}">{_inline(name)}</c>' for name in columns)
            pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
            file.write(f'{XML}<worksheet xmlns="{MAIN}">{views}<sheetData><row>{headings}</row>\n'.encode())
            yield file
            file.write(b"</sheetData></worksheet>")


def _inline(text: str) -> str:
    return f'<is><t xml:space="preserve">{escape(text)}</t></is>'


def row_expression(types: Mapping[str, str]) -> str:
    """SQL that makes one row's XML."""
    cells = [f"coalesce({_cell(name, type_name)}, '<c/>')" for name, type_name in types.items()]
    return " || ".join(["'<row>'", *cells, "'</row>' || chr(10)"])


def _cell(name: str, type_name: str) -> str:
    value = in_seoul(name, type_name)
    kind = type_name.partition("(")[0]
    if kind == "BOOLEAN":
        return f"'<c t=\"b\"><v>' || CAST(CAST({value} AS INTEGER) AS VARCHAR) || '</v></c>'"
    if kind in ("TIMESTAMP", ZONED):
        days = f"(epoch_us({value}) / 86400000000.0 + 25569)"
        return _dated(value, days, f"{value} >= TIMESTAMP '1900-03-01'", MOMENT)
    if kind == "DATE":
        return _dated(value, f"date_diff('day', DATE '1899-12-30', {value})", f"{value} >= DATE '1900-03-01'", DATE)
    if kind == "TIME":
        return _dated(value, f"(epoch_us({value}) / 86400000000.0)", "true", TIME)
    if kind in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({value}) THEN {_number(value)} END"
    if kind.endswith("INT") or kind in ("INTEGER", "UINTEGER"):
        exact = f"abs(CAST({value} AS HUGEINT)) < 1000000000000000"
        return f"CASE WHEN {exact} THEN {_number(value)} ELSE {_string(value)} END"
    return _string(value)


def _number(value: str, style: int = 0) -> str:
    return f"""'<c{f' s="{style}"' if style else ""}><v>' || CAST({value} AS VARCHAR) || '</v></c>'"""


def _dated(value: str, days: str, countable: str, style: int) -> str:
    within = f"isfinite({value}) AND {countable}" if countable != "true" else "true"
    return f"CASE WHEN {value} IS NULL THEN NULL WHEN {within} THEN {_number(days, style)} ELSE {_string(value)} END"


def _string(value: str) -> str:
    """An inline string. XML cannot hold control characters: they are written `_x0007_`, as Excel itself does."""
    text = f"CAST({value} AS VARCHAR)"
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = f"replace({text}, '{plain}', '{escaped}')"
    text = rf"regexp_replace({text}, '_x([0-9A-Fa-f]{{4}})_', '_x005F_x\1_', 'g')"
    for code in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF):
        text = f"replace({text}, chr({code}), '_x{code:04X}_')"
    plain = f"CAST({value} AS VARCHAR)"
    simple = rf"NOT regexp_matches({plain}, '[&<>\x00-\x08\x0b-\x1f\x{{FFFE}}\x{{FFFF}}]|_x[0-9A-Fa-f]{{4}}_')"
    return (
        f'\'<c t="inlineStr"><is><t xml:space="preserve">\' || '
        f"CASE WHEN {simple} THEN {plain} ELSE {text} END || '</t></is></c>'"
    )
