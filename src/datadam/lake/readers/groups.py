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
MEMBERS = 0.9  # of the rows below a label must be told apart by the other labels


@dataclass(frozen=True)
class Gaps:
    """A label column with blanks to fill: `sure` when nothing else explains them."""

    column: int
    labels: int
    blanks: int
    sure: bool


def find(sample: Sample) -> list[Gaps]:
    """Leading label columns whose blanks follow a label, never stand on top, and have another label beside them."""
    whole, sample = sample, _without_totals(sample)
    found: list[Gaps] = []
    chain = True  # every column to the left is full or a group's too
    leading = whole.leading
    for column in leading[:-1]:
        texts = sample.labels[column]
        filled = np.array([bool(text) for text in texts])
        if not len(filled) or filled.all():
            continue
        others = [sample.labels[other] for other in leading if other > column]
        gaps = _gaps(column, texts, filled, others, chain, [sample.labels[g.column] for g in found])
        chain = chain and gaps is not None and gaps.sure
        if gaps:
            found.append(gaps)
            sample = sample.with_labels(column, filled_down(texts))
    return found


def _without_totals(sample: Sample) -> Sample:
    """The sample less rows marked as totals, whose other labels are often blank."""
    marks = [any(map(is_total, row)) for row in zip(*(sample.labels[c] for c in sample.leading), strict=True)]
    keep = [row for row, marked in enumerate(marks) if not marked]
    labels = {column: [texts[row] for row in keep] for column, texts in sample.labels.items()}
    return replace(sample, labels=labels) if sample.leading else sample


def _gaps(
    column: int, texts: list[str], filled: np.ndarray, others: list[list[str]], chain: bool, outer: list[list[str]]
) -> Gaps | None:
    blank = ~filled
    inner = others[0]
    share = blank.mean()
    if not filled[0] or not BLANKS[0] <= share <= BLANKS[1] or filled.sum() < 2:
        return None
    if any(not any(other[row] for other in others) for row in np.flatnonzero(blank)):
        return None
    labels = [texts[row] for row in np.flatnonzero(filled)]
    starts = np.flatnonzero(filled)
    groups = [inner[start:end] for start, end in zip(starts, [*starts[1:], len(texts)], strict=True)]
    told_apart = sum(len(set(group)) == len(group) for group in groups) >= MEMBERS * len(groups)
    written_once = all(a != b for a, b in pairwise(labels)) and (bool(outer) or len(set(labels)) == len(labels))
    if not told_apart or not written_once:
        return None
    return Gaps(column, len(labels), int(blank.sum()), chain and _regular(groups))


def _regular(groups: list[list[str]]) -> bool:
    """Whether groups explain the blanks: every one has members, or their members come again in other groups."""
    single = sum(len(group) == 1 for group in groups)
    members = [member for group in groups for member in group if member]
    repeated = len(set(members)) <= 0.7 * len(members)
    return single == 0 or (repeated and single < 0.5 * len(groups))


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
