"""Registering organisations and keeping their details."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from datadam.core import events, races, slugs
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.models import Organisation, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.registration import is_valid, normalise
from datadam.core.selectors import has_city_role, membership_role
from datadam.web.text import Text

OWN = ("title", "title_en", "description", "contact_email")  # what an organisation's admins say of it themselves
DETAILS = (*OWN, "kind", "registration_number")
TAKEN = Text("이미 등록된 사업자등록번호입니다.", "This registration number is registered already.")
NUMBER = Text("사업자등록번호가 올바르지 않습니다.", "This is not a valid business registration number.")
SAME = Text(
    "같은 이름의 기관이 있습니다. 지역이나 부서를 붙여 구별해 주십시오.",
    "There is an organisation of this name: add its place or division to tell them apart.",
)
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
        registration_number=_number(registration_number or ""),
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
        given["registration_number"] = _number(given["registration_number"])
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


def _number(written: str) -> str | None:
    """Ten digits, or None for an empty field; Invalid for anything else, which must not pass for empty."""
    number = normalise(written)
    if written.strip() and not is_valid(number):
        raise Invalid(NUMBER, fields={"registration_number": [NUMBER]})
    return number or None


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
    if others.filter(title__iexact=organisation.title).exists():
        raise Conflict(SAME, fields={"title": [SAME]})


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
    """The organisation of that slug or title, or None; Conflict when several are called so."""
    wanted = title_or_name.strip()
    if named := Organisation.objects.filter(name=wanted).first():
        return named
    found = list(Organisation.objects.filter(Q(title=wanted) | Q(title_en=wanted)).order_by("pk")) if wanted else []
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        words = Text(
            f"‘{wanted}’ 기관이 여럿입니다. 이 가운데 하나를 적으십시오: {names}",
            f"Several organisations are called “{wanted}”. Give one of these: {names}",
        )
        raise Conflict(words, code="several", names=names)
    return found[0] if found else None


def free_name(title: str) -> str:
    """A free ASCII slug for a title, a Korean one romanised."""
    base = slugs.slug(title) or "organisation"
    return slugs.unique(base, set(Organisation.objects.filter(name__startswith=base).values_list("name", flat=True)))
