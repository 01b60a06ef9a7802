"""What is decided about personal data that holds a release: by whom, with whom, and what becomes of it."""

import json
import os

import pytest

from datadam.catalog import storage
from datadam.catalog.models import Decision, Release
from datadam.catalog.services import datasets, guarding, recipes, releases, safety
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.extensions import trays
from datadam.core.models import Notice
from datadam.core.worker import Worker
from tests.catalog.conftest import csv

HEADER = "접수번호,신청인,주민등록번호,휴대전화,구군"
NUMBERS = ["900101-1234568", "850315-2345679", "991231-1456780", "010203-3123455", "780707-2777770"]
NAMES = ["김민수", "이영희", "박철수", "최지은", "정우성"]
PHONES = [f"010-12{at}4-56{at}8" for at in range(5)]


def people(start=0, header=HEADER, extra=""):
    rows = [f"{start + at + 1},{NAMES[at % 5]},{NUMBERS[at % 5]},{PHONES[at % 5]},해운대구{extra}" for at in range(20)]
    return csv(rows, header)


@pytest.fixture
def held(receive, provider, firm):
    """A release of the firm that is held for personal data."""
    return receive(provider, firm, people(), filename="민원_202401.csv").releases.get()


@pytest.fixture
def steward(firm):
    """Another steward of the firm."""
    from datadam.core.models import Membership
    from tests.conftest import make_person

    person = make_person("second", "두번째")
    Membership.objects.create(organisation=firm, person=person, role="steward")
    return person


def choice(release, column, action):
    offer = next(each for each in safety.offered(release) if each.column == column)
    return safety.chosen(release, offer.about, action)


def run(job):
    jobs.run_now(job)


def usual(actor, release):
    run(safety.decide_usual(actor=actor, release=release)[1])
    release.refresh_from_db()


def keep_phones(actor, release, reason="기관 대표 번호라 공개해도 됨"):
    others = [e for e in safety.offered(release) if e.blocking and e.column != "휴대전화"]
    made = [safety.chosen(release, each.about, each.default) for each in others]
    made.append(choice(release, "휴대전화", "keep"))
    decisions, job = safety.decide(actor=actor, release=release, decisions=made, reason=reason)
    run(job)
    release.refresh_from_db()
    return next(each for each in decisions if each.action == "keep")


def test_the_usual_choices_make_a_draft_without_the_number(held, provider, disk):
    assert held.state == "held" and releases.held_by(held) == ["personal_data"] and held.version is None
    usual(provider, held)
    assert held.state == "draft" and "주민등록번호" not in [c["name"] for c in held.columns]
    assert not any(safety.offered(held)) or not any(each.blocking for each in safety.offered(held))
    assert not disk("900101-1234568") and not disk(PHONES[0])
    assert {d.state for d in held.decisions.all()} == {"standing"}
    assert "제24조의2" in held.decisions.filter(code="resident_number").get().reason


def test_the_asker_and_strangers_cannot_agree_but_another_steward_can(held, provider, steward, stranger, consumer):
    decision = keep_phones(provider, held)
    assert decision.state == "waiting" and held.state == "held" and held.version is None
    for person in (provider, stranger, consumer):
        with pytest.raises(NotAllowed):
            safety.agree(actor=person, decision=decision, reason="좋음")
    run(safety.agree(actor=steward, decision=decision, reason="대표 번호가 맞음"))
    held.refresh_from_db()
    decision.refresh_from_db()
    assert held.state == "draft" and decision.state == "standing" and decision.second == steward
    with pytest.raises(Conflict):
        safety.agree(actor=steward, decision=decision, reason="또")


def test_an_officer_agrees_without_seeing_a_row(client_of, held, provider, officer):
    decision = keep_phones(provider, held)
    page = client_of(officer).get(f"/dataset/{held.dataset.name}/releases/1/findings/").content.decode()
    assert "기관 대표 번호라 공개해도 됨" in page and f"/decision/{decision.pk}/agree/" in page
    assert "잠근 첫 행" not in page and PHONES[0] not in page and NAMES[0] not in page
    own = client_of(provider).get(f"/dataset/{held.dataset.name}/releases/1/findings/").content.decode()
    assert "잠근 첫 행" in own and PHONES[0] not in own and f"/decision/{decision.pk}/agree/" not in own
    client_of(officer).post(f"/decision/{decision.pk}/agree/", {"reason": "대표 번호임"})
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "draft"


