"""Columns of periods turned into rows: every value once, empty cells kept, rows accounted as the file has them."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datadam.lake.readers import reshape

ON = [{"code": "unpivot", "applied": True}]
MONTHS = [f"2021년{month:02d}월" for month in range(1, 13)]


def written(rows: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def test_it_is_offered_and_not_done_unasked(lake):
    report = lake.one(written([["구군", *MONTHS], *[[f"{n}구", *range(n, n + 12)] for n in range(5)]]))
    found = {p.code: p.applied for p in report.proposals}
    assert found["unpivot"] is False and report.rows_reshaped == 0 and len(report.columns) == 13


def test_months_become_rows_and_the_file_s_rows_stay_accounted(lake):
    rows = [[f"{n}구", *range(n * 100, n * 100 + 12)] for n in range(5)]
    report = lake.one(written([["구군", *MONTHS], *rows]), policy=ON)
    assert [(c.name, c.type) for c in report.columns] == [("구군", "text"), ("기간", "date"), ("값", "integer")]
    assert (report.rows_read, report.rows_loaded, report.rows_reshaped, report.rows) == (5, 5, 60, 60)
    first = lake.rows(report)[:2]
    assert [(str(r["기간"]), r["값"]) for r in first] == [("2021-01-01", 0), ("2021-02-01", 1)]


def test_an_empty_cell_becomes_a_row_with_an_empty_value(lake):
    report = lake.one(written([["구군", *MONTHS], ["가구", *range(11), ""], ["나구", "", *range(11)]]), policy=ON)
    values = [row["값"] for row in lake.rows(report)]
    assert values == [*range(11), None, None, *range(11)]


def test_measures_beside_the_period_become_columns_of_their_own(lake):
    names = [f"{year}년 {what}" for year in (2020, 2021, 2022) for what in ("인구(명)", "세대")]
    report = lake.one(written([["구군", *names], ["가구", 1, 2, 3, 4, 5, 6], ["나구", 7, 8, 9, 10, 11, 12]]), policy=ON)
    assert [c.name for c in report.columns] == ["구군", "기간", "인구(명)", "세대"]
    assert report.columns[2].unit == "명"
    assert [list(row.values()) for row in lake.rows(report)][:2] == [["가구", 2020, 1, 2], ["가구", 2021, 3, 4]]


def test_quarters_are_read_as_their_first_day_and_english_names_stay_english(lake):
    header = ["district", *(f"2021Q{q}" for q in range(1, 5))]
    report = lake.one(written([header, ["a", 1, 2, 3, 4], ["b", 5, 6, 7, 8]]), policy=ON)
    assert [(c.name, c.type) for c in report.columns][1:] == [("period", "date"), ("value", "integer")]
    assert [str(row["period"]) for row in lake.rows(report)][:4] == [
        "2021-01-01",
        "2021-04-01",
        "2021-07-01",
        "2021-10-01",
    ]


def test_a_row_with_one_wrong_value_is_quarantined_whole_and_counted_once(lake):
    rows = [[f"{n}구", *range(n, n + 12)] for n in range(60)]
    rows[7][3] = rows[7][4] = "나쁨"
    report = lake.one(written([["구군", *MONTHS], *rows]), policy=ON)
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined, report.rows) == (60, 59, 1, 59 * 12)
    assert "7구" not in {row["구군"] for row in lake.rows(report)}


@pytest.mark.parametrize(
    "header",
    [
        ["구군", "2021년", "2022년"],  # too few
        ["구군", "2021년", "2022년", "2022년01월"],  # years beside months
        ["구군", "2021년 인구", "2022년 인구", "2023년 세대"],  # measures that lack periods
        ["구군", "2021년", "2021", "2022년", "2023년"],  # one period twice
        ["구군", "인구", "세대", "면적"],
    ],
)
def test_columns_that_do_not_fit_together_are_left(header):
    assert reshape.find(header) is None


def test_a_total_column_goes_when_it_is_asked(lake):
    header = ["구군", "합계", "남자", "여자"]
    rows = [[f"{n}구", n * 30 + 7, n * 10 + 3, n * 20 + 4] for n in range(1, 9)]
    asked = [{"code": "total_column", "column": "합계", "applied": True}]
    report = lake.one(written([header, *rows]), policy=asked)
    assert [c.name for c in report.columns] == ["구군", "남자", "여자"] and report.rows_loaded == 8
    kept = lake.one(written([header, *rows]), policy="apply")
    assert [c.name for c in kept.columns] == header


def test_a_total_column_goes_before_months_are_turned(lake):
    rows = [[f"{n}구", sum(range(n, n + 12)), *range(n, n + 12)] for n in range(1, 9)]
    asked = [*ON, {"code": "total_column", "applied": True}]
    report = lake.one(written([["구군", "계", *MONTHS], *rows]), policy=asked)
    assert [c.name for c in report.columns] == ["구군", "기간", "값"] and report.rows == 96


def test_a_wide_block_is_turned_in_pieces(lake, monkeypatch):
    monkeypatch.setattr(reshape, "ROWS", 25)
    rows = [[f"{n}구", *range(n, n + 12)] for n in range(41)]
    report = lake.one(written([["구군", *MONTHS], *rows]), policy=ON)
    assert (report.rows_read, report.rows_loaded, report.rows) == (41, 41, 41 * 12)
    assert [row["값"] for row in lake.rows(report)] == [n + m for n in range(41) for m in range(12)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9)), min_size=4, max_size=4), min_size=1, max_size=12
    )
)
def test_no_value_is_lost_or_doubled(make_lake, cells):
    lake = make_lake()
    header = ["이름", *(f"{year}년" for year in range(2020, 2024))]
    rows = [[f"행{n}", *("" if value is None else value for value in row)] for n, row in enumerate(cells)]
    report = lake.one(written([header, *rows]), policy=ON)
    assert report.rows_read == report.rows_loaded == len(cells)
    found = lake.rows(report)
    assert Counter((row["이름"], int(row["기간"]), row["값"]) for row in found) == Counter(
        (f"행{n}", 2020 + at, value) for n, row in enumerate(cells) for at, value in enumerate(row)
    )
