"""What pages say of the city: the names its operator gave, or those of the city pack that DATADAM_CITY names."""

from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from datadam import cities
from datadam.core import clock, events
from datadam.core.errors import Invalid
from datadam.core.models import CityProfile, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.selectors import has_city_role
from datadam.web.text import Text

NAMES = ("title_ko", "title_en", "short_ko", "short_en")
CONTACTS = ("contact_email", "contact_phone")
NEEDED = Text("적어 주십시오.", "Please fill this in.")


class City(NamedTuple):
    """The city's name, whole and short, and where to reach its data office ("" when unknown)."""

    title: Text
    short: Text
    contact_email: str = ""
    contact_phone: str = ""


def districts() -> list[tuple[float, float, Text]]:
    """Latitude, longitude and name of each district's middle."""
    return [(d.lat, d.lon, Text(d.name_ko, d.name_en)) for d in cities.load(settings.CITY).districts]


def city() -> City:
    """The city as it calls itself."""
    profile = _profile()
    if profile is None:
        pack = cities.load(settings.CITY)
        return City(Text(pack.name_ko, pack.name_en), Text(pack.short_ko, pack.name_en))
    return City(
        Text(profile.title_ko, profile.title_en),
        Text(profile.short_ko, profile.short_en),
        profile.contact_email,
        profile.contact_phone,
    )


def _profile() -> CityProfile | None:
    """None also while the database does not answer: the page that says so still has a heading."""
    try:
        return CityProfile.objects.first()
    except DatabaseError:
        return None


def is_named() -> bool:
    """Whether an operator has looked at the city's names."""
    return CityProfile.objects.exists()


def profile() -> dict[str, str]:
    """What the form of the city starts with."""
    now = city()
    names = (now.title.ko, now.title.en, now.short.ko, now.short.en)
    contacts = (now.contact_email, now.contact_phone)
    return dict(zip((*NAMES, *CONTACTS), (*names, *contacts), strict=True))


def may_name(actor: Person | None) -> Verdict:
    """Operators say what the city is called."""
    if has_city_role(actor, "operator"):
        return ALLOWED
    return refuse("도시의 이름은 운영자가 정합니다.", "Operators name the city.")


def name_city(*, actor: Person, **fields: str) -> City:
    """Save the city's names and contact. Raises Invalid with a message per field."""
    may_name(actor).require()
    found = CityProfile(**{name: fields.get(name, "").strip() for name in (*NAMES, *CONTACTS)}, updated_at=clock.now())
    problems = {name: NEEDED for name in NAMES if not getattr(found, name)}
    try:
        found.clean_fields()
    except ValidationError as error:
        problems = {name: Text(words[0], words[0]) for name, words in error.message_dict.items()} | problems
    if problems:
        raise Invalid(Text("표시한 칸을 고쳐 주십시오.", "Please mend the marked fields."), fields=problems)
    with transaction.atomic():
        found.save()
        events.record(actor=actor, verb="city.named", subject=found)
    return city()
