import random
import struct
from datetime import date, datetime, time
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import ole, open_tables, xls

SEOUL = ZoneInfo("Asia/Seoul")
FORMATS = {date: "YYYY-MM-DD", datetime: "YYYY-MM-DD HH:MM:SS", time: "HH:MM:SS"}


def workbook(*sheets, merges=()):
    """The bytes of an old workbook; a sheet is (name, rows). Merges, (top, bottom, left, right), go to the first."""
    book = xlwt.Workbook(encoding="utf-8")
    styles = {kind: xlwt.easyxf(num_format_str=text) for kind, text in FORMATS.items()}
    for number, (name, rows) in enumerate(sheets):
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(at, column, value, styles.get(type(value), xlwt.Style.default_style))
        for merge in merges if not number else ():
            sheet.merge(*merge)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def compound(*names):
    """A compound file whose root holds empty streams of these names."""
    entries = [_entry("Root Entry", 5, child=1)]
    entries += [_entry(name, 2, right=at + 1 if at < len(names) else ole.NONE) for at, name in enumerate(names, 1)]
    directory = b"".join(entries)
    directory += bytes(-len(directory) % 512)
    sectors = len(directory) // 512
    chain = [*range(2, sectors + 1), 0xFFFFFFFE]
    table = struct.pack("<128I", 0xFFFFFFFD, *chain, *[ole.NONE] * (127 - sectors))
    header = ole.MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    return header + struct.pack("<109I", 0, *[ole.NONE] * 108) + table + directory


def _entry(name, kind, child=ole.NONE, right=ole.NONE):
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return (head + struct.pack("<III", ole.NONE, right, child)).ljust(128, b"\0")


def refusal_of(source_of, content, **options):
    with pytest.raises(LakeError) as refusal:
        xls.tables(source_of(content), policy="apply", **options)
    return refusal.value


def test_columns_keep_the_types_of_their_cells(read):
    rows = [
        ["정수", "실수", "코드", "날짜", "시각", "시", "여부"],
        [1, 1.5, "007", date(2024, 1, 2), datetime(2024, 1, 2, 9, 30), time(9, 5), True],
        [2, 2, "08", date(1999, 12, 31), datetime(2024, 1, 2, 0, 0, 1), None, False],
    ]
    reading = read(xls, workbook(("자료", rows)))
    assert reading.table.format == "xls" and reading.table.name == ""
    assert reading.types == {
        "정수": "int64",
        "실수": "double",
        "코드": "string",
        "날짜": "date32[day]",
        "시각": "timestamp[us, tz=UTC]",
        "시": "time64[us]",
        "여부": "bool",
    }
    assert reading.column("날짜") == [date(2024, 1, 2), date(1999, 12, 31)]
    assert reading.column("시각")[0].astimezone(SEOUL).replace(tzinfo=None) == datetime(2024, 1, 2, 9, 30)
    assert reading.lines == [2, 3]


def test_titles_merged_headers_and_labels_are_understood(read):
    rows = [
        ["2022년 생산 실적", None, None],
        ["시도", "실적", None],
        [None, "생산", "수출"],
        ["부산", 1, 2],
        [None, 3, 4],
        ["※ 자료: 산업과", None, None],
    ]
    merges = [(0, 0, 0, 2), (1, 2, 0, 0), (1, 1, 1, 2), (3, 4, 0, 0)]
    reading = read(xls, workbook(("표", rows), merges=merges))
    assert reading.table.header == ["시도", "실적 생산", "실적 수출"]
    assert reading.rows == [
        {"시도": "부산", "실적 생산": 1, "실적 수출": 2},
        {"시도": "부산", "실적 생산": 3, "실적 수출": 4},
    ]
    assert {"title_rows", "multi_row_header", "merged_cells", "footnotes"} <= set(reading.codes)


def test_every_filled_sheet_is_a_table_and_the_front_door_knows_the_format(source_of):
    rows = [["이름", "값"], ["가", 1]]
    first, second = open_tables(source_of(workbook(("가", rows), ("빈", []), ("나", rows))), policy="apply")
    assert (first.name, second.name, first.format) == ("가", "나", "xls")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (compound("FileHeader", "DocInfo", "BodyText"), "hwp"),
        (ole.MAGIC + bytes(504) + b"HWP Document File" + bytes(500), "hwp"),
        (compound("EncryptedPackage", "EncryptionInfo"), "encrypted"),
        (compound("WordDocument", "1Table"), "ole"),
        (ole.MAGIC + bytes(600), "broken_ole"),
        (ole.MAGIC + b"\xff" * 600, "broken_ole"),
        (workbook(("자료", [["a", "b"], [1, 2]]))[:1500], "broken_ole"),
        (workbook(("빈", [])), "no_records"),
    ],
)
def test_other_documents_are_refused_each_with_its_advice(source_of, content, code):
    refusal = refusal_of(source_of, content)
    assert refusal.code == code
    assert isinstance(refusal, Unreadable) and refusal.ko and refusal.en


def test_an_embedded_workbook_does_not_make_a_document_a_spreadsheet():
    assert ole.kind(compound("WordDocument")) == "ole"
    assert ole.kind(compound("Workbook", "Ctls")) == "xls"


def test_a_password_is_told_apart_from_damage(source_of):
    content = bytearray(workbook(("자료", [["a", "b"], [1, 2]])))
    place = content.index(b"\x42\x00\x02\x00\xb0\x04")  # CODEPAGE, as long as FILEPASS may be
    content[place : place + 2] = b"\x2f\x00"
    assert refusal_of(source_of, bytes(content)).code == "encrypted"


def test_a_workbook_beyond_the_limit_is_refused_with_it(source_of):
    refusal = refusal_of(source_of, workbook(("자료", [["a", "b"], [1, 2]])), limit=1_000)
    assert isinstance(refusal, TooBig) and refusal.data["limit"] == 1_000


def damaged(content, seed):
    chance = random.Random(seed)
    if seed % 3 == 0:
        return content[: chance.randrange(8, len(content))]
    copy = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        copy[chance.randrange(8, len(copy))] = chance.randrange(256)
    return bytes(copy)


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_refused_or_read_and_ends_no_process(source_of, seed):
    rows = [["이름", "값", "날"], *([f"행{at}", at, date(2024, 1, 1)] for at in range(50))]
    content = damaged(workbook(("자료", rows), ("둘", rows)), seed)
    try:
        for table in xls.tables(source_of(content), policy="apply"):
            if table.refusal is None:
                list(table.blocks())
    except LakeError as refusal:
        assert refusal.ko and refusal.en


plain = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])
texts = st.text(plain, min_size=1, max_size=12).filter(lambda text: text == text.strip() and "\ufeff" not in text)
kinds = st.sampled_from(
    [
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200),
        texts,
        st.booleans(),
        st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    ]
)


@st.composite
def sheets(draw):
    """(names, rows): each column of one kind, and a counter so that no row is empty."""
    names = draw(st.lists(texts, min_size=1, max_size=4, unique_by=str.casefold))
    names = [name for name in names if name.casefold() != "번호"]
    columns = [draw(kinds) for _ in names]
    size = draw(st.integers(1, 5))
    return [*names, "번호"], [[draw(st.none() | kind) for kind in columns] + [at] for at in range(size)]


@settings(max_examples=25, deadline=None)
@given(sheets())
def test_any_table_comes_back_equal_under_none(read, table):
    names, rows = table
    reading = read(xls, workbook(("자료", [names, *rows])), "none")
    assert reading.table.header == names
    assert [list(row.values()) for row in reading.rows] == rows
