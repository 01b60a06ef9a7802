"""Bodies that nobody asked for never reach the disk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from datadam.core.services import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(settings, monkeypatch):
    """Names of files that Django began to write; what is larger than 1,000 bytes counts as a file."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    names: list[str] = []
    new_file = TemporaryFileUploadHandler.new_file

    def noted(self, *args, **options):
        names.append(args[1])
        return new_file(self, *args, **options)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", noted)
    return names


def big(size=5_000):
    return {"file": SimpleUploadedFile("big.csv", b"x" * size), "organisation": "nowhere"}


@pytest.mark.parametrize("path", ["/login/", "/language/", "/upload/", "/api/v1/uploads", "/no-such-page/"])
@pytest.mark.parametrize("forms", [True, False])
def test_who_is_not_signed_in_sends_no_file(path, forms, client_of, written):
    client = client_of(enforce_csrf_checks=forms)
    client.cookies["datadam_form"] = "a" * 32
    assert client.post(path, big()).status_code == 413
    assert client.post("/login/", big(), headers={"Authorization": "Bearer x"}).status_code == 413
    assert client.post("/api/v1/uploads", big(), headers={"Authorization": "Bearer x"}).status_code == 401
    assert written == []


def test_who_is_known_does_up_to_the_limit(client, client_of, provider, written, settings):
    _, raw = tokens.issue_token(actor=provider, person=provider, label="t", scopes=["write"])
    token = {"headers": {"Authorization": f"Bearer {raw}"}}
    assert client_of(provider).post("/upload/", big()).status_code == 404  # there is no such organisation
    assert client.post("/api/v1/uploads", big(), **token).status_code == 404
    assert written == ["big.csv", "big.csv"]
    settings.MAX_UPLOAD_MB = 0
    assert client_of(provider).post("/upload/", big()).status_code == 413
    refused = client.post("/api/v1/uploads", big(), **token)
    assert refused.status_code == 413 and refused.json()["error"]["code"] == "too_big"
    assert len(written) == 2


@pytest.mark.parametrize("path", ["/", "/login/", "/no-such-page/", "/api/v1/datasets", "/api/v1/docs", "/healthz"])
def test_browsers_are_told_to_run_our_own_script_files_only(path, client):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert {policy[name] for name in ("default-src", "script-src", "style-src", "connect-src")} == {"'self'"}
    assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert policy["form-action"] == "'self'" and "unsafe" not in str(policy)
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin" and headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]


def test_a_nul_in_an_address_is_read_as_a_character_that_can_be_asked_for(rf):
    from datadam.core.middleware import AddressMiddleware

    request = rf.get("/dataset/a%00b/?q=%00c")
    AddressMiddleware(lambda seen: seen)(request)
    assert (request.path_info, request.GET["q"]) == ("/dataset/a\ufffdb/", "\ufffdc")
