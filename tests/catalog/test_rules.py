"""Quality rules: proposed from the profile, accepted or written, checked at each release, and what they hold."""

import json

import pytest

from datadam.catalog import rule_proposals, rule_shapes
from datadam.catalog.models import Decision, Rule, RuleCheck
from datadam.catalog.services import datasets, rules
from datadam.core import jobs
from datadam.core.errors import Invalid, NotAllowed, NotFound
from datadam.core.models import Job

HEADER = "관리번호,구군,이용자수,날짜"
DISTRICTS = ["해운대구", "수영구", "동래구", "중구"]
OCTOBER = "지하철 이용_202210.csv"
NOVEMBER = "지하철 이용_202211.csv"


def lines(count=60, start=0, **changed):
    """Clean rows; `changed` maps `r7` to another seventh row."""
    rows = [f"A-{n:04d},{DISTRICTS[n % 4]},{100 + n},2022-09-{n % 28 + 1:02d}" for n in range(start, start + count)]
    for name, row in changed.items():
        rows[int(name[1:])] = row
    return rows


@pytest.fixture
def month(receive, provider, firm, file):
    """Take a month's file in; returns the upload."""

    def take(rows, filename="지하철 이용_202209.csv"):
        return receive(provider, firm, file(rows=rows, header=HEADER), filename)

    return take


@pytest.fixture
def first(month):
    """The first release, with what it speaks for proposed."""
    return month(lines()).dataset


def proposed(dataset):
    return {(rule.kind, *rule.columns) for rule in dataset.rules.filter(state="proposed")}


def test_the_first_release_proposes_rules_it_keeps(first):
    assert proposed(first) == {
        ("unique", "관리번호"),
        ("pattern", "관리번호"),
        *(("not_null", name) for name in HEADER.split(",")),
        ("reference", "구군"),
        ("range", "이용자수"),
        ("range", "날짜"),
    }
    assert all(rule.evidence["ko"] and rule.evidence["en"] for rule in first.rules.all())
    district = first.rules.get(kind="reference")
    assert "기장군" in district.options["values"] and set(DISTRICTS) <= set(district.options["values"])
    assert first.rules.get(kind="pattern").options == {"pattern": r"[A-Za-z]\-[0-9]{4}"}


def test_a_table_of_a_few_rows_proposes_nothing(draft):
    assert not draft.rules.exists()


def test_two_columns_make_a_key_and_three_releases_a_row_count(receive, provider, firm, file):
    def rows(month, count):
        return [f"{DISTRICTS[n % 4]},2022-{month:02d}-{n // 4 + 1:02d},{n + 100}" for n in range(count)]

    for month, count in ((9, 80), (10, 84), (11, 92)):
        name = f"이용_2022{month:02d}.csv"
        dataset = receive(provider, firm, file(rows=rows(month, count), header="구군,날짜,이용자수"), name).dataset
    assert ("unique", "구군", "날짜") in proposed(dataset)
    assert dataset.rules.get(kind="row_count").options == {"least": -5, "most": 20}
    assert rules.propose(actor=provider, dataset=dataset) == []


def test_accepting_puts_rules_in_use_and_counts_them_at_once(first, provider, consumer):
    with pytest.raises(NotAllowed):
        rules.accept(actor=consumer, dataset=first, rules=list(first.rules.all()))
    rules.accept(actor=provider, dataset=first, rules=list(first.rules.filter(state="proposed")))
    assert set(first.rules.values_list("state", flat=True)) == {"active"}
    checks = RuleCheck.objects.filter(release__dataset=first)
    assert checks.count() == first.rules.count() and all(check.passed for check in checks)


KINDS = [
    ("unique", ["관리번호"], {}, "A-0008,중구,107,2022-09-08", 2),
    ("not_null", ["구군"], {"share": 100}, "A-0007,,107,2022-09-08", 1),
    ("range", ["이용자수"], {"min": 0, "max": 1000}, "A-0007,중구,10700,2022-09-08", 1),
    ("range", ["날짜"], {"min": "2022-01-01", "max": "2022-12-31"}, "A-0007,중구,107,1922-09-08", 1),
    ("reference", ["구군"], {"values": DISTRICTS}, "A-0007,중앙구,107,2022-09-08", 1),
    ("pattern", ["관리번호"], {"pattern": "A-[0-9]{4}"}, "B-0007,중구,107,2022-09-08", 1),
]


