"""Rows added to the release before: read by the columns that it has, never widening them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.columns import ARROW, Plans, native_type
from datadam.lake.corrections import Corrections
from datadam.lake.errors import Unreadable
from datadam.lake.readers import Policy, Table
from datadam.lake.types import Column
from datadam.lake.writer import Writer

if TYPE_CHECKING:
    from datadam.lake.profile import Sampler
    from datadam.lake.tables import Load

OPTIONAL = ("json", "ndjson")  # where a record may leave out what it has no value for


@dataclass(frozen=True)
class Base:
    """The release that rows are added to."""

    columns: list[Column]
    files: list[str]
    rows: int

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, ARROW[column.type]) for column in self.columns])


def policy_for(base: Base, policy: Policy, table: Table) -> Policy:
    """The policy with every column held to its type in the base. Raises Unreadable `columns_unfit`.

    A column that would get that type by itself is read as it would be: an hour, a span, a figure with its unit.
    """
    steps: list[dict[str, Any]] = _steps(policy)
    corrections = Corrections.of(steps)
    kept = [name for name in table.header if name not in corrections.dropped]
    final = {name: corrections.names.get(name, name) for name in kept}
    _check(base, set(final.values()), table)
    types = {column.name: column.type for column in base.columns}
    natives = _natives(table)
    guessed = {plan.source: plan.type for plan in Plans.of(table, policy).plans if plan.converts}
    for name, new in final.items():
        found = natives.get(name) or guessed.get(name)
        fits = found == types[new] or (natives.get(name) == "integer" and types[new] == "number")
        if not fits and name not in corrections.types:
            steps.append({"code": "retype", "column": name, "type": types[new]})
    return steps


def _steps(policy: Policy) -> list[dict[str, Any]]:
    if policy == "none":
        return [{"code": "*", "applied": False}]
    return [] if isinstance(policy, str) else list(policy)


def _natives(table: Table) -> dict[str, str | None]:
    """The types that the file's own format gives its columns."""
    cells = next(iter(table.units()))().cells
    found = (None if column.null_count == len(column) else native_type(column.type) for column in cells.columns)
    return dict(zip(table.header, found, strict=True))


def _check(base: Base, found: set[str], table: Table) -> None:
    known = {column.name for column in base.columns}
    strange, absent = sorted(found - known), sorted(known - found)
    if strange or not found or (absent and table.format not in OPTIONAL):
        raise _unfit(strange or absent, strange=bool(strange))


def _unfit(names: list[str], *, strange: bool) -> Unreadable:
    listed = ", ".join(names[:5])
    ko = f"자료에 없는 열이 있습니다: {listed}" if strange else f"자료의 열이 빠졌습니다: {listed}"
    en = f"There are columns that the dataset does not have: {listed}" if strange else f"Columns are missing: {listed}"
    return Unreadable("columns_unfit", ko=ko, en=en, columns=names)


def take_over(base: Base, load: "Load", sampler: "Sampler") -> None:
    """Put the base's files, which never change, into the load, and its rows into the sample."""
    for file in base.files:
        target = load.new_file()
        with suppress(OSError):
            os.link(file, target)
        if not target.exists():
            shutil.copyfile(file, target)
        load.rows += pq.ParquetFile(target).metadata.num_rows
        for batch in _rows(target):
            sampler.add(fitted(base, batch))


def _rows(path: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches()


def fitted(base: Base, cells: pa.RecordBatch) -> pa.RecordBatch:
    """Cells in the order and the types of the base; a column that is not there is empty."""
    names = cells.schema.names
    arrays = [
        cells.column(names.index(field.name)).cast(field.type)
        if field.name in names
        else pa.nulls(cells.num_rows, field.type)
        for field in base.schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=base.schema)


class Appender(Writer):
    """Writes behind the files of the base."""

    def __init__(self, load: "Load", base: Base) -> None:
        super().__init__(load)
        self._base = base

    def fitted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return fitted(self._base, batch)


def check_types(base: Base, columns: list[Column]) -> None:
    """Refuse a file of which a column became another type while it was read."""
    types = {column.name: column.type for column in base.columns}
    other = [c.name for c in columns if c.type != types[c.name] and (c.type, types[c.name]) != ("integer", "number")]
    if other:
        raise Unreadable(
            "columns_unfit",
            ko=f"값의 종류가 자료와 다릅니다: {', '.join(other[:5])}",
            en=f"The values are of another type than the dataset's: {', '.join(other[:5])}",
            columns=other,
        )
