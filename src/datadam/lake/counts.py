"""Questions about tables of counts, asked of every row at any size."""

from collections.abc import Sequence
from typing import Any

from datadam.lake.scan import SOURCE, connection, quote, types_of

EXACT = 200_000  # rows up to which different ones are counted exactly; above it is an estimate (about 2 %)


MOSTLY = 0.8  # of the numbers of a count are whole and not below zero: the others are slips
HALF = 0.5  # of a text's values are numbers: the others are marks such as X or -


def whole(files: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Those columns whose numbers are (nearly) all whole and not below zero, be they written as text."""
    if not columns:
        return ()
    with connection() as cursor:
        numbers = _numbers(cursor, files, columns)
        tests = [
            f"count(*) FILTER ({n} >= 0 AND {n} = floor({n})) >= {MOSTLY} * greatest(1, count({n}))" for n in numbers
        ]
        filled = [f"count({n}) >= {HALF} * count({quote(c)})" for n, c in zip(numbers, columns, strict=True)]
        query = f"SELECT {', '.join([*tests, *filled])} FROM {SOURCE}"
        row = cursor.execute(query, [list(files)]).fetchall()[0]
    answers = zip(columns, row, row[len(columns) :], strict=False)
    return tuple(name for name, good, enough in answers if good and enough)


def _numbers(cursor: Any, files: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The columns as numbers, also where they are written as text (1,234명); nothing where it is none."""
    types = types_of(cursor, files)
    plain = "TRY_CAST(regexp_replace({}, '[,\\s명인]', '', 'g') AS DOUBLE)"
    return [plain.format(quote(name)) if types[name] == "VARCHAR" else quote(name) for name in columns]


def with_digits(files: Sequence[str], column: str) -> float:
    """The share of a text's values that hold a digit, as addresses do."""
    query = f"SELECT avg(regexp_matches({quote(column)}, '[0-9]')::INTEGER) FROM {SOURCE}"
    with connection() as cursor:
        return float(cursor.execute(query, [list(files)]).fetchall()[0][0] or 0.0)


def told_apart(files: Sequence[str], columns: Sequence[str], rows: int) -> float:
    """How many different rows these columns make, as a share of all: 1 when they identify every row."""
    hashed = f"hash({', '.join(map(quote, columns))})"
    count = f"count(DISTINCT {hashed})" if rows <= EXACT else f"approx_count_distinct({hashed})"
    with connection() as cursor:
        different: int = cursor.execute(f"SELECT {count} FROM {SOURCE}", [list(files)]).fetchall()[0][0]
    return different / max(1, rows)


def below(files: Sequence[str], columns: Sequence[str], least: int) -> tuple[int, int]:
    """How many cells hold a number, and how many of them one from 1 to `least` - 1."""
    with connection() as cursor:
        numbers = _numbers(cursor, files, columns)
        held = " + ".join(f"count({n})" for n in numbers)
        few = " + ".join(f"count(*) FILTER ({n} >= 1 AND {n} < {least:d})" for n in numbers)
        row = cursor.execute(f"SELECT {held}, {few} FROM {SOURCE}", [list(files)]).fetchall()[0]
    return int(row[0]), int(row[1])
