"""Tables drawn by hand on sheets and texts, columns split and merged, and what proposals change, before and after."""

import io

import openpyxl
import pytest

from datadam.lake import raw, tryout
from datadam.lake.intake import open_source
from datadam.lake.readers import drawing


def step(**facts):
    return [{"code": "table", "applied": True, **facts}]


def book(rows, merges=(), more=()):
    found = openpyxl.Workbook()
    for row in rows:
        found.active.append(row)
    for merge in merges:
        found.active.merge_cells(merge)
    for name, others in more:
        sheet = found.create_sheet(name)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


def source(lake, content, name="a.xlsx"):
    return open_source(lake.staging, lake.staging.seal(io.BytesIO(content)).id, name)


FORM = [
    ["민원 접수 대장", None, None, None],
    ["부서", "총무과", "담당", "김"],
    [None, None, None, None],
    ["연번", "접수", None, "처리"],
    [None, "일자", "건수", "상태"],
    ["소계", None, 30, None],
    [1, "2024-01-02", 10, "완료"],
    [2, "2024-01-03", 20, None],
    ["※ 자료: 총무과", None, None, None],
]
MERGES = ("B4:C4", "A4:A5", "A1:D1", "D7:D8")
DRAWN = {"header": [4, 5], "data": 6, "omit": [[6, "소계"]], "cut": 1, "cut_words": "※ 자료: 총무과"}


def test_a_sheet_is_read_where_it_was_drawn(lake):
    report = lake.one(book(FORM, MERGES), policy=step(**DRAWN))
    assert [(c.name, c.type) for c in report.columns] == [
        ("연번", "integer"),
        ("접수 일자", "date"),
        ("접수 건수", "integer"),
        ("처리 상태", "text"),
    ]
    assert [list(row.values())[2:] for row in lake.rows(report)] == [[10, "완료"], [20, "완료"]]
    assert report.rows_set_aside == {"title_row": 2, "blank_row": 1, "left_out_row": 2}
    assert report.rows_read == 7 and report.rows_loaded == 2  # nine rows less two of header


def test_merged_cells_are_left_as_they_are_when_asked(lake):
    report = lake.one(book(FORM, MERGES), policy=step(**DRAWN, merged=False))
    assert [row["처리 상태"] for row in lake.rows(report)] == ["완료", None]


def test_only_some_columns_and_rows_up_to_an_end(lake):
    report = lake.one(book(FORM, MERGES), policy=step(header=[5, 5], data=7, end=7, columns=[2, 3]))
    assert report.header == ["일자", "건수"] and [row["건수"] for row in lake.rows(report)] == [10]
    assert report.rows_set_aside["left_out_row"] == 2


def test_a_form_that_was_refused_is_read_by_drawing(lake):
    rows = [["서식", None, None], *[[f"항목{n}", None, n] for n in range(6)]]
    content = book(rows, [f"A{n}:B{n}" for n in range(2, 8)])
    assert lake.one(content).reason == "not_a_table"
    report = lake.one(content, policy=step(data=2))
    assert report.header == ["column_1", "column_2"] and report.rows_loaded == 6


def test_a_sheet_is_chosen_among_several_and_missed_when_it_goes(lake):
    content = book([["a", "b"], [1, 2], [3, 4]], more=[("둘째", [["제목"], ["c", "d"], [5, 6]])])
    (report,) = lake.take(content, policy=step(sheet="둘째", header=[2, 2]))
    assert report.table == "둘째" and report.header == ["c", "d"] and report.rows_loaded == 1
    (report,) = lake.take(content, policy=step(sheet="둘째"))
    assert report.table == "둘째"
    (report,) = lake.take(content, policy=step(sheet="셋째", header=[1, 1]))
    assert report.reason == "sheet_gone" and "둘째" in report.message_ko


