"""Sums that coarser tables told before: a reader of the finer one knows them, though it does not state them itself."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.science.privacy.attacker import attack
from datadam.science.privacy.cells import Cells, Flags, mixed, read
from datadam.science.privacy.spec import Spec

SUM = "합계"


def with_sums(table: pa.Table, spec: Spec, cells: Cells, earlier: Sequence[pa.Table]) -> pa.Table:
    """The dimensions, as text, and the measures, followed by a row for every sum that an earlier table states.

    The table itself when there is none: of the columns that an earlier one lacks the table must have no totals.
    """
    found = [_rows(spec, each) for each in earlier if _is_coarser(spec, cells, each)]
    if not found:
        return table
    whole = pa.concat_tables([_plain(table, spec), *found])
    keys = [_encoded(whole[name]) for name in spec.dimensions]
    first = np.sort(np.unique(mixed(keys, whole.num_rows)[table.num_rows :], return_index=True)[1])
    return pa.concat_tables([whole.slice(0, table.num_rows), whole.slice(table.num_rows).take(pa.array(first))])


def gives_away(table: pa.Table, spec: Spec, finer: pa.Table, dimensions: tuple[str, ...]) -> Flags:
    """The cells of a table that tell what a finer one withheld before: sums of which one part alone was left open."""
    measures = len(spec.measures)
    found = np.zeros(table.num_rows * measures, dtype=bool)
    wanted = replace(spec, dimensions=dimensions, attached=(), largest={})
    cells = read(finer, wanted)
    wide = with_sums(finer, wanted, cells, [table])
    if wide is finer or not np.isnan(cells.values).any():
        return found
    known = read(wide, wanted)
    revealed = attack(known.values, known.sums).revealed
    lines = known.sums[np.flatnonzero(abs(known.sums) @ revealed.astype(float) > 0)]
    told = np.unique(lines.indices[lines.data < 0])
    rows = {key: at for at, key in enumerate(_keys(table, spec.dimensions))}
    for row, measure in zip(*np.divmod(told[told >= len(cells.values)], measures), strict=True):
        key = next(iter(_keys(wide.slice(row, 1), spec.dimensions)))
        found[rows[key] * measures + measure] = True
    return found


def _keys(table: pa.Table, dimensions: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(_text(table[name]).to_pylist() for name in dimensions), strict=True)


def _is_coarser(spec: Spec, cells: Cells, other: pa.Table) -> bool:
    there = {*other.column_names}
    lacking = [d for d, name in enumerate(spec.dimensions) if name not in there]
    if not lacking or len(lacking) == len(spec.dimensions) or not {*spec.measures} <= there:
        return False
    return not cells.total[:, lacking].any()


def _rows(spec: Spec, other: pa.Table) -> pa.Table:
    """An earlier table in the columns of this one, without what it withheld itself."""
    there = [name for name in spec.dimensions if name in other.column_names]
    other = other.filter(_all_valid(other, spec.measures))
    columns = {name: _text(other[name]) if name in there else [SUM] * other.num_rows for name in spec.dimensions}
    return _plain(pa.table({**columns, **{name: other[name] for name in spec.measures}}), spec)


def _plain(table: pa.Table, spec: Spec) -> pa.Table:
    columns = {name: _text(table[name]) for name in spec.dimensions}
    return pa.table({**columns, **{name: pc.cast(table[name], pa.float64()) for name in spec.measures}})


def _all_valid(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    valid = pc.is_valid(table[names[0]])
    for name in names[1:]:
        valid = pc.and_(valid, pc.is_valid(table[name]))
    return valid


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _encoded(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.dictionary_encode(column.combine_chunks()).indices, dtype=np.int64)
