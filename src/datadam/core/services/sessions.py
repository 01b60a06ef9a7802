"""Where a person is signed in: seen on a page, ended one by one or all at once."""

import ipaddress

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from datadam.core import clock, events
from datadam.core.errors import NotFound
from datadam.core.models import Person, SignedIn
from datadam.web.text import Text

BROWSERS = (("Edg/", "Edge"), ("Whale/", "Whale"), ("SamsungBrowser/", "Samsung Internet"), ("OPR/", "Opera"),
            ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device(agent: str) -> str:
    """`Chrome · Windows` for a User-Agent; "" when it says neither."""
    found = [next((name for mark, name in names if mark in agent), "") for names in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found))


def rough(address: str) -> str:
    """The neighbourhood of an address: two numbers of IPv4, three groups of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv4Address):
        return ".".join([*str(ip).split(".")[:2], "*", "*"])
    return ":".join(ip.exploded.split(":")[:3]) + ":*"


def note(*, person: Person, session_key: str, agent: str, address: str) -> None:
    """Write down that a browser was seen; it is new when the key is."""
    facts = {"person": person, "device": device(agent), "address": rough(address), "seen_at": clock.now()}
    SignedIn.objects.update_or_create(session_key=session_key, defaults=facts)


def of(person: Person) -> QuerySet[SignedIn]:
    """Browsers in which the person is signed in, last seen first."""
    living = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return SignedIn.objects.filter(person=person, session_key__in=living).order_by("-seen_at")


def end(*, actor: Person, signed_in_id: int) -> None:
    """Sign one's own other browser out."""
    with transaction.atomic():
        row = SignedIn.objects.filter(pk=signed_in_id, person=actor).first()
        if row is None:
            raise NotFound(Text("그런 로그인 기록이 없습니다.", "There is no such session."))
        _end(SignedIn.objects.filter(pk=row.pk))
        events.record(actor=actor, verb="person.session_ended", subject=actor)


def end_others(*, actor: Person, session_key: str) -> int:
    """Sign out everywhere but here; returns how many ended."""
    with transaction.atomic():
        ended = _end(SignedIn.objects.filter(person=actor).exclude(session_key=session_key))
        events.record(actor=actor, verb="person.sessions_ended", subject=actor, count=ended)
    return ended


def end_all(*, person: Person) -> int:
    """Sign a person out everywhere, in the caller's transaction."""
    return _end(SignedIn.objects.filter(person=person))


def _end(rows: QuerySet[SignedIn]) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return ended
