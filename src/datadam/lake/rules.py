"""Quality rules checked over every row of a table: how many rows fail each, and where they stand.

All rules that look at one row at a time are counted in one pass over the Parquet files; uniqueness, drift and the
listing of failing rows take one each. Rows are numbered from 1 in the order in which they stand in the release.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from datadam.lake.errors import LakeError
from datadam.lake.scan import SOURCE, connection, quote, types_of

Kind = Literal["unique", "not_null", "range", "reference", "pattern", "row_count", "drift"]
Severity = Literal["note", "hold"]
BY_ROW = ("not_null", "range", "reference", "pattern")
EXAMPLES = 20  # row numbers kept of the rows that fail a rule
LONGEST_PATTERN = 300
FEW = 100  # with fewer rows, chance alone moves a distribution
SMOOTH = 0.5  # rows added to every bin, so that an empty one does not make the drift endless
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One expectation. `options` by kind: not_null `share` (0–1 of the cells that must be filled); range `min`, `max`;
    pattern `pattern` (RE2, of the whole value); reference `values`, or `files` and `column` of another table;
    row_count `least`, `most` (change against the release before, in %); drift `most` (PSI)."""

    kind: Kind
    columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "note"
    id: int = 0


@dataclass(frozen=True)
class Before:
    """The release before, as row counts and drift are measured against it."""

    rows: int
    profile: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class RuleOutcome:
    """`passed` is None when the rule could not be checked, `problem` then says why. `measured` is what the rule
    speaks of: the share of rows that fail, the change in %, the PSI. `rows` are the first failing rows' numbers."""

    rule: int
    passed: bool | None
    failing: int = 0
    checked: int = 0
    measured: float | None = None
    rows: list[int] = field(default_factory=list)
    problem: str = ""


def check_rules(
    files: Sequence[str], rules: Sequence[Rule], *, rows: int, before: Before | None = None
) -> list[RuleOutcome]:
    """The outcome of every rule, in order. A rule that does not fit the table is told as such and never raises."""
    with _opened(files) as (cursor, types):
        found = [_first(rule, types, rows, before) for rule in rules]
        waiting = [i for i, outcome in enumerate(found) if outcome is None]
        for i, outcome in zip(waiting, _by_row(cursor, files, [rules[i] for i in waiting], types), strict=True):
            found[i] = outcome
        for i in waiting:
            found[i] = found[i] or _alone(cursor, files, rules[i], types, rows, before)
    return [outcome for outcome in found if outcome]


@contextmanager
def _opened(files: Sequence[str]) -> Iterator[tuple[Any, dict[str, str]]]:
    with connection() as cursor:
        yield cursor, types_of(cursor, files)


def _first(rule: Rule, types: Mapping[str, str], rows: int, before: Before | None) -> RuleOutcome | None:
    """What needs no look at the rows: rules that do not fit, and the number of rows."""
    problem = problem_of(rule, types) or _uncast(rule, types)
    if not problem and rule.kind in ("row_count", "drift") and before is None:
        problem = "nothing_before"
    if problem:
        return RuleOutcome(rule.id, None, problem=problem)
    if rule.kind == "row_count" and before is not None:
        return _row_count(rule, rows, before.rows)
    return RuleOutcome(rule.id, True) if not rows else None


def problem_of(rule: Rule, types: Mapping[str, str]) -> str:
    """Why a rule cannot be checked on a table of these types; empty when it can."""
    if any(name not in types for name in rule.columns):
        return "no_column"
    if rule.kind == "range" and not all(types[name] != "VARCHAR" for name in rule.columns):
        return "not_ordered"
    if rule.kind == "pattern" and not is_pattern(str(rule.options.get("pattern", ""))):
        return "bad_pattern"
    if rule.kind == "reference" and not {"values", "files"} & set(rule.options):
        return "no_reference"
    return ""


