"""City packs: what is one city's own (names, districts, plan facts), as data that code never hard-codes."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from datadam.config.env import SettingError


@dataclass(frozen=True)
class District:
    """A gu or gun. `code` is the ministry's (MOIS) five digits; `column`, `row` place its tile, north up."""

    code: str
    name_ko: str
    name_en: str
    column: int
    row: int
    lat: float
    lon: float


@dataclass(frozen=True)
class Plan:
    """The published facts of the city's plan; the split over tasks is entered by the city, never invented."""

    announced: str
    years: int
    budget_won: int
    strategies: int
    tasks: int


@dataclass(frozen=True)
class City:
    code: str
    name_ko: str
    name_en: str
    short_ko: str
    timezone: str
    bounds: tuple[float, float, float, float]  # west, south, east, north
    plan: Plan
    districts: tuple[District, ...]

    def district(self, code: str) -> District:
        """The district of a MOIS code; KeyError when the city has none."""
        return {d.code: d for d in self.districts}[code]

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(d.code for d in self.districts)


def _check(city: City) -> City:
    tiles = {(d.column, d.row) for d in city.districts}
    if len(city.codes) != len(city.districts) or len(tiles) != len(city.districts):
        raise SettingError(f"city pack {city.name_en}: two districts share a code or a tile")
    return city


@functools.cache
def load(name: str) -> City:
    """The pack of that name, or in that folder; an unknown or broken one stops the process at start, by name."""
    path = (Path(name).expanduser() if "/" in name else Path(__file__).parent / name) / "city.toml"
    if not path.is_file():
        raise SettingError(f"DATADAM_CITY={name!r}: there is no such city pack")
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        plan = Plan(**facts.pop("plan"))
        districts = tuple(District(**district) for district in facts.pop("districts"))
        return _check(City(bounds=tuple(facts.pop("bounds")), plan=plan, districts=districts, **facts))
    except (TypeError, KeyError) as error:
        raise SettingError(f"city pack {name}: {error}") from error
