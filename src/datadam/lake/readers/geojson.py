"""GeoJSON features as flat records: their properties, and lon and lat for points or the geometry as JSON text.

A property of the name geometry, lon or lat gives way to the feature's own place.
"""

from typing import Any

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


def flat(feature: Record, *, points: bool) -> Record:
    """One record of a feature, its geometry last. `points` says that every feature of the file is a point."""
    properties = feature.get("properties")
    record: Record = {"id": feature["id"]} if "id" in feature else {}
    if isinstance(properties, dict):
        clash = "id" in record and "id" in properties
        record = {"feature_id": record["id"], **properties} if clash else {**record, **properties}
    geometry = feature.get(GEOMETRY)
    if not points:
        return {**record, GEOMETRY: geometry and json_text(geometry)}
    lon, lat = geometry["coordinates"][:2] if geometry else (None, None)
    return {**record, "lon": lon and float(lon), "lat": lat and float(lat)}