@pytest.mark.parametrize(("kind", "columns", "options", "row", "failing"), KINDS)
def test_a_rule_of_every_kind_holds_the_month_that_breaks_it(
    first, month, provider, kind, columns, options, row, failing
):
    rule = rules.add(actor=provider, dataset=first, kind=kind, columns=columns, options=options, severity="hold")
    assert rule.checks.get().passed
    release = month(lines(r7=row), OCTOBER).releases.get()
    assert (release.state, release.report["reason"], release.version) == ("held", "rules_failed", None)
    check = rule.checks.get(release=release)
    assert (check.passed, check.failing, 8 in check.rows) == (False, failing, True)
    (finding,) = [each for each in release.report["findings"] if each["code"] == "rule_failed"]
    assert finding["blocking"] and finding["facts"]["rule"] == rule.pk and finding["count"] == failing
    assert row.split(",")[0] not in json.dumps(finding, ensure_ascii=False)


def test_the_number_of_rows_and_their_spread_are_held_against_the_release_before(first, month, provider):
    rows = rules.add(actor=provider, dataset=first, kind="row_count", options={"least": -10, "most": 10})
    rules.add(actor=provider, dataset=first, kind="drift", columns=["구군"], options={"psi": 0.2}, severity="note")
    assert rows.checks.get().problem == "nothing_before"
    month(lines(count=200), OCTOBER)
    grown = first.releases.get(number=2)
    assert grown.state == "draft"
    assert rows.checks.get(release=grown).measured == pytest.approx(233.33)
    skewed = [row.replace("동래구", "수영구").replace("중구", "수영구") for row in lines(count=205, start=500)]
    month(skewed, NOVEMBER)
    checks = {check.rule.kind: check for check in RuleCheck.objects.filter(release__number=3)}
    assert checks["drift"].passed is False and checks["drift"].measured > 0.2
    assert checks["row_count"].passed is True


def test_a_note_is_told_and_holds_nothing(first, month, provider):
    rules.add(actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 120})
    release = month(lines(start=30), NOVEMBER).releases.get()
    assert release.state == "draft"
    (finding,) = [each for each in release.report["findings"] if each["code"] == "rule_failed"]
    assert not finding["blocking"] and finding["count"] == 60


@pytest.fixture
def held(first, month, provider):
    """October, held by a rule that its eighth row breaks."""
    rules.add(actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 1000}, severity="hold")
    return month(lines(r7="A-0007,중구,10700,2022-09-08"), OCTOBER).releases.get()


def test_a_held_release_is_taken_with_a_reason_and_only_that_one(held, month, provider, consumer):
    with pytest.raises(NotAllowed):
        rules.accept_failures(actor=consumer, release=held, reason="축제")
    with pytest.raises(Invalid):
        rules.accept_failures(actor=provider, release=held, reason=" ")
    with pytest.raises(NotFound):
        rules.accept_failures(actor=provider, release=held, reason="축제", rules=[999])
    jobs.run_now(rules.accept_failures(actor=provider, release=held, reason="축제가 있던 날입니다"))
    held.refresh_from_db()
    assert held.state == "draft" and held.version is not None
    decision = Decision.objects.get(kind="rule")
    assert (decision.state, decision.needs_second, decision.release) == ("standing", False, held)
    assert RuleCheck.objects.get(release=held).passed is False
    november = month(lines(start=100, r7="A-0107,중구,9999,2022-09-08"), NOVEMBER).releases.get()
    assert november.state == "held"
    jobs.run_now(rules.accept_failures(actor=provider, release=november, reason="또 축제"))
    november.refresh_from_db()
    assert november.state == "draft"
    assert set(Decision.objects.filter(kind="rule").values_list("state", flat=True)) == {"standing"}


def test_a_rule_that_is_edited_or_switched_off_lets_a_held_release_go(held, provider):
    rule = held.dataset.rules.get(state="active")
    job = rules.edit(actor=provider, rule=rule, columns=rule.columns, options={"max": 20000}, severity="hold")
    jobs.run_now(job)
    held.refresh_from_db()
    assert held.state == "draft" and RuleCheck.objects.get(rule=rule, release=held).passed
    assert rules.switch_off(actor=provider, rule=rule) is None
    assert rule.state == "off" and rule.checks.count() == 2


def test_trying_stores_nothing(first, provider):
    tried = rules.try_rule(actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 149})
    assert (tried.passed, tried.failing, tried.checked) == (False, 10, 60)
    assert not RuleCheck.objects.exists() and not first.rules.filter(state="active").exists()


