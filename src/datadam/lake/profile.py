"""A table in figures: one scan for counts, extremes and distinct values, a sample taken while loading for shapes.

Null counts, extremes, means and the counts of the most frequent values are exact at any size. Distinct counts are exact
up to EXACT_ROWS rows and HyperLogLog estimates (about 2 %) above; quantiles and histograms are exact up to the size of
the sample and the sample's, scaled, above.
"""

import datetime as dt
import hashlib
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.types import Column, ColumnProfile

EXACT_ROWS = 200_000
SAMPLE = 100_000
COUNTED = 5_000_000  # rows up to which repeated ones are counted exactly
DOUBTFUL = 0.05  # an estimated share of repeated rows below this may be none
TOP = 10
BINS = 20
FEW = 5_000  # columns with fewer distinct values have their most frequent ones counted by grouping
CALENDAR = (-62_135_596_800.0, 253_402_300_799.0)  # of Python: years 1 to 9999, in seconds from 1970
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]


@dataclass
class Sampler:
    """Every n-th row of a table whose length is not known beforehand: n doubles when too many are held."""

    step: int = 1
    seen: int = 0
    held: int = 0
    batches: list[pa.RecordBatch] = field(default_factory=list)

    def clear(self) -> None:
        self.step, self.seen, self.held, self.batches = 1, 0, 0, []

    def add(self, batch: pa.RecordBatch) -> None:
        part = _every(batch, -self.seen % self.step, self.step)
        self.seen += batch.num_rows
        if part.num_rows:
            self.batches.append(part)
            self.held += part.num_rows
        while self.held > 2 * SAMPLE:
            self._thin()

    def _thin(self) -> None:
        whole = pa.Table.from_batches(self.batches)
        thinned = whole.take(pa.array(range(0, whole.num_rows, 2))).combine_chunks()
        self.batches = thinned.to_batches()
        self.held = thinned.num_rows
        self.step *= 2

    def sample(self) -> pa.Table | None:
        return pa.Table.from_batches(self.batches) if self.batches else None


def _every(batch: pa.RecordBatch, start: int, step: int) -> pa.RecordBatch:
    if step == 1:
        return batch
    return batch.take(pa.array(range(start, batch.num_rows, step), pa.int64()))


