"""Tags of the catalogue's pages."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from datadam.catalog import words
from datadam.catalog.licences import LICENCES
from datadam.catalog.vocabulary import FREQUENCIES, STATES, THEMES
from datadam.core import clock, extensions
from datadam.web import formats
from datadam.web.text import Text

register = template.Library()
ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$")


@register.filter
def ago(value: datetime | None) -> str:
    """3분 전"""
    return str(formats.ago(value, now=clock.now()))


@register.filter
def cell(value: Any) -> str | SafeString:
    """A value of a table: numbers with separators, moments without their T and zone, nothing as a dash."""
    if value is None or value == "":
        return format_html('<span class="null">{}</span>', "–")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return formats.plain(value)
    moment = ISO.match(value) if isinstance(value, str) else None
    if moment:
        return f"{moment[1]} {moment[2]}"
    return str(value)


@register.filter
def theme(key: str) -> str:
    return str(THEMES[key].label) if key in THEMES else key


@register.filter
def frequency(key: str) -> str:
    return str(FREQUENCIES[key].label) if key in FREQUENCIES else key


@register.filter
def licence(key: str) -> str:
    return str(LICENCES[key].title) if key in LICENCES else key


@register.filter
def state(dataset: Any) -> str:
    return str(STATES.get(dataset.state, dataset.state))


@register.filter
def upload_state(upload: Any) -> str:
    return str(words.upload_state(upload.state))


@register.filter
def type_words(code: str) -> str:
    return str(words.type_words(code))


@register.filter
def encoding(name: str) -> str:
    return words.encoding(name)


@register.filter
def event_words(verb: str) -> str:
    return str(extensions.words(verb))


@register.filter
def titled(organisation: Any) -> str:
    """An organisation's name in the page's language."""
    return str(Text(organisation.title, organisation.title_en or organisation.title))
