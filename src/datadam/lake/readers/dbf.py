"""The attribute file of shapefiles (dBASE): its header, and in which encoding its text is."""

import codecs
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

VERSIONS = {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5}
TYPES = set(b"CNFDLMBGPYTI@O+VQ")
DRIVERS = {0x4E: "cp949", 0x79: "cp949", 0x4D: "cp936", 0x7A: "cp936", 0x7B: "cp932", 0x13: "cp932", 0x4F: "cp950"}
NAMES = {"949": "cp949", "EUCKR": "cp949", "KSC56011987": "cp949", "CP949": "cp949", "MS949": "cp949",
         "UTF8": "utf-8", "65001": "utf-8", "1252": "cp1252", "88591": "cp1252", "ISO88591": "cp1252"}  # fmt: skip
SAMPLE_BYTES = 16 * 2**20
SAMPLE_VALUES = 5_000
NUMERIC = np.isin(np.arange(256), np.frombuffer(b"0123456789+-.eE* \0", np.uint8))
WELL_READ = 0.99  # of the values that are not ASCII, for an encoding to be believed at once
HALF_READ = 0.5
WESTERN = "cp1252"  # reads any bytes as something, so that it is believed only where the others fail


@dataclass(frozen=True)
class Field:
    name: bytes
    type: str
    width: int  # bytes
    start: int  # in a record


@dataclass(frozen=True)
class Header:
    """What a file says of itself."""

    records: int
    size: int  # bytes of the header
    record: int  # bytes of one record
    driver: int  # the language driver byte
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Text:
    """The encoding of the text, and the one that was named but is not true ('' when there was none)."""

    encoding: str
    overruled: str = ""


def header(head: bytes) -> Header | None:
    """The header in the first bytes of a file; None when it is no dBASE file."""
    if len(head) < 33 or head[0] not in VERSIONS or head[2] > 12 or head[3] > 31:
        return None
    records, size, record = struct.unpack_from("<IHH", head, 4)
    fields = tuple(_fields(head[:size]))
    width = 1 + sum(field.width for field in fields)
    if not fields or len(head) < size or record < width or head[32 + 32 * len(fields)] != 0x0D:
        return None
    return Header(records, size, record, head[29], fields)


def _fields(head: bytes) -> Iterator[Field]:
    start = 1
    for at in range(32, len(head) - 31, 32):
        entry = head[at : at + 32]
        if entry[0] == 0x0D:
            return
        if entry[11] not in TYPES:
            return
        width = entry[16] + (entry[17] << 8 if entry[11] == ord("C") else 0)
        yield Field(entry[:11].split(b"\0")[0], chr(entry[11]), width, start)
        start += width


def declared(page: str, driver: int) -> str:
    """The encoding that a .cpg file or the language driver byte names; '' when they name none that is known."""
    bare = "".join(filter(str.isalnum, page.upper())).removeprefix("ANSI").removeprefix("OEM")
    return NAMES.get(bare) or DRIVERS.get(driver, "")


def text_of(path: Path, found: Header, page: str) -> Text:
    """How the text of a file is encoded: what is declared if the bytes agree, else what they are."""
    named = declared(page, found.driver)
    values = [*_foreign(path, found), *(field.name for field in found.fields if not field.name.isascii())]
    if not values:
        return Text(named or "utf-8")
    shares: dict[str, float] = {}
    for name in dict.fromkeys([named or "utf-8", "utf-8", "cp949"]):
        shares[name] = _share(values, name) if name != WESTERN else 0
        if shares[name] >= WELL_READ:
            break
    best = max(shares, key=lambda name: shares[name])
    best = best if shares[best] >= HALF_READ else WESTERN
    return Text(best, named if named and named != best else "")


def _share(values: Sequence[bytes], encoding: str) -> float:
    return sum(decoded(value, encoding) is not None for value in values) / len(values)


def decoded(value: bytes, encoding: str) -> str | None:
    """A value's text. A character that the field's end cut in half falls away; None when it is no such text."""
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        return codecs.getincrementaldecoder(encoding)().decode(value, final=False)
    except UnicodeDecodeError:
        return None


def all_decoded(kept: list[str], encoding: str) -> list[str | None]:
    """The texts of values that were kept byte by byte as Latin-1."""
    try:
        texts = "\n".join(kept).encode("latin-1").decode(encoding).split("\n")
    except UnicodeDecodeError:
        texts = []
    if len(texts) == len(kept):
        return list(texts)
    return [decoded(value.encode("latin-1"), encoding) for value in kept]


def misread(path: Path, found: Header) -> set[int]:
    """Records (from 0) with anything but a number in a numeric field: GDAL would read a part of it, or 0."""
    numeric = [field for field in found.fields if field.type in "NF"]
    wrong: set[int] = set()
    first = 0
    with path.open("rb") as file:
        file.seek(found.size)
        while numeric and first < found.records:
            raw = file.read(max(1, SAMPLE_BYTES // found.record) * found.record)
            rows = _rows(raw, found)
            if not len(rows):
                break
            for field in numeric:
                odd = ~NUMERIC[rows[:, field.start : field.start + field.width]].all(axis=1)
                wrong.update((np.flatnonzero(odd) + first).tolist())
            first += len(rows)
    return wrong


def _rows(raw: bytes, found: Header) -> np.ndarray:
    """The bytes of whole records, shape (records, bytes)."""
    return np.frombuffer(raw[: len(raw) // found.record * found.record], np.uint8).reshape(-1, found.record)


def _foreign(path: Path, found: Header) -> list[bytes]:
    """Text values that are not ASCII, from the first megabytes, each once."""
    with path.open("rb") as file:
        file.seek(found.size)
        raw = file.read(SAMPLE_BYTES // found.record * found.record)
    rows = _rows(raw, found)
    values: dict[bytes, None] = {}
    for field in found.fields:
        if field.type != "C":
            continue
        cells = rows[:, field.start : field.start + field.width]
        found_rows = np.flatnonzero((cells >= 0x80).any(axis=1))
        for row in found_rows[:: 1 + len(found_rows) // SAMPLE_VALUES]:
            values[cells[row].tobytes().split(b"\0")[0].rstrip()] = None
    return [value for value in values if not value.isascii()]
