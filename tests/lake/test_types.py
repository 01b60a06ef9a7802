"""What values are written like, and what becomes of them: days, hours, spans of time, figures with units."""

import datetime as dt
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from datadam.lake.inference import guess
from datadam.lake.quarantine import quarantined


def column(lake, name, values, **options):
    """One column beside another, loaded: its report's column and its values."""
    body = "".join(f'"{value}",a\n' for value in values)
    report = lake.one(f"{name},옆\n{body}".encode(), **options)
    assert (report.status, report.rows_loaded + report.rows_quarantined) == ("loaded", len(values))
    return report, [row[name] for row in lake.rows(report)]


def seoul(*parts):
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=9)))


@pytest.mark.parametrize(
    ("name", "text", "kind", "value"),
    [
        ("값", "2020년 1분기", "date", dt.date(2020, 1, 1)),
        ("값", "2017.3/4", "date", dt.date(2017, 7, 1)),
        ("값", "2020Q4", "date", dt.date(2020, 10, 1)),
        ("값", "2021년 5월", "date", dt.date(2021, 5, 1)),
        ("값", "20210503", "date", dt.date(2021, 5, 3)),
        ("값", "2021.05.03", "date", dt.date(2021, 5, 3)),
        ("값", "2021. 5. 3.", "date", dt.date(2021, 5, 3)),
        ("값", "2021.05.03(월)", "date", dt.date(2021, 5, 3)),
        ("값", "2021년 5월 3일(월요일)", "date", dt.date(2021, 5, 3)),
        ("값", "'21.5.3", "date", dt.date(2021, 5, 3)),
        ("값", "’98.05.03.", "date", dt.date(1998, 5, 3)),
        ("값", "2019-01-01 24:00", "timestamp", seoul(2019, 1, 2)),
        ("값", "2019.01.01 24:00", "timestamp", seoul(2019, 1, 2)),
        ("값", "2019/12/31 24", "timestamp", seoul(2020, 1, 1)),
        ("값", "2019-01-01 01", "timestamp", seoul(2019, 1, 1, 1)),
        ("측정일시", "2019010124", "timestamp", seoul(2019, 1, 2)),
        ("측정일시", "201901012400", "timestamp", seoul(2019, 1, 2)),
        ("측정일시", "201901010930", "timestamp", seoul(2019, 1, 1, 9, 30)),
        ("값", "2019-01-05 오전 12:00:00", "timestamp", seoul(2019, 1, 5)),
        ("값", "2019-01-05 오후 3:05", "timestamp", seoul(2019, 1, 5, 15, 5)),
        ("값", "2019-01-05 3:05 PM", "timestamp", seoul(2019, 1, 5, 15, 5)),
        ("값", "오후 3:05", "text", "15:05:00"),
        ("값", "오전 12:05:09", "text", "00:05:09"),
        ("값", "3 days 05:00:00", "integer", 3 * 86400 + 5 * 3600),
        ("값", "1일 02:30", "integer", 86400 + 9000),
        ("운행시간", "27:15", "integer", 27 * 3600 + 15 * 60),
        ("세트점수", "27:15", "text", "27:15"),
        ("값", "27:15:09", "integer", 27 * 3600 + 15 * 60 + 9),
        ("값", "1시간 25분", "integer", 5100),
        ("값", "45분", "integer", 2700),
        ("값", "2일 3시간", "integer", 2 * 86400 + 3 * 3600),
        ("소요시간", "05:30:00", "integer", 19800),
        ("Duration hours", "05:30", "integer", 19800),
        ("운행시간", "-0:30", "integer", -1800),
        ("값", "5.5%", "number", 5.5),
        ("값", "81,000 원", "integer", 81000),
        ("값", "1,200.5㎡", "number", 1200.5),
        ("값", "1998126924797077.0", "number", 1998126924797077.0),
    ],
)
def test_a_way_of_writing_becomes_its_type(lake, name, text, kind, value):
    report, values = column(lake, name, [text] * 3)
    assert (report.columns[0].type, values) == (kind, [value] * 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("값", "05:30"),  # a time of day or a span: who knows
        ("운영종료시각", "26:00"),  # two in the morning
        ("지점", "2019010124"),  # ten digits under a name that speaks of no time are a number
        ("값", "2019-01-01 24:30"),
        ("값", "2019-01-01 13:00 PM"),
        ("값", "2019-02-30 24:00"),
        ("코드", "0012"),
        ("우편번호", "48058"),
        ("값", "3번"),
        ("값", "3일"),
        ("값", "9007199254740993.5"),
    ],
)
def test_what_may_be_something_else_is_kept_as_it_is(lake, name, text):
    report, values = column(lake, name, [text] * 8)
    kept = [int(text)] * 8 if name == "지점" else [text] * 8
    assert (report.columns[0].type, values) == ("integer" if name == "지점" else "text", kept)


