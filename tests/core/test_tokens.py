"""Tokens: hashed, shown once, scoped, expiring."""

from datetime import timedelta

import pytest

from datadam.core import clock
from datadam.core.errors import Invalid, NotAllowed
from datadam.core.models import Event, Token
from datadam.core.services.tokens import BadToken, authenticate_token, issue_token, revoke_token


@pytest.fixture
def issued(provider):
    return issue_token(actor=provider, person=provider, label="대시보드", scopes=["read"], days=30)


def test_only_a_digest_is_stored(issued):
    token, raw = issued
    row = Token.objects.values().get(pk=token.pk)
    assert raw not in str(row) and raw[4:] not in str(row)
    assert raw not in str(list(Event.objects.values()))


def test_it_names_its_owner(issued, provider):
    assert authenticate_token(issued[1], "read") == provider
    assert Token.objects.get().last_used_at is not None


def test_it_holds_for_its_scope_only(issued):
    with pytest.raises(NotAllowed) as refused:
        authenticate_token(issued[1], "write")
    assert refused.value.code == "scope_missing"


def test_it_expires(issued):
    with clock.at(clock.now() + timedelta(days=30, seconds=1)), pytest.raises(BadToken):
        authenticate_token(issued[1], "read")


def test_it_ends_when_revoked(issued, provider):
    revoke_token(actor=provider, token_id=issued[0].pk)
    with pytest.raises(BadToken):
        authenticate_token(issued[1], "read")


def test_it_ends_with_its_owner(issued, provider):
    provider.is_active = False
    provider.save()
    with pytest.raises(BadToken):
        authenticate_token(issued[1], "read")


def test_a_stranger_does_not_revoke_it(issued, stranger):
    with pytest.raises(NotAllowed):
        revoke_token(actor=stranger, token_id=issued[0].pk)
    assert Token.objects.get().revoked_at is None


def test_nobody_issues_for_others_but_the_operator(provider, stranger, operator):
    with pytest.raises(NotAllowed):
        issue_token(actor=stranger, person=provider, label="x", scopes=["read"])
    token, _ = issue_token(actor=operator, person=provider, label="x", scopes=["read"])
    assert token.person == provider and Token.objects.count() == 1


@pytest.mark.parametrize(("scopes", "days"), [([], 30), (["everything"], 30), (["read"], 0), (["read"], 366)])
def test_bad_wishes_are_refused(provider, scopes, days):
    with pytest.raises(Invalid):
        issue_token(actor=provider, person=provider, label="x", scopes=scopes, days=days)
    assert not Token.objects.exists()


def test_the_api_takes_it(issued, client, provider):
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {issued[1]}"})
    assert answer.status_code == 200 and answer.json()["login"] == provider.login


def test_the_api_refuses_a_wrong_one_even_beside_a_session(client_of, provider):
    answer = client_of(provider).get("/api/v1/me", headers={"Authorization": "Bearer ddm_nonsense"})
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "bad_token"


def test_the_api_refuses_nobody(client, db):
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "not_signed_in"
