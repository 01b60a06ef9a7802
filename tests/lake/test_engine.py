"""Previews, charts and maps of tables written as the lake writes them."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake import engine
from datadam.lake.errors import LakeError
from datadam.lake.types import Column, ColumnProfile

KST = dt.timezone(dt.timedelta(hours=9))
NAMES = ["자갈치", "국제", "부평", "구덕", "해운대", "Gijang", None]


def moment(day, hour):
    return dt.datetime(2024, 1, day, hour, tzinfo=KST)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Seven markets in two files, in this order."""
    table = pa.table(
        {
            "시장명": NAMES,
            "구": ["중구", "중구", "중구", "서구", "해운대구", "기장군", "서구"],
            "점포수": pa.array([480, 1200, None, 90, 300, 90, 10], pa.int64()),
            "큰수": pa.array([2**53, -(2**53), 2**53 - 1, 1, 2, 3, 4], pa.int64()),
            "비율": [0.5, float("nan"), 1.5, float("inf"), 3.0, None, 7.25],
            "기준일": [dt.date(2024, 1, day) for day in range(1, 8)],
            "시각": pa.array(
                [moment(1, 0), moment(1, 23), *(moment(day, 9) for day in range(2, 7))], pa.timestamp("us", "UTC")
            ),
            "개장": pa.array([dt.time(9, 30)] * 7, pa.time64("us")),
            "인증": [True, False, None, True, True, False, True],
            'a"b': [f"{n}%" for n in range(7)],
            "주민번호": [f"SECRET{n}" for n in range(7)],
        }
    )
    folder = tmp_path_factory.mktemp("lake")
    pq.write_table(table.slice(0, 4), folder / "part-00000.parquet")
    pq.write_table(table.slice(4), folder / "part-00001.parquet")
    return [str(folder / "part-00000.parquet"), str(folder / "part-00001.parquet")]


def names(page):
    return [row[page.columns.index("시장명")] for row in page.rows]


def test_a_page_comes_in_file_order_with_the_total(files):
    page = engine.preview(files, limit=3, offset=3)
    assert names(page) == ["구덕", "해운대", "Gijang"]
    assert page.total == 7
    assert engine.preview(files[::-1], limit=2).rows[0][0] == "해운대"
    assert engine.preview(files, offset=99).rows == []


def test_values_are_what_json_can_carry(files):
    page = engine.preview(files, limit=2)
    row = dict(zip(page.columns, page.rows[1], strict=True))
    assert row["큰수"] == str(-(2**53))
    assert row["비율"] is None
    assert row["기준일"] == "2024-01-02"
    assert row["시각"] == "2024-01-01T23:00:00+09:00"
    assert row["개장"] == "09:30:00"
    assert row["인증"] is False
    assert engine.preview(files, columns=["큰수"], offset=2, limit=1).rows == [[2**53 - 1]]
    json.dumps(engine.preview(files).rows, allow_nan=False)


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("점포수", False, ["Gijang", "구덕"]),
        ("점포수", True, ["국제", "자갈치"]),
        ("시장명", True, ["해운대", "자갈치"]),
        ("시각", True, [None, "Gijang"]),
    ],
)
def test_sorting_puts_nulls_last_and_ties_in_file_order(files, sort, descending, expected):
    rows = names(engine.preview(files, sort=sort, descending=descending, limit=7))
    if sort == "점포수" and not descending:
        assert rows == [None, "구덕", "Gijang", "해운대", "자갈치", "국제", "부평"]
    else:
        assert rows[:2] == expected


