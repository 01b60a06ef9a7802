"""A table of counts as one vector of cells and the sums that bind them."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from datadam.science.privacy.spec import BadSpec, Spec

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

TOTAL = re.compile(
    r"^\s*[(\[]?\s*(전\s*체|합\s*계|총\s*계|소\s*계|계|총\s*합|총\s*수|전\s*국|total|all|sum|총\s*인구)\s*[)\]]?\s*$",
    re.I,
)
AGREES = 0.999  # of the lines that a sum is found in; a slip of the pen does not hide it
NEAR = 1e-6
FEW = 5  # rows that bear out a sum of columns that stand apart
MANY = 400  # columns among which sums of two are looked for
LARGEST = 2**62  # a key for several codes may grow so far


@dataclass
class Cells:
    """values: rows x measures laid out in a row, NaN where the table has none. sums: a line of it has 1 for each part
    and -1 for what they add up to; it gives 0. codes: one array of label numbers a dimension."""

    values: Floats
    measures: int
    codes: list[Whole]
    labels: list[list[str]]
    total: Flags  # rows x dimensions: the row is a total in it
    sums: sparse.csr_matrix

    @cached_property
    def known(self) -> Floats:
        """The values, zero where there is none."""
        return np.nan_to_num(self.values)

    @property
    def rows(self) -> int:
        return len(self.values) // self.measures

    @property
    def is_total(self) -> Flags:
        """Cells that are the sum of others."""
        found = np.zeros(len(self.values), dtype=bool)
        found[self.sums.indices[self.sums.data < 0]] = True
        return found

    def key(self, *, without: int | None = None) -> Whole:
        """One number a row for its labels in all dimensions but one."""
        return mixed([c for d, c in enumerate(self.codes) if d != without], self.rows)


def mixed(codes: list[Whole], rows: int) -> Whole:
    """Several arrays of numbers as one, equal where all of them are."""
    found, span = np.zeros(rows, dtype=np.int64), 1
    for code in codes:
        size = int(code.max(initial=0)) + 1
        if span * size >= LARGEST:
            found, span = _dense(found), rows
        found, span = found * size + code, span * size
    return _dense(found)


def _dense(codes: Whole) -> Whole:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def read(table: pa.Table, spec: Spec) -> Cells:
    """The cells of a table and every sum that is stated in it: by a word such as 합계, by `spec`, or by its numbers."""
    missing = [name for name in (*spec.dimensions, *spec.measures, *spec.attached) if name not in table.column_names]
    if missing:
        raise BadSpec(f"no such column: {', '.join(missing)}")
    values = np.column_stack([numbers(table[name]) for name in spec.measures]).reshape(-1)
    encoded = [_encoded(table[name]) for name in spec.dimensions]
    codes, labels = [code for code, _ in encoded], [label for _, label in encoded]
    cells = Cells(
        values, len(spec.measures), codes, labels, np.zeros((table.num_rows, len(codes)), bool), _none(values)
    )
    for d, name in enumerate(spec.dimensions):
        cells.total[:, d] = _totals(cells, d, spec.totals.get(name, ()))
    lines = [_line_sums(cells, d) for d in range(len(codes)) if cells.total[:, d].any()]
    lines.append(_measure_sums(cells, spec))
    cells.sums = _holding(sparse.vstack(lines, format="csr"), cells) if lines else cells.sums
    return cells


def numbers(column: pa.ChunkedArray) -> Floats:
    """A column as floats, NaN for null."""
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        raise BadSpec("a measure is a column of numbers")
    return np.asarray(pc.cast(column, pa.float64()).combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)


def _encoded(column: pa.ChunkedArray) -> tuple[Whole, list[str]]:
    """Numbers for the labels of a column, and the labels as text; nothing is the empty label."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], encoded.type)
    labels = ["" if label is None else label for label in pc.cast(encoded.dictionary, pa.string()).to_pylist()]
    codes = pc.fill_null(encoded.indices, len(labels))
    return np.asarray(codes, dtype=np.int64), [*labels, ""] if encoded.null_count else labels