def test_a_span_of_time_is_seconds_with_their_unit(lake):
    report, values = column(lake, "소요", ["0:05:00", "27:15:00", "1:00:30"])
    (told,) = [each for each in report.proposals if each.code == "duration"]
    assert (report.columns[0].unit, values, told.applied) == ("s", [300, 98100, 3630], True)
    assert column(lake, "소요", ["0:05:00", "27:15:00"], policy="none")[1] == ["0:05:00", "27:15:00"]
    turned_down = [{"code": "duration", "column": "소요", "applied": False}]
    assert column(lake, "소요", ["0:05:00", "27:15:00"], policy=turned_down)[1] == ["0:05:00", "27:15:00"]


def test_a_steward_chooses_a_span_and_what_is_none_is_quarantined(lake):
    asked = [{"code": "retype", "column": "운행시간표", "type": "duration", "applied": True}]
    report, values = column(lake, "운행시간표", ["05:30", "1시간 5분", "2 days 0:00", "모름"] * 2, policy=asked)
    assert values == [19800, 3900, 172800] * 2 and (report.columns[0].type, report.columns[0].unit) == ("integer", "s")
    assert {row.reason for row in quarantined(lake.staging, report.quarantine)} == {"not_duration:운행시간표"}


def test_a_number_asked_for_is_no_span(lake):
    asked = [{"code": "retype", "column": "값", "type": "number", "applied": True}]
    report, values = column(lake, "값", ["1", "2", "3", "4", "5:30"], policy=asked)
    assert (values, report.rows_quarantined) == ([1, 2, 3, 4], 1)


def test_days_beside_points_in_time(lake):
    days = [f"2020-01-{day:02d}" for day in range(1, 29)]
    report, values = column(lake, "날", [*days, "2020-02-01 00:00:00", "2020-02-02 00:00:00"])
    assert report.columns[0].type == "date" and values[-1] == dt.date(2020, 2, 2)
    report, values = column(lake, "날", [*days, "2020-02-01 09:30:00", "2020-02-02 24:00"])
    assert values[0] == seoul(2020, 1, 1) and values[-2:] == [seoul(2020, 2, 1, 9, 30), seoul(2020, 2, 3)]


def test_a_rare_hour_24_widens_the_column(lake):
    moments = [f"2019.01.{n % 28 + 1:02d} {n % 24:02d}:00" for n in range(3000)]
    report, values = column(lake, "때", [*moments, "2019.01.31 24:00"])
    assert report.rows_quarantined == 0 and values[-1] == seoul(2019, 2, 1)


@pytest.mark.parametrize("pattern", ["{:d}", "{:02d}"])
def test_hours_from_1_to_24_are_integers_and_24_is_told(lake, pattern):
    report, values = column(lake, "시간", [pattern.format(n % 24 + 1) for n in range(48)])
    assert report.columns[0].type == "integer" and values[23] == 24
    assert ("hour_24", 2) in [(each.code, each.count) for each in report.findings]
    for others in ([*range(25)], [24, 25, 30]):
        report, _ = column(lake, "시간", others)
        assert "hour_24" not in {each.code for each in report.findings}


def test_a_sheet_of_hours_tells_its_24_too(lake):
    report = lake.one(workbook([["측정일", "시"], *([dt.date(2020, 1, 1), hour] for hour in range(1, 25))]))
    assert ("hour_24", 1) in [(each.code, each.count) for each in report.findings]


def workbook(rows, *, since_1904=False):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    if since_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(out)
    return out.getvalue()


def test_day_numbers_of_a_spreadsheet_are_dates_under_a_clear_name(lake):
    report, values = column(lake, "준공일자", ["43831", "43832", "44000.0"])
    assert values == [dt.date(2020, 1, 1), dt.date(2020, 1, 2), dt.date(2020, 6, 18)]
    assert [(p.code, p.applied) for p in report.proposals] == [("excel_serial", True)]


