"""Typed readers of environment variables: a bad value stops the process at start, by name."""

import os
import re
from pathlib import Path


class SettingError(SystemExit):
    """Raised at start with a sentence that names the variable and what it should hold."""


def text(name: str, default: str = "") -> str:
    """A string; `NAME_FILE` may name a file that holds it (for secrets)."""
    from_file = os.environ.get(f"{name}_FILE")
    if from_file:
        return Path(from_file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def integer(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A whole number between `low` and `high`."""
    raw = os.environ.get(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise SettingError(f"{name}={raw!r} is not a whole number") from None
    if not low <= value <= high:
        raise SettingError(f"{name}={value} must lie between {low} and {high}")
    return value


def boolean(name: str, default: bool) -> bool:
    """`1/0`, `true/false`, `yes/no`, `on/off`."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={raw!r} must be one of 1, 0, true, false, yes, no, on, off")


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`."""
    value = os.environ.get(name) or default
    if value not in allowed:
        raise SettingError(f"{name}={value!r} must be one of {', '.join(allowed)}")
    return value


def address(name: str, kinds: tuple[str, ...]) -> str:
    """A URI that begins with one of `kinds`, or nothing."""
    value = os.environ.get(name, "").strip()
    if value and (not value.startswith(kinds) or not value.isprintable() or " " in value):
        raise SettingError(f"{name}={value!r} must begin with {', '.join(kinds)}")
    return value


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    raw = os.environ.get(name)
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else default


HOST = re.compile(r"(?:([a-z0-9-]+)@)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})")


def hosts(name: str) -> list[tuple[str, str, int]]:
    """A comma-separated list of `[who@]host:port` as (who, host, port); `who` may be empty."""
    found = []
    for part in names(name, []):
        parsed = HOST.fullmatch(part)
        if parsed is None or not 0 < int(parsed[3]) < 65536:
            raise SettingError(f"{name}: {part!r} must be HOST:PORT or ORGANISATION@HOST:PORT")
        found.append((parsed[1] or "", parsed[2].strip("[]").lower(), int(parsed[3])))
    return found


def folder(name: str, default: Path) -> Path:
    """An absolute path; the folder need not exist yet."""
    return Path(os.environ.get(name) or default).expanduser().resolve()
