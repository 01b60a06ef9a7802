"""Tables inside documents: HWPX, HTML and Excel's XML of 2003."""

import random
import zipfile
from datetime import date
from html import escape
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import LakeError, TooBig
from datadam.lake.readers import grid, html_table, hwpx, open_tables, spreadsheet_xml
from tests.lake.readers.conftest import _source

ROWS = [["구", "남", "여"], ["중구", "1,001", "11"], ["서구", "2,002", "21"]]
HP = 'xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph" xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'


def paragraphs(text):
    lines = "".join(f"<hp:p><hp:run><hp:t>{escape(line)}</hp:t></hp:run></hp:p>" for line in text.split("\n"))
    return f"<hp:subList>{lines}</hp:subList>"


def hwp_cell(text, row, column, rows=1, columns=1, inner=""):
    return (
        f'<hp:tc name="" header="0"><hp:subList>{inner}</hp:subList>{paragraphs(text)}'
        f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
    )


def hwp_table(rows, spans=()):
    """A table of the rows; spans are (row, column, rows, columns), and the cells they cover are left out."""
    wide = {(row, column): (tall, broad) for row, column, tall, broad in spans}
    covered = {
        (row + down, column + right)
        for (row, column), (tall, broad) in wide.items()
        for down in range(tall)
        for right in range(broad)
    } - set(wide)
    lines = [
        "".join(
            hwp_cell(text, row, column, *wide.get((row, column), (1, 1)))
            for column, text in enumerate(line)
            if (row, column) not in covered
        )
        for row, line in enumerate(rows)
    ]
    return "<hp:tbl>" + "".join(f"<hp:tr>{line}</hp:tr>" for line in lines) + "</hp:tbl>"


