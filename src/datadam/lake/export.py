"""A version of a table as a file to take home: CSV, Parquet, JSON or XLSX, written with bounded memory, then renamed.

Lines are built inside DuckDB and their bytes copied out as they lie, so that no value passes through Python.

CSV is RFC 4180: comma, CRLF, quotes only where needed; null is nothing and an empty text is `""` (in a table of one
column both are `""`, because readers skip empty lines). Moments are Korean clock time without a zone, which is what
the spreadsheets of an office expect and what this lake reads them back as; JSON tells them with `+09:00`.
"""

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from datadam.lake import excel
from datadam.lake.errors import LakeError
from datadam.lake.scan import SOURCE, ZONED, RowFilter, checked, connection, in_seoul, no_column, quote, types_of
from datadam.lake.scan import rows_where as _rows_where

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "parquet", "json", "xlsx"]
Encoding = Literal["utf-8-sig", "utf-8", "cp949"]
BATCH = 20_000  # rows
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lost:
    """A character that CP949 cannot hold, written as `?`: how often, and where first (row 0 is the header)."""

    character: str
    count: int
    first_row: int
    column: str


@dataclass(frozen=True)
class Exported:
    rows: int
    bytes: int
    lost: list[Lost] = field(default_factory=list)


@dataclass(frozen=True)
class Selection:
    """What is written: the granted columns with their types, the files and the condition with its bound values."""

    types: Mapping[str, str]
    where: str
    bound: list[Any]

    def query(self, expressions: str) -> str:
        return f"SELECT {expressions} FROM {SOURCE} WHERE {self.where}"


def write(
    files: Sequence[str],
    *,
    format: Format | str,
    out: Path,
    encoding: Encoding | str = "utf-8-sig",
    columns: Sequence[str] | None = None,
    row_filter: RowFilter | None = None,
) -> Exported:
    """Write the rows in file order to `out`, which appears whole or not at all. `encoding` concerns CSV alone.

    Raises LakeError `no_column`, `unknown_format`, `no_rows_to_export`, and TooBig for what a sheet cannot hold.
    """
    if not files:
        raise LakeError("no_rows_to_export", ko="내려받을 행이 없습니다.", en="There are no rows to export.")
    with connection() as cursor:
        types = types_of(cursor, files)
        shown = checked(types, columns)
        for name in row_filter or ():
            if name not in types:
                raise no_column(name)
        where, values = _rows_where(row_filter or {}, types)
        selection = Selection({name: types[name] for name in shown}, where, [list(files), *values])
        with _appearing(out) as path:
            rows, lost = _writer(format, encoding)(cursor, selection, path)
            size = path.stat().st_size
    return Exported(rows, size, lost)


Writer = Callable[[Any, Selection, Path], tuple[int, list[Lost]]]


