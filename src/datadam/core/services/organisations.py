"""Registering organisations and keeping their details."""

from typing import Any

from django.core.exceptions import ValidationError

from datadam.core import events, races, slugs
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.models import Organisation, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.registration import normalise
from datadam.core.selectors import has_city_role, membership_role
from datadam.web.text import Text

OWN = ("title", "title_en", "description", "contact_email")  # what an organisation's admins say of it themselves
DETAILS = (*OWN, "kind", "registration_number")
TAKEN = Text("이미 등록된 사업자등록번호입니다.", "This registration number is registered already.")
UNNAMED = Text("기관의 이름을 적어 주십시오.", "Please give the organisation's name.")


def may_create(actor: Person | None) -> Verdict:
    """City officers and operators register organisations."""
    if has_city_role(actor, "officer", "operator"):
        return ALLOWED
    return refuse("기관은 시 담당관이나 운영자가 등록합니다.", "City officers and operators register organisations.")


def may_change(actor: Person | None, organisation: Organisation) -> Verdict:
    """The organisation's admins, officers and operators of the city."""
    if may_create(actor) or membership_role(actor, organisation) == "admin":
        return ALLOWED
    return refuse("기관 관리자만 고칠 수 있습니다.", "Only the organisation's admins may change this.")


def changeable(actor: Person | None, organisation: Organisation | None) -> tuple[str, ...]:
    """The details that the actor may write; kind and registration number are the city's to say."""
    if may_create(actor):
        return DETAILS
    return OWN if organisation and may_change(actor, organisation) else ()


def create_organisation(
    *,
    actor: Person,
    name: str,
    title: str,
    kind: str = Organisation.Kind.PUBLIC,
    registration_number: str | None = None,
    title_en: str = "",
    description: str = "",
    contact_email: str = "",
) -> Organisation:
    """Register an organisation; its registration number may be left open (None)."""
    may_create(actor).require()
    organisation = Organisation(
        name=name,
        title=title.strip(),
        title_en=title_en.strip(),
        kind=kind,
        registration_number=normalise(registration_number or "") or None,
        description=description.strip(),
        contact_email=contact_email.strip(),
    )
    _check(organisation)
    with races.once():
        organisation.save(force_insert=True)
        events.record(actor=actor, verb="organisation.created", subject=organisation, kind=kind)
    return organisation


def change_organisation(*, actor: Person, organisation: Organisation, **details: str) -> Organisation:
    """Write the given details anew. A detail that the actor may not write is refused when it differs."""
    may_change(actor, organisation).require()
    given: dict[str, Any] = {name: value.strip() for name, value in details.items() if name in DETAILS}
    if "registration_number" in given:
        given["registration_number"] = normalise(given["registration_number"]) or None
    changed = {name: value for name, value in given.items() if value != getattr(organisation, name)}
    if set(changed) - set(changeable(actor, organisation)):
        may_create(actor).require()
    fresh = Organisation.objects.get(pk=organisation.pk)
    for name, value in changed.items():
        setattr(fresh, name, value)
    _check(fresh)
    if changed:
        with races.once():
            fresh.save(update_fields=list(changed))
            events.record(actor=actor, verb="organisation.changed", subject=fresh, fields=sorted(changed))
    return fresh


def _check(organisation: Organisation) -> None:
    problems: dict[str, Any] = {}
    try:
        organisation.clean_fields()
    except ValidationError as error:
        problems = error.message_dict
    if not organisation.title:
        problems["title"] = [UNNAMED]
    if problems:
        words = Text("기관 정보가 올바르지 않습니다.", "The organisation's details are not valid.")
        raise Invalid(words, fields=problems)
    others = Organisation.objects.exclude(pk=organisation.pk)
    number = organisation.registration_number
    if others.filter(name=organisation.name).exists():
        raise Conflict(Text("이미 쓰이는 기관 이름입니다.", "This organisation name is taken."), name=organisation.name)
    if number and others.filter(registration_number=number).exists():
        raise Conflict(TAKEN, fields={"registration_number": [TAKEN]})


def ensure_organisation(*, actor: Person, title_or_name: str) -> Organisation:
    """The organisation of that slug or title. Unknown ones are created for an operator, and refused otherwise."""
    wanted = title_or_name.strip()
    found = find(wanted)
    if found:
        return found
    if not has_city_role(actor, "operator"):
        raise NotFound(Text(f"‘{wanted}’ 기관이 없습니다.", f"There is no organisation “{wanted}”."), name=wanted)
    return create_organisation(actor=actor, name=free_name(wanted), title=wanted)


def find(title_or_name: str) -> Organisation | None:
    """The organisation of that slug or title, or None."""
    return (
        Organisation.objects.filter(name=title_or_name).first()
        or Organisation.objects.filter(title=title_or_name).order_by("pk").first()
        or Organisation.objects.filter(title_en=title_or_name).exclude(title_en="").order_by("pk").first()
    )


def free_name(title: str) -> str:
    """A free ASCII slug for a title, a Korean one romanised."""
    base = slugs.slug(title) or "organisation"
    return slugs.unique(base, set(Organisation.objects.filter(name__startswith=base).values_list("name", flat=True)))
