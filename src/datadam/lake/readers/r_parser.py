"""R's serialisation (XDR) through the package rdata, texts read straight to Python's own.

Imports pandas by way of rdata: only `r_frames` imports this module, and only when there is a file to read.
"""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from rdata.parser import RObject, RObjectType
from rdata.parser._parser import DEFAULT_ALTREP_MAP
from rdata.parser._xdr import ParserXDR

LATIN1 = 1 << 2
ENCODINGS = ("utf-8", "cp949")  # of texts that R did not mark


class TextParser(ParserXDR):
    """rdata's parser, but the texts of a vector come as str or None: an object each would take 600 bytes a cell."""

    def __init__(self, content: bytes, start: int) -> None:
        super().__init__(memoryview(b""), expand_altrep=True, altrep_constructor_dict=DEFAULT_ALTREP_MAP)
        self.file = BytesIO(content)
        self.file.seek(start)
        self._known: dict[tuple[bytes, bool], str] = {}

    def _parse_vector_value(self, reference_list: Any, bytecode_rep_list: Any = None) -> list[Any]:
        values: list[Any] = []
        for _ in range(self.parse_int()):
            place = self.file.tell()
            (flags,) = struct.unpack(">i", self.file.read(4))
            if flags & 0xFF == RObjectType.CHAR.value and not flags & 0x700:  # no attributes, no tag
                values.append(self._text(flags >> 12))
            else:
                self.file.seek(place)
                values.append(self.parse_R_object(reference_list, bytecode_rep_list))
        return values

    def _text(self, marks: int) -> str | None:
        (length,) = struct.unpack(">i", self.file.read(4))
        if length == -1:
            return None
        content = self.file.read(length)
        if len(content) != length:
            raise EOFError("a text is cut off")
        key = (content, bool(marks & LATIN1))
        if key not in self._known:
            self._known[key] = decoded(*key)
        return self._known[key]


def decoded(content: bytes, latin: bool = False) -> str:
    for encoding in ("latin-1",) if latin else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def objects(parsed: RObject, saved: bool) -> Iterator[tuple[str, RObject]]:
    """The named objects of a file: those of the pairlist that `save` writes, or the one that `saveRDS` writes."""
    if saved:
        yield from _pairs(parsed)
    else:
        yield "", parsed


def attributes(value: RObject) -> dict[str, RObject]:
    return dict(_pairs(value.attributes))


def _pairs(pairs: RObject | None) -> Iterator[tuple[str, RObject]]:
    while pairs is not None and pairs.info.type in (RObjectType.LIST, RObjectType.ATTRLIST):
        symbol: Any = pairs.tag and (pairs.tag.referenced_object or pairs.tag)
        yield decoded(symbol.value.value or b"") if symbol else "", pairs.value[0]
        pairs = pairs.value[1]


def texts(value: RObject | None) -> list[str | None]:
    """The texts of a vector of them."""
    if value is None or value.info.type != RObjectType.STR:
        return []
    return [decoded(each.value) if isinstance(each, RObject) and each.value else each for each in value.value]


def is_list(value: RObject) -> bool:
    return bool(value.info.type == RObjectType.VEC)


def plain(value: Any) -> Any:
    """A value inside a column of lists: None, a scalar or a list of them."""
    if not isinstance(value, RObject):
        return value
    if isinstance(value.value, list):
        inner = [plain(each) for each in value.value]
    elif isinstance(value.value, np.ndarray):
        inner = value.value.tolist()
    else:
        return None
    return inner[0] if len(inner) == 1 else inner