def document(*parts, manifest=""):
    """The bytes of a HWPX file with one section a part."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/hwp+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        for number, part in enumerate(parts):
            text = f'<?xml version="1.0" encoding="UTF-8"?><hs:sec {HP}>{paragraphs("머리말")}{part}</hs:sec>'
            archive.writestr(f"Contents/section{number}.xml", text)
    return stream.getvalue()


def page(rows, spans=(), encoding="utf-8", around="{}"):
    wide = {(row, column): f' rowspan="{tall}" colspan="{broad}"' for row, column, tall, broad in spans}
    lines = "".join(
        "<tr>"
        + "".join(
            f"<td{wide.get((row, column), '')}>{escape(text)}</td>"
            for column, text in enumerate(line)
            if text is not None
        )
        + "</tr>"
        for row, line in enumerate(rows)
    )
    text = (
        f'<html><head><meta charset="{encoding}"><style>td {{ color: red }}</style></head><body>{around}</body></html>'
    )
    return text.replace("{}", f"<table border=1>{lines}</table>", 1).encode(encoding)


def refusal_of(source_of, content):
    with pytest.raises(LakeError) as refusal:
        open_tables(source_of(content), policy="apply")
    return refusal.value


def test_the_table_of_a_hwpx_document_is_read_as_a_sheet_is(read):
    rows = [["2024년 현황", "", ""], ["구", "인구", ""], ["", "남", "여"], ["중구", "1", "2"], ["", "3", "4"]]
    spans = [(0, 0, 1, 3), (1, 0, 2, 1), (1, 1, 1, 2), (3, 0, 2, 1)]
    reading = read(hwpx, document(hwp_table(rows, spans)))
    assert reading.table.header == ["구", "인구 남", "인구 여"]
    assert [list(row.values()) for row in reading.rows] == [["중구", "1", "2"], ["중구", "3", "4"]]
    assert {"title_rows", "multi_row_header", "merged_cells"} <= set(reading.codes)
    assert reading.lines == [4, 5] and reading.table.format == "hwpx"


def test_every_table_of_every_section_is_one_and_frames_are_left_out(source_of):
    inner = hwp_table(ROWS)
    outer = f"<hp:tbl><hp:tr>{hwp_cell('제목 상자', 0, 0, inner=inner)}</hp:tr></hp:tbl>"
    first, second = open_tables(source_of(document(outer, hwp_table(ROWS))), policy="apply")
    assert (first.name, second.name) == ("표 2", "표 3")
    assert ("sheets", "box: 표 1") in [(p.code, p.evidence) for p in first.proposals]
    assert next(first.blocks()).cells.to_pylist()[0] == {"구": "중구", "남": "1,001", "여": "11"}


def test_paragraphs_and_marks_inside_a_cell_are_kept(read):
    table = hwp_table([["이름", "설명"], ["가", "첫 줄\n둘째 줄"]]).replace("첫 줄", "첫<hp:tab/>줄")
    assert read(hwpx, document(table)).rows == [{"이름": "가", "설명": "첫\t줄\n둘째 줄"}]


def test_cells_without_an_address_or_with_one_that_is_taken_follow_each_other(read):
    table = hwp_table(ROWS)
    bare = table.replace("cellAddr", "cellWas")
    same = table.replace('colAddr="1"', 'colAddr="0"').replace('colAddr="2"', 'colAddr="0"')
    for content in (bare, same):
        assert read(hwpx, document(content)).rows[0] == {"구": "중구", "남": "1,001", "여": "11"}


def form():
    rows = [["신청서", "", "", ""], *([f"항목 {at}", "", "내용", ""] for at in range(9))]
    return rows, [(0, 0, 1, 4), *((at, column, 1, 2) for at in range(1, 10) for column in (0, 2))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (document(), "no_records"),
        (document(hwp_table([["상자"]])), "no_records"),
        (document(hwp_table(*form())), "not_a_table"),
        (document(hwp_table(ROWS))[:-40], "broken_hwpx"),
        (document("<hp:tbl><hp:tr>"), "broken_hwpx"),
        (document(hwp_table(ROWS).replace('rowAddr="1"', 'rowAddr="99999999999"')), "broken_hwpx"),
        (document(hwp_table(ROWS), manifest="<encryption-data/>"), "encrypted"),
        (b"<html><body>text</body></html>", "markup"),
        (page([["한 칸"]]), "markup"),
        (page(*[[[text or None for text in row] for row in form()[0]], form()[1]]), "not_a_table"),
    ],
)
def test_documents_without_a_table_are_refused_with_the_reason(source_of, content, code):
    refusal = refusal_of(source_of, content)
    assert refusal.code == code and refusal.ko and refusal.en


def test_a_form_beside_a_table_is_refused_alone(source_of):
    refused, table = open_tables(source_of(document(hwp_table(*form()), hwp_table(ROWS))), policy="apply")
    assert refused.refusal.code == "not_a_table" and table.header == ROWS[0]


@pytest.mark.parametrize("encoding", ["utf-8", "euc-kr", "utf-16"])
def test_html_saved_as_excel_is_read_in_its_encoding(read, encoding):
    reading = read(html_table, page(ROWS, encoding=encoding))
    assert reading.table.header == ROWS[0] and reading.table.format == "html"
    assert [list(row.values()) for row in reading.rows] == ROWS[1:]
    assert reading.table.encoding == {"utf-8": "utf-8", "euc-kr": "cp949", "utf-16": "utf-16-le"}[encoding]


def test_spans_are_merges(read):
    rows = [["구", "인구", None], ["남", "여"], ["중구", "1", "2"], ["3", "4"], ["서구", "5", "6"]]
    spans = [(0, 0, 2, 1), (0, 1, 1, 2), (2, 0, 2, 1)]
    reading = read(html_table, page(rows, spans))
    assert reading.table.header == ["구", "인구 남", "인구 여"]
    assert reading.column("구") == ["중구", "중구", "서구"]
    assert reading.column("인구 여") == ["2", "4", "6"]


def test_the_biggest_table_is_read_and_those_around_it_are_not(read):
    around = "<table><tr><td>메뉴</td><td>{}</td></tr><tr><td>a</td><td>b</td></tr></table><script>x<td>y</script>"
    reading = read(html_table, page(ROWS, around=around))
    assert [list(row.values()) for row in reading.rows] == ROWS[1:]
    assert ("sheets", "smaller: 1") in [(p.code, p.evidence) for p in reading.table.proposals]


def test_tags_left_open_and_marks_inside_cells_do_no_harm(read):
    content = "<TABLE><TR><TH>이름<TH>값<TR><TD><b>가</b>&amp;나<br>다&nbsp;<TD> 1 <TR><TD>라<TD>2"
    assert read(html_table, content.encode()).rows == [{"이름": "가&나\n다", "값": "1"}, {"이름": "라", "값": "2"}]


def test_a_table_of_too_many_cells_is_refused(source_of, monkeypatch):
    monkeypatch.setattr(grid, "CELL_LIMIT", 1_000)
    content = b"<table><tr><td colspan=900>a</td></tr>" + b"<tr><td>x</td></tr>" * 5 + b"</table>"
    assert isinstance(refusal_of(source_of, content), TooBig)


def test_an_xml_document_whose_root_is_called_table_is_no_html(source_of):
    content = b'<?xml version="1.0"?><table><row><a>1</a></row><row><a>2</a></row></table>'
    assert open_tables(source_of(content), policy="apply")[0].format == "xml"


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_refused_or_read(source_of, seed):
    chance = random.Random(seed)
    content = bytearray(document(hwp_table(ROWS * 5)) if seed % 2 else page(ROWS * 5, encoding="euc-kr"))
    for _ in range(chance.randrange(1, 20)):
        content[chance.randrange(4, len(content))] = chance.randrange(256)
    content = content[: chance.randrange(10, len(content))] if seed % 3 == 0 else content
    try:
        for table in open_tables(source_of(bytes(content)), policy="apply"):
            if table.refusal is None:
                list(table.blocks())
    except LakeError as refusal:
        assert refusal.ko and refusal.en


plain = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"])
texts = st.text(plain, min_size=1, max_size=8).filter(lambda text: "\ufdd0" not in text)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=2)))
@pytest.mark.parametrize("kind", ["hwpx", "html"])
def test_planted_tables_come_back(read, kind, rows):
    content = document(hwp_table(rows)) if kind == "hwpx" else page(rows)
    reading = read(hwpx if kind == "hwpx" else html_table, content, "none")
    assert [list(row.values()) for row in reading.rows] == rows[1:]


def old_xml(*sheets, encoding="utf-8"):
    """Excel's XML of 2003; a sheet is (name, rows as XML)."""
    body = "".join(f'<Worksheet ss:Name="{name}"><Table>{rows}</Table></Worksheet>' for name, rows in sheets)
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        f'<Workbook xmlns="{space}" xmlns:ss="{space}">{body}</Workbook>'
    ).encode(encoding)


