"""Backup and restore of a real home, by the real command."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite  # tests/catalog/test_keeping.py does this on both databases

PERSONAL = "주민개인정보표지"


@pytest.fixture
def filled(house):
    house.ingest("교통_202209.csv", "맑음")
    house.ingest("명부_202209.csv", PERSONAL)
    return house


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_backup_holds_database_lake_and_keys_and_nothing_that_should_stay_out(filled):
    target = filled.folder / "backup"
    report = filled("backup", target)
    found = names(target)
    assert report["files"] == len(found) - 1 and "manifest.json" in found and "database.sqlite3" in found
    assert "keys/django.key" in found and "keys/staging.key" not in found
    assert not any(name.startswith(("staging", "cache", "static")) or "destructions" in name for name in found)
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in target.rglob("*")} == {0}
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["events"]["last"] == report["events"] > 0 and manifest["bytes"] == sum(
        each["size"] for each in manifest["files"]
    )
    assert filled("backup", target, "--check")["checked"]
    assert filled.refused("backup", target) == "target_exists"
    assert filled.refused("backup", filled.home / "lake" / "b") == "bad_target"
    assert filled.refused("backup", filled.folder / "nothing", "--check") == "no_backup"


def test_an_interrupted_backup_leaves_no_backup_and_is_simply_made_again(filled):
    target = filled.folder / "backup"
    (filled.folder / "backup.partial").mkdir()
    (filled.folder / "backup.partial" / "half").write_text("x")
    filled("backup", target)
    assert not (filled.folder / "backup.partial").exists() and "half" not in names(target)


def test_the_next_backup_links_what_the_last_one_holds(filled):
    first, second = filled.folder / "one", filled.folder / "two"
    filled("backup", first)
    filled.ingest("더_202209.csv", "새")
    filled("backup", second, "--like", first)
    data = [path for path in second.rglob("part-*.parquet")]
    assert sorted(path.stat().st_nlink for path in data) == [1, 2, 2]
    shutil.rmtree(first)
    assert filled("backup", second, "--check")["checked"]


def test_a_damaged_backup_is_neither_good_nor_restored(filled):
    target = filled.folder / "backup"
    filled("backup", target)
    victim = next(target.rglob("part-*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    assert filled.refused("backup", target, "--check") == "backup_damaged"
    before = names(filled.home)
    assert filled.refused("restore", target, "--replace") == "backup_damaged"
    assert names(filled.home) == before


def test_destroyed_then_restored_is_still_gone(filled):
    """The backup holds the data; the restored home does not, in no file of any encoding."""
    target = filled.folder / "backup"
    filled("backup", target)
    assert filled.holding(PERSONAL, target) and filled.holding(PERSONAL)
    filled("destroy", "myeongbu", "--reason", "개인정보")
    assert filled.holding(PERSONAL) == []
    report = filled("restore", target, "--replace")
    assert report["destroyed"] == ["myeongbu"] and report["problems"] == []
    assert filled.holding(PERSONAL) == [] and filled("show", "myeongbu")["state"] == "destroyed"
    assert filled.rows("gyotong") == 40
    assert len((filled.home / "destructions.ndjson").read_text().splitlines()) == 1
    (aside,) = report["before"]
    assert (Path(aside) / "datadam.sqlite3").exists()
    assert filled("restore", target, "--replace")["destroyed"] == ["myeongbu"]  # a second time too


def test_a_destroyed_release_is_gone_after_a_restore_and_the_others_stay(house):
    house.ingest("명부_202209.csv", PERSONAL)
    house.ingest("명부_202210.csv", "깨끗함", rows=41)
    target = house.folder / "backup"
    house("backup", target)
    house("destroy", "myeongbu", "--release", "1", "--reason", "개인정보")
    assert house("restore", target, "--replace")["destroyed"] == ["myeongbu/1"]
    assert house.holding(PERSONAL) == [] and house.rows("myeongbu") == 41
    assert house("verify", "--deep")["problems"] == []


def test_a_restore_without_the_list_of_destructions_is_refused_unless_asked_for(filled):
    target = filled.folder / "backup"
    filled("destroy", "myeongbu", "--reason", "개인정보")
    filled("backup", target)
    kept = filled.folder / "list.ndjson"
    (filled.home / "destructions.ndjson").rename(kept)
    assert filled.refused("restore", target, "--replace") == "no_destructions"
    (filled.home / "destructions.ndjson").touch()
    assert filled.refused("restore", target, "--replace") == "no_destructions"  # shorter than when the backup was made
    kept_broken = filled.folder / "broken.ndjson"
    kept_broken.write_text("nonsense\n")
    assert filled.refused("restore", target, "--replace", "--destructions", kept_broken) == "bad_destructions"
    assert filled("restore", target, "--replace", "--destructions", kept)["problems"] == []
    assert filled("restore", target, "--replace", "--without-destructions")["problems"] == []


def test_a_home_with_data_is_not_overwritten_and_a_new_one_is_made_whole(filled, tmp_path):
    target = filled.folder / "backup"
    filled("backup", target)
    assert filled.refused("restore", target) == "home_not_empty"
    other = {"DATADAM_HOME": str(tmp_path / "elsewhere")}
    listed = filled.home / "destructions.ndjson"
    report = filled("restore", target, "--destructions", listed, **other)
    assert report["problems"] == [] and report["events"] > 0
    assert filled("show", "gyotong", **other)["rows"] == 40
    old, new = filled.home / "keys", tmp_path / "elsewhere" / "keys"
    assert (old / "django.key").read_text() == (new / "django.key").read_text()
    assert (old / "staging.key").read_text() != (new / "staging.key").read_text()
    assert filled("verify", "--deep", **other)["problems"] == []


def test_what_is_published_during_a_backup_is_wholly_in_the_next_one(filled):
    """The database is taken; a new edition is published; the lake is copied: the table ends where the database does."""
    target = filled.folder / "backup"
    program = filled.folder / "program.py"
    program.write_text(
        "import subprocess, sys\n"
        "from pathlib import Path\n"
        "from datadam.core import home\n"
        "home.open_home()\n"
        "from datadam.core.keeping import backup\n"
        "items = backup._lake_items\n"
        "def meanwhile(alias, earlier):\n"
        "    subprocess.run([sys.executable, '-m', 'datadam.cli', 'ingest', sys.argv[2], '--org', '교통과',"
        " '--publish'],"
        " check=True, capture_output=True)\n"
        "    return items(alias, earlier)\n"
        "backup._lake_items = meanwhile\n"
        "backup.back_up(target=Path(sys.argv[1]))\n"
    )
    lines = ["시군구,날짜,이용자수,비고", *(f"구{i},2022-10-01,{i + 100},나중{i}" for i in range(77)), ""]
    later = filled.folder / "교통_202210.csv"
    later.write_text("\r\n".join(lines), encoding="utf-8")
    env = {**filled.env, "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    subprocess.run([sys.executable, str(program), str(target), str(later)], env=env, check=True, timeout=120)
    assert filled.rows("gyotong") == 77
    assert filled.holding("나중1", target) == []
    assert filled("restore", target, "--replace")["problems"] == []
    assert filled.rows("gyotong") == 40 and len(filled("show", "gyotong")["releases"]) == 1
    assert filled("verify", "--deep")["problems"] == []
    later.write_text("\r\n".join(lines), encoding="utf-8")
    filled("ingest", later, "--org", "교통과", "--publish")  # the restored table goes on from where it stood
    assert filled.rows("gyotong") == 77 and filled("verify", "--deep")["problems"] == []


def test_nothing_is_destroyed_while_a_backup_runs(filled):
    import fcntl

    with (filled.home / ".ending").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert filled.refused("destroy", "myeongbu", "--reason", "x") == "backup_running"
        assert not (filled.home / "destructions.ndjson").read_text()
    filled("destroy", "myeongbu", "--reason", "x")


def test_a_home_in_use_is_not_replaced(filled):
    import fcntl

    target = filled.folder / "backup"
    filled("backup", target)
    with (filled.home / ".running").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert filled.refused("restore", target, "--replace") == "home_in_use"
    assert filled.rows("gyotong") == 40


def test_a_restore_lets_go_of_what_is_in_no_backup(filled):
    """Jobs at work are given back, sessions end, uploads without their sealed file are discarded."""
    database = filled.home / "datadam.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO core_job (task, args, queue, state, progress, message, attempts, max_attempts, run_after,"
            " worker, created_at) VALUES ('core.seal', '{}', 'light', 'running', 0.5, '{}', 1, 3, '2022-01-01',"
            " 'gone:1:x', '2022-01-01')"
        )
        connection.execute("INSERT INTO django_session VALUES ('abc', 'x', '2099-01-01')")
        connection.execute("UPDATE catalog_upload SET state = 'reading', staged = 'lost'")
    connection.close()
    target = filled.folder / "backup"
    filled("backup", target)
    report = filled("restore", target, "--replace")
    assert report["jobs"] == 1 and len(report["discarded"]) == 2 and report["problems"] == []
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT state, worker FROM core_job WHERE worker = ''").fetchall() != []
        assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        assert set(connection.execute("SELECT state, staged FROM catalog_upload")) == {("discarded", "")}
    connection.close()


def test_verify_finds_what_was_done_to_a_home(filled):
    assert filled("verify")["problems"] == []
    tables = filled.home / "lake" / "tables"
    next(tables.rglob("part-*.parquet")).unlink()
    (tables / "11111111-1111-4111-8111-111111111111" / "_delta_log").mkdir(parents=True)
    (filled.home / "keys" / "django.key").chmod(0o644)
    with sqlite3.connect(filled.home / "datadam.sqlite3") as connection:
        connection.execute("UPDATE access_grant SET revoked_at = '2022-01-01' WHERE id = 1")
        connection.execute("DROP TRIGGER core_event_no_update")
    connection.close()
    report = filled("verify", code=1)
    said = "\n".join(report["problems"])
    for words in ("is damaged", "django.key can be read", "nobody may read it", "core_event_no_update is missing"):
        assert words in said
    assert any("11111111" in note for note in report["notes"]) and "11111111" not in said
    os.utime(tables / "11111111-1111-4111-8111-111111111111" / "_delta_log", (1, 1))
    os.utime(tables / "11111111-1111-4111-8111-111111111111", (1, 1))
    assert "11111111" in "\n".join(filled("verify", code=1)["problems"])
