"""Giving, taking back and recording: who may, what is stored, what is told."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from datadam.access import services
from datadam.access.check import check
from datadam.access.models import Grant, Resource, Usage
from datadam.access.selectors import grants_of, usage_figures
from datadam.core import clock, selectors
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound


def story(resource):
    return [event.verb for event in selectors.history("access.resource", resource.pk)]


def test_strangers_members_and_the_nameless_give_no_leave(ships, colleague, consumer):
    for actor in (colleague, consumer):
        with pytest.raises(NotAllowed):
            services.grant_public(actor=actor, resource_uid=ships.uid)
        with pytest.raises(NotAllowed):
            services.grant(actor=actor, resource_uid=ships.uid, person=consumer)
        with pytest.raises(NotAllowed):
            services.revoke_public(actor=actor, resource_uid=ships.uid)
    assert Grant.objects.count() == 0
    assert story(ships) == ["resource.registered"]


def test_a_steward_and_an_officer_give_and_take_back_and_it_is_told(ships, provider, officer, citizen):
    given = services.grant(actor=provider, resource_uid=ships.uid, person=citizen, row_filter={"항": ["북항"]})
    services.revoke(actor=officer, grant_id=given.pk)
    with pytest.raises(Conflict):
        services.revoke(actor=provider, grant_id=given.pk)
    given.refresh_from_db()
    assert given.revoked_at is not None
    assert story(ships) == ["resource.registered", "access.granted", "access.revoked"]
    told = selectors.history("access.resource", ships.pk)[1].data
    assert told["person"] == citizen.pk
    assert "북항" not in str(told), "events hold no content"


def test_a_grant_cannot_be_revoked_by_who_did_not_answer_for_it(ships, provider, consumer):
    given = services.grant(actor=provider, resource_uid=ships.uid, person=consumer)
    with pytest.raises(NotAllowed):
        services.revoke(actor=consumer, grant_id=given.pk)
    with pytest.raises(NotFound):
        services.revoke(actor=provider, grant_id=given.pk + 1)
    assert Grant.objects.get().revoked_at is None


def test_there_is_one_public_grant_at_a_time(ships, provider):
    first = services.grant_public(actor=provider, resource_uid=ships.uid)
    assert services.grant_public(actor=provider, resource_uid=ships.uid) == first
    second = services.grant_public(actor=provider, resource_uid=ships.uid, version=2)
    assert list(Grant.objects.filter(revoked_at=None)) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(resource=ships, audience="public")
    services.revoke_public(actor=provider, resource_uid=ships.uid)
    services.revoke_public(actor=provider, resource_uid=ships.uid)
    assert Grant.objects.filter(revoked_at=None).count() == 0
    assert grants_of(ships.uid).count() == 2


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"row_quota": 0},
        {"row_filter": {"항": []}},
        {"row_filter": {"항": "북항"}},
        {"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_terms_that_make_no_sense_are_refused(ships, provider, consumer, demand, terms):
    audience = {"person": consumer} if terms else {"person": consumer, "organisation": demand}
    with pytest.raises(Invalid), clock.at(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)):
        services.grant(actor=provider, resource_uid=ships.uid, **audience, **terms)
    assert Grant.objects.count() == 0


def test_the_database_itself_refuses_a_grant_to_nobody(ships):
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(resource=ships, audience="person")


def test_a_resource_has_a_known_kind_and_a_new_uid(firm):
    first, second = services.register(owner=firm), services.register(owner=firm, kind="files")
    assert first.uid != second.uid
    assert (first.kind, second.kind) == ("table", "files")
    with pytest.raises(Invalid):
        services.register(owner=firm, kind="song")
    with pytest.raises(NotFound):
        services.revoke_public(actor=None, resource_uid=uuid.uuid4())
    assert Resource.objects.count() == 2


def test_readings_are_recorded_and_counted_by_channel(ships, provider, citizen):
    services.grant_public(actor=provider, resource_uid=ships.uid)
    for actor, channel, rows in ((None, "page", 20), (citizen, "page", 20), (citizen, "download", 500)):
        decision = check(actor=actor, resource_uid=ships.uid, version=7, channel=channel)
        services.record_usage(decision=decision, channel=channel, version=7, rows=rows, bytes=rows * 10)
    figures = usage_figures(ships.uid)
    assert (figures.readings, figures.rows, figures.bytes) == (3, 540, 5400)
    assert figures.by_channel == {"download": 1, "page": 2}
    assert set(Usage.objects.values_list("actor", "version")) == {(None, 7), (citizen.pk, 7)}
    assert Usage.objects.filter(grant=None).count() == 0


def test_a_refused_reading_leaves_no_row(ships, citizen):
    decision = check(actor=citizen, resource_uid=ships.uid, version=1, channel="page")
    with pytest.raises(NotAllowed):
        services.record_usage(decision=decision, channel="page", version=1)
    assert Usage.objects.count() == 0
