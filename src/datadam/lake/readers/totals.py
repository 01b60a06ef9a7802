"""Rows that sum up others: marked by their label, confirmed or betrayed by arithmetic.

A marked row is confirmed when most of its figures are sums: of the rows that share its other labels, of a run of rows
before or after it, or of the whole table. Rows without a mark are looked for only in a table that fits the sample: the
first or last of all rows, or of every group of a label column, that sums the others up to the last digit.
For a larger table marks are looked for in the sample and in its last rows; where the sample does not decide, running
sums over all blocks do (one more pass; memory holds the marked rows alone).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.readers.base import Block, Table
from datadam.lake.readers.sample import Sample, figures_of, texts_of
from datadam.lake.readers.wording import TOTAL, TOTAL_LENGTH, counts_things, is_total

CONFIRMED = 0.8  # of the marked rows must be sums
BOUNDARIES = 40  # runs before a row that are tried
JUDGED = 200  # marked rows of a sample that are held against sums
MARKED_LIMIT = 20_000
DIGITS, DIGITS_ALONE, DIGITS_GROUPS = 4.0, 7.0, 8.0  # evidence asked of rows without a mark, in decimal digits


@dataclass
class Marked:
    """The marked rows of one label column: how many there are, were held against sums, and are sums."""

    column: int
    rows: int = 0
    judged: int = 0
    sums: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def sure(self) -> bool:
        return self.sums > 0 and self.sums >= CONFIRMED * self.judged


@dataclass(frozen=True)
class Candidate:
    """A sum that a row might be: its figures, and how many rows it adds."""

    total: np.ndarray
    addends: int


def marked(sample: Sample, table: Table) -> list[Marked]:
    """The label columns with marked rows, each judged."""
    marks = {column: _marks(texts) for column, texts in sample.labels.items()}
    marks = {column: rows for column, rows in marks.items() if rows.any() and not rows.all()}
    found = [_judged(sample, column, marks) for column in marks]
    if not sample.complete:
        _add_tail(found, sample, table)
        for each in found:
            if not each.sure and sample.figures:
                _confirm_by_running_sums(each, table, list(sample.figures))
    return found


def _marks(texts: list[str]) -> np.ndarray:
    words = {text for text in set(texts) if is_total(text)}
    return np.fromiter((text in words for text in texts), bool, len(texts)) if words else np.zeros(len(texts), bool)


def _judged(sample: Sample, column: int, marks: dict[int, np.ndarray]) -> Marked:
    rows = np.flatnonzero(marks[column])
    words = list(dict.fromkeys(sample.labels[column][row] for row in rows))
    result = Marked(column, len(rows), words=words)
    rows = rows[:: 1 + len(rows) // JUDGED]
    result.judged = len(rows)
    columns = [c for c in sample.figures if not _numbers_rows(sample.figures[c])]
    if not columns:
        return result
    matrix = sample.matrix(columns)
    peers = _peers(sample, column, marks[column], matrix)
    runs = _Runs(np.nan_to_num(matrix), np.logical_or.reduce(list(marks.values())))
    alone = 0
    for row in rows.tolist():
        addends = _matched(matrix[row], [*peers(row), *runs.candidates(row)])
        result.sums += addends > 0
        alone += addends == 1
    if alone == result.sums:
        result.sums = 0  # rows that repeat one other are no evidence
    return result


def _numbers_rows(values: np.ndarray) -> bool:
    return len(values) > 2 and bool((np.diff(values) == 1).all())


def _matched(values: np.ndarray, candidates: Iterable[Candidate]) -> int:
    """How many rows the first sum adds that at least half of the row's figures agree with; 0 when none does."""
    counted = ~np.isnan(values) & (values != 0)
    if not counted.any():
        return 0
    for candidate in candidates:
        off = np.abs(values - candidate.total)
        rounding = np.minimum(0.5 * candidate.addends, 1e-3 * np.abs(values))
        close = counted & (off <= np.maximum(1e-6 * np.abs(values), np.where(np.abs(values) > 1000, rounding, 1e-9)))
        if close.sum() >= max(1, 0.5 * counted.sum()):
            return candidate.addends
    return 0


