"""Questions about tables of counts, asked of every row at any size."""

from collections.abc import Sequence

from datadam.lake.scan import SOURCE, connection, quote

EXACT = 200_000  # rows up to which different ones are counted exactly; above it is an estimate (about 2 %)


MOSTLY = 0.9  # of a text's values are numbers: the others are marks such as X or -


def whole(files: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Those columns whose numbers are whole, none below zero, and that hold (nearly) nothing else, be it as text."""
    if not columns:
        return ()
    tests = ", ".join(f"coalesce(min({c}) >= 0 AND bool_and({c} = floor({c})), false)" for c in map(_number, columns))
    filled = ", ".join(f"count({_number(c)}) >= {MOSTLY} * count({quote(c)})" for c in columns)
    with connection() as cursor:
        row = cursor.execute(f"SELECT {tests}, {filled} FROM {SOURCE}", [list(files)]).fetchall()[0]
    answers = zip(columns, row, row[len(columns) :], strict=False)
    return tuple(name for name, good, all_numbers in answers if good and all_numbers)


def _number(column: str) -> str:
    """A column as numbers, whatever its type; nothing where it is none."""
    return f"TRY_CAST({quote(column)} AS DOUBLE)"


def told_apart(files: Sequence[str], columns: Sequence[str], rows: int) -> float:
    """The share of rows whose values in these columns no other row has, or only once: 1 when they identify the rows."""
    hashed = f"hash({', '.join(map(quote, columns))})"
    count = f"count(DISTINCT {hashed})" if rows <= EXACT else f"approx_count_distinct({hashed})"
    with connection() as cursor:
        different: int = cursor.execute(f"SELECT {count} FROM {SOURCE}", [list(files)]).fetchall()[0][0]
    return different / max(1, rows)


def below(files: Sequence[str], columns: Sequence[str], least: int) -> tuple[int, int]:
    """How many cells hold a number, and how many of them one from 1 to `least` - 1."""
    names = [_number(name) for name in columns]
    held = " + ".join(f"count({name})" for name in names)
    few = " + ".join(f"count(*) FILTER ({name} >= 1 AND {name} < {least:d})" for name in names)
    with connection() as cursor:
        row = cursor.execute(f"SELECT {held}, {few} FROM {SOURCE}", [list(files)]).fetchall()[0]
    return int(row[0]), int(row[1])
