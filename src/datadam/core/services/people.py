"""People, their roles, signing in and passwords."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from datadam.core import events, extensions, races, throttle
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.models import CityRole, Membership, Organisation, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.selectors import can_sign_in, has_city_role, membership_role
from datadam.core.selectors import city_roles as city_roles_of
from datadam.core.services import sessions
from datadam.core.services.organisations import ensure_organisation
from datadam.web.text import Text

WRONG = Text("아이디나 비밀번호가 맞지 않습니다.", "The login or the password is wrong.")


def may_manage_people(actor: Person | None) -> Verdict:
    """Operators make accounts and give city roles."""
    if has_city_role(actor, "operator"):
        return ALLOWED
    return refuse("계정은 운영자가 관리합니다.", "Operators manage accounts.")


def create_person(
    *, actor: Person, login: str, name: str, password: str | None = None, email: str = "", language: str = "ko"
) -> Person:
    """Make an account; without a password nobody can sign in with it."""
    may_manage_people(actor).require()
    login = login.strip().lower()
    if Person.objects.filter(login=login).exists():
        raise Conflict(Text("이미 쓰이는 아이디입니다.", "This login is taken."))
    if email and Person.objects.filter(email=email.strip().lower()).exists():
        raise Conflict(Text("이미 쓰이는 이메일입니다.", "This e-mail address is taken."))
    person = Person(login=login, name=name, email=email.strip().lower(), language=language)
    if password is not None:
        check_new_password(password, person)
    with races.once():
        person.set_password(password)
        person.save(force_insert=True)
        events.record(actor=actor, verb="person.created", subject=person)
    return person


def set_membership(*, actor: Person, person: Person, organisation: Organisation, role: str | None) -> Membership | None:
    """Give a person a role in an organisation, or with None take it away. Its last admin stays one."""
    if not has_city_role(actor, "operator", "officer") and membership_role(actor, organisation) != "admin":
        raise NotAllowed(Text("기관 관리자만 구성원을 바꿉니다.", "Only the organisation's admins change its members."))
    if role is not None and role not in Membership.Role.values:
        raise Invalid(Text("모르는 역할입니다.", "Unknown role."), role=role)
    with transaction.atomic():
        if role != Membership.Role.ADMIN:
            keep_an_admin(organisation, person)
        membership = None
        if role is None:
            Membership.objects.filter(person=person, organisation=organisation).delete()
        else:
            membership, _ = Membership.objects.update_or_create(
                person=person, organisation=organisation, defaults={"role": role}
            )
        events.record(actor=actor, verb="organisation.member", subject=organisation, person=person.pk, role=role)
    return membership


def leave(*, actor: Person, organisation: Organisation) -> None:
    """Give up one's own place in an organisation."""
    with transaction.atomic():
        keep_an_admin(organisation, actor)
        gone, _ = Membership.objects.filter(person=actor, organisation=organisation).delete()
        if not gone:
            raise NotFound(Text("이 기관의 구성원이 아닙니다.", "You do not belong to this organisation."))
        events.record(actor=actor, verb="organisation.left", subject=organisation)


