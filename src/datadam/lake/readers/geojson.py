"""GeoJSON features as flat records: their properties, and lon and lat for points or the geometry as JSON text.

A property of the name geometry, lon or lat gives way to the feature's own place.
"""

from typing import Any

from datadam.lake.readers.json_shape import Shape
from datadam.lake.readers.values import json_text

Record = dict[str, Any]

GEOMETRY = "geometry"


def is_feature(record: Any) -> bool:
    return isinstance(record, dict) and record.get("type") == "Feature" and "geometry" in record


def is_point(feature: Record) -> bool:
    """Whether the geometry is a point, or missing."""
    geometry = feature.get(GEOMETRY)
    if not geometry:
        return True
    place = geometry.get("coordinates") or []
    return geometry.get("type") == "Point" and len(place) >= 2 and all(type(at) in (int, float) for at in place[:2])


def flat(feature: Record, *, points: bool, text: bool = True) -> Record:
    """One record of a feature, which is used up. `points` says that every feature of the file is a point.

    Without `text` a geometry is only noted: enough to learn the columns.
    """
    properties = feature.get("properties")
    geometry = feature.get(GEOMETRY)
    if "id" in feature or not isinstance(properties, dict):
        record = _with_id(feature, properties)
    else:
        record = properties
        record.pop(GEOMETRY, None)
    if not points:
        record[GEOMETRY] = geometry and (json_text(geometry) if text else "")
        return record
    record["lon"], record["lat"] = geometry["coordinates"][:2] if geometry else (None, None)
    return record


def _with_id(feature: Record, properties: Any) -> Record:
    record: Record = {"id": feature["id"]} if "id" in feature else {}
    if isinstance(properties, dict):
        clash = "id" in record and "id" in properties
        record = {"feature_id": record["id"], **properties} if clash else {**record, **properties}
    record.pop(GEOMETRY, None)
    return record


def point_keys(keys: dict[str, Shape]) -> dict[str, Shape]:
    """The columns of points: lon and lat where the geometry stands."""
    made: dict[str, Shape] = {}
    for key, shape in keys.items():
        if key == GEOMETRY:
            made |= {name: Shape({float, type(None)}) for name in ("lon", "lat")}
        elif key not in ("lon", "lat"):
            made[key] = shape
    return made
