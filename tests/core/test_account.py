"""One's account: reset, e-mail, sessions, second factor, projects, its end."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail

from datadam.core import clock, extensions, sealing, selectors, verification
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.models import (
    CityRole,
    Event,
    MailedLink,
    Membership,
    Notice,
    NoticeSetting,
    Organisation,
    Person,
    RecoveryCode,
    SecondFactor,
    SignedIn,
    Token,
)  # fmt: skip
from datadam.core.services import account, factors, people, projects, sessions, tokens
from datadam.core.throttle import TooMany
from tests.conftest import FACTOR
from tests.core.mailing import deliver, key_in, without_secret

PASSWORD = "바다와 항구 1876"
NEW = "새로운 방파제 1999"


@pytest.fixture
def member(operator):
    return people.create_person(
        actor=operator, login="member@example.kr", name="구성원", password=PASSWORD, email="member@example.kr"
    )


def sign_in(client, password=PASSWORD, login="member@example.kr"):
    return client.post("/login/", {"login": login, "password": password})


# Password reset


def reset(client, email="member@example.kr"):
    page = client.post("/account/reset/", {"email": email})
    deliver()
    return page


def test_a_forgotten_password_is_replaced_and_everything_else_ends(client, client_of, member):
    other = client_of(member)
    other.get("/account/")
    tokens.issue_token(actor=member, person=member, label="x", scopes=["read"])
    reset(client)
    key = key_in(mail.outbox[-1])
    assert client.post("/account/reset/new/", {"key": key, "password": "short", "tokens": "1"}).status_code == 422
    assert client.post("/account/reset/new/", {"key": key, "password": NEW, "tokens": "1"}).status_code == 302
    assert other.get("/account/").status_code == 302
    assert not Token.objects.filter(revoked_at=None).exists() and not SignedIn.objects.exists()
    assert client.post("/account/reset/new/", {"key": key, "password": PASSWORD}).status_code == 404
    assert sign_in(client).status_code == 403 and sign_in(client, NEW).status_code == 302


def test_tokens_may_be_kept(client, member):
    tokens.issue_token(actor=member, person=member, label="x", scopes=["read"])
    reset(client)
    client.post("/account/reset/new/", {"key": key_in(mail.outbox[-1]), "password": NEW})
    assert Token.objects.filter(revoked_at=None).count() == 1


def test_an_unknown_address_gets_the_same_page_and_no_letter(client, member):
    pages = [without_secret(reset(client, email)) for email in ("member@example.kr", "nobody@example.kr")]
    assert pages[0].replace("member", "") == pages[1].replace("nobody", "") and len(mail.outbox) == 1


def test_a_reset_link_lasts_an_hour(client, member):
    reset(client)
    key = key_in(mail.outbox[-1])
    with clock.at(clock.now() + timedelta(minutes=61)), pytest.raises(NotFound):
        account.reset_by_link(key=key, password=NEW)


# E-mail


def test_a_new_address_counts_when_its_link_is_opened_and_the_old_one_is_told(client_of, member):
    mine = client_of(member)
    assert mine.post("/account/email/", {"email": "new@example.kr", "password": "wrong"}).status_code == 422
    mine.post("/account/email/", {"email": "New@example.kr", "password": PASSWORD})
    deliver()
    assert [message.to for message in mail.outbox] == [["member@example.kr"], ["new@example.kr"]]
    member.refresh_from_db()
    assert member.email == "member@example.kr"
    mine.post("/account/email/confirm/", {"key": key_in(mail.outbox[1])})
    member.refresh_from_db()
    assert (member.email, member.login) == ("new@example.kr", "new@example.kr")


def test_a_taken_address_is_refused_when_the_link_is_opened(member, operator):
    account.ask_email(actor=member, email="lee@example.kr", password=PASSWORD)
    deliver()
    people.create_person(actor=operator, login="lee", name="이", email="lee@example.kr")
    with pytest.raises(Conflict):
        account.confirm_email(key=key_in(mail.outbox[-1]))
    member.refresh_from_db()
    assert member.email == "member@example.kr" and MailedLink.objects.get().used_at is None


# Sessions


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


def test_sessions_are_listed_roughly_and_ended(client_of, client, member):
    sign_in(client)
    other = client_of(member)
    other.get("/account/", headers={"User-Agent": CHROME}, REMOTE_ADDR="203.0.113.77")
    assert SignedIn.objects.count() == 2
    page = client.get("/account/sessions/").content.decode()
    assert "203.0.113.77" not in page
    row = SignedIn.objects.exclude(session_key=client.session.session_key).get()
    client.post("/account/sessions/", {"one": row.pk})
    assert other.get("/account/").status_code == 302 and client.get("/account/").status_code == 200


def test_all_others_end_at_once(client_of, client, member):
    others = [client_of(member) for _ in range(3)]
    for one in others:
        one.get("/account/")
    sign_in(client)
    client.post("/account/sessions/", {"all": "1"})
    assert [one.get("/account/").status_code for one in others] == [302] * 3
    assert client.get("/account/").status_code == 200 and Session.objects.count() == 1


def test_nobody_ends_anothers_session(client_of, member, stranger):
    client_of(member).get("/account/")
    theirs = SignedIn.objects.get(person=member)
    with pytest.raises(NotFound):
        sessions.end(actor=stranger, signed_in_id=theirs.pk)
    assert SignedIn.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize(
    ("address", "shown"),
    [("203.0.113.77", "203.0.*.*"), ("2001:db8:1:2::5", "2001:0db8:0001:*"), ("nonsense", "")],
)
def test_an_address_is_kept_roughly(address, shown):
    assert sessions.rough(address) == shown and sessions.device(CHROME) == "Chrome · Windows"


def test_seen_is_written_every_five_minutes_at_most(client, member, django_assert_max_num_queries):
    sign_in(client)
    client.get("/terms/")
    before = SignedIn.objects.get().seen_at
    client.get("/terms/")
    assert SignedIn.objects.get().seen_at == before


# Second factor


def code(at=None):
    return factors.present_code(FACTOR, at)


def turn_on(person):
    factors.begin(actor=person, secret=FACTOR)
    return factors.confirm(actor=person, code=code())


def test_signing_in_asks_for_a_code_and_takes_each_once(client, member):
    earlier = clock.now() - timedelta(minutes=5)
    with clock.at(earlier):
        turn_on(member)
    answer = sign_in(client)
    assert answer.headers["Location"].startswith("/login/code/") and "_auth_user_id" not in client.session
    assert client.get("/account/").status_code == 302
    assert client.post("/login/code/", {"code": "000000"}).status_code == 403
    now = code()
    assert client.post("/login/code/", {"code": now}).status_code == 302
    assert client.get("/account/").status_code == 200
    client.post("/logout/")
    sign_in(client)
    assert client.post("/login/code/", {"code": now}).status_code == 403


def test_the_half_way_state_ends_after_ten_minutes_and_with_the_password(client, member):
    with clock.at(clock.now() - timedelta(minutes=5)):
        turn_on(member)
    sign_in(client)
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert client.post("/login/code/", {"code": code()}).headers["Location"].startswith("/login/?")
    sign_in(client)
    member.set_password(NEW)
    member.save()
    assert client.post("/login/code/", {"code": code()}).headers["Location"].startswith("/login/?")


def test_codes_are_throttled(member, settings):
    settings.LOGIN_LIMIT = 3
    with clock.at(clock.now() - timedelta(minutes=30)):
        turn_on(member)
    for _ in range(3):
        with pytest.raises(NotAllowed):
            factors.check(person=member, code="000000")
    with pytest.raises(TooMany):
        factors.check(person=member, code=code())


def test_a_recovery_code_works_once_and_is_kept_as_a_digest(member):
    codes = turn_on(member)
    assert len(set(codes)) == 10 and codes[0] not in str(list(RecoveryCode.objects.values()))
    factors.check(person=member, code=codes[0].upper())
    with pytest.raises(NotAllowed):
        factors.check(person=member, code=codes[0])
    assert factors.codes_left(member) == 9
    again = factors.renew_codes(actor=member, code=codes[1])
    with pytest.raises(NotAllowed):
        factors.check(person=member, code=codes[2])
    factors.check(person=member, code=again[0])


def test_the_secret_is_encrypted_and_bound_to_its_person(member, citizen):
    turn_on(member)
    stored = SecondFactor.objects.get(person=member).secret
    assert FACTOR not in stored and sealing.unseal(stored, to=f"factor {member.pk}") == FACTOR
    with pytest.raises(Conflict):
        sealing.unseal(stored, to=f"factor {citizen.pk}")


def test_turning_it_off_needs_password_and_code_and_is_refused_to_officers(member, officer):
    codes = turn_on(member)
    for password, given in ((PASSWORD, "000000"), ("wrong", codes[0])):
        with pytest.raises((Invalid, NotAllowed)):
            factors.turn_off(actor=member, password=password, code=given)
    factors.turn_off(actor=member, password=PASSWORD, code=codes[1])
    assert not factors.is_on(member)
    with pytest.raises(NotAllowed) as refused:
        factors.turn_off(actor=officer, password="", code=code())
    assert refused.value.code == "factor_required" and factors.is_on(officer)


@pytest.mark.parametrize("kind", ["officer", "reviewer", "operator"])
def test_an_officer_without_it_is_led_to_it_before_anything_else(client_of, member, kind):
    CityRole.objects.create(person=member, role=kind)
    mine = client_of(member)
    for place in ("/", "/datasets/", "/account/", "/account/tokens/"):
        assert mine.get(place).headers["Location"].startswith("/account/factor/"), place
    assert mine.get("/api/v1/me").json()["error"]["code"] == "factor_missing"
    with pytest.raises(NotAllowed):
        tokens.issue_token(actor=member, person=member, label="x", scopes=["read"])
    page = mine.get("/account/factor/").content.decode()
    assert "<svg" in page and "style=" not in page
    secret = factors.begin(actor=member)
    done = mine.post("/account/factor/", {"code": factors.present_code(secret), "next": "/datasets/"})
    assert done.status_code == 200 and 'href="/datasets/"' in done.content.decode()
    assert mine.get("/datasets/").status_code == 200
    tokens.issue_token(actor=member, person=member, label="x", scopes=["read"])


def test_an_operator_resets_a_lost_factor(client_of, member, operator, citizen):
    turn_on(member)
    with pytest.raises(NotAllowed):
        factors.reset(actor=citizen, person=member)
    mine = client_of(member)
    mine.get("/account/")
    client_of(operator).post(f"/city/people/{member.pk}/", {"then": "factor"})
    assert not factors.is_on(member) and mine.get("/account/").status_code == 302
    assert client_of(citizen).get("/city/people/").status_code == 403


# Projects


@pytest.fixture
def project(firm, provider):
    return projects.create(actor=provider, organisation=firm, title="상권 분석")


def test_a_projects_token_outlives_who_made_it(project, provider, firm, operator):
    _, raw = projects.issue(actor=provider, project=project, label="배치", scopes=["read"])
    people.set_membership(actor=operator, person=provider, organisation=firm, role=None)
    Person.objects.filter(pk=provider.pk).update(is_active=False)
    actor = tokens.authenticate_token(raw, "read")
    assert actor == project.service and selectors.membership_role(actor, firm) == "member"


def test_a_projects_service_cannot_sign_in_nor_is_it_seen_among_people(project, client_of, officer, firm):
    with pytest.raises(NotAllowed):
        people.sign_in(login=project.service.login, password="", address="::1")
    assert "상권 분석" not in client_of(officer).get(f"/organisation/{firm.name}/people/").content.decode()


def test_closing_it_ends_its_tokens(project, provider):
    _, raw = projects.issue(actor=provider, project=project, label="배치", scopes=["read"])
    projects.close(actor=provider, project=project)
    with pytest.raises(NotAllowed):
        tokens.authenticate_token(raw, "read")
    with pytest.raises(Conflict):
        projects.close(actor=provider, project=project)


def test_only_stewards_keep_projects(project, firm, stranger, citizen, client_of, provider):
    Membership.objects.create(person=citizen, organisation=firm, role="member")
    for actor in (stranger, citizen):
        with pytest.raises(NotAllowed):
            projects.issue(actor=actor, project=project, label="x", scopes=["read"])
        assert client_of(actor).get(f"/organisation/{firm.name}/projects/").status_code == 403
    page = f"/organisation/{firm.name}/projects/{project.name}/"
    shown = client_of(provider).post(page, {"then": "issue", "label": "x", "scopes": ["read"], "days": "30"})
    assert shown.context["raw"] in shown.content.decode()
    client_of(provider).post(page, {"then": "revoke", "token": Token.objects.get().pk})
    assert Token.objects.get().revoked_at is not None


# The end


def test_deleting_scrubs_everything_that_says_who_it_was(client_of, member, firm):
    Membership.objects.create(person=member, organisation=firm, role="steward")
    tokens.issue_token(actor=member, person=member, label="구성원의 것", scopes=["read"])
    mine = client_of(member)
    assert "남는 것과 그 까닭" in mine.get("/account/delete/").content.decode()
    assert mine.post("/account/delete/", {"password": "wrong"}).status_code == 422
    assert mine.post("/account/delete/", {"password": PASSWORD}).status_code == 200
    row = Person.objects.values().get(pk=member.pk)
    assert row["login"] == f"deleted-{member.pk}" and not row["is_active"] and row["deleted_at"]
    stored = str(row) + str([list(model.objects.values()) for model in (Token, Membership, SignedIn, MailedLink)])
    assert "구성원" not in stored and "member@" not in stored
    assert not Membership.objects.filter(person=member).exists()
    assert Event.objects.filter(actor=member, verb="token.issued").exists()
    with pytest.raises(NotAllowed):
        people.sign_in(login="member@example.kr", password=PASSWORD, address="::1")


def test_deleting_forgets_notices_and_how_they_were_wanted(member, operator, citizen):
    event = Event.objects.filter(verb="person.created").latest("pk")
    for person in (member, citizen):
        Notice.objects.create(person=person, event=event, verb=event.verb, ko="구성원", en="Member", url="/")
        NoticeSetting.objects.create(person=person, mail="at_once")
    Person.objects.filter(pk=member.pk).update(steps_hidden=True)
    account.delete(actor=Person.objects.get(pk=member.pk), password=PASSWORD)
    assert list(Notice.objects.values_list("person", flat=True)) == [citizen.pk]
    assert list(NoticeSetting.objects.values_list("person", flat=True)) == [citizen.pk]
    assert not Person.objects.get(pk=member.pk).steps_hidden


def test_the_last_admin_and_the_last_operator_do_not_go(member, operator, stranger, citizen):
    stranger.set_password(PASSWORD)
    stranger.save()
    Membership.objects.create(person=citizen, organisation=Organisation.objects.get(name="elsewhere"), role="member")
    with pytest.raises(Conflict) as refused:
        account.delete(actor=stranger, password=PASSWORD)
    assert refused.value.code == "last_admin"
    with pytest.raises(Conflict) as last:
        account.delete(actor=operator, password="", code=code())
    assert last.value.code == "last_operator"
    with pytest.raises(Conflict):
        people.revoke_city_role(actor=operator, person=operator, role="operator")
    assert Person.objects.filter(pk__in=[stranger.pk, operator.pk], is_active=True).count() == 2


def test_an_organisation_with_data_keeps_its_admin(stranger, monkeypatch):
    elsewhere = Organisation.objects.get(name="elsewhere")
    monkeypatch.setitem(extensions._hooks, "holds", [lambda organisation: [f"data of {organisation.name}"]])
    with pytest.raises(Conflict):
        people.leave(actor=stranger, organisation=elsewhere)
    assert selectors.membership_role(stranger, elsewhere) == "admin"


def test_the_account_page_shows_all_of_it(client_of, stranger):
    page = client_of(stranger).get("/account/").content.decode()
    for words in ("다른기관", "로그인한 기기", "2단계 인증", "접근 토큰", "계정 삭제", "비밀번호 변경"):
        assert words in page
    assert client_of(stranger).post("/account/", {"name": "새 이름", "letters": "en"}).status_code == 302
    stranger.refresh_from_db()
    assert (stranger.name, stranger.language) == ("새 이름", "en")


def test_an_end_that_failed_is_not_made_up_for_by_a_restore(member, settings, tmp_path, monkeypatch):
    settings.DESTRUCTIONS = str(tmp_path / "list")
    monkeypatch.setattr(account, "_forget", lambda person: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        account.delete(actor=member, password=PASSWORD)
    member.refresh_from_db()
    assert member.deleted_at is None and not (tmp_path / "list").exists()


def test_after_the_key_is_gone_set_up_begins_anew_and_a_recovery_code_still_opens(member, settings, tmp_path):
    codes = turn_on(member)
    settings.KEYS = tmp_path
    assert any("sealing.key" in str(found.words) for found in verification.look())
    with pytest.raises(Conflict, match="recovery code"):
        factors.check(person=member, code="123456")
    factors.check(person=member, code=codes[0])
    SecondFactor.objects.filter(person=member).update(confirmed_at=None)
    assert len(factors.begin(actor=member)) == 32