def test_a_refusal_leaves_it_held_and_open_to_another_decision(held, provider, officer):
    decision = keep_phones(provider, held)
    safety.refuse(actor=officer, decision=decision, reason="개인 휴대전화임")
    decision.refresh_from_db()
    assert decision.state == "refused"
    usual(provider, held)
    assert held.state == "draft" and [c["name"] for c in held.columns].count("휴대전화") == 1
    assert "010-1204-5648" not in str(held.profile)


def test_what_two_people_kept_passes_next_month(receive, held, provider, officer, firm):
    run(safety.agree(actor=officer, decision=keep_phones(provider, held), reason="대표 번호임"))
    held.refresh_from_db()
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=held.dataset)
    upload = receive(provider, firm, people(100), filename="민원_202402.csv", dataset=held.dataset)
    later = upload.releases.get()
    assert later.state == "draft" and later.version is not None
    assert [c["name"] for c in later.columns] == [c["name"] for c in held.columns]
    mails = people(200, HEADER.replace("구군", "이메일")).replace("해운대구".encode("cp949"), b"kim.ms@naver.com")
    upload = receive(provider, firm, mails, filename="민원_202403.csv", dataset=held.dataset)
    third = upload.releases.get()
    assert third.state == "held" and set(releases.held_by(third)) == {"personal_data", "schema_changed"}
    assert [offer.column for offer in safety.offered(third) if offer.blocking] == ["이메일"]


def test_columns_and_findings_are_decided_in_either_order(receive, draft, provider, firm, published):
    rows = [f"해운대구,2022-10-0{n + 1},100,맑음,{PHONES[n]}" for n in range(5)]
    content = csv(rows, "시군구,날짜,이용자수,비고,휴대전화")
    later = receive(provider, firm, content, filename="지하철 이용_202210.csv", dataset=published).releases.get()
    assert set(releases.held_by(later)) == {"personal_data", "schema_changed"}
    run(releases.accept_drift(actor=provider, release=later))
    later.refresh_from_db()
    assert releases.held_by(later) == ["personal_data"]
    with pytest.raises(Conflict):
        releases.accept_drift(actor=provider, release=later)
    usual(provider, later)
    assert later.state == "draft" and later.columns[-1]["name"] == "휴대전화"
    assert storage.table(published.resource.uid).exists()


def test_withdrawing_seals_it_again_until_it_is_published(held, provider, steward):
    usual(provider, held)
    run(safety.withdraw_all(actor=steward, release=held))
    held.refresh_from_db()
    assert held.state == "held" and held.version is None
    with pytest.raises(Conflict):
        safety.withdraw_all(actor=provider, release=held)
    usual(provider, held)
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=held.dataset)
    with pytest.raises(NotAllowed):
        safety.withdraw(actor=provider, decision=Decision.objects.filter(state="standing").first())
    with pytest.raises(Conflict):
        safety.decide_usual(actor=provider, release=Release.objects.get(pk=held.pk))


@pytest.mark.parametrize("reason", ["", "  ", "900101-1234568 때문", "가" * 2001])
def test_a_reason_is_needed_and_tells_nothing(held, provider, reason):
    with pytest.raises(Invalid):
        safety.decide(actor=provider, release=held, decisions=[choice(held, "휴대전화", "mask")], reason=reason)
    assert not Decision.objects.exists()


def test_the_reason_for_leaving_out_is_no_reason_to_keep(held, provider):
    from datadam.catalog.offers import usual_reason

    told = usual_reason(safety.offered(held))
    with pytest.raises(Invalid):
        safety.decide(actor=provider, release=held, decisions=[choice(held, "휴대전화", "keep")], reason=told)


def test_resident_numbers_are_kept_by_two_alone_and_findings_not_invented(held, provider):
    with pytest.raises(NotFound):
        safety.chosen(held, ("personal", "없는 열", "phone"), "mask")
    made = safety.Choice("personal", "주민등록번호", "resident_number", "keep")
    (decision,), job = safety.decide(actor=provider, release=held, decisions=[made], reason="제품 번호")
    assert (decision.state, job) == ("waiting", None)
    with pytest.raises(Invalid):
        safety.decide(
            actor=provider,
            release=held,
            decisions=[safety.Choice("personal", "주민등록번호", "resident_number", "generalise")],
            reason="그냥",
        )


