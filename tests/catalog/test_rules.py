"""Quality rules: proposed from the profile, accepted or written, checked at each release, and what they hold."""

import json

import pytest

from datadam.catalog import rule_proposals, rule_shapes
from datadam.catalog.models import Decision, Release, Rule, RuleCheck
from datadam.catalog.services import datasets, rule_checks, rules
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound

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
        return [f"{DISTRICTS[n % 4]},2022-{month:02d}-{n // 4 + 1:02d},{n}" for n in range(count)]

    for month, count in ((9, 80), (10, 84), (11, 92)):
        name = f"이용_2022{month:02d}.csv"
        dataset = receive(provider, firm, file(rows=rows(month, count), header="구군,날짜,이용자수"), name).dataset
    assert ("unique", "구군", "날짜") in proposed(dataset)
    assert dataset.rules.get(kind="row_count").options == {"least": -5, "most": 20}
    assert rules.propose(actor=provider, dataset=dataset) == []


def test_accepting_puts_rules_in_use_and_counts_them_at_once(first, provider, viewer):
    with pytest.raises(NotAllowed):
        rules.accept(actor=viewer, dataset=first, rules=list(first.rules.all()))
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
    rule = rules.add(
        actor=provider, dataset=first, kind=kind, columns=columns, options=options, severity="hold"
    )
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
    release = month(lines(), OCTOBER).releases.first() or first.releases.get(number=1)
    release = month(lines(start=30), NOVEMBER).releases.get()
    assert release.state == "draft"
    (finding,) = [each for each in release.report["findings"] if each["code"] == "rule_failed"]
    assert not finding["blocking"] and finding["count"] == 60


@pytest.fixture
def held(first, month, provider):
    """October, held by a rule that its eighth row breaks."""
    rules.add(
        actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 1000}, severity="hold"
    )
    return month(lines(r7="A-0007,중구,10700,2022-09-08"), OCTOBER).releases.get()


def test_a_held_release_is_taken_with_a_reason_and_only_that_one(held, month, provider, viewer):
    with pytest.raises(NotAllowed):
        rules.accept_failures(actor=viewer, release=held, reason="축제")
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
    tried = rules.try_rule(
        actor=provider, dataset=first, kind="range", columns=["이용자수"], options={"max": 149}
    )
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
        rules.add(
            actor=provider, dataset=first, kind=kind, columns=columns, options=options, severity=severity
        )
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
