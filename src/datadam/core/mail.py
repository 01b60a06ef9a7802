"""Letters: one plain mail to one person, in their language. Called by jobs, never inside a request."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from datadam.core import clock
from datadam.web.text import Text


def send(*, to: str, language: str, subject: Text, body: Text, headers: dict[str, str] | None = None) -> None:
    """Send one mail; raises what the mail server raised, so that the job tries again."""
    with translation.override(language):
        title = " ".join(str(subject).split())  # no line break may reach a header
        EmailMessage(title, str(body), settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()


class Files(BaseEmailBackend):
    """Every mail as an .eml file in a folder: what an installation without a mail server does."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them, readable by their owner alone."""
        folder = Path(str(getattr(settings, "EMAIL_FILE_PATH")))  # noqa: B009  set from one URL
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            path = folder / f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)
