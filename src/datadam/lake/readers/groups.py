"""Group labels written once and left blank below."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.readers.base import Block
from datadam.lake.readers.sample import Sample
from datadam.lake.readers.wording import is_total

BLANKS = (0.2, 0.98)  # share of blank cells in a column of group labels
WRITTEN_AGAIN = 0.1  # labels that repeat the one above: more, and they are not written once
MEMBERS = 0.9  # of the rows below a label must be told apart by the other labels


@dataclass(frozen=True)
class Gaps:
    """A label column with blanks to fill: `sure` when nothing else explains them."""

    column: int
    labels: int
    blanks: int
    sure: bool


def find(sample: Sample) -> list[Gaps]:
    """Leading label columns whose blanks follow a label, never stand on top, and have another label beside them.

    Inner columns come first, so that an outer one's rows are told apart by labels already filled.
    """
    leading = sample.leading
    columns = _without_totals([sample.labels[column] for column in leading])
    found: list[Gaps] = []
    for at in range(len(leading) - 2, -1, -1):
        gaps = _gaps(columns, at)
        if gaps and not any(map(_tells_rows_apart, columns[:at])):
            columns[at] = filled_down(columns[at])
            found.append(replace(gaps, column=leading[at]))
    return found


def _without_totals(columns: list[list[str]]) -> list[list[str]]:
    """The labels less rows where a total's name is all there is."""
    rows = list(zip(*columns, strict=True))
    kept = [row for row in rows if not (sum(map(bool, row)) == 1 and is_total("".join(row)))]
    return [list(column) for column in zip(*kept, strict=True)] if kept else columns


def _gaps(columns: list[list[str]], at: int) -> Gaps | None:
    texts, others = columns[at], columns[at + 1 :]
    blank = np.array([not text for text in texts])
    if blank[0] or not BLANKS[0] <= blank.mean() <= BLANKS[1]:
        return None
    starts = np.flatnonzero(~blank).tolist()
    inner = list(zip(*others, strict=True))
    labels = [texts[row] for row in starts]
    if sum(texts[row] == texts[row - 1] for row in starts[1:]) > WRITTEN_AGAIN * len(starts):
        return None
    if not all(map(any, inner)) or any(
        outer[row] for outer in columns[:at] for row in np.flatnonzero(blank).tolist() if _new(outer, row)
    ):
        return None
    if at == 0 and len(set(labels)) < len(labels):
        return None
    groups = [inner[start:end] for start, end in pairwise([*starts, len(texts)])]
    if sum(len(set(group)) == len(group) for group in groups) < MEMBERS * len(groups):
        return None
    return Gaps(at, len(labels), int(blank.sum()), len(labels) > 1 and _regular(groups, at == 0))


def _tells_rows_apart(texts: list[str]) -> bool:
    """Whether a column names each row, so that what stands right of it is about that row alone."""
    return all(texts) and len(set(texts)) == len(texts)


def _new(outer: list[str], row: int) -> bool:
    """Whether a blank label stands beside the beginning of an outer group."""
    return bool(outer[row]) and row > 0 and outer[row] != outer[row - 1] and "" in outer


def _regular(groups: list[list[tuple[str, ...]]], first: bool) -> bool:
    """Whether groups explain the blanks: every one has members, or their members come again in other groups."""
    single = sum(len(group) == 1 for group in groups)
    members = [member for group in groups for member in group]
    repeated = len(set(members)) <= 0.7 * len(members)
    return (single == 0 and (first or repeated)) or (repeated and single < 0.5 * len(groups))


def filled_down(texts: list[str]) -> list[str]:
    last, filled = "", []
    for text in texts:
        last = text or last
        filled.append(last)
    return filled


def fill(blocks: Iterator[Block], columns: list[int]) -> Iterator[Block]:
    """Blocks in order, their blanks in these columns filled with the label above, over the ends of blocks too."""
    last: dict[int, pa.Scalar] = {}
    for block in blocks:
        cells = block.cells
        for column in columns:
            values = _nulled(cells.column(column))
            if column in last:
                values = pc.fill_null_forward(
                    pa.concat_arrays([pa.array([last[column].as_py()], values.type), values])
                )[1:]
            else:
                values = pc.fill_null_forward(values)
            if len(values):
                last[column] = values[-1]
            cells = cells.set_column(column, cells.schema.field(column).name, values)
        yield Block(cells, block.lines, block.bad, block.set_aside)


def _nulled(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    blank = pc.equal(pc.utf8_trim_whitespace(column), "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), column)
