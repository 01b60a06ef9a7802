"""Histories: events about some things, in plain words."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from datadam.core import extensions, words
from datadam.core.models import Event, Organisation, Person, Token
from datadam.web.text import Text

SYSTEM = Text("시스템", "The system")
GONE = Text("떠난 사람", "Somebody who has left")
NOTHING = Text("", "")
KOREA = dt.timezone(dt.timedelta(hours=9))


@dataclass(frozen=True)
class Line:
    """One event as a person reads it; `subject` and `url` say which release, member or token it was about."""

    at: dt.datetime
    what: Text
    who: str
    subject: Text = NOTHING
    detail: Text = NOTHING
    url: str = ""


@dataclass(frozen=True)
class Asked:
    """What a reader wants of a history. What makes no sense is left out."""

    verb: str = ""
    who: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Asked":
        values = {name: str(params.get(name, "")).replace("\0", "")[:80].strip() for name in ("verb", "who")}
        return cls(**values, since=_day(params.get("since", "")), until=_day(params.get("until", "")))


def _day(raw: Any) -> str:
    try:
        return dt.date.fromisoformat(str(raw)).isoformat()
    except ValueError:
        return ""


def _midnight(day: str, *, after: int = 0) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), KOREA) + dt.timedelta(days=after)


Tell = Callable[[Event], tuple[Text, Text, str]]


@dataclass(frozen=True)
class History:
    """Events that `about` selects. `tell(event)` gives (of what, details, address) and may be left out."""

    about: Q
    tell: Callable[[list[Event]], Tell] | None = None

    def rows(self, asked: Asked = Asked()) -> QuerySet[Event]:
        """The events that are asked for, newest first."""
        rows = Event.objects.filter(self.about).select_related("actor").order_by("-pk")
        if asked.verb:
            rows = rows.filter(verb=asked.verb)
        if asked.who:
            rows = rows.filter(Q(actor__name__icontains=asked.who) | Q(actor__login=asked.who))
        if asked.since:
            rows = rows.filter(at__gte=_midnight(asked.since))
        if asked.until and asked.until < "9999":
            rows = rows.filter(at__lt=_midnight(asked.until, after=1))
        return rows

    def verbs(self) -> list[tuple[str, Text]]:
        """The verbs that occur, with their words."""
        found = Event.objects.filter(self.about).order_by().values_list("verb", flat=True).distinct()
        return sorted(((verb, extensions.words(verb)) for verb in found), key=lambda pair: pair[1].ko)

    def lines(self, rows: Iterable[Event]) -> Iterator[Line]:
        """Events in words; a page or a piece of a file at a time, so that names are looked up together."""
        batch: list[Event] = []
        for event in rows:
            batch.append(event)
            if len(batch) == 500:
                yield from self._told(batch)
                batch = []
        yield from self._told(batch)

    def _told(self, batch: list[Event]) -> Iterator[Line]:
        tell = self.tell(batch) if self.tell else _nothing
        for event in batch:
            subject, detail, url = tell(event)
            yield Line(event.at, extensions.words(event.verb), _who(event), subject, detail, url)


def _nothing(event: Event) -> tuple[Text, Text, str]:
    return NOTHING, NOTHING, ""


def _who(event: Event) -> str:
    if event.actor_id is None:
        return str(SYSTEM)
    actor = event.actor
    return str(actor) if actor is not None and actor.is_active else str(GONE)


def about(subject_type: str, ids: Iterable[Any]) -> Q:
    """Events about these things."""
    return Q(subject_type=subject_type, subject_id__in=[str(pk) for pk in ids])


def about_all(subject_type: str, rows: QuerySet[Any]) -> Q:
    """Events about all of `rows`, in the same query."""
    ids = rows.order_by().annotate(as_text=Cast("pk", CharField())).values("as_text")
    return Q(subject_type=subject_type, subject_id__in=ids)


def tell_core(batch: list[Event]) -> Tell:
    """Names of the people, organisations and tokens that the core's events are about."""
    people = _named(Person, batch, "core.person", extra="person")
    offices = _named(Organisation, batch, "core.organisation")
    tokens = _named(Token, batch, "core.token")

    def tell(event: Event) -> tuple[Text, Text, str]:
        role = event.data.get("role")
        detail = words.role(role) if role else NOTHING
        if event.subject_type == "core.organisation":
            name = offices.get(event.subject_id, NOTHING)
            member = people.get(str(event.data.get("person", "")))
            if member and not role and event.verb == "organisation.member":
                detail = Text("구성원에서 뺌", "taken out")
            return (Text(f"{name.ko} · {member.ko}", f"{name.en} · {member.en}") if member else name), detail, ""
        if event.subject_type == "core.token":
            return tokens.get(event.subject_id, NOTHING), detail, ""
        return people.get(event.subject_id, NOTHING) if event.subject_type == "core.person" else NOTHING, detail, ""

    return tell


def _named(model: Any, batch: list[Event], subject_type: str, extra: str = "") -> dict[str, Text]:
    wanted = {event.subject_id for event in batch if event.subject_type == subject_type}
    wanted |= {str(event.data[extra]) for event in batch if extra and event.data.get(extra)}
    return {str(each.pk): _name(each) for each in model.objects.filter(pk__in=[w for w in wanted if w.isdigit()])}


def _name(thing: Any) -> Text:
    if isinstance(thing, Token):
        return Text(f"{thing.label} …{thing.hint}", f"{thing.label} …{thing.hint}")
    if isinstance(thing, Organisation):
        return Text(thing.title, thing.title_en or thing.title)
    return Text(str(thing), str(thing))


def of_person(actor: Person) -> History:
    """What the person did, and what was done to their account and tokens."""
    tokens = about_all("core.token", Token.objects.filter(person=actor))
    member = Q(subject_type="core.organisation", data__person=actor.pk)
    return History(Q(actor=actor) | about("core.person", [actor.pk]) | tokens | member, tell_core)
