"""What the access tests add to the cast: a resource of the provider's firm, a colleague there, the consumer's firm."""

import pytest

from datadam.access import services
from datadam.core.models import Membership, Organisation, Person


@pytest.fixture
def colleague(firm):
    """A plain member of the provider's firm."""
    person = Person.objects.create_user("colleague", None, name="동료")
    Membership.objects.create(person=person, organisation=firm, role="member")
    return person


@pytest.fixture
def demand(consumer):
    """The firm where the consumer works."""
    return Organisation.objects.get(name="demand")


@pytest.fixture
def ships(firm, provider):
    """A table of the firm that nobody else may read yet."""
    return services.register(owner=firm, actor=provider)
