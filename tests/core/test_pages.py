"""Pages of the core, looked at by the cast."""

import pytest
from django.test import RequestFactory

from datadam.core import clock, extensions, jobs
from datadam.core.context import page
from datadam.core.extensions import NavEntry
from datadam.core.models import Job, LoginAttempt, Token
from datadam.core.services import people
from datadam.web.text import Text

PASSWORD = "바다와 항구 1876"


@pytest.fixture
def member(operator):
    return people.create_person(actor=operator, login="member", name="구성원", password=PASSWORD)


def post_login(client, password=PASSWORD, **extra):
    return client.post("/login/", {"login": "member", "password": password, **extra})


def test_signing_in_goes_on_and_signing_out_ends(client, member):
    answer = post_login(client, next="/account/tokens/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/tokens/")
    assert client.get("/account/tokens/").status_code == 200
    client.post("/logout/")
    assert client.get("/account/tokens/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_stays_on_this_site(client, member, target):
    assert "evil" not in post_login(client, next=target).headers["Location"]
    assert "javascript" not in post_login(client, next=target).headers["Location"]


def test_a_wrong_password_is_refused(client, member):
    answer = post_login(client, "wrong")
    assert answer.status_code == 403 and "비밀번호가 맞지 않습니다" in answer.content.decode()
    assert "_auth_user_id" not in client.session and LoginAttempt.objects.count() == 1


def test_guessing_is_throttled(client, member, settings):
    settings.LOGIN_LIMIT = 2
    assert [post_login(client, "wrong").status_code for _ in range(3)] == [403, 403, 429]
    assert post_login(client).status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_form_of_another_site_is_refused(client_of, member):
    answer = post_login(client_of(enforce_csrf_checks=True))
    assert answer.status_code == 403 and not LoginAttempt.objects.exists()


def test_a_forwarded_address_is_believed_only_behind_a_proxy(client, member, settings):
    def stored(forwarded):
        client.post("/login/", {"login": "member", "password": "x"}, headers={"X-Forwarded-For": forwarded})
        return LoginAttempt.objects.latest("id").address_digest

    assert stored("203.0.113.1") == stored("203.0.113.2")
    settings.BEHIND_PROXY = True
    assert stored("1.1.1.1, 203.0.113.1") != stored("1.1.1.1, 203.0.113.2")


def test_a_token_is_shown_once(client_of, provider):
    client = client_of(provider)
    made = client.post("/account/tokens/", {"label": "대시보드", "scopes": ["read"], "days": "30"})
    raw = made.context["raw"]
    assert raw in made.content.decode() and "no-store" in made.headers["Cache-Control"]
    later = client.get("/account/tokens/").content.decode()
    assert raw not in later and "대시보드" in later
    assert (
        "<span>읽기</span>" in later and "data-confirm" in later and f"{Token.objects.get().expires_at:%Y}년" in later
    )
    token = Token.objects.get()
    client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_without_scope_is_not_made(client_of, provider):
    answer = client_of(provider).post("/account/tokens/", {"label": "x", "days": "30"})
    assert answer.status_code == 422 and not Token.objects.exists()


def test_a_stranger_does_not_revoke_it(client_of, provider, stranger):
    client_of(provider).post("/account/tokens/", {"label": "x", "scopes": ["read"], "days": "30"})
    token = Token.objects.get()
    assert client_of(stranger).post(f"/account/tokens/{token.pk}/revoke/").status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


def test_changing_the_password_keeps_this_session_and_ends_others(client_of, client, member):
    mine, other = client_of(member), client_of(member)
    new = "새로운 방파제 1999"
    assert mine.post("/account/password/", {"old": PASSWORD, "new": new, "again": "x"}).status_code == 422
    assert mine.post("/account/password/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert mine.get("/account/tokens/").status_code == 200
    assert other.get("/account/tokens/").status_code == 302
    assert post_login(client, new).status_code == 302


def test_korean_first_and_english_by_choice(client, db):
    assert "로그인" in client.get("/login/", headers={"Accept-Language": "en"}).content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/login/"})
    assert answer.headers["Location"] == "/login/"
    english = client.get("/login/")
    assert "Sign in" in english.content.decode() and english.headers["Content-Language"] == "en"
    client.post("/language/", {"language": "xx"})
    assert "Sign in" in client.get("/login/").content.decode()


@pytest.fixture
def job(provider):
    jobs.find("core.seal")
    return Job.objects.create(
        task="core.seal", actor=provider, state="running", progress=0.25, message={"ko": "읽는 중", "en": "Reading"}
    )


def ask(client, job, query=""):
    return client.get(f"/jobs/{job.pk}/{query}", headers={"HX-Request": "true"})


def test_a_running_job_shows_its_progress_and_asks_again(client_of, provider, job):
    html = ask(client_of(provider), job, "?next=/upload/1/").content.decode()
    assert 'value="0.250"' in html and "읽는 중" in html and "every 1s" in html
    assert 'hx-get="/jobs/' in html and "next=%2Fupload%2F1%2F" in html


def test_a_finished_job_moves_the_page_on(client_of, provider, job):
    Job.objects.update(state="done", finished_at=clock.now())
    client = client_of(provider)
    assert ask(client, job, "?next=/upload/1/").headers["HX-Redirect"] == "/upload/1/"
    assert ask(client, job, "?next=https://evil.example/").headers["HX-Refresh"] == "true"
    assert "every 1s" not in ask(client, job).content.decode()


def test_a_failed_job_says_why(client_of, provider, job):
    Job.objects.update(state="failed", error={"code": "no", "ko": "안 됩니다.", "en": "No."})
    assert "안 됩니다." in client_of(provider).get(f"/jobs/{job.pk}/").content.decode()


def test_others_do_not_see_it_but_operators_do(client_of, stranger, operator, job):
    assert ask(client_of(stranger), job).status_code == 403
    assert ask(client_of(), job).status_code == 302
    assert ask(client_of(operator), job).status_code == 200
    assert client_of(operator).get("/jobs/999999/").status_code == 404


def test_refusals_are_pages_for_people_and_json_for_programs(client, client_of, provider):
    missing = client_of(provider).get("/jobs/999999/")
    assert missing.status_code == 404 and "그런 작업이 없습니다" in missing.content.decode()
    program = client.get("/api/v1/nothing")
    assert program.status_code == 404 and program.json()["error"]["code"] == "not_found"
    assert client.get("/no-such-page/").status_code == 404


def test_healthz_asks_the_database(client, db):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_navigation_and_city(provider, monkeypatch):
    monkeypatch.setattr(extensions, "_navigation", {})
    extensions.add_navigation(NavEntry("tokens", Text("토큰", "Tokens"), "tokens", 20, extensions.signed_in))
    extensions.add_navigation(NavEntry("login", Text("들어가기", "In"), "login", 10))
    extensions.add_navigation(NavEntry("absent", Text("없음", "None"), "no_such_url", 5))
    request = RequestFactory().get("/account/tokens/")
    assert [entry["key"] for entry in page(request)["navigation"]] == ["login"]
    request.user = provider
    seen = page(request)["navigation"]
    assert [(entry["key"], entry["current"]) for entry in seen] == [("login", False), ("tokens", True)]
    assert page(request)["actor"] == provider and str(page(request)["city"].title)


def test_slots_are_filled_in_order(monkeypatch):
    from django.template import Context, Template

    monkeypatch.setattr(extensions, "_slots", {"side": [lambda r, t: f"<b>{t}</b>", lambda r, t: ""]})
    context = Context({"request": RequestFactory().get("/"), "thing": 7})
    assert Template('{% load slots %}{% slot "side" thing %}').render(context) == "<b>7</b>"


def test_a_target_that_is_a_bare_word_is_an_address_not_the_name_of_a_page(client, member):
    signed_in = client.post("/login/", {"login": member.login, "password": PASSWORD, "next": "abc"})
    assert (signed_in.status_code, signed_in.headers["Location"]) == (302, "abc")
    assert client.get("/login/?next=abc").headers["Location"] == "abc"
