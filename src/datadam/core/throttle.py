"""What is tried too often must wait: sign-ins, sign-ups, resets, codes, invitations.

Counted before it is tried, so that parallel guesses count too; what is counted is stored as a salted digest.
"""

from datetime import timedelta

from django.conf import settings

from datadam.core import clock, events
from datadam.core.errors import DomainError
from datadam.core.models import Attempt
from datadam.web.text import Text

WAIT = Text(
    "시도가 너무 많습니다. {minutes}분 뒤에 다시 시도해 주십시오.", "Too many attempts. Try again in {minutes} minutes."
)


class TooMany(DomainError):
    """Wait before trying again (429)."""

    status, code = 429, "too_many"


def count(kind: str, key: str, *, limit: int, minutes: int | None = None) -> None:
    """Count one attempt of `kind` on `key`; TooMany when there were more than `limit` in the last `minutes`."""
    window = minutes or settings.LOGIN_WINDOW
    digest = _digest(kind, key)
    Attempt.objects.create(kind=kind, digest=digest)
    recent = Attempt.objects.filter(kind=kind, digest=digest, at__gt=clock.now() - timedelta(minutes=window))
    if recent.count() > limit:
        raise TooMany(WAIT.format(minutes=window))


def forget(kind: str, key: str) -> None:
    """It went well: earlier attempts no longer count."""
    Attempt.objects.filter(kind=kind, digest=_digest(kind, key)).delete()


def _digest(kind: str, key: str) -> str:
    return events.digest(f"{kind} {key}")
