"""Points of a table on a map that needs no tiles: Vega-Lite circles over an outline, if one is given."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadam.lake.charts import Described, plain
from datadam.lake.scan import SOURCE, RowFilter, connection, no_column, quote, rows_where, types_of
from datadam.sandbox.values import jsonable

SOUTH, NORTH, WEST, EAST = 33.0, 39.0, 124.0, 132.0  # Korea, with its islands
LATITUDE = re.compile(r"위도|(^|[^a-z])(lat|latitude)([^a-z]|$)|^y$|y_?좌표|^ycrd|^la$", re.IGNORECASE)
LONGITUDE = re.compile(r"경도|(^|[^a-z])(lon|lng|long|longitude)([^a-z]|$)|^x$|x_?좌표|^xcrd|^lo$", re.IGNORECASE)
LABEL = re.compile(r"(명|이름|명칭|상호|name|title)(\(.*\))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Coordinates:
    """The columns that hold degrees of latitude and longitude, and one that names the place (None: no such)."""

    latitude: str
    longitude: str
    label: str | None = None


@dataclass(frozen=True)
class Points:
    """`points` are {"lat", "lon", "label"}; `bounds` is west, south, east, north (None: no points).

    `total` places lie in Korea, of which every k-th is shown; `outside` rows lie elsewhere (0, 0 and such).
    """

    points: list[dict[str, Any]]
    bounds: tuple[float, float, float, float] | None
    total: int
    outside: int


def find_coordinates(columns: Sequence[Described], profile: Sequence[Described]) -> Coordinates | None:
    """The coordinate columns by name and by where most of their values lie; None when the table has no places."""
    visible = [plain(column)["name"] for column in columns]
    profiles = {entry["name"]: entry for entry in map(plain, profile) if entry["name"] in visible}
    latitude = _first(visible, profiles, LATITUDE, SOUTH, NORTH)
    longitude = _first(visible, profiles, LONGITUDE, WEST, EAST)
    if latitude is None or longitude is None:
        return None
    texts = [name for name in visible if name in profiles and profiles[name]["type"] == "text"]
    label = next((name for name in texts if LABEL.search(name)), texts[0] if texts else None)
    return Coordinates(latitude, longitude, label)


def _first(
    names: Sequence[str], profiles: Mapping[str, Mapping[str, Any]], wanted: re.Pattern[str], low: float, high: float
) -> str | None:
    for name in names:
        entry = profiles.get(name)
        if entry and entry["type"] in ("number", "integer") and wanted.search(name) and _within(entry, low, high):
            return name
    return None


def _within(entry: Mapping[str, Any], low: float, high: float) -> bool:
    """By the median when there are quantiles: a few zeros among the coordinates are common."""
    quantiles = entry.get("quantiles") or []
    middle = quantiles[len(quantiles) // 2] if quantiles else entry["min"]
    return middle is not None and low <= float(middle) <= high


def map_points(
    files: Sequence[str],
    lat: str,
    lon: str,
    label: str | None = None,
    limit: int = 2000,
    *,
    row_filter: RowFilter | None = None,
) -> Points:
    """At most `limit` places, each once: every k-th from south to north, so that the same table gives the same map."""
    with connection() as cursor:
        types = types_of(cursor, files)
        if not types:
            return Points([], None, 0, 0)
        for name in (lat, lon, *([label] if label else ()), *(row_filter or ())):
            if name not in types:
                raise no_column(name)
        where, values = rows_where(row_filter or {}, types)
        places = (
            f"SELECT CAST({quote(lat)} AS DOUBLE) AS lat, CAST({quote(lon)} AS DOUBLE) AS lon, "
            f"{f'CAST({quote(label)} AS VARCHAR)' if label else 'NULL'} AS label FROM {SOURCE} WHERE {where}"
        )
        korea = f"lat BETWEEN {SOUTH} AND {NORTH} AND lon BETWEEN {WEST} AND {EAST}"
        bound = [list(files), *values]
        outside = cursor.execute(
            f"SELECT count(*) FROM ({places}) WHERE lat IS NOT NULL AND lon IS NOT NULL AND NOT ({korea})", bound
        ).fetchall()[0][0]
        distinct = f"SELECT DISTINCT lat, lon, label FROM ({places}) WHERE {korea}"
        total, *box = cursor.execute(
            f"SELECT count(*), min(lon), min(lat), max(lon), max(lat) FROM ({distinct})", bound
        ).fetchall()[0]
        step = max(1, -(-total // max(1, limit)))
        numbered = f"SELECT *, row_number() OVER (ORDER BY lat, lon, label) AS n FROM ({distinct})"
        rows = cursor.execute(
            f"SELECT lat, lon, label FROM ({numbered}) WHERE (n - 1) % {step} = 0 ORDER BY n", bound
        ).fetchall()
    points = [{"lat": row[0], "lon": row[1], "label": jsonable(row[2])} for row in rows]
    return Points(points, (box[0], box[1], box[2], box[3]) if total else None, total, outside)
