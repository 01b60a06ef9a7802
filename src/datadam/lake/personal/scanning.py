"""Where personal data is in a table."""

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.personal.kinds import KINDS, Sighting
from datadam.lake.personal.masking import masked
from datadam.lake.types import Column

_SIMPLE = {
    "resident_number": re.compile(r"(?<!\d)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[- ]?[1-4]\d{6}(?!\d)"),
    "foreigner_number": re.compile(r"(?<!\d)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[- ]?[5-8]\d{6}(?!\d)"),
    "phone": re.compile(r"(?<!\d)01[016789][- ]?\d{3,4}[- ]?\d{4}(?!\d)"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
}


def scan(paths: Sequence[Path], columns: Sequence[Column]) -> list[Sighting]:
    """Every row and column of a table's Parquet files."""
    return scan_table(pq.read_table(list(map(str, paths))), columns)


def scan_table(table: pa.Table, columns: Sequence[Column] | None = None, *, exhaustive: bool = True) -> list[Sighting]:
    """The same of a table in memory."""
    found = []
    for name in table.column_names:
        values = [str(value) for value in table.column(name).to_pylist() if value is not None]
        for kind, pattern in _SIMPLE.items():
            hits = [value for value in values if pattern.search(value)]
            if hits:
                whole = all(pattern.fullmatch(value) for value in hits)
                why = [{"code": "form", "count": len(hits), "kind": kind}]
                found.append(
                    Sighting(name, kind, len(hits), table.num_rows, exhaustive, "column" if whole else "text",
                             KINDS[kind].blocking, why, masked(hits[0]))
                )  # fmt: skip
    return found
