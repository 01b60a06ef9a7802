"""Who is this, in law? Asked of a provider of 본인확인. What it answers is used in memory alone: the connecting
number (CI) is digested at once, and no name, number or telephone is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from datadam.core import ports


@dataclass(frozen=True)
class Proof:
    """What a provider confirms. `ci` never shows itself in a repr, and so in no log."""

    ci: str = field(repr=False)
    birth_year: int | None = None


class IdentityProvider(Protocol):
    """A provider of the port."""

    name: str

    def start(self, *, state: str, return_url: str) -> str:
        """Where to send the browser."""
        ...

    def finish(self, query: Mapping[str, str]) -> Proof:
        """The proof behind what the browser brought back; a DomainError when there is none."""
        ...


def provider() -> IdentityProvider | None:
    """The provider that the operator chose."""
    found: IdentityProvider | None = ports.provider("identity")
    return found
