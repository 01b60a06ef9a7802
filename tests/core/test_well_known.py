"""What strangers' programs look for at fixed addresses."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.django_db


def test_crawlers_leave_private_places_alone(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *" and {"Disallow: /account/", "Disallow: /upload/"} <= set(lines)
    assert "Disallow: /" not in lines and "Disallow: /dataset" not in " ".join(lines)


def test_a_hole_is_reported_to_whom_the_operator_named(client, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@city.example"
    answer = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == "mailto:security@city.example" and fields["Preferred-Languages"] == "ko, en"
    assert fields["Expires"].endswith("T00:00:00Z") and answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("value", ["security@city.example", "mailto:a@b\nContact: x", "http://city.example"])
def test_a_contact_that_is_no_address_stops_the_start(value, monkeypatch):
    monkeypatch.setenv("DATADAM_SECURITY_CONTACT", value)
    done = subprocess.run([sys.executable, "-m", "datadam.cli", "verify"], capture_output=True, text=True)
    assert done.returncode != 0 and "DATADAM_SECURITY_CONTACT" in done.stderr
