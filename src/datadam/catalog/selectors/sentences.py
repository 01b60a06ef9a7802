"""A dataset in one sentence, built from its facts."""

import datetime as dt
from typing import Any

from datadam.catalog.models import Dataset, Release
from datadam.catalog.vocabulary import FREQUENCIES
from datadam.web.text import Text, with_particles

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def sentence(dataset: Dataset, release: Release | None) -> Text:
    """`부산광역시 교통과가 매월 내는 표로, 12,600행 7열이며 2022년 9월의 자료입니다.`"""
    frequency = FREQUENCIES[dataset.frequency]
    owner = dataset.organisation
    thing = Text("파일 묶음", "A set of files") if release and release.is_files else Text("표", "A table")
    ko = f"{with_particles(owner.title + '이(가)')} {frequency.adverb.ko} 내는 {thing.ko}"
    en = f"{thing.en} that {owner.title_en or owner.title} publishes {frequency.adverb.en}"
    if release is None or not release.columns:  # none, or destroyed
        return Text(f"{ko}입니다.", f"{en}.")
    by = "으로" if release.is_files else "로"
    size = (
        _files(release)
        if release.is_files
        else Text(f"{release.rows:,}행 {len(release.columns):,}열", _size_en(release))
    )
    period = _period(*_span(dataset, release))
    if period is None:
        return Text(f"{ko}{by}, {size.ko}입니다.", f"{en}: {size.en}.")
    return Text(f"{ko}{by}, {size.ko}이며 {period.ko}의 자료입니다.", f"{en}: {size.en}, {period.en}.")


def _files(release: Release) -> Text:
    return Text(f"파일 {release.rows:,}개", f"{release.rows:,} file{'' if release.rows == 1 else 's'}")


def _size_en(release: Release) -> str:
    columns = len(release.columns)
    rows = f"{release.rows:,} row{'' if release.rows == 1 else 's'}"
    return f"{rows} and {columns} column{'' if columns == 1 else 's'}"


def _span(dataset: Dataset, release: Release) -> tuple[dt.date | None, dt.date | None]:
    """The period that the steward gave, or else that of the first date column."""
    if dataset.temporal_start or dataset.temporal_end:
        return dataset.temporal_start, dataset.temporal_end
    for column in release.profile:
        if column["type"] in {"date", "timestamp"} and column.get("min"):
            return _date(column["min"]), _date(column["max"])
    return None, None


def _date(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _period(start: dt.date | None, end: dt.date | None) -> Text | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        only = start or end
        assert only is not None
        marks = ("부터", "from") if start else ("까지", "until")
        return Text(f"{_month_ko(only)}{marks[0]}", f"{marks[1]} {_month_en(only)}")
    if (start.year, start.month) == (end.year, end.month):
        return Text(_month_ko(start), f"of {_month_en(start)}")
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        if start.year == end.year:
            return Text(f"{start.year}년", f"of {start.year}")
        return Text(f"{start.year}년부터 {end.year}년까지", f"from {start.year} to {end.year}")
    until = f"{end.month}월" if start.year == end.year else _month_ko(end)
    return Text(f"{_month_ko(start)}부터 {until}까지", f"from {_month_en(start)} to {_month_en(end)}")


def _month_ko(day: dt.date) -> str:
    return f"{day.year}년 {day.month}월"


def _month_en(day: dt.date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"
