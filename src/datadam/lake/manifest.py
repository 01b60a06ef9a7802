"""Asking the manifest of a file set: which files fit, one file, and how many there are of each kind, label and folder.

Only columns that the reader may see are asked for; the row filter of a grant holds everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadam.lake.scan import SOURCE, RowFilter, connection, no_column, quote, rows_where, types_of
from datadam.sandbox.values import jsonable

NEEDED = ("path", "media_type", "bytes", "sha256")  # to hand a file out
MOST = 200  # choices of one kind


@dataclass(frozen=True)
class Wanted:
    """Which files: empty fields ask for nothing. `text` stands somewhere in the path."""

    kind: str = ""
    label: str = ""
    folder: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind or self.label or self.folder or self.text)


@dataclass(frozen=True)
class Files:
    """Some of the `total` files that fit, as {column: value}, with the bytes of all of them."""

    rows: list[dict[str, Any]]
    total: int
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of one version as one reader may see it."""

    files: Sequence[str]
    columns: Sequence[str]
    row_filter: RowFilter

    def find(self, wanted: Wanted, *, limit: int, offset: int = 0) -> Files:
        """A page of the files that fit, in the order of their paths."""
        where, values = self._where(wanted)
        names = ", ".join(map(quote, self.columns))
        with connection() as cursor:
            total, size = cursor.execute(
                f"SELECT count(*), coalesce(sum(bytes), 0)::BIGINT FROM {SOURCE} WHERE {where}", values
            ).fetchall()[0]
            found = cursor.execute(
                f"SELECT {names} FROM {SOURCE} WHERE {where} ORDER BY path LIMIT {limit:d} OFFSET {offset:d}", values
            ).fetchall()
        rows = [dict(zip(self.columns, map(jsonable, row), strict=True)) for row in found]
        return Files(rows, total, size)

    def showcase(self, limit: int) -> list[dict[str, Any]]:
        """A few files that show what is in the set: of every label and folder the first, then the second; no labels."""
        where, values = self._where(Wanted())
        names = ", ".join(map(quote, self.columns))
        kind = "kind" if "kind" in self.columns else "media_type"
        parts = [name for name in ("label", "classes", kind) if name in self.columns]
        turn = f"row_number() OVER (PARTITION BY {', '.join(parts)} ORDER BY path)"
        order = f"ORDER BY {turn}, {kind} NOT LIKE 'image%', path LIMIT {limit:d}"
        with connection() as cursor:
            found = cursor.execute(
                f"SELECT {names} FROM {SOURCE} WHERE {where} AND {kind} <> 'label' {order}", values
            ).fetchall()
        return [dict(zip(self.columns, map(jsonable, row), strict=True)) for row in found]

    def one(self, path: str) -> dict[str, Any] | None:
        """The row of a file; None when there is none that the reader may see."""
        where, values = self._where(Wanted())
        names = ", ".join(map(quote, self.columns))
        with connection() as cursor:
            found = cursor.execute(
                f"SELECT {names} FROM {SOURCE} WHERE {where} AND path = ? LIMIT 1", [*values, path]
            ).fetchall()
        return dict(zip(self.columns, map(jsonable, found[0]), strict=True)) if found else None

    def choices(self) -> dict[str, list[tuple[str, int]]]:
        """What there is to choose from: kinds, labels and top folders, each with the number of its files."""
        where, values = self._where(Wanted())
        asked = {
            "kind": "kind" if "kind" in self.columns else "",
            "label": self._label(),
            "folder": "CASE WHEN contains(path, '/') THEN split_part(path, '/', 1) END",
        }
        found = {}
        with connection() as cursor:
            for name, expression in asked.items():
                if not expression:
                    continue
                rows = cursor.execute(
                    f"SELECT {expression} AS choice, count(*) FROM {SOURCE} WHERE {where} GROUP BY 1"
                    f" HAVING choice IS NOT NULL ORDER BY 2 DESC, 1 LIMIT {MOST}",
                    values,
                ).fetchall()
                found[name] = [(str(choice), count) for choice, count in rows]
        return found

    def _label(self) -> str:
        """What labels a file: its own column, or the classes of what was drawn into it."""
        if "label" in self.columns:
            return "label"
        return "unnest(string_split(classes, ', '))" if "classes" in self.columns else ""

    def _where(self, wanted: Wanted) -> tuple[str, list[Any]]:
        types = self._types()
        condition, bound = rows_where(self.row_filter, types)
        conditions, values = [condition], [list(self.files), *bound]
        for clause, value in self._clauses(wanted):
            conditions.append(clause)
            values.append(value)
        return " AND ".join(conditions), values

    def _clauses(self, wanted: Wanted) -> list[tuple[str, str]]:
        label = "label = ?" if "label" in self.columns else "list_contains(string_split(classes, ', '), ?)"
        asked = [
            ("kind", wanted.kind, "kind = ?"),
            ("label" if "label" in self.columns else "classes", wanted.label, label),
            ("path", wanted.folder and wanted.folder.rstrip("/") + "/", "starts_with(path, ?)"),
            ("path", wanted.text.lower(), "contains(lower(path), ?)"),
        ]
        for column, value, _ in asked:
            if value and column not in self.columns:
                raise no_column(column)
        return [(clause, value) for _, value, clause in asked if value]

    def _types(self) -> Mapping[str, str]:
        with connection() as cursor:
            types = types_of(cursor, self.files)
        for name in self.row_filter:
            if name not in types:
                raise no_column(name)
        return types


def objects_named(files: Sequence[str]) -> set[str]:
    """The hashes that a manifest names."""
    return set(objects_sized(files))


def objects_sized(files: Sequence[str]) -> dict[str, int]:
    """Hash → bytes of everything that a manifest names; nothing for a version that was destroyed."""
    return {sha256: size for sha256, size in _all(files, "sha256, bytes")}


def pictures_named(files: Sequence[str], media_types: Sequence[str]) -> list[tuple[str, str, int]]:
    """Hash, media type and number of pixels of the pictures that a manifest names."""
    rows = _all(files, "sha256, media_type, width * height")
    return [(sha256, kind, pixels or 0) for sha256, kind, pixels in rows if kind in media_types]


def _all(files: Sequence[str], columns: str) -> list[Any]:
    if not files:
        return []
    with connection() as cursor:
        rows: list[Any] = cursor.execute(f"SELECT DISTINCT {columns} FROM {SOURCE}", [list(files)]).fetchall()
    return rows
