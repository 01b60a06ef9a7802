"""Backup, restore and upgrade of a home whose database is PostgreSQL."""

import psycopg
import pytest

from tests.core.keeping.conftest import House
from tests.core.keeping.test_upgrade import LATER
from tests.postgresql import Cluster, programs

pytestmark = [
    pytest.mark.sqlite,  # starts a server of its own
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed"),
]
PERSONAL = "주민개인정보표지"


@pytest.fixture
def house(tmp_path):
    with Cluster() as cluster:
        made = House(tmp_path, f"{cluster.url}/postgres")
        made.cluster = cluster
        yield made


def query(house, statement):
    with psycopg.connect(host=house.cluster.folder, user="datadam", dbname="postgres") as connection:
        return connection.execute(statement).fetchall()


def test_destroyed_then_restored_is_still_gone(house):
    house.ingest("명부_202209.csv", PERSONAL)
    house.ingest("교통_202209.csv", "맑음")
    target = house.folder / "backup"
    house("backup", target)
    assert (target / "database.dump").exists() and house.holding(PERSONAL, target)
    house("destroy", "myeongbu", "--reason", "개인정보")
    house.ingest("더_202209.csv", "나중")
    assert house.refused("restore", target) == "home_not_empty"
    report = house("restore", target, "--replace")
    assert report["destroyed"] == ["myeongbu"] and report["problems"] == []
    assert house.holding(PERSONAL) == [] and house.rows("gyotong") == 40
    assert query(house, "SELECT count(*) FROM catalog_dataset WHERE state <> 'destroyed'") == [(1,)]
    dump = "".join(
        str(row) for table in ("release", "upload") for row in query(house, f"SELECT * FROM catalog_{table}")
    )
    assert PERSONAL not in dump and "맑음" in dump
    again = house.folder / "again"
    house("backup", again)  # what was moved aside is in no later backup
    assert house("restore", again, "--replace")["problems"] == []
    assert house("verify", "--deep")["problems"] == []


def test_a_failed_upgrade_puts_the_database_back(house):
    house("init")
    before = query(house, "SELECT name FROM core_person")
    assert house.refused("verify", **LATER) == "needs_upgrade"
    assert house.refused("upgrade", LATER="broken", **LATER) == "upgrade_failed"
    assert query(house, "SELECT name FROM core_person") == before
    assert query(house, "SELECT to_regclass('later_thing')") == [(None,)]
    assert query(house, "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'before%'") == [(0,)]
    assert house("upgrade", **LATER)["problems"] == [] and house("verify", **LATER)["problems"] == []


def test_no_backup_without_the_servers_own_programs(house, tmp_path):
    house("init")
    assert house.refused("backup", tmp_path / "b", PATH=str(tmp_path)) == "tool_missing"
    old = tmp_path / "bin"
    old.mkdir()
    for program in ("pg_dump", "pg_restore"):
        (old / program).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
        (old / program).chmod(0o755)
    assert house.refused("backup", tmp_path / "b", PATH=f"{old}:/usr/bin:/bin") == "tool_too_old"
    assert not (tmp_path / "b").exists() and not (tmp_path / "b.partial").exists()
