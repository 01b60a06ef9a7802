"""How the first rows of a file would be read under a policy: seen before anything is decided."""

from dataclasses import dataclass, field
from typing import Any

from datadam.lake.columns import Plans
from datadam.lake.intake import tables_by_policy
from datadam.lake.readers import Block, Policy, Source, Table
from datadam.lake.types import Column

ROWS = 6


@dataclass(frozen=True)
class Tryout:
    """`failed`: of `sampled` rows, how many would be quarantined for a column (by its name in the file)."""

    header: list[str]
    columns: list[Column]
    rows: list[list[Any]]
    sampled: int = 0
    failed: dict[str, int] = field(default_factory=dict)


def try_out(source: Source, policy: Policy, table: str = "", rows: int = ROWS, *, files: bool = False) -> Tryout:
    """Read the first block of a table. Raises LakeError when the file cannot be read so."""
    tables = [each for each, _ in tables_by_policy(source, policy, files=files)]
    chosen = next((each for each in tables if each.name == table), tables[0])
    if chosen.refusal:
        raise chosen.refusal
    block = _first_block(chosen)
    plans = Plans.of(chosen, policy).fitted(lambda: block)
    converted = plans.convert(lambda: block)
    failed = {plans.plans[index].source: count for index, count in converted.failed.items() if count}
    columns = [[_plain(value) for value in column.slice(0, rows).to_pylist()] for column in converted.cells.columns]
    listed = [list(row) for row in zip(*columns, strict=True)]
    return Tryout(list(chosen.header), plans.columns(), listed, block.cells.num_rows, failed)


def _first_block(table: Table) -> Block:
    """The first block with rows, or the last one where there are none."""
    for unit in table.units():
        block = unit()
        if block.cells.num_rows:
            break
    return block


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
