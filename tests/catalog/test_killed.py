"""kill -9 while a file comes and at every stage of its reading: the next process does it right, once, and tidily."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datadam.lake.staging import CHUNK
from datadam.lake.tables import LakeTable
from tests import homes
from tests.catalog.conftest import csv
from tests.lake import test_broken_bytes as authored

PROGRAM = Path(__file__).with_name("killed_program.py")
CSV = csv([f'구{n % 16},2022-09-{n % 28 + 1:02d},"{n % 9000 + 10:,}",비고 {n}' for n in range(30_000)])
ROWS = 30_000
STAGES = [
    ("datadam.catalog.services.uploads:take_in_upload", "before"),
    ("datadam.lake.intake:open_tables", "after"),  # what an archive holds lies unpacked
    ("datadam.lake.writer:Writer.write", "after"),
    ("datadam.lake.writer:Writer.close", "after"),
    ("datadam.lake.intake:profile", "after"),
    ("datadam.lake.tables:Load.commit", "before"),
    ("datadam.lake.tables:Load.commit", "after"),
    ("datadam.catalog.services.storing:_store_one", "after"),  # inside the transaction
    ("datadam.catalog.services.intake:store", "after"),
]


class City:
    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "city"
        self.env = {**os.environ, "DATADAM_HOME": str(self.home)}

    def run(self, *args: str) -> str:
        done = self._start(*args)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def killed(self, *args: str) -> None:
        assert self._start(*args).returncode == -signal.SIGKILL

    def _start(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PROGRAM), *map(str, args)]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120)

    def write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def count(self, table: str, where: str = "1 = 1") -> int:
        return homes.rows(self.home, f"SELECT count(*) FROM {table} WHERE {where}")[0][0]

    @property
    def staged(self) -> list[str]:
        return sorted(path.name for path in (self.home / "staging").iterdir())

    def finish(self, tables: int, rows: int) -> None:
        """After another worker all jobs are done, each table is there once, its rows are, and nothing lies about."""
        found = json.loads(self.run("work"))
        assert homes.rows(self.home, "SELECT DISTINCT state FROM core_job WHERE task = 'catalog.take_in'") == [
            ("done",)
        ]
        assert self.count("catalog_upload", "state = 'read'") == 1 == self.count("catalog_upload")
        assert self.count("catalog_dataset") == tables == self.count("catalog_release")
        assert found == [rows] * tables
        folders = list((self.home / "lake" / "tables").iterdir())
        assert len(folders) == tables
        for table in (LakeTable(self.home / "lake", folder.name) for folder in folders):
            assert {path.name for path in table.folder.iterdir()} == {"_delta_log", *table.named()}
        assert len(self.staged) == 1 and self.staged[0].isalnum()  # the sealed file, until its release is decided


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("ready"))
    command = [sys.executable, "-m", "datadam.cli", "init"]
    subprocess.run(command, env=city.env, check=True, capture_output=True)
    return city.home


@pytest.fixture
def city(tmp_path, ready):
    made = City(tmp_path)
    homes.copy(ready, made.home)
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("place", "when"), STAGES)
def test_killed_at_any_stage_of_reading(city, place, when):
    """An archive of two tables: both are there in the end, and before that neither or both."""
    others = CSV.replace("비고 1".encode("cp949"), "비고 2".encode("cp949"))
    city.killed("read", city.write("구별.zip", authored.zipped({"갑.csv": CSV, "을.csv": others})), place, when)
    assert city.count("catalog_release") == (2 if place.endswith(":store") else 0)
    city.finish(tables=2, rows=ROWS)


@pytest.mark.slow
def test_rows_of_a_killed_load_are_gone_before_the_next_file_is_read(city):
    """Whatever file that is, and although the sealed file of the first was lost."""
    city.killed("read", city.write("갑.csv", CSV), "datadam.lake.writer:Writer.close", "after")
    assert list((city.home / "lake").rglob("*.parquet"))
    for name in city.staged:
        (city.home / "staging" / name).unlink()
    city.killed("read", city.write("을.csv", CSV + CSV), "datadam.lake.intake:take_in", "before")
    assert list((city.home / "lake" / "tables").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xlsx", "xls", "shapefile", "gpkg", "rds", "parquet", "json"])
def test_killed_while_a_file_of_any_format_is_written(city, kind, tmp_path_factory):
    content = authored.made(tmp_path_factory)[kind]
    city.killed("read", city.write("표", content), "datadam.lake.writer:Writer.close", "after")
    city.finish(tables=1, rows={"shapefile": 3, "gpkg": 3, "xls": 3, "rds": 3}.get(kind, len(authored.RECORDS)))


@pytest.mark.slow
def test_killed_while_a_file_comes(city):
    file = city.write("표_202209.csv", CSV)
    city.killed("receive", file, "200000")
    assert city.count("catalog_upload") == 0 and len(city.staged) == 1
    for path in (city.home / "staging").iterdir():
        os.utime(path, (1, 1))
    city.run("work")
    assert city.staged == []
    city.run("receive", file)
    city.finish(tables=1, rows=ROWS)


@pytest.mark.slow
def test_killed_in_the_middle_of_every_piece(city):
    """The file goes on where its last durable byte was, and is read once."""
    header, _, body = CSV.partition(b"\r\n")
    file = city.write("표_202209.csv", header + b"\r\n" + body * 6)
    upload = city.run("announce", file)
    for _ in range(3):
        city.killed("piece", upload, file, "-", str(3 * CHUNK // 2))
        assert city.count("catalog_upload", "state = 'arriving'") == 1
    assert int(city.run("piece", upload, file, "-")) >= 3 * CHUNK
    city.finish(tables=1, rows=6 * ROWS)
