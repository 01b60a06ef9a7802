"""Whatever is sent, the answer is a refusal in words and never a fault of ours."""

import json

import pytest
from django.db import DataError

from datadam.core.middleware import as_domain_error
from datadam.core.services import tokens

pytestmark = pytest.mark.django_db
API = "/api/v1"
DIGITS = "9" * 5000  # Python itself refuses to read so long a number


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{API}/datasets?q={'가' * 60_000}", 200),
        (f"{API}/datasets?q=%00&page={DIGITS[:30]}", 200),
        (f"{API}/datasets?q=%ff%fe&page=-1", 200),
        (f"{API}/datasets/NAME/rows?page={DIGITS[:18]}&size=1000", 200),
        (f"{API}/datasets/NAME/rows?page={DIGITS[:30]}", 200),
        (f"{API}/datasets/NAME/rows?page=-5&size=-5", 200),
        (f"{API}/datasets/NAME/rows?filter=시군구:eq:%00", 200),
        (f"{API}/datasets/NAME/rows?filter=날짜:lte:9999-12-31", 200),
        (f"{API}/datasets/NAME/releases/{DIGITS}", 404),
        (f"{API}/datasets/%00", 404),
        (f"{API}/datasets/NAME/download/csv?encoding=%00", 422),
        (f"/dataset/NAME/?page={DIGITS}", 200),
        ("/dataset/NAME/?column=시군구&op=eq&value=%00", 200),
        (f"/dataset/NAME/download/csv/?release={DIGITS}", 404),
        ("/dataset/NAME/download/csv/?release=first", 404),
        ("/datasets/?q=%00&state=draft&organisation=%ff", 200),
    ],
)
def test_addresses_that_make_no_sense(path, status, client, published):
    assert client.get(path.replace("NAME", published.name)).status_code == status


def test_an_uploads_page_with_a_job_that_is_no_number(client_of, provider, published):
    upload = published.releases.get().upload
    assert client_of(provider).get(f"/upload/{upload.pk}/?job={DIGITS}").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (r'{"title": "\ud800"}', 400),
        (r'{"keywords": ["\ud800"]}', 400),
        ("{", 400),
        ('{"title": null}', 422),
        ('{"temporal_start": "soon"}', 422),
        ('{"licence": "zzz", "ai_mark": true}', 422),
        ('{"licence": ""}', 422),
        ('{"source_url": "javascript:alert(1)"}', 422),
        ('{"frequency": null}', 422),
    ],
)
def test_descriptions_that_make_no_sense_change_nothing(body, status, client, provider, published):
    _, raw = tokens.issue_token(actor=provider, person=provider, label="t", scopes=["read", "write"])
    headers = {"Authorization": f"Bearer {raw}"}
    url = f"{API}/datasets/{published.name}"
    answer = client.patch(url, body, content_type="application/json", headers=headers)
    assert answer.status_code == status and json.loads(answer.content)["error"]["message"]
    published.refresh_from_db()
    assert (published.licence, published.keywords, published.temporal_start) == ("kogl-1", [], None)
    assert client.get(f"/dataset/{published.name}/").status_code == 200


def test_what_the_database_cannot_store_is_refused():
    refusal = as_domain_error(DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))
    assert refusal is not None and (refusal.status, refusal.code) == (422, "bad_value")
