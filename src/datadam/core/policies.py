"""A policy answers who may do what, and says why not."""

from typing import NamedTuple

from datadam.core.errors import NotAllowed
from datadam.web.text import Text


class Verdict(NamedTuple):
    """An answer that is true or false in an `if`, and carries its reason when it is a no."""

    allowed: bool
    reason: Text | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise NotAllowed with the reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason or NOT_YOURS)


NOT_YOURS = Text("이 작업을 할 권한이 없습니다.", "You may not do this.")
ALLOWED = Verdict(True)


def refuse(ko: str, en: str) -> Verdict:
    """A no with its reason."""
    return Verdict(False, Text(ko, en))
