"""What pages say of the city: its names, from the city pack that DATADAM_CITY names."""

from typing import NamedTuple

from django.conf import settings

from datadam import cities
from datadam.web.text import Text


class City(NamedTuple):
    """The city's name, whole and short."""

    title: Text
    short: Text


def city() -> City:
    pack = cities.load(settings.CITY)
    return City(Text(pack.name_ko, pack.name_en), Text(pack.short_ko, pack.name_en))
