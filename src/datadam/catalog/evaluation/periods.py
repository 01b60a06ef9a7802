"""A calendar year of Korean time, and the periods in which a promised frequency asks for a release."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from datadam.catalog.models import Dataset
from datadam.core import clock
from datadam.core.errors import Invalid
from datadam.web.text import Text

KOREA = dt.timezone(dt.timedelta(hours=9))
FIRST_YEAR = 2000
DAY = dt.timedelta(days=1)
MONTHS = {Dataset.Frequency.MONTHLY: 1, Dataset.Frequency.QUARTERLY: 3, Dataset.Frequency.ANNUAL: 12}
REGULAR = (Dataset.Frequency.DAILY, Dataset.Frequency.WEEKLY, *MONTHS)


@dataclass(frozen=True)
class Year:
    """From `start` up to `end`, which is the next year's first moment."""

    number: int

    @classmethod
    def of(cls, asked: str | int | None) -> "Year":
        """The year asked for, or this one; Invalid for what is no year until now."""
        this = clock.today().year
        raw = str(asked or this).strip()
        if not (raw.isascii() and raw.isdecimal() and len(raw) == 4 and FIRST_YEAR <= int(raw) <= this):
            words = Text(
                f"연도는 {FIRST_YEAR}부터 {this}까지 네 자리로 적으십시오.",
                f"Give a year of four digits from {FIRST_YEAR} to {this}.",
            )
            raise Invalid(words, fields={"year": words})
        return cls(int(raw))

    @property
    def start(self) -> dt.datetime:
        return dt.datetime(self.number, 1, 1, tzinfo=KOREA)

    @property
    def end(self) -> dt.datetime:
        return dt.datetime(self.number + 1, 1, 1, tzinfo=KOREA)


def day(moment: dt.datetime) -> dt.date:
    """The day in Korea."""
    return moment.astimezone(KOREA).date()


def opening(frequency: str, of: dt.date) -> dt.date:
    """The first day of the period that holds a day: the day, its Monday, the first of its month, quarter or year."""
    if frequency in MONTHS:
        size = MONTHS[Dataset.Frequency(frequency)]
        return of.replace(month=(of.month - 1) // size * size + 1, day=1)
    return of - DAY * of.weekday() if frequency == Dataset.Frequency.WEEKLY else of


def following(frequency: str, start: dt.date) -> dt.date:
    """The first day of the period after the one that starts at `start`."""
    if frequency in MONTHS:
        return opening(frequency, start + DAY * 31 * MONTHS[Dataset.Frequency(frequency)])
    return start + DAY * (7 if frequency == Dataset.Frequency.WEEKLY else 1)


def due(frequency: str, first: dt.date, year: int, today: dt.date) -> Iterator[dt.date]:
    """First days of the periods after that of the first publication which ended in the year, and before today."""
    if frequency not in REGULAR:
        return
    new_year = dt.date(year, 1, 1)
    start = following(frequency, opening(frequency, first))
    start = max(start, opening(frequency, new_year))
    while (after := following(frequency, start)) <= min(today, dt.date(year + 1, 1, 1)):
        if after > new_year:
            yield start
        start = after
