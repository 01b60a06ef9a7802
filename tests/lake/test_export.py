"""Exports: what came in comes back equal, whole or not at all."""

import codecs
import csv
import datetime as dt
import io
import json
import math
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from datadam.lake import excel, export
from datadam.lake.errors import LakeError, TooBig

MOMENT = dt.datetime(2024, 1, 1, 15, 30, 1, 500000, dt.UTC)
TABLE = pa.table(
    {
        "상호, 명": ["가게", '그는 "네"라 했다', "줄\n바꿈\r\n둘", "", None, "=1+1", " 앞뒤 ", "a,b"],
        "정수": pa.array([0, -1, 2**60, None, 5, 6, 7, 8], pa.int64()),
        "실수": [0.1, 1e300, -2.5, None, 1 / 3, 37.0, 123456789.123, 5e-324],
        "날짜": [dt.date(2024, 2, 29), dt.date(1899, 1, 1), None, *[dt.date(2024, 1, 1)] * 5],
        "시각": pa.array([MOMENT, None, *[MOMENT.replace(hour=0)] * 6], pa.timestamp("us", "UTC")),
        "시간": pa.array([dt.time(9, 30), None, *[dt.time(23, 59, 59)] * 6], pa.time64("us")),
        "여부": [True, False, None, *[True] * 5],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    paths = [folder / "part-00000.parquet", folder / "part-00001.parquet"]
    pq.write_table(TABLE.slice(0, 5), paths[0])
    pq.write_table(TABLE.slice(5), paths[1])
    return [str(path) for path in paths]


def read_csv(path, encoding="utf-8-sig"):
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), strict=True))


def test_csv_is_rfc_4180_with_a_bom_and_equal_values(files, tmp_path):
    out = tmp_path / "시장.csv"
    done = export.write(files, format="csv", out=out)
    raw = out.read_bytes()
    assert raw.startswith(codecs.BOM_UTF8 + '"상호, 명",정수,실수'.encode())
    assert (done.rows, done.bytes, done.lost) == (8, len(raw), [])
    header, *rows = read_csv(out)
    assert header == TABLE.column_names
    assert [row[0] for row in rows] == [value or "" for value in TABLE["상호, 명"].to_pylist()]
    assert [int(row[1]) if row[1] else None for row in rows] == TABLE["정수"].to_pylist()
    assert [float(row[2]) if row[2] else None for row in rows] == TABLE["실수"].to_pylist()
    assert rows[0][3:] == ["2024-02-29", "2024-01-02 00:30:01.5", "09:30:00", "true"]
    assert rows[1][3:] == ["1899-01-01", "", "", "false"]
    assert raw.count(b"\r\n") == 9 + 1, "one line end a row, and the one inside a value"
    assert b'\r\n"",' in raw and b"\r\n,5," in raw, "an empty text is not a missing one"


def test_utf8_without_a_mark_can_be_had(files, tmp_path):
    export.write(files, format="csv", out=tmp_path / "a.csv", encoding="utf-8")
    assert (tmp_path / "a.csv").read_bytes().startswith('"상호'.encode())


def test_a_single_column_keeps_its_missing_rows(tmp_path):
    pq.write_table(pa.table({"값": pa.array([1, None, 3])}), tmp_path / "p.parquet")
    export.write([str(tmp_path / "p.parquet")], format="csv", out=tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_bytes()[3:] == '값\r\n1\r\n""\r\n3\r\n'.encode()


def test_cp949_says_which_characters_it_could_not_hold(tmp_path):
    rows = ["똠방각하", "café 😀", '이모지 😀, "둘" 😀', "줄\r\n😀é", "漢字"]
    pq.write_table(pa.table({"이름": rows, "값😎": ["a", "b", "ü", "d", "e"]}), tmp_path / "p.parquet")
    done = export.write([str(tmp_path / "p.parquet")], format="csv", encoding="cp949", out=tmp_path / "o.csv")
    assert done.lost == [
        export.Lost("😎", 1, 0, "값😎"),
        export.Lost("é", 2, 2, "이름"),
        export.Lost("😀", 4, 2, "이름"),
        export.Lost("ü", 1, 3, "값😎"),
    ]
    assert read_csv(tmp_path / "o.csv", "cp949") == [
        ["이름", "값?"],
        ["똠방각하", "a"],
        ["caf? ?", "b"],
        ['이모지 ?, "둘" ?', "?"],
        ["줄\r\n??", "d"],
        ["漢字", "e"],
    ]


def test_cp949_loses_nothing_of_korean(files, tmp_path):
    done = export.write(files, format="csv", encoding="cp949", out=tmp_path / "o.csv")
    assert done.lost == []
    assert read_csv(tmp_path / "o.csv", "cp949")[1][0] == "가게"


def test_parquet_comes_back_as_the_same_table(files, tmp_path):
    done = export.write(files, format="parquet", out=tmp_path / "o.parquet")
    again = pq.read_table(tmp_path / "o.parquet")
    assert done.rows == 8
    assert again.to_pylist() == TABLE.to_pylist()
    assert str(again.schema.field("시각").type) == "timestamp[us, tz=UTC]"


def test_json_is_one_array_of_records(files, tmp_path):
    done = export.write(files, format="json", out=tmp_path / "o.json")
    records = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert done.rows == len(records) == 8
    assert list(records[0]) == TABLE.column_names
    for name in ("상호, 명", "정수", "실수", "여부"):
        assert [record[name] for record in records] == TABLE[name].to_pylist()
    moments = [dt.datetime.fromisoformat(record["시각"]) if record["시각"] else None for record in records]
    assert records[0]["시각"] == "2024-01-02T00:30:01.5+09:00"
    assert moments == TABLE["시각"].to_pylist()
    assert records[0]["날짜"] == "2024-02-29"


def test_json_of_no_rows_and_of_numbers_that_json_has_not(tmp_path):
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({'a"\\': [math.nan, math.inf, 1.5]}), path)
    export.write([str(path)], format="json", out=tmp_path / "o.json")
    assert json.loads((tmp_path / "o.json").read_text()) == [{'a"\\': None}, {'a"\\': None}, {'a"\\': 1.5}]
    export.write([str(path)], format="json", out=tmp_path / "o.json", row_filter={'a"\\': ["9"]})
    assert json.loads((tmp_path / "o.json").read_text()) == []


