"""The front door: what a table of counts gives away, and the table after a treatment, checked again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from datadam.science.privacy import merging, risk, rounding
from datadam.science.privacy.attacker import attack
from datadam.science.privacy.cells import Cells, Flags, Floats, read
from datadam.science.privacy.coarser import gives_away, with_sums
from datadam.science.privacy.differencing import Earlier, compare
from datadam.science.privacy.risk import Risk
from datadam.science.privacy.spec import Spec, Treatment
from datadam.science.privacy.suppression import Pattern, suppress


@dataclass
class Protected:
    """`table` as it may be shown. `before` and `after` count what is at risk; `revealed` is what an attacker can still
    work out of what is withheld (none, but for what earlier tables told: `already_out`).

    primary, complementary: cells withheld for themselves, and for the others' sake. lost: the share of numbers that are
    gone; lost_people: the share of what they counted. mergeable: the dimensions with categories to merge (without a
    treatment). merged: new category → old ones. moved: the largest step of a
    rounded number; `additive`: whether totals are the sums of what is shown.
    """

    table: pa.Table
    before: Risk
    after: int = 0
    primary: int = 0
    complementary: int = 0
    lost: float = 0.0
    lost_people: float = 0.0
    revealed: int = 0
    already_out: int = 0
    exact: bool = True
    mergeable: tuple[str, ...] = ()
    merged: dict[str, list[str]] = field(default_factory=dict)
    dimension: str = ""
    moved: float = 0.0
    additive: bool = True
    hidden: Flags = field(default_factory=lambda: np.zeros(0, bool))


def protect(
    table: pa.Table,
    spec: Spec,
    treatment: Treatment | None = None,
    *,
    earlier: Sequence[pa.Table] = (),
    finer: Sequence[tuple[pa.Table, tuple[str, ...]]] = (),
) -> Protected:
    """Look at a table, and treat it. `earlier`: tables published before, with the same columns or fewer dimensions.

    `finer`: earlier tables with more dimensions, and these; this one may tell what they withheld.

    Without a treatment the table comes back as it is, with what is at risk. Same input and seed, same output.
    """
    cells = read(table, spec)
    known = compare(cells, spec, table, earlier)
    for other, dimensions in finer:
        known.small |= gives_away(table, spec, other, dimensions)
    before = risk.of_cells(cells, spec, table)
    before.differenced = known.small
    if treatment is None:
        rough = merging.mergeable(table, cells, spec)
        return Protected(table, before, after=before.count, hidden=np.isnan(cells.values), mergeable=rough)
    if treatment.action == "merge":
        return _merged(table, cells, spec, treatment, before, earlier)
    if treatment.action == "round":
        return _rounded(table, cells, spec, treatment, before)
    return _suppressed(table, cells, spec, before, known, earlier)


def _hide(
    cells: Cells, spec: Spec, table: pa.Table, primary: Flags, told: Flags, earlier: Sequence[pa.Table]
) -> Pattern:
    """What to withhold of this table, where the sums of coarser ones are known as well."""
    wide = with_sums(table, spec, cells, earlier)
    if wide is table:
        return suppress(cells, primary, threshold=spec.threshold, told=told)
    all_cells = read(wide, replace(spec, attached=(), largest={}))
    more = len(all_cells.values) - len(cells.values)
    flags = np.append(primary, np.zeros(more, bool)), np.append(told, np.ones(more, bool))
    found = suppress(all_cells, flags[0], threshold=spec.threshold, told=flags[1])
    return Pattern(found.hidden[: len(primary)], found.revealed[: len(primary)], found.exact)


def _suppressed(
    table: pa.Table, cells: Cells, spec: Spec, before: Risk, known: Earlier, earlier: Sequence[pa.Table]
) -> Protected:
    primary = before.any | known.withheld
    pattern = _hide(cells, spec, table, primary, known.told & ~known.withheld, earlier)
    blank = np.isnan(cells.values)
    shown = np.where(pattern.hidden, np.nan, cells.values)
    new = pattern.hidden & ~blank
    after = _at_risk(shown, spec)
    people = np.nansum(np.where(cells.is_total, 0, cells.values))
    lost = np.nansum(np.where(new & ~cells.is_total, cells.values, 0))
    return Protected(
        _with_values(table, shown, spec, hidden=new),
        before,
        after=after,
        primary=int((primary & ~blank).sum()),
        complementary=int((new & ~primary).sum()),
        lost=float(new.sum() / max(1, (~blank).sum())),
        lost_people=float(lost / people) if people else 0.0,
        revealed=int((pattern.revealed & ~known.told).sum()),
        already_out=int((pattern.revealed & known.told).sum()),
        exact=pattern.exact,
        hidden=pattern.hidden,
    )


def _at_risk(values: Floats, spec: Spec) -> int:
    with np.errstate(invalid="ignore"):
        return int(((values >= (1 if spec.zeros else 0)) & (values < spec.threshold)).sum())


def _merged(
    table: pa.Table, cells: Cells, spec: Spec, treatment: Treatment, before: Risk, earlier: Sequence[pa.Table]
) -> Protected:
    """Merge, and withhold what is still small."""
    chosen = merging.find(table, cells, spec, treatment.dimension, treatment.into)
    coarser = merging.apply(table, cells, spec, chosen)
    rest = protect(coarser, spec, Treatment("suppress"), earlier=earlier)
    numbers_before, numbers_after = int((~np.isnan(cells.values)).sum()), coarser.num_rows * cells.measures
    return replace(
        rest,
        before=before,
        merged=chosen.groups,
        dimension=spec.dimensions[chosen.dimension],
        lost=1 - (1 - rest.lost) * numbers_after / max(1, numbers_before),
    )


def _rounded(table: pa.Table, cells: Cells, spec: Spec, treatment: Treatment, before: Risk) -> Protected:
    shown = rounding.rounded(cells, treatment.base, additive=treatment.additive, seed=spec.seed)
    moved = np.abs(np.nan_to_num(shown - cells.values))
    off = float(moved.sum() / max(1.0, np.nansum(cells.values)))
    stated = np.abs(cells.sums @ np.nan_to_num(shown)) < 0.5
    return Protected(
        _with_values(table, shown, spec),
        before,
        lost_people=off,
        moved=float(moved.max(initial=0)),
        additive=bool(stated.all()),
        hidden=np.isnan(cells.values),
    )


def _with_values(table: pa.Table, values: Floats, spec: Spec, *, hidden: Flags | None = None) -> pa.Table:
    """The table with other numbers; where one is withheld, so is what hangs on its row."""
    grid = values.reshape(-1, len(spec.measures))
    for m, name in enumerate(spec.measures):
        table = _put(table, name, pa.array(grid[:, m], mask=np.isnan(grid[:, m])).cast(table[name].type, safe=False))
    if hidden is not None and spec.attached:
        gone = pa.array(hidden.reshape(-1, len(spec.measures)).any(axis=1))
        for name in spec.attached:
            nothing = pa.scalar(None, type=table[name].type)
            table = _put(table, name, pa.compute.if_else(gone, nothing, table[name]))
    return table


def _put(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(at).with_nullable(True), values)


@dataclass
class Interval:
    """What a reader can say of a withheld cell: its row, its measure, from and to (None: no limit)."""

    row: int
    measure: str
    low: float
    high: float | None


def intervals(table: pa.Table, spec: Spec, *, most: int = 20) -> list[Interval]:
    """The first withheld cells of a treated table, as an attacker sees them."""
    cells = read(table, spec)
    found = attack(cells.values, cells.sums)
    at = np.flatnonzero(np.isnan(cells.values))[:most]
    return [
        Interval(
            int(cell) // cells.measures,
            spec.measures[int(cell) % cells.measures],
            float(found.low[cell]),
            None if np.isinf(found.high[cell]) else float(found.high[cell]),
        )
        for cell in at
    ]
