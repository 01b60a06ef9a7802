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


def test_nobody_else_reads_what_was_only_registered(ships, baker, passer_by):
    assert refused(None, ships) == NOT_GRANTED
    assert refused(passer_by, ships) == NOT_GRANTED
    assert refused(baker, ships) == NOT_GRANTED
    assert ask(baker, ships).columns is None


def test_the_owners_own_people_and_the_city_read_it_whole_without_a_grant(ships, steward, colleague, city_officer):
    for actor in (steward, colleague, city_officer):
        decision = ask(actor, ships)
        assert (decision.allowed, decision.grant_id, decision.columns, decision.row_filter) == (True, None, None, {})


def test_a_draft_is_for_the_owners_stewards_and_the_city_only(ships, steward, colleague, city_officer, passer_by):
    services.grant_public(actor=steward, resource_uid=ships.uid)
    assert ask(steward, ships, draft=True)
    assert ask(city_officer, ships, draft=True)
    for actor in (colleague, passer_by, None):
        assert refused(actor, ships, draft=True) == DRAFT


def test_what_is_public_is_read_by_everyone_until_it_is_not(ships, steward, passer_by):
    services.grant_public(actor=steward, resource_uid=ships.uid)
    assert ask(None, ships) and ask(passer_by, ships) and is_public(ships.uid)
    services.revoke_public(actor=steward, resource_uid=ships.uid)
    assert refused(None, ships) == REVOKED
    assert not is_public(ships.uid)


def test_a_public_grant_of_one_version_shows_no_other(ships, steward):
    services.grant_public(actor=steward, resource_uid=ships.uid, version=3)
    assert ask(None, ships, 3)
    assert refused(None, ships, 4) == OTHER_VERSION


def test_an_organisations_grant_lets_its_members_read_and_nobody_else(ships, steward, bakery, baker, passer_by):
    given = services.grant(
        actor=steward, resource_uid=ships.uid, organisation=bakery, columns=["선명"], row_filter={"항": ["북항"]}
    )
    decision = ask(baker, ships)
    assert (decision.grant_id, decision.columns, decision.row_filter) == (given.pk, ["선명"], {"항": ["북항"]})
    assert refused(passer_by, ships) == NOT_GRANTED
    assert refused(None, ships) == NOT_GRANTED


def test_a_persons_grant_is_theirs_alone(ships, steward, passer_by, baker):
    services.grant(actor=steward, resource_uid=ships.uid, person=passer_by)
    assert ask(passer_by, ships)
    assert refused(baker, ships) == NOT_GRANTED


def test_a_grant_ends_at_its_hour(ships, steward, passer_by):
    with clock.at(NOON):
        services.grant(actor=steward, resource_uid=ships.uid, person=passer_by, expires_at=NOON + dt.timedelta(hours=1))
    with clock.at(NOON + dt.timedelta(minutes=59)):
        assert ask(passer_by, ships)
    with clock.at(NOON + dt.timedelta(hours=1)):
        assert refused(passer_by, ships) == EXPIRED


def test_a_grant_for_one_purpose_serves_no_other(ships, steward, passer_by):
    services.grant(actor=steward, resource_uid=ships.uid, person=passer_by, purpose="연구")
    assert ask(passer_by, ships, purpose="연구")
    assert refused(passer_by, ships, purpose="광고") == OTHER_PURPOSE
    assert refused(passer_by, ships) == OTHER_PURPOSE


def test_a_quota_is_drawn_by_readings_and_then_refuses(ships, steward, passer_by):
    services.grant(actor=steward, resource_uid=ships.uid, person=passer_by, row_quota=100)
    for rows in (60, 40):
        decision = ask(passer_by, ships)
        services.record_usage(decision=decision, channel="sql", version=1, rows=rows, bytes=10)
    assert decision.rows_left == 40
    assert refused(passer_by, ships) == USED_UP


def test_of_several_grants_the_least_restricted_is_used(ships, steward, bakery, baker):
    services.grant_public(actor=steward, resource_uid=ships.uid, columns=["선명"])
    services.grant(actor=steward, resource_uid=ships.uid, organisation=bakery, row_filter={"항": ["북항"]})
    services.grant(actor=steward, resource_uid=ships.uid, person=baker, columns=["선명", "톤수"])
    assert ask(baker, ships).columns == ["선명", "톤수"]
    assert ask(None, ships).columns == ["선명"]
    services.grant(actor=steward, resource_uid=ships.uid, person=baker)
    assert ask(baker, ships).columns is None


def test_a_used_up_grant_falls_back_on_the_public_one(ships, steward, passer_by):
    public = services.grant_public(actor=steward, resource_uid=ships.uid, columns=["선명"])
    services.grant(actor=steward, resource_uid=ships.uid, person=passer_by, row_quota=1)
    services.record_usage(decision=ask(passer_by, ships), channel="page", version=1, rows=1)
    assert ask(passer_by, ships).grant_id == public.pk


def test_a_closed_account_reads_what_everyone_reads(ships, steward, colleague):
    colleague.is_active = False
    assert refused(colleague, ships) == NOT_GRANTED
    services.grant_public(actor=steward, resource_uid=ships.uid)
    assert ask(colleague, ships).actor_id is None


def test_an_unknown_resource_is_refused_not_an_error(steward):
    decision = check(actor=steward, resource_uid=uuid.uuid4(), version=1, channel="page")
    assert decision.reason == UNKNOWN
    with pytest.raises(NotAllowed):
        decision.require()


def test_the_list_of_readable_resources_agrees_with_the_check(
    ships, harbour, steward, bakery, baker, city_officer, passer_by
):
    public = services.register(owner=harbour)
    services.grant_public(actor=steward, resource_uid=public.uid)
    granted = services.register(owner=harbour)
    services.grant(actor=steward, resource_uid=granted.uid, organisation=bakery)
    revoked = services.register(owner=harbour)
    services.revoke(actor=steward, grant_id=services.grant(actor=steward, resource_uid=revoked.uid, person=baker).pk)
    everything = {ships, public, granted, revoked}
    for actor in (None, passer_by, baker, steward, city_officer):
        readable = set(readable_resource_uids(actor))
        assert readable == {resource.uid for resource in everything if ask(actor, resource)}
    assert set(readable_resource_uids(baker)) == {public.uid, granted.uid}


def test_the_check_costs_few_queries(ships, steward, bakery, baker, django_assert_max_num_queries):
    services.grant(actor=steward, resource_uid=ships.uid, organisation=bakery, row_quota=5)
    with django_assert_max_num_queries(5):
        assert ask(baker, ships)
    with django_assert_max_num_queries(2):
        ask(None, ships)
    with django_assert_max_num_queries(2):
        list(readable_resource_uids(baker))
