"""Template tags of every page. `{% t "한국어" "English" %}` shows a sentence in the page's language."""

from django import template

from datadam.web.text import Text

register = template.Library()


@register.simple_tag
def t(ko: str, en: str, **values: object) -> str:
    return str(Text(ko, en).format(**values) if values else Text(ko, en))
