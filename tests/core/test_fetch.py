"""URLs are fetched from the open Internet only, and what they give is named and bounded."""

import socket

import pytest

from datadam.core import fetch
from datadam.core.errors import DomainError, Invalid
from tests.serving import serving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "0.0.0.0", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1",
    ],
)  # fmt: skip
def test_a_private_address_is_not_public(address):
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.248.252.2", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_an_open_address_is_public(address):
    assert fetch.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.csv", "file:///etc/passwd", "gopher://example.org", "http://", "https:///x", "example.org",
        "http://user:pw@example.org/", "http://example.org:99999/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_only_http_addresses_without_credentials_are_fetched(url):
    with pytest.raises(Invalid):
        fetch.check_url(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "http://localhost:8321/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/"]
)
def test_a_url_into_this_machine_is_refused_before_a_byte_is_sent(url):
    with pytest.raises(fetch.AddressRefused), fetch.fetch(url, limit=1000):
        pass


def test_a_host_with_one_private_address_is_refused(monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(fetch.AddressRefused):
        fetch.resolve("two.example", 80)


def test_the_judged_address_is_the_one_connected_to(monkeypatch):
    """A name that answers differently the second time (DNS rebinding) gains nothing."""
    answers = iter(["8.8.8.8", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (next(answers), port))])
    connected = []

    def connect(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(fetch.FetchFailed), fetch.fetch("http://rebind.example/a.csv", limit=1000):
        pass
    assert connected == [("8.8.8.8", 80)]


def test_a_redirect_into_this_network_is_refused(monkeypatch, settings):
    """The first host counts as public; where it points to is judged anew."""
    real = fetch.is_public
    seen = []
    monkeypatch.setattr(
        fetch, "is_public", lambda address: not seen.append(address) and (len(seen) == 1 or real(address))
    )
    with (
        serving(302, Location="http://127.0.0.1:1/secret") as url,
        pytest.raises(fetch.AddressRefused),
        fetch.fetch(url, limit=100),
    ):
        pass
    assert seen == ["127.0.0.1", "127.0.0.1"]


def test_endless_redirects_end(inside):
    with serving(302, Location="/again") as url, pytest.raises(fetch.FetchFailed) as refusal, fetch.fetch(url, limit=9):
        pass
    assert refusal.value.code == "redirects"


@pytest.mark.parametrize(("status", "code"), [(404, "bad_answer"), (500, "bad_answer"), (204, "bad_answer")])
def test_an_answer_that_is_no_file_is_refused(inside, status, code):
    with serving(status) as url, pytest.raises(DomainError) as refusal, fetch.fetch(url, limit=9):
        pass
    assert refusal.value.code == code


def test_an_announced_size_above_the_limit_is_refused(inside):
    with (
        serving(body=b"x" * 20, Content_Length="20") as url,
        pytest.raises(Invalid) as refusal,
        fetch.fetch(url, limit=10),
    ):
        pass
    assert refusal.value.code == "too_big"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a.csv"', "a.csv"),
        ("attachment; filename=a.csv; size=3", "a.csv"),
        ("attachment; filename*=UTF-8''%EA%B5%90%ED%86%B5.csv", "교통.csv"),
        ("attachment; filename=\"x.csv\"; filename*=UTF-8''%EA%B5%90%ED%86%B5.csv", "교통.csv"),
        ('attachment; filename="../../etc/passwd"', "_.._etc_passwd"),
        ("inline", "표.csv"),
    ],
)
def test_a_file_is_named_by_its_server_or_its_url(inside, disposition, name):
    with (
        serving(body=b"a", Content_Disposition=disposition) as url,
        fetch.fetch(f"{url}/%ED%91%9C.csv?x=1", limit=10) as fetched,
    ):
        assert (fetched.filename, fetched.stream.read()) == (name, b"a")


def test_names_in_bare_utf8_and_cp949_are_read():
    for encoding in ("utf-8", "cp949"):
        raw = 'attachment; filename="교통.csv"'.encode(encoding).decode("latin-1")
        assert fetch._disposition(raw) == "교통.csv"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://data.example/file/a.csv?serviceKey=abc", "https://data.example/file/a.csv?…"),
        ("http://user:word@openapi.example:8088/6b4d5a7363abcdef0123/json/bus/1/5/",
         "http://openapi.example:8088/…/json/bus/1/5/"),
        ("https://a.example/v1/550e8400-e29b-41d4-a716-446655440000/x", "https://a.example/v1/…/x"),
        ("https://a.example/t/AbCdefghijklmnopqrstuvwx/x;key=SECRET", "https://a.example/t/…/x?…"),
        ("https://a.example/%EC%A3%BC%EC%B0%A8%EC%9E%A5/a.csv", "https://a.example/%EC%A3%BC%EC%B0%A8%EC%9E%A5/a.csv"),
        ("https://data.example/busan_parking_lots_202609.csv", "https://data.example/busan_parking_lots_202609.csv"),
    ],
)  # fmt: skip
def test_what_may_hold_a_key_is_not_shown(url, shown):
    assert fetch.masked(url) == shown
