"""The desk of the core: jobs and tokens that wait, first steps, the city's names, histories, guides, errors."""

import ast
import contextlib
import re
from pathlib import Path

import pytest

from datadam.core import clock, extensions, guides
from datadam.core.models import CityProfile, Event, Job
from datadam.core.services import tokens
from datadam.core.workflow import workflows
from datadam.web.text import Text

SOURCE = Path(__file__).resolve().parents[2] / "src" / "datadam"


@pytest.fixture
def broken(db):
    error = {"code": "internal", "ko": "오류", "en": "Fault"}
    return [Job.objects.create(task="core.seal", state="failed", error=error, finished_at=clock.now()) for _ in "ab"]


def act(client, tray, choice, *ids):
    return client.post("/desk/act/", {"tray": tray, "choice": choice, "id": [str(pk) for pk in ids]})


def test_failed_jobs_are_put_away_together_and_brought_back(client_of, operator, broken):
    client, ids = client_of(operator), [job.pk for job in broken]
    assert "실패한 작업" in client.get("/desk/").content.decode()
    act(client, "jobs", "dismiss", *ids, 999999)
    assert set(Job.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"cancelled"}
    page = client.get("/desk/").content.decode()
    assert "치우기: 2건을 했습니다" in page and "999999: 실패한 작업이 아닙니다" in page and "위 2건 되돌리기" in page
    act(client, "jobs", "restore", *ids)
    assert set(Job.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"failed"}
    act(client, "jobs", "retry", ids[0])
    assert Job.objects.get(pk=ids[0]).state == "ready" and Event.objects.filter(verb="job.retried").count() == 1


def test_others_neither_see_nor_touch_them(client_of, officer, broken):
    client = client_of(officer)
    assert "실패한 작업" not in client.get("/desk/").content.decode()
    act(client, "jobs", "retry", broken[0].pk)
    assert Job.objects.get(pk=broken[0].pk).state == "failed"
    assert "운영자가 관리합니다" in client.get("/desk/").content.decode()


def test_the_days_check_lies_on_the_operators_desk_while_something_is_wrong(client_of, operator, monkeypatch):
    from datadam.core import jobs, verification

    def check(*problems):
        monkeypatch.setattr(verification, "look", lambda: [verification.Found(Text(p, p)) for p in problems])
        job = jobs.enqueue("core.verify", actor=None)
        with contextlib.suppress(verification.Broken):
            jobs.run_now(job)
        return client_of(operator).get("/desk/").content.decode()

    assert "봉인이 다릅니다" in check("봉인이 다릅니다")
    page = check(*(f"문제 {n}" for n in range(7)))
    assert "문제 7건" in page and "봉인이 다릅니다" not in page and page.count("날마다 하는 점검") >= 1
    assert "날마다 하는 점검" not in check()


def test_an_empty_desk_says_to_each_what_may_come(client_of, citizen, operator):
    for person in (citizen, operator):
        person.steps_hidden = True
        person.save()
    texts = [client_of(person).get("/desk/").content.decode() for person in (citizen, operator)]
    assert ["실패한 작업" in text for text in texts] == [False, True]
    assert all("곧 끝나는 접근 토큰" in text for text in texts)


@pytest.mark.parametrize("data", [{"tray": "x"}, {"tray": "jobs", "choice": "x"}])
def test_an_unknown_tray_or_choice_is_not_found(client_of, operator, data):
    assert client_of(operator).post("/desk/act/", data).status_code == 404


def test_odd_ids_are_told_and_nothing_chosen_is_told(client_of, operator):
    client = client_of(operator)
    act(client, "jobs", "retry", "\0", "²", "9" * 40)
    assert "그런 것이 없습니다" in client.get("/desk/").content.decode()
    act(client, "jobs", "retry")
    assert "먼저 목록에서 고르십시오" in client.get("/desk/").content.decode()


