"""The first rows of a table as what they are for: columns of labels and columns of figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.readers.base import Table
from datadam.lake.readers.cells import is_whole
from datadam.lake.readers.wording import GAP, counts_things

ROWS, CELLS = 20_000, 300_000  # a table up to this size is looked at whole
PART = 3_000  # rows of a larger one
FIGURE = r"^\s*[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d+)?\s*$|^\s*[+-]?\.\d+\s*$"
CODE = r"^\s*0\d+\s*$"
NONE = ("", "-", "X", "x", "*", "…", "NA", "N/A", "null", "\\N")
PADDED = 0.9  # of a column's values
FIGURES = 0.8  # of a column's values make it one of figures


@dataclass(frozen=True)
class Sample:
    """`labels`: position → texts, "" where blank; `figures`: position → floats, NaN where there is none."""

    header: list[str]
    labels: dict[int, list[str]]
    figures: dict[int, np.ndarray]
    lines: np.ndarray
    complete: bool  # the sample is the whole table
    cells: pa.RecordBatch
    padded: tuple[int, ...] = ()  # columns of labels that nearly all have blanks around them

    @property
    def rows(self) -> int:
        return len(self.lines)

    @property
    def leading(self) -> list[int]:
        """Label columns before the first column of figures."""
        first = min(self.figures, default=len(self.header))
        return [column for column in self.labels if column < first]

    @property
    def whole(self) -> list[int]:
        """Columns of figures that are all whole numbers."""
        return [at for at, values in self.figures.items() if is_whole(values[~np.isnan(values)])]

    def matrix(self, columns: Sequence[int]) -> np.ndarray:
        return np.column_stack([self.figures[column] for column in columns])

    def with_labels(self, column: int, texts: list[str]) -> "Sample":
        return replace(self, labels={**self.labels, column: texts})

    def without(self, rows: np.ndarray) -> "Sample":
        """The sample less some rows; a column whose texts were in these alone becomes one of figures."""
        kept = np.setdiff1d(np.arange(self.rows), rows)
        labels = {at: [texts[row] for row in kept] for at, texts in self.labels.items()}
        figures = {at: values[kept] for at, values in self.figures.items()}
        for at in [at for at in labels if figures and at < min(figures)][::-1]:
            if (numbers := figures_of(pa.array(labels[at], pa.string()))) is not None:
                figures[at] = numbers
        labels = {at: texts for at, texts in labels.items() if at not in figures}
        return replace(
            self,
            labels=labels,
            figures=dict(sorted(figures.items())),
            lines=self.lines[kept],
            cells=self.cells.take(pa.array(kept)),
        )


def take(table: Table) -> Sample | None:
    """A sample from the first block that has rows; None when there is none. Raises what reading it raises."""
    units = table.units()
    block = next((block for unit in units if (block := unit()).cells.num_rows), None)
    if block is None:
        return None
    limit = min(ROWS, CELLS // max(1, len(table.header)))
    complete = block.cells.num_rows <= limit and next(units, None) is None
    limit = limit if complete else min(PART, limit)
    cells = block.cells.slice(0, limit)
    labels: dict[int, list[str]] = {}
    figures: dict[int, np.ndarray] = {}
    for position, column in enumerate(cells.columns):
        numbers = figures_of(column)
        grouping = column.null_count and not figures and not counts_things(table.header[position])
        if numbers is None or grouping:
            labels[position] = texts_of(column)
        else:
            figures[position] = numbers
    padded = tuple(at for at in labels if _is_padded(cells.column(at)))
    return Sample(list(table.header), labels, figures, block.line_numbers()[:limit], complete, cells, padded)


def _is_padded(column: pa.Array) -> bool:
    if not pa.types.is_string(column.type):
        return False
    present = column.drop_null()
    changed = pc.sum(pc.not_equal(present, pc.utf8_trim_whitespace(present))).as_py() or 0
    return bool(changed) and changed >= PADDED * len(present)


def texts_of(column: pa.Array) -> list[str]:
    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    return pc.utf8_trim_whitespace(pc.fill_null(texts, "")).to_pylist()


def figures_of(column: pa.Array, *, whatever: bool = False) -> np.ndarray | None:
    """A column's figures; None when it holds something else (`whatever` then reads what there is)."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    if not pa.types.is_string(column.type):
        return None
    figure = pc.fill_null(pc.match_substring_regex(column, FIGURE), False)
    if not whatever:
        nothing = pc.is_in(pc.utf8_trim_whitespace(column), pa.array(NONE))
        present = len(column) - column.null_count - (pc.sum(nothing).as_py() or 0)
        if (
            not present
            or pc.sum(figure).as_py() < FIGURES * present
            or pc.any(pc.match_substring_regex(column, CODE)).as_py()
        ):
            return None
    bare = pc.replace_substring_regex(pc.if_else(figure, column, pa.scalar(None, pa.string())), rf"[,\s]|{GAP}", "")
    return pc.cast(bare, pa.float64()).to_numpy(zero_copy_only=False)
