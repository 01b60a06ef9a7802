"""The address of a server as a person writes it, and its secrets as they are sealed."""

import ipaddress
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from datadam.catalog import storage
from datadam.core.errors import Invalid
from datadam.web.text import Text

PORTS = {"sftp": 22, "postgresql": 5432, "mysql": 3306}
SCHEMES = {"sftp": "sftp", "postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")
WRITTEN = {
    "sftp": "sftp://user@host:22/folder/*.csv",
    "postgresql": "postgresql://user@host:5432/database",
    "mysql": "mysql://user@host:3306/database",
}
NO_PASSWORD = Text(
    "비밀번호는 주소에 넣지 말고 비밀번호 칸에 쓰십시오.", "Give the password in its own field, not in the address."
)


@dataclass(frozen=True)
class Address:
    """A server and what is wanted there: `path` is a file, folder or pattern, or the name of a database.

    `password` opens the account, or the `key` where there is one.
    """

    kind: str
    user: str
    host: str
    port: int
    path: str
    password: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @property
    def server(self) -> tuple[str, str, str, int]:
        """What a secret belongs to: it is never sent anywhere else."""
        return self.kind, self.user, self.host, self.port

    @property
    def shown(self) -> str:
        """The address without its secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = self.path if self.kind == "sftp" else f"/{self.path}"
        return f"{self.kind}://{quote(self.user, safe='')}@{host}:{self.port}{path}"[:500]


def parsed(kind: str, text: str, *, password: str = "", key: str = "") -> Address:
    """The address that `text` writes; Invalid `bad_url` otherwise, which repeats nothing of it."""
    scheme, _, rest = text.strip().partition("://")
    authority, _, path = rest.partition("/")
    try:
        parts = urlsplit(f"//{authority}")
        host, port, user = parts.hostname or "", parts.port or PORTS[kind], unquote(parts.username or "")
    except ValueError:
        raise _bad(kind) from None
    if parts.password is not None:
        raise Invalid(NO_PASSWORD, code="bad_url", fields={"address": NO_PASSWORD})
    path = unquote(path)
    known = SCHEMES.get(scheme.lower()) == kind and _is_host(host) and user and (path.strip("/") or kind == "sftp")
    if not known or not f"{user}{path}".isprintable() or len(path) > 400 or len(user) > 100:
        raise _bad(kind)
    return Address(kind, user, host, port, f"/{path}" if kind == "sftp" else path.strip("/"), password, key)


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(NAME.fullmatch(host))
    return True


def _bad(kind: str) -> Invalid:
    words = Text(f"주소를 {WRITTEN[kind]}처럼 쓰십시오.", f"Write the address as {WRITTEN[kind]}.")
    return Invalid(words, code="bad_url", fields={"address": words})


def sealed(address: Address) -> str:
    """The address with its secrets as it is stored."""
    return storage.seal_address(json.dumps(asdict(address)))


def opened(text: str) -> Address:
    """What was sealed."""
    found: dict[str, Any] = json.loads(storage.address(text))
    return Address(**found)
