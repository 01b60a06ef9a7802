"""What somebody who reads a published table can work out of what it withholds.

They know every number shown, every sum that the table states, and that counts are whole and not negative. What each
withheld cell can then be is an interval, found by linear programming; a component of cells too large for that is judged
by linear algebra (whether the sums leave the cell any freedom at all). Knows nothing of how cells were chosen.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from datadam.science.privacy.cells import Flags, Floats, Whole

BUDGET = 300  # withheld cells whose exact interval is found; two linear programs each
ROUNDS = 40
TINY = 1e-6
FREE = 1e-5


@dataclass
class Attack:
    """low, high: what each cell can be; equal where it is shown. `revealed`: withheld cells that can be only one
    number. `exact`: whether every interval was found, or some cells were only shown to be free."""

    low: Floats
    high: Floats
    revealed: Flags
    exact: bool


def attack(values: Floats, sums: sparse.csr_matrix) -> Attack:
    """Values are NaN where withheld; `sums` as in `Cells`."""
    unknown = np.isnan(values)
    low, high = values.copy(), values.copy()
    low[unknown], high[unknown] = 0.0, np.inf
    _propagate(low, high, unknown, sums)
    found = Attack(low, high, np.zeros(len(values), dtype=bool), True)
    budget = BUDGET
    rest: list[tuple[Whole, Whole]] = []
    for cells, lines in sorted(_components(sums, np.flatnonzero(unknown & (high - low > TINY))), key=_size):
        if len(cells) <= budget:
            budget -= len(cells)
            _solve(found, sums, cells, lines)
        else:
            rest.append((cells, lines))
    if rest:
        _judge(found, sums, *(np.concatenate(each) for each in zip(*rest, strict=True)))
    found.revealed = unknown & (np.floor(found.high + TINY) - np.ceil(found.low - TINY) < 1)
    return found


def _propagate(low: Floats, high: Floats, unknown: Flags, sums: sparse.csr_matrix) -> None:
    """Tighten intervals by one sum after another until nothing moves: this is what a reader does with a pencil."""
    if not sums.shape[0] or not unknown.any():
        return
    lines = sums[np.flatnonzero((abs(sums) @ unknown.astype(float)) > 0)].tocoo()
    line, cell, sign = lines.row, lines.col, lines.data
    target = unknown[cell]
    for _ in range(ROUNDS):
        least = np.where(sign > 0, low[cell], -high[cell])
        most = np.where(sign > 0, high[cell], -low[cell])
        rest_least, rest_most = _rest(line, least, lines.shape[0]), _rest(line, most, lines.shape[0])
        # sign * x = -(the rest)
        new_low = np.where(sign > 0, -rest_most, rest_least)[target]
        new_high = np.where(sign > 0, -rest_least, rest_most)[target]
        before_low, before_high = low.copy(), high.copy()
        np.maximum.at(low, cell[target], new_low)
        np.minimum.at(high, cell[target], new_high)
        np.minimum(low, high, out=low)
        with np.errstate(invalid="ignore"):
            moved = (low - before_low > TINY) | (before_high - high > TINY) | (np.isinf(before_high) & ~np.isinf(high))
        if not moved.any():
            return


def _rest(line: Whole, parts: Floats, lines: int) -> Floats:
    """For every part: the sum of the others on its line, infinite where one of these is."""
    endless = np.isinf(parts)
    finite = np.bincount(line, weights=np.where(endless, 0.0, parts), minlength=lines)[line]
    many = np.bincount(line, weights=endless, minlength=lines)[line]
    side = -1.0 if (parts[endless] < 0).any() else 1.0
    alone = np.where(endless, finite, finite - parts)
    return np.where(many - endless > 0, side * np.inf, alone)


def _components(sums: sparse.csr_matrix, cells: Whole) -> list[tuple[Whole, Whole]]:
    """Withheld cells that sums bind together, with the lines that do."""
    from scipy.sparse.csgraph import connected_components

    if not len(cells) or not sums.shape[0]:
        return []
    part = abs(sums[:, cells])
    lines = np.flatnonzero(np.diff(part.tocsr().indptr))
    part = part[lines]
    graph = sparse.bmat([[None, part], [part.T, None]], format="csr")
    labels = connected_components(graph, directed=False)[1]
    of_lines, of_cells = labels[: len(lines)], labels[len(lines) :]
    order, lines_order = np.argsort(of_cells, kind="stable"), np.argsort(of_lines, kind="stable")
    kinds = np.unique(of_lines)
    starts, ends = (np.searchsorted(of_cells[order], kinds, side) for side in ("left", "right"))
    first, last = (np.searchsorted(of_lines[lines_order], kinds, side) for side in ("left", "right"))
    return [(cells[order[a:b]], lines[lines_order[c:d]]) for a, b, c, d in zip(starts, ends, first, last, strict=True)]


def _solve(found: Attack, sums: sparse.csr_matrix, cells: Whole, lines: Whole) -> None:
    part = sums[lines]
    inside = part[:, cells]
    shown = np.where(np.isnan(found.low), 0.0, found.low)
    shown[cells] = 0.0
    right = -(part @ shown)
    bounds = np.column_stack([found.low[cells], found.high[cells]])
    low, high = _intervals(inside, right, bounds)
    found.low[cells], found.high[cells] = low, high


def _judge(found: Attack, sums: sparse.csr_matrix, cells: Whole, lines: Whole) -> None:
    """Too many for intervals: those that the sums leave no freedom are revealed."""
    found.exact = False
    fixed = cells[~freedom(sums[lines][:, cells])]
    found.high[fixed] = found.low[fixed]


def _size(component: tuple[Whole, Whole]) -> int:
    return len(component[0])


def _intervals(matrix: sparse.csr_matrix, right: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """The least and the most that each cell can be."""
    from scipy.optimize import linprog

    low, high = bounds[:, 0].copy(), bounds[:, 1].copy()
    for i in range(len(low)):
        for sign in (1.0, -1.0):
            goal = np.zeros(len(low))
            goal[i] = sign
            answer = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
            if answer.status == 0 and sign > 0:
                low[i] = answer.fun
            elif answer.status == 0:
                high[i] = -answer.fun
            elif answer.status == 3 and sign < 0:
                high[i] = np.inf
    return low, high


def freedom(matrix: sparse.csr_matrix, *, seed: int = 1) -> Flags:
    """Which unknowns the equations `matrix @ x = b` do not fix.

    A random vector is projected onto the null space: with probability one, what is left is zero at an unknown exactly
    when every solution agrees there.
    """
    from scipy.sparse.linalg import lsmr

    drawn = np.random.default_rng(seed).standard_normal(matrix.shape[1])
    answer = lsmr(matrix.T.tocsr(), drawn, atol=1e-12, btol=1e-12, maxiter=20 * min(matrix.shape) + 100)[0]
    left: Flags = np.abs(drawn - matrix.T @ answer) > FREE
    return left
