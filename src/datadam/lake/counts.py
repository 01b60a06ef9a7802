"""Questions about tables of counts, asked of every row at any size."""

from collections.abc import Sequence

from datadam.lake.scan import SOURCE, connection, quote

EXACT = 200_000  # rows up to which different ones are counted exactly; above it is an estimate (about 2 %)


def whole(files: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Those columns that hold whole numbers only, none below zero, and something at all."""
    if not columns:
        return ()
    tests = ", ".join(f"coalesce(min({c}) >= 0 AND bool_and({c} = floor({c})), false)" for c in map(quote, columns))
    with connection() as cursor:
        row = cursor.execute(f"SELECT {tests} FROM {SOURCE}", [list(files)]).fetchall()[0]
    return tuple(name for name, good in zip(columns, row, strict=True) if good)


def told_apart(files: Sequence[str], columns: Sequence[str], rows: int) -> float:
    """The share of rows whose values in these columns no other row has, or only once: 1 when they identify the rows."""
    hashed = f"hash({', '.join(map(quote, columns))})"
    count = f"count(DISTINCT {hashed})" if rows <= EXACT else f"approx_count_distinct({hashed})"
    with connection() as cursor:
        different: int = cursor.execute(f"SELECT {count} FROM {SOURCE}", [list(files)]).fetchall()[0][0]
    return different / max(1, rows)


def below(files: Sequence[str], columns: Sequence[str], least: int) -> tuple[int, int]:
    """How many cells hold a number, and how many of them one from 1 to `least` - 1."""
    names = [quote(name) for name in columns]
    held = " + ".join(f"count({name})" for name in names)
    few = " + ".join(f"count(*) FILTER ({name} >= 1 AND {name} < {least:d})" for name in names)
    with connection() as cursor:
        row = cursor.execute(f"SELECT {held}, {few} FROM {SOURCE}", [list(files)]).fetchall()[0]
    return int(row[0]), int(row[1])
