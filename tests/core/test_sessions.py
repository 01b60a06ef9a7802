"""Cookies that no neighbour can set, and sessions that end."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from datadam.core import clock
from datadam.core.services import people

PASSWORD = "바다와 항구 1876"
SHOW = """
import json
from django.conf import settings
names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
         "SECURE_HSTS_SECONDS", "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN")
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def settings_at(address: str) -> dict:
    environment = {**os.environ, "DATADAM_BASE_URL": address}
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, env=environment, check=True, text=True)
    return json.loads(done.stdout)


def test_over_https_cookies_are_secure_and_bound_to_this_host():
    found = settings_at("https://data.city.example")
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    # what the prefix demands
    assert (found["SESSION_COOKIE_PATH"], found["SESSION_COOKIE_DOMAIN"], found["CSRF_COOKIE_DOMAIN"]) == (
        "/",
        None,
        None,
    )


def test_on_this_machine_they_work_without_https():
    found = settings_at("http://127.0.0.1:8321")
    assert not found["SESSION_COOKIE_NAME"].startswith("__") and not found["CSRF_COOKIE_NAME"].startswith("__")
    assert not found["SESSION_COOKIE_SECURE"] and not found["CSRF_COOKIE_SECURE"] and not found["SECURE_HSTS_SECONDS"]


@pytest.fixture
def member(operator):
    return people.create_person(actor=operator, login="member", name="구성원", password=PASSWORD)


def sign_in(client):
    return client.post("/login/", {"login": "member", "password": PASSWORD})


def test_no_script_reads_a_cookie_and_no_other_site_sends_one(client, member):
    client.get("/login/")
    sign_in(client)
    client.post("/language/", {"language": "en"})
    assert {"datadam_session", "datadam_form", "datadam_language"} <= client.cookies.keys()
    for cookie in client.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/", cookie.key


def test_signing_in_gives_a_new_session(client, member):
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies["datadam_session"] = before
    sign_in(client)
    after = client.cookies["datadam_session"].value
    assert after != before
    client.cookies["datadam_session"] = before
    assert client.get("/account/tokens/").status_code == 302


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    real, gone = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + gone[0])

    def wait(minutes):
        gone[0] += timedelta(minutes=minutes)

    return wait


def test_a_session_ends_when_nothing_is_asked(client, member, later, settings):
    settings.SESSION_IDLE = 30
    sign_in(client)
    for _ in range(3):
        later(29)
        assert client.get("/account/tokens/").status_code == 200
    later(31)
    assert client.get("/account/tokens/").headers["Location"] == "/login/?next=/account/tokens/"
    assert "_auth_user_id" not in client.session


def test_a_session_ends_however_busy_it_is(client, member, later, settings):
    settings.SESSION_IDLE, settings.SESSION_LENGTH = 30, 60
    sign_in(client)
    answers = []
    for _ in range(4):
        later(20)
        answers.append(client.get("/account/tokens/").status_code)
    assert answers == [200, 200, 200, 302]


def test_a_busy_session_is_written_once_a_minute_at_most(client, member, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    sign_in(client)
    client.get("/account/tokens/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/account/tokens/")
    assert [q["sql"] for q in asked if "django_session" in q["sql"] and not q["sql"].startswith("SELECT")] == []
