"""`{% load slots %}{% slot "dataset.side" dataset %}`: where higher rooms add to a lower room's page."""

from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe

from datadam.core import extensions

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: RequestContext, name: str, thing: object = None) -> SafeString:
    """Everything that rooms put into the slot, one after another."""
    parts = [render(context["request"], thing) for render in extensions.slot(name)]
    return mark_safe("".join(parts))  # noqa: S308  each room answers for what it renders