def test_xlsx_opens_in_two_readers_with_equal_values(files, tmp_path):
    out = tmp_path / "o.xlsx"
    assert export.write(files, format="xlsx", out=out).rows == 8
    header, *rows = openpyxl.load_workbook(out).active.iter_rows(values_only=True)
    assert list(header) == TABLE.column_names
    texts = [row[0] for row in rows]
    assert texts[:2] == ["가게", '그는 "네"라 했다'] and texts[5:] == ["=1+1", " 앞뒤 ", "a,b"]
    assert [row[1] for row in rows] == [0, -1, str(2**60), None, 5, 6, 7, 8]
    assert [row[2] for row in rows] == TABLE["실수"].to_pylist()
    assert [row[3] for row in rows][:3] == [dt.datetime(2024, 2, 29), "1899-01-01", None]
    assert rows[0][4] == dt.datetime(2024, 1, 2, 0, 30, 1, 500000)
    assert rows[0][5:] == (dt.time(9, 30), True)
    assert rows[2][6] is None
    read = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert read[1][:5] == ["가게", 0.0, 0.1, dt.date(2024, 2, 29), dt.datetime(2024, 1, 2, 0, 30, 1, 500000)]
    assert read[6][0] == "=1+1"


def test_xlsx_holds_no_formula_and_no_broken_xml(tmp_path):
    values = ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "<b>&amp;</b>", "벨\x07종\x00끝", "_x0041_", "\ufffe", "]]>"]
    pq.write_table(pa.table({"<열>&": values}), tmp_path / "p.parquet")
    out = tmp_path / "o.xlsx"
    export.write([str(tmp_path / "p.parquet")], format="xlsx", out=out)
    sheet = openpyxl.load_workbook(out).active
    cells = [row[0] for row in sheet.iter_rows()]
    assert {cell.data_type for cell in cells} == {"s", "inlineStr"} & {cell.data_type for cell in cells}
    assert [cell.value for cell in cells][:5] == ["<열>&", *values[:4]]
    xml = zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert "벨_x0007_종_x0000_끝" in xml and "_x005F_x0041_" in xml


@pytest.mark.parametrize(("limit", "code"), [("MOST_ROWS", "too_many_rows"), ("MOST_COLUMNS", "too_many_columns"),
                                             ("LONGEST_TEXT", "text_too_long")])  # fmt: skip
def test_xlsx_refuses_what_a_sheet_cannot_hold_and_leaves_nothing(files, tmp_path, monkeypatch, limit, code):
    monkeypatch.setattr(excel, limit, 5)
    with pytest.raises(TooBig) as refused:
        export.write(files, format="xlsx", out=tmp_path / "o.xlsx")
    assert refused.value.code == code
    assert "5" in refused.value.ko and "Parquet" in refused.value.en
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["csv", "parquet", "json", "xlsx"])
def test_only_granted_columns_and_rows_leave(files, tmp_path, format):
    out = tmp_path / "o"
    done = export.write(files, format=format, out=out, columns=["정수"], row_filter={"상호, 명": ["가게", "a,b"]})
    assert done.rows == 2
    if format == "csv":
        assert out.read_bytes()[3:] == "정수\r\n0\r\n8\r\n".encode()
    if format == "json":
        assert json.loads(out.read_text()) == [{"정수": 0}, {"정수": 8}]
    assert "가게".encode() not in out.read_bytes()


def test_an_export_that_fails_leaves_the_old_file(files, tmp_path, monkeypatch):
    out = tmp_path / "o.csv"
    out.write_text("before")

    def broken(batches, file):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(export, "_copy_lines", broken)
    with pytest.raises(OSError, match="disk full"):
        export.write(files, format="csv", out=out)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["o.csv"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"format": "hwp"}, "unknown_format"),
        ({"format": "csv", "encoding": "latin-1"}, "unknown_format"),
        ({"format": "csv", "columns": ["없음"]}, "no_column"),
        ({"format": "csv", "row_filter": {"없음": [1]}}, "no_column"),
    ],
)
def test_what_cannot_be_written_is_refused(files, tmp_path, request_, code):
    with pytest.raises(LakeError) as refused:
        export.write(files, out=tmp_path / "o", **request_)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


cell = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8"), max_size=6), st.sampled_from(['"', ",", "\r\n", "가,나"])
)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_come_back_equal_from_csv_and_json(tmp_path, rows):
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"가": pa.array([row[0] for row in rows], pa.string()),
                             "나": pa.array([row[1] for row in rows], pa.string())}), path)  # fmt: skip
    export.write([str(path)], format="csv", out=tmp_path / "o.csv")
    assert read_csv(tmp_path / "o.csv")[1:] == [[value or "" for value in row] for row in rows]
    export.write([str(path)], format="json", out=tmp_path / "o.json")
    assert json.loads((tmp_path / "o.json").read_bytes()) == [{"가": a, "나": b} for a, b in rows]
