"""What a steward calls a column takes no suspicion away, and a file without a header is no way around."""

import pyarrow as pa
import pytest

from datadam.lake.personal.scanning import scan_table
from datadam.lake.types import Column

ROWS = 60
RESIDENTS = [
    f"{70 + n % 25}{1 + n % 9:02d}{10 + n % 18}-{1 + n % 2}{234567 + n * 7919 % 700000:06d}" for n in range(ROWS)
]
MOBILES = [f"010-{2300 + n * 37}-{4100 + n * 53}" for n in range(ROWS)]
NAMES = [f"{'김이박최정강조윤'[n % 8]}{'민서지우하은도윤'[n * 3 % 8]}{'준현아름솔빈찬미'[n // 8]}" for n in range(ROWS)]
HOMES = [f"부산광역시 해운대구 우동로 {3 + n} {101 + n % 5}동 {201 + n}호" for n in range(ROWS)]


def found(renamed: dict[str, str], **columns: list[str]) -> set[tuple[str, str]]:
    """(name in the file, kind) of what blocks once the columns are renamed."""
    names = {source: renamed.get(source, source) for source in columns}
    table = pa.table({names[source]: values for source, values in columns.items()})
    sources = {name: source for source, name in names.items()}
    told = [Column(name, "text", source) for name, source in sources.items()]
    return {(sources[each.column], each.kind) for each in scan_table(table, told) if each.blocking}


@pytest.mark.parametrize("name", ["법인등록번호", "사업자등록번호", "카드번호", "계좌번호", "시설명", "팩스", "x"])
def test_a_rename_hides_nothing(name):
    columns = {"성명": NAMES, "주민등록번호": RESIDENTS, "연락처": MOBILES, "주소": HOMES, "비고": ["없음"] * ROWS}
    plain = found({}, **columns)
    assert {("주민등록번호", "resident_number"), ("연락처", "phone"), ("성명", "name"), ("주소", "address")} <= plain
    for source in columns:
        assert plain <= found({source: name}, **columns), source


def test_a_file_that_calls_residents_a_registry_is_looked_at_all_the_same():
    assert ("법인등록번호", "resident_number") in found({}, 법인등록번호=RESIDENTS)
    assert ("사업자등록번호", "phone") in found({}, 사업자등록번호=MOBILES)


def test_people_of_a_file_without_a_header_are_found():
    told = found({}, column_1=NAMES, column_2=HOMES, column_3=[str(n) for n in range(ROWS)])
    assert {("column_1", "name"), ("column_2", "address")} <= told


def test_values_that_are_no_plain_text_are_looked_at():
    table = pa.table(
        {
            "목록": pa.array([[value] for value in MOBILES]),
            "이진": pa.array([value.encode() for value in RESIDENTS], pa.binary()),
        }
    )
    assert {each.kind for each in scan_table(table) if each.blocking} == {"phone", "resident_number"}