def _writer(format: str, encoding: str) -> Writer:
    writers: dict[tuple[str, str], Writer] = {
        ("csv", "utf-8-sig"): lambda cursor, selection, path: _write_csv(cursor, selection, path, BOM),
        ("csv", "utf-8"): lambda cursor, selection, path: _write_csv(cursor, selection, path, b""),
        ("csv", "cp949"): _write_cp949,
    }
    plain: dict[str, Writer] = {"parquet": _write_parquet, "json": _write_json, "xlsx": _write_xlsx}
    writer = plain.get(format) or writers.get((format, encoding))
    if writer is None:
        raise LakeError(
            "unknown_format",
            ko=f"‘{format}, {encoding}’ 형식으로는 내보낼 수 없습니다.",
            en=f"There is no export as “{format}, {encoding}”.",
        )
    return writer


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A path beside `out` that takes its name when all went well and vanishes when not."""
    handle, name = tempfile.mkstemp(prefix=f".{out.name[:40]}.", dir=out.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.chmod(0o644)
        os.replace(path, out)
    finally:
        path.unlink(missing_ok=True)


def _batches(cursor: Any, selection: Selection, expressions: str) -> Iterator["pa.RecordBatch"]:
    yield from cursor.sql(selection.query(expressions), params=selection.bound).to_arrow_reader(BATCH)


def _bytes_of(texts: "pa.Array") -> memoryview:
    """The texts of an Arrow array one after another, as UTF-8, without a copy."""
    import numpy as np

    width = np.int64 if str(texts.type).startswith("large") else np.int32
    offsets = np.frombuffer(texts.buffers()[1], width)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(texts.buffers()[2] or b"")[int(offsets[0]) : int(offsets[-1])]


def _write_csv(cursor: Any, selection: Selection, path: Path, mark: bytes) -> tuple[int, list[Lost]]:
    with path.open("wb") as file:
        file.write(mark + _header(selection).encode())
        return _copy_lines(_batches(cursor, selection, _csv_line(selection.types)), file), []


def _copy_lines(batches: Iterator["pa.RecordBatch"], file: IO[bytes]) -> int:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        if batch.num_rows:
            file.write(_bytes_of(batch.column(0)))
    return rows


def _header(selection: Selection) -> str:
    return ",".join(_quoted(name) for name in selection.types) + "\r\n"


def _quoted(text: str) -> str:
    needed = not text or any(letter in text for letter in '",\r\n')
    return '"' + text.replace('"', '""') + '"' if needed else text


def _csv_line(types: Mapping[str, str]) -> str:
    nothing = "''" if len(types) > 1 else "'\"\"'"
    fields = [f"coalesce({_csv_field(name, types[name])}, {nothing})" for name in types]
    return " || ',' || ".join(fields) + " || chr(13) || chr(10)"


def _csv_field(name: str, type_name: str) -> str:
    text = f"CAST({in_seoul(name, type_name)} AS VARCHAR)"
    if type_name.partition("(")[0] in SIMPLE:
        return text
    needed = " OR ".join(f"contains({text}, {letter})" for letter in ("'\"'", "','", "chr(13)", "chr(10)"))
    return f"""CASE WHEN {text} = '' OR {needed} THEN '"' || replace({text}, '"', '""') || '"' ELSE {text} END"""


# Types whose text never needs quotes.
SIMPLE = {"BIGINT", "INTEGER", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", ZONED}


def _write_cp949(cursor: Any, selection: Selection, path: Path) -> tuple[int, list[Lost]]:
    losses = Losses(list(selection.types))
    rows = 0
    with path.open("wb") as file:
        file.write(losses.encode(_header(selection), 0, None))
        for batch in _batches(cursor, selection, _csv_line(selection.types)):
            if batch.num_rows:
                lines = batch.column(0)
                file.write(losses.encode(bytes(_bytes_of(lines)).decode(), rows + 1, lines))
            rows += batch.num_rows
    return rows, losses.found()


class Losses:
    """Encodes to CP949 and remembers what it could not hold."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns
        self.counts: Counter[str] = Counter()
        self.first: dict[str, tuple[int, str]] = {}

    def encode(self, text: str, row: int, lines: "pa.Array | None") -> bytes:
        """`text` is the lines joined; `row` the number of the first (the header is row 0 and comes without lines)."""
        try:
            return text.encode("cp949")
        except UnicodeEncodeError:
            pass
        own = [text] if lines is None else lines.to_pylist()
        encoded = []
        for number, line in enumerate(own, start=row):
            try:
                encoded.append(line.encode("cp949"))
            except UnicodeEncodeError:
                encoded.append(self._note(line, number))
        return b"".join(encoded)

    def _note(self, line: str, row: int) -> bytes:
        lost = [character for character in line if not _holds(character)]
        self.counts.update(lost)
        for character in set(lost) - self.first.keys():
            fields = next(csv.reader([line], strict=False)) if "\n" not in line[:-2] else _fields(line)
            column = next((name for name, value in zip(self.columns, fields, strict=False) if character in value), "")
            self.first[character] = (row, column)
        return line.encode("cp949", errors="replace")

    def found(self) -> list[Lost]:
        """In the order in which they were met."""
        return sorted(
            (Lost(character, self.counts[character], *place) for character, place in self.first.items()),
            key=lambda lost: (lost.first_row, self.columns.index(lost.column) if lost.column else 0, lost.character),
        )


def _fields(line: str) -> list[str]:
    """A line whose fields hold line ends of their own."""
    return next(csv.reader(line.splitlines(keepends=True)))


_held: dict[str, bool] = {}


def _holds(character: str) -> bool:
    if character < "\x80":
        return True
    if character not in _held:
        _held[character] = character.encode("cp949", errors="ignore") != b""
    return _held[character]


def _write_parquet(cursor: Any, selection: Selection, path: Path) -> tuple[int, list[Lost]]:
    chosen = ", ".join(map(quote, selection.types)) or "NULL"
    target = str(path).replace("'", "''")
    copied = cursor.execute(
        f"COPY ({selection.query(chosen)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", selection.bound
    ).fetchall()
    return int(copied[0][0]), []


def _write_json(cursor: Any, selection: Selection, path: Path) -> tuple[int, list[Lost]]:
    """One array, a record to a line."""
    members = " || ',' || ".join(
        f"to_json({_text(name)}) || ':' || {_json_value(name, type_name)}"
        for name, type_name in selection.types.items()
    )
    batches = _batches(cursor, selection, f"'{{' || {members} || '}},' || chr(10)")
    with path.open("wb") as file:
        file.write(b"[\n")
        rows = _copy_lines(batches, file)
        if rows:  # the comma after the last record
            file.seek(-2, os.SEEK_CUR)
        file.write(b"\n]\n" if rows else b"]\n")
        file.truncate()
    return rows, []


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json_value(name: str, type_name: str) -> str:
    value = quote(name)
    if type_name == ZONED:
        moment = f"CAST({in_seoul(name, type_name)} AS VARCHAR)"
        text = f"to_json(CASE WHEN isfinite({value}) THEN replace({moment}, ' ', 'T') || '+09:00' END)"
    elif type_name == "TIMESTAMP":
        text = f"to_json(replace(CAST({value} AS VARCHAR), ' ', 'T'))"
    elif type_name in ("DOUBLE", "FLOAT"):
        text = f"CASE WHEN isfinite({value}) THEN to_json({value}) END"
    else:
        text = f"to_json({value})"
    return f"coalesce(CAST({text} AS VARCHAR), 'null')"


def _write_xlsx(cursor: Any, selection: Selection, path: Path) -> tuple[int, list[Lost]]:
    excel.check_size(cursor, selection)
    cells = excel.row_expression(selection.types)
    with excel.sheet(path, list(selection.types)) as file:
        return _copy_lines(_batches(cursor, selection, cells), file), []
