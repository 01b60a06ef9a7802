"""Delimited text as offices write it, and the promise that nothing is lost or read askew."""

import csv
import datetime as dt
import io
import json
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from datadam.lake import intake
from datadam.lake.quarantine import quarantined

ENCODINGS = ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"]
KOREAN = "가각갂똠펲샾힣해운대구부산ㄱㅏ漢字"
TEXT = st.text(st.one_of(st.sampled_from(KOREAN), st.sampled_from("abcXYZ019 ,;\t|\"'\n-./+eE%원")), max_size=12)
NAMES = st.lists(st.text(st.sampled_from("가나다라abc구군명"), min_size=1, max_size=6), min_size=2, max_size=6)


def written(rows, delimiter=",", encoding="utf-8", quoting=csv.QUOTE_MINIMAL, end="\r\n"):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding)


def as_text(value):
    """A value as the file would hold it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else repr(value) if isinstance(value, float) else str(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=NAMES,
    data=st.data(),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    line_end=st.sampled_from(["\n", "\r", "\r\n", "\u2028", "\x0b"]),
)
def test_any_table_comes_back_equal_when_nothing_may_be_proposed(
    make_lake, names, data, delimiter, encoding, quoting, end, line_end
):
    names = list({name.casefold(): name for name in names}.values())
    assume(len(names) > 1)
    cell = st.one_of(
        TEXT,
        st.integers(-(10**14), 10**14).map(str),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.dates().map(lambda d: d.isoformat()),
        st.sampled_from(["", "007", "+5", "1,234", "NA", "-", "true", "1.50", "2021.05.03"]),
    )
    width = len(names)
    columns = [data.draw(st.sampled_from([cell, TEXT, st.integers(0, 10**6).map(str)])) for _ in range(width)]
    rows = data.draw(st.lists(st.tuples(*columns), max_size=20))
    if quoting != csv.QUOTE_MINIMAL and (encoding != "cp949" or (line_end.isspace() and line_end.isascii())):
        rows = [[cell.replace("\n", line_end) for cell in row] for row in rows]  # the writer need not quote these
    elif end == "\r":
        rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    lake = make_lake()
    report = lake.one(written([names, *rows], delimiter, encoding, quoting, end), policy="none")
    assert report.status == "loaded", report
    assert report.rows_read == report.rows_loaded == len(rows)
    assert [[as_text(v) for v in row.values()] for row in lake.rows(report)] == [list(row) for row in rows]
    assert [column.name for column in report.columns] == names


def test_cp949_outside_euc_kr(lake):
    report = lake.one("상호,값\r\n똠방각하,1\r\n펲시,2\r\n샾,3\r\n".encode("cp949"))
    assert report.encoding == "cp949"
    assert [row["상호"] for row in lake.rows(report)] == ["똠방각하", "펲시", "샾"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_is_told(lake, encoding):
    report = lake.one("구군,인구\n해운대구,401833\n수영구,175000\n기장군,178000\n".encode(encoding))
    assert report.encoding in {encoding, "utf-16-le"}
    assert lake.rows(report)[0] == {"구군": "해운대구", "인구": 401833}


def test_thousands_dates_and_codes(lake):
    body = "".join(
        f'202105{day:02d},"{day * 1234567:,}",0{day:04d},2021.5.{day},2021년 {day % 12 + 1}월\n' for day in range(1, 29)
    )
    report = lake.one(("기준일자,금액,우편번호,신고일,기간\n" + body).encode("cp949"))
    assert [c.type for c in report.columns] == ["date", "integer", "text", "date", "date"]
    assert lake.rows(report)[0] == {
        "기준일자": dt.date(2021, 5, 1),
        "금액": 1234567,
        "우편번호": "00001",
        "신고일": dt.date(2021, 5, 1),
        "기간": dt.date(2021, 2, 1),
    }
    assert {p.code for p in report.proposals} == {"date", "thousands_separator", "month"}


def test_naive_times_are_seoul_time(lake):
    report = lake.one(b"t,v\n2021-05-03 09:30:00,1\n2021-05-03 10:00,2\n")
    assert lake.rows(report)[0]["t"] == dt.datetime(2021, 5, 3, 0, 30, tzinfo=dt.UTC)
    assert lake.rows(report)[1]["t"] == dt.datetime(2021, 5, 3, 1, 0, tzinfo=dt.UTC)


def test_every_row_is_accounted_for(lake):
    rows = [[str(n), f"구{n}", str(n * 10)] for n in range(300)]
    text = written([["id", "구", "값"], *rows]).decode()
    lines = text.split("\r\n")
    lines[5] += ",extra"
    lines[9] = "9"
    lines[20] = lines[20].rsplit(",", 1)[0] + ",해당없음"
    lines.insert(30, "")
    lines.insert(40, ",,")
    report = lake.one("\r\n".join(lines).encode("cp949"))
    assert report.rows_read == report.rows_loaded + report.rows_quarantined + sum(report.rows_set_aside.values())
    assert report.rows_quarantined == 3
    assert report.rows_set_aside == {"blank_line": 1, "blank_row": 1}
    assert report.rows_loaded == 297
    bad = {row.line: row.reason for row in quarantined(lake.staging, report.quarantine)}
    assert bad == {6: "field_count:4", 10: "field_count:1", 21: "not_integer:값"}


def test_lines_are_physical_when_values_hold_line_ends(lake):
    rows = [[str(n), "두 줄\n값" if n % 3 == 0 else "한 줄", str(n)] for n in range(100)]
    text = written([["id", "설명", "값"], *rows], end="\n").decode().replace("\n50,한 줄,50\n", "\n50,한 줄,50,51\n")
    line = text[: text.index("50,한 줄,50,51")].count("\n") + 1
    report = lake.one(text.encode())
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert (bad.line, bad.reason) == (line, "field_count:4")
    assert lake.rows(report)[0]["설명"] == "두 줄\n값"


def test_stray_quotes_cost_nothing(lake):
    report = lake.one('이름,규격\n파이프,5" 관\n판,"3"" 판"\n봉,2" x 3"\n'.encode())
    assert [row["규격"] for row in lake.rows(report)] == ['5" 관', '3" 판', '2" x 3"']


def test_a_quote_that_never_closes_costs_its_line(lake):
    lines = [f'{n},"값 {n}",{n}' for n in range(2000)]
    lines[700] = '700,"열린 값,700'
    report = lake.one(("id,말,수\n" + "\n".join(lines) + "\n").encode())
    assert report.rows_loaded == 1999
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert (bad.line, bad.reason) == (702, "unclosed_quote")


def test_undecodable_bytes_are_quarantined_not_replaced(lake):
    good = [f"{n},해운대구\n".encode("cp949") for n in range(100)]
    good[50] = b"50,\xff\xfe\x81\n"
    report = lake.one("id,구\n".encode("cp949") + b"".join(good))
    assert report.encoding == "cp949"
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert (bad.line, bad.reason) == (52, "encoding")
    assert r"\xff" in bad.text


def test_trailing_commas_make_no_column(lake):
    report = lake.one("구,1월,2월,\n중구,100,200,\n서구,300,400,\n".encode("cp949"))
    assert [c.name for c in report.columns] == ["구", "1월", "2월"]
    assert "trailing_delimiter" in {p.code for p in report.proposals}


def test_a_value_in_a_dropped_column_is_not_lost(lake):
    body = "".join(f"구{n},{n},\n" for n in range(600)) + "구x,7,여기 값\n"
    report = lake.one(("구,수,\n" + body).encode())
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert bad.reason == "field_count" and "여기 값" in bad.text


def test_a_type_that_fails_late_is_widened_not_quarantined(lake):
    early = "".join(f"{n},{n}\n" for n in range(60_000))
    late = "".join(f"{n},{n}.5\n" for n in range(60_000, 90_000)) + "A12,1\n" * 5000
    report = lake.one(("code,value\n" + early + late).encode())
    assert [c.type for c in report.columns] == ["text", "number"]
    assert report.rows_quarantined == 0
    assert report.rows_loaded == 95_000


def test_codes_with_late_leading_zeros_stay_whole(lake):
    body = "".join(f"{n},x\n" for n in range(10_000, 70_000)) + "01234,y\n"
    report = lake.one(("우편번호,값\n" + body).encode())
    assert report.columns[0].type == "text"
    assert lake.rows(report)[-1]["우편번호"] == "01234"


@pytest.mark.parametrize(
    "content,code",
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\r\n\r\n", "empty_file"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x1f\x8b\x08\x00", "broken_archive"),
        (b"<html><body>", "markup"),
        (b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n", "metadata"),
        (bytes(range(256)) * 50, "binary_file"),
        (b"a,b\n1,2,3\n1,2,3\n4,5,6\n", "header_mismatch"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(lake, content, code):
    report = lake.one(content)
    assert (report.status, report.reason) == ("refused", code)
    assert report.message_ko and report.message_en
    assert not lake.table().exists()


def test_an_empty_text_in_a_column_of_dates_is_no_fault(lake):
    records = [*({"날": f"2024-01-{day:02d}", "수": str(day)} for day in range(1, 29)), {"날": "", "수": ""}]
    report = lake.one(json.dumps(records).encode())
    assert (report.rows_loaded, report.rows_quarantined) == (29, 0)
    assert [column.type for column in report.columns] == ["date", "integer"]


def test_a_recipe_turns_a_proposal_down(lake):
    content = "구,번호\n중구,100\n서구,200\n".encode()
    report = lake.one(content, policy=[{"code": "integer", "column": "번호", "applied": False}])
    assert report.columns[1].type == "text"
    assert [(p.code, p.applied) for p in report.proposals] == [("integer", False)]


def test_titles_above_the_header_are_set_aside(lake):
    report = lake.one("2021년 관광객 현황,,\n,,(단위: 명)\n구,월,수\n중구,1,10\n서구,1,20\n".encode("cp949"))
    assert [c.name for c in report.columns] == ["구", "월", "수"]
    assert report.rows_set_aside == {"title_row": 2}
    assert report.rows_read == 4


def test_codes_are_text_when_their_name_says_so(lake):
    report = lake.one("구군코드,연번,인구\n26110,1,40182\n26140,2,10501\n".encode())
    assert [c.type for c in report.columns] == ["text", "integer", "integer"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_the_header_cost_no_row(lake, end):
    report = lake.one(f'"구{end}군","값\r단위"{end}중구,1{end}"서{end}구",2{end}동구,3,4{end}'.encode(), policy="none")
    assert [c.name for c in report.columns] == [f"구{end}군", "값\r단위"]
    assert [list(row.values()) for row in lake.rows(report)] == [["중구", 1], [f"서{end}구", 2]]
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert bad.line == (7 if end == "\r" else 6)


def test_careful_reading_keeps_unusual_separators_and_loses_no_row(lake):
    report = lake.one('a,b\n"x" y,1\nz\u2028q,2\nv\x0bw,3\nn\x85m,4\n5,6\r7,8\n'.encode())
    assert [row["a"] for row in lake.rows(report)] == ["z\u2028q", "v\x0bw", "n\x85m", "5", "7"]
    assert (report.rows_read, report.rows_quarantined) == (6, 1)


def test_many_open_quotes_are_read_in_passing(lake):
    started = time.monotonic()
    report = lake.one(("a,b,c\n" + '1,"열림,2\n' * 3_000 + "1,2,3\n" * 4_000).encode())
    assert (report.rows_loaded, report.rows_quarantined) == (4_000, 3_000)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "value", ["2644010100100010000", "26440101001000100001", "3E5", "12E3", "1,234,567,890,123,456.5"]
)
def test_what_a_number_would_not_hold_stays_text(lake, value):
    report = lake.one(("필지;값\n" + f"{value};1\n" * 3).encode())
    assert report.columns[0].type == "text"
    assert lake.rows(report)[0]["필지"] == value


def test_numbers_with_exponents_are_numbers(lake):
    report = lake.one(b"a,b\n1.5E8,1e-05\n2.25E7,1e+16\n")
    assert list(lake.rows(report)[0].values()) == [1.5e8, 1e-05]


@pytest.mark.parametrize("odd", ["21-05-03", "5-5-3"])
def test_two_digit_years_are_not_years_of_antiquity(lake, odd):
    days = "".join(f"2021-{n % 12 + 1:02d}-{n % 28 + 1:02d},1\n" for n in range(200))
    report = lake.one(("일자,값\n" + days + f"{odd},2\n").encode())
    assert report.rows_quarantined == 1


def test_a_zone_among_local_times_is_not_read_as_local(lake):
    body = "".join(f"2021-05-03 10:{n // 60:02d}:{n % 60:02d},1\n" for n in range(1000)) + "2021-05-03 10:00:00Z,2\n"
    assert lake.one(("t,v\n" + body).encode()).rows_quarantined == 1


def test_an_index_without_a_name_does_not_make_the_header_a_title(lake):
    report = lake.one(',가격\n0,"81,000 원"\n1,"46,305 원"\n'.encode())
    assert ([c.name for c in report.columns], report.rows_set_aside) == (["column_1", "가격"], {})


def test_codes_of_any_length_and_numbers_of_one_length_are_text(lake):
    report = lake.one("시도코드,관리번호,ADMCD,연번\n11,20190101,1,1\n26,20200131,22,2\n".encode())
    assert [c.type for c in report.columns] == ["text", "text", "text", "integer"]


def test_padding_with_tabs_is_trimmed(lake):
    report = lake.one(b"v,w\n1\t,a\n2,b\n \t3,c\n")
    assert [row["v"] for row in lake.rows(report)] == [1, 2, 3]


def test_headers_longer_than_the_sample_are_read_whole(lake):
    names = [f"{n:04d}{'가' * 100}" for n in range(900)]
    report = lake.one(written([names, list(range(900)), list(range(900))]))
    assert ([c.name for c in report.columns], report.rows_loaded) == (names, 2)


def test_columns_that_turn_out_otherwise_late_cost_a_few_readings(lake, monkeypatch):
    width, rows = 12, 130_000
    lines = [",".join(f"x{r}" if r > 55_000 + 6_000 * c else str(r) for c in range(width)) for r in range(rows)]
    readings = []
    run = intake._run
    monkeypatch.setattr(intake, "_run", lambda *options: readings.append(1) or run(*options))
    report = lake.one((",".join(f"c{c}" for c in range(width)) + "\n" + "\n".join(lines)).encode())
    assert (report.rows_loaded, {c.type for c in report.columns}) == (rows, {"text"})
    assert len(readings) <= 5
