"""Parquet: batches as they are, mapped to the types of the lake."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.errors import Unreadable
from datadam.lake.readers.base import Block, Policy, Source, Table, unique_names
from datadam.lake.readers.values import INT64_MAX, UTC_MICROSECONDS, base64_array, json_text, localised, text_array
from datadam.lake.readers.wording import unit_in
from datadam.lake.rows import comments_of
from datadam.lake.types import Proposal

FORMAT = "parquet"
BLOCK_ROWS = 50_000
PLAIN, ENCRYPTED = b"PAR1", b"PARE"
EXACT_DECIMAL_DIGITS = 15

Convert = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True)
class _Column:
    """How one column becomes a type of the lake, with the code of the proposal that says so (or none)."""

    type: pa.DataType
    convert: Convert
    code: str = ""
    evidence: str = ""


BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)


def matches(head: bytes, source: Source) -> bool:
    return head.startswith((PLAIN, ENCRYPTED))


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """The one table of the file. The conversions are those that the lake's types demand, under any policy."""
    try:
        with source.open() as stream:
            file = _opened(stream)
            schema = file.schema_arrow
            comments = comments_of(schema.metadata)
            columns = [_column(file, at) for at in range(len(schema))]
    except BROKEN as error:
        raise _broken(source, error) from error
    if not columns:
        raise Unreadable("no_records", ko="열이 하나도 없는 파일입니다.", en="The file has no columns.")
    header, proposals = unique_names(schema.names)
    proposals += [
        Proposal(column.code, column.evidence, applied=True, column=name)
        for name, column in zip(header, columns, strict=True)
        if column.code
    ]
    if comments is None:
        return [Table("", FORMAT, "", {}, header, proposals, lambda: _blocks(source, header, columns))]
    columns = [replace(column, convert=_kept(column)) for column in columns]
    table = Table("", FORMAT, "", {}, header, proposals, lambda: _blocks(source, header, columns))
    table.descriptions = {name: said for name, said in zip(header, comments, strict=False) if said}
    table.measures = {name: unit for name, said in table.descriptions.items() if (unit := unit_in(said))}
    return [table]


def _kept(column: _Column) -> Convert:
    """As `base.Block` has it, a large string is a text whatever it looks like."""
    if column.type != pa.string():
        return column.convert
    return lambda array: column.convert(array).cast(pa.large_string())


def _opened(stream: BinaryIO) -> Any:
    """The file, its pages checked against their checksums where the writer left any."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.PythonFile(stream, mode="r"), page_checksum_verification=True)


def _broken(source: Source, error: Exception) -> Unreadable:
    if source.head(4) == ENCRYPTED or "encrypt" in str(error).lower():
        return Unreadable(
            "encrypted",
            ko="암호화된 Parquet 파일입니다. 암호화하지 않은 파일로 올려 주세요.",
            en="The Parquet file is encrypted. Send it unencrypted.",
        )
    return Unreadable(
        "broken_parquet",
        ko="Parquet 파일이 손상되었거나 끝까지 전송되지 않았습니다.",
        en=f"The Parquet file is damaged or incomplete ({str(error).splitlines()[0][:200]}).",
    )


def _blocks(source: Source, header: list[str], columns: list[_Column]) -> Iterator[Block]:
    """The rows; a fault inside the file is met only here."""
    first = 1
    try:
        with source.open() as stream:
            file = _opened(stream)
            for batch in file.iter_batches(batch_size=BLOCK_ROWS):
                lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                batch.validate(full=True)  # texts of damaged files need not be UTF-8
                yield Block(_converted(batch, header, columns), lines)
    except BROKEN as error:
        raise _broken(source, error) from error
    if first == 1:
        empty = [
            column.convert(pa.array([], kind)) for column, kind in zip(columns, file.schema_arrow.types, strict=True)
        ]
        yield Block(pa.RecordBatch.from_arrays(empty, names=header), np.empty(0, np.int64))


def _converted(batch: pa.RecordBatch, header: list[str], columns: list[_Column]) -> pa.RecordBatch:
    arrays = [column.convert(array) for column, array in zip(columns, batch.columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=header)


def _column(file: Any, at: int) -> _Column:
    kind = file.schema_arrow.field(at).type
    if not pa.types.is_dictionary(kind):
        return _by_type(file, at, kind)
    column = _by_type(file, at, kind.value_type)
    convert = column.convert
    return replace(column, convert=lambda array: convert(pc.dictionary_decode(array)))


def _by_type(file: Any, at: int, kind: pa.DataType) -> _Column:
    types = pa.types
    for test, target in _CASTS:
        if test(kind):
            return _cast(target)
    if kind == pa.uint64():
        return _unsigned(file, at)
    if types.is_timestamp(kind):
        code = "" if kind.tz else "naive_timestamp_kst"
        return _Column(UTC_MICROSECONDS, localised, code, "Asia/Seoul" if code else "")
    if types.is_decimal(kind):
        return _decimal(kind)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _binary(file, at)
    if types.is_nested(kind):
        return _Column(pa.string(), _nested_text, "nested_json", str(kind)[:200])
    return _Column(pa.string(), _plain_text, "as_text", str(kind))


def _cast(target: pa.DataType) -> _Column:
    return _Column(target, lambda array: array if array.type == target else array.cast(target, safe=False))


def _is_small_integer(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) and kind != pa.uint64()


def _is_string(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


_CASTS: list[tuple[Callable[[pa.DataType], bool], pa.DataType]] = [
    (pa.types.is_boolean, pa.bool_()),
    (_is_small_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (_is_string, pa.string()),
    (pa.types.is_date, pa.date32()),
    (pa.types.is_time, pa.time64("us")),
]


def _unsigned(file: Any, at: int) -> _Column:
    """uint64 as integers when they all fit, else as text."""
    highest = (pc.max(array).as_py() for array in _one_column(file, at))
    if max((value for value in highest if value is not None), default=0) <= INT64_MAX:
        return _cast(pa.int64())
    return _Column(pa.string(), lambda array: array.cast(pa.string()), "as_text", "uint64")


def _decimal(kind: pa.DataType) -> _Column:
    if kind.scale == 0 and kind.precision <= 18:
        return _cast(pa.int64())
    if kind.precision <= EXACT_DECIMAL_DIGITS:
        return _cast(pa.float64())
    return _Column(pa.string(), _decimal_text, "as_text", str(kind))


def _decimal_text(array: pa.Array) -> pa.Array:
    values = array.to_pylist()
    return pa.array([None if value is None else format(value, "f") for value in values], pa.string())


def _binary(file: Any, at: int) -> _Column:
    """Bytes that are UTF-8 throughout are text (old writers leave the mark out); others become base64."""
    try:
        for array in _one_column(file, at):
            array.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return _Column(pa.string(), base64_array, "binary_base64", "base64")
    return _Column(pa.string(), lambda array: array.cast(pa.binary()).cast(pa.string()), "binary_text", "UTF-8")


def _one_column(file: Any, at: int) -> Iterator[pa.Array]:
    name = file.schema_arrow.field(at).name
    for batch in file.iter_batches(batch_size=BLOCK_ROWS, columns=[name]):
        # a name also selects what begins with it and a point, so it is looked up again
        yield batch.column(batch.schema.names.index(name))


def _nested_text(array: pa.Array) -> pa.Array:
    return pa.array([None if value is None else json_text(_plain(value)) for value in array.to_pylist()], pa.string())


def _plain(value: Any) -> Any:
    """A nested value as JSON knows it: map entries (pairs) stay pairs, bytes become base64."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _plain_text(array: pa.Array) -> pa.Array:
    return text_array(array.to_pylist())
