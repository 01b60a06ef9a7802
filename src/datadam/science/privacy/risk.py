"""Which cells single people out: by their size, by one contributor, or by making up their whole group."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from datadam.science.privacy.cells import Cells, Flags, Floats, Whole, numbers
from datadam.science.privacy.spec import Spec


@dataclass
class Risk:
    """Cells at risk, each for its first reason. `cells` is the number of cells that hold a number."""

    cells: int = 0
    small: Flags = field(default_factory=lambda: np.zeros(0, bool))
    dominated: Flags = field(default_factory=lambda: np.zeros(0, bool))
    whole_group: Flags = field(default_factory=lambda: np.zeros(0, bool))
    differenced: Flags = field(default_factory=lambda: np.zeros(0, bool))

    @property
    def any(self) -> Flags:
        """All of them."""
        return self.small | self.dominated | self.whole_group | self.differenced

    @property
    def count(self) -> int:
        """How many."""
        return int(self.any.sum())

    def counts(self) -> dict[str, int]:
        """How many by reason; a cell may have several."""
        names = ("small", "dominated", "whole_group", "differenced")
        return {name: int(getattr(self, name).sum()) for name in names}


def of_cells(cells: Cells, spec: Spec, table: pa.Table | None = None) -> Risk:
    """Threshold rule, dominance and group disclosure; differencing is added by who knows earlier tables."""
    values, nothing = cells.values, np.zeros(len(cells.values), dtype=bool)
    low = 1 if spec.zeros else 0
    with np.errstate(invalid="ignore"):
        small = (values >= low) & (values < spec.threshold)
    dominated = _dominated(cells, spec, table) if spec.largest and table is not None else nothing
    return Risk(int((~np.isnan(values)).sum()), small, dominated, _whole_groups(cells, spec), nothing.copy())


def _dominated(cells: Cells, spec: Spec, table: pa.Table) -> Flags:
    """(1, k): one contribution is over k % of the cell; of an attached amount, the whole row is at risk."""
    found = np.zeros((cells.rows, cells.measures), dtype=bool)
    for name, column in spec.largest.items():
        with np.errstate(invalid="ignore"):
            over = numbers(table[column]) > spec.share / 100 * numbers(table[name])
        at = [spec.measures.index(name)] if name in spec.measures else range(cells.measures)
        found[: table.num_rows, at] |= over[:, None]
    return found.reshape(-1)


def _whole_groups(cells: Cells, spec: Spec) -> Flags:
    """Group disclosure (Hundepool et al., ch. 5.3): all of a small group stand in one cell, so that whoever is known to
    be of the group is known to be that. The groups that count are those of fewer than twice the threshold: in larger
    ones the cell is a fact of the place (a school for girls), not of a person.
    """
    found = np.zeros(len(cells.values), dtype=bool)
    sums, values = cells.sums, cells.known
    parts = sums.multiply(sums > 0).tocsr()
    if not parts.shape[0]:
        return found
    totals = parts @ values
    filled = parts @ (values > 0).astype(float)
    several = np.diff(parts.indptr) > 1
    lines = np.flatnonzero((filled == 1) & several & (totals >= spec.threshold) & (totals < 2 * spec.threshold))
    inside = parts[lines].indices
    found[inside[values[inside] > 0]] = True
    return found


def dominance(values: Floats, groups: Whole, *, n: int = 1, k: float = 85.0, p: float = 10.0) -> dict[str, Flags]:
    """One row a contributor: per group, whether the (n, k) rule and the p % rule call it unsafe.

    (n, k): the n largest contributions are more than k % of the whole. p %: what is left after the two largest is less
    than p % of the largest, so that the second could estimate it that closely (Hundepool et al., ch. 4.2.2).
    """
    count = int(groups.max(initial=-1)) + 1
    order = np.lexsort((-values, groups))
    sorted_groups, sorted_values = groups[order], values[order]
    first = np.searchsorted(sorted_groups, np.arange(count))
    rank = np.arange(len(values)) - first[sorted_groups]
    whole = np.bincount(groups, weights=values, minlength=count)

    def top(many: int) -> Floats:
        taken = rank < many
        most: Floats = np.bincount(sorted_groups[taken], weights=sorted_values[taken], minlength=count).astype(
            np.float64
        )
        return most

    return {"nk": top(n) > k / 100 * whole, "p": whole - top(2) < p / 100 * top(1)}
