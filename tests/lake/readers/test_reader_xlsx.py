import random
import re
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import xlsx

SEOUL = ZoneInfo("Asia/Seoul")


def workbook(*sheets, merges=()):
    """The bytes of a workbook; a sheet is (name, rows). Merges go to the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for merge in merges:
        book.worksheets[0].merge_cells(merge)
    return saved(book)


def saved(book):
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def of(rows, **options):
    return workbook(("자료", rows), **options)


def test_columns_keep_the_types_of_their_cells(read):
    day, moment = date(2024, 1, 2), datetime(2024, 1, 2, 9, 30)
    reading = read(
        xlsx,
        of(
            [
                ["정수", "실수", "코드", "날짜", "시각", "시", "여부", "섞임", "빈열", "시간"],
                [1, 1.5, "007", day, moment, time(9, 5), True, 1, None, timedelta(hours=30)],
                [2, 2, "08", day, day, time(0, 0), False, "X", None, timedelta(minutes=5)],
                [None, None, None, None, None, None, None, None, None, None],
                [3, 3, "9", day, moment, None, True, day, None, None],
            ]
        ),
    )
    assert reading.types == {
        "정수": "int64",
        "실수": "double",
        "코드": "string",
        "날짜": "date32[day]",
        "시각": "timestamp[us, tz=UTC]",
        "시": "time64[us]",
        "여부": "bool",
        "섞임": "string",
        "빈열": "string",
        "시간": "string",
    }
    assert reading.column("섞임") == ["1", "X", "2024-01-02"]
    assert reading.column("코드") == ["007", "08", "9"]
    assert reading.column("시간") == ["1 days 06:00:00", "0 days 00:05:00", None]
    assert reading.column("시각")[0].astimezone(SEOUL).replace(tzinfo=None) == moment
    assert reading.lines == [2, 3, 5]
    assert reading.set_aside == {"blank_row": 1}
    assert reading.codes == ["blank_rows", "naive_timestamp_kst"]
    assert reading.table.name == ""


def test_titles_notes_and_empty_margins_are_set_aside(read):
    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in {
        3: ["2024년 구별 인구", None, None],
        4: ["(단위: 명)", None, None],
        6: ["구", "남", "여"],
        7: ["중구", 10, 11],
        8: ["서구", 20, 21],
        10: ["※ 자료: 통계과", None, None],
    }.items():
        for column, value in enumerate(row, 3):
            sheet.cell(at, column, value)
    reading = read(xlsx, saved(book))
    assert reading.table.header == ["구", "남", "여"]
    assert reading.rows == [{"구": "중구", "남": 10, "여": 11}, {"구": "서구", "남": 20, "여": 21}]
    assert reading.lines == [7, 8]
    assert reading.set_aside == {"title_row": 2, "blank_row": 2, "footnote": 1}
    assert set(reading.codes) == {"title_rows", "unit", "blank_rows", "footnotes"}
    evidence = {p.code: p.evidence for p in reading.table.proposals}
    assert "3: 2024년 구별 인구" in evidence["title_rows"]


def test_none_reads_the_sheet_as_it_stands(read):
    reading = read(xlsx, of([["제목", None], ["a", "b"], [None, None], [1, 2]]), "none")
    assert reading.table.header == ["제목", "column_2"]
    assert reading.column("column_2") == ["b", None, "2"]
    assert reading.codes == ["unnamed_column"]
    assert not reading.set_aside


def test_a_recipe_can_switch_one_proposal_off(read):
    content = of([["제목", None], ["a", "b"], [None, None], [1, 2]])
    assert read(xlsx, content, [{"code": "title_rows", "applied": False}]).table.header == ["제목", "column_2"]
    kept = read(xlsx, content, [{"code": "blank_rows", "applied": False}])
    assert kept.rows == [{"a": None, "b": None}, {"a": 1, "b": 2}]


def test_a_merged_header_of_two_rows_gives_joined_names(read):
    rows = [["단지", "2022년", None, "2023년", None], [None, "생산", "수출", "생산", "수출"], ["녹산", 1, 2, 3, 4]]
    reading = read(xlsx, of(rows, merges=["A1:A2", "B1:C1", "D1:E1"]))
    assert reading.table.header == ["단지", "2022년 생산", "2022년 수출", "2023년 생산", "2023년 수출"]
    assert reading.rows[0]["2023년 수출"] == 4
    assert "multi_row_header" in reading.codes


def test_labels_merged_downwards_are_repeated(read):
    rows = [["시도", "구", "수"], ["부산", "중구", 1], [None, "서구", 2], [None, "동구", 3], ["대구", "남구", 4]]
    reading = read(xlsx, of(rows, merges=["A2:A4"]))
    assert reading.column("시도") == ["부산", "부산", "부산", "대구"]
    assert "merged_cells" in reading.codes
    literal = read(xlsx, of(rows, merges=["A2:A4"]), "none")
    assert literal.column("시도") == ["부산", None, None, "대구"]


def test_labels_reach_over_the_end_of_a_block(read, monkeypatch):
    monkeypatch.setattr(xlsx, "BLOCK_ROWS", 3)
    rows = [["시도", "수"], ["부산", 1], *([None, at] for at in range(2, 9)), ["대구", 9]]
    reading = read(xlsx, of(rows, merges=["A2:A9"]))
    assert reading.column("시도") == ["부산"] * 8 + ["대구"]


def test_years_and_counting_numbers_are_header_cells_but_figures_are_not(read):
    assert read(xlsx, of([["구", 2021, 2022], ["중구", 1, 2]])).table.header == ["구", "2021", "2022"]
    assert read(xlsx, of([[0, 1, 2], ["a", "b", "c"]])).table.header == ["0", "1", "2"]
    headerless = read(xlsx, of([[35.1, 129.0, 7.5], [35.2, 129.1, 3.0]]))
    assert headerless.table.header == ["column_1", "column_2", "column_3"]
    assert len(headerless.rows) == 2
    assert headerless.codes[0] == "no_header"


def test_every_visible_filled_sheet_is_a_table(read_all):
    book = openpyxl.Workbook()
    book.active.title = "빈"
    for name in ("가", "나", "숨김"):
        sheet = book.create_sheet(name)
        sheet.append(["이름", "값"])
        sheet.append([name, 1])
    book["숨김"].sheet_state = "hidden"
    book.create_chartsheet("차트")
    first, second = read_all(xlsx, saved(book))
    assert (first.table.name, second.table.name) == ("가", "나")
    proposal = next(p for p in first.table.proposals if p.code == "sheets")
    assert proposal.evidence == "empty: 빈; hidden: 숨김; chart: 차트"


def form():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in range(1, 31):
        sheet.cell(row, 1, f"항목 {row}")
        sheet.cell(row, 4, "내용")
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=3)
        sheet.merge_cells(start_row=row, end_row=row, start_column=4, end_column=8)
    return book


@pytest.mark.parametrize("policy", ["apply", "none"])
def test_a_form_is_refused(source_of, policy):
    with pytest.raises(Unreadable) as refusal:
        xlsx.tables(source_of(saved(form())), policy=policy)
    assert refusal.value.code == "not_a_table"
    assert "서식" in refusal.value.ko and "form" in refusal.value.en


def test_a_form_beside_a_table_is_refused_alone(source_of):
    book = form()
    sheet = book.create_sheet("표")
    sheet.append(["이름", "값"])
    sheet.append(["가", 1])
    refused, table = xlsx.tables(source_of(saved(book)), policy="apply")
    assert refused.refusal.code == "not_a_table"
    with pytest.raises(Unreadable):
        next(refused.blocks())
    assert table.refusal is None and table.header == ["이름", "값"]


def test_a_table_of_many_blocks_keeps_its_lines_and_types(read, monkeypatch):
    monkeypatch.setattr(xlsx, "BLOCK_ROWS", 3)
    rows = [["a", "b"], *([at, None if at < 9 else "x"] for at in range(10)), [None, None], ["끝", "y"]]
    reading = read(xlsx, of(rows))
    assert reading.column("a") == [*map(str, range(10)), "끝"]
    assert reading.lines == [*range(2, 12), 13]
    assert reading.set_aside == {"blank_row": 1}


def test_a_header_alone_is_a_table_of_no_rows(read):
    reading = read(xlsx, of([["a", "b"]]))
    assert reading.rows == [] and reading.table.header == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (of([["a", "b"], [1, 2]])[:-300], "broken_xlsx"),
        (workbook(("빈", [])), "no_records"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_their_reason(source_of, content, code):
    source = source_of(content)
    assert xlsx.matches(source.head(), source)
    with pytest.raises(Unreadable) as refusal:
        xlsx.tables(source, policy="apply")
    assert refusal.value.code == code


def test_other_archives_and_documents_do_not_match(source_of):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "a,b")
    for content in (stream.getvalue(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"a,b\n1,2\n"):
        source = source_of(content)
        assert not xlsx.matches(source.head(), source)


def test_what_expands_too_far_is_refused_with_the_limit(source_of):
    content = of([["a", "b"]] + [[at, "텍스트"] for at in range(500)])
    with pytest.raises(TooBig) as refusal:
        xlsx.tables(source_of(content), policy="apply", limit=5_000)
    assert refusal.value.code == "too_big"
    assert refusal.value.data["limit"] == 5_000


@pytest.mark.parametrize("last", ["XFD1048576", "ALL1048576", "CV1048576"])
def test_two_cells_at_the_ends_of_a_sheet_end_no_process(source_of, last):
    book = openpyxl.Workbook()
    book.active["A1"], book.active[last] = "a", "b"
    with pytest.raises(Unreadable) as refusal:
        xlsx.tables(source_of(saved(book)), policy="apply")
    assert refusal.value.code == "broken_xlsx"


def test_a_wide_and_long_sheet_is_read(read):
    rows = [[f"열{at}" for at in range(30)], *([at] * 30 for at in range(10_000))]
    reading = read(xlsx, of(rows))
    assert len(reading.rows) == 10_000 and reading.rows[-1]["열29"] == 9_999


@pytest.mark.parametrize("seed", range(40))
def test_damaged_sheets_are_refused_or_read(source_of, seed):
    chance = random.Random(seed)
    rows = [["이름", "값"], *([f"행{at}", at] for at in range(20))]
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(of(rows))) as given_book, zipfile.ZipFile(stream, "w") as archive:
        for name in given_book.namelist():
            content = bytearray(given_book.read(name))
            for _ in range(chance.randrange(1, 4) if name.startswith("xl/") else 0):
                content[chance.randrange(len(content))] = chance.choice(b'0123456789<>"/ABZ\xff')
            archive.writestr(name, bytes(content))
    try:
        for table in xlsx.tables(source_of(stream.getvalue()), policy="apply"):
            if table.refusal is None:
                list(table.blocks())
    except LakeError as refusal:
        assert refusal.ko and refusal.en


def test_a_falsely_stated_size_does_not_pass_the_limit(source_of):
    content = bytearray(of([["a", "b"]] + [[at, "텍스트"] for at in range(500)]))
    place = content.rindex(b"PK\x01\x02", 0, content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")))
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Unreadable) as refusal:
        xlsx.tables(source_of(bytes(content)), policy="apply")
    assert refusal.value.code == "broken_xlsx"


texts = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=12)
    .filter(lambda text: not text.startswith(("=", "#")) and not re.search(r"_x[0-9a-fA-F]{4}_", text))
    .filter(lambda text: not any(char in "\u2028\u2029\ufffe\uffff" for char in text))
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0))
kinds = st.sampled_from(
    [
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200).map(
            lambda number: float(f"{number:.15g}")
        ),
        texts,
        st.booleans(),
        st.dates(date(1900, 3, 1), date(9999, 12, 31)),
        moments,
        st.times().map(lambda at: at.replace(microsecond=0)),
    ]
)


@st.composite
def sheets(draw):
    """(names, rows): each column of one kind, and a counter so that no row is empty."""
    names = draw(st.lists(texts.filter(str.strip), min_size=1, max_size=4, unique_by=str.casefold))
    names = [name for name in names if name.casefold() != "번호"]
    columns = [draw(kinds) for _ in names]
    size = draw(st.integers(1, 6))
    rows = [[draw(st.none() | kind) for kind in columns] + [at] for at in range(size)]
    return [*names, "번호"], rows


def plain(value):
    if isinstance(value, datetime):
        return value.astimezone(SEOUL).replace(tzinfo=None) if value.tzinfo else value
    return value


def as_moment(value):
    """A column of moments that all fall on midnight comes back as days."""
    midnight = type(value) is date
    return datetime(value.year, value.month, value.day) if midnight else value


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_any_table_comes_back_equal_under_none(read, table):
    names, rows = table
    reading = read(xlsx, of([names, *rows]), "none")
    assert reading.table.header == names
    given_rows = [[as_moment(value) for value in row] for row in rows]
    read_rows = [[as_moment(plain(value)) for value in row.values()] for row in reading.rows]
    assert read_rows == given_rows
    assert reading.lines == list(range(2, len(rows) + 2))


def test_a_header_merged_in_both_directions_beside_a_deeper_one(read):
    rows = [
        ["범죄 현황", None, None, None, None, None, None],
        ["죄명", "정신 장애", None, None, "주\n취", None, "미상"],
        [None, "소계", "이  상", None, None, None, None],
        [None, None, "남", "여", "남", "여", None],
        ["절도", 9, 4, 5, 1, 2, 3],
        ["사기", 7, 3, 4, 0, 1, 2],
    ]
    merges = ["A1:G1", "A2:A4", "B2:D2", "E2:F3", "G2:G4", "B3:B4", "C3:D3"]
    reading = read(xlsx, of(rows, merges=merges))
    assert reading.table.header == [
        "죄명", "정신 장애 소계", "정신 장애 이상 남", "정신 장애 이상 여", "주취 남", "주취 여", "미상",
    ]  # fmt: skip
    assert reading.set_aside == {"title_row": 1} and reading.column("주취 여") == [2, 1]


def test_a_group_that_its_members_repeat_is_named_once(read):
    rows = [["시도", "2019년", None], [None, "2019년 01월", "2019년 02월"], ["부산", 1, 2]]
    reading = read(xlsx, of(rows, merges=["A1:A2", "B1:C1"]))
    assert reading.table.header == ["시도", "2019년 01월", "2019년 02월"]


def test_names_over_several_lines_and_padded_ones_are_one_line(read):
    reading = read(xlsx, of([["지역 ", "아파트\n연  립\n다세대", "범인이\n친족"], ["부산", 1, 2]]))
    assert reading.table.header == ["지역", "아파트 연립 다세대", "범인이 친족"]


def test_labels_merged_sideways_before_figures_are_no_form_and_are_repeated(read):
    rows = [
        ["동기", None, "계", "기혼", "미혼"],
        ["계", None, 60, 30, 30],
        *([motive, None, n, n, 0] for n, motive in enumerate(["부주의", "우발", "기타", "미상"], 1)),
        ["이욕", "소계", 10, 5, 5],
        [None, "생활비", 10, 5, 5],
    ]
    reading = read(xlsx, of(rows, merges=["A1:B1", *(f"A{n}:B{n}" for n in range(2, 7)), "A7:A8"]))
    assert reading.column("동기") == ["계", "부주의", "우발", "기타", "미상", "이욕", "이욕"]
    assert reading.column("동기_2") == ["계", "부주의", "우발", "기타", "미상", "소계", "생활비"]


def test_a_figure_merged_sideways_is_not_counted_twice(read):
    rows = [["구", "남", "여"], ["중구", 1, 2], ["서구", 7, None], ["동구", 3, 4], ["남구", 5, 6]]
    assert read(xlsx, of(rows, merges=["B3:C3"])).column("여") == [2, None, 4, 6]


def test_numbered_notes_merged_over_the_width_are_notes(read):
    rows = [
        ["구", "남", "여"],
        ["중구", 1, 2],
        ["서구", 3, 4],
        ["1. 잠정치", None, None],
        ["2. 외국인 제외", None, None],
    ]
    reading = read(xlsx, of(rows, merges=["A4:C4", "A5:C5"]))
    assert reading.column("구") == ["중구", "서구"] and reading.set_aside == {"footnote": 2}


def test_a_numbered_checklist_is_not_cut_for_notes(read):
    rows = [
        ["항목", "결과", "비고"],
        *([f"{n}. 항목 {n}", "양호", "가"] for n in range(1, 6)),
        ["6. 항목 6", None, None],
    ]
    assert len(read(xlsx, of(rows)).rows) == 6