def test_one_of_several_record_paths_is_chosen(lake):
    content = b'{"a": [{"x": 1}, {"x": 2}], "b": [{"y": "p-q"}, {"y": "r-s"}]}'
    assert len(lake.take(content)) == 2
    policy = [*step(sheet="b"), split("y", ["l", "r"], by="-")]
    (report,) = lake.take(content, policy=policy)
    assert report.table == "b" and [list(row.values()) for row in lake.rows(report)] == [["p", "q"], ["r", "s"]]
    assert lake.take(content, policy=step(sheet="c"))[0].reason == "sheet_gone"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"header": [30, 31]}, "drawn_range"),
        ({"header": [1, 1], "columns": [40, 41]}, "drawn_range"),
        ({"header": [3, 3]}, "drawn_header"),
        ({"header": [4, 5], "omit": [[6, "합계"]]}, "drawn_moved"),
        ({"header": [4, 5], "cut": 1, "cut_words": "주) 잠정치"}, "drawn_moved"),
    ],
)
def test_a_drawing_that_does_not_fit_is_refused_and_never_read_askew(lake, facts, reason):
    report = lake.one(book(FORM, MERGES), policy=step(**facts))
    assert (report.status, report.reason) == ("refused", reason) and report.message_ko and report.message_en


def test_one_more_footnote_next_month_is_refused(lake):
    rows = [*FORM[:8], ["※ 잠정치입니다", None, None, None], FORM[8]]
    assert lake.one(book(rows, MERGES), policy=step(**DRAWN)).reason == "drawn_moved"


TEXT = "보고서;;\n작성;총무과;\n이름;수량;비고\n소계;3;\n가;1;x\n나;2;y\n※ 끝\n"


def test_a_text_is_read_where_it_was_drawn(lake):
    facts = {"header": [3, 3], "omit": [[4, "소계"]], "columns": [1, 2], "cut": 1, "cut_words": "※ 끝"}
    report = lake.one(TEXT.encode("cp949"), policy=step(**facts))
    assert report.header == ["이름", "수량"] and [list(r.values()) for r in lake.rows(report)] == [["가", 1], ["나", 2]]
    assert report.rows_set_aside == {"title_row": 2, "left_out_row": 2}
    assert report.rows_read == 6  # seven lines less the header


def test_a_text_s_encoding_and_delimiter_are_set_by_hand(lake):
    content = "이름|값,단위\n가|1,원\n나|2,원\n".encode()
    report = lake.one(content, policy=step(delimiter="|", encoding="utf-8"))
    assert report.header == ["이름", "값,단위"] and report.dialect["delimiter"] == "|"
    report = lake.one("이름,값\n가,1\n".encode("cp949"), policy=step(encoding="utf-8"))
    assert report.status == "refused" or report.rows_quarantined == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"header": [50, 50]}, "drawn_range"),
        ({"header": [3, 3], "columns": [9, 9]}, "drawn_range"),
        ({"header": [3, 3], "omit": [[4, "합계"]]}, "drawn_moved"),
        ({"header": [3, 3], "omit": [[5, "라"]]}, "drawn_moved"),
        ({"header": [3, 3], "cut": 2, "cut_words": "※"}, "drawn_moved"),
        ({"header": [1, 1], "columns": [2, 3]}, "drawn_header"),
    ],
)
def test_a_text_that_a_drawing_does_not_fit_is_refused(lake, facts, reason):
    assert lake.one(TEXT.encode("cp949"), policy=step(**facts)).reason == reason


def test_rows_at_the_end_of_a_long_text_are_cut_over_the_ends_of_blocks(lake):
    lines = "".join(f"{n},{'x' * 200}\n" for n in range(120_000))
    content = f"번호,값\n{lines}주) 하나\n주) 둘\n".encode()
    report = lake.one(content, policy=step(header=[1, 1], cut=2, cut_words="주) 하나"))
    assert (report.rows_loaded, report.rows_quarantined, report.rows_set_aside) == (120_000, 0, {"left_out_row": 2})


def split(column, into, **how):
    return {"code": "split", "column": column, "into": into, "applied": True, **how}


def test_a_column_is_split_by_a_delimiter(lake):
    content = "지역,값\n26(부산),1\n11(서울),2\n기타,3\n".encode()
    report = lake.one(content, policy=[split("지역", ["코드", "이름"], by="(")])
    assert report.header == ["코드", "이름", "값"]
    assert [list(row.values())[:2] for row in lake.rows(report)] == [["26", "부산"], ["11", "서울"], ["기타", None]]


