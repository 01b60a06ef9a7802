"""Letters by e-mail: one function renders words in the person's language and sends them. Called by jobs alone."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from datadam.core import city, clock
from datadam.web.text import Text

FOOT = Text(
    "{city} 데이터댐 {url}\n이 메일은 자동으로 보냈습니다. 답장은 읽지 않습니다.",
    "{city} data dam {url}\nThis message was sent automatically; replies are not read.",
)


def send(
    *,
    to: str,
    subject: Text,
    body: Text,
    language: str = "ko",
    link: str = "",
    headers: dict[str, str] | None = None,
) -> None:
    """Send a plain-text letter. `link` is a path on this site (or a whole URL) that stands on a line of its own."""
    with translation.override(language):
        foot = FOOT.format(city=city.city().short, url=settings.BASE_URL)
        address = f"{settings.BASE_URL}{link}" if link.startswith("/") else link
        text = "\n\n".join(part for part in (str(body), address, f"-- \n{foot}") if part)
        title = f"[{Text('{city} 데이터댐', '{city} data dam').format(city=city.city().short)}] {subject}"
    title = " ".join(title.split())  # a header is one line
    EmailMessage(title, text, settings.DEFAULT_FROM_EMAIL, [to], headers=headers, connection=get_connection()).send()


class FolderBackend(BaseEmailBackend):
    """Writes each letter as an .eml file that only the owner reads: for a demo, or until a mail server is set."""

    def __init__(self, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = Path(file_path or getattr(settings, "EMAIL_FILE_PATH", None) or settings.HOME / "mail")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them down; the number written."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            path = self.folder / f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}.eml"
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.message().as_bytes())
        return len(email_messages)
