"""What changes a table's shape, block by block: columns of periods turned into rows, columns dropped.

A row is accounted before it is turned: the rows that come of one source row lie together, `Block.repeats` of them, and
are loaded or quarantined together. An empty cell becomes a row with an empty value; nothing is left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from datadam.lake.readers.base import Block, Unit, unique_names
from datadam.lake.readers.values import text_array
from datadam.lake.readers.wording import period_in, unit_in

PERIODS = 3  # columns of periods that make a table worth turning
ROWS = 200_000  # of a turned block, at most (or one source row)
HANGUL = re.compile("[가-힣]")
QUARTER = re.compile(r"(\d{4})-Q([1-4])")


@dataclass(frozen=True)
class Turn:
    """`values`: for each measure, the column of each period. `header`: kept columns, the period, the measures."""

    kept: list[int]
    periods: list[str]
    values: list[list[int]]
    header: list[str]

    def measures(self, header: list[str], known: dict[str, str]) -> dict[str, str]:
        """Column → unit after turning: a measure's is the one that all its columns have."""
        found = {header[at]: known[header[at]] for at in self.kept if header[at] in known}
        for name, columns in zip(self.header[len(self.kept) + 1 :], self.values, strict=True):
            units = {known.get(header[at], "") for at in columns}
            if len(units) == 1 and (unit := units.pop()):
                found[name] = unit
        return found


def find(header: list[str]) -> Turn | None:
    """How the columns that are named after periods would be turned; None where they are few or do not fit together."""
    named = {at: found for at, name in enumerate(header) if (found := period_in(name))}
    by_stem: dict[str, dict[str, int]] = {}
    for at, found in named.items():
        if found.period in by_stem.setdefault(found.stem, {}):
            return None
        by_stem[found.stem][found.period] = at
    periods = list(dict.fromkeys(found.period for found in named.values()))
    if len(periods) < PERIODS or any(set(each) != set(periods) for each in by_stem.values()):
        return None
    if len({re.sub(r"\d+", "9", period) for period in periods}) > 1:
        return None  # years beside months: sums beside their parts
    kept = [at for at in range(len(header)) if at not in named]
    names = [*(header[at] for at in kept), *_names(header, list(by_stem))]
    values = [[each[period] for period in periods] for each in by_stem.values()]
    return Turn(kept, [_written(period) for period in periods], values, unique_names(names)[0])


def _names(header: list[str], stems: list[str]) -> list[str]:
    """The period's name, and each measure's: what its columns have in common, less the unit alone."""
    korean = any(map(HANGUL.search, header))
    period, value = ("기간", "값") if korean else ("period", "value")
    bare = [stem.replace("|", " ").strip() for stem in stems]
    return [period, *(value if not name or (unit_in(name) and name[0] in "([（") else name for name in bare)]


def _written(period: str) -> str:
    """A period the way that types are read from: a quarter as `2021년 1분기`."""
    return QUARTER.sub(r"\1년 \2분기", period)


def turned(unit: Unit, turn: Turn) -> Iterator[Unit]:
    """A block's rows turned, in pieces that memory holds."""
    block = unit()
    lines = block.line_numbers()
    step = max(1, ROWS // len(turn.periods))
    for start in range(0, max(1, block.cells.num_rows), step):
        part = Block(block.cells.slice(start, step), lines[start : start + step])
        if not start:
            part = replace(part, bad=block.bad, set_aside=block.set_aside)
        yield _turning(part, turn)


def _turning(block: Block, turn: Turn) -> Unit:
    return lambda: _turned(block, turn)


def _turned(block: Block, turn: Turn) -> Block:
    rows, many = block.cells.num_rows, len(turn.periods)
    again = np.repeat(np.arange(rows), many)
    places = (np.arange(rows)[:, None] + np.arange(many)[None, :] * rows).ravel()
    kept = [block.cells.column(at).take(pa.array(again)) for at in turn.kept]
    period = pa.array(turn.periods * rows, pa.string())
    values = [_joined([block.cells.column(at) for at in columns]).take(pa.array(places)) for columns in turn.values]
    cells = pa.RecordBatch.from_arrays([*kept, period, *values], names=turn.header)
    return replace(block, cells=cells, lines=block.line_numbers()[again], repeats=many)


def _joined(columns: list[pa.Array]) -> pa.Array:
    """Columns one after the other, of the one type that holds them all."""
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(kinds) == 1:
        kind = kinds.pop()
    else:
        kind = pa.float64() if kinds and kinds <= {pa.int64(), pa.float64()} else pa.string()
    return pa.concat_arrays([_as(column, kind) for column in columns])


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind or not pa.types.is_string(kind):
        return column.cast(kind)
    return text_array(column.to_pylist())


def dropping(names: set[str]) -> Callable[[Block], Block]:
    """A step that leaves these columns out."""

    def dropped(block: Block) -> Block:
        return replace(block, cells=block.cells.select([n for n in block.cells.schema.names if n not in names]))

    return dropped


def evidence(header: list[str], turn: Turn) -> str:
    """`2021년01월 … 2021년12월 (12)`."""
    columns = sorted(at for each in turn.values for at in each)
    return f"{header[columns[0]]} … {header[columns[-1]]} ({len(columns)})"
