"""Quality rules: counted as plain Python counts them, every failing row numbered, and nothing raised for misfits."""

import re
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError
from datadam.lake.rules import Before, Rule, check_rules, failing_rows, is_pattern, psi, repeated_rows


@pytest.fixture
def table(tmp_path):
    """Writes columns as one Parquet file, or as several of a few rows each."""

    def write(columns, rows_per_file=None):
        whole = pa.table(columns)
        size = rows_per_file or max(1, whole.num_rows)
        paths = []
        for at in range(0, max(1, whole.num_rows), size):
            path = tmp_path / f"part-{at:06d}.parquet"
            pq.write_table(whole.slice(at, size), path)
            paths.append(str(path))
        return paths

    return write


def one(files, rule, rows, before=None):
    return check_rules(files, [rule], rows=rows, before=before)[0]


def test_each_kind_counts_its_failing_rows_over_all_files(table):
    files = table(
        {
            "id": [1, 2, 2, 4, None, 6],
            "구군": ["해운대구", "수영구", "수영", None, "동래구", "해운대"],
            "값": [1.0, -5.0, 3.0, 1000.0, None, 6.0],
            "code": ["A-1", "A-2", "x", "A-4", None, "A-6"],
        },
        rows_per_file=2,
    )
    rules = [
        Rule("unique", ("id",), id=1),
        Rule("not_null", ("구군",), id=2),
        Rule("range", ("값",), {"min": 0, "max": 100}, id=3),
        Rule("reference", ("구군",), {"values": ["해운대구", "수영구", "동래구"]}, id=4),
        Rule("pattern", ("code",), {"pattern": r"A-\d"}, id=5),
        Rule("row_count", (), {"least": -10, "most": 10}, id=6),
    ]
    found = check_rules(files, rules, rows=6, before=Before(5))
    assert [(f.rule, f.passed, f.failing, f.checked, f.rows) for f in found] == [
        (1, False, 2, 5, [2, 3]),
        (2, False, 1, 6, [4]),
        (3, False, 2, 5, [2, 4]),
        (4, False, 2, 5, [3, 6]),
        (5, False, 1, 5, [3]),
        (6, False, 1, 1, []),
    ]
    assert found[5].measured == 20.0


def test_a_reference_may_be_a_column_of_another_table(table, tmp_path):
    known = tmp_path / "known.parquet"
    pq.write_table(pa.table({"code": [1, 2, 3]}), known)
    rule = Rule("reference", ("c",), {"files": [str(known)], "column": "code"})
    found = one(table({"c": ["1", "2", "9", None]}), rule, 4)
    assert (found.passed, found.failing, found.checked, found.rows) == (False, 1, 3, [3])


def test_some_empty_cells_may_be_allowed(table):
    files = table({"a": [1, None, 3, 4]})
    assert one(files, Rule("not_null", ("a",), {"share": 0.75}), 4).passed is True
    assert one(files, Rule("not_null", ("a",), {"share": 0.9}), 4).passed is False


def test_a_key_of_several_columns_is_unique_as_a_whole(table):
    files = table({"a": [1, 1, 2, None, None], "b": ["x", "y", "x", None, None]})
    assert one(files, Rule("unique", ("a", "b")), 5).passed is True
    twice = table({"a": [1, 1, None], "b": [None, None, "z"]})
    assert one(twice, Rule("unique", ("a", "b")), 3).rows == [1, 2]


def test_dates_have_ranges_too(table):
    import datetime as dt

    files = table({"d": [dt.date(2020, 1, 1), dt.date(1900, 1, 1), None]})
    found = one(files, Rule("range", ("d",), {"min": "2000-01-01", "max": "2030-12-31"}), 3)
    assert (found.failing, found.rows) == (1, [2])


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Rule("range", ("none",), {"min": 0}), "no_column"),
        (Rule("range", ("t",), {"min": 0}), "not_ordered"),
        (Rule("pattern", ("t",), {"pattern": "["}), "bad_pattern"),
        (Rule("pattern", ("t",), {"pattern": "(a{1000}){1000}"}), "bad_pattern"),
        (Rule("reference", ("t",), {}), "no_reference"),
        (Rule("row_count", (), {"least": 0}), "nothing_before"),
        (Rule("drift", ("t",), {}), "nothing_before"),
    ],
)
def test_a_rule_that_does_not_fit_is_told_and_not_raised(table, rule, problem):
    files = table({"t": ["a", "b"]})
    found = one(files, rule, 2)
    assert (found.passed, found.problem) == (None, problem)
    if problem not in ("nothing_before",):
        with pytest.raises(LakeError) as refusal:
            failing_rows(files, rule, columns=["t"], limit=5)
        assert refusal.value.code == problem


def test_column_names_are_never_taken_for_sql(table):
    name = 'a"; DROP TABLE x; --'
    files = table({name: [1, None], "n": [1, 2]})
    assert one(files, Rule("not_null", (name,)), 2).rows == [2]
    assert failing_rows(files, Rule("not_null", (name,)), columns=["n"], limit=5) == [(2, "2")]


