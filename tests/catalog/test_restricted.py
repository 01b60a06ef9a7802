"""A reader with a restricted grant is told nothing of the columns and rows that were not granted, on any way."""

import threading
import time

import pytest

from datadam.access import services as access
from datadam.access.check import check
from datadam.catalog import downloads, queries, selectors
from datadam.core.errors import NotAllowed

pytestmark = pytest.mark.django_db
API = "/api/v1/datasets"


@pytest.fixture
def narrow(published, provider):
    """Everyone may read its districts, and not how many people travelled."""
    access.grant_public(actor=provider, resource_uid=published.resource.uid, columns=["시군구"])
    return published


@pytest.fixture
def counted(published, provider, citizen):
    """Only the citizen reads it, two rows of its three."""
    access.revoke_public(actor=provider, resource_uid=published.resource.uid)
    access.grant(actor=provider, resource_uid=published.resource.uid, person=citizen, row_quota=2)
    return published


def test_a_hidden_column_shows_nowhere(narrow, client):
    release = client.get(f"{API}/{narrow.name}/releases/1").json()
    assert [column["name"] for column in release["profile"]] == ["시군구"]
    assert {p.get("column") for p in release["proposals"]} <= {"시군구", None, ""}
    page = client.get(f"/dataset/{narrow.name}/").content.decode()
    assert "해운대구" in page
    for value in ("5,000", "5000", "1,200", "1200", "3,400"):
        assert value not in page
    for path in ("rows?filter=이용자수:gte:5000", "rows?sort=이용자수"):
        answer = client.get(f"{API}/{narrow.name}/{path}")
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "no_column"
    sorted_page = client.get(f"/dataset/{narrow.name}/?sort=이용자수")
    assert sorted_page.status_code == 200 and "이용자수" in sorted_page.content.decode()


def test_a_hidden_column_shows_in_no_diff(narrow, receive, provider, firm, file, client):
    from datadam.catalog.services import datasets

    upload = receive(provider, firm, file(rows=['해운대구,2022-10-01,"7,777",맑음']), "지하철 이용_202210.csv")
    datasets.publish(actor=provider, dataset=narrow, release=upload.releases.get())
    path = f"/dataset/{narrow.name}/release/2/changes/"
    assert "7,777" not in client.get(path).content.decode()
    access.grant_public(actor=provider, resource_uid=narrow.resource.uid, columns=[])
    assert "7,777" in client.get(path).content.decode()


def test_a_quota_is_never_exceeded(counted, citizen, provider):
    release = counted.releases.get()
    with pytest.raises(NotAllowed):
        downloads.download(actor=citizen, dataset=counted, release=release)
    with pytest.raises(NotAllowed):
        queries.run(actor=citizen, query='SELECT list(t) FROM "지하철 이용" t')
    assert selectors.chart(citizen, counted, release) is None
    assert selectors.told(citizen, counted, release) == set()
    assert len(selectors.preview(actor=citizen, dataset=counted, release=release).rows) == 2
    with pytest.raises(NotAllowed):
        selectors.preview(actor=citizen, dataset=counted, release=release)
    assert downloads.download(actor=provider, dataset=counted, release=release).rows == 3


def test_two_readings_at_once_do_not_both_fit_into_a_quota(counted, citizen):
    first, second = (
        check(actor=citizen, resource_uid=counted.resource.uid, version=1, channel="api") for _ in range(2)
    )
    access.record_usage(decision=first, channel="api", version=1, rows=2)
    with pytest.raises(NotAllowed):
        access.record_usage(decision=second, channel="api", version=1, rows=2)


def test_two_threads_that_make_one_download_write_two_drafts(published, monkeypatch):
    from datadam.lake import export

    seen, write = [], export.write

    def slow(*args, out, **options):
        seen.append(out)
        time.sleep(0.2)
        return write(*args, out=out, **options)

    monkeypatch.setattr(export, "write", slow)
    release = published.releases.get()
    path = downloads._kept(published, release, "csv", "utf-8-sig")
    files = selectors.reading(None, published, release, channel="download").files
    made = [
        threading.Thread(target=downloads._make, args=(published, files, path, "csv", "utf-8-sig")) for _ in range(2)
    ]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()
    assert len(set(seen)) == 2 and [p.name for p in path.parent.glob(".*")] == []
