"""What a table is taken to count, by its names and numbers; the names are of the kinds that real files have."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.catalog import counting
from datadam.lake.planning import native_type
from datadam.lake.types import Column

DISTRICTS = ["중구", "서구", "동구"]
COUNTS = [3, 1, 2]


@pytest.fixture
def shape(tmp_path):
    def shaped(columns, units=None):
        table = pa.table(columns)
        pq.write_table(table, tmp_path / "t.parquet")
        told = [Column(f.name, native_type(f.type) or "text", unit=(units or {}).get(f.name, "")) for f in table.schema]
        return counting.shape(told, [str(tmp_path / "t.parquet")], table.num_rows)

    return shaped


@pytest.mark.parametrize(
    "name",
    ["도서관수", "차량대수", "주차면수", "개소수", "학교수", "공원수", "병원수", "수용인원", "인구밀도", "1인당 인구",
     "인구(천명)"],
)  # fmt: skip
def test_things(shape, name):
    assert shape({"구군": DISTRICTS, name: COUNTS}) is None


@pytest.mark.parametrize(
    ("name", "unit"),
    [("인구", "persons"), ("환자수", "persons"), ("세대수", "households"), ("가구수", "households"), ("남", "persons"),
     ("아동수", "persons"), ("도서관이용자수(명)", "persons"), ("초등학교 학생수", "persons"),
     ("시설입소인원", "persons"),
     ("경도인지장애환자수", "persons"), ("전화상담인원", "persons"), ("피해자수", "persons"), ("외국인", "persons"),
     ("요금감면가구수", "households"), ("이용건수", "ask"), ("CARD_UTILIIZA_CAS_CO", "ask"), ("persons", "persons"),
     ("2020년_총인구수", "persons")],
)  # fmt: skip
def test_people_and_what_is_asked_about(shape, name, unit):
    found = shape({"구군": DISTRICTS, name: COUNTS})
    assert (found.unit, found.dimensions, found.measures) == (unit, ("구군",), (name,))


def test_the_files_own_unit_decides(shape):
    assert shape({"구군": DISTRICTS, "2018년01월": COUNTS}, {"2018년01월": "명"}).measures == ("2018년01월",)


def test_a_wide_table_is_measured_whole(shape):
    found = shape(
        {"행정구역": DISTRICTS, "2020년_총인구수": [9, 9, 9], "2020년_20~24세": COUNTS, "2020년_세대수": COUNTS}
    )
    assert found.dimensions == ("행정구역",)
    assert found.measures == ("2020년_총인구수", "2020년_20~24세", "2020년_세대수")


def test_years_and_codes_are_categories(shape):
    found = shape({"연도": [2020, 2021, 2022], "구군코드": [1, 2, 3], "인구": COUNTS, "이용금액": [1, 2, 3]})
    assert found.dimensions == ("연도", "구군코드") and found.attached == ("이용금액",)


def test_rows_that_nothing_tells_apart_are_no_table_of_counts(shape):
    assert shape({"구군": ["중구"] * 9, "인구": [1] * 9}) is None


def test_estimates_and_differences_are_no_counts_and_one_slip_changes_nothing(shape):
    assert shape({"구군": DISTRICTS, "인구": [1.5, 2.0, 3.0]}) is None
    assert shape({"구군": DISTRICTS, "인구": [-3, 2, 1]}) is None
    many = {"구군": [f"{n}동" for n in range(20)], "인구": [-1, *range(19)]}
    assert shape(many).measures == ("인구",)
    assert shape({"구군": DISTRICTS, "인구": [3.0, None, 1.0]}).measures == ("인구",)


def test_a_rename_or_another_type_hides_nothing(tmp_path):
    pq.write_table(pa.table({"구군": DISTRICTS, "값": COUNTS, "방문": ["3", "1", None]}), tmp_path / "t.parquet")
    columns = [Column("구군", "text"), Column("값", "integer", "이용자수"), Column("방문", "text", "방문자수")]
    found = counting.shape(columns, [str(tmp_path / "t.parquet")], 3)
    assert (found.unit, found.measures, found.texts) == ("persons", ("값", "방문"), ("방문",))
    things = [Column("구군", "text"), Column("시설수", "integer", "이용자수")]
    assert counting.guess(things).unit == "persons"
    assert counting.guess([*columns, Column("주소", "text", "동네")]) is not None


def test_numbers_with_commas_and_marks_among_them_are_numbers(shape):
    texts = ["1,200", "3명", "X", "14", "2", "5", "1", "9"]
    assert shape({"구군": [f"{n}동" for n in range(8)], "이용자수": texts}).texts == ("이용자수",)


def test_ages_as_numbers_tell_rows_apart(shape):
    rows = {"구군": DISTRICTS * 4, "연령대": [10] * 3 + [20] * 3 + [30] * 3 + [40] * 3, "환자수": [3, 1, 2] * 4}
    assert shape(rows).dimensions == ("구군", "연령대")


def test_places_with_addresses_are_a_register_and_districts_are_none(shape):
    places = {"시설명": DISTRICTS, "소재지": ["중구 1로 3", "서구 2로 4", "동구 3로 5"], "종사자수": COUNTS}
    assert shape(places) is None
    found = shape({"소재지": ["중구"] * 3, "국적": ["일본", "대만", "미국"], "환자수": COUNTS})
    assert found.measures == ("환자수",)


def test_texts_that_are_no_numbers_are_categories(shape):
    found = shape({"환자": ["입원", "외래", "응급"], "환자수": COUNTS})
    assert (found.dimensions, found.measures) == (("환자",), ("환자수",))


def test_the_largest_share_of_an_amount_is_known_by_its_name(shape):
    found = shape({"구군": DISTRICTS, "이용자수": COUNTS, "매출": [9, 8, 7], "최대 매출": [8, 1, 1]})
    assert found.largest == {"매출": "최대 매출"}
    assert counting.Shape.of(found.facts()) == found
