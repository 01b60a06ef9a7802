"""One's own account: a forgotten password, a new e-mail address, and its end."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q

from datadam.core import clock, events, extensions, races, selectors
from datadam.core.errors import Conflict
from datadam.core.keeping import destructions
from datadam.core.models import (
    CityRole,
    Event,
    IdentityProof,
    Joining,
    MailedLink,
    Membership,
    Notice,
    NoticeSetting,
    OutsideLogin,
    Person,
    Project,
    RecoveryCode,
    SecondFactor,
    Token,
)
from datadam.core.services import factors, letters, links, people, sessions
from datadam.core.services.coming_in import TAKEN, check_email, check_name, limit_mail
from datadam.web.text import Text


def ask_reset(*, email: str, address: str, language: str = "ko") -> None:
    """Mail a reset link, if somebody has that address; the answer and the time taken do not tell."""
    email = check_email(email)
    limit_mail(email, address)
    with transaction.atomic():
        links.ask(purpose="reset", email=email, language=language)


def reset_by_link(*, key: str, password: str, revoke_tokens: bool = True) -> Person:
    """Choose a new password; every session ends, and (unless kept) every token."""
    link = links.peek(key, "reset")
    person = link.person
    if person is None or not person.is_active:
        raise Conflict(links.GONE, code="link_gone")
    people.check_new_password(password, person)
    with transaction.atomic():
        links.use(link)
        person.set_password(password)
        person.save(update_fields=["password"])
        ended = sessions.end_all(person=person)
        rows = Token.objects.filter(person=person, revoked_at=None)
        revoked = rows.update(revoked_at=clock.now()) if revoke_tokens else 0
        links.end_of(person)
        events.record(actor=person, verb="person.password_forgotten", subject=person, sessions=ended, tokens=revoked)
        letters.enqueue(letter="password_reset", person=person)
    return person


def rename(*, actor: Person, name: str, language: str) -> None:
    """How pages call the person, and the language of their letters."""
    check_name(name)
    actor.name, actor.language = name.strip()[:100], language if language in ("ko", "en") else actor.language
    with transaction.atomic():
        actor.save(update_fields=["name", "language"])
        events.record(actor=actor, verb="person.renamed", subject=actor)


def ask_email(*, actor: Person, email: str, password: str, code: str = "") -> None:
    """Mail a link to the new address and a notice to the old one; nothing changes until the link is opened."""
    email = check_email(email)
    factors.prove(actor=actor, password=password, code=code)
    limit_mail(email)
    with transaction.atomic():
        links.revoke(MailedLink.objects.filter(person=actor, purpose="email"))
        links.ask(purpose="email", email=email, person=actor, language=actor.language)
        events.record(actor=actor, verb="person.email_asked", subject=actor)


def confirm_email(*, key: str) -> Person:
    """Open the link: the address is the person's, and their login too if the login was the old address."""
    link = links.peek(key, "email")
    person = link.person
    assert person is not None
    with races.once(TAKEN, code="email_taken"):
        links.use(link)
        others = Person.objects.exclude(pk=person.pk)
        if not person.is_active or others.filter(Q(email=link.email) | Q(login=link.email)).exists():
            raise Conflict(TAKEN, code="email_taken")
        _forget_address(person)
        links.end_of(person)
        if "@" in person.login:
            person.login = link.email
        person.email, person.email_confirmed_at = link.email, clock.now()
        person.save(update_fields=["login", "email", "email_confirmed_at"])
        events.record(actor=person, verb="person.email_changed", subject=person)
    return person


def _forget_address(person: Person) -> None:
    """No row of a letter keeps an address that is no longer the person's."""
    MailedLink.objects.filter(email__in={person.email, person.login} - {""}).exclude(person=person).delete()


def what_stays(person: Person) -> dict[str, Any]:
    """Figures for the page that explains the end of an account."""
    return {
        "events": Event.objects.filter(actor=person).count(),
        "tokens": Token.objects.filter(person=person, revoked_at=None).count(),
        "organisations": list(Membership.objects.select_related("organisation").filter(person=person)),
    }


def delete(*, actor: Person, password: str, code: str = "") -> None:
    """End one's account: everything that says who it was goes; ids in the chain and what was published stay.

    Refused for the last admin of an organisation with people or data, and for the last operator.
    """
    factors.prove(actor=actor, password=password, code=code)
    _delete(actor, by=actor)


def delete_for(*, actor: Person, person: Person) -> None:
    """An operator ends somebody's account, as its owner asked them to; refused as it is to the owner."""
    people.may_manage_people(actor).require()
    if person.login == selectors.OPERATOR or Project.objects.filter(service=person).exists():
        words = Text("사람이 로그인하는 계정이 아닙니다.", "This is not an account of somebody who signs in.")
        raise Conflict(words, code="not_a_person")
    _delete(person, by=actor)


def _delete(person: Person, *, by: Person) -> None:
    with transaction.atomic():
        people.keep_an_operator(person)
        for place in Membership.objects.select_related("organisation").filter(person=person):
            people.keep_an_admin(place.organisation, person)
        _end(person, by=by)
        destructions.note(person=person.pk)  # last: an end that failed must not be made up for by a restore


def _end(person: Person, *, by: Person | None) -> None:
    for hook in extensions.hooks("forget"):
        list(hook(person))
    _forget(person)
    events.record(actor=by, verb="person.deleted", subject=person)


def replay(*, lines: list[dict[str, Any]]) -> list[str]:
    """After a restore: end again the accounts that these lines ended. A line is older than a number given anew."""
    done = []
    for line in lines:
        at = dt.datetime.fromisoformat(line["at"])
        person = Person.objects.filter(pk=line.get("person", 0), deleted_at=None, created_at__lte=at).first()
        if "person" in line and person:
            with transaction.atomic():
                _end(person, by=None)
            done.append(f"person {person.pk}")
    return done


def _forget(person: Person) -> None:
    sessions.end_all(person=person)
    Token.objects.filter(person=person, revoked_at=None).update(revoked_at=clock.now())
    Token.objects.filter(person=person).update(label="-")
    _forget_address(person)
    for model in (Membership, CityRole, MailedLink, SecondFactor, RecoveryCode, OutsideLogin, IdentityProof, Joining):
        model._default_manager.filter(person=person).delete()
    person.login, person.name, person.email, person.language = f"deleted-{person.pk}", "", "", "ko"
    person.is_active, person.deleted_at, person.last_login = False, clock.now(), None
    person.email_confirmed_at = person.terms_at = None
    person.terms_version = ""
    person.set_unusable_password()
    person.known_roles, person.steps_hidden = None, False
    person.save()
    Notice.objects.filter(person=person).delete()
    NoticeSetting.objects.filter(person=person).delete()
