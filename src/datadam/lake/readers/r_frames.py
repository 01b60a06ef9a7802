"""R files (.rda, .RData, .rds): every data frame in them is a table."""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers.base import Block, Policy, Source, Table, unique_names
from datadam.lake.readers.cells import is_whole
from datadam.lake.readers.values import UTC_MICROSECONDS, json_text
from datadam.lake.types import Proposal

FORMAT = "rdata"
EXPANDED_LIMIT = 256 * 2**20
READ = 2**20
SNIFF = 2 * READ  # a block of bzip2 must be whole before it gives its first bytes
BLOCK_ROWS = 50_000
SAVED = (b"RDX2\nX\n", b"RDX3\nX\n")
SINGLE = (b"X\n\0\0\0\2", b"X\n\0\0\0\3")
PACKED = {
    b"\x1f\x8b": lambda: zlib.decompressobj(31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lzma.LZMADecompressor,
}
NO_INTEGER64 = np.iinfo(np.int64).min
FURTHEST = 9e12  # seconds that microseconds in 64 bits can hold


def matches(head: bytes, source: Source) -> bool:
    if head.startswith((*SAVED, *SINGLE)):
        return True
    if not head.startswith(tuple(PACKED)):
        return False
    try:
        return next(_expanded(source, SNIFF), b"").startswith((*SAVED, *SINGLE))
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return False


def tables(source: Source, *, policy: Policy, limit: int = EXPANDED_LIMIT) -> list[Table]:
    """A table for every data frame, a list's included. Raises Unreadable or TooBig."""
    try:
        frames, others = _frames(_content(source, limit))
    except LakeError:
        raise
    except Exception as error:  # a damaged file meets every fault that a parser of so many cases has
        raise _broken(error) from error
    if not frames:
        raise Unreadable(
            "no_data_frame",
            ko=f"R 파일에 데이터 프레임이 없습니다({', '.join(others)[:200]}).",
            en=f"The R file holds no data frame ({', '.join(others)[:200]}).",
        )
    found = [_table(name, columns) for name, columns in frames]
    for table in found:
        table.name = table.name if len(found) > 1 else ""
        if others:
            table.proposals.insert(0, Proposal("other_objects", ", ".join(others)[:200], applied=True))
    return found


def _broken(error: Exception) -> Unreadable:
    return Unreadable(
        "broken_rdata",
        ko="R 파일이 손상되었거나 읽지 못하는 내용이 있습니다. write.csv로 저장해 올려 주세요.",
        en=f"The R file is damaged or holds what is not understood ({type(error).__name__}): save it with write.csv.",
    )


def _expanded(source: Source, first: int = READ) -> Iterator[bytes]:
    """The file's bytes, unpacked if packed, some at a time."""
    with source.open() as stream:
        chunk = stream.read(first)
        make = next((make for magic, make in PACKED.items() if chunk.startswith(magic)), None)
        if make is None:
            while chunk:
                yield chunk
                chunk = stream.read(READ)
            return
        unpacker: Any = make()
        while chunk:
            while out := unpacker.decompress(chunk, READ):
                yield out
                chunk = getattr(unpacker, "unconsumed_tail", b"")
                if unpacker.eof:
                    return
            chunk = stream.read(READ)
    if not unpacker.eof:
        raise EOFError("cut off")


def _content(source: Source, limit: int) -> bytes:
    content = bytearray()
    for piece in _expanded(source):
        content += piece
        if len(content) > limit:
            raise TooBig(
                "too_big",
                ko=f"풀면 {limit // 2**20:,}MB가 넘는 R 파일입니다. Parquet이나 CSV로 저장해 올려 주세요.",
                en=f"The R file expands to more than {limit // 2**20:,} MB: save it as Parquet or CSV.",
                limit=limit,
            )
    return bytes(content)


Columns = list[tuple[str, pa.Array]]


def _frames(content: bytes) -> tuple[list[tuple[str, Columns]], list[str]]:
    """(name, columns) of the data frames, and the names of what else there is."""
    from datadam.lake.readers import r_parser

    saved = content.startswith(SAVED)
    parsed = r_parser.TextParser(content, 7 if saved else 2).parse_all().object
    frames: list[tuple[str, Columns]] = []
    others: list[str] = []
    for name, value in r_parser.objects(parsed, saved):
        for inner_name, inner in _inside(name, value):
            if _classes(inner) & {"data.frame"}:
                frames.append((inner_name, _columns(inner)))
            else:
                others.append(inner_name or inner.info.type.name)
    return frames, others


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The object itself, or what a plain list of objects holds."""
    from datadam.lake.readers import r_parser

    if not r_parser.is_list(value) or _classes(value):
        yield name, value
        return
    names = r_parser.texts(r_parser.attributes(value).get("names"))
    for at, inner in enumerate(value.value):
        own = (names[at] if at < len(names) else None) or str(at + 1)
        yield (f"{name}.{own}" if name else own), inner


def _classes(value: Any) -> set[str | None]:
    from datadam.lake.readers import r_parser

    return set(r_parser.texts(r_parser.attributes(value).get("class")))


def _columns(frame: Any) -> Columns:
    """A data frame's columns; row names that are texts come first. Raises ValueError when lengths differ."""
    from datadam.lake.readers import r_parser

    facts = r_parser.attributes(frame)
    names = [name or "" for name in r_parser.texts(facts.get("names"))]
    columns = [(name, _array(value)) for name, value in zip(names, frame.value, strict=True)]
    labels = r_parser.texts(facts.get("row.names"))
    if labels and not all(label == str(at) for at, label in enumerate(labels, 1)):
        columns.insert(0, ("row_names", pa.array(labels, pa.string())))
    if len({len(array) for _, array in columns}) > 1:
        raise ValueError("columns of different lengths")
    return columns


def _array(value: Any) -> pa.Array:
    """One column: factors as their labels, NA as null, days and moments as such."""
    from datadam.lake.readers import r_parser

    classes = _classes(value)
    if value.info.type.name == "STR":
        return pa.array(r_parser.texts(value), pa.string())
    if r_parser.is_list(value) or not isinstance(value.value, np.ndarray):
        return _nested(value)
    values, missing = _with_missing(value.value)
    if "factor" in classes:
        levels = pa.array(r_parser.texts(r_parser.attributes(value).get("levels")), pa.string())
        return levels.take(pa.array(values.astype(np.int64) - 1, mask=missing))
    if "integer64" in classes:
        whole = values.view(np.int64)
        return pa.array(whole, mask=whole == NO_INTEGER64)
    if "Date" in classes:
        return pa.array(np.floor(_finite(values, missing)).astype(np.int32), pa.date32(), mask=missing)
    if "POSIXct" in classes:
        missing = missing | (np.abs(_finite(values, missing)) > FURTHEST)
        return pa.array(np.round(_finite(values, missing) * 1e6).astype(np.int64), UTC_MICROSECONDS, mask=missing)
    return _plain_numbers(values, missing)


def _nested(value: Any) -> pa.Array:
    from datadam.lake.readers import r_parser

    if not r_parser.is_list(value):
        raise ValueError("a column of no known kind")
    cells = [r_parser.plain(each) for each in value.value]
    return pa.array([json_text(cell) if cell is not None else None for cell in cells], pa.string())


def _with_missing(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else np.zeros(len(values), bool)
    plain = np.ma.getdata(values)
    return plain, missing | np.isnan(plain) if plain.dtype.kind in "fc" else missing


def _finite(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    return np.where(missing, 0, values.astype(np.float64))


def _plain_numbers(values: np.ndarray, missing: np.ndarray) -> pa.Array:
    if values.dtype.kind == "c":
        return pa.array([None if gone else str(at) for at, gone in zip(values, missing, strict=True)], pa.string())
    kind = {"b": pa.bool_(), "i": pa.int64(), "f": pa.float64()}[values.dtype.kind]
    whole = kind == pa.float64() and is_whole(values[~missing])
    return pa.array(values, mask=missing).cast(pa.int64() if whole and not missing.all() else kind)


def _table(name: str, columns: Columns) -> Table:
    header, proposals = unique_names(column for column, _ in columns)
    if columns and columns[0][0] == "row_names":
        proposals.append(Proposal("row_names", header[0], applied=True, column=header[0]))
    cells = pa.table([array for _, array in columns], names=header)

    def blocks() -> Iterator[Block]:
        first = 1
        if not cells.num_rows:
            empty = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in cells.schema], names=header)
            yield Block(empty, np.empty(0, np.int64))
        for batch in cells.to_batches(max_chunksize=BLOCK_ROWS):
            yield Block(batch, np.arange(first, first + batch.num_rows, dtype=np.int64))
            first += batch.num_rows

    return Table(name, FORMAT, "", {"object": name}, header, proposals, blocks)
