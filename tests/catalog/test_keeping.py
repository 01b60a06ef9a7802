"""Backup, restore and upgrade on homes of their own, by command, on whichever database the tests run."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from tests import homes
from tests.catalog.test_cli import Desk

SECRET = "가오리연날리기"  # a value that stands nowhere else


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with two published datasets, one of them with two releases."""
    desk = Desk(tmp_path_factory.mktemp("made"))
    desk("init")
    homes.show_on_disk(desk.home)
    desk.write("행사_202601.csv", f"행사,달\n{SECRET},1\n떡국 나누기,1\n".encode())
    desk.write("행사_202602.csv", "행사,달\n달집태우기,2\n".encode())
    desk.write("주차장.csv", "이름,면수\n부두 주차장,120\n".encode())
    for name in ("행사_202601.csv", "행사_202602.csv", "주차장.csv"):
        desk("ingest", str(desk.folder / name), "--org", "부산시", "--publish")
    desk("worker", "--once")
    return desk


@pytest.fixture
def desk(tmp_path, made):
    copy = Desk(tmp_path)
    homes.copy(made.home, copy.home)
    return copy


def holding(home, word):
    """Files below the home, and tables of its database, in which the word stands."""
    needle = word.encode()
    files = [str(path) for path in home.rglob("*") if path.is_file() and needle in path.read_bytes()]
    return files + [table for table, content in homes.pages(home) if needle in content]


def restored(tmp_path, backup, *options, code=0):
    desk = Desk(tmp_path / "elsewhere")
    desk.folder.mkdir(exist_ok=True)
    return desk, desk("restore", str(backup), *options, code=code)


def names(desk):
    return {row[0] for row in homes.rows(desk.home, "SELECT name FROM catalog_dataset WHERE state = 'published'")}


def test_a_backup_is_whole_and_holds_no_staging_key(desk, tmp_path):
    report = desk("backup", str(tmp_path / "b"))
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    listed = {each["name"] for each in manifest["files"]}
    on_disk = {str(p.relative_to(tmp_path / "b")) for p in (tmp_path / "b").rglob("*") if p.is_file()}
    assert on_disk == listed | {"manifest.json"} and report["files"] == len(listed)
    assert "keys/staging.key" not in listed and {"keys/django.key", "keys/sealing.key"} & listed
    assert not any(name.startswith(("staging", "cache")) for name in listed)
    assert desk("backup", str(tmp_path / "b"), "--check")["bytes"] == report["bytes"]
    assert [e for e in homes.rows(desk.home, "SELECT verb FROM core_event WHERE verb = 'backup.made'")]