FILTERS = [
    (("구", "eq", "중구"), 3),
    (("구", "contains", "해운"), 1),
    (("시장명", "contains", "GIJ"), 1),
    (("시장명", "contains", "%"), 0),
    (("시장명", "contains", "' OR 1=1 --"), 0),
    (("시장명", "isnull", None), 1),
    (("시장명", "notnull", ""), 6),
    (("점포수", "gte", "300"), 3),
    (("점포수", "gte", "1,200"), 1),
    (("점포수", "lte", 90), 3),
    (("점포수", "eq", "480"), 1),
    (("점포수", "contains", "80"), 1),
    (("비율", "gte", "1.5"), 5),  # the engine orders NaN and infinity above every number
    (("기준일", "eq", "2024-01-03"), 1),
    (("기준일", "gte", "2024.1.6"), 2),
    (("기준일", "lte", "20240102"), 2),
    (("시각", "eq", "2024-01-01"), 2),
    (("시각", "lte", "2024-01-01"), 2),
    (("시각", "gte", "2024-01-02"), 5),
    (("시각", "gte", "2024-01-01 23:00"), 6),
    (("시각", "eq", "2024-01-01 23:00"), 1),
    (("개장", "eq", "09:30"), 7),
    (("인증", "eq", "true"), 4),
    (('a"b', "eq", "3%"), 1),
    (('a"b', "contains", "%"), 7),
]


@pytest.mark.parametrize(("condition", "count"), FILTERS)
def test_filters_count_and_show_the_same_rows(files, condition, count):
    page = engine.preview(files, filters=[condition])
    assert (page.total, len(page.rows)) == (count, count)


def test_filters_hold_together(files):
    page = engine.preview(
        files, filters=[("구", "eq", "중구"), ("점포수", "notnull", "")], sort="점포수", descending=True
    )
    assert names(page) == ["국제", "자갈치"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"filters": [("없음", "eq", "1")]}, "no_column"),
        ({"filters": [("구", "regexp", "1")]}, "filter_operator"),
        ({"filters": [("점포수", "eq", "많음")]}, "filter_value"),
        ({"filters": [("기준일", "gte", "2024-13-45")]}, "filter_value"),
        ({"sort": "없음"}, "no_column"),
        ({"columns": ["없음"]}, "no_column"),
        ({"row_filter": {"없음": [1]}}, "no_column"),
        ({"columns": ["구"], "sort": "주민번호"}, "no_column"),
        ({"columns": ["구"], "filters": [("주민번호", "contains", "SECRET1")]}, "no_column"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_both_languages(files, request_, code):
    with pytest.raises(LakeError) as refused:
        engine.preview(files, **request_)
    assert refused.value.code == code
    assert refused.value.ko and refused.value.en


def test_a_row_filter_holds_even_on_a_hidden_column(files):
    page = engine.preview(files, columns=["시장명"], row_filter={"주민번호": ["SECRET1", "SECRET3"]})
    assert (page.rows, page.total) == ([["국제"], ["구덕"]], 2)
    assert engine.preview(files, row_filter={"점포수": ["90"], "구": ["서구", "중구"]}).total == 1
    assert engine.preview(files, row_filter={"점포수": []}).total == 0
    assert engine.preview(files, row_filter={"점포수": ["많음", None]}).total == 0


def test_several_threads_read_at_once(files):
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda n: engine.preview(files, offset=n, limit=1), [0, 1, 2, 3] * 5))
    assert [names(page) for page in pages] == [[name] for name in NAMES[:4]] * 5


def test_a_version_without_files_is_an_empty_page():
    assert engine.preview([], columns=["a"]) == engine.Page(["a"], [], 0)


def test_a_table_may_have_columns_named_like_the_engines_own(tmp_path):
    pq.write_table(pa.table({"file_row_number": [3, 1], "filename": ["x", "y"]}), tmp_path / "a.parquet")
    page = engine.preview([str(tmp_path / "a.parquet")], sort="file_row_number")
    assert page.rows == [[1, "y"], [3, "x"]]


def profile(name, type_, count=100, nulls=0, distinct=50, low=None, high=None, quantiles=()):
    return ColumnProfile(name, type_, count, nulls, distinct, True, low, high, quantiles=list(quantiles))