BAD = [
    ("nonsense", ["구군"], {}, "note"),
    ("unique", [], {}, "note"),
    ("unique", ["없는 열"], {}, "note"),
    ("range", ["구군"], {"min": 1}, "note"),
    ("range", ["이용자수"], {}, "note"),
    ("range", ["이용자수"], {"min": 5, "max": 1}, "note"),
    ("range", ["이용자수"], {"min": "nan"}, "note"),
    ("range", ["날짜"], {"min": "어제"}, "note"),
    ("range", ["날짜"], {"max": "2022-13-45"}, "note"),
    ("range", ["이용자수"], {"min": {"a": 1}}, "note"),
    ("range", ["이용자수"], {"min": "1e999"}, "note"),
    ("reference", ["구군"], {"values": ["\ud800", "\0"]}, "note"),
    ("pattern", ["구군"], {"pattern": "\ud800"}, "note"),
    ("not_null", ["구군"], {"share": 101}, "note"),
    ("reference", ["구군"], {"values": ""}, "note"),
    ("pattern", ["구군"], {"pattern": "("}, "note"),
    ("drift", ["구군"], {"psi": -1}, "note"),
    ("row_count", [], {"least": "x"}, "note"),
    ("unique", ["구군"], {}, "stop"),
]


@pytest.mark.parametrize(("kind", "columns", "options", "severity"), BAD)
def test_what_is_no_rule_is_refused(first, provider, kind, columns, options, severity):
    with pytest.raises(Invalid) as refused:
        rules.add(actor=provider, dataset=first, kind=kind, columns=columns, options=options, severity=severity)
    assert refused.value.code == "bad_rule" and refused.value.data["fields"]


def test_destroying_a_release_takes_what_rules_tell_of_its_values(first, month, provider, operator):
    rules.accept(actor=provider, dataset=first, rules=list(first.rules.all()))
    month(lines(start=100), OCTOBER)
    datasets.destroy(actor=operator, dataset=first, release=first.releases.get(number=1), reason="유출")
    left = Rule.objects.filter(dataset=first)
    assert set(left.values_list("kind", flat=True)) == {"unique", "not_null", "pattern"}
    assert not left.exclude(evidence={}).exists()
    assert set(RuleCheck.objects.values_list("release__number", flat=True)) == {2}
    datasets.destroy(actor=operator, dataset=first, reason="유출")
    assert not Rule.objects.exists() and not RuleCheck.objects.exists()


# Pages


def url(dataset, rest=""):
    return f"/dataset/{dataset.name}/rules/{rest}"


@pytest.fixture
def open_dataset(first, provider):
    """The first release, open to everybody."""
    datasets.describe(actor=provider, dataset=first, licence="kogl-1", frequency="monthly")
    return datasets.publish(actor=provider, dataset=first)


def test_a_steward_accepts_changes_and_switches_off_on_the_page(first, provider, client_of):
    client = client_of(provider)
    page = client.get(url(first)).content.decode()
    assert "모두 쓰기" in page and "60행의 값이 모두 다릅니다." in page
    one = first.rules.get(kind="range", columns=["이용자수"])
    client.post(url(first, "do/accept/"), {"rule": one.pk})
    assert proposed(first) and first.rules.get(state="active") == one
    client.post(url(first, "do/accept/"), {"all": "1"})
    assert not proposed(first)
    assert "60행 모두 지킴" in client.get(url(first)).content.decode()
    form = client.get(url(first, f"{one.pk}/")).content.decode()
    assert 'name="max"' in form and "<option selected>이용자수</option>" in form
    given = {"columns": "이용자수", "min": "0", "max": "1,000", "severity": "hold"}
    client.post(url(first, f"{one.pk}/"), given)
    one.refresh_from_db()
    assert (one.options, one.severity, one.evidence) == ({"min": 0, "max": 1000}, "hold", {})
    client.post(url(first, "do/off/"), {"rule": one.pk})
    assert "다시 쓰기" in client.get(url(first)).content.decode()
    assert "새로 제안할 것이 없습니다." in client.post(url(first, "do/propose/"), follow=True).content.decode()


