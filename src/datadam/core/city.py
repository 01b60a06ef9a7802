"""What pages say of the city: its names, from the city pack that DATADAM_CITY names."""

from typing import NamedTuple

from django.conf import settings

from datadam import cities
from datadam.web.text import Text


class City(NamedTuple):
    """The city's name, whole and short."""

    title: Text
    short: Text


def districts() -> list[tuple[float, float, Text]]:
    """Latitude, longitude and name of each district's middle."""
    return [(d.lat, d.lon, Text(d.name_ko, d.name_en)) for d in cities.load(settings.CITY).districts]


def city() -> City:
    pack = cities.load(settings.CITY)
    return City(Text(pack.name_ko, pack.name_en), Text(pack.short_ko, pack.name_en))
