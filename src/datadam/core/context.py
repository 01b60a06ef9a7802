"""What every page's template may count on."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from datadam.core import city, desk, extensions, notices, selectors
from datadam.core.public import Actor


def actor_of(request: HttpRequest) -> Actor | None:
    """Who asks: the person signed in, or None."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Actor) and user.is_active else None


def page(request: HttpRequest) -> dict[str, Any]:
    """actor, navigation [{key, label, url_name, url, current}], city (title, short), language.

    And for the signed-in, counted when the page shows them: `waiting_count` on the desk, `unread_count` of the notices.
    """
    actor = actor_of(request)
    return {
        "actor": actor,
        "navigation": [place for entry in extensions.navigation(actor) if (place := _place(entry, request.path))],
        "keeps_people": actor is not None and selectors.has_city_role(actor, "officer", "operator"),
        "city": city.city(),
        "language": get_language() or "ko",
        "waiting_count": SimpleLazyObject(lambda: desk.count(actor) if actor else 0),
        "unread_count": SimpleLazyObject(lambda: notices.unread(actor) if actor else 0),
    }


def _place(entry: extensions.NavEntry, path: str) -> dict[str, Any] | None:
    try:
        url = reverse(entry.url_name)
    except NoReverseMatch:
        return None
    current = path == url or (url != "/" and path.startswith(url))
    return {"key": entry.key, "label": entry.label, "url_name": entry.url_name, "url": url, "current": current}
