from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "datadam.disclosure"
    label = "disclosure"

    def ready(self) -> None:
        from datadam.core import extensions
        from datadam.disclosure import words

        extensions.add_words(words.EVENTS)
        extensions.add_hook("verify", _verify)
        extensions.add_hook("destroy", _destroy)


def _verify(*, deep: bool) -> Iterable[Any]:
    from datadam.disclosure import selectors

    return selectors.wrong()


def _destroy(*, resource: str, release: int | None, reason: str) -> Iterable[Any]:
    from datadam.disclosure import services

    services.destroy(resource_uid=resource, release=release, reason=reason)
    return ()
