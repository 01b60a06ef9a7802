"""Rounding counts to a base at random, so that a small number may be any of several."""

import numpy as np

from datadam.science.privacy.cells import Cells, Floats


def rounded(cells: Cells, base: int, *, additive: bool, seed: int) -> Floats:
    """Every count goes to one of its two neighbouring multiples, the nearer the likelier: unbiased (Hundepool et al.,
    ch. 5.4.3). One draw runs along a line, so that a line's sum is off by less than the base.

    additive: totals are then the sums of what is shown, as far as they are sums of this table. Otherwise every number
    is rounded by itself, is off by less than the base, and need not add up.
    """
    random = np.random.default_rng(seed)
    parts = ~cells.is_total if additive else np.ones(len(cells.values), dtype=bool)
    found = _each(cells.values, base, random)
    chosen = np.flatnonzero(parts & ~np.isnan(cells.values))
    found[chosen] = _along(cells, chosen, base, random) if additive else found[chosen]
    return _added_up(cells, found) if additive else found


def _each(values: Floats, base: int, random: np.random.Generator) -> Floats:
    down = np.floor(values / base)
    up: Floats = base * (down + (random.random(len(values)) < values / base - down))
    return up


def _along(cells: Cells, chosen: np.ndarray, base: int, random: np.random.Generator) -> Floats:
    """Systematic rounding: within a line of the last dimension with totals, what one loses the next may gain."""
    with_totals = [d for d in range(len(cells.codes)) if cells.total[:, d].any()]
    line = cells.key(without=with_totals[-1] if with_totals else None) if cells.codes else np.zeros(cells.rows, int)
    if not with_totals:
        return _each(cells.values[chosen], base, random)
    line = line[chosen // cells.measures] * cells.measures + chosen % cells.measures
    order = np.argsort(line, kind="stable")
    lines, first = np.unique(line[order], return_index=True)
    quotient = cells.values[chosen][order] / base
    down = np.floor(quotient)
    running = np.cumsum(quotient - down)
    start = np.repeat(running[first] - (quotient - down)[first], np.diff([*first, len(order)]))
    running = running - start + np.repeat(random.random(len(lines)), np.diff([*first, len(order)]))
    before = np.concatenate([[0.0], np.floor(running + 1e-9)[:-1]])
    before[first] = 0.0
    found = np.empty(len(chosen))
    found[order] = base * (down + np.floor(running + 1e-9) - before)
    return found


def _added_up(cells: Cells, values: Floats) -> Floats:
    """Totals as the sums of their parts, the inner ones first."""
    known = ~cells.is_total
    parts = cells.sums.multiply(cells.sums > 0).tocsr()
    whole = cells.sums.tocoo()
    at = np.full(cells.sums.shape[0], -1)
    at[whole.row[whole.data < 0]] = whole.col[whole.data < 0]
    while True:
        ready = np.flatnonzero((parts @ (~known).astype(float) == 0) & (at >= 0))
        ready = ready[~known[at[ready]]]
        if not len(ready):
            return values
        values[at[ready]] = parts[ready] @ values
        known[at[ready]] = True
