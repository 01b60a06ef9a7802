"""Where personal data is in a table: every row and every column.

Columns are read one by one, in pieces, by two threads (Arrow and numpy work outside Python's lock), so that memory
holds a piece of two columns. Columns of few values are judged by their dictionaries, columns of small numbers by the
statistics of their files.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datadam.lake.personal.judging import Case, Draft, beside, judge
from datadam.lake.personal.kinds import Sighting
from datadam.lake.personal.masking import masked_value
from datadam.lake.personal.numbers import SMALLEST, count_numbers
from datadam.lake.personal.tally import Piece, Tally
from datadam.lake.personal.wording import ADDRESS, HOME, UNNAMED, About, Called
from datadam.lake.types import Column

THREADS = 2
ROWS = 1 << 17
BYTES = 32 << 20  # of a piece of text
DICTIONARY_BYTES = 3  # a value, at most, in a column that its dictionary tells

_HOUSE = r"(?:로|길|동|리|가)[ ]?(?:산 ?)?\d+(?:-\d+)?(?:[ ,(번]|$)|\d+ ?동 ?\d+ ?호"
_DECIMAL = r"^\d{9,12}\.0$|^\d{14,15}\.0$"  # thirteen digits tell by themselves
_BIRTH = r"^\s*(?:(?:19|20)\d\d\s*[-./년]?\s*\d{1,2}\s*[-./월]?\s*\d{1,2}\s*[.일]?|\d\d[-./]?\d\d[-./]?\d\d)(?:\D.*)?$"


def scan(paths: Sequence[Path], columns: Sequence[Column] = ()) -> list[Sighting]:
    """Of a table in Parquet files. `columns` tell what they were called in the file that they came from."""
    files = [(str(path), pq.read_metadata(path)) for path in paths]
    if not files:
        return []
    schema = files[0][1].schema.to_arrow_schema()
    rows = sum(metadata.num_rows for _, metadata in files)
    with ThreadPoolExecutor(THREADS) as pool:
        sizes = _sizes(files[0][1])
        order = sorted(schema.names, key=lambda name: -sizes.get(name, 0))
        called = _called(schema.names, columns)
        work = {name: pool.submit(_count_stored, files, schema.field(name).type, name, called[name]) for name in order}
        tallies = {name: work[name].result() for name in schema.names}
    return sightings(tallies, called, rows)


def scan_table(table: pa.Table, columns: Sequence[Column] | None = None, *, exhaustive: bool = True) -> list[Sighting]:
    """The same of a table in memory; `exhaustive` is False for a sample of one."""
    called = _called(table.column_names, columns or ())
    tallies = {}
    for name in table.column_names:
        tallies[name] = tally = Tally()
        for chunk in table.column(name).chunks:
            _count(tally, chunk, called[name])
    return sightings(tallies, called, table.num_rows, exhaustive=exhaustive)


def sightings(
    tallies: dict[str, Tally], called: dict[str, Called], rows: int, *, exhaustive: bool = True
) -> list[Sighting]:
    about = About.of(called.values())
    drafts = {name: judge(Case(called[name], tally, about)) for name, tally in tallies.items() if tally.rows}
    beside(drafts)
    return [_sighting(name, draft, rows, exhaustive) for name, found in drafts.items() for draft in found]


def _sighting(name: str, draft: Draft, rows: int, exhaustive: bool) -> Sighting:
    return Sighting(
        name, draft.kind, min(draft.count, rows), rows, exhaustive, "text" if draft.text else "column",
        draft.blocking, json.loads(json.dumps(draft.why)), masked_value(draft.example, draft.kind),
    )  # fmt: skip


def _called(names: Sequence[str], columns: Sequence[Column]) -> dict[str, Called]:
    """What each column is called, in the table and in the file."""
    source = {column.name: column.source for column in columns}
    return {name: Called(source.get(name) or name, name) for name in names}


# Counting


def _count_stored(files: list[tuple[str, Any]], type_: pa.DataType, name: str, called: Called) -> Tally:
    tally = Tally()
    for path, metadata in files:
        groups = _groups_to_read(tally, metadata, type_, name, called)
        if groups:
            told = pa.types.is_string(type_) and _dictionary_tells(metadata, name)
            file = pq.ParquetFile(path, metadata=metadata, read_dictionary=[name] if told else None)
            with file:
                for batch in file.iter_batches(ROWS, row_groups=groups, columns=[name], use_threads=False):
                    _count(tally, batch.column(0), called)
    return tally


def _groups_to_read(tally: Tally, metadata: Any, type_: pa.DataType, name: str, called: Called) -> list[int]:
    """Those that may hold something: not what is no text or number, nor small numbers."""
    everything = list(range(metadata.num_row_groups))
    if _texts(type_) or (called.said == "birth_date" and not pa.types.is_boolean(type_)):
        return everything
    if pa.types.is_boolean(type_) or pa.types.is_temporal(type_):
        return []
    if not (pa.types.is_integer(type_) or pa.types.is_floating(type_)):
        return everything
    place = [metadata.schema.column(i).path for i in range(len(metadata.schema))].index(name)
    kept = [g for g in everything if not _small(metadata.row_group(g).column(place).statistics)]
    skipped = set(everything) - set(kept)
    tally.rows += sum(metadata.row_group(group).num_rows for group in skipped)
    return kept


def _small(statistics: Any) -> bool:
    return statistics is not None and statistics.has_min_max and not statistics.max >= SMALLEST


def _texts(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_dictionary(type_)


def _sizes(metadata: Any) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            sizes[column.path_in_schema] = sizes.get(column.path_in_schema, 0) + column.total_uncompressed_size
    return sizes


def _dictionary_tells(metadata: Any, name: str) -> bool:
    return _sizes_of(metadata, name) <= DICTIONARY_BYTES * metadata.num_rows + (1 << 16)


def _sizes_of(metadata: Any, name: str) -> int:
    return _sizes(metadata)[name]


def _count(tally: Tally, values: Any, called: Called) -> None:
    values = values.drop_null() if values.null_count else values
    tally.rows += len(values)
    if not len(values):
        return
    if pa.types.is_dictionary(values.type):
        weights = np.bincount(values.indices.to_numpy(zero_copy_only=False), minlength=len(values.dictionary))
        used = np.flatnonzero(weights)
        texts = values.dictionary.take(pa.array(used)) if len(used) < len(weights) else values.dictionary
        _count_texts(tally, texts.cast(pa.string()), called, weights[used])
    elif _texts(values.type):
        for piece in _pieces(values.cast(pa.string())):
            _count_texts(tally, piece, called)
    elif pa.types.is_integer(values.type):
        count_numbers(tally, values.cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False), called.said)
    elif pa.types.is_floating(values.type):
        numbers = values.to_numpy(zero_copy_only=False)
        whole = numbers[np.isfinite(numbers) & (np.floor(numbers) == numbers) & (abs(numbers) < 2**53)]
        if len(whole) >= 0.9 * len(numbers):
            count_numbers(tally, whole.astype(np.int64), called.said)
    elif called.said == "birth_date" and (pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)):
        tally.count(("birth_date", "whole", "ok"), len(values), str(values[0].as_py())[:10])
    elif not (pa.types.is_temporal(values.type) or pa.types.is_boolean(values.type)):
        _count_texts(tally, pa.array([str(value) for value in values.to_pylist()]), called)  # lists, binary, decimals


def _pieces(values: Any) -> Iterator[Any]:
    """Slices small enough for the memory that they need in between."""
    steps = max(1, values.nbytes // BYTES)
    size = -(-len(values) // steps)
    for start in range(0, len(values), size):
        yield values.slice(start, size)


def _count_texts(tally: Tally, texts: Any, called: Called, weights: Any = None) -> None:
    Piece(tally, texts, weights).look()
    kind = called.said
    _count_decimals(tally, texts, weights, kind)
    if kind == "birth_date":
        _count_fitting(tally, texts, weights, "birth_date", _BIRTH)
    elif ADDRESS.search(called.both) or UNNAMED.match(called.source):
        found = _count_fitting(tally, texts, weights, "address", _HOUSE)
        if found and HOME.search(called.both):
            tally.count(("address", "whole", "home"), found)


def _count_decimals(tally: Tally, texts: Any, weights: Any, said: str) -> None:
    """A column of numbers that a spreadsheet wrote with `.0`: those that may have lost their noughts, as numbers."""
    if not all(_decimals(some) >= 0.9 * len(some) for some in (texts.slice(0, 100), texts)):
        return
    rows = np.flatnonzero(pc.match_substring_regex(texts, _DECIMAL).to_numpy(zero_copy_only=False))
    values = texts.take(pa.array(rows)).cast(pa.float64()).to_numpy().astype(np.int64)
    count_numbers(tally, values if weights is None else np.repeat(values, weights[rows]), said)


def _decimals(texts: Any) -> int:
    return pc.sum(pc.ends_with(texts, ".0")).as_py() or 0


def _count_fitting(tally: Tally, texts: Any, weights: Any, kind: str, pattern: str) -> int:
    rows = np.flatnonzero(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False))
    if not len(rows):
        return 0
    number = len(rows) if weights is None else int(weights[rows].sum())
    tally.count((kind, "whole", "ok"), number, texts[int(rows[0])].as_py())
    return number
