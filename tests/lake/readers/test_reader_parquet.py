from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadam.lake.errors import Unreadable
from datadam.lake.readers import parquet

SEOUL = ZoneInfo("Asia/Seoul")


def file_of(table, **options):
    stream = BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def of(**columns):
    return file_of(pa.table(columns))


def test_types_are_mapped_to_those_of_the_lake(read):
    moment = datetime(2024, 1, 2, 9, 30)
    columns = {
        "작은수": (pa.array([1, None], pa.int8()), "int64", [1, None], ""),
        "부호없음": (pa.array([1, 2**62], pa.uint64()), "int64", [1, 2**62], ""),
        "큰부호없음": (pa.array([1, 2**64 - 1], pa.uint64()), "string", ["1", str(2**64 - 1)], "as_text"),
        "실수": (pa.array([1.5, None], pa.float32()), "double", [1.5, None], ""),
        "정수십진": (pa.array([Decimal("12"), None], pa.decimal128(18, 0)), "int64", [12, None], ""),
        "십진": (pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)), "double", [1.25, None], ""),
        "긴십진": (
            pa.array([Decimal("12345678901234567.10"), None], pa.decimal128(30, 2)),
            "string",
            ["12345678901234567.10", None],
            "as_text",
        ),
        "분류": (pa.array(["가", "나"]).dictionary_encode(), "string", ["가", "나"], ""),
        "없음": (pa.nulls(2), "string", [None, None], ""),
        "날짜": (pa.array([date(2024, 1, 2), None], pa.date64()), "date32[day]", [date(2024, 1, 2), None], ""),
        "시": (pa.array([time(9, 5), None], pa.time32("s")), "time64[us]", [time(9, 5), None], ""),
        "현지": (
            pa.array([moment, None], pa.timestamp("ns")),
            "timestamp[us, tz=UTC]",
            [moment.replace(tzinfo=SEOUL), None],
            "naive_timestamp_kst",
        ),
        "세계": (
            pa.array([moment.replace(tzinfo=UTC), None], pa.timestamp("ms", "America/New_York")),
            "timestamp[us, tz=UTC]",
            [moment.replace(tzinfo=UTC), None],
            "",
        ),
        "목록": (pa.array([[1, 2], None]), "string", ["[1,2]", None], "nested_json"),
        "묶음": (pa.array([{"a": 1, "b": "가"}, None]), "string", ['{"a":1,"b":"가"}', None], "nested_json"),
        "글바이트": (pa.array(["가".encode(), None], pa.binary()), "string", ["가", None], "binary_text"),
        "바이트": (pa.array([b"\xff\x00", None], pa.binary()), "string", ["/wA=", None], "binary_base64"),
        "기간": (
            pa.array([timedelta(hours=30), None], pa.duration("ms")),
            "string",
            ["1 days 06:00:00", None],
            "as_text",
        ),
    }
    reading = read(parquet, of(**{name: column[0] for name, column in columns.items()}))
    assert reading.types == {name: column[1] for name, column in columns.items()}
    for name, column in columns.items():
        assert reading.column(name) == column[2], name
    assert {p.column: p.code for p in reading.table.proposals} == {n: c[3] for n, c in columns.items() if c[3]}
    assert reading.lines == [1, 2]


def test_a_table_of_no_rows_and_one_of_many_batches(read, monkeypatch):
    empty = read(parquet, of(a=pa.array([], pa.int32())))
    assert empty.rows == [] and empty.types == {"a": "int64"}
    monkeypatch.setattr(parquet, "BLOCK_ROWS", 10)
    content = file_of(pa.table({"a": list(range(95))}), row_group_size=30)
    reading = read(parquet, content)
    assert reading.column("a") == list(range(95))
    assert reading.lines == list(range(1, 96))


def test_repeated_and_empty_names_are_made_usable(read):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([b"\xff"]), pa.array([b"x"])], names=["a", "A", ""])
    reading = read(parquet, file_of(table))
    assert reading.rows == [{"a": 1, "A_2": "/w==", "column_3": "x"}]


@pytest.mark.parametrize("cut", [slice(None, -20), slice(None, 40)])
def test_a_damaged_file_is_refused(source_of, cut):
    with pytest.raises(Unreadable) as refusal:
        parquet.tables(source_of(of(a=list(range(1000)))[cut]), policy="apply")
    assert refusal.value.code == "broken_parquet"


def test_damage_inside_is_met_while_reading(source_of):
    table = pa.table({"a": list(range(100_000))})
    content = bytearray(file_of(table, use_dictionary=False, write_page_checksum=True))
    content[100:400] = bytes(300)
    (table,) = parquet.tables(source_of(bytes(content)), policy="apply")
    with pytest.raises(Unreadable) as refusal:
        list(table.blocks())
    assert refusal.value.code == "broken_parquet"


def test_an_encrypted_file_is_refused_with_the_reason(source_of):
    source = source_of(b"PARE" + bytes(100) + b"PARE")
    assert parquet.matches(source.head(), source)
    with pytest.raises(Unreadable) as refusal:
        parquet.tables(source, policy="apply")
    assert refusal.value.code == "encrypted"


texts = st.text(st.characters(codec="utf-8"), max_size=10)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1))
kinds = st.sampled_from(
    [
        (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
        (pa.float64(), st.floats(allow_nan=False)),
        (pa.string(), texts),
        (pa.large_string(), texts),
        (pa.bool_(), st.booleans()),
        (pa.date32(), st.dates()),
        (pa.time64("us"), st.times()),
        (pa.timestamp("us"), moments),
    ]
)


@st.composite
def tables(draw):
    named = texts.filter(lambda name: name.strip() and "\0" not in name)  # a NUL is cleaned out of names
    names = draw(st.lists(named, min_size=1, max_size=5, unique_by=str.casefold))
    size = draw(st.integers(0, 6))
    columns = {}
    for name in names:
        kind, values = draw(kinds)
        columns[name] = pa.array(draw(st.lists(st.none() | values, min_size=size, max_size=size)), kind)
    return pa.table(columns)


@settings(max_examples=80, deadline=None)
@given(tables())
def test_any_table_comes_back_equal_under_none(read, table):
    reading = read(parquet, file_of(table), "none")
    assert reading.table.header == table.column_names
    rows = [
        {
            name: value.astimezone(SEOUL).replace(tzinfo=None) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in reading.rows
    ]
    assert rows == table.to_pylist()
