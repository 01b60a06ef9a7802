"""What happens around the reading: unchanged, held, tried, killed."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake.types import Column

CONTENT = "구,값\n중구,1\n서구,2\n".encode("cp949")


def test_the_same_rows_are_unchanged_whatever_their_bytes(lake):
    first = lake.one(CONTENT)
    again = lake.one("구,값\r\n서구,2\r\n중구,1\r\n".encode(), known_digest=first.content_digest)
    assert again.status == "unchanged"
    assert again.version is None
    assert lake.table().versions() == [0, 1]
    other = lake.one("구,값\n중구,1\n서구,3\n".encode(), known_digest=first.content_digest)
    assert other.status == "loaded"


def test_a_changed_schema_is_held_until_confirmed(lake):
    first = lake.one(CONTENT)
    changed = "구,값,새 열\n중구,1,x\n".encode()
    held = lake.one(changed, expected=first.columns)
    assert (held.status, held.reason, held.version) == ("held", "schema_changed", None)
    assert lake.table().versions() == [0, 1]
    assert lake.one(changed, expected=first.columns, accept_drift=True).version == 2
    assert lake.one(CONTENT, expected=[Column("구", "text"), Column("값", "integer")]).status == "loaded"


def test_a_dry_run_keeps_nothing(lake):
    report = lake.one(CONTENT, dry_run=True)
    assert (report.status, report.rows_loaded) == ("loaded", 2)
    assert not lake.table().exists()
    assert len([path for path in lake.staging.folder.iterdir()]) == 1  # the sealed file itself


def test_progress_moves_while_a_text_file_is_read(lake, monkeypatch):
    monkeypatch.setattr("datadam.lake.readers.encoding.READ", 1 << 20)
    told: list[float] = []
    lake.one(("값,글\n" + "12345,가나다라마바사\n" * 1_000_000).encode(), progress=lambda done, _: told.append(done))
    reading = told[:-2]
    assert told == sorted(told) and told[-2:] == [0.92, 0.98]
    assert len({round(done, 1) for done in reading}) >= 3 and 0 < reading[0] < 0.9


def test_the_profile_counts_what_is_there(lake):
    body = "".join(f"구{n % 3},{n},2021-01-{n % 28 + 1:02d}\n" for n in range(1000)) + "구0,,\n"
    report = lake.one(("구,값,일자\n" + body).encode())
    names = {p.name: p for p in report.profile}
    assert (names["구"].distinct, names["구"].top[0]) == (3, ("구0", 335))
    assert names["구"].pattern == "가9"
    assert (names["값"].nulls, names["값"].min, names["값"].max, names["값"].distinct) == (1, 0, 999, 1000)
    assert sum(count for *_, count in names["값"].histogram) == 1000
    assert names["값"].quantiles[2] == 499
    assert (names["일자"].min, names["일자"].max) == ("2021-01-01", "2021-01-28")


def test_a_kill_at_any_moment_leaves_the_table_as_it_was(lake, tmp_path):
    """A process is killed at growing delays while it loads a second version; the first stays readable and whole."""
    first = lake.one(CONTENT)
    script = textwrap.dedent(f"""
        import io
        from pathlib import Path
        from datadam.lake.intake import open_source, take_in
        from datadam.lake.staging import Staging
        from datadam.lake.tables import LakeTable
        staging = Staging(Path({str(tmp_path / "staging")!r}), b"k" * 32)
        body = "구,값\\n" + "".join(f"구{{n}},{{n}}\\n" for n in range(400_000))
        sealed = staging.seal(io.BytesIO(body.encode()))
        print("go", flush=True)
        take_in(open_source(staging, sealed.id, "f"), staging=staging,
                table_for=lambda name: LakeTable(Path({str(tmp_path / "lake")!r}), "t"))
        print("done", flush=True)
    """)
    finished = 0
    for delay in (0.0, 0.1, 0.2, 0.35, 0.5, 0.8):
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert child.stdout and child.stdout.readline() == "go\n"
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
        finished += "done" in child.stdout.read()
        child.wait()
        assert len(lake.rows(first)) == 2
        for version in lake.table().versions()[2:]:
            assert lake.table().schema(version).names == ["구", "값"]
            assert sum(_rows(file) for file in lake.table().files(version)) == 400_000
    again = lake.one(CONTENT.replace(b"1", b"5"))
    assert len(lake.rows(again)) == 2


def _rows(file: str) -> int:
    import pyarrow.parquet as pq

    return int(pq.ParquetFile(file).metadata.num_rows)


def test_a_restart_after_rows_were_written_begins_anew(lake):
    body = "".join(f"{n},{'가' * 20}\n" for n in range(400_000)) + "마지막,나\n" * 60_000
    report = lake.one(("값,말\n" + body).encode())
    assert (report.status, report.rows_loaded, report.columns[0].type) == ("loaded", 460_000, "text")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.0, float("inf"), -float("inf"), float("nan")]),
        pa.array([1e308, -1e308]),
        pa.array([5e-324, 0.0]),
        pa.array([18_000, 20_000_000, -800_000], pa.int32()).cast(pa.date32()),
        pa.array([2**63 - 1, 0, -(2**62)], pa.timestamp("us", "UTC")),
    ],
)
def test_extreme_values_have_a_profile(lake, values):
    content = io.BytesIO()
    pq.write_table(pa.table({"x": values}), content)
    report = lake.one(content.getvalue())
    assert (report.status, report.profile[0].count, report.profile[0].distinct) == ("loaded", len(values), len(values))


def test_names_that_no_table_can_hold_are_cleaned(lake):
    report = lake.one(b'[{"a\\u0000b": 1, "\\ud800": "x"}]')
    assert [column.name for column in report.columns] == ["ab", "?"]


def test_two_hundred_columns_are_typed_in_groups(lake):
    names = ",".join(f"c{n}" for n in range(200))
    report = lake.one(f"{names}\n{','.join('1' * 200)}\n".encode())
    assert {column.type for column in report.columns} == {"integer"}


def test_a_workbook_with_damaged_bytes_is_refused(lake):
    content = io.BytesIO()
    book = openpyxl.Workbook()
    for n in range(200):
        book.active.append([n, f"값 {n}"])
    book.save(content)
    for place in range(60, len(content.getvalue()), 97):
        damaged = bytearray(content.getvalue())
        damaged[place] ^= 0x5A
        assert lake.take(bytes(damaged), dry_run=True)