def test_a_damaged_backup_is_known_and_not_restored(desk, tmp_path):
    desk("backup", str(tmp_path / "b"))
    victim = next((tmp_path / "b" / "lake").rglob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    assert desk("backup", str(tmp_path / "b"), "--check", code=1)["error"]["code"] == "backup_damaged"
    list_ = str(desk.home / "destructions.ndjson")
    other, refused = restored(tmp_path, tmp_path / "b", "--destructions", list_, code=1)
    assert refused["error"]["code"] == "backup_damaged" and not list(other.home.glob("lake/tables/*"))


def test_what_was_published_during_a_backup_is_in_the_next(desk, tmp_path):
    """The lake is copied up to what the database's snapshot names, whatever is committed meanwhile."""
    program = (
        "import django; django.setup()\n"
        "from pathlib import Path\n"
        "from datadam.core.keeping import backup\n"
        "from datadam.core import selectors\n"
        "import subprocess, sys\n"
        "whole = backup.copying.copy_all\n"
        "def late(items, target, told):\n"
        "    subprocess.run(sys.argv[2:], check=True, capture_output=True)\n"
        "    return whole(items, target, told)\n"
        "backup.copying.copy_all = late\n"
        "backup.make(actor=selectors.local_operator(), target=Path(sys.argv[1]))\n"
    )
    desk.write("행사_202603.csv", "행사,달\n봄 소풍,3\n".encode())
    ingest = [sys.executable, "-m", "datadam.cli", "ingest", str(desk.folder / "행사_202603.csv")]
    command = [sys.executable, "-c", program, str(tmp_path / "b"), *ingest, "--org", "부산시", "--publish"]
    environment = {**desk.env, "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert homes.rows(desk.home, "SELECT max(number) FROM catalog_release") == [(3,)]
    other, report = restored(tmp_path, tmp_path / "b", "--destructions", str(desk.home / "destructions.ndjson"))
    assert report["problems"] == []
    assert homes.rows(other.home, "SELECT max(number) FROM catalog_release") == [(2,)]
    assert homes.rows(other.home, "SELECT count(*) FROM catalog_release WHERE state = 'published'") == [(3,)]
    logs = {len(list((table / "_delta_log").glob("*.json"))) for table in (other.home / "lake" / "tables").iterdir()}
    assert max(logs) <= 3  # its creation and two releases, without the third
    again = other("ingest", str(desk.folder / "행사_202603.csv"), "--org", "부산시", "--publish")
    assert again["datasets"][0]["status"] == "loaded" and other("verify")["problems"] == []


def test_what_was_destroyed_after_the_backup_is_still_gone_after_restoring(desk, tmp_path):
    desk("backup", str(tmp_path / "b"))
    name = next(n for (n,) in homes.rows(desk.home, "SELECT name FROM catalog_dataset") if n.startswith("haengsa"))
    desk("destroy", name, "--release", "1", "--reason", "주소가 들어 있음")
    assert holding(desk.home, SECRET) == []
    assert holding(tmp_path / "b", SECRET)  # or the test would prove nothing
    other, refused = restored(tmp_path, tmp_path / "b", code=1)
    assert refused["error"]["code"] == "no_destructions"
    _, report = restored(tmp_path, tmp_path / "b", "--destructions", str(desk.home / "destructions.ndjson"))
    assert report["destroyed"] == [f"{name}/1"] and report["problems"] == []
    assert holding(other.home, SECRET) == []
    states = homes.rows(other.home, "SELECT number, state FROM catalog_release ORDER BY dataset_id, number")
    assert (1, "destroyed") in states and (2, "published") in states
    assert "주소가 들어 있음" in (other.home / "destructions.ndjson").read_text()


def test_an_account_that_ended_after_the_backup_is_still_gone_after_restoring(desk, tmp_path):
    desk("person", "leaving", "--name", "떠나는사람이름", "--org", "부산시")
    desk("backup", str(tmp_path / "b"))
    desk("person", "leaving", "--delete")
    desk("person", "staying", "--name", "남는사람")
    list_ = desk.home / "destructions.ndjson"
    assert "떠나는" not in list_.read_text() and "leaving" not in list_.read_text()
    other, report = restored(tmp_path, tmp_path / "b", "--destructions", str(list_))
    assert report["destroyed"][0].startswith("person ") and report["problems"] == []
    people = homes.rows(other.home, "SELECT login, name, is_active FROM core_person")
    assert not any(login == "leaving" or name == "떠나는사람이름" for login, name, _ in people)
    assert other("person", "leaving", "--name", "새사람")["created"]


def test_a_home_with_data_is_moved_aside_and_its_own_list_replayed(desk, tmp_path):
    desk("backup", str(tmp_path / "b"))
    name = next(n for (n,) in homes.rows(desk.home, "SELECT name FROM catalog_dataset") if n.startswith("haengsa"))
    desk("destroy", name, "--reason", "잘못 올림")
    assert desk("restore", str(tmp_path / "b"), code=1)["error"]["code"] == "home_not_empty"
    report = desk("restore", str(tmp_path / "b"), "--replace")
    assert report["destroyed"] == [name] and report["before"] and report["problems"] == []
    assert holding(desk.home, SECRET) == [] and name not in names(desk)
    assert desk("verify")["problems"] == []


def test_a_younger_release_with_a_destroyed_number_is_left_alone(desk, tmp_path):
    name = next(n for (n,) in homes.rows(desk.home, "SELECT name FROM catalog_dataset") if n.startswith("haengsa"))
    uid = homes.rows(
        desk.home,
        "SELECT r.uid FROM access_resource r JOIN catalog_dataset d ON d.resource_id = r.id WHERE d.name = ?",
        name,
    )[0][0]
    line = {"at": "2020-01-01T00:00:00+00:00", "resource": str(uid), "release": 2, "reason": "옛일", "by": "operator"}
    (desk.home / "destructions.ndjson").write_text(json.dumps(line) + "\n")
    desk("backup", str(tmp_path / "b"))
    assert desk("restore", str(tmp_path / "b"), "--replace")["destroyed"] == []


def test_a_running_home_is_not_restored_over(desk, tmp_path):
    desk("backup", str(tmp_path / "b"))
    worker = subprocess.Popen([sys.executable, "-m", "datadam.cli", "worker"], env=desk.env)
    try:
        for _ in range(200):
            if homes.rows(desk.home, "SELECT 1 FROM core_heartbeat"):
                break
            time.sleep(0.1)
        assert desk("restore", str(tmp_path / "b"), "--replace", code=1)["error"]["code"] == "home_in_use"
        assert desk("upgrade")["migrations"] == []
    finally:
        worker.terminate()
        worker.wait(20)


def test_a_second_backup_links_what_the_first_holds(desk, tmp_path):
    desk("backup", str(tmp_path / "one"))
    desk("backup", str(tmp_path / "two"), "--like", str(tmp_path / "one"))
    data = [path for path in (tmp_path / "two" / "lake").rglob("*.parquet") if "_delta_log" not in path.parts]
    assert data and all(path.stat().st_nlink == 2 for path in data)
    shutil.rmtree(tmp_path / "one")
    assert desk("backup", str(tmp_path / "two"), "--check")


def test_a_backup_is_refused_where_it_makes_no_sense(desk, tmp_path):
    assert desk("backup", str(desk.home / "lake" / "b"), code=1)["error"]["code"] == "bad_target"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    assert desk("backup", str(tmp_path / "full"), code=1)["error"]["code"] == "target_exists"
    assert (tmp_path / "full" / "note").read_text() == "mine"
    assert desk("restore", str(tmp_path / "full"), "--replace", code=1)["error"]["code"] == "no_backup"


def test_verify_sees_lake_and_grants(desk):
    table = next((desk.home / "lake" / "tables").iterdir())
    data = next(table.glob("*.parquet"))
    kept = data.read_bytes()
    data.write_bytes(kept[:-10])
    assert any("크기" in p or "size" in p or "wrong" in p or "이상" in p for p in desk("verify", code=1)["problems"])
    data.write_bytes(kept)
    (desk.home / "lake" / "tables" / "stranger").mkdir()
    report = desk("verify")
    assert report["problems"] == [] and len(report["notes"]) >= 1
    homes.rows(desk.home, "UPDATE catalog_dataset SET state = 'withdrawn' WHERE name LIKE 'haengsa%'")
    assert len(desk("verify", code=1)["problems"]) == 1
    homes.rows(desk.home, "UPDATE catalog_dataset SET state = 'published' WHERE name LIKE 'haengsa%'")
    assert desk("verify", "--deep")["problems"] == []


NEWER = "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_later', '2030-01-01 00:00:00+00:00')"


def test_a_home_of_an_older_version_is_refused_until_it_is_upgraded(desk):
    """As the database of the version before stands: without the tables of this one."""
    old = Desk(desk.folder / "old")
    old.folder.mkdir()
    older_home(old)
    refused = old("verify", code=1)["error"]
    assert refused["code"] == "needs_upgrade" and "core.0002_people_and_trust" in refused["data"]["pending"]
    report = old("upgrade")
    assert report["migrations"] and report["problems"] == [] and "before-" in report["backup"]
    assert old("verify")["problems"] == []
    assert old("upgrade") == {"migrations": [], "backup": None, "problems": []}


def older_home(desk):
    """A home at the first migrations of every room, with one person in it."""
    program = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.core.management import call_command\n"
        "settings.HOME.mkdir(parents=True, exist_ok=True); settings.KEYS.mkdir(exist_ok=True)\n"
        "for room in ('core', 'access', 'catalog'): call_command('migrate', room, '0001', verbosity=0)\n"
        "for room in ('auth', 'sessions'): call_command('migrate', room, verbosity=0)\n"
        "from django.db import connection\n"
        "with connection.cursor() as c:\n"
        '    c.execute("INSERT INTO core_person (login, name, email, password, is_active, language, created_at)"\n'
        "              \" VALUES ('operator', '운영자', '', '!x', true, 'ko', '2026-01-01 00:00:00+00:00')\")\n"
    )
    environment = {**desk.env, "DJANGO_SETTINGS_MODULE": "datadam.config.settings"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_home_of_a_newer_version_is_left_alone(desk):
    homes.rows(desk.home, NEWER)
    (desk.home / ".ready").unlink()
    assert desk("verify", code=1)["error"]["code"] == "too_new"
    assert desk("upgrade", code=1)["error"]["code"] == "too_new"


def test_a_failed_upgrade_leaves_the_database_as_it_was(desk):
    old = Desk(desk.folder / "old")
    old.folder.mkdir()
    older_home(old)
    homes.rows(old.home, "CREATE TABLE core_signedin (x integer)")  # in the way of the migration
    before = homes.rows(old.home, "SELECT count(*) FROM django_migrations")
    assert old("upgrade", code=1)["error"]["code"] == "upgrade_failed"
    assert homes.rows(old.home, "SELECT count(*) FROM django_migrations") == before
    homes.rows(old.home, "DROP TABLE core_signedin")
    assert old("upgrade")["migrations"]
