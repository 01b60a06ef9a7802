"""Rows and lines that offices put into tables of text: each found, told, and kept apart from the data."""

import pytest


def text(*lines):
    return "\n".join(lines).encode()


def applied(report):
    return {proposal.code for proposal in report.proposals if proposal.applied}


def offered(report):
    return {proposal.code for proposal in report.proposals if not proposal.applied}


YEARBOOK = (
    "죄명,계,아침,낮,밤",
    "계,200,50,50,100",
    ",①100.0,25.0,25.0,50.0",
    "절도,120,20,40,60",
    ",100.0,16.7,33.3,50.0",
    "사기,80,30,10,40",
)


def test_percentages_without_a_label_are_set_aside(lake):
    report = lake.one(text(*YEARBOOK))
    assert report.rows_set_aside == {"share_row": 2, "total_row": 1}
    assert lake.rows(report) == [
        {"죄명": "절도", "계": 120, "아침": 20, "낮": 40, "밤": 60},
        {"죄명": "사기", "계": 80, "아침": 30, "낮": 10, "밤": 40},
    ]


def test_they_stay_when_the_recipe_says_so(lake):
    report = lake.one(text(*YEARBOOK), policy=[{"code": "share_rows", "applied": False}])
    assert "share_row" not in report.rows_set_aside and "share_rows" in offered(report)
    assert report.rows_loaded + sum(report.rows_set_aside.values()) == 5


def test_rows_without_a_label_that_are_no_percentages_stay(lake):
    report = lake.one(text("구,계,남,여", "중구,30,10,20", ",100.0,50.0,50.0", "서구,7,3,4", ",100.0,90.0,10.0"))
    assert "share_row" not in report.rows_set_aside and report.rows_loaded == 4


STATION = ("시각,기온,습도", *(f"{hour}시,{hour * 2},{40 + hour}" for hour in range(1, 8)))


def test_averages_and_extremes_are_set_aside_when_the_figures_bear_them_out(lake):
    report = lake.one(text(*STATION, "평 균,8.0,44.0", "최대,14,47", "최저,2,41"))
    assert report.rows_set_aside == {"statistic_row": 3} and report.rows_loaded == 7


def test_a_row_that_is_only_called_average_is_offered(lake):
    report = lake.one(text(*STATION, "평균,1,2"))
    assert "statistic_rows" in offered(report) and report.rows_loaded == 8


def test_notes_at_the_end_are_set_aside_and_others_are_not(lake):
    report = lake.one(text("구,값", "*중구,1", "서구,2", "", "※ 자료: 통계청", "주) 잠정치,"))
    assert report.rows_set_aside == {"footnote": 2, "blank_line": 1} and report.rows_loaded == 2
    kept = lake.one(text("구,값", "중구,1", "※ 자료: 통계청"), policy=[{"code": "footnotes", "applied": False}])
    assert kept.rows_quarantined == 1 and not kept.rows_set_aside


@pytest.mark.parametrize("quote", ['"서""구"', '서"구'], ids=["quick", "careful"])
def test_a_row_too_long_by_blank_fields_is_read_in_its_place(lake, quote):
    report = lake.one(text("구,값", "중구,1", f"{quote},2, ,", "동구,3,x", "남구,4,", "북구,5"))
    assert [row["값"] for row in lake.rows(report)] == [1, 2, 4, 5]
    assert (report.rows_read, report.rows_quarantined) == (5, 1)


def test_lines_about_the_file_above_rows_without_names(lake):
    rows = (f"35.{n},129.{n},2026-01-0{n}" for n in range(1, 8))
    report = lake.one(text("항적 기록", "WGS 84", "0,2,255,내 항적,0", "0", *rows))
    assert report.rows_loaded == 7 and report.rows_set_aside == {"title_row": 4}
    assert {"title_rows", "no_header"} <= applied(report)


def test_a_header_of_too_few_names_is_not_taken_for_such_a_line(lake):
    report = lake.one(text("구,값", *(f"구{n},{n},{n + 1}" for n in range(8))))
    assert (report.status, report.reason) == ("refused", "header_mismatch")


def test_a_first_row_that_comes_again_below_is_data(lake):
    report = lake.one(text("학사;대졸;*", "전문학사;대졸;*", "고졸;고졸 이하;*"))
    assert report.rows_loaded == 3 and "no_header" in applied(report)
    assert lake.one(text("학력;단계;비고", "학사;대졸;", "고졸;고졸 이하;비고")).rows_loaded == 2


def test_blanks_tell_fields_apart_when_every_line_has_as_many(lake):
    report = lake.one(text('"날짜" "BMW" "Allianz"', *(f'"2011-01-0{n}" 4{n}.5   6{n}.1' for n in range(1, 6))))
    assert report.header == ["날짜", "BMW", "Allianz"] and [c.type for c in report.columns] == [
        "date",
        "number",
        "number",
    ]
    names = lake.one(text("관광지", "한옥 마을", "자갈치 시장", "감천 마을"))
    assert names.header == ["관광지"] and names.rows_loaded == 3


@pytest.mark.parametrize(
    "lines",
    [
        ("NAME :\tX-n101", "TYPE :\tCVRP", "DIMENSION :\t101", "CAPACITY :\t206", "1\t365\t689", "2\t146\t180"),
        ("Route #1: 487 743 559", "Route #2: 14 469", "Cost 53026.1"),
        ("요약", "", "             평균        누계", "실측         127       10026", "예측         171       13522"),
        ("UTF-8",),
    ],
    ids=["key and value", "routes", "a report", "a word"],
)  # fmt: skip
def test_prose_is_refused_with_advice(lake, lines):
    report = lake.one(text(*lines))
    assert (report.status, report.reason) == ("refused", "not_a_table") and "CSV" in report.message_ko