def test_a_table_without_rows_fails_nothing(table):
    files = table({"a": pa.array([], pa.int64())})
    assert one(files, Rule("not_null", ("a",)), 0).passed is True


def profile_of(values, top=()):
    low, high = min(values), max(values)
    step = (high - low) / 20
    counts = [0] * 20
    for value in values:
        counts[min(int((value - low) / step), 19)] += 1
    bins = [(low + i * step, low + (i + 1) * step, counts[i]) for i in range(20)]
    return {"name": "x", "count": len(values), "nulls": 0, "histogram": bins, "top": list(top)}


def test_a_shifted_column_drifts_and_an_equal_one_does_not(table):
    values = [float(i % 100) for i in range(2000)]
    before = Before(2000, [profile_of(values)])
    same = one(table({"x": values}), Rule("drift", ("x",)), 2000, before)
    assert same.passed is True and same.measured < 0.01
    moved = one(table({"x": [v * 1.8 for v in values]}), Rule("drift", ("x",)), 2000, before)
    assert moved.passed is False and moved.measured > 0.25


def test_categories_drift_by_their_shares(table):
    old = {"name": "x", "count": 1000, "nulls": 0, "top": [("a", 900), ("b", 100)], "histogram": []}
    now = table({"x": ["a"] * 300 + ["b"] * 300 + ["c"] * 400})
    found = one(now, Rule("drift", ("x",)), 1000, Before(1000, [old]))
    assert found.passed is False
    few = one(table({"x": ["a"] * 5}), Rule("drift", ("x",)), 5, Before(1000, [old]))
    assert few.problem == "too_few"


def test_rows_said_twice_are_counted(table):
    assert repeated_rows(table({"a": [1, 1, 1, 2], "b": ["x", "x", "x", "x"]}), ["a", "b"]) == 2


@given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=40), st.integers(-60, 60), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_plain_python(tmp_path_factory, values, low, width):
    path = tmp_path_factory.mktemp("t") / "a.parquet"
    pq.write_table(pa.table({"a": pa.array(values, pa.int64())}), path)
    rules = [
        Rule("range", ("a",), {"min": low, "max": low + width}),
        Rule("not_null", ("a",)),
        Rule("unique", ("a",)),
        Rule("pattern", ("a",), {"pattern": r"\d+"}),
    ]
    there = [v for v in values if v is not None]
    wanted = [
        sum(not low <= v <= low + width for v in there),
        len(values) - len(there),
        sum(there.count(v) > 1 for v in there),
        sum(not re.fullmatch(r"\d+", str(v)) for v in there),
    ]
    found = check_rules([str(path)], rules, rows=len(values))
    assert [f.failing for f in found] == wanted
    for rule, outcome in zip(rules, found, strict=True):
        listed = failing_rows([str(path)], rule, columns=["a"], limit=100)
        assert len(listed) == outcome.failing and [n for n, _ in listed][:20] == outcome.rows
        assert all(str(values[n - 1]) == shown for n, shown in listed if shown is not None)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30), st.data())
def test_psi_is_never_negative_and_nothing_for_equal_shares(before, data):
    now = data.draw(st.lists(st.integers(0, 1000), min_size=len(before), max_size=len(before)))
    assert psi(before, now) >= 0
    assert psi(before, before) == 0


def test_twenty_rules_over_a_million_rows_take_a_couple_of_seconds(tmp_path):
    import duckdb

    path = tmp_path / "big.parquet"
    duckdb.sql(
        "SELECT range AS id, (range % 16)::VARCHAR AS g, 'A-' || range AS code, (range % 1000) / 10 AS x,"
        " CASE WHEN range % 50 = 0 THEN NULL ELSE range % 7 END AS n FROM range(1000000)"
    ).write_parquet(str(path))
    rules = [Rule("unique", ("id",)), Rule("unique", ("code",)), Rule("unique", ("g", "id"))]
    rules += [Rule("not_null", (c,)) for c in ("id", "g", "code", "x", "n")]
    rules += [Rule("range", ("x",), {"min": i, "max": 99.9}) for i in range(4)]
    rules += [Rule("reference", ("g",), {"values": [str(i) for i in range(k)]}) for k in (14, 15, 16)]
    rules += [Rule("pattern", ("code",), {"pattern": rf"A-\d{{1,{k}}}"}) for k in (4, 5, 6)]
    rules += [Rule("range", ("n",), {"max": 5}), Rule("row_count", (), {"most": 1})]
    started = time.perf_counter()
    found = check_rules([str(path)], rules, rows=1_000_000, before=Before(1_000_000))
    seconds = time.perf_counter() - started
    assert len(found) == 20 and all(f.passed is not None for f in found)
    assert found[4].failing == 0 and found[7].failing == 20_000
    assert seconds < 15  # 1 to 2 seconds on two idle cores


def test_only_patterns_that_re2_takes_are_patterns():
    assert is_pattern(r"[가-힣]+구") and is_pattern(r"\d{5}")
    assert not any(map(is_pattern, ["", "(", "a(?=b)", "x" * 301]))
