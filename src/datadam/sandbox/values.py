"""Arrow values as JSON can carry them."""

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SAFE_INTEGER = 2**53 - 1  # beyond it a JavaScript number is another number
SEOUL = dt.timezone(dt.timedelta(hours=9))
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def jsonable(value: Any) -> Any:
    """Dates in ISO form, NaN and infinities null, integers beyond 2^53 as text, bytes in hex."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, Decimal):
        return _decimal(value)
    return str(value)


def _decimal(value: Decimal) -> Any:
    """A number where JSON's would be the same number, else text."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value():
        return jsonable(int(value))
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def rows_of(table: "pa.Table") -> list[list[Any]]:
    """The rows of a table in JSON values; moments with a zone are told in Korean time (+09:00)."""
    columns = [_column(table.column(position)) for position in range(table.num_columns)]
    return [list(row) for row in zip(*columns, strict=True)] if columns else []


def _column(column: "pa.ChunkedArray") -> list[Any]:
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        return [jsonable(value) for value in column.to_pylist()]
    # By hand, because Arrow would look for time zone data that a bare machine does not have.
    micros = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64()).to_pylist()
    zoned = column.type.tz is not None
    return [None if value is None else _moment(value, zoned) for value in micros]


def _moment(micros: int, zoned: bool) -> str | None:
    try:
        moment = EPOCH + dt.timedelta(microseconds=micros)
        return moment.astimezone(SEOUL).isoformat() if zoned else moment.replace(tzinfo=None).isoformat()
    except OverflowError:
        return None
