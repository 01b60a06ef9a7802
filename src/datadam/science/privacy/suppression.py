"""Withholding cells: those at risk, and as few others as keep them from being worked out again.

Line by line and cheapest first (Hundepool et al., ch. 4.4: the hypercube and network heuristics have this shape); then
what is left is tested as a whole, and more is withheld until nothing can be worked out.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from datadam.science.privacy.attacker import attack, freedom
from datadam.science.privacy.cells import Cells, Flags, Floats, Whole

TOTAL_COSTS = 8.0  # a total is worth more than its parts
OPENS = 3.0  # for every line that a cell newly breaks into
CLOSES = 2.0  # and what it saves where it is the second one
PASSES = 200


@dataclass
class Pattern:
    """hidden: every withheld cell. `revealed` is how many can be worked out for all that: none, unless other tables
    have told them before."""

    hidden: Flags
    revealed: Flags
    exact: bool


class _Lines:
    """The sums from both sides: the cells of a line, the lines of a cell."""

    def __init__(self, cells: Cells) -> None:
        self.sums = cells.sums
        by_cell = cells.sums.tocsc()
        counts = np.diff(by_cell.indptr)
        self.of_cell = np.full((len(cells.values), max(1, int(counts.max(initial=0)))), -1, dtype=np.int64)
        for rank in range(self.of_cell.shape[1]):
            has = np.flatnonzero(counts > rank)
            self.of_cell[has, rank] = by_cell.indices[by_cell.indptr[has] + rank]

    def cells(self, line: int) -> tuple[Whole, Floats]:
        part = slice(self.sums.indptr[line], self.sums.indptr[line + 1])
        return self.sums.indices[part], self.sums.data[part]


def suppress(cells: Cells, primary: Flags, *, threshold: int, told: Flags | None = None) -> Pattern:
    """`told` are cells that other tables show already: they hide nothing, and nothing hides them."""
    told = np.zeros(len(primary), dtype=bool) if told is None else told
    blank = np.isnan(cells.values)
    worth = np.where(blank, 1.0, cells.known)
    search = _Search(cells, _Lines(cells), worth, primary | blank, told, threshold)
    search.settle(range(cells.sums.shape[0]))
    for _ in range(PASSES):
        loose = search.loose()
        if not loose.any() or not search.widen(np.flatnonzero(loose)):
            break
    shown = np.where(search.hidden & ~told, np.nan, cells.values)
    last = attack(shown, cells.sums)
    while (last.revealed & ~told).any():
        if not search.widen(np.flatnonzero(last.revealed & ~told)):
            if search.zeros:
                break
            search.zeros = True
            continue
        last = attack(np.where(search.hidden & ~told, np.nan, cells.values), cells.sums)
    return Pattern(search.hidden, (last.revealed & ~blank) | (told & search.hidden & ~blank), last.exact)


@dataclass
class _Search:
    cells: Cells
    lines: _Lines
    worth: Floats
    hidden: Flags
    told: Flags
    threshold: int
    zeros: bool = False  # whether empty cells are withheld as well: only where nothing else is left

    def __post_init__(self) -> None:
        self.is_total = self.cells.is_total
        self.count = np.asarray(abs(self.lines.sums) @ self._secret().astype(float))

    def _secret(self) -> Flags:
        return self.hidden & ~self.told

    def settle(self, lines: "range | list[int]") -> None:
        """Withhold more on every line that gives something away, and on those that this opens."""
        waiting = deque(line for line in lines if self.count[line])
        while waiting:
            line = waiting.popleft()
            if self._tells(line):
                chosen = self._cheapest(self.lines.cells(line)[0])
                if chosen >= 0:
                    self.hide(chosen)
                    waiting.extend(int(each) for each in self.lines.of_cell[chosen] if each >= 0)

    def hide(self, cell: int) -> None:
        self.hidden[cell] = True
        of_cell = self.lines.of_cell[cell]
        self.count[of_cell[of_cell >= 0]] += 1

    def _tells(self, line: int) -> bool:
        """One alone is what the others leave over; and several parts that add up to less than the threshold are as
        good as one."""
        cells, signs = self.lines.cells(line)
        secret = self.hidden[cells] & ~self.told[cells]
        if secret.sum() < 2:
            return bool(secret.any())
        if secret[signs < 0].any():
            return False
        parts = self.worth[cells[secret]]
        return bool((parts > 0).sum() < 2 or parts.sum() < self.threshold)

    def _cheapest(self, among: Whole) -> int:
        """The cell that costs least: small, no total, on lines that have secrets already; -1 when there is none."""
        open_cells = among[~self.hidden[among] & ~self.told[among] & (self.zeros | (self.worth[among] > 0))]
        if not len(open_cells):
            return -1
        of_cell = self.lines.of_cell[open_cells]
        secrets = np.where(of_cell >= 0, self.count[of_cell], 2)
        cost = np.log1p(self.worth[open_cells]) + TOTAL_COSTS * self.is_total[open_cells]
        cost += OPENS * (secrets == 0).sum(axis=1) - CLOSES * (secrets == 1).sum(axis=1)
        return int(open_cells[cost.argmin()])

    def loose(self) -> Flags:
        """Secret cells that the sums may fix: counts of zero cannot sink, so only the others are taken to move."""
        found = np.zeros(len(self.hidden), dtype=bool)
        movable = np.flatnonzero(self._secret() & (self.worth > 0))
        if len(movable) and self.lines.sums.shape[0]:
            found[movable] = ~_free(self.lines.sums, movable)
        return found

    def widen(self, loose: Whole) -> bool:
        """Give each of these company on one of its lines; whether anything could still be withheld."""
        before = int(self.hidden.sum())
        touched: list[int] = []
        for cell in loose:
            lines = [int(line) for line in self.lines.of_cell[cell] if line >= 0]
            among = np.unique(np.concatenate([self.lines.cells(line)[0] for line in lines])) if lines else loose[:0]
            chosen = self._cheapest(among)
            if chosen >= 0:
                self.hide(chosen)
                touched += [int(line) for line in self.lines.of_cell[chosen] if line >= 0]
        self.settle(touched)
        return int(self.hidden.sum()) > before


def _free(sums: sparse.csr_matrix, cells: Whole) -> Flags:
    part = sums[:, cells].tocsr()
    part = part[np.flatnonzero(np.diff(part.indptr))]
    return freedom(part) if part.shape[0] else np.ones(len(cells), dtype=bool)
