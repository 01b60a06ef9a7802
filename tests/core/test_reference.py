"""The page about the API says what the document says, in both languages, and every call on it can be made."""

import html
import re
import shlex

import pytest

from datadam.core import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").json()


def operations(document):
    return [operation for group in reference.groups(document, "http://city") for operation in group.operations]


def test_every_operation_of_the_document_is_on_the_page(client, document):
    page = html.unescape(client.get("/api/v1/docs").content.decode())
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        assert path in page
        for facts in methods.values():
            assert f'id="{facts["operationId"]}"' in page


def test_every_operation_has_words_in_both_languages(document):
    for operation in operations(document):
        assert re.search("[가-힣]", operation.title.ko) and not re.search("[가-힣]", operation.title.en), operation.key


def test_what_is_open_says_so(document):
    open_ones = {(o.method, o.path) for o in operations(document) if o.open}
    assert ("GET", "/api/v1/datasets") in open_ones and ("GET", "/api/v1/me") not in open_ones
    assert {method for method, _ in open_ones} <= {"GET", "OPTIONS"}


def test_calls_name_what_is_needed(document):
    by_key = {operation.key: operation for operation in operations(document)}
    upload = shlex.split(by_key["datadam_catalog_api_upload"].call.replace("\\\n", ""))
    assert upload[:3] == ["curl", "-X", "POST"] and "Authorization: Bearer ddm_…" in upload
    assert "organisation=…" in upload and "file=@data.csv" in upload and upload[-1] == "http://city/api/v1/uploads"
    decide = by_key["datadam_catalog_api_decide"]
    assert "-d '{\"decisions\": {}}'" in decide.call and [f.required for f in decide.fields] == [True, True, True]
    assert by_key["datadam_catalog_api_list_datasets"].call == "curl \\\n  'http://city/api/v1/datasets'"
