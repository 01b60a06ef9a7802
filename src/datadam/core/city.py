"""The city pack: what is this city's and no other's, as data (`cities/<city>/city.toml`)."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from datadam.web.text import Text


def folder() -> Path:
    """Where the pack lies: DATADAM_CITY is the name of one that comes with datadam, or the path of another."""
    if "/" in settings.CITY:
        return Path(settings.CITY).expanduser()
    return Path(settings.PACKAGE) / "cities" / str(settings.CITY)


@lru_cache(1)
def pack() -> dict[str, Any]:
    """The settings of the city pack; empty when there is none."""
    path = folder() / "city.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


class City(NamedTuple):
    """What pages say of the city."""

    title: Text
    short: Text


def city() -> City:
    """The city's name, whole and short."""
    title = Text(pack().get("name_ko", settings.CITY), pack().get("name_en", settings.CITY))
    return City(title, Text(pack().get("short_ko", title.ko), pack().get("short_en", title.en)))
