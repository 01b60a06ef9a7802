"""Signing in, throttling, roles and passwords."""

from datetime import timedelta

import pytest

from datadam.core import clock, selectors, throttle
from datadam.core.errors import Invalid, NotAllowed
from datadam.core.models import Attempt, Event, Membership, Person
from datadam.core.services import people

PASSWORD = "바다와 항구 1876"


@pytest.fixture
def member(operator):
    return people.create_person(actor=operator, login="Member@Example.kr", name="구성원", password=PASSWORD)


def sign_in(password=PASSWORD, login="member@example.kr", address="198.51.100.7"):
    return people.sign_in(login=login, password=password, address=address)


def test_the_password_is_kept_as_argon2(member):
    assert member.password.startswith("argon2$argon2id$")
    assert member.login == "member@example.kr"


def test_the_right_password_signs_in_and_forgets_failures(member):
    with pytest.raises(NotAllowed):
        sign_in("wrong")
    assert sign_in(login=" MEMBER@example.kr ") == member
    assert not Attempt.objects.filter(kind="login").exists()


def test_unknown_login_and_wrong_password_look_the_same(member):
    with pytest.raises(NotAllowed) as wrong:
        sign_in("wrong")
    with pytest.raises(NotAllowed) as unknown:
        sign_in(login="nobody")
    assert (wrong.value.message, wrong.value.code) == (unknown.value.message, unknown.value.code)


def test_an_inactive_person_does_not_sign_in(member):
    Person.objects.filter(pk=member.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        sign_in()


def test_a_login_is_throttled_even_from_many_addresses(member, settings):
    settings.LOGIN_LIMIT = 3
    for last in range(3):
        with pytest.raises(NotAllowed):
            sign_in("wrong", address=f"198.51.100.{last}")
    with pytest.raises(throttle.TooMany):
        sign_in(address="203.0.113.1")
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert sign_in(address="203.0.113.1") == member


def test_an_address_is_throttled_even_with_many_logins(member, settings):
    settings.LOGIN_ADDRESS_LIMIT = 3
    for number in range(3):
        with pytest.raises(NotAllowed):
            sign_in("wrong", login=f"guess{number}")
    with pytest.raises(throttle.TooMany):
        sign_in()
    assert sign_in(address="203.0.113.1") == member


def test_attempts_hold_digests_only(member):
    with pytest.raises(NotAllowed):
        sign_in("wrong")
    stored = str(list(Attempt.objects.values()))
    assert "member" not in stored and "198.51" not in stored


def test_change_of_password(member):
    people.change_password(actor=member, old=PASSWORD, new="새로운 방파제 1999")
    with pytest.raises(NotAllowed):
        sign_in()
    assert sign_in("새로운 방파제 1999") == member
    assert Event.objects.filter(verb="person.password_changed").count() == 1


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", "새로운 방파제 1999"), (PASSWORD, "short"), (PASSWORD, "password123")]
)
def test_a_bad_change_of_password_changes_nothing(member, old, new):
    with pytest.raises(Invalid):
        people.change_password(actor=member, old=old, new=new)
    assert sign_in() == member


def test_only_operators_make_accounts_and_give_city_roles(officer, operator, citizen):
    with pytest.raises(NotAllowed):
        people.create_person(actor=officer, login="new", name="새")
    with pytest.raises(NotAllowed):
        people.grant_city_role(actor=officer, person=officer, role="operator")
    assert not selectors.has_city_role(officer, "operator")
    people.grant_city_role(actor=operator, person=citizen, role="reviewer")
    assert selectors.has_city_role(citizen, "reviewer")


def test_an_operator_admits_a_person_in_one_go(operator, citizen):
    with pytest.raises(NotAllowed):
        people.admit(actor=citizen, login="kim", name="김")
    assert not Person.objects.filter(login="kim").exists()
    made = people.admit(actor=operator, login="Kim", name="김", city_roles=["officer"], organisation="해양수산과")
    assert made["created"] and made["city_roles"] == ["officer"]
    assert [m["role"] for m in made["organisations"]] == ["steward"]
    assert sign_in(made["password"], login="kim").name == "김"
    again = people.admit(actor=operator, login="kim", name="김", city_roles=["reviewer"])
    assert (again["created"], again["password"]) == (False, None)
    assert again["city_roles"] == ["officer", "reviewer"]
    renewed = people.admit(actor=operator, login="kim", name="김", renew=True)
    with pytest.raises(NotAllowed):
        sign_in(made["password"], login="kim")
    assert sign_in(renewed["password"], login="kim")


def test_memberships_are_set_by_admins_of_the_organisation(firm, provider, stranger, citizen, operator):
    with pytest.raises(NotAllowed):
        people.set_membership(actor=stranger, person=stranger, organisation=firm, role="admin")
    with pytest.raises(NotAllowed):
        people.set_membership(actor=provider, person=citizen, organisation=firm, role="member")
    people.set_membership(actor=operator, person=provider, organisation=firm, role="admin")
    people.set_membership(actor=provider, person=citizen, organisation=firm, role="member")
    assert selectors.membership_role(citizen, firm) == "member"
    people.set_membership(actor=provider, person=citizen, organisation=firm, role=None)
    assert not Membership.objects.filter(person=citizen).exists()