def test_the_form_of_every_kind_tries_before_it_saves(first, provider, client_of):
    client = client_of(provider)
    columns = {"drift": "구군", "pattern": "관리번호", "reference": "구군", "not_null": "구군", "unique": "구군"}
    typed = {"share": "100", "min": "0", "max": "120", "values": "해운대구\r\n수영구", "pattern": "B.*", "most": "10"}
    for kind in rule_shapes.KINDS:
        assert client.get(url(first, f"new/{kind}/")).status_code == 200
        given = {"columns": columns.get(kind, "이용자수"), **typed, "psi": "0.2", "then": "try"}
        tried = client.post(url(first, f"new/{kind}/"), given, headers={"HX-Request": "true"})
        assert tried.status_code == 200 and "1판으로 시험하면" in tried.content.decode()
    assert not first.rules.filter(state="active").exists()
    wrong = client.post(url(first, "new/range/"), {"columns": "이용자수", "min": "많이"})
    assert wrong.status_code == 422 and "숫자로 적으십시오." in wrong.content.decode()
    assert "많이" in wrong.content.decode()
    client.post(url(first, "new/range/"), {"columns": "이용자수", "min": "0"})
    assert first.rules.get(state="active").options == {"min": 0}
    for bad in ("new/none/", "999/", "99999999999999999999/"):
        assert client.get(url(first, bad)).status_code == 404


def test_readers_see_what_is_in_use_and_how_it_was_kept(open_dataset, provider, consumer, client, client_of):
    assert "품질 규칙" not in client.get(f"/dataset/{open_dataset.name}/").content.decode()
    rule = rules.add(actor=provider, dataset=open_dataset, kind="range", columns=["이용자수"], options={"max": 149})
    rules.switch_off(actor=provider, rule=open_dataset.rules.get(kind="reference"))
    assert "품질 규칙 1개와 그 결과" in client.get(f"/dataset/{open_dataset.name}/").content.decode()
    page = client.get(url(open_dataset)).content.decode()
    assert "60행 가운데 10행이 걸림" in page
    assert "걸린 행" not in page and "모두 쓰기" not in page and "해운대구" not in page
    assert client_of(consumer).get(url(open_dataset, f"{rule.pk}/rows/")).status_code == 403
    assert client_of(consumer).get(url(open_dataset, f"{rule.pk}/")).status_code == 403
    assert client_of(consumer).post(url(open_dataset, "do/accept/"), {"all": "1"}).status_code == 403


def test_failing_rows_are_listed_with_their_keys_and_downloaded(first, provider, officer, client_of):
    rule = rules.add(actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 149})
    client = client_of(provider)
    page = client.get(url(first, f"{rule.pk}/rows/")).content.decode()
    assert "A-0050" in page and "<td>150</td>" in page and "A-0049" not in page and "해운대구" not in page
    text = client.get(url(first, f"{rule.pk}/rows/?release=1&format=csv"))
    lines_ = text.content.decode("utf-8-sig").splitlines()
    assert lines_[:2] == ["행 번호,관리번호,이용자수", "51,A-0050,150"] and len(lines_) == 11
    assert "attachment" in text.headers["Content-Disposition"]
    assert client_of(officer).get(url(first, f"{rule.pk}/rows/")).status_code == 403  # not published
    assert client.get(url(first, f"{rule.pk}/rows/?release=7")).status_code == 404
    count = rules.add(actor=provider, dataset=first, kind="row_count", options={"most": 5})
    assert client.get(url(first, f"{count.pk}/rows/?release=1")).status_code == 409


def test_a_column_that_is_not_granted_is_not_told(first, provider, monkeypatch):
    from datadam.catalog.selectors import rules as selectors
    from datadam.catalog.selectors.data import reading

    rule = rules.add(actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 149})
    release = first.releases.get()
    opened = reading(provider, first, release, channel="page")

    def narrowed(*columns):
        from dataclasses import replace

        return lambda *args, **kw: replace(opened, columns=list(columns))

    monkeypatch.setattr(selectors, "reading", narrowed("이용자수", "구군"))
    assert selectors.failing(provider, rule, release).columns == ["이용자수"]
    monkeypatch.setattr(selectors, "reading", narrowed("관리번호"))
    with pytest.raises(NotAllowed):
        selectors.failing(provider, rule, release)


