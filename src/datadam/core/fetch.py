"""Getting a file from a URL without letting the URL reach into this network.

Every host is resolved once, every address it has is judged, and the connection goes to the judged address; a
redirect is a new URL and judged again. `settings.FETCH_PRIVATE_ADDRESSES` lifts the judgement for closed networks.
"""

import base64
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from urllib.parse import SplitResult, quote, quote_plus, unquote, urlencode, urljoin, urlsplit

from django.conf import settings

from datadam.core.errors import DomainError, Invalid
from datadam.web.text import Text

KEY = re.compile(r"(?=.*\d|[^_-]*$)[A-Za-z0-9+=_-]{20,}")  # a part of a path that may be a service key
TIMEOUT = 30.0
REDIRECTS = 5
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FetchFailed(DomainError):
    """The file could not be fetched."""

    code = "fetch_failed"


class AddressRefused(DomainError):
    """The URL leads into a private network."""

    code = "address_refused"


@dataclass
class Fetched:
    """An open download. `size` is what the server announced, or None; `etag` and `modified` as it told them."""

    stream: BinaryIO
    filename: str
    size: int | None
    etag: str = ""
    modified: str = ""


class NotModified(Exception):
    """The server says that nothing changed since the last time."""


def check_url(url: str) -> SplitResult:
    """The parts of an http(s) URL without credentials; Invalid otherwise."""
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or parts.username or parts.password:
        raise Invalid(
            Text("http 또는 https 주소를 넣으십시오.", "Give an http or https address."), code="bad_url", url=url
        )
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet, tunnels to private ones (v4 in v6, 6to4, NAT64) excluded."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def addresses(host: str, port: int) -> list[str]:
    """Every address of the host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(
            Text(f"‘{host}’ 주소를 찾을 수 없습니다.", f"The host “{host}” cannot be found."), code="host_unknown"
        ) from error
    return [str(entry[4][0]) for entry in found]


def resolve(host: str, port: int, *, trusted: bool = False) -> str:
    """One address of the host. Refused when any of its addresses is private, unless the operator trusts the host."""
    found = addresses(host, port)
    lifted = trusted or settings.FETCH_PRIVATE_ADDRESSES
    if not lifted and not all(map(is_public, found)):
        raise AddressRefused(
            Text(
                f"‘{host}’ 주소는 내부망을 가리켜 가져오지 않습니다.",
                f"The host “{host}” lies in a private network and is not fetched from.",
            ),
            host=host,
        )
    return found[0]


class _PinnedHTTP(http.client.HTTPConnection):
    """A connection to a judged address that still names the host in its request."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _PinnedHTTPS(_PinnedHTTP):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = sock  # from here on the deadline can cut it
        sock.do_handshake()


class Deadline:
    """Cuts a connection that takes longer than `seconds` in all: a server may be slow, but not for ever."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed = seconds, False
        self._sock: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._connection: http.client.HTTPConnection | None = None

    def _cut(self) -> None:
        self.passed = True
        sock = self._sock or (self._connection.sock if self._connection else None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def watch(self, connection: http.client.HTTPConnection) -> None:
        self._connection, self._sock = connection, None

    def hold_socket(self, sock: socket.socket) -> None:
        """Watch a connection that speaks something else than HTTP."""
        self._sock = sock

    def hold_descriptor(self, descriptor: int) -> None:
        """Watch a connection of which a library gives no more than its number."""
        self._sock = socket.socket(fileno=os.dup(descriptor))

    def hold(self) -> None:
        """Keep the socket: the connection lets go of it once it has answered."""
        self._sock = self._connection.sock if self._connection else None

    def check(self) -> None:
        if self.passed:
            raise FetchFailed(
                Text("서버가 너무 느려 그만두었습니다.", "The server is too slow; fetching was given up."),
                code="too_slow",
            )

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


class _Body:
    """A response's body that ends in a refusal where the deadline or the network cut it."""

    def __init__(self, response: http.client.HTTPResponse, deadline: Deadline) -> None:
        self._response, self._deadline = response, deadline

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._response.read(None if size < 0 else size)
        except (OSError, http.client.HTTPException) as error:
            self._deadline.check()
            raise FetchFailed(
                Text("파일이 다 오지 않았습니다.", "The file came incomplete."), code="incomplete"
            ) from error
        self._deadline.check()
        return data


def _connection(parts: SplitResult, *, trusted: bool = False) -> http.client.HTTPConnection:
    host = cast(str, parts.hostname)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return (_PinnedHTTPS if secure else _PinnedHTTP)(host, port, resolve(host, port, trusted=trusted))


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='=&%:@!$()*+,;/?~-._')}" if parts.query else path


