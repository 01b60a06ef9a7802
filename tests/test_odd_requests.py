"""Odd bytes at every URL of the map, by every one of the cast: a refusal, never a fault of ours."""

import copy
import itertools
import urllib.parse

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.test_url_roles import cast, nobody  # noqa: F401
from tests.url_roles import CAST, address, finish, rooms, routes, rows

ODD = [
    "%00",
    "%ff%fe",
    "%ED%A0%80",
    "9" * 400,
    "-1",
    "..%2f..%2fetc%2fpasswd",
    "가" * 3000,
    "%",
    "'\"><script>",
    "%2e%2e",
]
QUERIES = [
    "",
    "q=%00",
    "page=" + "9" * 300,
    "sort=%ff",
    "filter=%00:eq:",
    "release=%ED%A0%80",
    "next=//x",
    "a[]=1&&&=;",
    "job=१",
]
TYPES = [
    "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=no-such", 
    "text/plain", "", "\x7f/;=",
]  # fmt: skip
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00\xff.csv"\r\n\r\n\xff\xfe\r\n--x--\r\n'
BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"\xff\xfe\x00",
    b'{"title": "\\ud800"}',
    b"[" * 5000,
    FORM,
    FORM[:40],
    b"a=%00&b=%ff",
]
REQUEST = st.fixed_dictionaries(
    {
        "row": st.integers(0, 10_000),
        "person": st.sampled_from(CAST),
        "method": st.sampled_from([*[""] * 8, "GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "ODD"]),
        "part": st.sampled_from([*[""] * len(ODD), *ODD]),
        "at": st.integers(1, 12),
        "query": st.sampled_from(QUERIES) | st.text(max_size=30).map(lambda s: urllib.parse.quote(s, errors="replace")),
        "type": st.sampled_from(TYPES),
        "body": st.sampled_from(BODIES) | st.binary(max_size=60),
        "token": st.sampled_from([None, None, None, "Bearer ddm_x", "Bearer", "Basic \udc80", "Bearer \xff"]),
    }
)


def broken(path: str, part: str, at: int) -> str:
    """The path with one of its parts replaced by something odd."""
    pieces = path.split("/")
    pieces[1 + at % (len(pieces) - 1)] = part
    return "/".join(pieces)


@pytest.mark.django_db
@pytest.mark.slow
def test_nothing_that_is_sent_is_a_fault_of_ours(cast, client_of):  # noqa: F811
    every = [row for row, _ in rows()]
    made = {}
    for row in every:
        key = (row.room, row.at)
        if key not in made:
            made[key] = rooms()[row.room].PLACES[row.at](cast) if row.at else {}
    clients = {person: client_of(getattr(cast, person)) for person in CAST}
    for client in clients.values():
        client.raise_request_exception = True
    assert {row.name for row in every} == {route.name for route in routes()}

    signed_in = {person: copy.deepcopy(client.cookies) for person, client in clients.items()}

    def send(row, asked):
        path = address(row, made[row.room, row.at]).partition("?")[0]
        path = broken(path, asked["part"], asked["at"]) if asked["part"] else path
        headers = {"Authorization": asked["token"]} if asked["token"] else {}
        client = clients[asked["person"]]
        client.cookies = copy.deepcopy(signed_in[asked["person"]])  # whoever signed out is signed in again
        with transaction.atomic():
            method = asked["method"] or row.method
            url = f"{path}?{asked['query']}"
            answer = client.generic(method, url, asked["body"], asked["type"], headers=headers)
            finish(answer)
            transaction.set_rollback(True)
        ready = path.startswith("/readyz") and answer.status_code == 503  # no worker runs here
        assert ready or answer.status_code < 500, (path, asked)

    whole = {"method": "", "part": "", "token": None}
    for n, (row, person) in enumerate(itertools.product(every, CAST)):
        odd = {"query": QUERIES[n % len(QUERIES)], "type": TYPES[n // 3 % len(TYPES)], "body": BODIES[n % len(BODIES)]}
        send(row, {**whole, **odd, "person": person})

    @settings(
        max_examples=1500, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(REQUEST)
    def send_anything(asked):
        send(every[asked["row"] % len(every)], asked)

    send_anything()
