"""Rows of a database as a sealed Parquet file, so that they go the way of every other file.

Its metadata say that the types are the database's own, so that a text stays a text whatever it looks like, and what
the database says of each column.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.errors import LakeError, TooBig
from datadam.lake.staging import Sealed, SealedWriter, Staging

MARK = b"datadam.comments"  # of a file whose types are to be kept: JSON, column → what the database says of it
ROWS, BYTES = 50_000, 32 << 20  # of a row group


class Column(Protocol):
    """What is to be known of a column."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def precision(self) -> int: ...
    @property
    def scale(self) -> int: ...
    @property
    def comment(self) -> str: ...


KINDS = {
    "integer": pa.int64(), "unsigned": pa.uint64(), "number": pa.float64(), "text": pa.string(), "boolean": pa.bool_(),
    "date": pa.date32(), "timestamp": pa.timestamp("us"), "instant": pa.timestamp("us", "UTC"),
    "time": pa.time64("us"), "binary": pa.binary(),
}  # fmt: skip


class _Sink:
    """A sealed writer as pyarrow wants a file."""

    closed = False

    def __init__(self, writer: SealedWriter, limit: int) -> None:
        self._writer, self._limit = writer, limit

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._writer.size

    def flush(self) -> None:
        """Chunks go to disk as they are full."""

    def close(self) -> None:
        """The sealed file is closed by who made it."""

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._writer.write(part)
        if self._writer.size > self._limit:
            raise TooBig(
                "upload_too_big",
                ko=f"자료가 허용 크기({self._limit // 1_000_000:,} MB)를 넘습니다.",
                en=f"The data are larger than the {self._limit // 1_000_000:,} MB allowed.",
                limit=self._limit,
            )
        return len(part)


def seal(
    staging: Staging, columns: Sequence[Column], batches: Iterator[Sequence[Sequence[Any]]], *, limit: int
) -> Sealed:
    """Write the rows as they come; one row group is held at a time. Raises TooBig, leaving nothing behind."""
    schema = _schema(columns)
    writer = staging.create()
    try:
        sink = cast(BinaryIO, _Sink(writer, limit))
        with pq.ParquetWriter(sink, schema, compression="zstd") as out:
            for table in _groups(schema, batches):
                out.write_table(table)
        return writer.close()
    except BaseException:
        writer.abandon()
        raise


def _schema(columns: Sequence[Column]) -> pa.Schema:
    fields = [
        pa.field(c.name, pa.decimal128(c.precision, c.scale) if c.kind == "decimal" else KINDS[c.kind]) for c in columns
    ]
    comments = [column.comment for column in columns]
    return pa.schema(fields, {MARK: json.dumps(comments, ensure_ascii=False).encode()})


def _groups(schema: pa.Schema, batches: Iterator[Sequence[Sequence[Any]]]) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(_batch(schema, batch))
        rows, size = rows + len(batch), size + waiting[-1].nbytes
        if rows >= ROWS or size >= BYTES:
            yield pa.Table.from_batches(waiting, schema)
            waiting, rows, size = [], 0, 0
    yield pa.Table.from_batches(waiting, schema)


def _batch(schema: pa.Schema, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    arrays = []
    for at, field in enumerate(schema):
        try:
            arrays.append(pa.array([row[at] for row in rows], field.type))
        except (pa.ArrowException, OverflowError, ValueError) as error:
            raise LakeError(
                "value_unreadable",
                ko=f"‘{field.name}’ 열에 옮길 수 없는 값이 있습니다. SELECT에서 글자로 바꾸어 보십시오.",
                en=f"A value of “{field.name}” cannot be carried over: cast it to text in the SELECT.",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def comments_of(metadata: dict[bytes, bytes] | None) -> list[str] | None:
    """What the database says of each column, in their order; None when the file is not from a database."""
    try:
        found = json.loads((metadata or {})[MARK])
    except (KeyError, ValueError):
        return None
    return [str(comment) for comment in found] if isinstance(found, list) else None
