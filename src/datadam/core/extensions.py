"""The only way up: what a higher room may hang onto a lower one, registered in AppConfig.ready."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from datadam.core.public import Actor
from datadam.web.text import Text

Render = Callable[[HttpRequest, Any], str]
Hook = Callable[..., Iterable[str]]
HOOKS = ("verify", "export", "destroy")


def everyone(actor: Actor | None) -> bool:
    """Visible to all, signed in or not."""
    return True


def signed_in(actor: Actor | None) -> bool:
    """Visible to whoever has signed in."""
    return actor is not None


@dataclass(frozen=True)
class NavEntry:
    """A place in the main navigation; lower `order` comes first."""

    key: str
    label: Text
    url_name: str
    order: int = 100
    visible: Callable[[Actor | None], bool] = everyone


_navigation: dict[str, NavEntry] = {}
_slots: dict[str, list[Render]] = defaultdict(list)
_subscribers: dict[str, list[str]] = defaultdict(list)
_hooks: dict[str, list[Hook]] = {name: [] for name in HOOKS}


def add_navigation(entry: NavEntry) -> None:
    """Put an entry into the main navigation (a second one with the same key replaces it)."""
    _navigation[entry.key] = entry


def navigation(actor: Actor | None) -> list[NavEntry]:
    """What `actor` sees of the main navigation, in order."""
    return sorted((e for e in _navigation.values() if e.visible(actor)), key=lambda e: (e.order, e.key))


def add_slot(name: str, render: Render) -> None:
    """Fill a slot of a lower room's page; `render(request, thing)` returns safe HTML, or "" for nothing."""
    _slots[name].append(render)


def slot(name: str) -> list[Render]:
    """What fills the slot, in the order of registration, which is the order of the rooms."""
    return list(_slots[name])


def subscribe(verb: str, task: str) -> None:
    """After every event `verb`, enqueue `task` with event, verb, subject_type and subject_id as arguments."""
    if task not in _subscribers[verb]:
        _subscribers[verb].append(task)


def subscribers(verb: str) -> list[str]:
    """Names of the tasks that an event `verb` enqueues."""
    return list(_subscribers.get(verb, ()))


def add_hook(name: str, function: Hook) -> None:
    """Join `verify` (returns sentences about what is wrong), `export` or `destroy`."""
    _hooks[name].append(function)


def hooks(name: str) -> list[Hook]:
    """The functions that joined `name`."""
    return list(_hooks[name])
