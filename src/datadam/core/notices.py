"""Telling people what happened: notices on the page, and by mail at once, once a day, or not at all."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.urls import reverse

from datadam.core import clock, events, extensions, jobs, mail
from datadam.core.errors import Invalid, NotFound
from datadam.core.models import Event, Notice, NoticeSetting, Person
from datadam.web.text import Text, with_particles

MORNING = 8  # the hour in Korea from which the day's digest goes out
LISTED = 30  # lines of a digest; more are counted
KEEP = dt.timedelta(days=180)  # for which notices that were read stay
SALT = "datadam.notices.off"
NO_LINK = Text("링크가 올바르지 않습니다.", "This link is not valid.")
WHY = Text(
    "데이터댐의 알림 설정에 따라 보낸 메일입니다. 설정: {settings}\n메일 그만 받기: {off}",
    "You get this because of your notice settings. Settings: {settings}\nNo more mail: {off}",
)


def setting_of(person: Person) -> NoticeSetting:
    """How the person wants to be told; an unsaved default for who never said."""
    return NoticeSetting.objects.filter(person=person).first() or NoticeSetting(person=person)


def of(person: Person) -> QuerySet[Notice]:
    """The person's notices, unread ones first, newest on top."""
    return Notice.objects.filter(person=person).order_by(Case(When(read_at=None, then=0), default=1), "-pk")


def unread(person: Person) -> int:
    """How many notices the person has not read."""
    return Notice.objects.filter(person=person, read_at=None).count()


def tell(*, event_id: int) -> list[int]:
    """Write the notices that an event leads to, once however often it is asked; returns the ids of new ones."""
    event = Event.objects.select_related("actor").get(pk=event_id)
    _, letters_of = extensions.notices().get(event.verb, (None, None))
    letters = _wanted(event, letters_of(event)) if letters_of else {}
    with transaction.atomic():
        known = set(Notice.objects.filter(event=event).values_list("person_id", flat=True))
        new = [_notice(event, letter) for pk, letter in letters.items() if pk not in known]
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        made = Notice.objects.filter(event=event, person__in=[notice.person_id for notice in new])
        at_once = made.filter(person__notice_setting__mail=NoticeSetting.Mail.AT_ONCE).exclude(person__email="")
        for pk in at_once.values_list("pk", flat=True):
            jobs.enqueue("core.mail_notice", actor=None, notice=pk)
        return list(made.values_list("pk", flat=True))


def _wanted(event: Event, letters: Iterable[extensions.Letter]) -> dict[int, extensions.Letter]:
    """By person: not the actor's own deed, nobody who is gone, and nothing they have switched off."""
    by_person = {
        letter.person.pk: letter
        for letter in letters
        if letter.person.is_active and (letter.even_actor or letter.person.pk != event.actor_id)
    }
    muted = NoticeSetting.objects.filter(person__in=list(by_person)).values_list("person", "muted")
    for pk, verbs in muted:
        if event.verb in verbs:
            del by_person[pk]
    return by_person


def _notice(event: Event, letter: extensions.Letter) -> Notice:
    ko, en = with_particles(letter.words.ko)[:500], letter.words.en[:500]
    return Notice(person=letter.person, event=event, verb=event.verb, ko=ko, en=en, url=letter.url, created_at=event.at)


def mark_read(*, actor: Person, notice_ids: Iterable[int] | None = None) -> int:
    """Mark these of the actor's notices as read, or all of them; returns how many were unread."""
    rows = Notice.objects.filter(person=actor, read_at=None)
    if notice_ids is not None:
        rows = rows.filter(pk__in=list(notice_ids))
    return rows.update(read_at=clock.now())


def open_notice(*, actor: Person, notice_id: int) -> Notice:
    """One of the actor's notices, read from now on; NotFound otherwise."""
    found = Notice.objects.filter(person=actor, pk=notice_id).first()
    if found is None:
        raise NotFound(Text("그런 알림이 없습니다.", "There is no such notice."))
    mark_read(actor=actor, notice_ids=[found.pk])
    return found


def kinds() -> dict[str, tuple[Text, list[str]]]:
    """Kinds of notices as the settings show them: key → (label, verbs). Verbs that share a label are one kind."""
    found: dict[str, tuple[Text, list[str]]] = {}
    keys: dict[Text, str] = {}
    for verb, (label, _) in extensions.notices().items():
        found.setdefault(keys.setdefault(label, verb), (label, []))[1].append(verb)
    return found


def choose(*, actor: Person, mail_mode: str, wanted: Iterable[str]) -> NoticeSetting:
    """Save how the actor is told: by mail at once, daily or off, and of which kinds at all."""
    if mail_mode not in NoticeSetting.Mail.values:
        raise Invalid(Text("메일을 언제 받을지 고르십시오.", "Choose when to get mail."), fields={"mail": mail_mode})
    chosen = set(wanted)
    muted = sorted(verb for key, (_, verbs) in kinds().items() if key not in chosen for verb in verbs)
    return _save(actor, mail=mail_mode, muted=muted)


