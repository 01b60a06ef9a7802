"""A home with data is upgraded when its operator says so: with a backup first, and not at all when it fails."""

import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite  # tests/catalog/test_keeping.py does this on both databases

ROOT = Path(__file__).resolve().parents[3]
LATER = {"DJANGO_SETTINGS_MODULE": "tests.core.keeping.later_settings", "PYTHONPATH": str(ROOT)}


def read(house, query):
    with sqlite3.connect(house.home / "datadam.sqlite3") as connection:
        rows = connection.execute(query).fetchall()
    connection.close()
    return rows


@pytest.fixture
def made(house):
    house("init")
    return house


def test_a_home_that_waits_for_an_upgrade_is_refused_and_then_upgraded(made):
    before = read(made, "SELECT name FROM django_migrations")
    for command in (("verify",), ("serve",), ("worker", "--once"), ("init",), ("sql", "SELECT 1")):
        assert made.refused(*command, **LATER) == "needs_upgrade"
    assert read(made, "SELECT name FROM django_migrations") == before
    with (made.home / ".running").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert made.refused("upgrade", **LATER) == "home_in_use"
    report = made("upgrade", **LATER)
    assert report["migrations"] == ["later.0001_initial"] and report["problems"] == []
    assert {"manifest.json", "database.sqlite3", "keys"} == set(os.listdir(report["backup"]))
    assert made("verify", **LATER)["problems"] == []
    assert made("upgrade", **LATER) == {"migrations": [], "backup": None, "problems": []}
    assert made.refused("restore", report["backup"], "--replace", **LATER) == "without_lake"


def test_a_failed_upgrade_puts_the_database_back(made):
    before = read(made, "SELECT name FROM core_person")
    assert made.refused("upgrade", LATER="broken", **LATER) == "upgrade_failed"
    assert read(made, "SELECT name FROM core_person") == before != [("half way",)]
    assert read(made, "SELECT name FROM sqlite_master WHERE name LIKE 'later%'") == []
    assert made("verify")["problems"] == []
    assert made.refused("verify", **LATER) == "needs_upgrade"
    assert made("upgrade", **LATER)["migrations"] == ["later.0001_initial"]


def test_a_new_home_is_set_up_by_the_first_command(house):
    assert house("verify", **LATER)["problems"] == []


def test_a_web_process_on_a_home_that_waits_answers_503(made, tmp_path):
    import json
    import subprocess
    import sys

    code = (
        "import datadam.config.wsgi, json\n"
        "from django.test import Client\n"
        "c = Client(headers={'host': 'localhost'})\n"
        "page, api = c.get('/'), c.get('/api/v1/datasets')\n"
        "print(json.dumps([page.status_code, 'datadam upgrade' in page.content.decode(), api.status_code,"
        " api.json()['error']['code'], c.get('/healthz').status_code, c.get('/readyz').status_code,"
        " c.get('/readyz').json()['checks']['migrations']['ok']]))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**made.env, **LATER}, capture_output=True, text=True)
    assert json.loads(done.stdout) == [503, True, 503, "needs_upgrade", 200, 503, False]
