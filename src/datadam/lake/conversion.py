"""A block's text into types by one SQL statement, and what its marks for no value say."""

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.clock import SPAN_NAME
from datadam.lake.inference import HOUR, MISSING, NONE, SUPPRESSED

if TYPE_CHECKING:
    from datadam.lake.planning import Plan

_local = threading.local()
MARKS = {
    "suppressed": SUPPRESSED,
    "none_marked": NONE,
    "missing_marked": tuple(word for word in MISSING if word not in NONE),
}


def marks(column: pa.Array) -> Iterator[tuple[str, int]]:
    """How many cells of a column say in which way that there is no value."""
    texts = pc.utf8_trim_whitespace(column)
    for what, words in MARKS.items():
        count = pc.sum(pc.is_in(texts, pa.array(words))).as_py()
        if count:
            yield what, count


def hours(name: str, column: pa.Array) -> Iterator[tuple[str, int]]:
    """How often an hour of the day is 24, its end, and how often something that is no hour from 1 to 24."""
    if not HOUR.named(name) or re.search(SPAN_NAME, name, re.IGNORECASE):
        return
    for what, condition in (
        ("hour_24", pc.equal(column, 24)),
        ("hour_other", pc.or_(pc.less(column, 1), pc.greater(column, 24))),
    ):
        count = pc.sum(condition).as_py()
        if count:
            yield what, count


def statement(plans: "list[tuple[int, Plan]]") -> str:
    """Typed values of columns that convert, then the position of the first whose text failed (null where none did)."""
    texts, values, failures = [], [], []
    for index, plan in plans:
        assert plan.format is not None
        text = f"nullif(trim(trim(c{index}), ' \t\r\n\v\f'), '')" if plan.trim else f"c{index}"
        if plan.format.type != "text" and not plan.trim:
            text = f"nullif({text}, '')"  # JSON and R tell an empty text from null
        if plan.tokens:
            given = ", ".join("'" + token.replace("'", "''") + "'" for token in plan.tokens)
            text = f"CASE WHEN {text} IN ({given}) THEN NULL ELSE {text} END"
        texts.append(f"{text} AS x{index}")
        values.append(f"{plan.format.value.replace('{x}', f'x{index}')} AS t{index}")
        known = MISSING if plan.asked else (*MISSING, *SUPPRESSED)  # a type set by hand takes nothing unasked
        words = ", ".join(f"'{word}'" for word in known)
        valid = plan.format.valid.replace("{x}", f"x{index}").replace("{t}", f"t{index}")
        wrong = f"t{index} IS NULL" + (f" OR NOT ({valid})" if valid else "")
        failures.append(f"WHEN x{index} IS NOT NULL AND ({wrong}) AND x{index} NOT IN ({words}) THEN {index}")
    typed = ", ".join(f"t{index}" for index, _ in plans)
    return (
        f"SELECT {typed}, CAST(CASE {' '.join(failures)} END AS INTEGER)"
        f" FROM (SELECT *, {', '.join(values)} FROM (SELECT {', '.join(texts)} FROM block))"
    )


def execute(statements: dict[tuple[int, ...], str], cells: pa.RecordBatch) -> tuple[pa.Table, pa.Array]:
    """Convert a block on this thread's own single-threaded DuckDB: all its columns in their types, and rows' culprits.

    Only columns that convert pass through the engine; the others are kept as they are.
    """
    if not hasattr(_local, "connection"):
        _local.connection = duckdb.connect(config={"threads": 1})
        _local.connection.execute("SET TimeZone = 'UTC'")
    connection = _local.connection
    columns: list[Any] = list(cells.columns)
    culprits = []
    for positions, sql in statements.items():
        connection.register("block", pa.Table.from_batches([cells.select(list(positions))]))
        try:
            *typed, culprit = connection.sql(sql).to_arrow_table().columns
        finally:
            connection.unregister("block")
        for position, column in zip(positions, typed, strict=True):
            columns[position] = column
        culprits.append(culprit.combine_chunks())
    values = pa.table(columns, names=[str(index) for index in range(len(columns))])
    return values, culprits[0] if len(culprits) == 1 else pc.coalesce(*culprits)
