"""Single values: their canonical text, and naive local times as UTC."""

import base64
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

LOCAL_ZONE = "Asia/Seoul"
UTC_MICROSECONDS = pa.timestamp("us", "UTC")
EXACT_IN_DOUBLE = 2**53  # from here on a double no longer holds every integer
INT64_MAX = 2**63 - 1


def text_of(value: Any) -> str | None:
    """The one way a cell of a mixed column is written: 1.0 as 1, dates in ISO form, true/false, nested as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT_IN_DOUBLE else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, dict | list):
        return json_text(value)
    return str(value)


def json_text(value: Any) -> str:
    """Compact JSON of a value, times in ISO form and anything else JSON does not know as its text."""
    try:
        return orjson.dumps(value, default=text_of, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # integers beyond 64 bits
        import json

        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=text_of)


def _duration_text(value: timedelta) -> str:
    total = value // timedelta(microseconds=1)
    sign = "-" if total < 0 else ""
    seconds, fraction = divmod(abs(total), 1_000_000)
    days, seconds = divmod(seconds, 86400)  # the days are always told, so that it cannot be taken for a time of day
    text = f"{sign}{days} days {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction:06d}" if fraction else text


def text_array(values: Sequence[Any]) -> pa.Array:
    return pa.array([text_of(value) for value in values], pa.string())


def base64_array(array: pa.Array) -> pa.Array:
    """Bytes as base64 text."""
    values = array.to_pylist()
    return pa.array([None if value is None else base64.b64encode(value).decode() for value in values], pa.string())


def localised(array: pa.Array) -> pa.Array:
    """Timestamps as UTC microseconds; naive ones are taken as Korean time."""
    if array.type.tz is None:
        array = pc.assume_timezone(
            array.cast(pa.timestamp("us"), safe=False), LOCAL_ZONE, ambiguous="earliest", nonexistent="earliest"
        )
    return array.cast(UTC_MICROSECONDS, safe=False)
