"""Records with their numbers and faults: lines of NDJSON parsed, and batches turned into blocks."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from datadam.lake.readers.base import BadRow, Block, Source
from datadam.lake.readers.json_shape import Plan, Record
from datadam.lake.readers.json_stream import NotFinite, has_long_number, line_blocks

BLOCK_ROWS, BLOCK_BYTES = 10_000, 8 * 2**20


@dataclass
class Batch:
    """Records with the line or record number of each, and what was no record."""

    records: list[Record]
    numbers: np.ndarray
    bad: list[BadRow] = field(default_factory=list)
    blank: int = 0
    nans: int = 0


def line_batches(source: Source, encoding: str, nan_as_null: bool) -> Iterator[Batch]:
    first = 1
    with source.open() as stream:
        for block in line_blocks(stream, encoding):
            lines = block.split(b"\n")
            yield _parsed_fast(block, lines, first, encoding) or _parsed(lines, first, encoding, nan_as_null)
            first += len(lines)


def _parsed_fast(block: bytes, lines: list[bytes], first: int, encoding: str) -> Batch | None:
    """All lines at once when each is an object and no number is too long for orjson."""
    if encoding == "cp949" or has_long_number(block):
        return None
    try:
        records = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        return None
    if set(map(type, records)) != {dict}:
        return None
    return Batch(records, np.arange(first, first + len(lines), dtype=np.int64))


def _parsed(lines: list[bytes], first: int, encoding: str, nan_as_null: bool) -> Batch:
    batch = Batch([], np.empty(0, np.int64))
    numbers: list[int] = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            batch.blank += 1
            continue
        record, reason = _parsed_line(line, encoding, nan_as_null)
        if reason == "nan" and record is not None:
            batch.nans += 1
            reason = ""
        if reason or record is None:
            batch.bad.append(BadRow.of(number, reason, line.decode(encoding, "replace").rstrip("\r")))
        else:
            batch.records.append(record)
            numbers.append(number)
    batch.numbers = np.array(numbers, dtype=np.int64)
    return batch


def _parsed_line(line: bytes, encoding: str, nan_as_null: bool) -> tuple[Record | None, str]:
    """(record, "") or (None, reason); (record, "nan") when NaN was read as null."""
    try:
        text = line.decode("cp949" if encoding == "cp949" else "utf-8")
    except UnicodeDecodeError:
        return None, "encoding"
    not_finite = NotFinite()
    try:
        value = _loads(line, text, not_finite)
    except (ValueError, RecursionError):
        return None, "json"
    if not isinstance(value, dict):
        return None, "not_object"
    words = not_finite.taken()
    if not words:
        return value, ""
    return (value if nan_as_null and set(words) == {"NaN"} else None), "nan"


def _loads(line: bytes, text: str, not_finite: NotFinite) -> Any:
    if not has_long_number(line):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    return json.loads(text, parse_constant=not_finite, strict=False)


def block_of(columns: Plan, batch: Batch) -> Block:
    set_aside = {"blank_row": batch.blank} if batch.blank else {}
    try:
        return Block(columns.cells(batch.records), batch.numbers, batch.bad, set_aside)
    except UnicodeEncodeError:
        return block_of(columns, _without_surrogates(batch))


def joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same rows in blocks of at least BLOCK_ROWS or BLOCK_BYTES, but for the last."""
    waiting: list[Block] = []
    rows = size = 0
    for block in blocks:
        waiting.append(block)
        rows, size = rows + block.cells.num_rows, size + block.cells.nbytes
        if rows >= BLOCK_ROWS or size >= BLOCK_BYTES:
            yield _one(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield _one(waiting)


def _one(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    cells = pa.Table.from_batches([block.cells for block in blocks]).combine_chunks().to_batches()
    bad = [row for block in blocks for row in block.bad]
    aside = Counter[str]()
    for block in blocks:
        aside.update(block.set_aside)
    lines = np.concatenate([block.line_numbers() for block in blocks])
    return Block(cells[0] if cells else blocks[0].cells, lines, bad, dict(aside))


def _without_surrogates(batch: Batch) -> Batch:
    whole: list[bool] = []
    bad = list(batch.bad)
    for number, record in zip(batch.numbers, batch.records, strict=True):
        text = json.dumps(record, ensure_ascii=False)
        whole.append(text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))
        if not whole[-1]:
            bad.append(BadRow.of(int(number), "encoding", json.dumps(record)))
    records = [record for record, keep in zip(batch.records, whole, strict=True) if keep]
    return Batch(records, batch.numbers[np.array(whole, bool)], sorted(bad, key=lambda row: row.line), batch.blank)
