"""What was published about people, and what is left of it."""

import pytest
from django.db import IntegrityError, transaction

from datadam.access import services as access
from datadam.core import extensions
from datadam.core.errors import Invalid, NotAllowed
from datadam.disclosure import selectors, services
from datadam.disclosure.models import Publication


@pytest.fixture
def resource(firm, provider):
    return access.register(owner=firm, actor=provider)


def record(actor, resource, release=1, **more):
    values = {"unit": "persons", "dimensions": ["구"], "measures": ["인구"], "threshold": 5, "treatment": "suppress"}
    values |= {"pattern": "ab" * 32, "facts": {"cells": 10, "primary": 2}, **more}
    return services.record_publication(actor=actor, resource_uid=resource.uid, release=release, **values)


def test_a_publication_is_kept_and_found_for_the_next(provider, resource):
    record(provider, resource)
    record(provider, resource, 2)
    services.withdraw(actor=provider, resource_uid=resource.uid, release=1)
    found = selectors.earlier(resource.uid, dimensions=["구"], measures=["인구"], before=2)
    assert [each[1:3] for each in found] == [(resource.uid, 1)]


def test_another_dataset_that_counts_the_same_is_an_earlier_table(provider, resource, firm):
    record(provider, resource)
    other = access.register(owner=firm, actor=provider)
    found = selectors.earlier(other.uid, dimensions=["구"], measures=["인구"])
    assert [each[1:3] for each in found] == [(resource.uid, 1)]
    assert selectors.earlier(other.uid, dimensions=["동"], measures=["인구"]) == []


def test_no_cell_gets_into_the_database(provider, resource):
    with pytest.raises(Invalid):
        record(provider, resource, facts={"중구": 3})


def test_a_destroyed_release_keeps_what_and_why(provider, resource):
    record(provider, resource)
    for hook in extensions.hooks("destroy"):
        list(hook(resource=str(resource.uid), release=1, reason="잘못 공개"))
    row = Publication.objects.get()
    assert (row.state, row.why, row.facts, row.dimensions, row.pattern) == ("destroyed", "잘못 공개", {}, [], "")
    assert selectors.earlier(resource.uid, dimensions=["구"], measures=["인구"]) == []


def test_the_database_refuses_a_destroyed_record_with_facts(provider, resource):
    made = record(provider, resource)
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=made.pk).update(state="destroyed", ended_at=made.recorded_at)


def test_strangers_see_no_history(provider, stranger, citizen, officer, resource):
    record(provider, resource)
    assert len(selectors.history_for(provider, resource.uid)) == len(selectors.history_for(officer, resource.uid)) == 1
    for person in (stranger, citizen, None):
        with pytest.raises(NotAllowed):
            selectors.history_for(person, resource.uid)


def test_the_api_tells_counts(provider, resource, client):
    record(provider, resource)
    client.force_login(provider)
    answer = client.get(f"/api/v1/resources/{resource.uid}/publications").json()
    assert answer["publications"][0]["facts"] == {"cells": 10, "primary": 2}


def test_verify_misses_the_places(provider, resource):
    record(provider, resource, pattern="")
    assert len(list(selectors.wrong())) == 1
