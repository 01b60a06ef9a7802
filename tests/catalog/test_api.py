"""The API: what the public reads, what a token may do; and the snippets of a dataset's page, run as they stand."""

import json
import subprocess
import sys
from urllib.request import urlopen

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from datadam.catalog import downloads, selectors
from datadam.catalog.snippets import snippets
from datadam.core import jobs
from datadam.core.services import tokens

pytestmark = pytest.mark.django_db
API = "/api/v1"


def bearer(person, *scopes):
    _, raw = tokens.issue_token(actor=person, person=person, label="시험", scopes=scopes)
    return {"headers": {"Authorization": f"Bearer {raw}"}}


def test_everyone_reads_what_is_published(published, client):
    listed = client.get(f"{API}/datasets?q=지하철").json()
    assert listed["total"] == 1 and listed["datasets"][0]["rows"] == 3
    shown = client.get(f"{API}/datasets/{published.name}").json()
    assert shown["permissions"]["commercial_use"] is True and shown["columns"][1] == {"name": "날짜", "type": "date"}
    rows = client.get(
        f"{API}/datasets/{published.name}/rows?sort=이용자수&descending=true&size=1&columns=이용자수"
    ).json()
    assert (rows["total"], rows["rows"]) == (3, [{"이용자수": 5000}])
    found = client.get(
        f"{API}/datasets/{published.name}/releases/1/rows?filter=시군구:contains:영&filter=이용자수:gte:1000"
    )
    assert [row["시군구"] for row in found.json()["rows"]] == ["수영구"]
    release = client.get(f"{API}/datasets/{published.name}/releases/1").json()
    assert release["profile"][2]["max"] == 5000 and release["rows_read"] == 3


@pytest.mark.parametrize(
    "query", ["filter=없음:eq:1", "filter=시군구", "sort=없음", "columns=없음", "filter=날짜:eq:x"]
)
def test_a_wrong_question_is_refused(published, client, query):
    answer = client.get(f"{API}/datasets/{published.name}/rows?{query}")
    assert answer.status_code == 422 and answer.json()["error"]["message"]


def test_a_draft_is_not_found_by_the_public_and_found_by_its_steward(draft, client, provider, stranger):
    for path in ("", "/rows", "/releases", "/releases/1", "/download/csv"):
        url = f"{API}/datasets/{draft.name}{path}"
        assert client.get(url).status_code == 404
        assert client.get(url, **bearer(stranger, "read")).status_code == 404
        assert client.get(url, **bearer(provider, "read")).status_code == 200


def test_a_token_uploads_describes_and_publishes(provider, firm, file, client):
    token = bearer(provider, "read", "write")
    sent = SimpleUploadedFile("표_202209.csv", file())
    made = client.post(f"{API}/uploads", {"organisation": firm.name, "file": sent}, **token)
    assert made.status_code == 202
    jobs.run_now(selectors.upload_for(provider, made.json()["upload"]).job)
    told = client.get(f"{API}/uploads/{made.json()['upload']}", **token).json()
    assert (told["state"], told["datasets"][0]["status"]) == ("read", "loaded")
    url = f"{API}/datasets/{told['datasets'][0]['dataset']}"
    unready = client.post(f"{url}/publish", **token)
    assert unready.status_code == 422 and "licence" in unready.json()["error"]["data"]["fields"]
    described = client.patch(url, json.dumps({"licence": "kogl-1"}), content_type="application/json", **token)
    assert described.json()["licence"] == "kogl-1" and described.json()["title"] == "표"
    assert client.post(f"{url}/publish", **token).json()["state"] == "published"
    assert client.get(url).status_code == 200
    assert client.post(f"{url}/unpublish", **token).json()["state"] == "withdrawn"
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("who", ["citizen", "stranger", "consumer", "reviewer"])
def test_others_may_not_write(who, request, published, firm, file, client):
    token = bearer(request.getfixturevalue(who), "read", "write")
    sent = SimpleUploadedFile("표.csv", file())
    assert client.post(f"{API}/uploads", {"organisation": firm.name, "file": sent}, **token).status_code == 403
    assert client.post(f"{API}/datasets/{published.name}/unpublish", **token).status_code == 403
    published.refresh_from_db()
    assert published.state == "published"


def test_a_reading_token_does_not_write_and_nobody_does_not_either(published, provider, client):
    url = f"{API}/datasets/{published.name}/unpublish"
    assert client.post(url, **bearer(provider, "read")).status_code in {401, 403}
    assert client.post(url).status_code in {401, 403}


@pytest.mark.parametrize(
    ("format", "start"), [("csv", b"\xef\xbb\xbf"), ("parquet", b"PAR1"), ("xlsx", b"PK"), ("json", b"[")]
)
def test_a_download_is_made_once_and_kept(published, client, folders, format, start):
    url = f"{API}/datasets/{published.name}/download/{format}"
    first = client.get(url)
    body = b"".join(first.streaming_content)
    assert body.startswith(start) and "attachment" in first["Content-Disposition"]
    kept = [p for p in (folders / "cache").rglob("*") if p.is_file() and p.suffix == f".{format}"]
    assert len(kept) == 1 and kept[0].read_bytes() == body
    stamp = kept[0].stat().st_mtime_ns
    client.get(url)
    assert kept[0].stat().st_mtime_ns == stamp


def test_cp949_says_what_it_cannot_hold(receive, provider, firm, file, published):
    upload = receive(provider, firm, file(["해운대구,2022-09-01,100,😀"], encoding="utf-8"), "그림_2022.csv")
    release = upload.releases.get()
    made = downloads.download(actor=provider, dataset=upload.dataset, release=release, format="csv", encoding="cp949")
    assert [(lost["character"], lost["count"], lost["column"]) for lost in made.lost] == [("😀", 1, "비고")]


def test_a_big_download_is_made_by_a_job(published, provider, monkeypatch):
    monkeypatch.setattr(downloads, "MADE_AT_ONCE", 2)
    release = selectors.release_for(provider, published)
    with pytest.raises(downloads.BeingMade) as waiting:
        downloads.download(actor=provider, dataset=published, release=release, format="csv")
    from datadam.core import selectors as core

    jobs.run_now(core.job(waiting.value.data["job"]))
    assert downloads.download(actor=provider, dataset=published, release=release, format="csv").rows == 3


def test_unknown_formats_and_encodings_are_refused(published, client):
    assert client.get(f"{API}/datasets/{published.name}/download/exe").status_code == 404
    assert client.get(f"{API}/datasets/{published.name}/download/csv?encoding=utf-7").status_code == 422


@pytest.mark.parametrize("index", range(4))
def test_the_snippets_run_as_they_stand(published, live_server, tmp_path, index):
    release = selectors.release_for(None, published)
    snippet = snippets(published, release, live_server.url)[index]
    command = [sys.executable, "-c", snippet.code] if snippet.language == "python" else ["bash", "-c", snippet.code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    files = list(tmp_path.glob("*.csv"))
    shown = files[0].read_text(encoding="utf-8-sig") if files else done.stdout
    assert "해운대구" in (str(json.loads(shown)) if shown.startswith("{") else shown)


def test_the_api_describes_itself(live_server):
    paths = json.load(urlopen(f"{live_server.url}/api/v1/openapi.json"))["paths"]
    assert "/api/v1/datasets/{name}/rows" in paths