def test_day_numbers_that_are_not_sure_are_only_offered(lake):
    report, values = column(lake, "기준일시", ["43831.5", "43832.25"])
    assert values == [43831.5, 43832.25]
    assert ("excel_serial", False) in [(p.code, p.applied) for p in report.proposals]
    wanted = [{"code": "excel_serial", "column": "기준일시", "applied": True}]
    report, values = column(lake, "기준일시", ["43831.5", "43832.25"], policy=wanted)
    assert values == [seoul(2020, 1, 1, 12), seoul(2020, 1, 2, 6)]


@pytest.mark.parametrize(("name", "values"), [("준공일자", [43831, 9]), ("면적", [43831, 43832]), ("일자", [60000])])
def test_numbers_that_are_no_days_stay_numbers(lake, name, values):
    report, found = column(lake, name, values)
    assert found == values and not {"excel_serial"} & {p.code for p in report.proposals}


def test_a_later_number_that_is_no_day_makes_all_of_them_numbers(lake):
    values = [43831 + n % 1000 for n in range(60_000)] + [7] * 2000
    _, found = column(lake, "준공일자", values)
    assert found == values


@pytest.mark.parametrize(("since_1904", "day"), [(False, dt.date(2020, 1, 1)), (True, dt.date(2024, 1, 2))])
def test_a_workbook_says_from_when_its_days_count(lake, since_1904, day):
    report = lake.one(workbook([["등록일자", "값"], [43831, 1], [43831, 2]], since_1904=since_1904))
    assert [row["등록일자"] for row in lake.rows(report)] == [day, day]


@pytest.mark.parametrize(("since_1904", "day"), [(False, dt.date(2020, 1, 1)), (True, dt.date(2024, 1, 2))])
def test_an_old_workbook_says_it_too(lake, since_1904, day):
    book, out = xlwt.Workbook(), io.BytesIO()
    book.dates_1904 = since_1904
    sheet = book.add_sheet("표")
    for row, cells in enumerate([["등록일자", "값"], [43831, 1], [43831, 2]]):
        for at, value in enumerate(cells):
            sheet.write(row, at, value)
    book.save(out)
    report = lake.one(out.getvalue())
    assert [row["등록일자"] for row in lake.rows(report)] == [day, day]


def test_spans_that_a_file_knows_as_such(lake):
    spans = [dt.timedelta(hours=5, minutes=30), dt.timedelta(days=1, hours=3)]
    parquet = io.BytesIO()
    pq.write_table(pa.table({"걸림": pa.array(spans, pa.duration("us")), "값": [1, 2]}), parquet)
    for content in (parquet.getvalue(), workbook([["걸림", "값"], *([span, 1] for span in spans)])):
        report = lake.one(content)
        assert [row["걸림"] for row in lake.rows(report)] == [19800, 97200]
        assert report.columns[0].unit == "s"


def test_figures_with_different_units_stay_text():
    assert guess("값", ["1 km", "2 m"], exact=False).code == "text"
    assert guess("값", ["1,000원", "2,000원"], exact=False).unit == "원"


@pytest.mark.parametrize(
    ("name", "written", "loaded"),
    [
        (
            "측정일",
            ["2021.05.03", "04", "05", "2021.06.01", "02"],
            [(2021, 5, 3), (2021, 5, 4), (2021, 5, 5), (2021, 6, 1), (2021, 6, 2)],
        ),
        ("측정일", ["2021.5.3", *map(str, range(4, 28))], [(2021, 5, day) for day in range(3, 28)]),
        ("측정일", ["2021-12-30", "12.31", "2022-01-01"], [(2021, 12, 30), (2021, 12, 31), (2022, 1, 1)]),
        ("날", ["2021년 5월 3일", "4일", "6월 1일"], [(2021, 5, 3), (2021, 5, 4), (2021, 6, 1)]),
        ("월", ["2021년 5월", "6월", "7월"], [(2021, 5, 1), (2021, 6, 1), (2021, 7, 1)]),
    ],
)
def test_shortened_dates_are_completed_from_the_last_full_one(lake, name, written, loaded):
    report, values = column(lake, name, written)
    assert values == [dt.date(*parts) for parts in loaded]
    assert ("half_dates", True) in [(p.code, p.applied) for p in report.proposals]


def test_shortened_years_are_completed(lake):
    assert column(lake, "연도", ["1998", "99", "00", "2001", "02"])[1] == [1998, 1999, 2000, 2001, 2002]
    report = lake.one("연도,구군,값\n2019,중구,1\n,서구,2\n20,중구,3\n,서구,4\n21,중구,5\n,서구,6\n".encode())
    assert [row["연도"] for row in lake.rows(report)] == [2019, 2019, 2020, 2020, 2021, 2021]


