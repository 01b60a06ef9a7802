"""How much may be asked in a minute, by whom, and what is said to who asks too much."""

import pytest

from datadam.core import limits
from datadam.core.services import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(settings):
    """Five reads, two writes and one expensive request a minute."""
    settings.RATE_READS, settings.RATE_WRITES, settings.RATE_HEAVY = 5, 2, 1
    limits.buckets.clear()
    yield
    limits.buckets.clear()


def statuses(client, path, times, **options):
    return [client.get(path, **options).status_code for _ in range(times)]


def test_an_address_that_asks_too_often_waits(client):
    before = limits.refused["reads"]
    assert statuses(client, "/datasets/", 7) == [200] * 5 + [429] * 2
    answer = client.get("/datasets/")
    assert "초 뒤에 다시" in answer.content.decode() and answer.headers["Cache-Control"] == "no-store"
    assert 1 <= int(answer.headers["Retry-After"]) <= 12
    assert limits.refused["reads"] == before + 3
    assert client.get("/datasets/", REMOTE_ADDR="198.51.100.7").status_code == 200


def test_programs_are_told_in_their_form(client):
    statuses(client, "/api/v1/datasets", 5)
    answer = client.get("/api/v1/datasets")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
    assert answer.json()["error"]["data"]["seconds"] == int(answer.headers["Retry-After"])


def test_people_behind_one_address_count_each_for_themselves(client_of, client, citizen, consumer):
    statuses(client, "/datasets/", 6)
    assert statuses(client_of(citizen), "/datasets/", 6) == [200] * 5 + [429]
    assert client_of(consumer).get("/datasets/").status_code == 200


def test_writing_and_what_is_expensive_count_apart_from_reading(client_of, provider, firm):
    client = client_of(provider)
    assert [client.post("/language/", {"language": "ko"}).status_code for _ in range(3)] == [302, 302, 429]
    assert [client.post("/upload/", {"organisation": firm.name}).status_code for _ in range(2)] == [422, 429]
    assert statuses(client, "/upload/", 6) == [200] * 5 + [429]


def test_downloads_are_expensive(client):
    assert statuses(client, "/dataset/nothing/download/csv/", 2) == [404, 429]
    assert statuses(client, "/api/v1/datasets/nothing/download/csv", 1) == [429]


def test_guessing_tokens_is_reading_too(client, provider):
    guesses = [client.get("/api/v1/me", headers={"Authorization": f"Bearer ddm_{n}"}).status_code for n in range(7)]
    assert guesses == [401] * 5 + [429] * 2
    _, raw = tokens.issue_token(actor=provider, person=provider, label="t", scopes=["read"])
    token = {"headers": {"Authorization": f"Bearer {raw}"}, "REMOTE_ADDR": "198.51.100.7"}
    assert statuses(client, "/api/v1/me", 6, **token) == [200] * 5 + [429]


def test_addresses_that_lead_nowhere_count_too(client):
    assert statuses(client, "/no-such-page/", 6) == [404] * 5 + [429]


def test_health_is_always_answered_and_none_means_no_limit(client, settings):
    assert statuses(client, "/healthz", 8) == [200] * 8
    settings.RATE_READS = 0
    assert statuses(client, "/datasets/", 8) == [200] * 8


def test_a_refused_form_is_not_read(client_of, citizen, monkeypatch):
    from django.http import HttpRequest

    client = client_of(citizen, enforce_csrf_checks=True)
    for _ in range(2):
        client.post("/language/", {"language": "ko"})
    monkeypatch.setattr(HttpRequest, "_load_post_and_files", lambda request: pytest.fail("the body was read"))
    assert client.post("/language/", {"language": "ko"}).status_code == 429


def test_a_bucket_fills_steadily():
    now = [0.0]
    buckets = limits.Buckets(tick=lambda: now[0])
    assert [buckets.take("a", 60) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 60) == pytest.approx(1.0)
    now[0] = 2.0
    assert [bool(buckets.take("a", 60)) for _ in range(3)] == [False, False, True]
    now[0] = 1e6
    assert sum(not buckets.take("a", 60) for _ in range(100)) == 60  # never more than a minute's


def test_memory_is_bounded_and_the_longest_unused_goes_first():
    buckets = limits.Buckets(most=100)
    for number in range(1000):
        buckets.take("old friend", 10_000)
        buckets.take(str(number), 1)
    assert len(buckets) == 100
    assert buckets.take("999", 1) > 0 and buckets.take("5", 1) == 0.0
