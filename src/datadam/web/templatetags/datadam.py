"""Template tags of every page. `{% t "한국어" "English" %}` shows a sentence in the page's language."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

from datadam.web import charts, drawings, formats, paging
from datadam.web.text import Text

register = template.Library()


@register.simple_tag
def t(ko: str, en: str, **values: object) -> str:
    return str(Text(ko, en).format(**values) if values else Text(ko, en))


@register.simple_tag(name="help")
def help_(ko: str, en: str) -> SafeString:
    """A word of help beside what it is about, opened by who wants it."""
    label = Text("도움말", "Help")
    return format_html(
        '<details class="help"><summary>{}</summary><p class="hint">{}</p></details>', label, Text(ko, en)
    )


@register.filter
def number(value: float | int | None) -> str:
    """1,234,567"""
    return formats.number(value)


@register.filter
def short(value: float | int) -> str:
    """312만"""
    return str(formats.short(value))


@register.filter
def won(value: int | None) -> str:
    """1,234,000원"""
    return str(formats.won(value))


@register.filter(name="bytes")
def size(value: int | float | None) -> str:
    """1.5 MB"""
    return formats.size(value)


@register.filter
def percent(value: float) -> str:
    """12.3%"""
    return formats.percent(value)


@register.filter
def date_ko(value: date | None) -> str:
    """2026년 3월 2일 (in English: 2 March 2026)"""
    return str(formats.day(value))


@register.filter
def moment(value: datetime | None) -> str:
    """2026년 3월 2일 14:03"""
    return str(formats.moment(value))


@register.filter
def words(value: Any) -> str:
    """A Text, or the stored {"ko", "en"} of one, in the page's language."""
    if isinstance(value, dict) and "ko" in value and "en" in value:
        return str(Text(value["ko"], value["en"]))
    return str(value)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """The page's query string with some parameters changed; None removes one."""
    request: HttpRequest = context["request"]
    return paging.query(request.GET, **changes)


@register.simple_tag
def histogram(bins: Iterable[tuple[Any, Any, int]]) -> SafeString:
    return drawings.histogram(bins)


@register.simple_tag
def share(value: float, whole: float, ink: str = "green") -> SafeString:
    """A bar as long as value ÷ whole."""
    return drawings.share(value, whole, ink)


@register.simple_tag
def stacked(parts: Iterable[tuple[str, float]], label: str) -> SafeString:
    """One bar of (ink, amount) parts."""
    return drawings.stacked(parts, label)


@register.simple_tag
def key(ink: str) -> SafeString:
    """The little square of a legend."""
    return drawings.key(ink)


@register.simple_tag
def blocks(count: int) -> SafeString:
    """`count` containers on a quay."""
    return drawings.blocks(count)


@register.simple_tag
def sign(yes: bool) -> SafeString:
    """A tick or a cross, drawn; the words stand beside it."""
    return drawings.sign(yes)


@register.simple_tag
def chart(spec: dict[str, Any], name: str) -> SafeString:
    """The Vega-Lite spec beside the `<div data-chart>` that site.js draws it in."""
    return json_script(charts.themed(spec), f"chart-{name}")


@register.simple_tag
def vega_url() -> str:
    return charts.bundle_url()