def test_the_page_decides_and_undoes(client_of, held, provider):
    client, url = client_of(provider), f"/dataset/{held.dataset.name}/releases/1/findings/"
    page = client.get(f"/upload/{held.upload_id}/").content.decode()
    assert "개인정보로 보이는 값이 있습니다" in page and "열이 다릅니다" not in page and "제24조의2" in page
    assert "바뀐 열을 받아들이기" not in page and NUMBERS[0] not in page
    offers = [each for each in safety.offered(held) if each.blocking]
    form = {name: [getattr(offer, name) for offer in offers] for name in ("kind", "column", "code")}
    form |= {f"action-{at}": offer.default for at, offer in enumerate(offers)}
    assert client.post(url, form | {"reason": ""}).status_code == 422
    answer = client.post(url, form | {"reason": "필요 없는 개인정보"})
    assert answer.status_code == 302 and "?job=" in answer.url
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "draft"
    page = client.get(url).content.decode()
    assert "필요 없는 개인정보" in page and "되돌리기" in page
    client.post(f"/decision/{held.decisions.get(code='resident_number').pk}/withdraw/")
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "held"
    history = client.get(f"/dataset/{held.dataset.name}/history/").content.decode()
    assert "찾은 것을 어떻게 할지 결정함" in history and "결정을 거둠" in history


def test_the_page_tells_that_a_finding_is_gone(client_of, held, provider):
    url = f"/dataset/{held.dataset.name}/releases/1/findings/"
    form = {"kind": "personal", "column": "다른 열", "code": "phone", "action-0": "mask", "reason": "까닭"}
    assert client_of(provider).post(url, form).status_code == 404
    assert client_of(provider).post(url, {"reason": "까닭"}).status_code == 422


def act(client, tray, choice, *ids):
    client.post("/desk/act/", {"tray": tray, "choice": choice, "id": [str(pk) for pk in ids]})
    return client.get("/desk/").content.decode()


def test_the_desk_does_the_usual_in_bulk_and_undoes_it(client_of, receive, firm, held, provider):
    other = receive(provider, firm, people(50), filename="상담 신청.csv").releases.get()
    client = client_of(provider)
    page = client.get("/desk/").content.decode()
    assert "사람이 드러날 수 있는 판" in page and "주민등록번호 20건" in page and "확인할 새 판" not in page
    assert {tray.key: tray.count(provider) for tray in trays() if tray.count and tray.count(provider)} == {
        "catalog.personal": 2
    }
    page = act(client, "catalog.personal", "usual", held.pk, other.pk)
    Worker(["light", "heavy"]).drain()
    assert "2건을 했습니다" in page and "위 2건 되돌리기" in page
    assert {r.state for r in Release.objects.all()} == {"draft"}
    assert "‘주민등록번호’ 주민등록번호: 뺌" in client.get("/desk/").content.decode()
    act(client, "catalog.personal", "undo_usual", held.pk)
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    other.refresh_from_db()
    assert held.state == "held" and other.state == "draft"


def test_who_is_asked_and_who_is_answered(client_of, held, provider, steward, officer, stranger):
    Worker(["light"]).drain()
    assert "개인정보" in Notice.objects.get(verb="release.create", person=steward).ko
    decision = keep_phones(provider, held)
    Worker(["light"]).drain()
    asked = Notice.objects.filter(verb="decision.make")
    assert {notice.person for notice in asked} == {steward, officer}
    for person in (steward, officer):
        assert "두 번째 확인" in client_of(person).get("/desk/").content.decode()
    assert "기관 대표 번호라" not in client_of(stranger).get("/desk/").content.decode()
    safety.refuse(actor=officer, decision=decision, reason="안 됨")
    Worker(["light"]).drain()
    assert "반대" in Notice.objects.get(verb="decision.refuse").ko
    assert Notice.objects.get(verb="decision.refuse").person == provider


def test_a_push_that_publishes_when_clean_does_not_publish_what_is_held(published, provider, client_of):
    rows = [{"시군구": "해운대구", "날짜": "2022-10-01", "이용자수": 100, "비고": f"문의 {p}"} for p in PHONES]
    path = f"/api/v1/datasets/{published.name}/rows?publish_when_clean=true"
    client_of(provider).post(path, rows, "application/json", headers={"Idempotency-Key": "k2"})
    Worker(["light", "heavy"]).drain()
    newest = published.releases.order_by("-number").first()
    assert newest.number == 2 and newest.state == "held"
    usual(provider, newest)
    assert newest.state == "draft"


