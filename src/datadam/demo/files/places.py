"""Where things are: the districts of the city pack and points near them."""

import random
from typing import NamedTuple

from datadam import cities
from datadam.cities import District


class Point(NamedTuple):
    lat: float
    lon: float


def districts() -> tuple[District, ...]:
    return cities.load("busan").districts


def near(dice: random.Random, district: District, spread: float = 0.006) -> Point:
    """A point about the district's office; `spread` is a standard deviation in degrees."""
    lat, lon = (max(-2.0, min(2.0, dice.gauss(0, 1))) * spread for _ in range(2))
    return Point(round(district.lat + lat, 6), round(district.lon + lon, 6))


def phone(dice: random.Random) -> str:
    """A number that no exchange hands out (051-000)."""
    return f"051-000-{dice.randrange(10000):04d}"


# How busy a district is, against the city's mean; invented, but in a plausible order.
BUSY = {
    "26110": 1.1, "26140": 0.6, "26170": 0.7, "26200": 0.6, "26230": 1.9, "26260": 1.1, "26290": 1.0, "26320": 0.9,
    "26350": 2.0, "26380": 1.0, "26410": 0.9, "26440": 0.8, "26470": 1.0, "26500": 1.0, "26530": 0.9, "26710": 0.8,
}  # fmt: skip
