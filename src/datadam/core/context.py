"""What every page's template may count on."""

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    return {}