def test_a_source_that_publishes_when_clean_does_not_publish_what_is_held(
    published, provider, firm, tmp_path, settings
):
    from datadam.catalog.services import sources

    folder = tmp_path / "inbox" / firm.name
    folder.mkdir(parents=True)
    settings.FETCH_FOLDERS = [str(tmp_path / "inbox")]
    source = sources.save(
        actor=provider,
        organisation=firm,
        dataset=published,
        kind="folder",
        address=str(folder),
        publish_when_clean=True,
    )
    path = folder / "지하철 이용_202210.csv"
    path.write_bytes(csv([f"해운대구,2022-10-0{n + 1},1,문의 {PHONES[n]}" for n in range(5)]))
    os.utime(path, (0, 0))
    assert jobs.run_now(sources.start(actor=provider, source=source))["outcome"] == "held"
    assert published.releases.get(number=2).state == "held"


def test_pushed_rows_with_personal_data_are_held(published, provider, client_of):
    rows = [{"시군구": "해운대구", "날짜": "2022-10-01", "이용자수": 100, "비고": f"문의 {p}"} for p in PHONES]
    client = client_of(provider)
    answer = client.post(
        f"/api/v1/datasets/{published.name}/rows?mode=append",
        rows,
        "application/json",
        headers={"Idempotency-Key": "k1"},
    )
    assert answer.status_code == 202, answer.content
    Worker(["light", "heavy"]).drain()
    newest = published.releases.order_by("-number").first()
    assert newest.state == "held" and releases.held_by(newest) == ["personal_data"]
    usual(provider, newest)
    assert newest.state == "draft" and newest.rows == 3 + len(PHONES)
    assert newest.report["rows_before"] == 3


def test_programs_see_and_decide(client_of, held, provider, officer, stranger):
    base, client = f"/api/v1/datasets/{held.dataset.name}/releases/1", client_of(provider)
    told = client.get(f"{base}/findings").json()
    assert told["reasons"] == ["personal_data"] and NUMBERS[0] not in str(told)
    assert client_of(stranger).get(f"{base}/findings").status_code == 404
    wanted = [{"column": "휴대전화", "code": "phone", "action": "keep"}]
    answer = client.post(f"{base}/findings", {"decisions": wanted, "reason": "대표 번호"}, "application/json")
    made = answer.json()
    assert answer.status_code == 202 and made["job"] is None and made["decisions"][0]["state"] == "waiting"
    pk = made["decisions"][0]["id"]
    assert client.post(f"/api/v1/decisions/{pk}/agree", {"reason": "내가"}, "application/json").status_code == 403
    answer = client_of(officer).post(f"/api/v1/decisions/{pk}/agree", {"reason": "맞음"}, "application/json")
    assert answer.status_code == 200 and answer.json()["state"] == "standing" and answer.json()["job"]
    assert client.post(f"{base}/findings", {}, "application/json").status_code == 202
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "draft"
    assert client.post(f"/api/v1/decisions/{pk}/withdraw").json()["state"] == "withdrawn"
    assert client.post(f"/api/v1/decisions/{2**63}/withdraw").status_code == 404


def test_commands_decide_and_agree(held, provider, officer):
    import json

    from click.testing import CliRunner

    from datadam.catalog import commands

    def call(command, *args, expect=0, as_="provider"):
        result = CliRunner().invoke(command, [*args, "--as", as_, "--json"])
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout)

    name = held.dataset.name
    told = call(commands.findings, name)
    assert told["reasons"] == ["personal_data"]
    assert call(commands.decide, name, "--set", "휴대전화:phone=keep", expect=1)["error"]["code"] == "bad_reason"
    told = call(commands.decide, name, "--set", "휴대전화:phone=keep", "--reason", "대표 번호")
    pk = str(told["decisions"][0]["id"])
    assert told["state"] == "held"
    assert call(commands.decision, "agree", pk, "--reason", "내가", expect=1)["error"]["code"] == "not_allowed"
    assert call(commands.decision, "agree", pk, "--reason", "맞음", as_="officer")["state"] == "standing"
    assert call(commands.decide, name, "--defaults")["state"] == "draft"
    assert call(commands.decide, name, "--undo")["state"] == "held"
    result = CliRunner().invoke(commands.findings, [name, "--as", "provider"])
    assert "주민등록번호:resident_number" in result.output and NUMBERS[0] not in result.output


