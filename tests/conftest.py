"""The cast: every permission test reads as a sentence about these people."""

import atexit
import os
import shutil
import tempfile

from tests import homes

# Before Django reads its settings: every test process has a home of its own.
os.environ["DATADAM_HOME"] = HOME = tempfile.mkdtemp(prefix="datadam-test-")
os.environ["DJANGO_SETTINGS_MODULE"] = "datadam.config.settings"
os.environ.update(DATADAM_RATE_READS="0", DATADAM_RATE_WRITES="0", DATADAM_RATE_HEAVY="0")  # tests ask in a hurry
os.mkdir(f"{HOME}/static")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
if homes.SERVER:
    homes.use_postgresql(HOME)

from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import django  # noqa: E402
import pytest  # noqa: E402
from django.test import Client  # noqa: E402

django.setup()


@pytest.fixture(scope="session")
def home() -> Path:
    """DATADAM_HOME of this test process."""
    return Path(HOME)


@pytest.fixture(autouse=True)
def _tables_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """A transactional test ends with emptied tables, which the append-only triggers would refuse."""
    if not {"transactional_db", "live_server"}.intersection(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from datadam.core import triggers

    triggers.remove()


def make_person(login: str, name: str, *city_roles: str):
    from datadam.core.models import CityRole, Person

    person = Person.objects.create_user(login, None, name=name)
    CityRole.objects.bulk_create(CityRole(person=person, role=role) for role in city_roles)
    if city_roles:
        set_second_factor(person)
    return person


FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_second_factor(person):
    """As if the person had put FACTOR into an authenticator; officers, reviewers and operators need one."""
    from datadam.core import clock, sealing
    from datadam.core.models import SecondFactor

    secret = sealing.seal(FACTOR, to=f"factor {person.pk}")
    SecondFactor.objects.create(person=person, secret=secret, confirmed_at=clock.now())


def make_organisation(name: str, title: str, kind: str, **members):
    """`members`: a role each, `steward=person`."""
    from datadam.core.models import Membership, Organisation

    organisation = Organisation.objects.create(name=name, title=title, kind=kind)
    for role, person in members.items():
        Membership.objects.create(person=person, organisation=organisation, role=role)
    return organisation


@pytest.fixture
def operator(db):
    """Installs and runs the program."""
    return make_person("operator", "운영자", "operator")


@pytest.fixture
def officer(db):
    """A data officer of the city."""
    return make_person("officer", "김담당", "officer")


@pytest.fixture
def provider(db):
    """Steward of the firm `firm`, which brings data in."""
    return make_person("provider", "이제공")


@pytest.fixture
def consumer(db):
    """Member of another firm, which wants data."""
    person = make_person("consumer", "박수요")
    make_organisation("demand", "수요상사", "firm", member=person)
    return person


@pytest.fixture
def citizen(db):
    """Signed in, and nothing more."""
    return make_person("citizen", "최시민")


@pytest.fixture
def reviewer(db):
    """On the city's committees."""
    return make_person("reviewer", "정심의", "reviewer")


@pytest.fixture
def stranger(db):
    """Admin of an organisation that has nothing to do with any of this."""
    person = make_person("stranger", "남남이")
    make_organisation("elsewhere", "다른기관", "public", admin=person)
    return person


@pytest.fixture
def office(db, officer):
    """The city's office, where the officer is steward."""
    return make_organisation("data-office", "데이터정책과", "city", steward=officer)


@pytest.fixture
def firm(db, provider):
    """The firm whose steward is the provider."""
    return make_organisation("harbour-data", "항만데이터", "firm", steward=provider)


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """A browser in which that person (or nobody) has signed in."""

    def make(person=None, **options) -> Client:
        client = Client(**options)
        if person is not None:
            client.force_login(person)
        return client

    return make


@pytest.fixture
def inside(settings):
    settings.FETCH_PRIVATE_ADDRESSES = True
