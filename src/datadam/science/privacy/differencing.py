"""What earlier tables give away: a difference of two published counts is a published count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.science.privacy.cells import Cells, Flags, Floats, mixed, numbers
from datadam.science.privacy.spec import Spec

SAME = 0.9  # of the counts in common are equal: the same people were counted
GROWS = 0.999  # of them are no smaller: a register that only grows
FEW = 3


@dataclass
class Earlier:
    """What earlier tables say of the cells of this one.

    small: cells that differ from an earlier count by fewer than the threshold, where such a difference is a group of
      people. told: cells whose very number is out. withheld: cells that were withheld before and must stay so.
    """

    small: Flags
    told: Flags
    withheld: Flags


def compare(cells: Cells, spec: Spec, table: pa.Table, earlier: Sequence[pa.Table]) -> Earlier:
    """Earlier tables that lack a column of this one are passed over; see `coarser`."""
    nothing = np.zeros(len(cells.values), dtype=bool)
    found = Earlier(nothing.copy(), nothing.copy(), nothing.copy())
    for each in earlier:
        if set(spec.dimensions) <= set(each.column_names) and set(spec.measures) <= set(each.column_names):
            _one(found, cells, spec, table, each)
    return found


def _one(found: Earlier, cells: Cells, spec: Spec, table: pa.Table, other: pa.Table) -> None:
    before, there = _aligned(cells, spec, table, other)
    now = cells.values
    common = ~np.isnan(before) & ~np.isnan(now)
    if not common.any():
        return
    with np.errstate(invalid="ignore"):
        change = now - before
        same = (change[common] == 0).mean() >= SAME
        changed = change[common & (change != 0)]
        grows = (change[common] >= 0).mean() >= GROWS and len(changed) >= FEW
        if same or spec.cumulative or grows:
            found.small |= common & (np.abs(change) >= 1) & (np.abs(change) < spec.threshold)
        if same:
            found.told |= common & (change == 0)
            found.withheld |= there & np.isnan(before) & ~np.isnan(now)


def _aligned(cells: Cells, spec: Spec, table: pa.Table, other: pa.Table) -> tuple[Floats, Flags]:
    """The earlier numbers in the place of this table's, NaN where it has none; and which cells stand there at all."""
    here, rows = [], table.num_rows
    for name in spec.dimensions:
        both = pa.chunked_array([_text(table[name]), _text(other[name])])
        here.append(
            np.asarray(pc.dictionary_encode(both).unify_dictionaries().combine_chunks().indices, dtype=np.int64)
        )
    key = mixed(here, rows + other.num_rows)
    at = np.full(int(key.max(initial=-1)) + 1, -1, dtype=np.int64)
    at[key[rows:]] = np.arange(other.num_rows)
    place = at[key[:rows]]
    values = np.column_stack([numbers(other[name]) for name in spec.measures])
    lined = (
        np.where((place >= 0)[:, None], values[place], np.nan)
        if other.num_rows
        else np.full((rows, cells.measures), np.nan)
    )
    return lined.reshape(-1), np.repeat(place >= 0, cells.measures)


def _text(column: pa.ChunkedArray) -> pa.Array:
    return pc.fill_null(pc.cast(column, pa.string()), "").combine_chunks()