# What must not be a way around


def test_no_example_of_a_protected_column_stays(receive, provider, firm):
    rows = "\r\n".join(f"{n},{' '.join(NAMES[n % 5])} ,1980-01-{1 + n % 28:02d}" for n in range(20))
    upload = receive(provider, firm, f"번호,신청인,생년월일\r\n{rows}\r\n".encode(), "신청.csv")
    release = upload.releases.get()
    assert release.state == "held"
    for action in ("mask", "drop"):
        made = safety.chosen(release, ("personal", "신청인", "name"), action)
        other = safety.chosen(release, ("personal", "생년월일", "birth_date"), "generalise")
        _, job = safety.decide(actor=provider, release=release, decisions=[made, other], reason="까닭")
        jobs.run_now(job)
        release.refresh_from_db()
        upload.refresh_from_db()
        assert release.state == "draft"
        told = json.dumps([release.report, release.profile, upload.report], ensure_ascii=False)
        assert not any(name in told or " ".join(name) in told for name in NAMES)
        safety.withdraw_all(actor=provider, release=release)
        releases.reread(actor=provider, release_id=release.pk, accept_drift=False)
        release.refresh_from_db()
        assert release.state == "held"


def test_a_keep_that_is_withdrawn_leaves_no_rows_and_cannot_be_published(held, provider, officer):
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1")
    keeping = [safety.chosen(held, offer.about, "keep") for offer in safety.offered(held) if offer.blocking]
    made, _ = safety.decide(actor=provider, release=held, decisions=keeping, reason="행사 안내 번호")
    for decision in made:
        job = safety.agree(actor=officer, decision=decision, reason="살펴봄")
    jobs.run_now(job)
    held.refresh_from_db()
    assert held.state == "draft" and held.version is not None
    version = held.version
    job = safety.withdraw(actor=provider, decision=made[0])
    with pytest.raises(NotAllowed):
        datasets.publish(actor=provider, dataset=held.dataset, release=held)
    jobs.run_now(job)
    held.refresh_from_db()
    assert (held.state, held.version) == ("held", None)
    table = storage.table(held.dataset.resource.uid)
    assert not table.exists() or not table.files(version)


def test_nobody_agrees_about_a_release_that_is_gone(held, provider, officer):
    made, _ = safety.decide(
        actor=provider, release=held, decisions=[choice(held, "휴대전화", "keep")], reason="행사 안내 번호"
    )
    releases.discard_release(actor=provider, release=held)
    with pytest.raises(NotAllowed):
        safety.agree(actor=officer, decision=made[0], reason="맞음")


def test_a_keep_ends_with_the_release_that_it_was_made_for(held, provider, officer):
    made, _ = safety.decide(
        actor=provider, release=held, decisions=[choice(held, "휴대전화", "keep")], reason="행사 안내 번호"
    )
    safety.agree(actor=officer, decision=made[0], reason="맞음")
    datasets.destroy(actor=officer, dataset=held.dataset, release=held, reason="잘못 올림")
    made[0].refresh_from_db()
    assert made[0].state == "withdrawn" and not guarding.kept(held.dataset)


def test_what_stood_stands_until_the_second_person_agrees(held, provider, officer):
    mask, keep = choice(held, "휴대전화", "mask"), choice(held, "휴대전화", "keep")
    (masked,), _ = safety.decide(actor=provider, release=held, decisions=[mask], reason="가림")
    for answer, left in ((safety.refuse, "standing"), (safety.agree, "withdrawn")):
        (asked,), job = safety.decide(actor=provider, release=held, decisions=[keep], reason="행사 안내 번호")
        masked.refresh_from_db()
        assert (asked.state, masked.state, job) == ("waiting", "standing", None)
        answer(actor=officer, decision=asked, reason="살펴봄")
        masked.refresh_from_db()
        assert masked.state == left


def test_what_a_recipe_no_longer_does_is_asked_again(held, provider):
    _, job = safety.decide_usual(actor=provider, release=held)
    jobs.run_now(job)
    held.refresh_from_db()
    assert held.state == "draft"
    jobs.run_now(recipes.take_literally(actor=provider, release=held))
    held.refresh_from_db()
    assert held.state == "held" and safety.undecided(held)
    _, job = safety.decide_usual(actor=provider, release=held)
    jobs.run_now(job)
    held.refresh_from_db()
    assert held.state == "draft"
