"""People, their roles, signing in and passwords."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from datadam.core import clock, events
from datadam.core.errors import Conflict, DomainError, Invalid, NotAllowed
from datadam.core.models import CityRole, LoginAttempt, Membership, Organisation, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.selectors import city_roles as city_roles_of
from datadam.core.selectors import has_city_role, membership_role
from datadam.core.services.organisations import ensure_organisation
from datadam.web.text import Text


class TooMany(DomainError):
    """Wait before trying again (429)."""

    status, code = 429, "too_many"


WRONG = Text("아이디나 비밀번호가 맞지 않습니다.", "The login or the password is wrong.")
WAIT = Text(
    "로그인 시도가 너무 많습니다. {minutes}분 뒤에 다시 시도해 주세요.",
    "Too many attempts. Try again in {minutes} minutes.",
)


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
    person = Person(login=login, name=name, email=email, language=language)
    if password is not None:
        _check_password(password, person)
    with transaction.atomic():
        person.set_password(password)
        person.save(force_insert=True)
        events.record(actor=actor, verb="person.created", subject=person)
    return person


def set_membership(*, actor: Person, person: Person, organisation: Organisation, role: str | None) -> Membership | None:
    """Give a person a role in an organisation, or with None take it away."""
    if not has_city_role(actor, "operator", "officer") and membership_role(actor, organisation) != "admin":
        raise NotAllowed(Text("기관 관리자만 구성원을 바꿉니다.", "Only the organisation's admins change its members."))
    if role is not None and role not in Membership.Role.values:
        raise Invalid(Text("모르는 역할입니다.", "Unknown role."), role=role)
    with transaction.atomic():
        membership = None
        if role is None:
            Membership.objects.filter(person=person, organisation=organisation).delete()
        else:
            membership, _ = Membership.objects.update_or_create(
                person=person, organisation=organisation, defaults={"role": role}
            )
        events.record(actor=actor, verb="organisation.member", subject=organisation, person=person.pk, role=role)
    return membership


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
        CityRole.objects.filter(person=person, role=role).delete()
        events.record(actor=actor, verb="person.role_revoked", subject=person, role=role)
    person.known_roles = None


def reset_password(*, actor: Person, person: Person, password: str | None = None) -> str:
    """Give a person a new password, a random one unless it is given; returned this once."""
    may_manage_people(actor).require()
    if password is None:
        password = secrets.token_urlsafe(12)
    else:
        _check_password(password, person)
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
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
    attempt = LoginAttempt.objects.create(
        login_digest=events.digest(f"login {login}"), address_digest=events.digest(f"address {address}")
    )
    _throttle(attempt)
    person = Person.objects.filter(login=login).first()
    if person is None:
        make_password(password)  # as slow as a wrong password, so that logins cannot be told from the time taken
    if person is None or not person.is_active or not check_password(password, person.password):
        raise NotAllowed(WRONG, code="wrong_password")
    LoginAttempt.objects.filter(login_digest=attempt.login_digest).delete()
    return person


def _throttle(attempt: LoginAttempt) -> None:
    recent = LoginAttempt.objects.filter(at__gt=clock.now() - timedelta(minutes=settings.LOGIN_WINDOW))
    by_login = recent.filter(login_digest=attempt.login_digest).count()
    by_address = recent.filter(address_digest=attempt.address_digest).count()
    if by_login > settings.LOGIN_LIMIT or by_address > settings.LOGIN_ADDRESS_LIMIT:
        raise TooMany(WAIT.format(minutes=settings.LOGIN_WINDOW))


def change_password(*, actor: Person, old: str, new: str) -> None:
    """Replace the actor's own password."""
    if not actor.check_password(old):
        raise Invalid(Text("지금 비밀번호가 맞지 않습니다.", "The present password is wrong."), fields={"old": "wrong"})
    _check_password(new, actor)
    with transaction.atomic():
        actor.set_password(new)
        actor.save(update_fields=["password"])
        events.record(actor=actor, verb="person.password_changed", subject=actor)


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise Invalid(
            Text(f"쓸 수 없는 비밀번호입니다. {reasons}", f"This password cannot be used. {reasons}"),
            fields={"new": reasons},
        ) from error
