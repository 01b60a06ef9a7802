"""Reading a version of a table for a page: a preview with sort and filters. Charts and maps are re-exported here.

Files are always a list, never a glob; columns that the reader may not see are neither shown, sorted nor filtered by.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datadam.lake.charts import ChartPlan, chart, chart_rows, suggest_chart
from datadam.lake.errors import LakeError
from datadam.lake.maps import Coordinates, Points, find_coordinates, map_points
from datadam.lake.scan import SOURCE, ZONED, RowFilter, checked, connection, in_seoul, no_column, quote, types_of
from datadam.lake.scan import rows_where as _rows_where
from datadam.sandbox.values import jsonable

__all__ = [
    "OPERATORS",
    "ChartPlan",
    "Coordinates",
    "Filter",
    "Page",
    "Points",
    "chart",
    "chart_rows",
    "find_coordinates",
    "map_points",
    "no_column",
    "preview",
    "suggest_chart",
]

Filter = tuple[str, str, Any]  # column, operator, value (as typed by a person)
OPERATORS = ("eq", "contains", "gte", "lte", "isnull", "notnull")
LARGEST_PAGE = 1000
FARTHEST = 10**15  # rows to skip; the engine counts in 64 bits
DAY = re.compile(r"(\d{4})[-./ ]?(\d{1,2})[-./ ]?(\d{1,2})\.?")
TIMES = ("DATE", "TIMESTAMP", ZONED)
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Rows `offset` to `offset + limit` of the `total` that fit the filters; values as JSON can carry them.

    Dates and times in ISO form (moments in Korean time, +09:00), integers beyond 2^53 as text, NaN as null.
    """

    columns: list[str]
    rows: list[list[Any]]
    total: int


def preview(
    files: Sequence[str],
    *,
    columns: Sequence[str] | None = None,
    sort: str | None = None,
    descending: bool = False,
    filters: Sequence[Filter] = (),
    limit: int = 50,
    offset: int = 0,
    row_filter: RowFilter | None = None,
) -> Page:
    """One page of a table, in file order unless sorted; equal values keep file order, nulls come last.

    Raises LakeError `no_column`, `filter_operator`, `filter_value`.
    """
    if not files:
        return Page(list(columns or ()), [], 0)
    with connection() as cursor:
        types = types_of(cursor, files)
        shown = checked(types, columns)
        where, values = _where(types, shown, filters, row_filter or {})
        total = cursor.execute(f"SELECT count(*) FROM {SOURCE} WHERE {where}", [list(files), *values]).fetchall()[0][0]
        if not shown:
            return Page([], [], total)
        selected = ", ".join(in_seoul(name, types[name]) for name in shown)
        order = _order(types, shown, sort, descending)
        page = f" LIMIT {max(0, min(int(limit), LARGEST_PAGE))} OFFSET {max(0, min(int(offset), FARTHEST))}"
        rows = cursor.execute(
            f"SELECT {selected} FROM {SOURCE} WHERE {where}{order}{page}", [list(files), *values]
        ).fetchall()
    zoned = [types[name] == ZONED for name in shown]
    return Page(shown, [[_value(value, zone) for value, zone in zip(row, zoned, strict=True)] for row in rows], total)


def _value(value: Any, zoned: bool) -> Any:
    if zoned and isinstance(value, dt.datetime):
        return value.isoformat() + "+09:00"
    return jsonable(value)


def _order(types: dict[str, str], shown: Sequence[str], sort: str | None, descending: bool) -> str:
    if not sort:
        return ""
    if sort not in shown:
        raise no_column(sort)
    order = f" ORDER BY {quote(sort)} {'DESC' if descending else 'ASC'} NULLS LAST"
    # The engine's own row numbers, unless the table has columns of these names.
    return order if {"file_index", "file_row_number"} & set(types) else order + ", file_index, file_row_number"


def _where(
    types: dict[str, str], shown: Sequence[str], filters: Sequence[Filter], row_filter: RowFilter
) -> tuple[str, list[Any]]:
    for name in row_filter:
        if name not in types:
            raise no_column(name)
    condition, values = _rows_where(row_filter, types)
    conditions = [condition]
    for column, operator, value in filters:
        if column not in shown:
            raise no_column(column)
        condition, bound = _condition(column, types[column], operator, value)
        conditions.append(condition)
        values += bound
    return " AND ".join(conditions), values


def _condition(column: str, type_name: str, operator: str, value: Any) -> tuple[str, list[Any]]:
    name = quote(column)
    if operator in ("isnull", "notnull"):
        return f"{name} IS {'NOT ' if operator == 'notnull' else ''}NULL", []
    if operator == "contains":
        return _contains(name, type_name, str(value))
    if operator not in OPERATORS:
        raise LakeError(
            "filter_operator",
            ko=f"‘{operator}’은(는) 쓸 수 없는 조건입니다.",
            en=f"“{operator}” is no condition.",
            operators=OPERATORS,
        )
    wanted = _typed(column, type_name, value)
    if type_name in ("TIMESTAMP", ZONED) and isinstance(wanted, dt.date) and not isinstance(wanted, dt.datetime):
        return _whole_day(name, type_name, operator, wanted)
    sign = {"eq": "=", "gte": ">=", "lte": "<="}[operator]
    return f"{name} {sign} CAST(? AS {type_name})", [str(wanted)]


def _contains(name: str, type_name: str, part: str) -> tuple[str, list[Any]]:
    text = name if type_name == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    if part.lower() == part.upper():  # Hangul and digits have no case, and looking as they lie is twice as fast
        return f"contains({text}, ?)", [part]
    return f"contains(lower({text}), ?)", [part.lower()]


def _whole_day(name: str, type_name: str, operator: str, day: dt.date) -> tuple[str, list[Any]]:
    """A day typed against a column of moments means all of that day."""
    start, end = f"{name} >= CAST(? AS {type_name})", f"{name} < CAST(? AS {type_name})"
    following = str(day + dt.timedelta(days=1))
    if operator == "gte":
        return start, [str(day)]
    return (end, [following]) if operator == "lte" else (f"{start} AND {end}", [str(day), following])


def _typed(column: str, type_name: str, value: Any) -> Any:
    """What a person typed, as the engine can cast it; LakeError `filter_value` when it is no value of the type."""
    if type_name == "VARCHAR":
        return value
    text = str(value).strip()
    if type_name in TIMES and (day := DAY.fullmatch(text)):
        try:
            return dt.date(*map(int, day.groups()))
        except ValueError:
            raise _no_value(column, text) from None
    if type_name.partition("(")[0] in NUMBERS:
        text = text.replace(",", "")
    with connection() as cursor:
        if cursor.execute(f"SELECT TRY_CAST(? AS {type_name})", [text]).fetchall()[0][0] is None:
            raise _no_value(column, text)
    return text


def _no_value(column: str, text: str) -> LakeError:
    return LakeError(
        "filter_value",
        ko=f"‘{text}’은(는) ‘{column}’ 열의 값이 될 수 없습니다.",
        en=f"“{text}” cannot be a value of the column “{column}”.",
        column=column,
        value=text,
    )
