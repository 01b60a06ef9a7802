"""JSON and NDJSON: arrays of records wherever they stand in a document, or a record a line."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from datadam.lake.errors import TooBig, Unreadable
from datadam.lake.readers import api_answers, geojson, json_forms
from datadam.lake.readers.base import BadRow, Block, Policy, Source, Table, wants
from datadam.lake.readers.features import FeatureFile, Irregular
from datadam.lake.readers.json_batches import Batch, block_of, joined, line_batches
from datadam.lake.readers.json_shape import Plan, Record, Shape, plan
from datadam.lake.readers.json_stream import (
    CharReader,
    Document,
    Path,
    encoding_of,
    sniffed_encoding,
)
from datadam.lake.readers.values import json_text
from datadam.lake.types import Finding, Proposal

FORMATS = ("json", "ndjson")
MEMORY_LIMIT = 64 * 2**20  # of documents whose shape must be seen whole
TABLE_LIMIT = 20
SNIFF = 4 * 2**20

_START = re.compile(r'\{\s*["}]|\[\s*(?:[{"]|\[\s*[\[{"\d\-tfn\]]|\]\s*$)')


def matches(head: bytes, source: Source) -> bool:
    """Whether the bytes begin as JSON does (a title such as [표 1] or {부산} does not count)."""
    text = _decoded(head)
    return bool(_START.match(text)) or _looks_ndjson(text, len(head) < source.size)


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """One table a NDJSON file; one an array of records in a JSON document. Raises Unreadable or TooBig."""
    quick = _features(source, policy)
    if quick:
        return [quick]
    encoding = encoding_of(source)
    head = source.head(SNIFF)
    if _looks_ndjson(_decoded(head, encoding), len(head) < source.size):
        return [_ndjson(source, encoding, policy)]
    return _document(source, encoding, policy)


def _decoded(head: bytes, encoding: str | None = None) -> str:
    text = head.decode(encoding or sniffed_encoding(head) or "utf-8", "replace")
    return text.lstrip("\ufeff \t\r\n")


def _looks_ndjson(text: str, cut: bool) -> bool:
    """Whether lines are objects of their own; `cut` says that the last line may be incomplete."""
    if not text.startswith("{"):
        return False
    lines = text.split("\n", 50)[:50]
    if cut and len(lines) < 50:
        lines.pop()
    whole = [_is_object(line) for line in lines if line.strip()]
    if len(whole) + cut < 2 or not whole:
        return False
    return whole[0] or sum(whole) * 2 > len(whole)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


# A record a line


def _ndjson(source: Source, encoding: str, policy: Policy) -> Table:
    nan_as_null = wants(policy, "nan_null")
    shape, found, nans = Shape(), 0, 0
    for batch in line_batches(source, encoding, nan_as_null):
        shape.observe(batch.records)
        found, nans = found + len(batch.records), nans + batch.nans
    if not shape.keys:
        raise api_answers.no_records()
    columns = plan(shape, flatten=wants(policy, "nested_flattened"))
    if nans:
        columns.proposals.append(Proposal("nan_null", f"{nans}", applied=True))

    def blocks() -> Iterator[Block]:
        for batch in line_batches(source, encoding, nan_as_null):
            yield block_of(columns, batch)

    return Table("", "ndjson", encoding, {}, columns.names, columns.proposals, blocks)


# Arrays of records in a document


class _Array:
    """One array of a document: what its records are like, and how they become rows."""

    def __init__(self, path: Path, policy: Policy) -> None:
        self.path, self._policy = path, policy
        self._nan_as_null = wants(policy, "nan_null")
        self.shape = Shape()
        self.count = 0
        self._nans = 0
        self._rows = False  # the elements are arrays, not objects
        self._first_row: list[Any] | None = None
        self._features = wants(policy, "geojson") and path[-1:] == ("features",)
        self._points = self._features

    def observe(self, batch: list[tuple[Any, list[str]]]) -> None:
        if not self.count:
            self._begin(batch[0][0])
        taken = self._taken(batch, self.count + 1)
        self.count += len(batch)
        self._nans += taken.nans
        if self._features:
            self._observe_features(taken.records)
        else:
            self.shape.observe(taken.records)

    def observe_features(self, records: list[Record]) -> None:
        self.count += len(records)
        self._observe_features(records)

    def _observe_features(self, records: list[Record]) -> None:
        self._points = self._points and all(map(geojson.is_point, records))
        self.shape.observe([geojson.flat(record, points=False, text=False) for record in records])

    def _begin(self, first: Any) -> None:
        self._features = self._features and geojson.is_feature(first)
        self._rows = isinstance(first, list)
        if self._rows and first and all(isinstance(name, str) for name in first):
            self._first_row = first

    def plan(self, document: Document) -> Plan:
        """The columns. The names of an array of arrays stand beside it or in its first row."""
        if self._rows:
            beside = document.lists.get((*self.path[:-1], "columns")) if self.path else None
            self._name_rows(beside)
        if self._features and self._points:
            self.shape.keys = geojson.point_keys(self.shape.keys)
        columns = plan(self.shape, flatten=wants(self._policy, "nested_flattened"))
        if self._rows:
            columns.proposals.append(Proposal("array_rows", ", ".join(columns.names)[:200], applied=True))
        if self._features:
            columns.proposals.append(Proposal("geojson", "lon, lat" if self._points else "geometry", applied=True))
        if self._nans:
            columns.proposals.append(Proposal("nan_null", f"{self._nans}", applied=True))
        return columns

    def _name_rows(self, beside: list[Any] | None) -> None:
        positions = list(self.shape.keys)
        if beside and self._first_row is not None:
            self.shape.observe([_by_position(self._first_row)])
            self._first_row = None
            positions = list(self.shape.keys)
        self._row_names = [str(name) for name in beside or self._first_row or []]
        self.shape.keys = {
            self._row_names[at] if at < len(self._row_names) else f"column_{at + 1}": self.shape.keys[position]
            for at, position in enumerate(sorted(positions, key=int))
        }

    def batches(self, source: Source, encoding: str) -> Iterator[Batch]:
        start = 1
        with source.open() as stream:
            for path, batch in Document(CharReader(stream, encoding)).batches():
                if path == self.path:
                    taken = self._taken(batch, start)
                    taken.records = self._as_columns(taken.records)
                    start += len(batch)
                    yield taken

    def feature_batches(self, file: FeatureFile) -> Iterator[Batch]:
        start = 1
        for records in file.batches():
            numbers = np.arange(start, start + len(records), dtype=np.int64)
            start += len(records)
            yield Batch(self._as_columns(records), numbers)

    def _as_columns(self, records: list[Record]) -> list[Record]:
        if self._features:
            return [geojson.flat(record, points=self._points) for record in records]
        if self._rows:
            names = list(self.shape.keys)
            return [{names[int(position)]: value for position, value in record.items()} for record in records]
        return records

    def _taken(self, batch: list[tuple[Any, list[str]]], start: int) -> Batch:
        """The records of a batch; `start` is the number of its first. The row that names columns is not counted."""
        plain = not self._rows and not self._features and not any(words for _, words in batch)
        if plain and {type(value) for value, _ in batch} == {dict}:
            return Batch([value for value, _ in batch], np.arange(start, start + len(batch), dtype=np.int64))
        taken = Batch([], np.empty(0, np.int64))
        numbers: list[int] = []
        for number, (value, words) in enumerate(batch, start):
            if number == 1 and self._first_row is not None:
                continue
            reason = self._reason(value, words)
            if reason:
                taken.bad.append(BadRow.of(number, reason, json.dumps(value, ensure_ascii=True)))
                continue
            taken.nans += bool(words)
            taken.records.append(_by_position(value) if self._rows else value)
            numbers.append(number)
        taken.numbers = np.array(numbers, dtype=np.int64)
        return taken

    def _reason(self, value: Any, words: list[str]) -> str:
        if not isinstance(value, list if self._rows else dict):
            return "not_object"
        if words and not (self._nan_as_null and set(words) == {"NaN"}):
            return "nan"
        return "not_feature" if self._features and not geojson.is_feature(value) else ""


def _by_position(row: list[Any]) -> Record:
    return {str(at): value for at, value in enumerate(row)}


def _document(source: Source, encoding: str, policy: Policy) -> list[Table]:
    arrays: dict[Path, _Array] = {}
    with source.open() as stream:
        document = Document(CharReader(stream, encoding))
        for path, batch in document.batches():
            if path not in arrays:
                arrays[path] = _Array(path, policy)
            if len(arrays) <= TABLE_LIMIT:
                arrays[path].observe(batch)
    if document.facts.get(("type",)) == "Topology":
        raise json_forms.no_array("TopoJSON은 GeoJSON으로 바꾸어 올려 주세요.", "Convert TopoJSON to GeoJSON first.")
    found = [arrays[path] for path in json_forms.main_paths(arrays)]
    if json_forms.map_prefix(document, [array.path for array in found]) is not None or not any(
        a.shape.keys for a in found
    ):
        return [_whole(source, encoding, policy, document, found)]
    if len(found) > TABLE_LIMIT:
        raise json_forms.no_array(f"목록이 {len(found)}개나 됩니다.", f"There are {len(found)} arrays of records.")
    tables = [
        _array_table(array, partial(array.batches, source, encoding), encoding, document)
        for array in found
        if array.shape.keys
    ]
    for table in tables:
        table.name = table.dialect["path"] if len(tables) > 1 else ""
    return tables


def _features(source: Source, policy: Policy) -> Table | None:
    """The table of a plain GeoJSON file, read the quick way; None for any other file."""
    file = FeatureFile(source)
    array = _Array(("features",), policy)
    if not wants(policy, "geojson"):
        return None
    try:
        for records in file.batches():
            array.observe_features(records)
    except (Irregular, UnicodeEncodeError):
        return None
    if file.document is None or not array.shape.keys:
        return None
    array.path = file.path
    return _array_table(array, lambda: array.feature_batches(file), "utf-8", file.document)


def _array_table(array: _Array, batches: Callable[[], Iterator[Batch]], encoding: str, document: Document) -> Table:
    columns = array.plan(document)
    path = ".".join(array.path)
    proposals = [Proposal("record_path", path, applied=True)] if path else []
    total = api_answers.stated_total(document.facts, array.path) or 0
    findings = [Finding("more_pages", None, total - array.count)] if total > array.count else []

    def blocks() -> Iterator[Block]:
        yield from joined(block_of(columns, batch) for batch in batches())

    proposals += columns.proposals
    return Table("", "json", encoding, {"path": path}, columns.names, proposals, blocks, findings=findings)


# Documents that must be seen whole


def _whole(source: Source, encoding: str, policy: Policy, document: Document, found: list[_Array]) -> Table:
    refusal = None if found else api_answers.refusal(document.facts)
    if refusal:
        raise refusal
    if source.size > MEMORY_LIMIT:
        raise TooBig(
            "too_big",
            ko=f"레코드 목록이 아닌 JSON은 {MEMORY_LIMIT // 2**20}MB까지만 읽습니다.",
            en=f"JSON that is no array of records is read up to {MEMORY_LIMIT // 2**20} MB only.",
            limit=MEMORY_LIMIT,
        )
    with source.open() as stream:
        value = json.loads(stream.read().decode(encoding), strict=False, parse_constant=lambda word: None)
    prefix = json_forms.map_prefix(document, [array.path for array in found]) or ()
    for name in prefix:
        value = value[name]
    records = json_forms.records_of(value, envelope=_is_envelope(document))
    if records is None or not records[1]:
        raise _nothing(document, value)
    return _held_table(*records, prefix, encoding, policy)


def _is_envelope(document: Document) -> bool:
    beyond = bool(document.empty) and api_answers.stated_total(document.facts) is not None  # after the last page
    return beyond or api_answers.is_envelope(document.facts)


def _nothing(document: Document, value: Any) -> Unreadable:
    if document.empty or not value or api_answers.is_envelope(document.facts):
        return api_answers.no_records()
    return json_forms.no_array(
        "객체의 배열이나 열별 배열로 저장해 올려 주세요.", "Save the data as an array of objects or as columns."
    )


def _held_table(code: str, records: list[Record], prefix: Path, encoding: str, policy: Policy) -> Table:
    shape = Shape()
    shape.observe(records)
    columns = plan(shape, flatten=wants(policy, "nested_flattened"))
    path = ".".join(prefix)
    proposals = [Proposal(code, path or json_text(columns.names[:8]), applied=True), *columns.proposals]
    batch = Batch(records, np.arange(1, len(records) + 1, dtype=np.int64))

    def blocks() -> Iterator[Block]:
        yield block_of(columns, batch)

    return Table("", "json", encoding, {"path": path}, columns.names, proposals, blocks)