def test_a_column_is_split_by_a_pattern_in_linear_time(lake):
    content = "주소,값\n부산 남구 대연동 1,1\n서울,2\n".encode()
    report = lake.one(content, policy=[split("주소", ["시", "구", "나머지"], pattern=r"(\S+) (\S+구) (.*)")])
    assert [list(row.values())[:3] for row in lake.rows(report)] == [
        ["부산", "남구", "대연동 1"],
        ["서울", None, None],
    ]
    slow = lake.one(f"a,b\n{'a' * 5000}!,1\n".encode(), policy=[split("a", ["x", "y"], pattern="((?:a+)+)(b)")])
    assert slow.status == "loaded"


@pytest.mark.parametrize("how", [{"by": "/"}, {"pattern": r"(\d+)-(\d+)"}])
def test_a_split_that_fits_no_row_is_told_and_left_undone(lake, how):
    report = lake.one("지역,값\n부산,1\n서울,2\n".encode(), policy=[split("지역", ["가", "나"], **how)])
    assert report.header == ["지역", "값"]
    assert ("not_split", "지역") in [(each.code, each.column) for each in report.findings]


def test_columns_are_merged_and_read_as_a_date(lake):
    merge = {"code": "merge", "columns": ["년", "월"], "with": "-", "to": "년월", "applied": True}
    report = lake.one("년,월,값\n2024,01,5\n2024,02,6\n".encode(), policy=[merge])
    assert [(c.name, c.type) for c in report.columns] == [("년월", "date"), ("값", "integer")]
    report = lake.one("년,값\n2024,5\n".encode(), policy=[merge])
    assert report.header == ["년", "값"] and report.findings[0].code == "not_merged"


def test_blank_parts_are_passed_over_when_columns_are_merged(lake):
    merge = {"code": "merge", "columns": ["a", "b"], "with": " ", "to": "c", "applied": True}
    report = lake.one(b"a,b,n\nx,y,1\nx,,2\n,y,3\n,,4\n", policy=[merge])
    assert [row["c"] for row in lake.rows(report)] == ["x y", "x", "y", None]


def test_a_new_name_that_another_column_has_is_refused(lake):
    report = lake.one("지역,값\n26(부산),1\n".encode(), policy=[split("지역", ["값", "이름"], by="(")])
    assert (report.status, report.reason) == ("refused", "name_taken")


def test_the_raw_cells_of_a_sheet_and_of_a_text(lake):
    found = raw.look(source(lake, book(FORM, MERGES, more=[("둘", [["x"]])])))
    assert (found.kind, found.sheets, found.rows, found.columns) == ("sheet", ["Sheet", "둘"], 9, 4)
    assert found.top[3].number == 4 and found.top[3].cells[:2] == ["연번", "접수"]
    found = raw.look(source(lake, TEXT.encode("cp949")))
    assert (found.kind, found.encoding, found.delimiter) == ("text", "cp949", ";")
    assert [line.number for line in found.top] == [1, 2, 3, 4, 5, 6, 7]
    long = raw.look(source(lake, b"a,b\n" + b"1,2\n" * 200_000))
    assert len(long.top) == raw.TOP and [line.number for line in long.bottom] == [*range(-10, 0)]
    assert raw.look(source(lake, b'[{"a":1},{"a":2}]')).kind == "records"


def sides(lake, content, key, base=()):
    policy = [[*base, {**key, "applied": applied}] for applied in (False, True)]
    return tryout.before_and_after(source(lake, content), *policy)


def test_before_and_after_of_totals_and_gaps(lake):
    content = "구,업종,값\n남구,카페,1\n,식당,2\n소계,,3\n북구,카페,4\n,식당,5\n소계,,9\n".encode()
    before, after = sides(lake, content, {"code": "total_rows"})
    assert after.gone == [4, 7] and 4 in [line for line, _ in before.rows]
    before, after = sides(lake, content, {"code": "fill_down"})
    rows = dict(before.rows)
    assert rows[3][0] is None and dict(after.rows)[3][0] == "남구" and 3 in after.changed


