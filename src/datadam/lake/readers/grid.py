"""Tables inside documents (HWPX, HTML, Excel's XML) as grids of cells, read the way that sheets are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.lake.errors import TooBig, Unreadable
from datadam.lake.readers import layout, xlsx
from datadam.lake.readers.base import Policy, Table
from datadam.lake.types import Proposal

CELL_LIMIT = 20_000_000
ROW_LIMIT = 2**20  # as many as Excel has


@dataclass
class Grid:
    """Values by row and column, counted from 0, with the merges among them; has what `xlsx.sheet_table` asks for."""

    cells: list[dict[int, Any]] = field(default_factory=list)  # a row: column → value
    merged_cell_ranges: list[layout.Merge] = field(default_factory=list)
    width: int = 0
    start: tuple[int, int] = (0, 0)
    _taken: dict[int, int] = field(default_factory=dict)  # column → row from which it is free again

    @property
    def height(self) -> int:
        return len(self.cells)

    def append(self, row: int, value: Any, rows: int = 1, columns: int = 1) -> None:
        """A cell in the first column of a row that is free: where HTML puts it."""
        column = 0
        while self._taken.get(column, 0) > row:
            column += 1
        self.put(row, column, value, rows, columns)

    def is_free(self, row: int, column: int) -> bool:
        return self._taken.get(column, 0) <= row

    def put(self, row: int, column: int, value: Any, rows: int = 1, columns: int = 1) -> None:
        """Raises TooBig when the grid would hold more than ROW_LIMIT rows or CELL_LIMIT cells."""
        self.width = max(self.width, column + columns)
        if row >= ROW_LIMIT or max(self.height, row + 1) * self.width > CELL_LIMIT:
            raise _too_big()
        for taken in range(column, column + columns):
            self._taken[taken] = row + rows
        while self.height <= row:
            self.cells.append({})
        if value != "":
            self.cells[row][column] = value
        if rows > 1 or columns > 1:
            self.merged_cell_ranges.append(((row, column), (row + rows - 1, column + columns - 1)))

    def finish(self) -> "Grid":
        """Without merges that reach beyond the last row."""
        last = self.height - 1
        self.merged_cell_ranges = [
            (first, (min(bottom, last), right)) for first, (bottom, right) in self.merged_cell_ranges
        ]
        return self

    def iter_rows(self) -> Iterator[list[Any]]:
        for row in self.cells:
            yield [row.get(column, "") for column in range(self.width)]

    @property
    def is_box(self) -> bool:
        """A frame around text rather than a table."""
        filled = sum(1 for row in self.cells if row)
        return filled < 2 or self.width < 2


def _too_big() -> TooBig:
    return TooBig(
        "too_big",
        ko=f"행이 {ROW_LIMIT:,}개나 칸이 {CELL_LIMIT:,}개를 넘는 표입니다. CSV로 저장해 올려 주세요.",
        en=f"The table has more than {ROW_LIMIT:,} rows or {CELL_LIMIT:,} cells: save it as CSV.",
        limit=CELL_LIMIT,
    )


def tables(grids: Sequence[tuple[str, Grid]], left_out: str, kind: str, policy: Policy) -> list[Table]:
    """A table for every grid by its name. One that is no table carries its refusal; raises it when all are such."""
    if not grids:
        raise Unreadable("no_records", ko="문서에 자료가 든 표가 없습니다.", en="The document holds no table of data.")
    found = [xlsx.sheet_table(name, grid.finish(), kind, policy) for name, grid in grids]
    refusals = [table.refusal for table in found if table.refusal]
    if len(refusals) == len(found):
        raise refusals[0]
    for table in found:
        table.name = table.name if len(found) > 1 else ""
        if left_out:
            table.proposals.append(Proposal("sheets", left_out, applied=True))
    return found
