"""An honest chart of a table: chosen from the profile, drawn from aggregated rows, said in its title."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Literal

from datadam.lake.scan import SOURCE, ZONED, RowFilter, connection, in_seoul, no_column, quote, rows_where, types_of

Described = Any  # a lake.types dataclass, or the dict that it became in JSON
LARGEST = 500  # rows inside a spec
Unit = Literal["hour", "day", "month", "year"]
Measure = Literal["sum", "mean", "count"]

IDENTIFIER = re.compile(
    r"(번호|코드|순번|연번|일련|우편|전화|위도|경도|좌표|연도|년도|월$|식별)|(^|_)(id|no|code|seq|lat|lng|lon|latitude|longitude"
    r"|x|y|zip|year|month|phone)($|_|\d)",
    re.IGNORECASE,
)
ADDS_UP = re.compile(
    r"(수|량|액|계|인원|건|대|매출|합|명|면적|실적|비용|예산)(\(.*\))?$|count|amount|total|sales|qty|sum|number",
    re.IGNORECASE,
)
LEVEL = re.compile(
    r"(율|률|비율|평균|지수|점수|온도|기온|농도|단가|요금|가격|속도|횟수당|당|%|rate|avg|mean|ratio|price|index)",
    re.IGNORECASE,
)

WORDS = {
    "ko": {"hour": "시간", "day": "일", "month": "월", "year": "연", "sum": "합계", "mean": "평균", "count": "건수"},
    "en": {"hour": "hour", "day": "day", "month": "month", "year": "year", "sum": "total", "mean": "mean",
           "count": "number of rows"},
}  # fmt: skip


@dataclass(frozen=True)
class ChartPlan:
    """What to draw: `x` over time by `unit`, per category, or in `bins`; `y` (None: rows are counted) by `measure`."""

    kind: Literal["line", "bar", "histogram"]
    x: str
    y: str | None = None
    measure: Measure = "count"
    unit: Unit | None = None
    bins: int = 30


def suggest_chart(columns: Sequence[Described], profile: Sequence[Described]) -> ChartPlan | None:
    """A time series where there is time, else bars of a category (2–30 values), else a histogram; else None.

    `columns` (those the reader may see) and `profile` are lake Column and ColumnProfile, or the dicts made of them.
    """
    visible = [plain(column)["name"] for column in columns]
    found = {entry["name"]: entry for entry in map(plain, profile) if entry["name"] in visible}
    profiles = [found[name] for name in visible if name in found]
    y = next((entry for entry in profiles if _is_measure(entry)), None)
    time = next((entry for entry in profiles if _is_time(entry)), None)
    name = y["name"] if y else None
    if time:
        return ChartPlan("line", time["name"], name, _measure(name), _unit(time))
    categories = [entry for entry in profiles if _is_category(entry)]
    category = min(categories, key=lambda entry: bool(IDENTIFIER.search(entry["name"])), default=None)
    if category:
        return ChartPlan("bar", category["name"], name, _measure(name))
    return ChartPlan("histogram", y["name"]) if y and y["distinct"] > 2 else None


def plain(described: Described) -> Mapping[str, Any]:
    return asdict(described) if is_dataclass(described) and not isinstance(described, type) else described


def _filled(entry: Mapping[str, Any]) -> bool:
    return bool(entry["count"]) and entry["nulls"] <= entry["count"] / 2


def _is_measure(entry: Mapping[str, Any]) -> bool:
    """A number that means an amount: no key, code, year or coordinate, and not the same everywhere."""
    if entry["type"] not in ("integer", "number") or not _filled(entry) or IDENTIFIER.search(entry["name"]):
        return False
    return bool(entry["distinct"] > 1) and not _is_counter(entry)


def _is_counter(entry: Mapping[str, Any]) -> bool:
    """Integers 1, 2, 3 … n: somebody numbered the rows."""
    if entry["type"] != "integer" or entry["min"] is None or entry["nulls"]:
        return False
    return bool(entry["count"] > 5 and entry["distinct"] == entry["count"] == entry["max"] - entry["min"] + 1)


def _is_time(entry: Mapping[str, Any]) -> bool:
    return entry["type"] in ("date", "timestamp") and _filled(entry) and entry["distinct"] >= 3


def _is_category(entry: Mapping[str, Any]) -> bool:
    values = entry["distinct"]
    return entry["type"] in ("text", "boolean") and _filled(entry) and 2 <= values <= 30 and values < entry["count"]


def _measure(name: str | None) -> Measure:
    """Amounts are added up; levels, rates and what is in doubt are averaged, and the title says which."""
    if name is None:
        return "count"
    return "sum" if ADDS_UP.search(name) and not LEVEL.search(name) else "mean"


def _unit(entry: Mapping[str, Any]) -> Unit:
    """The finest unit that keeps the line under some 400 points."""
    first, last = (dt.datetime.fromisoformat(str(entry[end])[:10]) for end in ("min", "max"))
    days = (last - first).days
    if entry["type"] == "timestamp" and days <= 4:
        return "hour"
    return "day" if days <= 370 else "month" if days <= 30 * 370 else "year"


def chart_rows(files: Sequence[str], plan: ChartPlan, *, row_filter: RowFilter | None = None) -> list[dict[str, Any]]:
    """The aggregated rows of a plan: {"x", "y"} for lines and bars, {"low", "high", "y"} for histograms."""
    with connection() as cursor:
        types = types_of(cursor, files)
        if not types:
            return []
        for name in (plan.x, *([plan.y] if plan.y else ()), *(row_filter or ())):
            if name not in types:
                raise no_column(name)
        where, values = rows_where(row_filter or {}, types)
        query = {"line": _line, "bar": _bar, "histogram": _histogram}[plan.kind](plan, types)
        source = f"(SELECT * FROM {SOURCE} WHERE {where})"
        rows = cursor.execute(query.replace("{source}", source), [list(files), *values]).fetchall()
    names = ("low", "high", "y") if plan.kind == "histogram" else ("x", "y")
    in_order = reversed(rows) if plan.kind == "line" else rows  # of a long line the latest part was asked for
    return [dict(zip(names, map(_number, row), strict=True)) for row in in_order]


def _number(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else float(value)


def _aggregate(plan: ChartPlan) -> str:
    if plan.y is None or plan.measure == "count":
        return "count(*)"
    number = f"CAST({quote(plan.y)} AS DOUBLE)"
    return f"{'sum' if plan.measure == 'sum' else 'avg'}({number}) FILTER (WHERE isfinite({number}))"


def _line(plan: ChartPlan, types: Mapping[str, str]) -> str:
    moment = in_seoul(plan.x, types[plan.x])
    if types[plan.x] not in ("DATE", "TIMESTAMP", ZONED):
        raise no_column(plan.x)
    return (
        f"SELECT CAST(date_trunc('{plan.unit or 'month'}', {moment}) AS TIMESTAMP) AS x, {_aggregate(plan)} AS y "
        f"FROM {{source}} WHERE {quote(plan.x)} IS NOT NULL AND isfinite({quote(plan.x)}) "
        f"GROUP BY 1 ORDER BY 1 DESC LIMIT {LARGEST}"
    )


def _bar(plan: ChartPlan, types: Mapping[str, str]) -> str:
    return (
        f"SELECT CAST({quote(plan.x)} AS VARCHAR) AS x, {_aggregate(plan)} AS y FROM {{source}} "
        f"WHERE {quote(plan.x)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT {LARGEST}"
    )


def _histogram(plan: ChartPlan, types: Mapping[str, str]) -> str:
    bins = max(2, min(plan.bins, LARGEST))
    number = f"CAST({quote(plan.x)} AS DOUBLE)"
    return (
        f"WITH v AS (SELECT {number} AS v FROM {{source}} WHERE isfinite({number})), "
        f"e AS (SELECT min(v) AS low, greatest((max(v) - min(v)) / {bins}, 1e-300) AS step FROM v) "
        f"SELECT low + b * step, low + (b + 1) * step, count(*) FROM "
        f"(SELECT low, step, least(CAST(floor((v - low) / step) AS BIGINT), {bins - 1}) AS b FROM v, e) "
        f"GROUP BY low, step, b ORDER BY b"
    )


def chart(
    files: Sequence[str], plan: ChartPlan, *, row_filter: RowFilter | None = None, language: str = "ko"
) -> dict[str, Any]:
    """A complete Vega-Lite spec with its data (at most 500 rows) inside; no schema, size or colours."""
    rows = chart_rows(files, plan, row_filter=row_filter)
    words = WORDS["en" if language.startswith("en") else "ko"]
    value = words["count"] if plan.y is None else f"{plan.y} {words[plan.measure]}"
    y = {"field": "y", "type": "quantitative", "title": value}
    spec: dict[str, Any] = {"title": _title(plan, value, words, language), "data": {"values": rows}}
    if plan.kind == "line":
        moment: dict[str, Any] = {"field": "x", "type": "temporal", "title": None}
        return spec | {
            "mark": {"type": "line", "point": len(rows) <= 60, "tooltip": True},
            "encoding": {"x": moment, "y": y | {"scale": {"zero": plan.measure != "mean"}}},
        }
    if plan.kind == "bar":
        category: dict[str, Any] = {"field": "x", "type": "nominal", "sort": None, "title": plan.x}
        return spec | {"mark": {"type": "bar", "tooltip": True}, "encoding": {"y": category, "x": y}}
    low: dict[str, Any] = {"field": "low", "type": "quantitative", "bin": {"binned": True}, "title": plan.x}
    return spec | {
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {"x": low, "x2": {"field": "high"}, "y": y | {"title": words["count"]}},
    }


def _title(plan: ChartPlan, value: str, words: Mapping[str, str], language: str) -> str:
    english = language.startswith("en")
    if plan.kind == "line":
        unit = words[plan.unit or "month"]
        return f"{value} by {unit}" if english else f"{unit}별 {value}"
    if plan.kind == "bar":
        return f"{value} by {plan.x}" if english else f"{plan.x}별 {value}"
    return f"Distribution of {plan.x}" if english else f"{plan.x} 분포"
