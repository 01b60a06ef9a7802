"""DATADAM_EMAIL_URL in Django's terms."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from datadam.config.env import SettingError

FORM = "smtp://user:password@host:port?tls=yes (or ?ssl=yes), or file:FOLDER"


def settings_of(url: str, home: Path) -> dict[str, Any]:
    """Django's EMAIL_… settings; letters are files in the home's `mail` folder when there is no URL."""
    try:
        parts = urlsplit(url or f"file:{home / 'mail'}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingError(f"DATADAM_EMAIL_URL must look like {FORM}") from None
    if parts.scheme == "file" and parts.path:
        folder = {"EMAIL_BACKEND": "datadam.core.mail.FolderBackend", "EMAIL_FILE_PATH": parts.path}
        return folder
    if parts.scheme != "smtp" or not host:
        raise SettingError(f"DATADAM_EMAIL_URL must look like {FORM}")
    asked = {key for key, values in parse_qs(parts.query).items() if values[-1] in {"yes", "1", "true"}}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or (465 if "ssl" in asked else 587 if "tls" in asked else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": "tls" in asked,
        "EMAIL_USE_SSL": "ssl" in asked,
        "EMAIL_TIMEOUT": 20,
    }
