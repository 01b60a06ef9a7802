"""JSON of any size, record by record: its encoding, its lines, and the arrays of records inside a document.

docs/adr/0004-our-own-json-scanner.md says why the walk through a document is our own.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from datadam.lake.errors import TooBig, Unreadable
from datadam.lake.readers.base import Source

CHUNK = 2**20
RECORD_LIMIT = 64 * 2**20
BATCH = 10_000
MAX_DEPTH = 6
FACTS_LIMIT = 1_000
LIST_LIMIT = 5_000

Path = tuple[str, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_DIGITS_AS_ZERO = bytes(48 if 48 <= code <= 57 else code for code in range(256))
_LONG = b"0" * 19
_ZEROS = re.compile(rb"0*")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def sniffed_encoding(head: bytes) -> str | None:
    """The encoding that a byte-order mark or the zero bytes of UTF-16 tell, else None."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if len(head) > 1 and head[1] == 0 and head[0]:
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and head[0] == 0 and head[1] else None


def encoding_of(source: Source) -> str:
    """utf-8, utf-8-sig, utf-16(-le/-be) or cp949. A few damaged places do not make a UTF-8 file a CP949 one."""
    head = source.head(CHUNK)
    told = sniffed_encoding(head)
    if told or _decodes(source, "utf-8"):
        return told or "utf-8"
    lines = [line for line in head.split(b"\n") if not line.isascii()]
    readable = {name: sum(_is_text(line, name) for line in lines) for name in ("utf-8", "cp949")}
    return "cp949" if readable["cp949"] > readable["utf-8"] else "utf-8"


