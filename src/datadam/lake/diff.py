"""What changed between two versions of a table: columns, and rows counted as a bag or followed by a key.

Rows are compared by two 64-bit hashes over the columns that both versions have, inside DuckDB, which spills to disk:
memory stays bounded, and rows that differ are taken for equal only where both hashes collide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.lake.charts import Described, plain
from datadam.lake.errors import LakeError
from datadam.lake.scan import SOURCE, ZONED, connection, in_seoul, no_column, quote, types_of
from datadam.sandbox.values import jsonable

EXAMPLES = 5  # rows of each kind


@dataclass(frozen=True)
class Examples:
    """A few rows of each kind as {column: value}; `changed` are {"key", "before", "after"} of what differs."""

    added: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Diff:
    """`retyped` are {"column", "old", "new"}. Without a key `rows_changed` is None: a changed row is one removed and
    one added. A row that occurs twice counts twice. JSON through `dataclasses.asdict`."""

    columns_added: list[str]
    columns_removed: list[str]
    columns_retyped: list[dict[str, str]]
    rows_old: int
    rows_new: int
    rows_added: int
    rows_removed: int
    rows_changed: int | None
    key: list[str] | None
    examples: Examples

    @property
    def same(self) -> bool:
        columns = self.columns_added or self.columns_removed or self.columns_retyped
        return not (columns or self.rows_added or self.rows_removed or self.rows_changed)


def diff(
    old_files: Sequence[str],
    new_files: Sequence[str],
    old_columns: Sequence[Described],
    new_columns: Sequence[Described],
    key: Sequence[str] | None = None,
) -> Diff:
    """Compare two versions. Columns are lake Columns or their dicts, and only those named are looked at.

    `key` names columns whose values identify a row in both versions; LakeError `no_column` when one lacks them and
    `key_not_unique` when values repeat or are missing. Retyped columns are compared by value, not by spelling.
    """
    old = {entry["name"]: entry["type"] for entry in map(plain, old_columns)}
    new = {entry["name"]: entry["type"] for entry in map(plain, new_columns)}
    common = [name for name in new if name in old]
    for name in key or ():
        if name not in common:
            raise no_column(name)
    with connection() as cursor:
        sides = Sides(cursor, list(old_files), list(new_files), common)
        rows_old, rows_new = sides.count("old"), sides.count("new")
        if key:
            _check_key(sides, list(key))
            tally = _by_key(sides, list(key))
        else:
            tally = _as_bags(sides, rows_old, rows_new)
    added, removed, changed, examples = tally
    return Diff(
        columns_added=[name for name in new if name not in old],
        columns_removed=[name for name in old if name not in new],
        columns_retyped=[
            {"column": name, "old": old[name], "new": new[name]} for name in common if old[name] != new[name]
        ],
        rows_old=rows_old,
        rows_new=rows_new,
        rows_added=added,
        rows_removed=removed,
        rows_changed=changed,
        key=list(key) if key else None,
        examples=examples,
    )


Tally = tuple[int, int, int | None, Examples]  # added, removed, changed


class Sides:
    """The two versions as SQL over the same columns, the old one cast to the new one's types."""

    def __init__(self, cursor: Any, old_files: list[str], new_files: list[str], common: list[str]) -> None:
        self.cursor = cursor
        self.files = {"old": old_files, "new": new_files}
        self.types = {"old": types_of(cursor, old_files), "new": types_of(cursor, new_files)}
        self.common = common
        for side, types in self.types.items():
            for name in common:
                if self.files[side] and name not in types:
                    raise no_column(name)

    def count(self, side: str) -> int:
        files = self.files[side]
        if not files:
            return 0
        return int(self.cursor.execute(f"SELECT count(*) FROM {SOURCE}", [files]).fetchall()[0][0])

    def source(self, side: str) -> str:
        """The files as SQL with their paths inside, because one query names both sides several times."""
        if not self.files[side]:
            types = self.types["old" if side == "new" else "new"]
            empty = ", ".join(
                f"CAST(NULL AS {types.get(name, 'VARCHAR')}) AS {quote(name)}" for name in self.common
            ) or "NULL AS nothing"  # fmt: skip
            return f"(SELECT {empty} WHERE false)"
        paths = ", ".join("'" + path.replace("'", "''") + "'" for path in self.files[side])
        return f"read_parquet([{paths}])"

    def comparable(self, side: str, name: str) -> str:
        """The value as it is compared: itself, or where the type changed the text of what it becomes."""
        old, new = (self.types[each].get(name) for each in ("old", "new"))
        if old is None or new is None or old == new:
            return quote(name)
        if side == "new":
            return f"CAST({quote(name)} AS VARCHAR)"
        return f"coalesce(CAST(TRY_CAST({quote(name)} AS {new}) AS VARCHAR), CAST({quote(name)} AS VARCHAR))"

    def digest(self, side: str, names: Sequence[str]) -> str:
        """Two hashes of a row. The engine hashes numbers one to one; texts are hashed twice over different bytes."""
        values = [self.comparable(side, name) for name in names] or ["NULL"]
        others = [
            f"{value} || '\u00a0'" if self._is_text(name) else value for name, value in zip(names, values, strict=False)
        ]
        return f"hash({', '.join(values)}) AS h1, hash({', '.join(['NULL', *others])}) AS h2"

    def _is_text(self, name: str) -> bool:
        return any(types.get(name) == "VARCHAR" for types in self.types.values()) or (
            self.types["old"].get(name) != self.types["new"].get(name)
        )

    def rows(self, query: str, bound: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.cursor.execute(query, list(bound)).fetchall()
        return found

    def shown(self, side: str, names: Sequence[str], prefix: str = "") -> str:
        """Columns as they are shown in examples; `prefix` is the alias of the side in a join."""
        types = self.types[side]
        return ", ".join(in_seoul(name, types[name]).replace(quote(name), prefix + quote(name)) for name in names)

    def example(self, side: str, names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
        zoned = {name for name in names if self.types[side][name] == ZONED}
        return {
            name: value.isoformat() + "+09:00" if name in zoned and value is not None else jsonable(value)
            for name, value in zip(names, row, strict=True)
        }


def _as_bags(sides: Sides, rows_old: int, rows_new: int) -> Tally:
    if not sides.common:
        return rows_new, rows_old, None, Examples()
    tally = (
        f"SELECT h1, h2, sum(w) AS w FROM ("
        f"SELECT {sides.digest('old', sides.common)}, -1 AS w FROM {sides.source('old')} UNION ALL "
        f"SELECT {sides.digest('new', sides.common)}, 1 AS w FROM {sides.source('new')}) "
        f"GROUP BY h1, h2 HAVING sum(w) != 0"
    )
    found = sides.rows(
        f"SELECT coalesce(sum(w) FILTER (WHERE w > 0), 0), coalesce(-sum(w) FILTER (WHERE w < 0), 0), "
        f"min_by((h1, h2), h1, {EXAMPLES}) FILTER (WHERE w > 0), "
        f"min_by((h1, h2), h1, {EXAMPLES}) FILTER (WHERE w < 0) FROM ({tally})"
    )[0]
    examples = Examples(_examples(sides, "new", found[2]), _examples(sides, "old", found[3]))
    return int(found[0]), int(found[1]), None, examples


def _examples(sides: Sides, side: str, digests: list[Any] | None) -> list[dict[str, Any]]:
    if not digests:
        return []
    wanted = " OR ".join(f"(h1 = {first} AND h2 = {second})" for first, second in map(_pair, digests))
    firsts = ", ".join(f"{first}::UBIGINT" for first, _ in map(_pair, digests))
    rows = sides.rows(
        f"SELECT {sides.shown(side, sides.common)} FROM (SELECT *, {sides.digest(side, sides.common)} "
        f"FROM {sides.source(side)}) WHERE h1 IN ({firsts}) AND ({wanted}) LIMIT {EXAMPLES}"
    )
    return [sides.example(side, sides.common, row) for row in rows]


def _pair(digest: Any) -> tuple[int, int]:
    first, second = digest.values() if isinstance(digest, dict) else digest
    return int(first), int(second)


def _check_key(sides: Sides, key: list[str]) -> None:
    names = ", ".join(map(quote, key))
    missing = " OR ".join(f"{quote(name)} IS NULL" for name in key)
    for side in ("old", "new"):
        query = f"SELECT {names} FROM {sides.source(side)} WHERE {missing} LIMIT 1"
        repeated = f"SELECT {names} FROM {sides.source(side)} GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
        if bad := sides.rows(query) or sides.rows(repeated):
            value = ", ".join(str(item) for item in bad[0])
            raise LakeError(
                "key_not_unique",
                ko=f"‘{', '.join(key)}’ 값이 비었거나 겹쳐서 행을 구별할 수 없습니다: {value}",
                en=f"“{', '.join(key)}” does not tell rows apart: {value} repeats or is missing.",
                side=side,
            )


def _by_key(sides: Sides, key: list[str]) -> Tally:
    rest = [name for name in sides.common if name not in key]
    parts = {
        side: f"(SELECT {', '.join(f'{sides.comparable(side, name)} AS k{n}' for n, name in enumerate(key))}, "
        f"{sides.digest(side, rest)}, true AS present FROM {sides.source(side)})"
        for side in ("old", "new")
    }
    joined = f"{parts['new']} n FULL JOIN {parts['old']} o USING ({', '.join(f'k{n}' for n in range(len(key)))})"
    differs = "n.present AND o.present AND (n.h1 != o.h1 OR n.h2 != o.h2)"
    added, removed, changed = sides.rows(
        f"SELECT count(*) FILTER (WHERE o.present IS NULL), count(*) FILTER (WHERE n.present IS NULL), "
        f"count(*) FILTER (WHERE {differs}) FROM {joined}"
    )[0]
    names = ", ".join(f"k{n}" for n in range(len(key)))
    conditions = {"added": "o.present IS NULL", "removed": "n.present IS NULL", "changed": differs}
    chosen = {
        kind: sides.rows(f"SELECT {names} FROM {joined} WHERE {condition} ORDER BY ALL LIMIT {EXAMPLES}")
        for kind, condition in conditions.items()
    }
    examples = Examples(
        [row for value in chosen["added"] if (row := _row_of(sides, "new", key, value))],
        [row for value in chosen["removed"] if (row := _row_of(sides, "old", key, value))],
        [_change(sides, key, value) for value in chosen["changed"]],
    )
    return int(added), int(removed), int(changed), examples


def _row_of(sides: Sides, side: str, key: list[str], value: Sequence[Any]) -> dict[str, Any]:
    condition = " AND ".join(f"{sides.comparable(side, name)} = ?" for name in key)
    rows = sides.rows(
        f"SELECT {sides.shown(side, sides.common)} FROM {sides.source(side)} WHERE {condition} LIMIT 1", value
    )
    return sides.example(side, sides.common, rows[0]) if rows else {}


def _change(sides: Sides, key: list[str], value: Sequence[Any]) -> dict[str, Any]:
    before, after = (_row_of(sides, side, key, value) for side in ("old", "new"))
    differing = [name for name in after if before.get(name) != after[name]]
    return {
        "key": {name: after.get(name) for name in key},
        "before": {name: before.get(name) for name in differing},
        "after": {name: after[name] for name in differing},
    }
