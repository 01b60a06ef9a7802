"""The only way up: what a higher room may hang onto a lower one, registered in AppConfig.ready."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from datadam.core.public import Actor
from datadam.web.text import Text

Render = Callable[[HttpRequest, Any], str]
Hook = Callable[..., Iterable[Any]]
HOOKS = ("verify", "export", "destroy", "holds", "forget", "backup", "replay", "restored", "name")


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


@dataclass(frozen=True)
class Waiting:
    """One thing that waits on somebody's desk: why it does, and what happens if they agree.

    What is not `ready` cannot be chosen on the desk; its `url` leads to where what is missing can be done. Of a thing
    that was decided `undo` is the choice that takes it back and `agree` what that does.
    """

    id: str
    title: str
    why: Text
    agree: Text
    url: str
    since: datetime
    urgent: bool = False
    ready: bool = True
    undo: str = ""


@dataclass(frozen=True)
class Choice:
    """What may be done with what waits, one by one or in bulk.

    `run(actor=…, id=…)` calls one service and raises its DomainError. `undo` names another choice of the same tray that
    takes it back; a choice that is only an `undo` is not `offered`.
    """

    name: str
    label: Text
    run: Callable[..., Any]
    confirm: Text | None = None
    undo: str = ""
    offered: bool = True


@dataclass(frozen=True)
class Tray:
    """A kind of thing that waits on desks; lower `order` lies on top. `items(actor)` gives what waits for the actor.

    `count(actor)` gives their number where that is cheaper; it is asked for on every page. `audience(actor)` says for
    whom such a thing can ever wait. `decided(actor)` gives what was decided of late and can still be taken back.
    """

    key: str
    label: Text
    items: Callable[[Actor], Iterable[Waiting]]
    choices: tuple[Choice, ...] = ()
    order: int = 100
    count: Callable[[Actor], int] | None = None
    audience: Callable[[Actor], bool] = signed_in
    decided: Callable[[Actor], Iterable[Waiting]] | None = None


@dataclass(frozen=True)
class Step:
    """One of the first things to do for those whom `audience(actor)` names; ticked when `done(actor)`."""

    key: str
    label: Text
    hint: Text
    url: Callable[[Actor], str]
    audience: Callable[[Actor], bool]
    done: Callable[[Actor], bool]
    order: int = 100


@dataclass(frozen=True)
class Letter:
    """A notice to one person about one event; `url` is a path on this site.

    Who did it is told only when it happened later, out of their sight (`even_actor`).
    """

    person: Actor
    words: Text
    url: str
    even_actor: bool = False


Tell = Callable[[Any], Iterable[Letter]]  # from an event to the letters it leads to

_navigation: dict[str, NavEntry] = {}
_trays: dict[str, Tray] = {}
_steps: dict[str, Step] = {}
_tells: dict[str, tuple[Text, Tell]] = {}
_words: dict[str, Text] = {}
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
    """Join one of these; each gives an iterable.

    `verify(deep=…)`: a Text for whatever is wrong, a `verification.Found` for a note. `export`.
    `destroy(resource=…, release=…, reason=…)`. `holds(organisation)`: what it holds, so that it needs an admin.
    `forget(person)`: what was done when an account is deleted, in the same transaction. `backup(using=…)`: (file, path
    below the backup's `lake/`) of what the database under that alias names. `replay(lines=…)`: destroys again what the
    list of destructions names, and says what. `restored()`: puts in order what a restored database remembers of things
    that are in no backup. `name(resource=…, person=…)`: (title, address) of a resource, where the person may see it.
    """
    _hooks[name].append(function)


def hooks(name: str) -> list[Hook]:
    """The functions that joined `name`."""
    return list(_hooks[name])


def add_tray(tray: Tray) -> None:
    """Put a kind of waiting thing on the desks."""
    _trays[tray.key] = tray


def trays() -> list[Tray]:
    """All trays, top one first."""
    return sorted(_trays.values(), key=lambda tray: (tray.order, tray.key))


def add_step(step: Step) -> None:
    """Add to the first steps of a kind of user."""
    _steps[step.key] = step


def steps(actor: Actor) -> list[Step]:
    """The first steps of the actor, in order."""
    return sorted((step for step in _steps.values() if step.audience(actor)), key=lambda step: (step.order, step.key))


def add_notice(verb: str, label: Text, tell: Tell) -> None:
    """After every event `verb`, send the letters that `tell(event)` gives; `label` names the kind in the settings."""
    _tells[verb] = (label, tell)
    subscribe(verb, "core.notify")


def notices() -> dict[str, tuple[Text, Tell]]:
    """Event verb → (its label, who is told what)."""
    return dict(_tells)


def add_words(words: dict[str, Text]) -> None:
    """Say what events of these verbs mean, for histories."""
    _words.update(words)


def has_words(verb: str) -> bool:
    """Whether somebody said what events of that verb mean."""
    return verb in _words


def words(verb: str) -> Text:
    """What an event of that verb means; the verb itself when nobody said."""
    return _words.get(verb, Text(verb, verb))