def test_a_token_that_ends_soon_waits_on_its_owners_desk(client_of, citizen, stranger):
    token, _ = tokens.issue_token(actor=citizen, person=citizen, label="곧", scopes=["read"], days=5)
    tokens.issue_token(actor=citizen, person=citizen, label="나중", scopes=["read"], days=90)
    page = client_of(citizen).get("/desk/").content.decode()
    assert "곧 …" in page and "나중 …" not in page
    act(client_of(stranger), "tokens", "revoke", token.pk)
    token.refresh_from_db()
    assert token.revoked_at is None
    act(client_of(citizen), "tokens", "revoke", token.pk)
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_first_steps_are_put_away_and_shown_again(client_of, citizen):
    client = client_of(citizen)
    assert "토큰 만들기" in client.get("/desk/").content.decode()
    client.post("/desk/steps/", {"show": "0"})
    citizen.refresh_from_db()
    assert citizen.steps_hidden and "토큰 만들기" not in client.get("/desk/").content.decode()
    client.post("/desk/steps/", {"show": "1"})
    assert "토큰 만들기" in client.get("/desk/").content.decode()


def test_the_desk_is_for_the_signed_in(client, db):
    assert client.get("/desk/").headers["Location"] == "/login/?next=/desk/"


def test_the_operators_first_steps_lead_to_where_officers_are_invited(client_of, operator):
    page = client_of(operator).get("/desk/").content.decode()
    assert "첫 데이터 담당관 초대하기" in page
    (step,) = [step for step in extensions.steps(operator) if step.label.ko == "첫 데이터 담당관 초대하기"]
    assert step.url(operator) == "/city/people/"


def test_an_operator_names_the_city_and_pages_use_it(client_of, operator, officer):
    names = {"title_ko": "한밭광역시", "title_en": "Hanbat City", "short_ko": "한밭", "short_en": "Hanbat"}
    assert client_of(officer).post("/setup/city/", names).status_code == 403
    client = client_of(operator)
    wrong = client.post("/setup/city/", {**names, "short_ko": "", "contact_email": "x"})
    assert wrong.status_code == 422 and "한밭광역시" in wrong.content.decode() and not CityProfile.objects.exists()
    assert client.post("/setup/city/", names).status_code == 302
    assert "한밭 데이터댐" in client.get("/desk/").content.decode()
    assert Event.objects.filter(verb="city.named", actor=operator).count() == 1


def test_ones_own_history_in_words_filtered_and_as_csv(client_of, citizen, stranger):
    tokens.issue_token(actor=citizen, person=citizen, label="=내것", scopes=["read"])
    client = client_of(citizen)
    page = client.get("/account/history/").content.decode()
    assert "접근 토큰을 만듦" in page and "=내것 …" in page
    assert "해당하는 기록이 없습니다" in client.get("/account/history/?since=2999-01-01&verb=x").content.decode()
    assert client.get("/account/history/?since=0&until=9999-12-31&page=x&who=%00").status_code == 200
    file = b"".join(client.get("/account/history/?format=csv").streaming_content).decode("utf-8-sig")
    assert file.startswith("때,일,대상") and "'=내것" in file
    assert "접근 토큰을 만듦" not in client_of(stranger).get("/account/history/").content.decode()


def verbs_in_source() -> set[str]:
    """Every verb that is written as a literal, and every transition of a workflow."""
    found = {f"{flow.name}.{t.name}" for flow in workflows() for t in flow.transitions}
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
                words = [k.value for k in node.keywords if k.arg == "verb"]
                literals = [each for word in words for each in ast.walk(word) if isinstance(each, ast.Constant)]
                found |= {each.value for each in literals if re.fullmatch(r"[a-z]+\.[a-z_]+", str(each.value))}
    return found


def test_every_event_has_words():
    found = verbs_in_source()
    assert len(found) > 30
    assert {verb for verb in found if not extensions.has_words(verb)} == set()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_guides_are_pages(client, db, language):
    client.cookies["datadam_language"] = language
    for name in ["", *guides.names()]:
        page = client.get(f"/help/{name}/" if name else "/help/").content.decode()
        assert (
            page.count("<h1") == 1
            and "style=" not in page
            and ".md" not in re.sub(r"<code>.*?</code>|>[^<]*<", "", page)
        )
    assert client.get("/help/nothing/").status_code == 404


def test_a_page_that_is_not_there_offers_a_search(client, db):
    page = client.get("/dataset/harbour-cranes/").content.decode()
    assert 'value="harbour cranes"' in page and "/login/?next=%2Fdataset%2Fharbour-cranes%2F" in page
