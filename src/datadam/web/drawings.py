"""Small drawings as inline SVG without style attributes: ink classes of the stylesheet colour them.

Every drawing is decoration beside the same figures in text, hence hidden from screen readers, unless it has a label.
"""

from collections.abc import Iterable, Sequence
from math import cos, radians
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from datadam.web import formats

TICK = "M2 8.5 6 12.500 14 3.500"
CROSS = "M3 3 13 13M13 3 3 13"


def _rect(ink: str, x: float, y: float, width: float, height: float, title: str = "") -> SafeString:
    return format_html(
        '<rect class="ink-{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
        ink, f"{x:.2f}", f"{y:.2f}", f"{max(width, 0):.2f}", f"{max(height, 0):.2f}",
        format_html("<title>{}</title>", title) if title else "",
    )  # fmt: skip


def _drawing(
    width: float, height: float, body: str, *, name: str = "", label: str = "", stretch: bool = True
) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}"{}{} {}>{}</svg>',
        f"{width:g}", f"{height:g}",
        mark_safe(' preserveAspectRatio="none"' if stretch else ""),  # noqa: S308 - a constant
        format_html(' class="{}"', name) if name else "",
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        mark_safe(body),  # noqa: S308 - built by format_html in this module
    )  # fmt: skip


def _end(value: Any) -> str:
    return formats.plain(value) if isinstance(value, int | float) else str(value)


def histogram(bins: Iterable[Sequence[Any]]) -> SafeString:
    """(low, high, rows) bins as bars of equal width; a bin that holds anything shows at least a sliver."""
    bars = list(bins)
    tallest = max((rows for *_, rows in bars), default=0) or 1
    step = 100 / max(len(bars), 1)
    body = "".join(
        _rect("green", i * step, 40 - height, step * 0.92, height, f"{_end(low)} – {_end(high)}: {rows:,}")
        for i, (low, high, rows) in enumerate(bars)
        for height in [max(38 * rows / tallest, 1 if rows else 0)]
    )
    return _drawing(100, 41, body + _rect("gray", 0, 40, 100, 1), name="histogram")


def share(value: float, whole: float, ink: str = "green") -> SafeString:
    """A bar as long as value ÷ whole on a pale ground."""
    return _drawing(100, 6, _rect("pale", 0, 0, 100, 6) + _rect(ink, 0, 0, 100 * value / whole if whole else 0, 6))


def stacked(parts: Iterable[tuple[str, float]], label: str) -> SafeString:
    """One bar of (ink, amount) parts; a part that is not nothing is at least 0.6 % wide, so that it can be seen."""
    present = [(ink, amount) for ink, amount in parts if amount]
    whole = sum(amount for _, amount in present) or 1
    widths = [max(100 * amount / whole, 0.6) for _, amount in present]
    scale, x, body = 100 / (sum(widths) or 1), 0.0, ""
    for (ink, _), width in zip(present, widths, strict=True):
        body += _rect(ink, x, 0, width * scale - 0.15, 10)
        x += width * scale
    return _drawing(100, 10, body, label=label)


def key(ink: str) -> SafeString:
    """The square of a legend."""
    return _drawing(10, 10, _rect(ink, 0, 0, 10, 10), stretch=False)


def blocks(count: int) -> SafeString:
    """Datasets as containers on a quay, eight abreast and four high; above 32 a block stands for several."""
    per = max(-(-count // 32), 1)
    height = 12 * (-(-count // per // 8)) or 12
    body = "".join(
        _rect("navy" if i % 5 in (1, 4) else "green", (i % 8) * 24, height - 11 - 12 * (i // 8), 22, 10)
        for i in range(-(-count // per))
    )
    return mark_safe(  # noqa: S308 - built by format_html above
        f'<svg viewBox="0 0 192 {height}" aria-hidden="true">{body}</svg>'
    )


def sign(yes: bool) -> SafeString:
    """A tick in sea green or a cross in the signal colour."""
    return format_html(
        '<svg viewBox="0 0 16 16" aria-hidden="true" class="{}"><path d="{}" fill="none" stroke="currentColor" '
        'stroke-width="2.4"/></svg>',
        "good" if yes else "warn",
        TICK if yes else CROSS,
    )


def _grid_step(span: float) -> float:
    return next((step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5) if span / step <= 6), 10)


def _grid(low: float, high: float) -> list[float]:
    step = _grid_step(high - low)
    first = int(low / step) + 1
    return [round((first + i) * step, 4) for i in range(int((high - low) / step) + 1) if (first + i) * step < high]


Place = tuple[float, float, str]  # latitude, longitude, name


def points_map(points: Sequence[Place], label: str, names: Sequence[Place] = (), width: int = 720) -> SafeString:
    """Dots over a graticule, in a plain projection true at the middle latitude; `names` of places in view over them.

    Drawn without map tiles, which an installation without internet could not fetch.
    """
    lats, lons = [p[0] for p in points], [p[1] for p in points]
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    margin = max(north - south, east - west, 0.01) * 0.08
    south, north, west, east = south - margin, north + margin, west - margin, east + margin
    squeeze = cos(radians((south + north) / 2))
    scale = min(width / ((east - west) * squeeze), 520 / (north - south))
    height, across = (north - south) * scale, (east - west) * squeeze * scale
    left = (width - across) / 2

    def x(lon: float) -> float:
        return left + (lon - west) * squeeze * scale

    def y(lat: float) -> float:
        return (north - lat) * scale

    west, east = west - left / squeeze / scale, east + left / squeeze / scale
    left = 0.0
    lines = [
        f'<path class="ink-line" d="M{x(lon):.1f} 0V{height:.1f}"/>'
        f'<text class="ink-text" x="{x(lon) + 3:.1f}" y="{height - 5:.1f}">{lon:g}°E</text>'
        for lon in _grid(west, east)
    ] + [
        f'<path class="ink-line" d="M0 {y(lat):.1f}H{width}"/>'
        f'<text class="ink-text" x="4" y="{y(lat) - 4:.1f}">{lat:g}°N</text>'
        for lat in _grid(south, north)
    ]
    radius = 5 if len(points) < 100 else 3.5 if len(points) < 1000 else 2
    dots = [
        f'<circle class="ink-dot" cx="{x(lon):.1f}" cy="{y(lat):.1f}" r="{radius}">'
        f"<title>{escape(name)}</title></circle>"
        for lat, lon, name in points
    ]
    words = [
        f'<text class="ink-place" x="{x(lon):.1f}" y="{y(lat):.1f}">{escape(name)}</text>'
        for lat, lon, name in names
        if south < lat < north and west < lon < east
    ]
    return _drawing(width, round(height, 1), "".join(lines + dots + words), label=label, stretch=False)


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Several drawings in a row."""
    return format_html_join("", "{}", ((part,) for part in parts))
