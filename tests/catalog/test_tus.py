"""Files that come in pieces over the tus protocol: by hand, by the protocol's own client, and when things break."""

import base64
import io

import pytest

from datadam.catalog import storage
from datadam.catalog.models import Upload
from datadam.catalog.services import arriving, housekeeping
from datadam.core import clock, jobs
from datadam.core.services import tokens
from tests.catalog.conftest import csv

PLACE = "/api/v1/files"
PIECE = "application/offset+octet-stream"


def metadata(**pairs):
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())


@pytest.fixture
def sender(client, provider):
    """Speaks tus with the provider's token: `sender("patch", url, body, Upload_Offset=0)`."""
    _, raw = tokens.issue_token(actor=provider, person=provider, label="시험", scopes=["read", "write"])

    def send(method, url, body=b"", kind=PIECE, **headers):
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        headers = {"Authorization": f"Bearer {raw}", "Tus-Resumable": "1.0.0", **named}
        return client.generic(method.upper(), url, body, kind, headers=headers)

    return send


@pytest.fixture
def announced(sender, firm):
    def announce(size, **given):
        facts = {"filename": "지하철 이용_202209.csv", "organisation": firm.name, **given}
        answer = sender("post", PLACE, Upload_Length=size, Upload_Metadata=metadata(**facts))
        assert answer.status_code == 201, answer.content
        return answer.headers["Location"]

    return announce


def test_a_file_in_pieces_is_read_when_it_is_whole(sender, announced, provider):
    content = csv()
    url = announced(len(content), title="지하철")
    assert sender("patch", url, content[:50], Upload_Offset=0).headers["Upload-Offset"] == "50"
    head = sender("head", url)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("50", str(len(content)))
    assert head.headers["Cache-Control"] == "no-store"
    done = sender("patch", url, content[50:], Upload_Offset=50)
    assert (done.status_code, done.headers["Upload-Offset"]) == (204, str(len(content)))
    upload = Upload.objects.get()
    assert upload.state == "received" and not (storage.staging().folder / f"{upload.staged}.part").exists()
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    assert upload.state == "read" and len(upload.sha256) == 64
    assert upload.releases.get().rows == 3 and upload.releases.get().dataset.title == "지하철"


@pytest.mark.parametrize(
    ("headers", "body", "kind", "status"),
    [
        ({"Upload_Offset": 7}, b"abc", PIECE, 409),
        ({"Upload_Offset": "x"}, b"abc", PIECE, 422),
        ({}, b"abc", PIECE, 422),
        ({"Upload_Offset": 0}, b"abc", "text/plain", 415),
        ({"Upload_Offset": 0, "Tus_Resumable": "0.2.2"}, b"abc", PIECE, 412),
    ],
)
def test_a_piece_that_does_not_fit_changes_nothing(sender, announced, headers, body, kind, status):
    url = announced(100)
    assert sender("patch", url, body, kind, **headers).status_code == status
    assert sender("head", url).headers["Upload-Offset"] == "0"


@pytest.mark.parametrize("size", [0, -1, "x", 10**12, ""])
def test_a_size_that_cannot_be_is_refused(sender, firm, size):
    facts = metadata(filename="a.csv", organisation=firm.name)
    assert sender("post", PLACE, Upload_Length=size, Upload_Metadata=facts).status_code == 422
    assert not Upload.objects.exists() and not any(storage.staging().folder.iterdir())


def test_more_than_was_announced_is_not_taken(sender, announced):
    url = announced(10)
    assert sender("patch", url, b"0123456789 and more", Upload_Offset=0).headers["Upload-Offset"] == "10"
    assert sender("patch", url, b"!", Upload_Offset=10).status_code == 409


def test_nobody_else_sees_or_sends_a_piece(announced, client, stranger):
    url = announced(10)
    _, raw = tokens.issue_token(actor=stranger, person=stranger, label="x", scopes=["read", "write"])
    headers = {"Authorization": f"Bearer {raw}", "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    for method in ("HEAD", "PATCH", "DELETE"):
        assert client.generic(method, url, b"abc", PIECE, headers=headers).status_code == 404
        assert client.generic(method, url, b"abc", PIECE).status_code == 401


def test_a_withdrawn_file_leaves_nothing(sender, announced):
    url = announced(100)
    sender("patch", url, b"abc", Upload_Offset=0)
    assert sender("delete", url).status_code == 204
    assert Upload.objects.get().state == "discarded" and not any(storage.staging().folder.iterdir())
    assert sender("patch", url, b"def", Upload_Offset=3).status_code == 409


def test_a_crash_before_handing_on_is_made_up_for(sender, announced, provider):
    content = csv()
    url = announced(len(content))
    upload = Upload.objects.get()
    coming = storage.staging().arriving(upload.staged)
    coming.add(io.BytesIO(content), len(content))
    coming.finish()  # and here the process was killed
    assert sender("head", url).headers["Upload-Offset"] == str(len(content))
    upload.refresh_from_db()
    assert upload.state == "received" and upload.job is not None
    assert sender("head", url).status_code == 200 and Upload.objects.filter(job=upload.job).count() == 1


def test_what_nobody_goes_on_with_is_let_go_after_a_week(announced, folders):
    announced(100)
    assert housekeeping.let_go() == 0
    with clock.at(clock.now() + housekeeping.PATIENCE * 2):
        assert housekeeping.let_go() == 1
    assert Upload.objects.get().state == "discarded" and not any(storage.staging().folder.iterdir())


def test_one_person_has_so_many_files_coming_and_the_disk_room(sender, announced, firm, monkeypatch):
    monkeypatch.setattr(arriving, "MOST", 1)
    announced(10)
    facts = metadata(filename="a.csv", organisation=firm.name)
    refused = sender("post", PLACE, Upload_Length=10, Upload_Metadata=facts)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_many")
    monkeypatch.setattr(arriving, "MOST", 9)
    monkeypatch.setattr(arriving, "KEEP_FREE", 1 << 62)
    assert sender("post", PLACE, Upload_Length=10, Upload_Metadata=facts).json()["error"]["code"] == "no_room"


def test_the_page_says_how_far_it_is(announced, sender, client_of, provider):
    url = announced(200)
    sender("patch", url, b"x" * 50, Upload_Offset=0)
    page = client_of(provider).get(f"/upload/{url.split('/')[-1]}/").content.decode()
    assert "25%" in page and "이어서 올리기" in page
    assert "받는 중" in client_of(provider).get("/upload/").content.decode()


def test_tus_own_client_sends_a_file(live_server, provider, firm, tmp_path, settings):
    from tusclient.client import TusClient

    settings.ALLOWED_HOSTS = ["*"]
    _, raw = tokens.issue_token(actor=provider, person=provider, label="시험", scopes=["read", "write"])
    rows = [f'해운대구,2022-09-{n % 28 + 1:02d},"{n:,}",맑음' for n in range(100_000)]
    path = tmp_path / "큰 파일_202209.csv"
    path.write_bytes(csv(rows=rows))
    facts = {"filename": path.name, "organisation": firm.name}
    remote = TusClient(f"{live_server.url}{PLACE}", headers={"Authorization": f"Bearer {raw}"})
    uploader = remote.uploader(str(path), chunk_size=600_000, metadata=facts)
    uploader.upload(stop_at=1_200_000)
    again = remote.uploader(str(path), chunk_size=600_000, url=uploader.url)
    assert again.offset == 1_200_000
    again.upload()
    upload = Upload.objects.get()
    assert upload.state == "received" and upload.filename == path.name
    with storage.staging().open(upload.staged) as stream:
        assert stream.read() == path.read_bytes()
