"""Coming in by command, in a home of its own."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")

    def call(*arguments, code=0, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "datadam.cli", *arguments, "--json"],
            env={**os.environ, "DATADAM_HOME": str(home), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if done.stdout else {"error": done.stderr}

    call.home = home
    return call


def test_a_new_home_prints_a_setup_link_until_somebody_can_sign_in(run):
    first, second = run("init")["setup"], run("init")["setup"]
    assert "/setup/?key=" in first and first != second
    run("person", "kim", "--city-role", "officer", "--org", "해양수산과", "--role", "admin")
    assert run("init")["setup"] is None


def test_an_invitation_is_mailed_into_the_homes_folder(run):
    made = run("invite", "lee@example.kr", "--city-role", "officer")
    assert (made["role"], made["organisation"]) == ("officer", None)
    run("worker", "--once")
    (letter,) = (run.home / "mail").glob("*.eml")
    assert letter.stat().st_mode & 0o077 == 0 and b"lee@example.kr" in letter.read_bytes()
    assert run("invite", "lee@example.kr", code=2)["error"]["code"] == "usage"
    assert run("invite", "lee", "--city-role", "officer", code=1)["error"]["code"] == "invalid"


def test_a_project_and_its_token(run):
    made = run("project", "haeyangsusangwa", "야간 배치", "--role", "steward")
    token = run("token", "--project", made["project"], "--scope", "write")
    assert token["token"].startswith("ddm_") and token["person"].startswith("project-")
    assert run("token", "--project", made["project"], "--as", "kim", code=1)["error"]["code"] == "factor_missing"
    assert run("project", "haeyangsusangwa", made["project"].split("/")[1], "--close")["closed"]
    assert run("token", "--project", made["project"], code=1)["error"]["code"] == "not_found"


def test_requests_are_listed_and_an_unknown_one_refused(run):
    assert run("request") == {"requests": []}
    assert run("request", "7", "--accept", code=1)["error"]["code"] == "not_found"
    assert run("request", "7", code=2)["error"]["code"] == "usage"


def test_a_lost_factor_is_reset_by_command(run):
    assert run("person", "kim", "--reset-factor")["login"] == "kim"


def test_the_demo_mode_is_refused_on_a_home_that_is_no_demo(run):
    assert "datadam demo" in run("init", code=1, DATADAM_DEMO="1")["error"]


@pytest.mark.parametrize("url", ["smtp://", "http://x", "file:", "smtp://h:port"])
def test_a_mail_url_that_makes_no_sense_stops_the_start(run, url):
    assert "DATADAM_EMAIL_URL" in run("init", code=1, DATADAM_EMAIL_URL=url)["error"]


def test_an_organisation_is_registered_and_then_changed_by_the_same_command(run):
    made = run("organisation", "교통정책과", "--kind", "city")
    again = run("organisation", "교통정책과", "--title-en", "Transport")
    assert made["created"] and not again["created"] and again["organisation"] == made["organisation"]
    assert run("organisation", "Transport")["kind"] == "city"
    assert run("organisation", "x", "--number", "1", code=1)["error"]["code"] == "invalid"
