"""Ports to services outside: a small protocol each; the operator names the provider in a setting."""

import importlib
from collections.abc import Callable
from typing import Any

from django.conf import settings

SETTINGS = {"business_register": "BUSINESS_REGISTER", "identity": "IDENTITY_PROVIDER"}
_providers: dict[tuple[str, str], Callable[[], Any]] = {}


def register(port: str, name: str, factory: Callable[[], Any]) -> None:
    """Offer a provider under a short name (in AppConfig.ready)."""
    _providers[port, name] = factory


def provider(port: str) -> Any | None:
    """The provider that the setting names (a registered name, or `package.module:Class`); None when there is none."""
    chosen = getattr(settings, SETTINGS[port])
    if not chosen:
        return None
    if (port, chosen) in _providers:
        return _providers[port, chosen]()
    module, _, name = chosen.partition(":")
    if not name:
        raise LookupError(f"DATADAM_{SETTINGS[port]}={chosen!r} is neither a known provider nor package.module:Class")
    return getattr(importlib.import_module(module), name)()
