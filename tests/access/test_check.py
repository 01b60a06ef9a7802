"""The one check, as sentences."""

import datetime as dt
import uuid

import pytest

from datadam.access import services
from datadam.access.check import (
    DRAFT,
    EXPIRED,
    NOT_GRANTED,
    OTHER_PURPOSE,
    OTHER_VERSION,
    REVOKED,
    UNKNOWN,
    USED_UP,
    check,
)
from datadam.access.selectors import is_public, readable_resource_uids
from datadam.core import clock
from datadam.core.errors import NotAllowed

NOON = dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC)


def ask(actor, resource, version=1, **more):
    return check(actor=actor, resource_uid=resource.uid, version=version, channel="download", **more)


def refused(actor, resource, version=1, **more):
    decision = ask(actor, resource, version, **more)
    assert not decision
    return decision.reason


def test_nobody_else_reads_what_was_only_registered(ships, consumer, citizen):
    assert refused(None, ships) == NOT_GRANTED
    assert refused(citizen, ships) == NOT_GRANTED
    assert refused(consumer, ships) == NOT_GRANTED
    assert ask(consumer, ships).columns is None


def test_the_owners_own_people_and_the_city_read_it_whole_without_a_grant(ships, provider, colleague, officer):
    for actor in (provider, colleague, officer):
        decision = ask(actor, ships)
        assert (decision.allowed, decision.grant_id, decision.columns, decision.row_filter) == (True, None, None, {})


def test_a_draft_is_for_the_owners_stewards_and_the_city_only(ships, provider, colleague, officer, citizen):
    services.grant_public(actor=provider, resource_uid=ships.uid)
    assert ask(provider, ships, draft=True)
    assert ask(officer, ships, draft=True)
    for actor in (colleague, citizen, None):
        assert refused(actor, ships, draft=True) == DRAFT


def test_what_is_public_is_read_by_everyone_until_it_is_not(ships, provider, citizen):
    services.grant_public(actor=provider, resource_uid=ships.uid)
    assert ask(None, ships) and ask(citizen, ships) and is_public(ships.uid)
    services.revoke_public(actor=provider, resource_uid=ships.uid)
    assert refused(None, ships) == REVOKED
    assert not is_public(ships.uid)


def test_a_public_grant_of_one_version_shows_no_other(ships, provider):
    services.grant_public(actor=provider, resource_uid=ships.uid, version=3)
    assert ask(None, ships, 3)
    assert refused(None, ships, 4) == OTHER_VERSION


def test_an_organisations_grant_lets_its_members_read_and_nobody_else(ships, provider, demand, consumer, citizen):
    given = services.grant(
        actor=provider, resource_uid=ships.uid, organisation=demand, columns=["선명"], row_filter={"항": ["북항"]}
    )
    decision = ask(consumer, ships)
    assert (decision.grant_id, decision.columns, decision.row_filter) == (given.pk, ["선명"], {"항": ["북항"]})
    assert refused(citizen, ships) == NOT_GRANTED
    assert refused(None, ships) == NOT_GRANTED


def test_a_persons_grant_is_theirs_alone(ships, provider, citizen, consumer):
    services.grant(actor=provider, resource_uid=ships.uid, person=citizen)
    assert ask(citizen, ships)
    assert refused(consumer, ships) == NOT_GRANTED


def test_a_grant_ends_at_its_hour(ships, provider, citizen):
    with clock.at(NOON):
        services.grant(actor=provider, resource_uid=ships.uid, person=citizen, expires_at=NOON + dt.timedelta(hours=1))
    with clock.at(NOON + dt.timedelta(minutes=59)):
        assert ask(citizen, ships)
    with clock.at(NOON + dt.timedelta(hours=1)):
        assert refused(citizen, ships) == EXPIRED


def test_a_grant_for_one_purpose_serves_no_other(ships, provider, citizen):
    services.grant(actor=provider, resource_uid=ships.uid, person=citizen, purpose="연구")
    assert ask(citizen, ships, purpose="연구")
    assert refused(citizen, ships, purpose="광고") == OTHER_PURPOSE
    assert refused(citizen, ships) == OTHER_PURPOSE


def test_a_quota_is_drawn_by_readings_and_then_refuses(ships, provider, citizen):
    services.grant(actor=provider, resource_uid=ships.uid, person=citizen, row_quota=100)
    for rows in (60, 40):
        decision = ask(citizen, ships)
        services.record_usage(decision=decision, channel="sql", version=1, rows=rows, bytes=10)
    assert decision.rows_left == 40
    assert refused(citizen, ships) == USED_UP


def test_of_several_grants_the_least_restricted_is_used(ships, provider, demand, consumer):
    services.grant_public(actor=provider, resource_uid=ships.uid, columns=["선명"])
    services.grant(actor=provider, resource_uid=ships.uid, organisation=demand, row_filter={"항": ["북항"]})
    services.grant(actor=provider, resource_uid=ships.uid, person=consumer, columns=["선명", "톤수"])
    assert ask(consumer, ships).columns == ["선명", "톤수"]
    assert ask(None, ships).columns == ["선명"]
    services.grant(actor=provider, resource_uid=ships.uid, person=consumer)
    assert ask(consumer, ships).columns is None


def test_a_used_up_grant_falls_back_on_the_public_one(ships, provider, citizen):
    public = services.grant_public(actor=provider, resource_uid=ships.uid, columns=["선명"])
    services.grant(actor=provider, resource_uid=ships.uid, person=citizen, row_quota=1)
    services.record_usage(decision=ask(citizen, ships), channel="page", version=1, rows=1)
    assert ask(citizen, ships).grant_id == public.pk


def test_a_closed_account_reads_what_everyone_reads(ships, provider, colleague):
    colleague.is_active = False
    assert refused(colleague, ships) == NOT_GRANTED
    services.grant_public(actor=provider, resource_uid=ships.uid)
    assert ask(colleague, ships).actor_id is None


def test_an_unknown_resource_is_refused_not_an_error(provider):
    decision = check(actor=provider, resource_uid=uuid.uuid4(), version=1, channel="page")
    assert decision.reason == UNKNOWN
    with pytest.raises(NotAllowed):
        decision.require()


def test_the_list_of_readable_resources_agrees_with_the_check(
    ships, firm, provider, demand, consumer, officer, citizen
):
    public = services.register(owner=firm)
    services.grant_public(actor=provider, resource_uid=public.uid)
    granted = services.register(owner=firm)
    services.grant(actor=provider, resource_uid=granted.uid, organisation=demand)
    revoked = services.register(owner=firm)
    services.revoke(
        actor=provider, grant_id=services.grant(actor=provider, resource_uid=revoked.uid, person=consumer).pk
    )
    everything = {ships, public, granted, revoked}
    for actor in (None, citizen, consumer, provider, officer):
        readable = set(readable_resource_uids(actor))
        assert readable == {resource.uid for resource in everything if ask(actor, resource)}
    assert set(readable_resource_uids(consumer)) == {public.uid, granted.uid}


def test_the_check_costs_few_queries(ships, provider, demand, consumer, django_assert_max_num_queries):
    services.grant(actor=provider, resource_uid=ships.uid, organisation=demand, row_quota=5)
    with django_assert_max_num_queries(5):
        assert ask(consumer, ships)
    with django_assert_max_num_queries(2):
        ask(None, ships)
    with django_assert_max_num_queries(2):
        list(readable_resource_uids(consumer))
