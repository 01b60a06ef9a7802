"""What a steward set about columns: applied while a file is read, in bounded memory, every row accounted for."""

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake.intake import open_source
from datadam.lake.quarantine import quarantined
from datadam.lake.tryout import try_out

CONTENT = (
    "구군명,날짜,값,비고\n서구,2022-09-01,1,가\n중구,20220902,X,나\n동구,2022.9.3,3,다\n남구,모름,-999,라\n".encode()
)


def step(code, column, **facts):
    return {"code": code, "column": column, "applied": True, **facts}


def test_rename_retype_drop_missing_and_describe_together(lake):
    policy = [
        step("rename", "구군명", to="구군"),
        step("retype", "날짜", type="date"),
        step("missing", "값", tokens=["X", "-999"]),
        step("drop", "비고"),
        step("describe", "값", text="하루 이용자", unit="명"),
    ]
    report = lake.one(CONTENT, policy=policy)
    assert [(c.name, c.type, c.source) for c in report.columns] == [
        ("구군", "text", "구군명"), ("날짜", "date", "날짜"), ("값", "integer", "값"),
    ]  # fmt: skip
    assert (report.columns[2].description, report.columns[2].unit) == ("하루 이용자", "명")
    assert lake.rows(report) == [
        {"구군": "서구", "날짜": dt.date(2022, 9, 1), "값": 1},
        {"구군": "중구", "날짜": dt.date(2022, 9, 2), "값": None},
        {"구군": "동구", "날짜": dt.date(2022, 9, 3), "값": 3},
    ]
    assert report.rows_read == 4 == report.rows_loaded + report.rows_quarantined
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert (bad.line, bad.reason) == (5, "not_date:날짜") and "모름" in bad.text
    assert report.header == ["구군명", "날짜", "값", "비고"]


def test_the_same_recipe_gives_the_same_content(make_lake):
    policy = [step("rename", "구군명", to="구군"), step("retype", "값", type="text"), step("drop", "비고")]
    one, other = (make_lake().one(CONTENT, policy=policy) for _ in range(2))
    assert one.content_digest == other.content_digest != make_lake().one(CONTENT).content_digest


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        ("integer", "1,234", 1234),
        ("number", "1,234.5", 1234.5),
        ("number", "7", 7.0),
        ("text", " 007 ", " 007 "),
        ("date", "2026년 3월 2일", dt.date(2026, 3, 2)),
        ("timestamp", "2026-03-02 09:00", dt.datetime(2026, 3, 2, 0, 0, tzinfo=dt.UTC)),
        ("timestamp", "2026-03-02", dt.datetime(2026, 3, 1, 15, 0, tzinfo=dt.UTC)),
        ("time", "9:05", "09:05:00"),
        ("time", "0905", "09:05:00"),
        ("time", "23:59:59", "23:59:59"),
        ("boolean", "Y", True),
        ("boolean", "아니오", False),
    ],
)
def test_a_type_reads_every_way_of_writing_it(lake, asked, text, value):
    report = lake.one(f'값|옆\n"{text}"|a\n"{text}"|b\n'.encode(), policy=[step("retype", "값", type=asked)])
    assert report.status == "loaded", report.message_en
    assert [row["값"] for row in lake.rows(report)] == [value, value]


@pytest.mark.parametrize("asked", ["integer", "number", "date", "timestamp", "time", "boolean"])
def test_what_does_not_fit_the_type_is_quarantined_with_its_reason(lake, asked):
    good = {"integer": "1", "number": "1.5", "date": "2026-01-02", "timestamp": "2026-01-02 03:04", "time": "03:04",
            "boolean": "true"}[asked]  # fmt: skip
    rows = "\n".join([f"{good},a"] * 5 + ["25:99,b"])
    report = lake.one(f"값,옆\n{rows}\n".encode(), policy=[step("retype", "값", type=asked)])
    assert (report.rows_loaded, report.rows_quarantined) == (5, 1)
    (bad,) = quarantined(lake.staging, report.quarantine)
    assert (bad.line, bad.reason) == (7, f"not_{asked}:값")


def test_native_columns_are_corrected_too(lake):
    out = io.BytesIO()
    pq.write_table(pa.table({"n": [1, -999, 3], "f": [1.0, 2.5, 3.0]}), out)
    policy = [step("missing", "n", tokens=["-999"]), step("retype", "f", type="text")]
    report = lake.one(out.getvalue(), policy=policy)
    assert [c.type for c in report.columns] == ["integer", "text"]
    assert [row["n"] for row in lake.rows(report)] == [1, None, 3]


def test_two_columns_of_one_name_are_refused(lake):
    report = lake.one(CONTENT, policy=[step("rename", "구군명", to="값")])
    assert (report.status, report.reason) == ("refused", "name_taken") and "‘값’" in report.message_ko
    assert not lake.table().exists()


def test_a_table_without_columns_is_refused(lake):
    policy = [step("drop", name) for name in ("구군명", "날짜", "값", "비고")]
    assert lake.one(CONTENT, policy=policy).reason == "all_dropped"


def test_words_in_quotes_stay_words(lake):
    report = lake.one(
        "값\n'); DROP TABLE x; --\n나\n".encode(), policy=[step("missing", "값", tokens=["'); DROP TABLE x; --"])]
    )
    assert [row["값"] for row in lake.rows(report)] == [None, "나"]


def test_trying_out_shows_first_rows_and_how_many_would_fail(lake):
    sealed = lake.staging.seal(io.BytesIO(CONTENT.replace(b",X,", b",about 2,")))
    source = open_source(lake.staging, sealed.id, "f.csv")
    tried = try_out(source, [step("retype", "값", type="integer"), step("rename", "구군명", to="구군")])
    assert tried.header[0] == "구군명" and tried.columns[0].name == "구군"
    assert (tried.sampled, tried.failed) == (4, {"값": 1}) and tried.rows[0] == ["서구", "2022-09-01", 1, "가"]
