"""What somebody might try: half-open doors, links kept too long, races, traces of who left."""

import pytest
from django.core import mail
from django.db import IntegrityError

from datadam.core import selectors
from datadam.core.errors import Conflict, NotAllowed, NotFound
from datadam.core.models import MailedLink, Organisation, OutsideLogin, Person
from datadam.core.services import account, coming_in, links, outside, people, projects, tokens
from tests.core.mailing import deliver, key_in

PASSWORD = "바다와 항구 1876"
NEW = "새로운 방파제 1999"
NUMBER = "1248100998"


@pytest.fixture
def member(operator):
    return people.create_person(
        actor=operator, login="member@example.kr", name="구성원", password=PASSWORD, email="member@example.kr"
    )


def asked_away(member):
    """The key of a letter that would move the account to another's address."""
    account.ask_email(actor=member, email="thief@example.kr", password=PASSWORD)
    deliver()
    return key_in(next(m for m in mail.outbox if m.to == ["thief@example.kr"]))


@pytest.mark.parametrize("way", ["changed", "reset by an operator", "forgotten"])
def test_a_new_password_kills_a_change_of_address_on_its_way(member, operator, way):
    key = asked_away(member)
    if way == "changed":
        people.change_password(actor=member, old=PASSWORD, new=NEW)
    elif way == "forgotten":
        account.ask_reset(email=member.email, address="::1")
        deliver()
        account.reset_by_link(key=key_in(mail.outbox[-1]), password=NEW)
        deliver()
    else:
        people.reset_password(actor=operator, person=member)
    with pytest.raises(NotFound):
        account.confirm_email(key=key)
    member.refresh_from_db()
    assert member.email == "member@example.kr"


def test_a_new_address_kills_the_resets_sent_to_the_old_one(member):
    account.ask_reset(email=member.email, address="::1")
    deliver()
    old = key_in(mail.outbox[-1])
    account.confirm_email(key=asked_away(member))
    with pytest.raises(NotFound):
        links.peek(old, "reset")


def test_a_token_from_before_the_role_waits_for_the_second_factor(member, operator):
    _, raw = tokens.issue_token(actor=member, person=member, label="x", scopes=["read"])
    assert tokens.authenticate_token(raw, "read") == member
    people.grant_city_role(actor=operator, person=member, role="officer")
    with pytest.raises(NotAllowed) as refusal:
        tokens.authenticate_token(raw, "read")
    assert refusal.value.code == "factor_missing"


@pytest.mark.parametrize("login", ["nameless", "nameless@example.kr"])
def test_another_sites_word_alone_opens_no_account_that_has_no_password(operator, login):
    person = people.create_person(actor=operator, login=login, name="아무개")
    claims = outside.Claims("https://id.example.kr", "7", login, "다른 사람")
    matched = outside.match(claims)
    assert matched == (person if "@" in login else None)
    with pytest.raises(Conflict) as refusal:
        outside.link(actor=person, claims=claims, password="")
    assert refusal.value.code == "no_password" and not OutsideLogin.objects.exists()


def test_who_founds_a_firm_a_moment_later_is_told_so_and_nothing_is_half_done(db, monkeypatch, member):
    def quicker(*_args, **_facts):
        raise IntegrityError("registration_number")

    monkeypatch.setattr("datadam.core.services.coming_in.business_register.status", lambda number: "active")
    monkeypatch.setattr(Organisation, "save", quicker)
    with pytest.raises(Conflict) as refusal:
        coming_in.found_firm(actor=member, title="물류", registration_number=NUMBER)
    assert refusal.value.code == "quicker" and not Organisation.objects.filter(title="물류").exists()


def test_an_address_taken_between_the_look_and_the_write_is_a_conflict(member, monkeypatch):
    key = asked_away(member)

    def quicker(*_args, **_facts):
        raise IntegrityError("person_email_once")

    monkeypatch.setattr(Person, "save", quicker)
    with pytest.raises(Conflict) as refusal:
        account.confirm_email(key=key)
    assert refusal.value.code == "email_taken" and MailedLink.objects.get(purpose="email").used_at is None


def test_letters_to_earlier_addresses_leave_no_trace(member, operator, office):
    coming_in.invite(actor=operator, email=member.email, organisation=office, role="member")
    deliver()
    account.confirm_email(key=asked_away(member))
    member.refresh_from_db()
    account.delete(actor=member, password=PASSWORD)
    stored = str(list(MailedLink.objects.values()))
    assert "member@" not in stored and "thief@" not in stored


def test_an_operator_ends_an_account_and_nobody_else_does(member, operator, officer):
    with pytest.raises(NotAllowed):
        account.delete_for(actor=officer, person=member)
    account.delete_for(actor=operator, person=member)
    member.refresh_from_db()
    assert member.deleted_at and member.name == "" and selectors.can_sign_in(member) is False


def test_the_machines_own_accounts_and_the_last_operator_are_not_ended(operator, member, office):
    program = projects.create(actor=operator, organisation=office, title="수집기").service
    for machine in (operator, program):  # the operator of the cast is the home's own
        with pytest.raises(Conflict) as refusal:
            account.delete_for(actor=operator, person=machine)
        assert refusal.value.code == "not_a_person"
    operator.set_unusable_password()
    operator.save()
    people.grant_city_role(actor=operator, person=member, role="operator")
    with pytest.raises(Conflict) as refusal:
        account.delete_for(actor=operator, person=member)
    assert refusal.value.code == "last_operator"