def _get(
    url: str, deadline: Deadline, known: dict[str, str]
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    parts = check_url(url)
    connection = _connection(parts)
    deadline.watch(connection)
    headers = {"User-Agent": "datadam", "Accept-Encoding": "identity", **known}
    try:
        connection.connect()
        deadline.hold()
        connection.request("GET", _target(parts), headers=headers)
        return connection, connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        deadline.check()
        raise FetchFailed(
            Text(f"‘{parts.hostname}’에서 응답이 없습니다.", f"“{parts.hostname}” does not answer."), code="no_answer"
        ) from error


@contextmanager
def fetch(url: str, *, limit: int, etag: str = "", modified: str = "") -> Iterator[Fetched]:
    """Open `url` for reading; the body stays on the wire until it is read. Refuses what is announced above `limit`.

    With the `etag` or `modified` of the last time, NotModified is raised where the server says so. The whole of it,
    reading included, may take `settings.FETCH_SECONDS`.
    """
    given = {"If-None-Match": etag, "If-Modified-Since": modified}
    known = {name: value for name, value in given.items() if value}
    first = urlsplit(url).netloc
    with Deadline(settings.FETCH_SECONDS) as deadline:
        for _ in range(REDIRECTS + 1):
            connection, response = _get(url, deadline, known if urlsplit(url).netloc == first else {})
            try:
                if response.status in {301, 302, 303, 307, 308} and response.headers.get("Location"):
                    url = urljoin(url, response.headers["Location"])
                    continue
                _check_response(response, limit)
                yield _opened(response, url, deadline)
                return
            finally:
                connection.close()
    raise FetchFailed(Text("주소가 너무 여러 번 옮겨 갑니다.", "The address redirects too often."), code="redirects")


def _opened(response: http.client.HTTPResponse, url: str, deadline: Deadline) -> Fetched:
    headers = response.headers
    return Fetched(
        cast(BinaryIO, _Body(response, deadline)),
        filename_of(headers, url),
        response.length,
        headers.get("ETag", "")[:200],
        headers.get("Last-Modified", "")[:100],
    )


def _check_response(response: http.client.HTTPResponse, limit: int) -> None:
    if response.status == 304:
        raise NotModified
    if response.status != 200:
        raise FetchFailed(
            Text(f"서버가 {response.status}로 답했습니다.", f"The server answered {response.status}."),
            code="bad_answer",
            answer=response.status,
        )
    if response.length is not None and response.length > limit:
        raise too_big(limit)


def too_big(limit: int) -> Invalid:
    """The refusal of a file above the limit, with the limit."""
    megabytes = limit // (1024 * 1024)
    return Invalid(
        Text(f"파일이 한도 {megabytes:,}MB를 넘습니다.", f"The file is larger than {megabytes:,} MB."),
        code="too_big",
        limit=limit,
    )


def filename_of(headers: "http.client.HTTPMessage", url: str) -> str:
    """The name in Content-Disposition (RFC 6266, raw UTF-8 and CP949 tolerated), else the end of the URL's path."""
    given = _disposition(headers.get("Content-Disposition", ""))
    name = given or unquote(urlsplit(url).path).rpartition("/")[2]
    return re.sub(r"[\x00-\x1f/\\]+", "_", name).strip(" .")[:200] or "download"


def _disposition(value: str) -> str:
    extended = re.search(r"filename\*\s*=\s*([\w.-]+)'[^']*'([^;]+)", value, re.IGNORECASE)
    if extended:
        try:
            return unquote(extended.group(2).strip(), encoding=extended.group(1), errors="strict")
        except (LookupError, UnicodeDecodeError):
            pass
    plain = re.search(r'filename\s*=\s*(?:"([^"]*)"|([^;]+))', value, re.IGNORECASE)
    if not plain:
        return ""
    raw = unquote((plain.group(1) or plain.group(2) or "").strip(), encoding="latin-1").encode("latin-1", "ignore")
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


JSON_LIMIT = 1024 * 1024


def origin(url: str) -> tuple[str, str | None, int]:
    """Scheme, host and port of a URL."""
    parts = check_url(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def json_get(url: str, *, trusted: str = "") -> dict[str, Any]:
    """The JSON object at `url`. The origin of `trusted`, a URL that the operator configured, is not judged."""
    return _json("GET", url, None, {}, trusted)


def json_post(
    url: str, form: dict[str, str], *, basic: tuple[str, str] | None = None, trusted: str = ""
) -> dict[str, Any]:
    """The JSON object that answers a form; `basic` are credentials for HTTP Basic (RFC 6749, 2.3.1)."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if basic:
        pair = ":".join(quote_plus(part) for part in basic)
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return _json("POST", url, urlencode(form), headers, trusted)


def _json(method: str, url: str, body: str | None, headers: dict[str, str], trusted: str) -> dict[str, Any]:
    """No redirect is followed: an API that moves is configured anew."""
    parts = check_url(url)
    connection = _connection(parts, trusted=bool(trusted) and origin(url) == origin(trusted))
    headers = {"User-Agent": "datadam", "Accept": "application/json", "Accept-Encoding": "identity", **headers}
    try:
        connection.request(method, _target(parts), body=body, headers=headers)
        response = connection.getresponse()
        raw = response.read(JSON_LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise FetchFailed(
            Text(f"‘{parts.hostname}’에서 응답이 없습니다.", f"“{parts.hostname}” does not answer."), code="no_answer"
        ) from error
    finally:
        connection.close()
    _check_response(response, JSON_LIMIT)
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict) or len(raw) > JSON_LIMIT:
        raise FetchFailed(
            Text("서버의 답을 읽을 수 없습니다.", "The server's answer makes no sense."), code="bad_answer"
        )
    return value


def masked(url: str) -> str:
    """A URL that may be shown: scheme, host and path; what may hold a key (a query, a fragment, a user) as dots."""
    parts = urlsplit(url.strip())
    path, extra, _ = parts.path.partition(";")
    rest = "?…" if parts.query or parts.fragment or extra else ""
    port = f":{parts.port}" if parts.port else ""
    shown = "/".join("…" if KEY.fullmatch(unquote(part)) else part for part in path.split("/"))
    return f"{parts.scheme}://{parts.hostname}{port}{shown}{rest}"[:500]