def test_a_held_release_tells_numbers_and_is_taken_on_its_page(held, provider, client_of):
    client = client_of(provider)
    page = client.get(f"/upload/{held.upload_id}/").content.decode()
    assert "품질 규칙에 걸렸습니다" in page and "이 판 받아들이기" in page and "10700" not in page
    assert "파일이 정제법에서 벗어납니다" not in page and "바뀐 열을 받아들이기" not in page
    assert "품질 규칙" in client.get("/desk/").content.decode()
    rule = held.dataset.rules.get(state="active")
    rows = client.get(url(held.dataset, f"{rule.pk}/rows/?release=2")).content.decode()
    assert "번호만 압니다" in rows and "<p>8</p>" in rows and "10700" not in rows
    overrule = f"/dataset/{held.dataset.name}/release/2/accept-rules/"
    assert client.post(overrule, {"reason": ""}).status_code == 422
    answer = client.post(overrule, {"reason": "축제가 있던 날"})
    assert answer.status_code == 302
    jobs.run_now(Job.objects.get(pk=answer.url.rpartition("=")[2]))
    held.refresh_from_db()
    assert held.state == "draft"
    assert client.post(overrule, {"reason": "다시"}).status_code == 422
    assert "축제가 있던 날" in client.get(f"/upload/{held.upload_id}/").content.decode()
    answer = client.post(overrule, {"undo": "1"})
    jobs.run_now(Job.objects.get(pk=answer.url.rpartition("=")[2]))
    held.refresh_from_db()
    assert held.state == "held" and held.version is None
    assert client.post(overrule, {"undo": "1"}).status_code == 409


def test_rows_that_were_set_apart_while_reading_stand_beside_with_their_line(month, provider, officer, client_of):
    dataset = month(lines(r7="A-0007,중구,107,2022-09-08,한 칸,더")).dataset
    page = client_of(provider).get(url(dataset)).content.decode()
    assert "읽다가 격리한 행" in page and '<td class="number">9</td>' in page and "한 칸" in page
    assert "한 칸" not in client_of(officer).get(url(dataset)).content.decode()  # not published


def test_added_rows_are_checked_with_those_that_they_are_added_to(first, provider):
    from io import BytesIO

    from datadam.catalog.services import pushes

    rule = rules.add(actor=provider, dataset=first, kind="unique", columns=["관리번호"], severity="hold")
    again = dict(zip(HEADER.split(","), ["A-0003", "중구", 5, "2022-10-01"], strict=True))
    body = BytesIO(json.dumps(again, ensure_ascii=False).encode())
    made, _ = pushes.push(
        actor=provider,
        dataset=first,
        stream=body,
        filename="a.ndjson",
        key="k",
        mode="append",
        publish_when_clean=False,
    )
    jobs.run_now(made.upload.job)
    check = rule.checks.get(release__number=2)
    assert (check.failing, check.checked, check.rows) == (2, 61, [4, 61])
    assert check.release.state == "held"


# API and command line


def test_the_api_does_all_of_it(first, month, provider, client):
    from tests.catalog.test_api import bearer

    token = bearer(provider, "read", "write")
    base = f"/api/v1/datasets/{first.name}"

    def send(method, path, **body):
        return getattr(client, method)(f"{base}{path}", json.dumps(body), content_type="application/json", **token)

    listed = client.get(f"{base}/rules", **token).json()["rules"]
    assert {rule["state"] for rule in listed} == {"proposed"} and listed[0]["text"]
    assert client.get(f"{base}/rules").status_code == 404
    asked = {"kind": "range", "columns": ["이용자수"], "options": {"max": 1000}}
    assert send("post", "/rules/try", **asked).json()["failing"] == 0
    made = send("post", "/rules", **asked, severity="hold")
    pk = made.json()["id"]
    assert made.status_code == 201
    assert send("post", "/rules", kind="range", columns=["구군"], options={"max": 1}).status_code == 422
    assert send("post", "/rules/propose").status_code == 200
    assert send("post", "/rules/accept", rules=[listed[0]["id"]]).status_code == 200
    assert send("post", "/rules/accept", rules=[10**30]).status_code in (404, 422)
    assert client.get(f"{base}/rules/{pk}/rows?release={10**30}", **token).status_code == 404
    assert client.get(f"{base}/rules/{10**30}/rows", **token).status_code == 404
    month(lines(r7="A-0007,중구,10700,2022-09-08"), OCTOBER)
    rows = client.get(f"{base}/rules/{pk}/rows?release=2", **token).json()
    assert (rows["total"], rows["numbers"], rows["rows"]) == (1, [8], [])
    assert send("post", "/releases/2/accept-rules", reason="").status_code == 422
    job = send("post", "/releases/2/accept-rules", reason="축제가 있던 날").json()["job"]
    jobs.run_now(Job.objects.get(pk=job))
    rows = client.get(f"{base}/rules/{pk}/rows", **token).json()
    assert rows["rows"] == [{"row": 8, "관리번호": "A-0007", "이용자수": "10700"}]
    changed = send("put", f"/rules/{pk}", columns=["이용자수"], options={"max": 20000}, severity="note")
    assert changed.json()["job"] is None
    assert send("post", f"/rules/{pk}/off").status_code == 200
    assert Rule.objects.get(pk=pk).state == "off"


