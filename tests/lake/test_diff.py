"""What changed between two versions, against the plain count of it."""

import datetime as dt
import json
from collections import Counter
from dataclasses import asdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datadam.lake.diff import diff
from datadam.lake.errors import LakeError
from datadam.lake.types import Column

KINDS = {"int64": "integer", "double": "number", "string": "text", "bool": "boolean", "date32[day]": "date"}


@pytest.fixture
def compare(tmp_path):
    def write(name, table):
        if table is None:
            return [], []
        path = tmp_path / f"{name}'s.parquet"
        pq.write_table(table, path)
        columns = [Column(field.name, KINDS.get(str(field.type), "timestamp")) for field in table.schema]
        return [str(path)], columns

    def run(old, new, key=None):
        old_files, old_columns = write("old", old)
        new_files, new_columns = write("new", new)
        return diff(old_files, new_files, old_columns or new_columns, new_columns or old_columns, key)

    return run


def markets(**changes):
    return pa.table(
        {"코드": [1, 2, 3, 4], "시장명": ["자갈치", "국제", "부평", None], "점포수": [480, 1200, 90, 10]} | changes
    )


def test_the_same_rows_in_another_order_are_no_change(compare):
    result = compare(markets(), markets().take([3, 1, 0, 2]))
    assert result.same
    assert (result.rows_old, result.rows_new, result.rows_changed) == (4, 4, None)


def test_without_a_key_a_changed_row_is_one_out_and_one_in(compare):
    result = compare(markets(), markets(점포수=[481, 1200, 90, 10]))
    assert (result.rows_added, result.rows_removed, result.rows_changed) == (1, 1, None)
    assert result.examples.added == [{"코드": 1, "시장명": "자갈치", "점포수": 481}]
    assert result.examples.removed == [{"코드": 1, "시장명": "자갈치", "점포수": 480}]


def test_with_a_key_it_is_one_changed_row_and_what_differs_is_shown(compare):
    new = pa.table({"코드": [1, 2, 3, 5], "시장명": ["자갈치", "국제시장", None, "새벽"], "점포수": [480, 1300, 90, 7]})
    result = compare(markets(), new, key=["코드"])
    assert (result.rows_added, result.rows_removed, result.rows_changed) == (1, 1, 2)
    assert result.examples.added == [{"코드": 5, "시장명": "새벽", "점포수": 7}]
    assert result.examples.removed == [{"코드": 4, "시장명": None, "점포수": 10}]
    assert result.examples.changed == [
        {
            "key": {"코드": 2},
            "before": {"시장명": "국제", "점포수": 1200},
            "after": {"시장명": "국제시장", "점포수": 1300},
        },
        {"key": {"코드": 3}, "before": {"시장명": "부평"}, "after": {"시장명": None}},
    ]


def test_a_null_is_neither_empty_nor_the_neighbours_value(compare):
    old = pa.table({"a": ["x", None, ""], "b": [None, "x", "x"]})
    new = pa.table({"a": [None, None, ""], "b": ["x", "x", None]})
    result = compare(old, new)
    assert (result.rows_added, result.rows_removed) == (2, 2)


def test_a_row_that_occurs_twice_counts_twice(compare):
    once = pa.table({"a": [1, 2]})
    result = compare(once, pa.table({"a": [1, 1, 1, 2]}))
    assert (result.rows_added, result.rows_removed) == (2, 0)
    assert compare(pa.table({"a": [1, 1, 1, 2]}), once).rows_removed == 2


def test_columns_that_came_and_went_are_told_and_rows_compared_by_the_rest(compare):
    new = markets().drop(["시장명"]).append_column("구", pa.array(["중", "중", "서", "서"]))
    result = compare(markets(), new)
    assert (result.columns_added, result.columns_removed) == (["구"], ["시장명"])
    assert (result.rows_added, result.rows_removed) == (0, 0)
    assert not result.same


def test_a_retyped_column_is_compared_by_value(compare):
    new = pa.table({"코드": ["1", "2", "3", "4"], "시장명": ["자갈치", "국제", "부평", None],
                    "점포수": [480.0, 1200.0, 90.0, 10.5]})  # fmt: skip
    result = compare(markets(), new)
    assert result.columns_retyped == [
        {"column": "코드", "old": "integer", "new": "text"},
        {"column": "점포수", "old": "integer", "new": "number"},
    ]
    assert (result.rows_added, result.rows_removed) == (1, 1)
    assert compare(markets(), new, key=["코드"]).rows_changed == 1
    words = compare(pa.table({"a": ["1", "하나"]}), pa.table({"a": [1, None]}))
    assert (words.rows_added, words.rows_removed) == (1, 1)


def test_an_empty_version_on_either_side(compare):
    assert compare(None, markets()).rows_added == 4
    assert compare(markets(), None).rows_removed == 4
    assert compare(None, markets(), key=["코드"]).rows_added == 4
    nothing = compare(pa.table({"a": [1]}), pa.table({"b": [1, 2]}))
    assert (nothing.rows_added, nothing.rows_removed) == (2, 1)


@pytest.mark.parametrize(
    ("key", "code"), [(["시장명"], "key_not_unique"), (["없음"], "no_column"), (["점포수"], "key_not_unique")]
)
def test_a_key_that_is_none_is_refused(compare, key, code):
    with pytest.raises(LakeError) as refused:
        compare(markets(점포수=[1, 1, 2, 3]), markets(), key=key)
    assert refused.value.code == code
    assert refused.value.ko and refused.value.en


def test_the_result_is_json(compare):
    moments = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None]
    old = pa.table({"k": [1, 2], "t": pa.array(moments, pa.timestamp("us", "UTC")), "n": [2**60, 1]})
    result = compare(old, old.slice(1), key=["k"])
    assert result.examples.removed == [{"k": 1, "t": "2024-01-01T09:00:00+09:00", "n": str(2**60)}]
    assert json.loads(json.dumps(asdict(result)))["rows_removed"] == 1
    assert compare(old, old.slice(1)).examples.removed == result.examples.removed


value = st.one_of(st.none(), st.sampled_from(["", "a", "b", "가"]))
row_lists = st.lists(st.tuples(value, st.one_of(st.none(), st.integers(0, 2))), max_size=12)


@given(row_lists, row_lists)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bags_agree_with_python(compare, old, new):
    def table(rows):
        return pa.table({"a": pa.array([row[0] for row in rows], pa.string()),
                         "b": pa.array([row[1] for row in rows], pa.int64())})  # fmt: skip

    result = compare(table(old), table(new))
    assert result.rows_added == (Counter(new) - Counter(old)).total()
    assert result.rows_removed == (Counter(old) - Counter(new)).total()
