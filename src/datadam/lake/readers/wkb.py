"""Geometries in well-known binary (OGC 06-103r4, ISO and PostGIS forms) as coordinates and as GeoJSON text."""

import struct
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

NAMES = {
    1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon",
    7: "GeometryCollection",
}  # fmt: skip
POINT_BYTES = 21
ONE_RING = b"\1\3\0\0\0\1\0\0\0"  # little-endian polygon of one ring, whose number of corners follows
EWKB_Z, EWKB_M, EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
DEPTH = 8


def points(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """x and y of a column of points; null where there is none. Raises ValueError for other geometries."""
    size = len(column)
    raw = column.drop_null()
    if not len(raw):
        return pa.nulls(size, pa.float64()), pa.nulls(size, pa.float64())
    flat = b"".join(raw.to_pylist())
    if len(flat) != POINT_BYTES * len(raw):
        return _each_point(column)
    rows = np.frombuffer(flat, np.uint8).reshape(-1, POINT_BYTES)
    if not (rows[:, :5] == (1, 1, 0, 0, 0)).all():
        return _each_point(column)
    places = np.full((size, 2), np.nan)
    places[np.asarray(column.is_valid())] = rows[:, 5:].copy().view("<f8")
    return _nullable(places[:, 0]), _nullable(places[:, 1])


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def _each_point(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    places = np.full((len(column), 2), np.nan)
    for row, value in enumerate(column.to_pylist()):
        if value is not None:
            kind, coordinates = _Reader(value, None).geometry()
            if kind != "Point":
                raise ValueError(kind)
            places[row] = coordinates[:2] if len(coordinates) else np.nan
    return _nullable(places[:, 0]), _nullable(places[:, 1])


def geojson(column: pa.Array, decimals: int | None) -> tuple[pa.Array, list[int]]:
    """GeoJSON text of a column, numbers rounded to `decimals`, and the rows whose geometry GeoJSON does not know."""
    texts: list[str | None] = []
    unknown: list[int] = []
    for row, value in enumerate(column.to_pylist()):
        try:
            texts.append(value and _text(value, decimals))
        except (ValueError, struct.error, TypeError):
            texts.append(None)
            unknown.append(row)
    return pa.array(texts, pa.string()), unknown


def _text(value: bytes, decimals: int | None) -> str | None:
    if value.startswith(ONE_RING) and len(value) > len(ONE_RING) + 4:
        return _one_ring(value, decimals)
    kind, inner = _Reader(value, decimals).geometry()
    if not len(inner):
        return None
    key = "geometries" if kind == NAMES[7] else "coordinates"
    return orjson.dumps({"type": kind, key: inner}, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _one_ring(value: bytes, decimals: int | None) -> str:
    """By far the commonest shape: a flat polygon without holes."""
    places = np.frombuffer(value[len(ONE_RING) + 4 :], "<f8").reshape(-1, 2)
    places = places if decimals is None else places.round(decimals)
    return f'{{"type":"Polygon","coordinates":[{orjson.dumps(places, option=orjson.OPT_SERIALIZE_NUMPY).decode()}]}}'


class _Reader:
    """Walks through one geometry. Raises ValueError or struct.error for what is none."""

    def __init__(self, data: bytes, decimals: int | None) -> None:
        self._data, self._decimals, self._at = data, decimals, 0

    def geometry(self, depth: int = 0) -> tuple[str, Any]:
        """(type, coordinates or geometries)."""
        order = "<" if self._data[self._at : self._at + 1] == b"\1" else ">"
        (code,) = struct.unpack_from(order + "I", self._data, self._at + 1)
        self._at += 9 if code & EWKB_SRID else 5
        flat = code & 0x0FFFFFFF
        z = bool(code & EWKB_Z) or flat // 1000 in (1, 3)
        m = bool(code & EWKB_M) or flat // 1000 in (2, 3)
        kind = flat % 1000
        if kind not in NAMES or depth > DEPTH:
            raise ValueError(f"geometry type {code}")
        return NAMES[kind], self._inside(kind, order, (2 + z + m, 2 + z), depth)

    def _inside(self, kind: int, order: str, dims: tuple[int, int], depth: int) -> Any:
        if kind == 1:
            place = self._places(1, order, dims)[0]
            return [] if np.isnan(place[:2]).any() else place
        count = self._count(order)
        if kind == 2:
            return self._places(count, order, dims)
        if kind == 3:
            return [self._places(self._count(order), order, dims) for _ in range(count)]
        parts = [self.geometry(depth + 1) for _ in range(count)]
        return [_part(name, inner) for name, inner in parts] if kind == 7 else [inner for _, inner in parts]

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(order + "I", self._data, self._at)
        self._at += 4
        if count > len(self._data):
            raise ValueError("more parts than bytes")
        return int(count)

    def _places(self, count: int, order: str, dims: tuple[int, int]) -> np.ndarray:
        """Coordinates of shape (count, 2 or 3): a measure M has no place in GeoJSON."""
        width, kept = dims
        found = np.frombuffer(self._data, order + "f8", count * width, self._at).reshape(count, width)
        self._at += 8 * count * width
        places = found[:, :kept]
        places = places if self._decimals is None else places.round(self._decimals)
        return np.ascontiguousarray(places, dtype="<f8").copy()


def _part(kind: str, inner: Any) -> dict[str, Any]:
    return {"type": kind, "geometries" if kind == NAMES[7] else "coordinates": inner}
