"""Tables of a file outside the lake, read by the lake's own readers: any encoding, CSV, JSON or a workbook."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Sheet:
    """A table of a file; `bad` are (line, text) of rows that are none, complete once `rows` was read to its end."""

    name: str
    header: list[str]
    _blocks: Any
    bad: list[tuple[int, str]] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, cells by column)."""
        for each in self._blocks():
            block = each() if callable(each) else each
            self.bad += [(row.line, row.text) for row in block.bad]
            lines = block.line_numbers().tolist()
            yield from zip(lines, block.cells.to_pylist(), strict=True)


def sheets(path: Path, filename: str) -> list[Sheet]:
    """The tables of the file as they stand. Raises LakeError with the reason when there are none."""
    from datadam.lake.readers import Source, open_tables

    source = Source(lambda: path.open("rb"), filename, path.stat().st_size, lambda: nullcontext(path))
    tables = open_tables(source, policy="none")
    return [Sheet(table.name, table.header, table.blocks) for table in tables if table.refusal is None]
