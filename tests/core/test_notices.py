"""Notices: who is told, once, and how mail about them goes out and is ended."""

import datetime as dt

import pytest

from datadam.core import clock, notices
from datadam.core.models import Event, Notice, NoticeSetting
from datadam.core.services import people, tokens
from datadam.core.worker import Worker

MORNING = dt.datetime(2026, 3, 2, 0, 5, tzinfo=dt.UTC)  # five past nine in Korea


@pytest.fixture(autouse=True)
def post(settings, tmp_path):
    settings.EMAIL_BACKEND = "datadam.core.mail.FolderBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def work():
    Worker(["light"]).drain()


@pytest.fixture
def told(provider, firm, officer):
    """The provider, whose role the officer has changed."""
    provider.email = "provider@firm.example"
    provider.save()
    people.set_membership(actor=officer, person=provider, organisation=firm, role="admin")
    return provider


def test_who_is_concerned_is_told_once_and_the_actor_is_not(told, officer):
    work()
    notices.tell(event_id=Event.objects.get(verb="organisation.member").pk)
    notice = Notice.objects.get()
    assert (notice.person, notice.ko) == (told, "항만데이터에서 맡은 역할: 관리자")
    people.set_membership(
        actor=officer, person=officer, organisation=told.memberships.get().organisation, role="member"
    )
    work()
    assert not Notice.objects.filter(person=officer).exists()


def test_a_token_made_by_somebody_else_is_told(citizen, operator):
    tokens.issue_token(actor=citizen, person=citizen, label="내 것", scopes=["read"])
    tokens.issue_token(actor=operator, person=citizen, label="남이 만든 것", scopes=["read"])
    work()
    assert [n.ko for n in Notice.objects.filter(person=citizen)] == [
        "다른 사람이 내 접근 토큰 ‘남이 만든 것’을 만들었습니다."
    ]


def test_a_kind_that_is_switched_off_is_not_told(told, officer, firm):
    notices.choose(actor=told, mail_mode="daily", wanted=[])
    work()
    assert not Notice.objects.exists()


def test_a_digest_goes_out_once_in_the_morning(told, post):
    work()
    with clock.at(MORNING - dt.timedelta(hours=6)):
        assert notices.digests_due() == []
    with clock.at(MORNING):
        assert notices.digests_due() == [told.pk]
        assert [notices.mail_digest(person_id=told.pk) for _ in range(2)] == [1, 0]
        assert notices.digests_due() == []
    (letter,) = post.glob("*.eml")
    raw = letter.read_bytes().decode()
    assert "To: provider@firm.example" in raw and "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert letter.stat().st_mode & 0o777 == 0o600


def test_a_digest_that_cannot_be_sent_is_tried_again(told, settings, monkeypatch):
    work()
    monkeypatch.setattr("datadam.core.mail.send", lambda **_: 1 / 0)
    with clock.at(MORNING):
        with pytest.raises(ZeroDivisionError):
            notices.mail_digest(person_id=told.pk)
        assert notices.digests_due() == [told.pk]
    assert not Notice.objects.exclude(mailed_at=None).exists()


def test_at_once_means_a_mail_each_and_no_digest(told, post):
    notices.choose(actor=told, mail_mode="at_once", wanted=list(notices.kinds()))
    work()
    assert len(list(post.glob("*.eml"))) == 1 and Notice.objects.get().mailed_at
    with clock.at(MORNING):
        assert notices.digests_due() == []


def test_the_link_in_a_mail_ends_mail_without_signing_in(client_of, told):
    link = notices.off_link(told).partition("8321")[2]
    stranger = client_of(enforce_csrf_checks=True)
    assert stranger.get(link).status_code == 200 and not NoticeSetting.objects.filter(mail="off").exists()
    assert stranger.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert NoticeSetting.objects.get(person=told).mail == "off"
    assert client_of().post("/notices/off/forged/").status_code == 404


def test_notices_are_read_one_by_one_or_all_at_once(client_of, told, officer, stranger):
    work()
    notice, client = Notice.objects.get(), client_of(told)
    assert '<b class="count">1</b>' in client.get("/notices/").content.decode()
    assert client_of(stranger).post(f"/notices/{notice.pk}/").status_code == 404
    assert client.post(f"/notices/{notice.pk}/").headers["Location"] == notice.url
    notice.refresh_from_db()
    assert notice.read_at is not None
    Notice.objects.update(read_at=None)
    client_of(officer).post("/notices/mark/", {"id": [str(notice.pk)]})
    assert notices.unread(told) == 1
    client.post("/notices/mark/", {"all": "1"})
    assert notices.unread(told) == 0


def test_settings_are_saved_and_nonsense_is_refused(client_of, told):
    client = client_of(told)
    assert client.post("/account/notices/", {"mail": "at_once", "kind": ["token.issued"]}).status_code == 302
    setting = NoticeSetting.objects.get(person=told)
    assert setting.mail == "at_once" and "organisation.member" in setting.muted and "token.revoked" not in setting.muted
    assert client.post("/account/notices/", {"mail": "hourly"}).status_code == 422