def test_the_command_line_does_all_of_it(tmp_path):
    from tests.catalog.conftest import csv
    from tests.catalog.test_cli import Desk

    desk = Desk(tmp_path)
    desk("init")
    name = desk.ingest(desk.write("이용_202209.csv", csv(lines(), HEADER)))[0]["dataset"]
    listed = desk("rules", name)["rules"]
    assert {rule["state"] for rule in listed} == {"proposed"}
    assert {rule["state"] for rule in desk("rules", name, "--accept-all")["rules"]} == {"active"}
    key = next(rule["id"] for rule in listed if rule["kind"] == "unique")
    assert desk("rules", name, "--try", key)["tried"]["passed"] is True
    span = next(rule["id"] for rule in listed if rule["kind"] == "range" and rule["columns"] == ["이용자수"])
    desk("rules", name, "--edit", span, "--set", "max=1000", "--hold")
    again = desk("rules", name, "--add", "range", "--column", "이용자수", "--set", "max=149", "--dry-run")
    assert again["tried"]["failing"] == 10
    desk("rules", name, "--add", "reference", "--column", "구군", "--set", "value=중구", "--set", "value=수영구")
    broken = csv(lines(r7="A-0007,중구,10700,2022-09-08"), HEADER)
    report = desk.ingest(desk.write("이용_202210.csv", broken))[0]
    assert (report["status"], report["reason"]) == ("held", "rules_failed")
    assert desk("rules", name, "--rows", span, "--release", 2)["failing"]["numbers"] == [8]
    taken = desk("rules", name, "--take", "--release", 2, "--reason", "축제가 있던 날")
    assert taken["read_again"] == 2
    assert desk("rules", name, "--undo", "--release", 2)["read_again"] == 2
    assert desk("rules", name, "--undo", "--release", 2, code=1)["error"]["code"] == "nothing_to_undo"
    desk("rules", name, "--take", "--release", 2, "--reason", "축제가 있던 날")
    assert desk("rules", name, "--rows", span)["failing"]["rows"] == [
        {"row": 8, "관리번호": "A-0007", "이용자수": "10700"}
    ]
    assert next(r for r in desk("rules", name, "--off", span)["rules"] if r["id"] == span)["state"] == "off"
    assert desk("rules", name, "--off", 999, code=1)["error"]["code"] == "not_found"


# What a profile speaks for


def column(name="값", type="integer", **facts):
    given = {"count": 100, "nulls": 0, "distinct": 50, "exact": True, "min": None, "max": None, "quantiles": []}
    return {"name": name, "type": type, **given, "top": [], "pattern": "", **facts}


def test_ranges_leave_room_and_what_lies_far_out_outside():
    usual = column(min=12, max=980, quantiles=[20, 100, 300, 600, 900])
    (span,) = [each for each in rule_proposals.proposed([usual], []) if each.kind == "range"]
    assert span.options == {"min": 0, "max": 2000}
    typo = column(min=12, max=9_800_000, quantiles=[20, 100, 300, 600, 900])
    (span,) = [each for each in rule_proposals.proposed([typo], []) if each.kind == "range"]
    assert span.options["max"] < 30_000
    below = column(min=-12.5, max=38.2, type="number", quantiles=[-8, 3, 14, 22, 31])
    (span,) = [each for each in rule_proposals.proposed([below], []) if each.kind == "range"]
    assert span.options["min"] <= -63 and span.options["max"] >= 88


def test_measures_are_no_keys():
    assert not rule_proposals.is_key(column("매출액"))
    assert rule_proposals.is_key(column("관리번호")) and rule_proposals.is_key(column("일자", "date"))


def test_sentences_read_in_both_languages():
    for kind, options in (
        ("not_null", {"share": 0.95}),
        ("range", {"min": 1}),
        ("range", {"max": 1}),
        ("reference", {"values": [str(n) for n in range(9)]}),
        ("row_count", {"least": -5, "most": 20}),
        ("row_count", {"most": 20}),
        ("drift", {"most": 0.1}),
    ):
        words = rule_shapes.sentence(kind, ["구군"], options)
        assert words.ko and words.en and "None" not in words.ko + words.en
