"""How the first rows of a file would be read under a policy: seen before anything is decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from datadam.lake import hiding
from datadam.lake.columns import Plans
from datadam.lake.errors import LakeError
from datadam.lake.intake import tables_by_policy
from datadam.lake.readers import Block, Policy, Source, Table
from datadam.lake.readers.text_pieces import Irregular
from datadam.lake.types import Column, Finding

ROWS = 6
LOOKED_AT = 400_000  # cells looked through for rows that a proposal changes
BLOCK_ROWS = 20_000
SHOWN = 4  # rows of the file that are shown before and after
TURNED = 12  # rows shown of those, where one becomes many
Row = tuple[int, list[Any]]  # line in the file, values


@dataclass(frozen=True)
class Tryout:
    """`failed`: of `sampled` rows, how many would be quarantined for a column (by its name in the file).

    `bad`: rows that are none, such as those of another width, by reason.
    """

    header: list[str]
    columns: list[Column]
    rows: list[list[Any]]
    sampled: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)
    bad: dict[str, int] = field(default_factory=dict)


def try_out(source: Source, policy: Policy, table: str = "", rows: int = ROWS, *, files: bool = False) -> Tryout:
    """Read the first block of a table. Raises LakeError when the file cannot be read so."""
    chosen = _chosen(source, policy, table, files=files)
    aside: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    block = _first_block(chosen, aside, bad)
    plans = Plans.of(chosen, policy).fitted(lambda: block)
    converted = plans.convert(lambda: block)
    failed = {plans.plans[index].source: count for index, count in converted.failed.items() if count}
    listed = _listed(converted.cells.slice(0, rows))
    sampled = block.cells.num_rows // block.repeats
    return Tryout(
        list(chosen.header), plans.columns(), listed, sampled, failed, chosen.findings, dict(aside), dict(bad)
    )


def _chosen(source: Source, policy: Policy, name: str, *, files: bool = False) -> Table:
    tables = [table for table, _ in tables_by_policy(source, policy, files=files)]
    chosen = next((table for table in tables if table.name == name), tables[0])
    if chosen.refusal:
        raise chosen.refusal
    return chosen


def _first_block(table: Table, aside: Counter[str], bad: Counter[str]) -> Block:
    """The first block with rows, or the last one where there are none; what stays out of the rows is counted."""
    try:
        for unit in table.units():
            block = unit()
            aside.update(block.set_aside)
            bad.update(each.reason.partition(":")[0] for each in block.bad)
            if block.cells.num_rows:
                break
    except Irregular:
        if not table.be_careful():
            raise
        aside.clear()
        bad.clear()
        return _first_block(table, aside, bad)
    return block


def _listed(cells: Any) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in cells.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


# Before and after one proposal


@dataclass(frozen=True)
class Side:
    """Some rows as one policy reads them; `refusal` when it cannot read the file."""

    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)  # the lines among `rows` that the two sides read otherwise
    gone: list[int] = field(default_factory=list)  # lines that only the other side reads as rows
    refusal: LakeError | None = None


def covered(tried: Tryout) -> Tryout:
    """The same with personal data masked."""
    return replace(tried, rows=hiding.grid([column.source or column.name for column in tried.columns], tried.rows))


def covered_side(side: Side) -> Side:
    """The same with personal data masked."""
    safe = hiding.grid([column.source or column.name for column in side.columns], [cells for _, cells in side.rows])
    return replace(side, rows=[(line, cells) for (line, _), cells in zip(side.rows, safe, strict=True)])


def before_and_after(source: Source, without: Policy, with_: Policy, table: str = "") -> tuple[Side, Side]:
    """The first rows that differ between two policies, with rows around them; the first rows when none does."""
    found = [_Reading.of(source, policy, table) for policy in (without, with_)]
    lines = _differing(*found)
    return _side(found[0], found[1], lines), _side(found[1], found[0], lines)


@dataclass
class _Reading:
    columns: list[Column]
    rows: dict[int, list[list[Any]]]  # line → the rows that came of it
    refusal: LakeError | None = None

    @classmethod
    def of(cls, source: Source, policy: Policy, table: str) -> "_Reading":
        try:
            chosen = _chosen(source, policy, table)
            try:
                return cls._read(chosen, policy)
            except Irregular:
                chosen.be_careful()
                return cls._read(chosen, policy)
        except LakeError as refusal:
            return cls([], {}, refusal)

    @classmethod
    def _read(cls, table: Table, policy: Policy) -> "_Reading":
        plans = _plans(table, policy)
        rows: dict[int, list[list[Any]]] = {}
        for line, row in _read(table, plans):
            rows.setdefault(line, []).append(row)
        return cls(plans.columns(), rows)


def _plans(table: Table, policy: Policy) -> Plans:
    plans = Plans.of(table, policy)
    for block in _pieces(table):
        plans = plans.fitted(lambda block=block: block)  # type: ignore[misc]
    return plans


def _pieces(table: Table) -> Iterator[Block]:
    """Blocks up to so many cells."""
    cells = 0
    for unit in table.units():
        block = unit()
        rows = min(block.cells.num_rows, max(1, (LOOKED_AT - cells) // max(1, block.cells.num_columns)))
        rows -= rows % block.repeats if rows < block.cells.num_rows else 0
        yield Block(block.cells.slice(0, rows), block.line_numbers()[:rows], repeats=block.repeats)
        cells += rows * block.cells.num_columns
        if cells >= LOOKED_AT:
            return


def _read(table: Table, plans: Plans) -> Iterator[Row]:
    for block in _pieces(table):
        converted = plans.convert(lambda block=block: block)  # type: ignore[misc]
        bad = {each.line for each in converted.bad}
        lines = [line for line in block.line_numbers().tolist() if line not in bad]
        yield from zip(lines, _listed(converted.cells), strict=False)  # two rows may begin on one line


def _differing(before: _Reading, after: _Reading) -> list[int]:
    """The first lines that one side alone reads as rows, or else that are read otherwise, with lines around them."""
    lines = sorted({*before.rows, *after.rows})
    alone = [at for at, line in enumerate(lines) if (line in before.rows) != (line in after.rows)]
    differ = alone or [at for at, line in enumerate(lines) if _texts(before, line) != _texts(after, line)]
    differ = differ[: SHOWN - 1]
    near = (-1, 0, 1) if alone else (-1, 0)
    shown = sorted({at + step for at in differ for step in near if 0 <= at + step < len(lines)})[: SHOWN + 1]
    return [lines[at] for at in shown] or lines[:SHOWN]


def _texts(reading: _Reading, line: int) -> list[list[tuple[type, Any]]]:
    return [[(type(value), value) for value in row] for row in reading.rows.get(line, [])]


def _side(own: _Reading, other: _Reading, lines: list[int]) -> Side:
    rows = [(line, row) for line in lines for row in own.rows.get(line, [])][:TURNED]
    changed = [line for line in lines if line in own.rows and _texts(own, line) != _texts(other, line)]
    gone = [line for line in lines if line not in own.rows] if not own.refusal else []
    return Side(own.columns, rows, changed, gone, own.refusal)