def data(value, kind="String", **facts):
    marks = "".join(f' ss:{name}="{number}"' for name, number in facts.items())
    return f'<Cell{marks}><Data ss:Type="{kind}">{value}</Data></Cell>'


def test_excels_old_xml_keeps_types_merges_and_places(read_all):
    head = f"<Row>{data('구', MergeDown=1)}{data('실적', MergeAcross=1)}{data('날', MergeDown=1)}</Row>"
    under = f'<Row ss:Index="2">{data("코드", Index=2)}{data("수")}</Row>'
    day = data("2024-01-02T00:00:00.000", "DateTime")
    body = f"<Row>{data('중구')}{data('007')}{data('1.5', 'Number')}{day}</Row>"
    last = f"<Row>{data('서구')}{data('2', 'Number', Index=3)}</Row>"
    content = old_xml(("표", head + under + body + last), ("빈", ""), encoding="euc-kr")
    source_format = open_tables(_source(content), policy="apply")[0].format
    (reading,) = read_all(spreadsheet_xml, content)
    assert source_format == reading.table.format == "xml_spreadsheet"
    assert reading.rows == [
        {"구": "중구", "실적 코드": "007", "실적 수": 1.5, "날": date(2024, 1, 2)},
        {"구": "서구", "실적 코드": None, "실적 수": 2.0, "날": None},
    ]
    assert ("sheets", "empty: 빈") in [(p.code, p.evidence) for p in reading.table.proposals]


def test_an_index_beyond_what_a_sheet_holds_is_refused(source_of):
    content = old_xml(("표", f'<Row ss:Index="99999999">{data("a", Index=9999)}</Row>'))
    assert isinstance(refusal_of(source_of, content), TooBig)
