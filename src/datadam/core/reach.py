"""Connections to file servers and databases, which speak something else than HTTP and often stand inside.

A server on the open Internet may be reached by everybody who may bring data in. One in a private network is reached
only where `settings.SOURCE_HOSTS` names its host and port: `host:port` for people of the city alone,
`organisation@host:port` for the stewards of that organisation too. `settings.FETCH_PRIVATE_ADDRESSES` does not count
here, so that no firm can look around the network by trying ports.
"""

import socket
from dataclasses import dataclass

from django.conf import settings

from datadam.core import fetch
from datadam.core.errors import DomainError
from datadam.web.text import Text

TIMEOUT = 15.0


class ServerFailed(fetch.FetchFailed):
    """A file server or database would not, with the reason in `code`."""


@dataclass(frozen=True)
class Place:
    """A server that may be reached: its name, port and the one judged address that connections go to."""

    host: str
    port: int
    address: str

    @property
    def is_inside(self) -> bool:
        return not fetch.is_public(self.address)


def is_listed(host: str, port: int, organisation: str, *, of_city: bool) -> bool:
    """Whether the operator lets these people reach that port, wherever it is."""
    wanted = host.lower(), port
    return any((name, at) == wanted and (of_city or who == organisation) for who, name, at in settings.SOURCE_HOSTS)


def judged(host: str, port: int, organisation: str, *, of_city: bool) -> Place:
    """The place, its host resolved once. Refused in a private network that the operator did not open."""
    addresses = fetch.addresses(host, port)
    if not is_listed(host, port, organisation, of_city=of_city) and not all(map(fetch.is_public, addresses)):
        raise _refused(host, port)
    return Place(host, port, addresses[0])


def _refused(host: str, port: int) -> DomainError:
    words = Text(
        f"‘{host}:{port}’은(는) 내부망에 있습니다. 운영자가 DATADAM_SOURCE_HOSTS에 허락해야 합니다.",
        f"“{host}:{port}” lies in a private network: the operator must allow it in DATADAM_SOURCE_HOSTS.",
    )
    return fetch.AddressRefused(words, host=host)


def connected(place: Place) -> socket.socket:
    """A connection to the judged address."""
    try:
        return socket.create_connection((place.address, place.port), TIMEOUT)
    except OSError as error:
        raise no_answer(place) from error


def no_answer(place: Place) -> ServerFailed:
    """The refusal of a server that is not there, or is there no more."""
    words = Text(f"‘{place.host}:{place.port}’에서 응답이 없습니다.", f"“{place.host}:{place.port}” does not answer.")
    return ServerFailed(words, code="no_answer")
