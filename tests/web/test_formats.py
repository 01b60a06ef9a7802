"""Figures, money, dates and sizes in both languages."""

import datetime as dt

import pytest

from datadam.web import formats
from datadam.web.text import Text

NOW = dt.datetime(2026, 3, 2, 5, 3, tzinfo=dt.UTC)  # 14:03 in Busan


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0, "0"), (1234567, "1,234,567"), (2.0, "2"), (1234.567, "1,234.57"), (0.12345, "0.1235")],
)
def test_number(value, words):
    assert formats.number(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(129.026462, "129.026462"), (1200, "1,200"), (-0.5, "-0.5"), (1e-9, "1e-09")]
)
def test_a_value_is_never_rounded(value, words):
    assert formats.plain(value) == words


@pytest.mark.parametrize(
    ("value", "ko", "en"),
    [(999_999, "999,999", "999,999"), (3_124_000, "312만", "3.1M"), (250_000_000, "2.5억", "250M")],
)
def test_short(value, ko, en):
    assert formats.short(value) == Text(ko, en)


def test_won():
    assert formats.won(1_234_000) == Text("1,234,000원", "₩1,234,000")


@pytest.mark.parametrize(("value", "words"), [(0, "0 B"), (1536, "1.5 KB"), (5 << 30, "5.0 GB"), (None, "–")])
def test_size(value, words):
    assert formats.size(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0%"), (0.00001, "< 0.1%"), (0.5, "50%"), (0.99999, "> 99.9%"), (1, "100%")]
)
def test_a_trace_is_not_nothing(value, words):
    assert formats.percent(value) == words


def test_a_moment_is_told_in_the_citys_time():
    assert formats.moment(NOW) == Text("2026년 3월 2일 14:03", "2 March 2026 14:03")
    assert formats.day(dt.date(2026, 3, 2)) == Text("2026년 3월 2일", "2 March 2026")


@pytest.mark.parametrize(
    ("seconds", "ko", "en"),
    [
        (3, "방금", "just now"),
        (60, "1분 전", "1 minute ago"),
        (7200, "2시간 전", "2 hours ago"),
        (86400 * 3, "3일 전", "3 days ago"),
    ],
)
def test_ago(seconds, ko, en):
    assert formats.ago(NOW - dt.timedelta(seconds=seconds), now=NOW) == Text(ko, en)


def test_a_month_ago_is_a_date():
    assert formats.ago(NOW - dt.timedelta(days=31), now=NOW).en == "30 January 2026"
