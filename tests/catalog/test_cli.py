"""The command line on a new home, as an operator uses it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import homes
from tests.catalog.conftest import csv

REPORT = [
    "dataset", "release", "status", "reason", "rows_read", "rows_loaded", "rows_quarantined", "rows_set_aside",
    "encoding", "format", "columns", "proposals", "findings", "quality", "seconds",
]  # fmt: skip


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A home that `init` made."""
    desk = Desk(tmp_path_factory.mktemp("ready"))
    desk("init")
    return desk.home


@pytest.fixture
def desk(tmp_path, ready):
    """A place to work: a folder for files and a home; calling it runs a command."""
    desk = Desk(tmp_path)
    homes.copy(ready, desk.home)
    return desk


@pytest.fixture
def new_desk(tmp_path):
    """A place to work whose home does not exist yet."""
    return Desk(tmp_path)


class Desk:
    def __init__(self, folder: Path):
        self.folder, self.home = folder, folder / "city"
        self.env = {**os.environ, "DATADAM_HOME": str(self.home)}

    def command(self, *args):
        return [sys.executable, "-m", "datadam.cli", *map(str, args)]

    def __call__(self, *args, code=0):
        done = subprocess.run(self.command(*args, "--json"), env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def ingest(self, source, *args, code=0):
        return self("ingest", source, "--org", "교통과", *args, code=code)["datasets"]

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path


def test_a_files_whole_journey(new_desk):
    desk = new_desk
    file = desk.write("지하철 이용_202209.csv", csv())
    (report,) = desk.ingest(file)
    assert list(report)[: len(REPORT)] == REPORT
    assert {k: report[k] for k in REPORT[:9]} == {
        "dataset": "jihacheol-iyong", "release": 1, "status": "loaded", "reason": "", "rows_read": 3, "rows_loaded": 3,
        "rows_quarantined": 0, "rows_set_aside": {}, "encoding": "cp949",
    }  # fmt: skip
    assert report["columns"][2] == {"name": "이용자수", "type": "integer"} and report["seconds"] > 0
    assert {p["code"] for p in report["proposals"]} == {"date", "thousands_separator"}
    assert desk("show", "지하철 이용")["state"] == "draft"
    (again,) = desk.ingest(file)
    assert (again["status"], again["reason"]) == ("unchanged", "same_file")
    assert desk("publish", "jihacheol-iyong", code=1)["error"]["code"] == "invalid"
    assert desk("publish", "jihacheol-iyong", "--licence", "kogl-1")["state"] == "published"
    answer = desk("sql", 'SELECT "시군구", sum("이용자수") AS n FROM "지하철 이용" GROUP BY 1 ORDER BY n DESC')
    assert answer["rows"][0] == ["동래구", 5000]
    assert answer["datasets"] == [{"dataset": "jihacheol-iyong", "release": 1}]
    refused = desk("sql", "SELECT * FROM read_parquet('/etc/passwd')", code=1)
    assert refused["error"]["code"] in {"function_refused", "unknown_table"}
    out = desk.folder / "out.csv"
    exported = desk("export", "jihacheol-iyong", "--format", "csv", "--encoding", "cp949", "--out", out)
    assert (exported["rows"], exported["lost"]) == (3, [])
    assert out.read_bytes().decode("cp949").splitlines()[1].startswith("해운대구,2022-09-01,1200")
    assert desk("unpublish", "jihacheol-iyong")["state"] == "withdrawn"
    assert desk("unpublish", "jihacheol-iyong", code=1)["error"]["code"] == "conflict"
    assert desk("verify")["problems"] == []


def test_describing_undoing_and_discarding_by_command(desk):
    desk.ingest(desk.write("a_202209.csv", csv()))
    told = (
        "--title",
        "새 제목",
        "--keywords",
        "가, 나",
        "--theme",
        "finance",
        "--from",
        "2022-09-01",
        "--licence",
        "kogl-2",
    )
    assert desk("describe", "a", *told)["title"] == "새 제목"
    shown = desk("show", "a")
    assert (shown["keywords"], shown["theme"], shown["licence"]) == (["가", "나"], "finance", "kogl-2")
    assert desk("describe", "a", code=2)["error"]["code"] == "usage"
    assert desk("describe", "a", "--to", "내일", code=2)["error"]["code"] == "usage"
    assert desk("describe", "a", "--theme", "없음", code=1)["error"]["code"] == "invalid"
    assert desk("undo", "a", code=1)["error"]["code"] == "conflict"
    assert desk("publish", "a")["state"] == "published"
    assert desk("undo", "a")["state"] == "draft"
    assert desk("discard", "a", "--release", "1") == {"dataset": "a", "release": 1}
    assert desk("discard", "a", "--release", "1", "--undo") == {"dataset": "a", "release": 1}
    assert desk("discard", "a", "--release", "1", "--undo", code=1)["error"]["code"] == "not_allowed"


def test_a_table_is_looked_at_and_drawn_by_command(desk):
    desk.ingest(desk.write("b_202209.csv", "제목,,\n이름,값,비고\n소계,3,\n가,1,x\n나,2,y\n".encode()))
    assert desk("preview", "b")["raw"]["lines"][1] == {"row": 2, "cells": ["이름", "값", "비고"]}
    lines = desk.write("recipe.txt", b"table header 2 data 4 columns A-B")
    assert desk("preview", "b", "--set", lines)["tried"]["rows"] == [["가", 1], ["나", 2]]
    compared = desk("preview", "b", "--step", "title_rows")["compared"]
    assert [column["name"] for column in compared["after"]["columns"]][:2] == ["이름", "값"]
    assert desk("preview", "b", "--set", lines, "--read")["read"][0]["status"] == "loaded"
    assert 'table header 2 data 4 columns A-B omit 3 "소계"' in desk("recipe", "b")["text"]
    assert desk("preview", "b", "--read", code=2)["error"]["code"] == "usage"
    assert desk("preview", "999", code=1)["error"]["code"] == "not_found"
    moved = desk.write("b_202210.csv", "제목,,\n이름,값,비고\n합계,3,\n가,1,x\n".encode())
    (report,) = desk.ingest(moved, code=1)
    assert (report["status"], report["reason"]) == ("refused", "drawn_moved")


def test_publish_on_ingest_needs_no_further_step(desk):
    (report,) = desk.ingest(desk.write("표.csv", csv()), "--title", "지하철", "--publish", "--licence", "unlimited")
    shown = desk("show", report["dataset"])
    assert (shown["state"], shown["licence"], shown["title"]) == ("published", "unlimited", "지하철")
    assert shown["permissions"]["ai_training"] is True
    assert list((desk.home / "staging").iterdir()) == []


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_dry_run_keeps_nothing(desk):
    before = everything(desk.home / "lake"), everything(desk.home / "staging")
    keys = everything(desk.home / "keys")
    events = desk("verify")["events"]
    (report,) = desk.ingest(desk.write("표.csv", csv()), "--dry-run")
    assert (report["status"], report["rows_loaded"], report["dataset"]) == ("loaded", 3, None)
    assert (everything(desk.home / "lake"), everything(desk.home / "staging")) == before == ([], [])
    assert everything(desk.home / "keys") == keys
    assert desk("verify")["events"] == events and desk("show", "pyo", code=1)["error"]["code"] == "not_found"


def test_a_folder_is_read_file_by_file_and_a_bad_one_is_refused(desk):
    folder = desk.folder / "in"
    folder.mkdir()
    (folder / "a_202209.csv").write_bytes(csv())
    (folder / "a_202210.csv").write_bytes(csv(["남구,2022-10-01,7,"]))
    (folder / "b.csv").write_bytes(b"\x00\x01\xff" * 999)
    (folder / "deep").mkdir()
    reports = desk.ingest(folder)
    assert [(r["file"], r["dataset"], r["release"], r["status"]) for r in reports] == [
        ("a_202209.csv", "a", 1, "loaded"), ("a_202210.csv", "a", 2, "loaded"), ("b.csv", None, None, "refused"),
    ]  # fmt: skip
    assert reports[2]["reason"] and reports[2]["message"]
    assert desk.ingest(folder / "b.csv", code=1)[0]["status"] == "refused"


def test_drift_is_held_and_a_recipe_file_is_followed(desk):
    steps = desk.write("steps.json", json.dumps([{"code": "thousands_separator", "applied": False}]).encode())
    (first,) = desk.ingest(desk.write("a_202209.csv", csv()), "--proposals", steps)
    assert first["columns"][2]["type"] == "text"
    (second,) = desk.ingest(desk.write("a_202210.csv", csv(['남구,2022-10-01,"7,000",'])))
    assert (second["status"], second["columns"][2]["type"]) == ("loaded", "text")
    changed = desk.write("a_202211.csv", csv(["남구,2022-11-01,7,1"], header="시군구,날짜,이용자수,요금"))
    (held,) = desk.ingest(changed)
    assert (held["status"], held["release"]) == ("held", 3)
    (accepted,) = desk.ingest(changed, "--accept-drift")
    assert (accepted["status"], accepted["release"]) == ("loaded", 3)
    assert [r["state"] for r in desk("show", "a")["releases"]] == ["draft"] * 3


@pytest.mark.parametrize(
    "args",
    [
        ("ingest", "x.csv"),
        ("ingest", "x.csv", "--org", "o", "--proposals", "nowhere.json"),
        ("export", "a"),
        ("export", "a", "--out", "x", "--format", "parquet", "--encoding", "cp949"),
        ("export", "a", "--out", "/nowhere/x.csv", "--format", "csv"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_an_error_in_json(desk, args):
    assert desk(*args, code=2)["error"]["code"] == "usage"


@pytest.mark.parametrize("query", ["drop table x", "", "select 1; select 2", "copy x to 'y.csv'"])
def test_sql_takes_one_select_and_says_so_before_it_looks_for_tables(desk, query):
    assert desk("sql", query, code=1)["error"]["code"] == "not_select"


def test_a_missing_file_is_refused(desk):
    assert desk("ingest", "nowhere.csv", "--org", "o", code=1)["error"]["code"] == "not_found"


def test_an_address_that_is_not_http_is_refused_with_its_reason(desk):
    (report,) = desk.ingest("ftp://data.example/a.csv", code=1)
    assert (report["status"], report["reason"]) == ("refused", "bad_url") and "http" in report["message"]


def staged(home: Path) -> list[Path]:
    return [path for path in (home / "staging").iterdir() if path.is_file()]


def test_killed_in_the_middle_and_run_again(desk):
    """kill -9 at several moments: then one dataset, one release, all rows, and nothing left over in staging."""
    rows = [f'구{i % 16},2022-09-{i % 28 + 1:02d},"{i % 9000 + 10:,}",비고 {i}' for i in range(300_000)]
    file = desk.write("큰표_202209.csv", csv(rows))
    for moment in (0.05, 0.4, 0.9):
        process = subprocess.Popen(
            desk.command("ingest", file, "--org", "교통과"),
            env=desk.env,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not any((desk.home / "staging").iterdir()) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    (report,) = desk.ingest(file)
    assert report["rows_loaded"] == 300_000 and report["status"] in {"loaded", "unchanged"} and report["release"] == 1
    shown = desk("show", report["dataset"])
    assert [r["release"] for r in shown["releases"]] == [1] and shown["rows"] == 300_000
    assert desk("sql", f'SELECT count(*) AS n FROM "{report["dataset"]}"')["rows"] == [[300_000]]
    assert len(list((desk.home / "lake" / "tables").iterdir())) == 1
    for path in staged(desk.home):
        os.utime(path, (1, 1))
    assert desk.ingest(file)[0]["status"] == "unchanged" and len(staged(desk.home)) == 1


def test_destroyed_data_stand_in_no_file_of_the_home(desk):
    homes.show_on_disk(desk.home)
    marker = "비밀표지어"
    rows = [f"구{i},2022-09-01,{i + 100},{marker}" for i in range(50)] + [f"{marker},2022-09-01,1,a,b,c"]
    (report,) = desk.ingest(desk.write("a.csv", csv(rows)), "--publish")
    desk("export", "a", "--format", "csv", "--out", desk.folder / "out.csv")
    assert report["rows_quarantined"] == 1 and holding(desk.home, marker) != []
    assert not homes.SERVER or any(marker.encode() in content for _, content in homes.pages(desk.home))
    desk("destroy", "a", "--reason", "개인정보가 섞임")
    assert holding(desk.home, marker) == [] and not list((desk.home / "lake" / "tables").iterdir())
    (line,) = (desk.home / "destructions.ndjson").read_text().splitlines()
    assert json.loads(line)["reason"] == "개인정보가 섞임" and json.loads(line)["dataset"] == "a"
    assert desk("show", "a")["state"] == "destroyed"


def holding(home: Path, marker: str) -> list[str]:
    escaped = json.dumps(marker)[1:-1].encode()
    needles = [marker.encode(), marker.encode("cp949"), escaped]
    found = [path for path in home.rglob("*") if path.is_file() and any(n in path.read_bytes() for n in needles)]
    kept = [table for table, content in homes.pages(home) if any(needle in content for needle in needles)]
    return [*map(str, found), *kept, *in_parquet(home, marker)]


def in_parquet(home: Path, marker: str) -> list[str]:
    import pyarrow.parquet as pq

    return [str(path) for path in home.rglob("*.parquet") if marker in str(pq.read_table(path).to_pylist())]


def test_reports_fit_their_schema(desk):
    import jsonschema

    schema = json.loads(subprocess.run(
        desk.command("schema", "ingest"), env=desk.env, capture_output=True, text=True, timeout=60
    ).stdout)  # fmt: skip
    file = desk.write("표.csv", csv())
    jsonschema.validate({"datasets": desk.ingest(file)}, schema)
    jsonschema.validate({"datasets": desk.ingest(desk.write("b.csv", b"\x00" * 99), code=1)}, schema)
    jsonschema.validate(desk("ingest", "nowhere.csv", "--org", "o", code=1), schema)