def suggest(*profiles):
    return engine.suggest_chart([Column(entry.name, entry.type) for entry in profiles], list(profiles))


DAYS = profile("기준일", "date", low="2024-01-01", high="2024-03-31")
GU = profile("구", "text", distinct=16)
SHOPS = profile("점포수", "integer", low=1, high=5000)
CODE = profile("행정동코드", "integer", low=1, high=99)


@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        ([GU, CODE, DAYS, SHOPS], engine.ChartPlan("line", "기준일", "점포수", "sum", "day")),
        ([DAYS], engine.ChartPlan("line", "기준일", None, "count", "day")),
        ([CODE, GU, SHOPS], engine.ChartPlan("bar", "구", "점포수", "sum")),
        ([GU, profile("평균기온", "number", low=1, high=9)], engine.ChartPlan("bar", "구", "평균기온", "mean")),
        ([GU, profile("순", "integer", distinct=100, low=1, high=100)], engine.ChartPlan("bar", "구")),
        ([GU, CODE], engine.ChartPlan("bar", "구")),
        ([profile("구군코드", "text", distinct=16), GU], engine.ChartPlan("bar", "구")),
        ([profile("구군코드", "text", distinct=16)], engine.ChartPlan("bar", "구군코드")),
        ([profile("이름", "text", distinct=90), SHOPS], engine.ChartPlan("histogram", "점포수")),
        ([profile("이름", "text", distinct=90), CODE], None),
        ([profile("구", "text", distinct=1)], None),
        (
            [profile("기준일", "date", distinct=1, low="2024-01-01", high="2024-01-01"), GU],
            engine.ChartPlan("bar", "구"),
        ),
        ([profile("기준일", "date", nulls=90, low="2024-01-01", high="2024-03-01"), GU], engine.ChartPlan("bar", "구")),
        ([], None),
    ],
)
def test_an_honest_chart_is_suggested(profiles, expected):
    assert suggest(*profiles) == expected


@pytest.mark.parametrize(
    ("type_", "low", "high", "unit"),
    [
        ("timestamp", "2024-01-01T00:00:00+09:00", "2024-01-03T00:00:00+09:00", "hour"),
        ("date", "2024-01-01", "2024-01-03", "day"),
        ("date", "2015-01-01", "2024-12-31", "month"),
        ("date", "1900-01-01", "2024-12-31", "year"),
    ],
)
def test_the_unit_of_time_fits_the_span(type_, low, high, unit):
    assert suggest(profile("t", type_, low=low, high=high)).unit == unit


def test_columns_that_the_reader_may_not_see_are_in_no_chart():
    assert engine.suggest_chart([{"name": "구", "type": "text"}], [vars(GU), vars(DAYS)]) == engine.ChartPlan(
        "bar", "구"
    )


def test_a_line_adds_up_by_korean_days(files):
    rows = engine.chart_rows(files, engine.ChartPlan("line", "시각", "점포수", "sum", "day"))
    assert rows[:2] == [{"x": "2024-01-01T00:00:00", "y": 1680.0}, {"x": "2024-01-02T00:00:00", "y": None}]
    rows = engine.chart_rows(files, engine.ChartPlan("line", "기준일", None, "count", "month"))
    assert rows == [{"x": "2024-01-01T00:00:00", "y": 7}]


def test_bars_are_sorted_and_respect_the_row_filter(files):
    plan = engine.ChartPlan("bar", "구", "점포수", "sum")
    assert [row["x"] for row in engine.chart_rows(files, plan)] == ["중구", "해운대구", "서구", "기장군"]
    assert engine.chart_rows(files, plan, row_filter={"구": ["서구"]}) == [{"x": "서구", "y": 100.0}]


def test_a_histogram_holds_every_finite_row(files):
    rows = engine.chart_rows(files, engine.ChartPlan("histogram", "점포수", bins=4))
    assert sum(row["y"] for row in rows) == 6
    assert rows[0]["low"] == 10 and rows[-1]["high"] == 1200
    assert sum(row["y"] for row in engine.chart_rows(files, engine.ChartPlan("histogram", "비율"))) == 4


