"""Versions of a table: appended, read by number, destroyed without a trace."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake.errors import LakeError
from datadam.lake.tables import LakeTable


def load(table: LakeTable, rows: dict[str, list[object]]) -> int:
    data = pa.table(rows)
    with table.load() as new:
        pq.write_table(data, new.new_file())
        return new.commit(data.schema, {})


def read(table: LakeTable, version: int) -> list[dict[str, object]]:
    return [row for file in table.files(version) for row in pq.read_table(file).to_pylist()]


@pytest.fixture
def table(tmp_path):
    return LakeTable(tmp_path, "t")


def test_each_load_is_a_version(table):
    assert load(table, {"구군": ["해운대구"], "값(원)": [1]}) == 1
    assert load(table, {"구군": ["수영구"], "새 열": ["가"]}) == 2
    assert read(table, 1) == [{"구군": "해운대구", "값(원)": 1}]
    assert read(table, 2) == [{"구군": "수영구", "새 열": "가"}]
    assert table.schema(1).names == ["구군", "값(원)"]


def test_an_abandoned_load_leaves_nothing(table):
    load(table, {"a": [1]})
    before = sorted(table.folder.rglob("*"))
    with pytest.raises(ZeroDivisionError), table.load() as new:
        pq.write_table(pa.table({"a": [2]}), new.new_file())
        raise ZeroDivisionError
    assert sorted(table.folder.rglob("*")) == before
    assert table.versions() == [0, 1]


def test_a_destroyed_version_is_nowhere_on_disk(table):
    load(table, {"이름": ["지워야 할 값"]})
    load(table, {"이름": ["남을 값"]})
    table.destroy(1)
    assert read(table, 1) == []
    assert read(table, 2) == [{"이름": "남을 값"}]
    assert load(table, {"이름": ["다음"]}) == 3
    whole = b"".join(path.read_bytes() for path in table.folder.parent.rglob("*") if path.is_file())
    assert "지워야 할 값".encode() not in whole
    assert [path.name for path in table.folder.parent.iterdir()] == ["t"]


@pytest.mark.parametrize("swapped", [False, True], ids=["between the renames", "before the old one was removed"])
def test_a_destruction_cut_short_can_be_asked_for_again(table, swapped):
    load(table, {"이름": ["지워야 할 값"]})
    load(table, {"이름": ["남을 값"]})
    old, rebuilt = (table.folder.with_name(f"t.{end}") for end in ("old", "rebuild"))
    shutil.copytree(table.folder, old)
    if not swapped:
        table.folder.rename(rebuilt)
    table.destroy(1)
    assert read(table, 1) == [] and read(table, 2) == [{"이름": "남을 값"}]
    whole = b"".join(path.read_bytes() for path in table.folder.parent.rglob("*") if path.is_file())
    assert "지워야 할 값".encode() not in whole
    assert [path.name for path in table.folder.parent.iterdir()] == ["t"]


def test_a_whole_table_can_be_destroyed(table):
    load(table, {"a": [1]})
    table.destroy()
    assert not table.folder.exists()


def test_an_unknown_version_is_refused(table):
    load(table, {"a": [1]})
    with pytest.raises(LakeError) as refusal:
        table.files(9)
    assert refusal.value.code == "no_such_version"