def test_a_column_padded_throughout_is_trimmed_and_indents_are_kept(lake):
    padded = lake.one(text("구, 동, 값", *(f"{n}구, 동{n}, {n}" for n in range(5))))
    assert [row["동"] for row in lake.rows(padded)] == [f"동{n}" for n in range(5)]
    assert "trim_spaces" in applied(padded)
    outline = lake.one(text("항목,값", "수입,3", "  세외수입,2", "  지방세,1", "지출,5"))
    assert [row["항목"] for row in lake.rows(outline)] == ["수입", "  세외수입", "  지방세", "지출"]


def test_a_column_beside_a_key_is_not_offered_to_be_filled(lake):
    lines = [f"공원{n},{'근린' if n % 2 else '소'},{f'{n}로' if n % 3 == 0 else ''},지번{n % 4},{n}" for n in range(12)]
    assert "fill_down" not in offered(lake.one(text("공원명,구분,도로명,지번,면적", *lines)))


def test_the_price_of_a_square_metre_is_not_measured_in_square_metres(lake):
    report = lake.one(text("지역,분양가격(㎡),면적(㎡)", "부산,5841,84", "서울,9000,59"))
    assert [column.unit for column in report.columns] == ["", "", "㎡"]


def test_a_long_sentence_is_no_total(lake):
    lines = [f"{n},안내 {n}번의 현황 합계,{n}" for n in range(5)]
    long = "이 자료에는 다음과 같은 열이 들어 있으며 각 열의 뜻은 설명서에 적혀 있습니다 그 열은 값의 합계"
    assert "total_rows" not in applied(lake.one(text("번호,설명,값", *lines[:4], f"4,{long},10")))


def test_none_takes_such_files_literally(lake):
    assert lake.one(text("요약", "실측  127"), policy="none").rows_loaded == 1


def test_labels_set_out_with_signs_and_figures_are_closed_up(lake):
    lines = [f"{n}    -    {n + 9}   세,{n}" for n in range(11, 61, 10)]
    report = lake.one(text("구분,값", "▩ 연      령      별 ▩,1", *lines, "61   세   이    상,9"))
    assert [row["구분"] for row in lake.rows(report)][:2] == ["▩연령별▩", "11-20세"]
    assert lake.rows(report)[-1]["구분"] == "61세이상"


def test_metadata_in_turtle_under_remarks_is_refused(lake):
    report = lake.one(text("# 견본", "", "@prefix dcat: <http://www.w3.org/ns/dcat#> .", "<a> a dcat:Dataset ."))
    assert report.reason == "metadata"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("월이용건수", [1950, 60, 70, 80]),
        ("최근1년 이용건수", [1999, 10, 20, 30]),
        ("candidate", [20001, 20008, 20011]),
    ],
)
def test_counts_are_no_years_and_no_days(lake, name, values):
    report = lake.one(text(f"지역,{name}", *(f"가,{value}" for value in values)))
    assert [row[name] for row in lake.rows(report)] == values


def test_a_total_among_shortened_years_does_not_hide_them(lake):
    report = lake.one(text("연도,값", "2019,1", "20,2", "21,3", "합계,6"))
    assert [row["연도"] for row in lake.rows(report)] == [2019, 2020, 2021]
    assert report.rows_set_aside == {"total_row": 1}


def test_only_the_notes_at_the_end_are_notes(lake):
    report = lake.one(text("품목,값,비고", "*사과,,", "배,1,", "출처미상,,", "※ 자료: 부산시, 2024"))
    assert [row["품목"] for row in lake.rows(report)] == ["*사과", "배", "출처미상"]
    assert report.rows_set_aside == {"footnote": 1}


@pytest.mark.parametrize(
    "lines",
    [
        ("등급,건수", "최소,0", "소,0", "중,5", "대,3", "특대,2", "기타,1"),
        ("항목,설명,형식", "항목,항목 이름,문자", "값,항목의 값,숫자", "형식,값의 형식,형식"),
        ("구,1,2,3", "중구,4,5,6", "서구,7,8,9"),
        ("번호,구분,금액(원)", "1,가,10", "번호,구분,금액(천원)", "2,나,20"),
    ],
)
def test_what_looks_like_a_habit_and_is_none_is_left_alone(lake, lines):
    report = lake.one(text(*lines))
    assert report.header == lines[0].split(",") and report.rows_loaded == len(lines) - 1


@pytest.mark.parametrize(
    "lines",
    [
        ("측정 일시", "2024-01-01 10:00:00", "2024-01-02 11:00:00", "2024-01-03 12:00:00"),
        ("도로명 주소", "중앙대로 100", "낙동대로 200", "해운대로 300"),
        ("일시", "2024.01.01 10:00", "2024.01.02 11:00", "2024.01.03 12:00"),
        ("전화번호", "051 123 4501", "051 123 4502", "051 123 4503"),
    ],
)
def test_a_list_whose_items_hold_blanks_is_one_column(lake, lines):
    report = lake.one(text(*lines))
    assert len(report.header) == 1 and report.rows_loaded == 3


def test_r_writes_row_names_without_a_heading(lake):
    report = lake.one(text('"a" "b"', *(f'"{n}" {n * 2} {n * 3}' for n in range(1, 6))))
    assert report.header == ["column_1", "a", "b"] and lake.rows(report)[1]["b"] == 6


def test_long_texts_are_looked_through_once(lake):
    wide = "POLYGON((" + ", ".join(f"{n} {n}" for n in range(4_000)) + "))"
    rows = [f'{n},"{wide}",{"1" * 20_000}x' for n in range(6)]
    report = lake.one(text("번호,모양,긴 글", *rows))
    assert report.rows_loaded == 6
