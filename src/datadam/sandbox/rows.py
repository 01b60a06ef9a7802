"""Which rows may be read, as SQL with bound values."""

from collections.abc import Mapping, Sequence
from typing import Any


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def rows_where(row_filter: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> tuple[str, list[Any]]:
    """The condition and its values for {column: [values]}: every column must hold one of its values.

    It fails closed: a value that is not of the column's type matches nothing, null matches nothing, and an unknown
    column raises KeyError. `types` are the engine's type names.
    """
    conditions = [
        f"list_contains(TRY_CAST(?::VARCHAR[] AS {types[column]}[]), {quote(column)})" for column in row_filter
    ]
    return " AND ".join(conditions) or "true", [texts(values) for values in row_filter.values()]


def texts(values: Sequence[Any]) -> list[str]:
    """The values as text that the engine can cast to any type; null is left out."""
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values if value is not None]
