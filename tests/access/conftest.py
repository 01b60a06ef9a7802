"""What the access tests add to the cast: a resource of the provider's firm, and the firm where the consumer works."""

import pytest

from datadam.access import services
from datadam.core.models import CityRole, Membership, Organisation, Person


def somebody(login, *, city_role=None, organisation=None, role="member"):
    person = Person.objects.create_user(login, name=login)
    if city_role:
        CityRole.objects.create(person=person, role=city_role)
    if organisation:
        Membership.objects.create(person=person, organisation=organisation, role=role)
    return person


@pytest.fixture
def harbour(db):
    return Organisation.objects.create(name="harbour-data", title="항만데이터", kind="firm")


@pytest.fixture
def bakery(db):
    return Organisation.objects.create(name="wave-bakery", title="파도제과", kind="firm")


@pytest.fixture
def steward(harbour):
    return somebody("harbour-steward", organisation=harbour, role="steward")


@pytest.fixture
def colleague(harbour):
    return somebody("harbour-member", organisation=harbour)


@pytest.fixture
def baker(bakery):
    return somebody("baker", organisation=bakery)


@pytest.fixture
def passer_by(db):
    return somebody("passer-by")


@pytest.fixture
def city_officer(db):
    return somebody("city-officer", city_role="officer")


@pytest.fixture
def ships(harbour, steward):
    """A table of the harbour firm that nobody else may read yet."""
    return services.register(owner=harbour, actor=steward)
