"""Shapes of JSON that are no array of records: answers of open APIs, maps, columns, single records."""

from collections.abc import Iterable
from typing import Any

from datadam.lake.errors import Unreadable
from datadam.lake.readers.json_stream import Document, Path

FIELD_LISTS = {"fields", "columns", "schema", "links", "errors", "headers", "metadata", "facets"}
RECORD_NAMES = ("item", "row", "record")
Record = dict[str, Any]


def no_array(detail_ko: str, detail_en: str) -> Unreadable:
    return Unreadable(
        "no_array",
        ko=f"레코드 목록을 찾지 못했습니다. {detail_ko}",
        en=f"No array of records was found. {detail_en}",
    )


def main_paths(paths: Iterable[Path]) -> list[Path]:
    """The arrays worth a table: those that only describe the others are left out."""
    paths = list(paths)
    main = [path for path in paths if not path or path[-1].lower() not in FIELD_LISTS]
    return main or paths


def map_prefix(document: Document, paths: list[Path]) -> Path | None:
    """Where a map of records holds the arrays, as in holdings.*.items, each beside facts of its own."""
    depths = {len(path) for path in paths}
    if len(paths) < 2 or len(depths) != 1 or len({path[-1:] for path in paths}) != 1:
        return None
    differing = [level for level in range(depths.pop()) if len({path[level] for path in paths}) > 1]
    if len(differing) != 1 or not any(fact[:-1] == paths[0][:-1] for fact in document.facts):
        return None
    return paths[0][: differing[0]]


def records_of(value: Any, *, envelope: bool) -> tuple[str, list[Record]] | None:
    """(code, records) of a document held in memory: keyed_map, column_lists, column_maps or single_record.

    What stands in an API's `envelope` itself is no record.
    """
    if not isinstance(value, dict) or not value:
        return None
    one = _named_record(value)
    if envelope:
        return ("single_record", [one]) if one else None
    inner = list(value.values())
    if all(isinstance(column, list) for column in inner) and len({len(column) for column in inner}) == 1:
        names = list(value)
        return "column_lists", [dict(zip(names, row, strict=True)) for row in zip(*inner, strict=True)]
    if len(inner) > 1 and all(isinstance(column, dict) and column for column in inner):
        return _of_maps(value)
    one = one or _plain_record(value)
    return ("single_record", [one]) if one else None


def _of_maps(value: dict[str, Record]) -> tuple[str, list[Record]] | None:
    keys = list(next(iter(value.values())))
    if all(list(column) == keys for column in value.values()) and all(key.isdecimal() for key in keys):
        return "column_maps", [{name: column[key] for name, column in value.items()} for key in keys]
    shared = set.intersection(*(set(record) for record in value.values()))
    if not shared:
        return None
    key_name = "key" if not any("key" in record for record in value.values()) else "_key"
    return "keyed_map", [{key_name: key, **record} for key, record in value.items()]


def _named_record(value: Record, depth: int = 0) -> Record | None:
    """The lone record of an answer whose list of one was written as an object."""
    for name in RECORD_NAMES:
        if isinstance(value.get(name), dict):
            return value[name]
    for inner in value.values():
        if isinstance(inner, dict) and depth < 4:
            found = _named_record(inner, depth + 1)
            if found:
                return found
    return None


def _plain_record(value: Record) -> Record | None:
    """A document of plain facts."""
    scalars = sum(not isinstance(inner, dict | list) for inner in value.values())
    return value if scalars > len(value) / 2 else None
