"""Founding and naming organisations."""

from django.core.exceptions import ValidationError
from django.db import transaction

from datadam.core import events, slugs
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.models import Organisation, Person
from datadam.core.policies import Verdict, refuse
from datadam.core.registration import normalise
from datadam.core.selectors import has_city_role
from datadam.web.text import Text


def may_create(actor: Person | None) -> Verdict:
    """City officers and operators found organisations."""
    if has_city_role(actor, "officer", "operator"):
        return Verdict(True)
    return refuse("기관은 시 담당관이나 운영자가 등록합니다.", "City officers and operators register organisations.")


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
        title_en=title_en,
        kind=kind,
        registration_number=normalise(registration_number or "") or None,
        description=description,
        contact_email=contact_email,
    )
    _check(organisation)
    with transaction.atomic():
        organisation.save(force_insert=True)
        events.record(actor=actor, verb="organisation.created", subject=organisation, kind=kind)
    return organisation


def _check(organisation: Organisation) -> None:
    try:
        organisation.clean_fields()
    except ValidationError as error:
        words = Text("기관 정보가 올바르지 않습니다.", "The organisation's details are not valid.")
        raise Invalid(words, fields=error.message_dict) from error
    number = organisation.registration_number
    if Organisation.objects.filter(name=organisation.name).exists():
        raise Conflict(Text("이미 쓰이는 기관 이름입니다.", "This organisation name is taken."), name=organisation.name)
    if number and Organisation.objects.filter(registration_number=number).exists():
        raise Conflict(Text("이미 등록된 사업자등록번호입니다.", "This registration number is registered already."))


def ensure_organisation(*, actor: Person, title_or_name: str) -> Organisation:
    """The organisation of that slug or title. Unknown ones are created for an operator, and refused otherwise."""
    wanted = title_or_name.strip()
    found = (
        Organisation.objects.filter(name=wanted).first()
        or Organisation.objects.filter(title=wanted).order_by("pk").first()
        or Organisation.objects.filter(title_en=wanted).exclude(title_en="").order_by("pk").first()
    )
    if found:
        return found
    if not has_city_role(actor, "operator"):
        raise NotFound(Text(f"‘{wanted}’ 기관이 없습니다.", f"There is no organisation “{wanted}”."), name=wanted)
    return create_organisation(actor=actor, name=free_name(wanted), title=wanted)


def free_name(title: str) -> str:
    """A free ASCII slug for a title, a Korean one romanised."""
    base = slugs.slug(title) or "organisation"
    return slugs.unique(base, set(Organisation.objects.filter(name__startswith=base).values_list("name", flat=True)))
