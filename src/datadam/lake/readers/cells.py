"""Columns of spreadsheet values, chunk by chunk, into Arrow columns of one type each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.readers.values import EXACT_IN_DOUBLE, UTC_MICROSECONDS, localised, text_array

TIME64 = pa.time64("us")
LOCAL = pa.timestamp("us")


@dataclass
class ColumnBuilder:
    """Chunks of one column with the kind of each: number, bool, date, timestamp, time, text or null."""

    chunks: list[tuple[str, pa.Array]] = field(default_factory=list)

    def add(self, values: Sequence[Any]) -> None:
        self.chunks.append(_chunk(values))

    @property
    def is_blank(self) -> bool:
        return all(kind == "null" for kind, _ in self.chunks)

    @property
    def is_naive_time(self) -> bool:
        """Whether the column's values are local points in time."""
        kinds = self._kinds()
        return "timestamp" in kinds and kinds <= {"timestamp", "date"}

    def finish(self) -> pa.ChunkedArray:
        """The whole column: native when all its chunks agree, else text. Days beside points in time join them."""
        kinds = self._kinds()
        if kinds == {"number"}:
            return _numbers([array for kind, array in self.chunks if kind != "null"], self.chunks)
        if kinds in ({"timestamp"}, {"timestamp", "date"}):
            return _typed([(kind, array.cast(LOCAL)) for kind, array in self.chunks], LOCAL, localise=True)
        if len(kinds) == 1 and kinds != {"text"}:
            return _typed(self.chunks, {"bool": pa.bool_(), "date": pa.date32(), "time": TIME64}[kinds.pop()])
        return _typed([(kind, _as_text(kind, array)) for kind, array in self.chunks], pa.string())

    def _kinds(self) -> set[str]:
        return {kind for kind, _ in self.chunks} - {"null"}


def _typed(chunks: list[tuple[str, pa.Array]], kind: pa.DataType, localise: bool = False) -> pa.ChunkedArray:
    arrays = [pa.nulls(len(array), kind) if name == "null" else array.cast(kind) for name, array in chunks]
    if localise:
        return pa.chunked_array([localised(array) for array in arrays], UTC_MICROSECONDS)
    return pa.chunked_array(arrays, kind)


def _numbers(filled: list[pa.Array], chunks: list[tuple[str, pa.Array]]) -> pa.ChunkedArray:
    whole = all(is_whole(array.drop_null().to_numpy(zero_copy_only=False)) for array in filled)
    return _typed(chunks, pa.int64() if whole else pa.float64())


def is_whole(values: np.ndarray) -> bool:
    """Whether doubles are all integers that a double holds exactly."""
    return bool((np.abs(values) < EXACT_IN_DOUBLE).all() and (values == np.trunc(values)).all())


def _as_text(kind: str, array: pa.Array) -> pa.Array:
    if kind == "text":
        return array
    if kind == "null":
        return pa.nulls(len(array), pa.string())
    return text_array(array.to_pylist())


def _chunk(values: Sequence[Any]) -> tuple[str, pa.Array]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return _texts(values)
    if str in kinds:
        values = [None if value == "" else value for value in values]
        kinds = set(map(type, values)) - {type(None)}
    if kinds <= {float, int}:
        return "number", pa.array(values, pa.float64())
    if kinds == {datetime, date}:
        values = [datetime(v.year, v.month, v.day) if type(v) is date else v for v in values]
        return "timestamp", pa.array(values, LOCAL)
    for only, name, arrow in _PLAIN:
        if kinds == {only}:
            return name, pa.array(values, arrow)
    return "text", text_array(values)


_PLAIN: list[tuple[type, str, pa.DataType]] = [
    (bool, "bool", pa.bool_()),
    (date, "date", pa.date32()),
    (datetime, "timestamp", LOCAL),
    (time, "time", TIME64),
]


def _texts(values: Sequence[str]) -> tuple[str, pa.Array]:
    array = pa.array(values, pa.string())
    blank = pc.equal(array, "")
    if pc.all(blank).as_py():
        return "null", pa.nulls(len(array))
    return "text", pc.if_else(blank, pa.scalar(None, pa.string()), array)
