"""XML of any size, element by element: what repeats in a document, and its records one by one.

A document type declaration is refused, so that no entity is ever expanded and nothing outside is fetched.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat  # nosec: entities are refused

from datadam.lake.errors import TooBig, Unreadable
from datadam.lake.readers.base import Source
from datadam.lake.readers.encoding import MARK_UTF8, detect, utf8_chunks
from datadam.lake.readers.json_stream import RECORD_LIMIT, record_too_big

PIECE = 2**20
NODE_LIMIT = 10_000
DEPTH_LIMIT = 200
TEXT_LIMIT = 4_000  # of facts outside records
RECORD_NAMES = ("item", "row", "record")

Path = tuple[str, ...]
Record = dict[str, Any]

_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_DETECTED = ("utf", "euc-kr", "euc_kr", "ks_c", "ksc", "cp949", "ms949", "uhc", "x-windows-949")
_NOT_DATA = ("xmlns", "xsi:", "xml:")


def encoding_of(source: Source) -> str:
    """The encoding by the bytes where they tell Korean and Unicode ones apart, else by the declaration."""
    found = _DECLARED.search(source.head(1024).decode("latin-1"))
    name = found.group(1).lower() if found else ""
    if not name or name.startswith(_DETECTED):
        return detect(source)
    try:
        "".encode(name)
    except LookupError:
        return detect(source)
    return name


@dataclass
class Node:
    """All elements that stand at one path: whether one parent holds several of them, and what they hold."""

    tag: str
    repeats: bool = False
    attributes: bool = False
    text: str = ""
    children: "dict[str, Node]" = field(default_factory=dict)

    @property
    def is_record(self) -> bool:
        return self.repeats or (self.tag.lower() in RECORD_NAMES and bool(self.children))

    def records(self, above: Path = ()) -> "Iterator[tuple[Path, Node]]":
        """The outermost nodes that are records."""
        path = (*above, self.tag)
        if self.is_record and above:
            yield path, self
            return
        for child in self.children.values():
            yield from child.records(path)

    def facts(self, above: Path = ()) -> Iterator[tuple[Path, str]]:
        """Texts outside the records."""
        path = (*above, self.tag)
        if not self.children and not self.repeats and self.text:
            yield path, self.text
        for child in self.children.values():
            if not child.is_record:
                yield from child.facts(path)


def survey(source: Source, encoding: str) -> Node:
    """The tree of paths of a document, by its root. Raises Unreadable or TooBig."""
    top = Node("")
    open_: list[tuple[Node, set[str]]] = [(top, set())]
    texts: list[str] = []
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        parent, seen = open_[-1]
        node = parent.children.get(tag)
        if node is None:
            count += 1
            if count > NODE_LIMIT or len(open_) > DEPTH_LIMIT:
                raise _too_varied()
            node = parent.children[tag] = Node(tag)
        node.repeats |= tag in seen
        seen.add(tag)
        node.attributes = node.attributes or any(not name.startswith(_NOT_DATA) for name in attributes)
        open_.append((node, set()))
        texts.clear()

    def end(tag: str) -> None:
        node, _ = open_.pop()
        if not node.text and not node.children:
            node.text = "".join(texts).strip()[:TEXT_LIMIT]
        texts.clear()

    def characters(text: str) -> None:
        if len(texts) < TEXT_LIMIT:
            texts.append(text[:TEXT_LIMIT])

    for _ in parsed(utf8(source, encoding), start, end, characters):
        pass
    return next(iter(top.children.values()))


def _too_varied() -> TooBig:
    return TooBig(
        "too_many_columns",
        ko=f"XML의 요소가 {NODE_LIMIT:,}가지를 넘거나 {DEPTH_LIMIT}겹보다 깊어 표로 만들 수 없습니다.",
        en=f"The XML has more than {NODE_LIMIT:,} kinds of elements or is nested deeper than {DEPTH_LIMIT}.",
        limit=NODE_LIMIT,
    )


def utf8(source: Source, encoding: str) -> Iterator[bytes]:
    with source.open() as stream:
        yield from utf8_chunks(source, stream, encoding)


def parsed(
    chunks: Iterable[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
) -> Iterator[None]:
    """Feeds a document in UTF-8 to the handlers, giving way after each piece. Raises Unreadable."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    final = False
    try:
        for chunk in chunks:
            for at in range(0, len(chunk), PIECE):
                parser.Parse(chunk[at : at + PIECE], False)
                yield
        final = True
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _broken(error, final) from error
    yield


def _refuse_doctype(*_: object) -> None:
    raise Unreadable(
        "doctype",
        ko="문서 형식 선언(DOCTYPE)이 든 XML은 안전을 위해 읽지 않습니다. 그 선언을 빼고 올려 주세요.",
        en="XML with a document type declaration (DOCTYPE) is not read, for safety: leave the declaration out.",
    )


def _broken(error: expat.ExpatError, at_end: bool) -> Unreadable:
    if at_end:
        return Unreadable(
            "truncated_xml",
            ko=f"XML이 {error.lineno:,}번째 줄에서 끊겼습니다. 파일을 처음부터 다시 받아 올려 주세요.",
            en=f"The XML breaks off at line {error.lineno:,}. Fetch the whole file and send it again.",
            line=error.lineno,
        )
    return Unreadable(
        "broken_xml",
        ko=f"XML 문법에 어긋난 곳이 있습니다({error.lineno:,}번째 줄).",
        en=f"The XML is not well-formed at line {error.lineno:,} ({expat.ErrorString(error.code)}).",
        line=error.lineno,
    )


@dataclass(slots=True)
class _Element:
    """An element being read inside a record."""

    values: Record
    texts: list[str] = field(default_factory=list)

    def add(self, tag: str, value: Any) -> None:
        """One more child: a second of the same name makes them a list."""
        before = self.values.get(tag)
        if tag not in self.values:
            self.values[tag] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            self.values[tag] = [before, value]

    def value(self) -> Any:
        """Text, or the attributes and children with any text beside them as `value`; None when empty."""
        text = "".join(self.texts).strip()
        if self.values and text:
            self.add("value", text)
        return self.values or text or None


class Records:
    """The records that stand at certain paths of a document, in the order in which they end."""

    def __init__(self, paths: set[Path]) -> None:
        self.marked = False  # whether undecodable bytes were met
        self._paths = paths
        self._path: list[str] = []
        self._open: list[_Element] = []
        self._size = 0
        self._done: list[tuple[Path, Record]] = []

    def batches(self, source: Source, encoding: str) -> Iterator[list[tuple[Path, Record]]]:
        for _ in parsed(self._seen(utf8(source, encoding)), self._start, self._end, self._characters):
            if self._done:
                done, self._done = self._done, []
                yield done

    def _seen(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.marked = self.marked or MARK_UTF8 in chunk
            yield chunk

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self._path.append(tag)
            if tuple(self._path) not in self._paths:
                return
            self._size = 0
        own = {name: text for name, text in attributes.items() if not name.startswith(_NOT_DATA)} if attributes else {}
        self._open.append(_Element(own))
        self._grow(len(tag) + 100)

    def _end(self, tag: str) -> None:
        if not self._open:
            self._path.pop()
            return
        value = self._open.pop().value()
        if self._open:
            self._open[-1].add(tag, value)
            return
        record = value if isinstance(value, dict) else {"value": value}
        self._done.append((tuple(self._path), record))
        self._path.pop()

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)
            self._grow(len(text))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > RECORD_LIMIT:
            raise record_too_big()
