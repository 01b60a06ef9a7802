"""GeoJSON files written feature by feature, cut between the features and parsed piece by piece: the quick way.

A quotation mark inside a JSON text is always escaped, so that what looks like the begin of a feature is one. What is
not plain (other encodings, NaN, numbers beyond 64 bits, features that do not begin with their type, further lists)
raises Irregular: the careful way reads such files.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

import orjson

from datadam.lake.errors import LakeError
from datadam.lake.readers.base import Source, uncollected
from datadam.lake.readers.geojson import is_feature
from datadam.lake.readers.json_stream import CharReader, Document, Path, has_long_number

PIECE = 256 * 2**10  # small pieces stay in the processor's caches
HEAD = 65_536
LONGEST = 64 * 2**20
TRIES = 50

START = re.compile(rb'"features"\s*:\s*\[\s*(?=\{\s*"type"\s*:\s*"Feature"\s*,)')
BEFORE = re.compile(rb'\}\s*,\s*(\{\s*"type"\s*:\s*)\Z')


class Irregular(Exception):
    """The file needs the careful way."""


class FeatureFile:
    """A file of features. Once all were read, `document` knows the facts around them and `path` their place."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.document: Document | None = None
        self.path: Path = ()

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """The features, piece by piece. Raises Irregular."""
        with self._source.open() as stream:
            opening, rest = _opened(stream.read(HEAD))
            while chunk := stream.read(PIECE):
                rest += chunk
                end, start = _boundary(rest)
                if end:
                    yield _parsed(rest[:end])
                    rest = rest[start:]
        end, tail = _end(rest)
        yield _parsed(rest[:end])
        self._understand(opening + tail)

    def _understand(self, around: bytes) -> None:
        document = Document(CharReader(io.BytesIO(around), "utf-8"))
        try:
            others = list(document.batches())
        except LakeError as error:
            raise Irregular from error
        if others or len(document.empty) != 1 or document.empty[0][-1:] != ("features",):
            raise Irregular
        self.path = document.empty.pop()
        self.document = document


def _opened(head: bytes) -> tuple[bytes, bytes]:
    """What stands before the first feature, and the rest."""
    head = head.removeprefix(codecs.BOM_UTF8)
    found = START.search(head)
    if not found:
        raise Irregular
    return head[: found.end()], head[found.end() :]


def _boundary(text: bytes) -> tuple[int, int]:
    """(end of one feature, begin of the next) near the end of the text; (0, 0) when there is none yet."""
    at = len(text)
    for _ in range(TRIES):
        at = text.rfind(b'"Feature"', 0, at)
        if at < 0:
            break
        low = max(0, at - 200)
        if found := BEFORE.search(text[low:at]):
            return low + found.start() + 1, low + found.start(1)
    if len(text) > LONGEST:
        raise Irregular
    return 0, 0


def _end(rest: bytes) -> tuple[int, bytes]:
    """Where the last feature ends, and what follows the list of features, its bracket included."""
    at = len(rest)
    for _ in range(TRIES):
        at = rest.rfind(b"]", 0, at)
        if at < 0:
            break
        if rest[:at].rstrip().endswith(b"}"):
            try:
                _parsed(rest[:at])
            except Irregular:
                continue
            return at, rest[at:]
    raise Irregular


def _parsed(piece: bytes) -> list[dict[str, Any]]:
    if has_long_number(piece):
        raise Irregular
    try:
        with uncollected():
            features: list[dict[str, Any]] = orjson.loads(b"[" + piece + b"]")
    except orjson.JSONDecodeError as error:
        raise Irregular from error
    if not all(map(is_feature, features)):
        raise Irregular
    return features