def _peers(sample: Sample, column: int, marks: np.ndarray, matrix: np.ndarray) -> Callable[[int], Iterator[Candidate]]:
    """A function of a row: the sum of unmarked rows that share all its other labels."""
    others = [texts for at, texts in sample.labels.items() if at != column]
    # columns of figures that tell rows apart (a year, a month) are labels too
    others += [sample.figures[at].tolist() for at in sample.figures if not counts_things(sample.header[at])]
    keys = list(zip(*others, strict=True)) if others else [()] * len(marks)
    members: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for row in np.flatnonzero(~marks).tolist():
        members[keys[row]].append(row)

    def candidates(row: int) -> Iterator[Candidate]:
        rows = members.get(keys[row], [])
        if rows:
            yield Candidate(np.nansum(matrix[rows], axis=0), len(rows))

    return candidates


class _Runs:
    """Sums of runs of unmarked rows, from prefix sums; a run begins or ends at a marked row."""

    def __init__(self, matrix: np.ndarray, marks: np.ndarray) -> None:
        leaves = np.where(marks[:, None], 0.0, matrix)
        self._before = np.vstack([np.zeros(matrix.shape[1]), np.cumsum(leaves, axis=0)])
        self._count = np.concatenate([[0], np.cumsum(~marks)])
        self._marked = np.flatnonzero(marks)
        self._size = len(marks)

    def candidates(self, row: int) -> Iterator[Candidate]:
        at = int(np.searchsorted(self._marked, row))
        for start in self._marked[max(0, at - BOUNDARIES) : at][::-1]:
            yield from self._run(int(start) + 1, row)
        yield from self._run(0, row)
        for end in self._marked[at + 1 : at + 1 + BOUNDARIES]:
            yield from self._run(row + 1, int(end))
        yield from self._run(row + 1, self._size)
        yield from self._run(0, self._size)

    def _run(self, start: int, end: int) -> Iterator[Candidate]:
        addends = int(self._count[end] - self._count[start])
        if addends:
            yield Candidate(self._before[end] - self._before[start], addends)


def _add_tail(found: list[Marked], sample: Sample, table: Table) -> None:
    """Marks in the table's last rows, in columns where the sample has none."""
    known = {each.column for each in found}
    for row in table.last_rows():
        for column in sample.labels:
            if column not in known and column < len(row) and is_total(row[column].strip()):
                known.add(column)
                found.append(Marked(column, 1, 1, words=[row[column].strip()]))


def _confirm_by_running_sums(each: Marked, table: Table, columns: list[int]) -> None:
    """Hold every marked row of the table against sums since each boundary and of the whole."""
    values, before, counts = [], [], []
    total, count = np.zeros(len(columns)), 0
    for unit in table.units():
        cells = unit().cells
        if not cells.num_rows:
            continue
        marks = _marks(texts_of(cells.column(each.column)))
        matrix = np.column_stack([_numbers(cells.column(column)) for column in columns])
        leaves = np.cumsum(np.where(marks[:, None], 0.0, np.nan_to_num(matrix)), axis=0)
        numbers = np.cumsum(~marks)
        for row in np.flatnonzero(marks).tolist():
            values.append(matrix[row])
            before.append(total + leaves[row])
            counts.append(count + int(numbers[row]))
        if len(values) > MARKED_LIMIT:
            return
        total, count = total + leaves[-1], count + int(numbers[-1])
    each.rows, each.judged, each.sums = len(values), len(values), 0
    for at, row in enumerate(values):
        starts = [*range(at - 1, max(-1, at - BOUNDARIES), -1)]
        candidates = [
            Candidate(before[at] - before[s], counts[at] - counts[s]) for s in starts if counts[at] > counts[s]
        ]
        whole = [
            Candidate(before[at], counts[at]),
            Candidate(total, count),
            Candidate(total - before[at], count - counts[at]),
        ]
        after = [Candidate(before[at + 1] - before[at], counts[at + 1] - counts[at])] if at + 1 < len(values) else []
        each.sums += _matched(row, [c for c in (*candidates, *after, *whole) if c.addends > 1]) > 0


def _numbers(column: pa.Array) -> np.ndarray:
    values = figures_of(column, whatever=True)
    return values if values is not None else np.full(len(column), np.nan)


def unmarked(sample: Sample) -> tuple[np.ndarray, str]:
    """Rows (their places in the sample) that only arithmetic betrays, and how; none unless the sample is all there is.

    Every figure must be met to the last digit, in two columns or, with long figures, in one.
    """
    nothing = np.empty(0, np.int64)
    columns = [c for c in sample.figures if counts_things(sample.header[c]) and not _numbers_rows(sample.figures[c])]
    if not sample.complete or not columns or sample.rows < 4:
        return nothing, ""
    marks = np.zeros(sample.rows, bool)
    for texts in sample.labels.values():
        marks |= _marks(texts)
    leaves = np.flatnonzero(~marks)
    matrix = sample.matrix(columns)
    if len(leaves) < 4:
        return nothing, ""
    whole = [row for row in (leaves[0], leaves[-1]) if _is_sum(matrix, row, leaves, DIGITS)]
    if whole:
        return np.array(whole), "all"
    for column in sample.leading:
        found = _group_sums(matrix, sample.labels[column], leaves)
        if len(found):
            return found, sample.header[column]
    return nothing, ""


