"""What keys and kinds of values records have, the columns that follow, and the records as Arrow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

import pyarrow as pa

from datadam.lake.errors import TooBig
from datadam.lake.readers.base import unique_names
from datadam.lake.readers.values import EXACT_IN_DOUBLE, INT64_MAX, text_array
from datadam.lake.types import Proposal

NESTED_DEPTH = 2
NESTED_KEYS = 50
COLUMN_LIMIT = 2_000

Record = dict[str, Any]


@dataclass
class Shape:
    """The kinds of values seen under one key, and for objects the shapes under their keys."""

    kinds: set[type] = field(default_factory=set)
    low: int = 0
    high: int = 0
    keys: "dict[str, Shape]" = field(default_factory=dict)

    def observe(self, records: Sequence[Record], depth: int = 0) -> None:
        """Adds the keys of records to `keys` in the order first seen."""
        for key, values in _columns(records).items():
            shape = self.keys.get(key)
            if shape is None:
                self._limit()
                shape = self.keys[key] = Shape()
            shape.observe_values(values, depth)

    def observe_values(self, values: Sequence[Any], depth: int) -> None:
        kinds = set(map(type, values))
        self.kinds |= kinds
        if int in kinds:
            numbers = values if len(kinds) == 1 else [value for value in values if type(value) is int]
            self.low, self.high = min(self.low, *numbers, 0), max(self.high, *numbers, 0)
        if dict in kinds and depth < NESTED_DEPTH and len(self.keys) <= NESTED_KEYS:
            self.observe([value for value in values if type(value) is dict], depth + 1)

    def _limit(self) -> None:
        if len(self.keys) >= COLUMN_LIMIT:
            raise TooBig(
                "too_many_columns",
                ko=f"항목(열)이 {COLUMN_LIMIT:,}개를 넘습니다. 표로 만들 수 있는 자료가 아닙니다.",
                en=f"The records have more than {COLUMN_LIMIT:,} different keys.",
                limit=COLUMN_LIMIT,
            )

    @property
    def arrow(self) -> pa.DataType:
        kinds = self.kinds - {type(None)}
        if kinds == {bool}:
            return pa.bool_()
        if kinds == {int} and self.low >= -INT64_MAX - 1 and self.high <= INT64_MAX:
            return pa.int64()
        exact = max(self.high, -self.low) <= EXACT_IN_DOUBLE
        if float in kinds and kinds <= {int, float} and exact:
            return pa.float64()
        return pa.string()

    @property
    def is_text(self) -> bool:
        return self.kinds <= {str, type(None)}

    @property
    def unfolds(self) -> bool:
        """Whether the values are always objects, with few enough keys to stand as columns."""
        return self.kinds - {type(None)} == {dict} and 0 < len(self.keys) <= NESTED_KEYS


@dataclass(frozen=True)
class Field:
    """One column: where its values lie in a record and what they are in Arrow."""

    path: tuple[str, ...]
    type: pa.DataType
    is_text: bool


@dataclass
class Plan:
    """The columns of records, by name."""

    names: list[str]
    fields: list[Field]
    proposals: list[Proposal]

    def cells(self, records: Sequence[Record]) -> pa.RecordBatch:
        """Raises UnicodeEncodeError when a text holds half of a surrogate pair."""
        under: dict[tuple[str, ...], list[Any]] = {(key,): values for key, values in _columns(records).items()}
        arrays = [_array(column, _values(under, column.path, len(records))) for column in self.fields]
        return pa.RecordBatch.from_arrays(arrays, names=self.names)


def plan(shape: Shape, *, flatten: bool) -> Plan:
    """Columns in the order in which keys first came; `flatten` gives nested objects columns such as a.b."""
    fields: list[Field] = []
    proposals: list[Proposal] = []
    for key, found in shape.keys.items():
        unfolded = _unfold((key,), found) if flatten else []
        if unfolded:
            evidence = ", ".join(".".join(column.path) for column in unfolded[:8])
            proposals.append(Proposal("nested_flattened", evidence, applied=True, column=key))
        elif dict in found.kinds and found.unfolds:
            proposals.append(Proposal("nested_flattened", ", ".join(list(found.keys)[:8]), applied=False, column=key))
        fields += unfolded or [Field((key,), found.arrow, found.is_text)]
    names, renamed = unique_names(".".join(column.path) for column in fields)
    return Plan(names, fields, proposals + renamed)


def _unfold(path: tuple[str, ...], shape: Shape) -> list[Field]:
    if not shape.unfolds:
        return []
    fields: list[Field] = []
    for key, found in shape.keys.items():
        inner = _unfold((*path, key), found) if len(path) < NESTED_DEPTH else []
        fields += inner or [Field((*path, key), found.arrow, found.is_text)]
    return fields


def _columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    if not records:
        return {}
    first = records[0].keys()
    if all(record.keys() == first for record in records):
        return {key: list(map(itemgetter(key), records)) for key in first}
    keys = dict.fromkeys(chain.from_iterable(records))
    return {key: [record.get(key) for record in records] for key in keys}


def _values(under: dict[tuple[str, ...], list[Any]], path: tuple[str, ...], size: int) -> list[Any]:
    if path not in under:
        parents = _values(under, path[:-1], size) if len(path) > 1 else [None] * size
        under[path] = [None if parent is None else parent.get(path[-1]) for parent in parents]
    return under[path]


def _array(column: Field, values: list[Any]) -> pa.Array:
    if column.type == pa.string() and not column.is_text:
        return text_array(values)
    return pa.array(values, column.type)