def _is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decodes(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open() as stream:
        try:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def has_long_number(text: bytes) -> bool:
    """Whether 19 digits stand in a row, not after a point: orjson rounds integers beyond 64 bits to floats."""
    runs = text.translate(_DIGITS_AS_ZERO)
    place = runs.find(_LONG)
    while place >= 0:
        if text[place - 1 : place] != b".":
            return True
        run = _ZEROS.match(runs, place)
        place = runs.find(_LONG, run.end() if run else place)
    return False


def line_blocks(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Whole lines, some megabytes at a time, without the last newline: UTF-8, or CP949 as it stands."""
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding.startswith("utf-16") else None
    rest = b""
    first = True
    while chunk := stream.read(4 * CHUNK):
        if decoder:
            chunk = decoder.decode(chunk).encode("utf-8", "replace")
        if first:
            chunk, first = chunk.removeprefix(codecs.BOM_UTF8), False
        rest += chunk
        cut = rest.rfind(b"\n")
        if cut < 0 and len(rest) > RECORD_LIMIT:
            raise record_too_big()
        if cut >= 0:
            yield rest[:cut]
            rest = rest[cut + 1 :]
    if rest:
        yield rest


def record_too_big() -> TooBig:
    return TooBig(
        "record_too_big",
        ko=f"한 건의 자료가 {RECORD_LIMIT // 2**20}MB를 넘습니다.",
        en=f"A single record is larger than {RECORD_LIMIT // 2**20} MB.",
        limit=RECORD_LIMIT,
    )


_NO_WORDS: list[str] = []


class NotFinite:
    """Stands where a document wrote NaN or Infinity, which JSON does not allow."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, word: str) -> None:
        self.seen.append(word)

    def taken(self) -> list[str]:
        seen, self.seen = self.seen, []
        return seen


class CharReader:
    """A document's characters with a place in them; whole values are parsed by the C scanner of `json`."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._lines_passed = 0
        self._text = ""
        self._place = 0
        self._at_end = False
        self.not_finite = NotFinite()
        decoder = json.JSONDecoder(strict=False, parse_constant=self.not_finite)
        self._scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once  # type: ignore[attr-defined]

    def peek(self) -> str:
        """The next character that is not space, '' at the end."""
        if (char := self._text[self._place : self._place + 1]) > " ":
            return char
        while True:
            match = _SPACE.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def take(self, *expected: str) -> str:
        found = self.peek()
        if not found or found not in expected:
            raise self.broken(f"expected {' or '.join(expected)}")
        self._place += 1
        return found

    def value(self) -> Any:
        """The next JSON value."""
        self.peek()
        while True:
            if self.not_finite.seen:  # of an attempt that met the end of what was read
                self.not_finite.taken()
            try:
                found, end = self._scan(self._text, self._place)
            except (StopIteration, json.JSONDecodeError, RecursionError) as error:
                if self._is_hopeless(error) or not self._more():
                    raise self.broken(str(error)) from None
                continue
            if end < len(self._text) or not self._more():
                self._place = end
                return found

    def broken(self, detail: str) -> Unreadable:
        line = self._lines_passed + self._text.count("\n", 0, self._place) + 1
        if self._at_end and not self._is_rest_hopeful():
            return Unreadable(
                "truncated_json",
                ko=f"JSON이 {line:,}번째 줄에서 끊겼습니다. 파일을 처음부터 다시 받아 올려 주세요.",
                en=f"The JSON breaks off at line {line:,}. Fetch the whole file and send it again.",
                line=line,
            )
        return Unreadable(
            "broken_json",
            ko=f"JSON 문법에 어긋난 곳이 있습니다({line:,}번째 줄 부근).",
            en=f"The JSON is not well-formed near line {line:,} ({detail}).",
            line=line,
        )

    def _is_rest_hopeful(self) -> bool:
        """At the end of the file: whether the unread rest is a fault of its own, not a value cut short."""
        try:
            self._scan(self._text, self._place)
        except StopIteration as stop:
            return stop.value < len(self._text)
        except json.JSONDecodeError as error:
            return error.pos < len(self._text.rstrip()) and "Unterminated" not in error.msg
        except RecursionError:
            return True
        return self._place < len(self._text)

    def _is_hopeless(self, error: BaseException) -> bool:
        if len(self._text) - self._place > RECORD_LIMIT:
            raise record_too_big()
        if isinstance(error, json.JSONDecodeError):
            return "Unterminated" not in error.msg and error.pos < len(self._text) - 64
        return isinstance(error, RecursionError)

    def _more(self) -> bool:
        if self._at_end:
            return False
        chunk = self._stream.read(max(CHUNK, len(self._text) - self._place))
        self._at_end = not chunk
        self._lines_passed += self._text.count("\n", 0, self._place)
        try:
            self._text = self._text[self._place :] + self._decoder.decode(chunk, final=self._at_end)
        except UnicodeDecodeError as error:
            raise Unreadable(
                "encoding",
                ko="UTF-8, UTF-16, CP949(한국어) 어느 문자 집합으로도 끝까지 읽히지 않습니다.",
                en="The text is neither UTF-8, UTF-16 nor CP949 throughout.",
            ) from error
        self._place = 0
        return True


@dataclass
class Document:
    """One JSON document read from a stream: batches of the records of each array, and the facts around them."""

    reader: CharReader
    facts: dict[Path, Any] = field(default_factory=dict)  # scalars outside arrays
    lists: dict[Path, list[Any]] = field(default_factory=dict)  # short arrays of scalars
    empty: list[Path] = field(default_factory=list)  # arrays of nothing

    def batches(self) -> Iterator[tuple[Path, list[tuple[Any, list[str]]]]]:
        """(where, [(record, words such as NaN that stood in it)]) for each array of objects or of arrays."""
        yield from self._value(())
        if self.reader.peek():
            raise self.reader.broken("more after the end")

    def _value(self, path: Path) -> Iterator[tuple[Path, list[tuple[Any, list[str]]]]]:
        first = self.reader.peek()
        if first == "[":
            yield from self._array(path)
        elif first == "{" and len(path) < MAX_DEPTH:
            yield from self._object(path)
        else:
            value = self.reader.value()
            if len(self.facts) < FACTS_LIMIT:
                self.facts[path] = value

    def _object(self, path: Path) -> Iterator[tuple[Path, list[tuple[Any, list[str]]]]]:
        reader = self.reader
        reader.take("{")
        if reader.peek() == "}":
            reader.take("}")
            return
        while True:
            key = reader.value()
            reader.take(":")
            yield from self._value((*path, str(key)))
            if reader.take(",", "}") == "}":
                return

    def _array(self, path: Path) -> Iterator[tuple[Path, list[tuple[Any, list[str]]]]]:
        reader = self.reader
        reader.take("[")
        first = reader.peek()
        if first == "]":
            reader.take("]")
            self.empty.append(path)
            return
        if first not in "{[":
            self._scalars(path)
            return
        batch: list[tuple[Any, list[str]]] = []
        while True:
            record = reader.value()
            batch.append((record, reader.not_finite.taken() if reader.not_finite.seen else _NO_WORDS))
            end = reader.take(",", "]") == "]"
            if end or len(batch) == BATCH:
                yield path, batch
                batch = []
            if end:
                return

    def _scalars(self, path: Path) -> None:
        kept: list[Any] = []
        while True:
            value = self.reader.value()
            if len(kept) <= LIST_LIMIT:
                kept.append(value)
            if self.reader.take(",", "]") == "]":
                break
        if len(kept) <= LIST_LIMIT:
            self.lists[path] = kept