@pytest.mark.parametrize(
    "written",
    [
        ["2021.5.30", "31", "1", "2", *map(str, range(3, 28))] * 4,  # the month went on unsaid
        ["2021.5.30", "31", "32"],
        ["2021.02.27", "28", "29"],
    ],
)
def test_shortened_dates_that_are_not_sure_stay_the_texts_they_are(lake, written):
    report, values = column(lake, "측정일", written)
    assert values == written and report.rows_quarantined == 0
    assert ("half_dates", False) in [(p.code, p.applied) for p in report.proposals]


def test_shortened_dates_are_completed_over_the_ends_of_blocks(lake):
    rows = [["측정일", "값"], ["2021.05.03", 1], *(["04", n] for n in range(60_000)), ["05", 2]]
    assert "half_dates" in {each.code for each in lake.one(workbook(rows)).proposals if not each.applied}  # too long
    report = lake.one(workbook(rows), policy=[{"code": "half_dates", "column": "측정일", "applied": True}])
    values = [row["측정일"] for row in lake.rows(report)]
    assert (values[0], values[30_000], values[-1]) == (dt.date(2021, 5, 3), dt.date(2021, 5, 4), dt.date(2021, 5, 5))


@pytest.mark.parametrize("values", [[2019, 20, 21], [2019, 2020, 2021], ["2021.05.03", "04"]])
def test_nothing_is_completed_that_is_no_date_or_not_wanted(lake, values):
    name, policy = ("값", "apply") if values[-1] != "04" else ("측정일", "none")
    assert column(lake, name, values, policy=policy)[1] == values


@pytest.mark.parametrize(
    ("line", "header", "units"),
    [
        ("(단위: 개소, 명)", "구군,시설수,이용자수", {"시설수": "개소", "이용자수": "명"}),
        ("(단위 : 명, 천원, %)", "구군,갑,을,병", {"갑": "명", "을": "천원", "병": "%"}),
        ("(단위: 명, %)", "구군,인구,여성 인구,증가율", {"인구": "명", "여성 인구": "명", "증가율": "%"}),
        ("(단위: %, 명)", "구군,인구,증가율", {"인구": "명", "증가율": "%"}),
        ("(단위: 명, %)", "구군,연도,인구,증가율", {"인구": "명", "증가율": "%"}),
        ("(단위: 명, 천원)", "구군,갑,을,병", {}),  # two units, three columns without a word of theirs
        ("(단위: 명, 별표)", "구군,인구,갑", {}),
    ],
)
def test_several_units_in_one_line_go_to_the_columns_whose_they_are(lake, line, header, units):
    width = header.count(",")
    body = [[name, *(2001 + n * 7 + at for at in range(width))] for n, name in enumerate("가나다라")]
    lines = [["부산 현황", *[""] * width], [*[""] * width, f'"{line}"'], header.split(","), *body]
    text = "".join(",".join(map(str, row)) + "\n" for row in lines)
    sheet = [["부산 현황"], [*[""] * width, line], header.split(","), *body]
    for content in (text.encode(), workbook(sheet)):
        report = lake.one(content)
        assert {column.name: column.unit for column in report.columns if column.unit} == units
        assert [p.applied for p in report.proposals if p.code == "unit"] == [bool(units)]
    off = lake.one(text.encode(), policy=[{"code": "unit", "applied": False}])
    assert not any(column.unit for column in off.columns)


def test_whole_numbers_of_a_workbook_or_of_json_are_days_where_their_name_says_so(lake):
    rows = [{"생성일자": 20230501 + n, "기준연월": 202301 + n, "지번": 20230501 + n} for n in range(5)]
    report = lake.one(json.dumps(rows, ensure_ascii=False).encode())
    assert {c.name: c.type for c in report.columns}["생성일자"] == "date"
    assert {c.name: c.type for c in report.columns}["기준연월"] == "date"
    assert lake.rows(report)[0]["생성일자"] == dt.date(2023, 5, 1) and lake.rows(report)[0]["지번"] == 20230501
    kept = lake.one(json.dumps(rows).encode(), policy=[{"code": "date", "column": "생성일자", "applied": False}])
    assert lake.rows(kept)[0]["생성일자"] == 20230501


def test_whole_numbers_that_are_no_days_stay_numbers(lake):
    report = lake.one(json.dumps([{"처리일자": n} for n in (20230501, 20231399, 0)]).encode())
    assert [column.type for column in report.columns] == ["integer"]