def keep_an_admin(organisation: Organisation, person: Person) -> None:
    """Conflict when `person` is the last admin of an organisation with other people or data. In a transaction."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two admins do not leave at the same moment
    rows = Membership.objects.filter(organisation=organisation)
    if not rows.filter(person=person, role=Membership.Role.ADMIN).exists():
        return
    others = rows.exclude(person=person)
    if others.filter(role=Membership.Role.ADMIN, person__is_active=True).exists():
        return
    held = [words for hook in extensions.hooks("holds") for words in hook(organisation)]
    if held or others.exists():
        words = Text(
            "마지막 관리자입니다. 먼저 다른 사람을 ‘{title}’의 관리자로 정하십시오.",
            "You are the last admin: first make somebody else an admin of “{title}”.",
        )
        raise Conflict(words.format(title=organisation.title), code="last_admin", organisation=organisation.name)


def grant_city_role(*, actor: Person, person: Person, role: str) -> CityRole:
    """Make a person an officer, reviewer or operator of the city."""
    may_manage_people(actor).require()
    if role not in CityRole.Role.values:
        raise Invalid(Text("모르는 역할입니다.", "Unknown role."), role=role)
    with transaction.atomic():
        granted, _ = CityRole.objects.get_or_create(person=person, role=role)
        events.record(actor=actor, verb="person.role_granted", subject=person, role=role)
    person.known_roles = None
    return granted


def revoke_city_role(*, actor: Person, person: Person, role: str) -> None:
    """Take a city role away."""
    may_manage_people(actor).require()
    with transaction.atomic():
        if role == CityRole.Role.OPERATOR:
            keep_an_operator(person)
        CityRole.objects.filter(person=person, role=role).delete()
        events.record(actor=actor, verb="person.role_revoked", subject=person, role=role)
    person.known_roles = None


def keep_an_operator(person: Person) -> None:
    """Conflict when `person` is the last operator who can sign in. In a transaction."""
    operators = CityRole.objects.select_for_update().filter(role=CityRole.Role.OPERATOR, person__is_active=True)
    people = [row.person for row in operators.select_related("person")]
    if person in people and not any(can_sign_in(other) for other in people if other != person):
        words = Text(
            "마지막 운영자입니다. 먼저 다른 운영자를 정하십시오.", "You are the last operator: appoint another first."
        )
        raise Conflict(words, code="last_operator")


def reset_password(*, actor: Person, person: Person, password: str | None = None) -> str:
    """Give a person a new password, a random one unless it is given; returned this once."""
    may_manage_people(actor).require()
    if password is None:
        password = secrets.token_urlsafe(12)
    else:
        check_new_password(password, person)
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        _end_all(person)
        events.record(actor=actor, verb="person.password_reset", subject=person)
    return password


@transaction.atomic
def admit(
    *,
    actor: Person,
    login: str,
    name: str,
    city_roles: Sequence[str] = (),
    organisation: str | None = None,
    role: str = Membership.Role.STEWARD,
    renew: bool = False,
) -> dict[str, Any]:
    """An account as an operator wants it: made if it is new, with these roles, with a new password if asked."""
    person = Person.objects.filter(login=login.strip().lower()).first()
    created = person is None
    if person is None:
        person = create_person(actor=actor, login=login, name=name)
    for city_role in city_roles:
        grant_city_role(actor=actor, person=person, role=city_role)
    if organisation:
        found = ensure_organisation(actor=actor, title_or_name=organisation)
        set_membership(actor=actor, person=person, organisation=found, role=role)
    password = reset_password(actor=actor, person=person) if created or renew else None
    memberships = Membership.objects.filter(person=person).order_by("organisation__name")
    return {
        "login": person.login,
        "created": created,
        "password": password,
        "city_roles": sorted(city_roles_of(person)),
        "organisations": [{"name": m.organisation.name, "role": m.role} for m in memberships],
    }


def sign_in(*, login: str, password: str, address: str) -> Person:
    """The person, if the password is right. Counts every attempt first, so that parallel guesses count too.

    Raises TooMany past the limits of the login or the address, NotAllowed for anything wrong.
    """
    login = login.strip().lower()
    throttle.count("address", address, limit=settings.LOGIN_ADDRESS_LIMIT)
    throttle.count("login", login, limit=settings.LOGIN_LIMIT)
    person = find(login)
    if person is None:
        make_password(password)  # as slow as a wrong password, so that logins cannot be told from the time taken
    if person is None or not person.is_active or not check_password(password, person.password):
        raise NotAllowed(WRONG, code="wrong_password")
    throttle.forget("login", login)
    return person


def find(login_or_email: str) -> Person | None:
    """The active person with that login, or else with that e-mail address."""
    wanted = login_or_email.strip().lower()
    rows = Person.objects.filter(is_active=True, project=None)
    return rows.filter(login=wanted).first() or (rows.filter(email=wanted).first() if "@" in wanted else None)


def change_password(*, actor: Person, old: str, new: str) -> None:
    """Replace the actor's own password; every session ends (a page keeps its own going)."""
    if not actor.check_password(old):
        raise Invalid(Text("지금 비밀번호가 맞지 않습니다.", "The present password is wrong."), fields={"old": "wrong"})
    check_new_password(new, actor)
    with transaction.atomic():
        actor.set_password(new)
        actor.save(update_fields=["password"])
        _end_all(actor)
        events.record(actor=actor, verb="person.password_changed", subject=actor)


def _end_all(person: Person) -> None:
    """What somebody else may have begun under the old password: sessions, and links on their way."""
    from datadam.core.services import links

    sessions.end_all(person=person)
    links.end_of(person)


def check_new_password(password: str, person: Person) -> None:
    """Invalid with the reasons when a password may not be used."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise Invalid(
            Text(f"쓸 수 없는 비밀번호입니다. {reasons}", f"This password cannot be used. {reasons}"),
            fields={"new": reasons},
        ) from error