def profile(paths: list[Path], columns: list[Column], sample: pa.Table | None) -> tuple[list[ColumnProfile], str, int]:
    """The profile of every column, a digest of the rows, the same for any order and any file format, and how many rows
    say again what an earlier one said (exact up to COUNTED rows, an estimate above)."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    source = "read_parquet([{}])".format(", ".join("'" + str(path).replace("'", "''") + "'" for path in paths))
    counts, digest, repeated = _scan(connection, source, columns, sum(pq.read_metadata(p).num_rows for p in paths))
    if sample is not None:
        connection.register("sample", sample)
    exact = counts[0][0] <= EXACT_ROWS if counts else True
    profiles = [
        _column(connection, source, column, figures, sample is not None, exact=exact)
        for column, figures in zip(columns, counts, strict=True)
    ]
    names = "|".join(f"{column.name}:{column.type}" for column in columns)
    return profiles, f"{digest}-{_stable_hash(names)}", repeated


def _stable_hash(text: str) -> str:

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _scan(connection: Any, source: str, columns: list[Column], rows: int) -> tuple[list[tuple[Any, ...]], str, int]:
    """Per column (rows, values, distinct, min, max, mean), all in one pass, the digest of the rows, and how many of
    them are repeated."""
    row_hash = "hash({})".format(", ".join(quoted(c.name) for c in columns))
    different = f"count(DISTINCT {row_hash})" if rows <= COUNTED else f"approx_count_distinct({row_hash})"
    parts = ["count(*)", f"coalesce(sum({row_hash}::HUGEINT), 0)", different]
    for column in columns:
        name = quoted(column.name)
        low, high = (f"{f}({name})" for f in ("min", "max"))
        if column.type == "text":
            low, high = f"left({low}, 200)", f"left({high}, 200)"
        elif column.type not in ("integer", "number", "boolean"):
            low, high = f"CAST({low} AS VARCHAR)", f"CAST({high} AS VARCHAR)"
        mean = f"avg({name})" if column.type in ("integer", "number") else "NULL"
        parts += [f"count({name})", f"approx_count_distinct({name})", low, high, mean]
    row = connection.sql(f"SELECT {', '.join(parts)} FROM {source}").fetchall()[0]
    rows, digest = row[0], f"{row[0]}-{int(row[1]):x}"
    figures = [(rows, *row[3 + 5 * i : 8 + 5 * i]) for i in range(len(columns))]
    repeated = rows - row[2]
    return figures, digest, repeated if rows <= COUNTED or repeated > DOUBTFUL * rows else 0


def _column(
    connection: Any, source: str, column: Column, figures: tuple[Any, ...], sampled: bool, *, exact: bool
) -> ColumnProfile:
    rows, values, distinct, low, high, mean = figures
    name = quoted(column.name)
    if exact and values:
        distinct = connection.execute(f"SELECT count(DISTINCT {name}) FROM {source}").fetchall()[0][0]
    shape = _pattern(connection, name) if values and sampled and column.type == "text" else ""
    made = ColumnProfile(
        column.name, column.type, rows, rows - values, min(distinct, values), exact, low, high, mean, pattern=shape
    )
    if values and sampled:
        made.top.extend(_top(connection, source, name, distinct))
        if column.type in ("integer", "number", "date", "timestamp"):
            made.quantiles.extend(_quantiles(connection, name, column))
            made.histogram.extend(_histogram(connection, name, column, values))
    return made


def _top(connection: Any, source: str, name: str, distinct: int) -> list[tuple[str, int]]:
    """The most frequent values with exact counts; among many, those most frequent in the sample are counted."""
    wanted = ""
    if distinct > FEW:
        candidates = connection.sql(
            f"SELECT {name} AS v FROM sample WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
            f" ORDER BY count(*) DESC, {name} LIMIT {TOP}"
        ).to_arrow_table()
        if not candidates.num_rows:
            return []
        connection.register("candidates", candidates)
        wanted = f"AND {name} IN (SELECT v FROM candidates)"
    found = connection.execute(
        f"SELECT left(CAST({name} AS VARCHAR), 200), count(*) FROM {source} WHERE {name} IS NOT NULL {wanted}"
        f" GROUP BY {name} ORDER BY 2 DESC, {name} LIMIT {TOP}"
    ).fetchall()
    return [(str(value), int(count)) for value, count in found]


def _quantiles(connection: Any, name: str, column: Column) -> list[Any]:
    """None for moments beyond the calendar that DuckDB knows."""
    try:
        row = connection.execute(f"SELECT quantile_disc({name}, {QUANTILES}) FROM sample").fetchall()[0]
    except duckdb.ConversionException:
        return []
    return [value if column.type in ("integer", "number") else _iso(value) for value in row[0]]


def _iso(value: Any) -> str:
    if isinstance(value, str):  # a year that Python's calendar does not have
        return value
    return value.isoformat(sep=" ") if hasattr(value, "hour") else value.isoformat()


def _histogram(connection: Any, name: str, column: Column, values: int) -> list[tuple[Any, Any, int]]:
    """Rows in equal steps between the sample's finite extremes, scaled to the whole; none where there is no range."""
    plain = column.type in ("integer", "number")
    number = name if plain else f"epoch({name})"
    there = f"isfinite({name})" if column.type != "integer" else f"{name} IS NOT NULL"
    low, high, held = connection.execute(
        f"SELECT min({number}) FILTER ({there}), max({number}) FILTER ({there}), count({name}) FROM sample"
    ).fetchall()[0]
    if low is None or low == high:
        return []
    low, high = float(low), float(high)
    step = (high - low) / BINS
    if not step or not math.isfinite(step) or not (plain or CALENDAR[0] <= low < high <= CALENDAR[1]):
        return []
    counts = Counter(
        dict(
            connection.execute(
                f"SELECT least(floor(({number} - {low!r}) / {step!r}), {BINS - 1})::INTEGER, count(*)"
                f" FROM sample WHERE {there} GROUP BY 1"
            ).fetchall()
        )
    )
    edges = [low + step * i for i in range(BINS + 1)]
    shown = edges if plain else [_moment(edge, column) for edge in edges]
    return [(shown[i], shown[i + 1], round(counts[i] * values / held)) for i in range(BINS)]


def _moment(seconds: float, column: Column) -> str:

    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return moment.date().isoformat() if column.type == "date" else moment.isoformat(sep=" ", timespec="seconds")


def _pattern(connection: Any, name: str) -> str:
    """The commonest shape among 2,000 sampled values: 9 a digit, A a Latin letter, 가 a Hangul syllable."""
    rows = connection.execute(f"SELECT left({name}, 40) FROM sample WHERE {name} IS NOT NULL LIMIT 2000").fetchall()
    shapes = Counter(_shape(value) for (value,) in rows)
    return shapes.most_common(1)[0][0] if shapes else ""


def _shape(value: str) -> str:
    """`010-1234` becomes `999-9999`; runs of letters are kept at their length."""
    return re.sub(r"[가-힣]", "가", re.sub(r"[A-Za-z]", "A", re.sub(r"\d", "9", value)))