def _uncast(rule: Rule, types: Mapping[str, str]) -> str:
    """A range whose ends are of another type than the column by now compares with nothing."""
    if rule.kind != "range":
        return ""
    type_name = types[rule.columns[0]]
    cast = "DOUBLE" if type_name.startswith(NUMERIC) else type_name
    ends = [str(rule.options[end]) for end in ("min", "max") if rule.options.get(end) is not None]
    with connection() as cursor:
        lost = [end for end in ends if cursor.execute(f"SELECT TRY_CAST(? AS {cast})", [end]).fetchall()[0][0] is None]
    return "not_ordered" if lost else ""


def is_pattern(pattern: str) -> bool:
    """Whether it is a regular expression that RE2 takes, in time linear in the text and in bounded memory."""
    import duckdb

    if not pattern or len(pattern) > LONGEST_PATTERN:
        return False
    with connection() as cursor:
        try:
            cursor.execute("SELECT regexp_full_match('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
    return True


def _row_count(rule: Rule, rows: int, before: int) -> RuleOutcome:
    change = 100 * (rows - before) / before if before else (0.0 if not rows else math.inf)
    least, most = rule.options.get("least"), rule.options.get("most")
    fits = (least is None or change >= least) and (most is None or change <= most)
    measured = round(change, 2) if math.isfinite(change) else None
    return RuleOutcome(rule.id, fits, 0 if fits else 1, 1, measured)


# Rules that look at one row at a time


def _by_row(
    cursor: Any, files: Sequence[str], rules: Sequence[Rule], types: Mapping[str, str]
) -> list[RuleOutcome | None]:
    """Counts of all row rules in one pass; None for the others."""
    mine = [rule for rule in rules if rule.kind in BY_ROW]
    if not mine:
        return [None] * len(rules)
    parts: list[str] = []
    values: list[Any] = []
    for at, rule in enumerate(mine):
        fails, given = _fails(cursor, rule, types, at)
        parts += [f"count(*) FILTER (WHERE {fails})", f"count({_looked_at(rule)})"]
        values += given
    counted = cursor.execute(f"SELECT {', '.join(parts)} FROM {SOURCE}", [*values, list(files)]).fetchall()[0]
    by = {id(rule): counted[2 * at : 2 * at + 2] for at, rule in enumerate(mine)}
    return [_counted(cursor, files, rule, types, *by[id(rule)]) if id(rule) in by else None for rule in rules]


def _looked_at(rule: Rule) -> str:
    return "*" if rule.kind == "not_null" else quote(rule.columns[0])


def _counted(
    cursor: Any, files: Sequence[str], rule: Rule, types: Mapping[str, str], failing: int, checked: int
) -> RuleOutcome:
    share = failing / checked if checked else 0.0
    allowed = 1 - float(rule.options.get("share", 1)) if rule.kind == "not_null" else 0.0
    numbers = [row[0] for row in _rows(cursor, files, rule, types, [], EXAMPLES, 0)] if failing else []
    return RuleOutcome(rule.id, share <= allowed + 1e-12, failing, checked, round(share, 6), numbers)


def _fails(cursor: Any, rule: Rule, types: Mapping[str, str], at: int = 0) -> tuple[str, list[Any]]:
    """The condition that a failing row meets, as SQL, and its values."""
    name = quote(rule.columns[0])
    if rule.kind == "not_null":
        return f"{name} IS NULL", []
    if rule.kind == "range":
        return _outside(rule, name, types[rule.columns[0]])
    if rule.kind == "pattern":
        return f"NOT regexp_full_match(CAST({name} AS VARCHAR), ?)", [rule.options["pattern"]]
    return f"{name} IS NOT NULL AND CAST({name} AS VARCHAR) NOT IN (SELECT v FROM {_known(cursor, rule, at)})", []


def _outside(rule: Rule, name: str, type_name: str) -> tuple[str, list[Any]]:
    ends = [(sign, rule.options.get(end)) for sign, end in (("<", "min"), (">", "max"))]
    given = [(sign, end) for sign, end in ends if end is not None]
    cast = "DOUBLE" if type_name.startswith(NUMERIC) else type_name
    parts = [f"{name} {sign} TRY_CAST(? AS {cast})" for sign, _ in given]
    return " OR ".join(parts) or "false", [end for _, end in given]


def _known(cursor: Any, rule: Rule, at: int) -> str:
    """A table of the values that a reference allows."""
    table = f"known_{at}"
    if "values" in rule.options:
        allowed = sorted({str(value) for value in rule.options["values"]})
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(?::VARCHAR[]) AS v", [allowed])
    else:
        column = quote(str(rule.options["column"]))
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT DISTINCT CAST({column} AS VARCHAR) AS v FROM {SOURCE}"
            f" WHERE {column} IS NOT NULL",
            [list(rule.options["files"])],
        )
    return table