def _is_sum(matrix: np.ndarray, row: int, rows: np.ndarray, digits: float) -> bool:
    return _digits(matrix, row, rows) >= digits


def _digits(matrix: np.ndarray, row: int, rows: np.ndarray) -> float:
    """How many decimal digits of a row's figures are the sums of the other rows': 0 when most are not."""
    values = matrix[row]
    sums = np.nansum(matrix[rows[rows != row]], axis=0)
    counted = ~np.isnan(values) & (values != 0)
    equal = counted & (np.abs(values - sums) <= 1e-9 * np.abs(values))
    if equal.sum() < max(1, 0.6 * counted.sum()):
        return 0.0
    found = float(np.log10(np.abs(values[equal]) + 1).sum())
    return found if equal.sum() > 1 or found >= DIGITS_ALONE else 0.0


def _group_sums(matrix: np.ndarray, labels: list[str], leaves: np.ndarray) -> np.ndarray:
    """The first or the last row of every run of one label, when in nearly all runs it sums up the others."""
    texts = np.array(labels, dtype=object)[leaves]
    cuts = np.flatnonzero(np.concatenate([[True], texts[1:] != texts[:-1], [True]]))
    groups = [leaves[start:end] for start, end in pairwise(cuts) if end - start >= 3]
    if len(groups) < 2 or sum(map(len, groups)) < 0.5 * len(leaves):
        return np.empty(0, np.int64)
    for place in (0, -1):
        digits = [_digits(matrix, int(group[place]), group) for group in groups]
        rows = [int(group[place]) for group, found in zip(groups, digits, strict=True) if found]
        if len(rows) >= CONFIRMED * len(groups) and sum(digits) >= DIGITS_GROUPS:
            return np.array(rows)
    return np.empty(0, np.int64)


def total_columns(sample: Sample) -> list[tuple[int, str]]:
    """Columns named as a total whose figures are the sums of the columns beside them: position, what it sums."""
    found = []
    order = [c for c in sorted(sample.figures) if counts_things(sample.header[c]) or is_total(sample.header[c])]
    named = [column for column in order if is_total(sample.header[column])]
    for column in named:
        at = order.index(column)
        after = _until(order[at + 1 :], set(named))
        before = _until(order[:at][::-1], set(named))
        for others in (after, before, [c for c in order if c not in named]):
            if len(others) > 1 and _sums_beside(sample, column, others):
                names = [sample.header[other] for other in sorted(others)]
                found.append((column, f"{names[0]} … {names[-1]} ({len(names)})"))
                break
    return found


def _until(columns: list[int], stops: set[int]) -> list[int]:
    stop = next((at for at, column in enumerate(columns) if column in stops), len(columns))
    return columns[:stop]


def _sums_beside(sample: Sample, column: int, others: list[int]) -> bool:
    values = sample.figures[column]
    counted = ~np.isnan(values) & (values != 0)
    sums = np.nansum(sample.matrix(others), axis=1)
    equal = np.abs(values - sums)[counted] <= np.maximum(1e-6 * np.abs(values[counted]), 0.05)
    return counted.sum() > 1 and bool(equal.sum() >= 0.95 * counted.sum())


def without_marked(block: Block, columns: list[int]) -> Block:
    """The block less the rows that are marked in one of the columns; they are set aside."""
    marks = np.zeros(block.cells.num_rows, bool)
    for column in columns:
        texts = pc.fill_null(block.cells.column(column).cast(pa.string()), "")
        texts = pc.utf8_trim_whitespace(texts)
        short = pc.less_equal(pc.utf8_length(texts), TOTAL_LENGTH)
        marks |= np.asarray(pc.and_(short, pc.match_substring_regex(texts, TOTAL)))
    return without(block, marks)


def without(block: Block, marks: np.ndarray, reason: str = "total_row") -> Block:
    """The block less some rows, set aside."""
    if not marks.any():
        return block
    aside = {**block.set_aside, reason: block.set_aside.get(reason, 0) + int(marks.sum())}
    return Block(block.cells.filter(pa.array(~marks)), block.line_numbers()[~marks], block.bad, aside)