def test_before_and_after_of_types_titles_and_notes(lake):
    before, after = sides(lake, b'a,b\nx,"1,200"\ny,"3,400"\n', {"code": "thousands_separator", "column": "b"})
    assert (before.rows[0][1], after.rows[0][1]) == (["x", "1,200"], ["x", 1200])
    sheet = book([["제목", None], ["구", "값"], ["남구", 1], ["북구", 2], ["동구", 3], ["※ 주석", None]])
    before, after = sides(lake, sheet, {"code": "title_rows"})
    assert [c.name for c in after.columns] == ["구", "값"] and (before.refusal or before.columns[0].name == "제목")
    wide = book([["구", "값", "비"], ["남구", 1, 2], ["북구", 2, 3], ["동구", 3, 4], ["※ 주석", None, None]])
    before, after = sides(lake, wide, {"code": "footnotes"})
    assert after.gone == [5] and [line for line, _ in before.rows] == [4, 5]


def test_before_and_after_of_turned_columns(lake):
    content = "구,2020년,2021년,2022년\n남구,1,2,3\n북구,4,5,6\n".encode()
    before, after = sides(lake, content, {"code": "unpivot"})
    assert before.rows[0] == (2, ["남구", 1, 2, 3])
    assert after.rows[:3] == [(2, ["남구", 2020, 1]), (2, ["남구", 2021, 2]), (2, ["남구", 2022, 3])]


def test_a_side_that_cannot_be_read_says_why(lake):
    before, after = sides(lake, "보고서\n\n구,값\n남구,1\n북구,2\n".encode(), {"code": "title_rows"})
    assert before.refusal and before.refusal.ko and [c.name for c in after.columns] == ["구", "값"]


def test_rows_are_known_again_by_how_they_begin():
    drawing.check_words(3, "소 계", "소계")
    drawing.check_cut("가", "※ 2025년", 1, "※ 2024년")


TAIL = "구,수,비고\n가,1,x\n나,2,y\n다,3,z\n" + "".join(f"{n},{n},{n},{n},{n}\n" for n in range(60))


@pytest.mark.parametrize(
    "facts",
    [
        {"header": [1, 1], "data": 2, "end": 4},
        {"header": [1, 1], "data": 2, "end": 4, "columns": [1, 3]},
        {"header": [1, 1], "data": 2, "end": 4, "columns": [1, 3], "delimiter": ","},
    ],
)
def test_a_text_s_table_is_as_wide_as_its_rows_up_to_its_end(lake, facts):
    report = lake.one(TAIL.encode(), policy=step(**facts))
    assert report.header == ["구", "수", "비고"] and report.rows_quarantined == 0
    assert [list(row.values()) for row in lake.rows(report)] == [["가", 1, "x"], ["나", 2, "y"], ["다", 3, "z"]]
    assert report.rows_set_aside == {"left_out_row": 60}


@pytest.mark.parametrize("quoted", [False, True])
def test_every_row_of_a_text_with_the_drawn_columns_is_a_row(lake, quoted):
    lines = ["구,수", "가,1", "나,2,y", "다,3,z,w", "라", '마"x,4,z' if quoted else "마,4"]
    found = source(lake, "\n".join([*lines, ""]).encode(), "a.csv")
    tried = tryout.try_out(found, step(header=[1, 1], data=2, columns=[1, 2]))
    assert [row[1] for row in tried.rows] == [1, 2, 3, 4]
    assert tried.bad == {"field_count": 1}


def test_a_drawing_that_ends_between_rows_reads_nothing(lake):
    tried = tryout.try_out(source(lake, b"a,b\n\n\n1,2\n3,4\n", "a.csv"), step(header=[1, 1], data=2, end=3))
    assert (tried.sampled, tried.rows, tried.set_aside["left_out_row"]) == (0, [], 2)


def test_a_drawing_for_a_book_of_several_sheets_has_to_name_one(lake):
    rows = [["구", "값"], ["가", 1], ["나", 2]]
    content = book(rows, more=[("둘째", rows), ("빈 시트", [])])
    (report,) = lake.take(content, policy=step(header=[1, 1]))
    assert (report.status, report.reason) == ("refused", "sheet_unnamed")
    assert "Sheet, 둘째" in report.message_ko and "빈 시트" not in report.message_ko
    (report,) = lake.take(content, policy=step(header=[1, 1], sheet="둘째"))
    assert (report.status, report.rows_loaded) == ("loaded", 2)
    assert lake.one(book(rows, more=[("빈 시트", [])]), policy=step(header=[1, 1])).status == "loaded"