def _none(values: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((0, len(values)))


def _totals(cells: Cells, d: int, given: tuple[str, ...]) -> Flags:
    """The rows that are totals in dimension `d`: by label, or one label whose every number is the sum of the rest."""
    labels = cells.labels[d]
    named = np.array([label in given or bool(TOTAL.match(label)) for label in labels], dtype=bool)
    if not named.any() and len(labels) > 2:
        named = _unmarked(cells, d)
    return named[cells.codes[d]]


def _unmarked(cells: Cells, d: int) -> Flags:
    """Labels such as 부산광역시 among its districts: on every line it is half of all that stands there."""
    if not _halves(cells, d).any():
        return np.zeros(len(cells.labels[d]), dtype=bool)
    key, values = cells.key(without=d), cells.values.reshape(-1, cells.measures)
    fits = np.ones(cells.rows, dtype=bool)
    weight = np.zeros(cells.rows)
    for m in range(cells.measures):
        column = cells.known[m :: cells.measures]
        line = np.bincount(key, weights=column)[key]
        fits &= (np.abs(2 * column - line) <= NEAR) & ~np.isnan(values[:, m])
        weight += column
    size = np.bincount(key)[key]
    labels = len(cells.labels[d])
    good = np.bincount(cells.codes[d], weights=fits & (size > 2), minlength=labels)
    every = np.bincount(cells.codes[d], minlength=labels)
    heavy = np.bincount(cells.codes[d], weights=weight, minlength=labels) > 0
    found: Flags = (good == every) & heavy
    return found if found.sum() == 1 else np.zeros(labels, dtype=bool)


def _halves(cells: Cells, d: int) -> Flags:
    """Labels whose numbers are half of all numbers: what a total must be, and quickly seen."""
    found = np.ones(len(cells.labels[d]), dtype=bool)
    for m in range(cells.measures):
        column = cells.known[m :: cells.measures]
        weight = np.bincount(cells.codes[d], weights=column, minlength=len(found))
        found &= np.abs(2 * weight - column.sum()) <= NEAR * max(1.0, column.sum())
    return found


def _line_sums(cells: Cells, d: int) -> sparse.csr_matrix:
    """For every total in dimension `d`: the rows of its line add up to it."""
    key, total = cells.key(without=d), cells.total[:, d]
    lines = int(key.max(initial=-1)) + 1
    found = []
    for label in np.unique(cells.codes[d][total]):
        mine = np.flatnonzero(total & (cells.codes[d] == label))
        once = mine[np.bincount(key[mine], minlength=lines)[key[mine]] == 1]
        at = np.full(lines, -1, dtype=np.int64)
        at[key[once]] = np.arange(len(once))
        parts = np.flatnonzero(~total & (at[key] >= 0))
        filled = np.bincount(at[key[parts]], minlength=len(once)) > 0
        rows = np.concatenate([at[key[parts]], np.flatnonzero(filled)])
        columns = np.concatenate([parts, once[filled]])
        signs = np.concatenate([np.ones(len(parts)), -np.ones(int(filled.sum()))])
        found += [_of_measure(cells, rows, columns, signs, m, len(once)) for m in range(cells.measures)]
    return sparse.vstack(found, format="csr") if found else _none(cells.values)


def _of_measure(cells: Cells, rows: Whole, columns: Whole, signs: Floats, m: int, lines: int) -> sparse.csr_matrix:
    shape = (lines, len(cells.values))
    return sparse.csr_matrix((signs, (rows, columns * cells.measures + m)), shape=shape)


def _measure_sums(cells: Cells, spec: Spec) -> sparse.csr_matrix:
    """Columns that are the sum of others, such as 계 of 남 and 여."""
    at = {name: m for m, name in enumerate(spec.measures)}
    pairs = [(at[whole], [at[part] for part in parts]) for whole, parts in spec.sums.items()]
    given = {whole for whole, _ in pairs}
    pairs += [pair for pair in [*_found_sums(cells), *_apart(cells)] if pair[0] not in given]
    pairs = list({(whole, frozenset(parts)): (whole, parts) for whole, parts in pairs}.values())
    found = []
    for whole, parts in pairs:
        n = np.arange(cells.rows)
        rows = np.concatenate([np.tile(n, len(parts)), n])
        columns = np.concatenate([*(n * cells.measures + part for part in parts), n * cells.measures + whole])
        signs = np.concatenate([np.ones(cells.rows * len(parts)), -np.ones(cells.rows)])
        found.append(sparse.csr_matrix((signs, (rows, columns)), shape=(cells.rows, len(cells.values))))
    return sparse.vstack(found, format="csr") if found else _none(cells.values)


def _found_sums(cells: Cells) -> list[tuple[int, list[int]]]:
    """A column that equals a run of at least two columns right after or before it, on nearly every row."""
    values = cells.values.reshape(-1, cells.measures)
    found: list[tuple[int, list[int]]] = []
    for whole in range(cells.measures):
        for run in (range(whole + 1, cells.measures), range(whole - 1, -1, -1)):
            parts = _run(values, whole, run)
            if parts and not any(whole in others and other in parts for other, others in found):
                found.append((whole, parts))
                break
    return found


def _apart(cells: Cells) -> list[tuple[int, list[int]]]:
    """Columns that are the sum of two others, wherever these stand: 계_10대, 남_10대, 여_10대.

    Every column is thrown onto one number at random, so that sums of columns are sums of numbers.
    """
    if not 3 <= cells.measures <= MANY:
        return []
    values = cells.values.reshape(-1, cells.measures)
    full = values[~np.isnan(values).any(axis=1)]
    if len(full) < FEW:
        return []
    thrown = np.random.default_rng(0).random(len(full)) @ full
    some = np.flatnonzero(full.any(axis=0))
    order = some[np.argsort(thrown[some], kind="stable")]
    found = []
    for at, first in enumerate(some):
        others = some[at + 1 :]
        sums = thrown[first] + thrown[others]
        place = np.searchsorted(thrown[order], sums - NEAR * np.maximum(1.0, sums))
        for other, near in zip(others, place, strict=True):
            whole = int(order[near]) if near < len(order) else -1
            if whole not in (-1, first, other) and np.allclose(full[:, first] + full[:, other], full[:, whole]):
                found.append((whole, [int(first), int(other)]))
    return found


def _run(values: Floats, whole: int, run: range) -> list[int]:
    """The shortest beginning of `run` of two or more columns that add up to the column `whole`."""
    target, total = values[:, whole], np.zeros(len(values))
    known = ~np.isnan(target)
    for taken, part in enumerate(run, 1):
        total = total + np.nan_to_num(values[:, part])
        if taken < 2:
            continue
        known &= ~np.isnan(values[:, part])
        if known.sum() >= 2 and (np.abs(total - target)[known] <= NEAR).mean() >= AGREES and target[known].any():
            return list(run[:taken])
        if (total > target + NEAR)[known].mean() > 0.5:
            return []
    return []


def _holding(sums: sparse.csr_matrix, cells: Cells) -> sparse.csr_matrix:
    """Those sums that are true, or of which something is not stated."""
    if not sums.shape[0]:
        return sums
    known = cells.known
    unknown = (abs(sums) @ np.isnan(cells.values).astype(float)) > 0
    true = np.abs(sums @ known) <= NEAR * np.maximum(1.0, abs(sums) @ np.abs(known))
    return sums[np.flatnonzero(true | unknown)]