def stop_mail(*, token: str) -> Person:
    """What the link in a mail does: no more mail to that person. May be repeated."""
    person = who(token)
    _save(person, mail=NoticeSetting.Mail.OFF)
    return person


def _save(person: Person, **values: Any) -> NoticeSetting:
    with transaction.atomic():
        setting, _ = NoticeSetting.objects.update_or_create(person=person, defaults=values)
        events.record(actor=person, verb="person.notices_chosen", subject=person, mail=str(setting.mail))
    return setting


def who(token: str) -> Person:
    """Whose link it is; NotFound for a link that this home did not sign, or of somebody who is gone."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NotFound(NO_LINK) from None
    found = Person.objects.filter(pk=pk, is_active=True).first()
    if found is None:
        raise NotFound(NO_LINK)
    return found


def off_link(person: Person) -> str:
    """The address that ends mail to this person without signing in."""
    return settings.BASE_URL + reverse("notices_off", args=[signing.dumps(person.pk, salt=SALT)])


def mail_one(*, notice_id: int) -> bool:
    """Mail one notice to who wants them at once; False when it was mailed or read before."""
    notice = Notice.objects.select_related("person").filter(pk=notice_id, mailed_at=None, read_at=None).first()
    if notice is None or setting_of(notice.person).mail != NoticeSetting.Mail.AT_ONCE:
        return False
    _post(notice.person, Text(notice.ko, notice.en), [notice])
    return True


def digests_due() -> list[int]:
    """Ids of the people to whom a digest goes now: it is morning in Korea, and something new is unread."""
    korea = clock.now() + dt.timedelta(hours=9)
    if korea.hour < MORNING:
        return []
    rows = Notice.objects.filter(read_at=None, mailed_at=None, person__is_active=True).exclude(person__email="")
    rows = rows.exclude(person__notice_setting__mail__in=[NoticeSetting.Mail.AT_ONCE, NoticeSetting.Mail.OFF])
    rows = rows.exclude(person__notice_setting__digested_on=korea.date())
    return list(rows.order_by("person").values_list("person", flat=True).distinct())


def mail_digest(*, person_id: int) -> int:
    """Mail the day's digest, at most one a day; returns how many notices it tells of."""
    person = Person.objects.filter(pk=person_id, is_active=True).exclude(email="").first()
    if person is None:
        return 0
    setting, _ = NoticeSetting.objects.get_or_create(person=person)
    new = list(Notice.objects.filter(person=person, read_at=None, mailed_at=None).order_by("-pk"))
    if setting.mail != NoticeSetting.Mail.DAILY or setting.digested_on == clock.today() or not new:
        return 0
    title = Text(f"새 알림 {len(new)}건", f"{len(new)} new notice{'s' if len(new) > 1 else ''}")
    if not _claim_day(setting):
        return 0
    try:
        _post(person, title, new)
    except Exception:
        NoticeSetting.objects.filter(pk=setting.pk).update(digested_on=setting.digested_on)
        raise
    return len(new)


def _claim_day(setting: NoticeSetting) -> bool:
    """One digest a day even when two workers come to it at once."""
    rows = NoticeSetting.objects.filter(pk=setting.pk, digested_on=setting.digested_on)
    return rows.update(digested_on=clock.today()) == 1


def _post(person: Person, title: Text, notices: list[Notice]) -> None:
    off = off_link(person)
    alone = len(notices) == 1 and title == Text(notices[0].ko, notices[0].en)  # its words are the subject already
    lines = [_lines(notice, alone) for notice in notices[:LISTED]]
    if len(notices) > LISTED:
        more, href = len(notices) - LISTED, settings.BASE_URL + reverse("notices")
        lines.append(Text(f"그 밖에 {more}건: {href}", f"And {more} more: {href}"))
    why = WHY.format(settings=settings.BASE_URL + reverse("notice_settings"), off=off)
    parts = [*lines, why]
    mail.send(
        to=person.email,
        language=person.language,
        subject=title,
        body=Text("\n\n".join(part.ko for part in parts), "\n\n".join(part.en for part in parts)),
        headers={"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=clock.now())


def _lines(notice: Notice, alone: bool) -> Text:
    href = f"{settings.BASE_URL}{notice.url}"
    if alone:
        return Text(href, href)
    return Text(f"· {notice.ko}\n  {href}", f"· {notice.en}\n  {href}")


def prune() -> None:
    """Let go of notices that were read long ago."""
    Notice.objects.filter(read_at__lt=clock.now() - KEEP).delete()
