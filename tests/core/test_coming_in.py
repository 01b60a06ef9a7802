"""Sign-up, invitations and requests to join, by service and by page."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from datadam.core import clock, joining, selectors, terms, throttle
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.models import CityRole, Event, Job, Joining, MailedLink, Membership, Organisation, Person
from datadam.core.registration import check_digit
from datadam.core.services import coming_in, links, people
from datadam.core.workflow import workflows
from tests.core.mailing import deliver, key_in, without_secret

PASSWORD = "바다와 항구 1876"
NUMBER = "621810099" + str(check_digit("621810099"))


def ask(email="new@example.kr", **changes):
    coming_in.sign_up(**{"email": email, "address": "198.51.100.7", **changes})


def finish(key, **changes):
    given = {"name": "새사람", "password": PASSWORD, "terms_version": terms.VERSION}
    return coming_in.finish_sign_up(key=key, **{**given, **changes})


def register(monkeypatch, said):
    from datadam.core.ports import business_register

    monkeypatch.setattr(business_register, "status", lambda number: said)


def test_an_account_is_made_when_the_mailed_link_is_opened_and_not_before(db):
    ask("New@Example.kr")
    assert not Person.objects.exists()
    deliver()
    assert mail.outbox[0].to == ["new@example.kr"]
    person, _ = finish(key_in(mail.outbox[0]))
    assert people.sign_in(login="new@example.kr", password=PASSWORD, address="::1") == person
    assert person.email_confirmed_at and (person.terms_version, person.email) == (terms.VERSION, "new@example.kr")
    link = MailedLink.objects.get()
    assert link.used_at and link.data == {}


def test_no_secret_of_a_link_is_stored_nor_in_a_job_nor_in_an_event(db):
    ask()
    deliver()
    key = key_in(mail.outbox[0])
    stored = str([list(model.objects.values()) for model in (MailedLink, Job, Event)])
    assert key not in stored and "new@example.kr" not in str(list(Event.objects.values()) + list(Job.objects.values()))


def test_a_link_works_once_and_for_a_day(db):
    ask()
    deliver()
    key = key_in(mail.outbox[0])
    with clock.at(clock.now() + timedelta(hours=25)), pytest.raises(NotFound):
        finish(key)
    finish(key)
    with pytest.raises(NotFound):
        finish(key)


@pytest.mark.parametrize(
    "change", [{"name": " "}, {"password": "short"}, {"terms_version": ""}, {"terms_version": "1999"}]
)
def test_a_bad_name_password_or_consent_leaves_the_link_as_it_was(db, change):
    ask()
    deliver()
    key = key_in(mail.outbox[0])
    with pytest.raises(Invalid):
        finish(key, **change)
    assert not Person.objects.exists() and finish(key)[0].name == "새사람"


def test_whoever_types_an_address_prepares_no_account_for_its_owner(client, db):
    """The attacker's password typed at sign-up would otherwise be the owner's as soon as they open the letter."""
    client.post("/join/", {"email": "owner@example.kr", "name": "남", "password": PASSWORD, "terms": terms.VERSION})
    assert MailedLink.objects.get().data == {}
    deliver()
    key = key_in(mail.outbox[0])
    assert client.post("/join/confirm/", {"key": key}).status_code == 422 and not Person.objects.exists()


def test_a_known_address_gets_a_letter_that_says_so_and_the_page_says_nothing(client, operator):
    people.create_person(actor=operator, login="kim", name="김", email="kim@example.kr", password=PASSWORD)
    pages = [client.post("/join/", {"email": email}) for email in ("kim@example.kr", "lee@example.kr")]
    assert pages[0].status_code == pages[1].status_code == 200
    texts = [without_secret(page).replace(name, "") for page, name in zip(pages, ("kim", "lee"), strict=True)]
    assert texts[0] == texts[1]
    deliver()
    assert ["key=" in message.body for message in mail.outbox] == [False, True]
    assert "이미 계정이 있습니다" in mail.outbox[0].subject


@pytest.mark.parametrize(
    "changes",
    [{"email": "no"},
     {"firm": "어느 기업", "registration_number": "123-45-67890"}, {"firm": "", "registration_number": NUMBER}],
)  # fmt: skip
def test_a_bad_sign_up_is_refused_and_sends_nothing(db, changes):
    with pytest.raises(Invalid):
        ask(**changes)
    assert not MailedLink.objects.exists() and not Job.objects.exists()


def test_nobody_is_flooded_with_letters(db):
    for _ in range(coming_in.MAILS):
        ask()
    with pytest.raises(throttle.TooMany):
        ask()
    assert MailedLink.objects.count() == coming_in.MAILS


def test_a_bad_form_keeps_what_was_typed(client, db):
    page = client.post("/join/", {"email": "no", "firm": "1", "firm_title": "새기업", "registration_number": NUMBER})
    text = page.content.decode()
    assert page.status_code == 422 and all(f'value="{word}"' in text for word in ("no", "새기업", NUMBER))
    ask()
    deliver()
    page = client.post("/join/confirm/", {"key": key_in(mail.outbox[0]), "name": "새사람", "password": "x"})
    assert page.status_code == 422 and 'value="새사람"' in page.content.decode()


def sign_up_with_firm(email="boss@firm.example", title="새기업"):
    ask(email, firm=title, registration_number=NUMBER)
    deliver()
    return finish(key_in(mail.outbox[-1]))


def test_the_first_person_of_an_active_firm_is_its_admin(db, monkeypatch):
    register(monkeypatch, "active")
    person, found = sign_up_with_firm()
    firm = Organisation.objects.get(registration_number=NUMBER)
    assert firm.title == "새기업" and selectors.membership_role(person, firm) == "admin" and found.organisation == firm


@pytest.mark.parametrize("said", ["unchecked", "suspended", "closed", "unknown"])
def test_a_firm_that_is_not_confirmed_waits_for_an_officer(said, officer, stranger, monkeypatch):
    register(monkeypatch, said)
    person, found = sign_up_with_firm()
    assert isinstance(found, Joining) and found.register == said
    assert not Organisation.objects.filter(registration_number=NUMBER).exists()
    with pytest.raises(NotAllowed):
        coming_in.decide(actor=stranger, joining=found, transition="accept")
    coming_in.decide(actor=officer, joining=found, transition="accept")
    firm = Organisation.objects.get(registration_number=NUMBER)
    assert selectors.membership_role(person, firm) == "admin"
    with pytest.raises(Conflict):
        coming_in.decide(actor=officer, joining=found, transition="refuse")


def test_without_a_register_nothing_is_confirmed(db):
    _, found = sign_up_with_firm()
    assert found.register == "unchecked"


def test_the_second_person_of_a_firm_asks_its_admins(db, monkeypatch):
    register(monkeypatch, "active")
    boss, _ = sign_up_with_firm()
    second, found = sign_up_with_firm("second@firm.example", "다른 이름")
    assert found.state == "waiting" and list(coming_in.waiting_for(boss)) == [found]
    coming_in.decide(actor=boss, joining=found, transition="accept")
    assert selectors.membership_role(second, found.organisation) == "member"
    assert Organisation.objects.count() == 1


def test_requests_follow_their_table_for_every_state_and_role(firm, citizen, provider, officer, stranger):
    people_of = {"applicant": citizen, "officer": officer, "stranger": stranger}
    for state in joining.JOINING.states:
        for role, actor in people_of.items():
            row = Joining.objects.create(person=citizen, organisation=firm, state=state)
            names = {t.name for t in joining.JOINING.available(row, actor)}
            wanted = {"applicant": {"withdraw"}, "officer": {"accept", "refuse"}, "stranger": set()}[role]
            assert names == (wanted if state == "waiting" else set()), (state, role)
            row.delete()
    assert joining.JOINING in workflows()


def invite(actor, organisation, email="guest@example.kr", role="steward"):
    link = coming_in.invite(actor=actor, email=email, organisation=organisation, role=role)
    deliver()
    return link, key_in(mail.outbox[-1])


@pytest.fixture
def admin(stranger):
    """Admin of the organisation `elsewhere`."""
    return stranger


@pytest.fixture
def elsewhere(admin):
    return Organisation.objects.get(name="elsewhere")


def test_an_invited_stranger_gets_an_account_and_a_place(client, admin, elsewhere):
    _, key = invite(admin, elsewhere)
    assert "다른기관" in client.get(f"/join/invitation/?key={key}").content.decode()
    given = {"key": key, "name": "손님", "password": PASSWORD, "terms": terms.VERSION}
    assert client.post("/join/invitation/", {**given, "terms": ""}).status_code == 422
    assert client.post("/join/invitation/", given).headers["Location"] == "/organisation/elsewhere/"
    guest = Person.objects.get(login="guest@example.kr")
    assert selectors.membership_role(guest, elsewhere) == "steward" and guest.email_confirmed_at


def test_an_existing_account_accepts_and_keeps_its_higher_role(client_of, admin, elsewhere, citizen):
    _, key = invite(admin, elsewhere)
    assert client_of(citizen).post("/join/invitation/", {"key": key}).status_code == 302
    assert selectors.membership_role(citizen, elsewhere) == "steward"
    _, lower = invite(admin, elsewhere, role="member")
    client_of(citizen).post("/join/invitation/", {"key": lower})
    assert selectors.membership_role(citizen, elsewhere) == "steward"


def test_an_invitation_lasts_seven_days_and_may_be_withdrawn_or_sent_again(admin, elsewhere, citizen):
    link, key = invite(admin, elsewhere)
    with clock.at(clock.now() + timedelta(days=7, seconds=1)), pytest.raises(NotFound):
        coming_in.accept_as(actor=citizen, key=key)
    coming_in.resend(actor=admin, link=link)
    deliver()
    with pytest.raises(NotFound):
        coming_in.accept_as(actor=citizen, key=key)
    fresh = links.pending(elsewhere).get()
    coming_in.withdraw_invitation(actor=admin, link=fresh)
    with pytest.raises(NotFound):
        coming_in.accept_as(actor=citizen, key=key_in(mail.outbox[-1]))
    assert not Membership.objects.filter(person=citizen).exists()


def test_an_invitation_dies_with_its_inviters_right_to_invite(admin, elsewhere, citizen, operator):
    _, key = invite(admin, elsewhere)
    Membership.objects.filter(person=admin).update(role="member")
    with pytest.raises(Conflict):
        coming_in.accept_as(actor=citizen, key=key)
    assert MailedLink.objects.get().used_at is None


def test_only_admins_and_the_city_invite(firm, provider, admin, citizen, officer, operator):
    for actor in (provider, admin, citizen):
        with pytest.raises(NotAllowed):
            coming_in.invite(actor=actor, email="a@example.kr", organisation=firm, role="member")
    coming_in.invite(actor=officer, email="a@example.kr", organisation=firm, role="admin")
    with pytest.raises(NotAllowed):
        coming_in.invite(actor=officer, email="a@example.kr", organisation=None, role="operator")
    coming_in.invite(actor=officer, email="a@example.kr", organisation=None, role="reviewer")
    coming_in.invite(actor=operator, email="a@example.kr", organisation=None, role="operator")
    assert MailedLink.objects.filter(purpose="invitation").count() == 3


def test_a_role_of_the_city_goes_to_the_invited_address_alone(operator, citizen):
    _, key = invite(operator, None, "judge@example.kr", "reviewer")
    with pytest.raises(NotAllowed):
        coming_in.accept_as(actor=citizen, key=key)
    judge = coming_in.accept_new(key=key, name="심사", password=PASSWORD, terms_version=terms.VERSION)
    assert CityRole.objects.filter(person=judge, role="reviewer").exists()
    assert not CityRole.objects.filter(person=citizen).exists()


def test_the_people_page_is_for_the_organisations_people(client_of, client, admin, citizen, officer, elsewhere):
    page = "/organisation/elsewhere/people/"
    assert client.get(page).status_code == 302
    assert client_of(citizen).get(page).status_code == 403
    assert client_of(officer).get(page).status_code == client_of(admin).get(page).status_code == 200
    Membership.objects.create(person=citizen, organisation=elsewhere, role="member")
    seen = client_of(citizen).get(page).content.decode()
    assert "남남이" in seen and "초대하기" not in seen
    assert client_of(citizen).post(page, {"email": "x@example.kr", "role": "member"}).status_code == 403


def test_the_last_admin_stays_as_long_as_there_is_anybody(client_of, admin, citizen, elsewhere):
    Membership.objects.create(person=citizen, organisation=elsewhere, role="member")
    mine = client_of(admin)
    refusal = mine.post(f"/organisation/elsewhere/people/{admin.pk}/", {"role": "member"})
    assert refusal.status_code == 409 and "마지막 관리자" in refusal.content.decode()
    assert mine.post("/account/leave/elsewhere/").status_code == 409
    assert selectors.membership_role(admin, elsewhere) == "admin"
    mine.post(f"/organisation/elsewhere/people/{citizen.pk}/", {"role": "admin"})
    assert mine.post("/account/leave/elsewhere/").status_code == 302
    assert selectors.membership_role(admin, elsewhere) is None
    assert client_of(citizen).post("/account/leave/elsewhere/").status_code == 302  # nobody and nothing is left


def test_the_first_operator_comes_in_by_a_link_that_works_once(client, db):
    from datadam.core import home

    home._local_operator()
    assert not selectors.anyone_can_sign_in()
    first = coming_in.setup_link(actor=selectors.local_operator())
    path = coming_in.setup_link(actor=selectors.local_operator())
    assert client.get(first).status_code == 404 and client.get(path).status_code == 200
    given = {"key": path.partition("=")[2], "email": "op@city.example", "name": "운영", "password": PASSWORD}
    assert client.post("/setup/", given).status_code == 302
    assert client.get("/datasets/").headers["Location"].startswith("/account/factor/")
    assert selectors.has_city_role(Person.objects.get(login="op@city.example"), "operator")
    client.post("/logout/")
    assert selectors.anyone_can_sign_in() and client.post("/setup/", given).status_code == 404


def test_the_database_bars_asking_twice_for_a_firm_that_is_not_there_yet(db, citizen):
    ask = {"person": citizen, "title": "새기업", "registration_number": NUMBER}
    Joining.objects.create(**ask, state="refused")
    Joining.objects.create(**ask)
    with pytest.raises(IntegrityError), transaction.atomic():
        Joining.objects.create(**ask)


def test_a_firm_that_somebody_else_typed_is_let_go(client, db, monkeypatch):
    register(monkeypatch, "active")
    ask(firm="새기업", registration_number=NUMBER)
    deliver()
    key = key_in(mail.outbox[0])
    assert "새기업" in client.get(f"/join/confirm/?key={key}").content.decode()
    given = {"key": key, "name": "새사람", "password": PASSWORD, "terms": terms.VERSION}
    assert client.post("/join/confirm/", given).status_code == 302
    assert Person.objects.filter(login="new@example.kr").exists() and not Organisation.objects.exists()