@pytest.mark.parametrize(
    ("plan", "title", "english"),
    [
        (engine.ChartPlan("line", "시각", "점포수", "sum", "month"), "월별 점포수 합계", "점포수 total by month"),
        (engine.ChartPlan("line", "시각", None, "count", "day"), "일별 건수", "number of rows by day"),
        (engine.ChartPlan("bar", "구", "비율", "mean"), "구별 비율 평균", "비율 mean by 구"),
        (engine.ChartPlan("histogram", "점포수"), "점포수 분포", "Distribution of 점포수"),
    ],
)
def test_the_title_says_what_is_drawn_and_the_spec_draws(files, plan, title, english):
    import vl_convert

    spec = engine.chart(files, plan)
    assert spec["title"] == title
    assert engine.chart(files, plan, language="en")["title"] == english
    assert len(spec["data"]["values"]) <= 500
    assert "<svg" in vl_convert.vegalite_to_svg(json.dumps(spec))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    count = 5000
    table = pa.table(
        {
            "정류장명": [f"정류장 {n}" for n in range(count)],
            "위도": [35.0 + n / 10000 if n % 50 else 0.0 for n in range(count)],
            "경도": [129.0 + n / 10000 if n % 50 else 0.0 for n in range(count)],
            "구": ["중구" if n < 10 else "서구" for n in range(count)],
        }
    )
    path = tmp_path_factory.mktemp("map") / "p.parquet"
    pq.write_table(table, path)
    return [str(path)]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("위도", "경도"), ("lat", "lng"), ("Latitude", "Longitude"), ("Y좌표", "X좌표"), ("y", "x")],
)
def test_coordinates_are_found_by_name_and_place(latitude, longitude):
    north = profile(latitude, "number", low=0, high=35.4, quantiles=[35, 35.1, 35.1, 35.2, 35.3])
    east = profile(longitude, "number", low=0, high=129.3, quantiles=[128.9, 129, 129, 129.1, 129.2])
    names = [profile("정류장명", "text"), east, north]
    found = engine.find_coordinates([Column(entry.name, entry.type) for entry in names], names)
    assert found == engine.Coordinates(latitude, longitude, "정류장명")
    elsewhere = [profile(latitude, "number", low=190000, high=200000), east]
    assert engine.find_coordinates([vars(entry) for entry in elsewhere], [vars(entry) for entry in elsewhere]) is None
    assert engine.find_coordinates([Column(latitude, "number")], names) is None


def test_points_are_sampled_the_same_way_each_time_and_strays_are_counted(places):
    shown = engine.map_points(places, "위도", "경도", "정류장명", limit=1000)
    assert shown == engine.map_points(places, "위도", "경도", "정류장명", limit=1000)
    assert (shown.total, shown.outside) == (4900, 100)
    assert 900 <= len(shown.points) <= 1000
    assert shown.points[0] == {"lat": 35.0001, "lon": 129.0001, "label": "정류장 1"}
    assert shown.bounds == pytest.approx((129.0001, 35.0001, 129.4999, 35.4999))
    few = engine.map_points(places, "위도", "경도", row_filter={"구": ["중구"]})
    assert (few.total, few.points[0]["label"]) == (9, None)
    assert engine.map_points([], "위도", "경도").bounds is None


def test_a_place_that_comes_every_day_is_one_point(tmp_path):
    days = pa.table({"일": list(range(90)), "위도": [35.1, 35.2, 35.3] * 30, "경도": [129.0, 129.1, 129.2] * 30})
    pq.write_table(days, tmp_path / "days.parquet")
    points = engine.map_points([str(tmp_path / "days.parquet")], "위도", "경도")
    assert (points.total, len(points.points)) == (3, 3)