# Rules that look at all rows together


def _alone(
    cursor: Any, files: Sequence[str], rule: Rule, types: Mapping[str, str], rows: int, before: Before | None
) -> RuleOutcome:
    if rule.kind == "unique":
        return _unique(cursor, files, rule, types)
    assert before is not None
    return _drift(cursor, files, rule, types, before)


def _keyed(rule: Rule) -> tuple[str, str]:
    """The columns of a key as SQL, and the condition that not all of them are empty."""
    names = [quote(name) for name in rule.columns]
    return ", ".join(names), " OR ".join(f"{name} IS NOT NULL" for name in names)


def _unique(cursor: Any, files: Sequence[str], rule: Rule, types: Mapping[str, str]) -> RuleOutcome:
    """Rows that share their key with another row. A key is told apart by its hash first, which holds no values."""
    key, there = _keyed(rule)
    count = f"SELECT count(*), count(DISTINCT hash({key})) FROM {SOURCE} WHERE {there}"
    checked, distinct = cursor.execute(count, [list(files)]).fetchall()[0]
    if checked == distinct:
        return RuleOutcome(rule.id, True, 0, checked, 0.0)
    groups = f"SELECT count(*) AS n FROM {SOURCE} WHERE {there} GROUP BY {key} HAVING count(*) > 1"
    failing = cursor.execute(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({groups})", [list(files)]).fetchall()[0][0]
    numbers = [row[0] for row in _rows(cursor, files, rule, types, [], EXAMPLES, 0)] if failing else []
    return RuleOutcome(rule.id, not failing, failing, checked, round(failing / checked, 6), numbers)


def repeated_rows(files: Sequence[str], columns: Sequence[str]) -> int:
    """How many rows say again, in every column, what an earlier row said."""
    with _opened(files) as (cursor, types):
        key = ", ".join(quote(name) for name in columns if name in types)
        if not key:
            return 0
        found = cursor.execute(f"SELECT count(*) - count(DISTINCT hash({key})) FROM {SOURCE}", [list(files)]).fetchall()
        return int(found[0][0])


def _drift(cursor: Any, files: Sequence[str], rule: Rule, types: Mapping[str, str], before: Before) -> RuleOutcome:
    """The population stability index of a column against the release before: 0.1 is little, 0.25 a lot."""
    name = rule.columns[0]
    old = next((column for column in before.profile if column["name"] == name), None)
    if old is None or not (old.get("histogram") or old.get("top")):
        return RuleOutcome(rule.id, None, problem="nothing_before")
    numeric = types[name].startswith(NUMERIC)
    if numeric and old.get("histogram"):
        shares = _binned(cursor, files, name, old["histogram"])
    else:
        shares = _sorted_out(cursor, files, name, old)
    if min(map(sum, shares)) < FEW:
        return RuleOutcome(rule.id, None, problem="too_few")
    measured = psi(*shares)
    fits = measured <= float(rule.options.get("most", 0.25))
    return RuleOutcome(rule.id, fits, 0 if fits else 1, 1, round(measured, 4))


def _binned(
    cursor: Any, files: Sequence[str], name: str, histogram: Sequence[Sequence[Any]]
) -> tuple[list[int], list[int]]:
    """Rows per bin of the old histogram, before and now; what lies outside of it are two bins more."""
    low, high, bins = float(histogram[0][0]), float(histogram[-1][1]), len(histogram)
    step = (high - low) / bins
    value = f"CAST({quote(name)} AS DOUBLE)"
    place = (
        f"CASE WHEN {value} < {low!r} THEN -1 WHEN {value} > {high!r} THEN {bins}"
        f" ELSE least(floor(({value} - {low!r}) / {step!r}), {bins - 1})::INTEGER END"
    )
    counted = dict(
        cursor.execute(f"SELECT {place}, count(*) FROM {SOURCE} WHERE isfinite({value}) GROUP BY 1", [list(files)])
        .fetchall()
    )  # fmt: skip
    return [0, *(int(each[2]) for each in histogram), 0], [counted.get(place, 0) for place in range(-1, bins + 1)]


def _sorted_out(cursor: Any, files: Sequence[str], name: str, old: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Rows of each of the values that were the most frequent, and of all others."""
    top = [(str(value), int(count)) for value, count in old["top"]]
    value = f"left(CAST({quote(name)} AS VARCHAR), 200)"
    wanted = ", ".join("?" for _ in top)
    counted = dict(
        cursor.execute(
            f"SELECT {value}, count(*) FROM {SOURCE} WHERE {value} IN ({wanted}) GROUP BY 1",
            [list(files), *(each for each, _ in top)],
        ).fetchall()
    )
    every = cursor.execute(f"SELECT count({quote(name)}) FROM {SOURCE}", [list(files)]).fetchall()[0][0]
    was = [count for _, count in top]
    now = [int(counted.get(each, 0)) for each, _ in top]
    held = int(old["count"]) - int(old["nulls"])
    return [*was, max(0, held - sum(was))], [*now, max(0, every - sum(now))]


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """Σ (q − p) ln(q ÷ p) over the shares of bins; never negative, 0 for equal shares, 0 when a side is empty."""
    if not sum(before) or not sum(now):
        return 0.0
    p, q = _shares(before), _shares(now)
    return max(0.0, sum((new - old) * math.log(new / old) for old, new in zip(p, q, strict=True)))


def _shares(counts: Sequence[int]) -> list[float]:
    whole = sum(counts) + SMOOTH * len(counts)
    return [(count + SMOOTH) / whole for count in counts]


# The rows that fail


def failing_rows(
    files: Sequence[str], rule: Rule, *, columns: Sequence[str], limit: int, offset: int = 0
) -> list[tuple[Any, ...]]:
    """(row number, the values of `columns` as text) of the rows that fail, in their order.

    LakeError for a rule that does not fit the table; none for rules about the table as a whole.
    """
    with _opened(files) as (cursor, types):
        problem = problem_of(rule, types)
        if problem:
            raise LakeError(problem, ko="이 판에 맞지 않는 규칙입니다.", en="The rule does not fit this release.")
        if rule.kind in ("row_count", "drift"):
            return []
        return _rows(cursor, files, rule, types, [name for name in columns if name in types], limit, offset)


def _rows(
    cursor: Any,
    files: Sequence[str],
    rule: Rule,
    types: Mapping[str, str],
    columns: Sequence[str],
    limit: int,
    offset: int,
) -> list[tuple[Any, ...]]:
    number = "n"
    while number in types:
        number += "n"
    numbered = f"SELECT row_number() OVER () AS {number}, * FROM {SOURCE}"
    shown = "".join(f", CAST(t.{quote(name)} AS VARCHAR)" for name in columns)
    if rule.kind == "unique":
        key, there = _keyed(rule)
        doubled = f"SELECT {key} FROM {SOURCE} WHERE {there} GROUP BY {key} HAVING count(*) > 1"
        same = " AND ".join(f"t.{quote(name)} IS NOT DISTINCT FROM d.{quote(name)}" for name in rule.columns)
        query, values = f"({numbered}) t JOIN ({doubled}) d ON {same}", [list(files), list(files)]
    else:
        fails, given = _fails(cursor, rule, types)
        query, values = f"({numbered}) t WHERE {fails}", [list(files), *given]
    ordered = f"SELECT t.{number}{shown} FROM {query} ORDER BY t.{number} LIMIT {limit:d} OFFSET {offset:d}"
    return list(cursor.execute(ordered, values).fetchall())
