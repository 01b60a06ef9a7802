"""Figures, money, dates and sizes as people write them, in Korean and in English."""

from datetime import date, datetime

from django.utils import timezone

from datadam.web.text import Text

MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
SPANS = (  # (seconds in the unit, Korean, English)
    (86400, "일", "day"),
    (3600, "시간", "hour"),
    (60, "분", "minute"),
)


def number(value: float | int | None) -> str:
    """1234567 → 1,234,567; a fraction keeps at most four significant decimals."""
    if value is None:
        return "–"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.4g}" if abs(value) >= 1e-4 else f"{value:.2e}"


def short(value: int | float) -> Text:
    """A big figure at a glance: 312만, 3.1M. Below a million it stays exact."""
    if abs(value) < 1_000_000:
        return Text(number(value), number(value))
    ko = f"{value / 1e8:,.1f}억" if abs(value) >= 1e8 else f"{value / 1e4:,.0f}만"
    en = f"{value / 1e9:,.1f}B" if abs(value) >= 1e9 else f"{value / 1e6:,.1f}M"
    return Text(ko.replace(".0억", "억"), en.replace(".0", ""))


def plain(value: int | float) -> str:
    """A value of a table as it is, with separators and without rounding."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:,.10g}" if 1e-4 <= abs(value) < 1e15 else f"{value:.10g}"


def won(value: int | None) -> Text:
    """Whole won: 1,234,000원, ₩1,234,000."""
    return Text("–", "–") if value is None else Text(f"{value:,}원", f"₩{value:,}")


def size(value: int | float | None) -> str:
    """Bytes in the largest fitting unit of 1024: 1.5 MB."""
    if value is None:
        return "–"
    amount, unit = float(value), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:,.0f} {UNITS[unit]}" if unit == 0 or amount >= 100 else f"{amount:,.1f} {UNITS[unit]}"


def percent(value: float) -> str:
    """0.1234 → 12.3 %; a trace never reads as nothing, nor nearly all as all."""
    share = value * 100
    if 0 < share < 0.1:
        return "< 0.1%"
    if 99.9 < share < 100:
        return "> 99.9%"
    return f"{share:.1f}".removesuffix(".0") + "%"


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def day(value: date | None) -> Text:
    """2026년 3월 2일, 2 March 2026; in the city's time zone."""
    if value is None:
        return Text("–", "–")
    local = _local(value)
    return Text(f"{local.year}년 {local.month}월 {local.day}일", f"{local.day} {MONTHS[local.month - 1]} {local.year}")


def moment(value: datetime | None) -> Text:
    """2026년 3월 2일 14:03, 2 March 2026 14:03; in the city's time zone."""
    if value is None:
        return Text("–", "–")
    clock = f"{_local(value):%H:%M}"
    words = day(value)
    return Text(f"{words.ko} {clock}", f"{words.en} {clock}")


def ago(value: datetime | None, *, now: datetime) -> Text:
    """3분 전, 3 minutes ago; from a month on, the day itself."""
    if value is None:
        return Text("–", "–")
    seconds = (now - value).total_seconds()
    if seconds >= 30 * 86400 or seconds < -60:
        return day(value)
    for span, ko, en in SPANS:
        if seconds >= span:
            count = int(seconds // span)
            return Text(f"{count}{ko} 전", f"{count} {en}{'s' if count > 1 else ''} ago")
    return Text("방금", "just now")


def inert(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell != "–" and cell else cell
