"""Making categories coarser: rare ones into 기타, neighbouring age bands into one."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from datadam.science.privacy.cells import Cells, Flags, Floats, Whole, mixed, numbers
from datadam.science.privacy.spec import BadSpec, Spec

BAND = re.compile(r"^\s*(만\s*)?(\d{1,3})\s*(세|대|살|[~\-–]|years?)")
PERIOD = re.compile(r"^\s*(1[89]|20)\d\d(\D|$|[01]\d)")
RATE = re.compile(
    r"밀도|지수|최대|최소|최고|당 |당_|당(?=[가-힣]*$)|평균|비율|비중|구성비|율$|률$|율\(|률\(|[%％]|per|rate|mean|avg",
    re.I,
)


@dataclass
class Merging:
    """groups: new label → the old labels; only where several became one. `left` cells are still at risk."""

    dimension: int
    groups: dict[str, list[str]]
    left: int


def find(table: pa.Table, cells: Cells, spec: Spec, dimension: str | None, into: str) -> Merging:
    """The merging that costs least: a number merged away is lost, one still to be withheld counts twice."""
    if dimension is not None and dimension not in spec.dimensions:
        raise BadSpec(f"no such dimension: {dimension}")
    named = mergeable(table, cells, spec) if dimension is None else (dimension,)
    wanted = [spec.dimensions.index(name) for name in named]
    tried = [(_cost(cells, spec, d, groups), d, groups) for d in wanted for groups in _candidates(cells, d, into)]
    if not tried:
        raise BadSpec("no dimension has categories that could be merged")
    (_, left), d, groups = min(tried, key=lambda each: each[0])
    return Merging(d, groups, left)


def mergeable(table: pa.Table, cells: Cells, spec: Spec) -> tuple[str, ...]:
    """The dimensions of which some categories could be merged."""
    texts = [_is_text(table.schema.field(name).type) for name in spec.dimensions]
    return tuple(name for d, name in enumerate(spec.dimensions) if texts[d] and _leaves(cells, d, ""))


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _candidates(cells: Cells, d: int, into: str) -> list[dict[str, list[str]]]:
    """Ever coarser ways to merge a dimension; none for periods of time."""
    labels, leaves = cells.labels[d], _leaves(cells, d, into)
    if not leaves:
        return []
    if all(BAND.match(labels[code]) for code in leaves):
        return _bands([labels[code] for code in leaves])
    by_line = np.bincount(cells.codes[d], weights=cells.known.reshape(-1, cells.measures).sum(axis=1))
    rare = sorted(leaves, key=lambda code: by_line[code])
    steps = sorted({min(len(rare) - 1, max(2, round(1.5**n))) for n in range(1, 40)})
    old = [into] if into in labels else []
    return [{into: [*(labels[code] for code in rare[:many]), *old]} for many in steps]


def _leaves(cells: Cells, d: int, into: str) -> list[int]:
    """The categories of a dimension that are no totals, unless there are too few or all are periods of time."""
    labels = cells.labels[d]
    totals = set(np.unique(cells.codes[d][cells.total[:, d]]).tolist())
    leaves = [code for code in range(len(labels)) if code not in totals and labels[code] and labels[code] != into]
    return [] if len(leaves) < 3 or all(PERIOD.match(labels[code]) for code in leaves) else leaves


def _bands(labels: list[str]) -> list[dict[str, list[str]]]:
    ordered = sorted(labels, key=lambda label: int(BAND.match(label)[2]))  # type: ignore[index]
    found = []
    for width in range(2, len(ordered)):
        cuts = [*range(0, len(ordered), width), len(ordered)]
        runs = [ordered[a:b] for a, b in pairwise(cuts)]
        found.append({f"{run[0]} ~ {run[-1]}": run for run in runs if len(run) > 1})
    return found


def _cost(cells: Cells, spec: Spec, d: int, groups: dict[str, list[str]]) -> tuple[int, int]:
    """What it costs, and how many cells are still at risk."""
    codes, _ = _recoded(cells, d, groups)
    key = mixed([codes if each == d else code for each, code in enumerate(cells.codes)], cells.rows)
    sums = _summed(cells.values.reshape(-1, cells.measures), key)
    with np.errstate(invalid="ignore"):
        small = (sums >= (1 if spec.zeros else 0)) & (sums < spec.threshold)
    left = int(small.sum())
    return 2 * left + (cells.rows - len(sums)) * cells.measures, left


def _recoded(cells: Cells, d: int, groups: dict[str, list[str]]) -> tuple[Whole, list[str]]:
    to = {old: new for new, olds in groups.items() for old in olds}
    names = [to.get(label, label) for label in cells.labels[d]]
    labels = list(dict.fromkeys(names))
    at = {label: n for n, label in enumerate(labels)}
    return np.array([at[name] for name in names], dtype=np.int64)[cells.codes[d]], labels


def _summed(values: Floats, key: Whole) -> Floats:
    """Rows with the same key added up; unknown where one of them is."""
    count = int(key.max(initial=-1)) + 1
    return np.column_stack([np.bincount(key, weights=values[:, m], minlength=count) for m in range(values.shape[1])])


def apply(table: pa.Table, cells: Cells, spec: Spec, merging: Merging) -> pa.Table:
    """The table with those categories merged: rows that have become alike are one, in the place of the first."""
    d = merging.dimension
    codes, labels = _recoded(cells, d, merging.groups)
    twins = [each for each in range(len(cells.codes)) if each != d and _follows(cells, each, d)]
    kept = [codes if each == d else code for each, code in enumerate(cells.codes) if each not in twins]
    key = mixed(kept, cells.rows)
    first = np.sort(np.unique(key, return_index=True)[1])
    place = np.empty(len(first), dtype=np.int64)
    place[key[first]] = np.arange(len(first))
    key = place[key]
    several = np.bincount(key) > 1
    columns = {name: table[name].take(pa.array(first)) for name in table.column_names}
    columns[spec.dimensions[d]] = _named(table[spec.dimensions[d]].type, labels, codes[first], spec.dimensions[d])
    for each in twins:
        columns[spec.dimensions[each]] = _blank(columns[spec.dimensions[each]], several)
    for name in (*spec.measures, *spec.attached):
        columns[name] = _added(name, table[name], key, several, columns[name])
    return pa.table(columns, schema=table.schema)


def _follows(cells: Cells, other: int, d: int) -> bool:
    """Whether a dimension is another name of `d`, such as its code."""
    pairs = len(np.unique(mixed([cells.codes[d], cells.codes[other]], cells.rows)))
    return pairs == len(cells.labels[d]) == len(cells.labels[other])


def _named(kind: pa.DataType, labels: list[str], codes: Whole, name: str) -> pa.Array:
    if not _is_text(kind):
        raise BadSpec(f"only a column of text can be merged: {name}")
    return pa.array([labels[code] for code in codes], type=kind)


def _blank(column: pa.ChunkedArray, rows: Flags) -> pa.Array:
    taken = column.combine_chunks()
    return pa.compute.if_else(pa.array(rows), pa.scalar(None, type=column.type), taken)


def _added(name: str, column: pa.ChunkedArray, key: Whole, several: Flags, first: pa.ChunkedArray) -> pa.Array:
    """Sums; what cannot be added (a rate, a text) is blank where rows became one."""
    whole = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if RATE.search(name) or not whole:
        return _blank(first, several)
    total = _summed(numbers(column).reshape(-1, 1), key)[:, 0]
    return pa.array(total, mask=np.isnan(total)).cast(column.type, safe=False)
