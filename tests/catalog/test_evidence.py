"""The evidence report: a lived year, every figure against one counted by hand."""

import csv
import datetime as dt
import io
import json

import pytest
from django.test import Client

from datadam.catalog import evaluation
from datadam.catalog.evaluation import periods, words
from datadam.core import clock, events
from datadam.core.errors import Invalid, NotAllowed, NotFound

KOREA = dt.timezone(dt.timedelta(hours=9))
DATE = dt.date
REASON = "잘못 올린 파일"


def moment(year, month, day, hour=12):
    return dt.datetime(year, month, day, hour, tzinfo=KOREA).astimezone(dt.UTC)


@pytest.fixture
def release_at(receive, provider, firm):
    """Take in and publish one release at a moment; returns it."""

    def make(when, content, name, *, frequency="monthly", quality=None, parts=None):
        from datadam.catalog.models import Release
        from datadam.catalog.services import datasets

        with clock.at(when):
            dataset = receive(provider, firm, content, filename=name).dataset
            datasets.describe(actor=provider, dataset=dataset, licence="kogl-1", frequency=frequency)
            datasets.publish(actor=provider, dataset=dataset)
        made = dataset.releases.order_by("-number").first()
        Release.objects.filter(pk=made.pk).update(quality=quality, quality_parts=parts or {})
        return made

    return make


@pytest.fixture
def lived(release_at, file, provider, officer, reviewer):
    """2025: a monthly table since November 2024, and a table that comes once."""
    from datadam.catalog.models import Decision, Recipe, Rule, RuleCheck
    from datadam.catalog.services import datasets

    def month(day, rows):
        return file(rows=[f"해운대구,2025-{day:02}-01,{n},맑음" for n in range(1, rows + 1)])

    name = "지하철 이용_{}.csv"
    release_at(moment(2024, 11, 10), month(1, 2), name.format("202411"), quality=10, parts={"validity": 0.1})
    january = release_at(
        moment(2025, 1, 31, 23), month(2, 3), name.format("202501"), quality=80, parts={"validity": 0.8}
    )
    march = release_at(moment(2025, 3, 1, 0), month(3, 4), name.format("202503"), quality=90, parts={"validity": 1})
    release_at(moment(2025, 3, 20), month(4, 5), name.format("202504"), quality=60, parts={"validity": 0.6})
    once = release_at(moment(2025, 6, 1), month(5, 6), "주차장 목록.csv", frequency="once", quality=70)
    dataset = january.dataset
    unique = Rule.objects.create(dataset=dataset, kind="unique", columns=["이용자수"])
    ranged = Rule.objects.create(dataset=dataset, kind="range", columns=["이용자수"])
    counted = Rule.objects.create(dataset=dataset, kind="row_count")
    Rule.objects.create(dataset=dataset, kind="pattern", state="proposed")
    for rule, release, passed, failing, checked in (
        (unique, january, True, 0, 300),
        (unique, march, False, 6, 300),
        (ranged, march, False, 4, 400),
        (counted, march, False, 1, 1),
        (ranged, january, None, 0, 0),
    ):
        RuleCheck.objects.create(
            rule=rule, release=release, passed=passed, failing=failing, checked=checked, severity="note"
        )
    with clock.at(moment(2025, 5, 5)):
        Recipe.objects.create(dataset=dataset, version=dataset.recipes.count() + 1, steps=[{"step": "x"}])
        asked = {
            "dataset": dataset,
            "kind": "personal",
            "reason": "까닭",
            "asked_by": provider,
            "asked_at": clock.now(),
        }
        Decision.objects.create(**asked, column="가", code="phone", action="mask", state="standing")
        Decision.objects.create(**asked, column="나", code="email", action="mask", state="withdrawn")
        second = {"needs_second": True, "second": officer, "second_at": clock.now(), "second_reason": "동의"}
        Decision.objects.create(**asked, **second, column="다", code="phone", action="keep", state="standing")
        Decision.objects.create(**asked, **second, column="라", code="phone", action="keep", state="refused")
        Decision.objects.create(**{**asked, "kind": "rule"}, column="마", code="x", action="keep", state="standing")
    with clock.at(moment(2025, 12, 31, 23)):
        datasets.destroy(actor=officer, dataset=once.dataset, reason=REASON)
        Client().get(f"/dataset/{dataset.name}/")
    return dataset


NOW = moment(2026, 2, 1)


def report(actor, now=NOW, **options):
    """{(section, figure, item): value}"""
    with clock.at(now):
        made = evaluation.report(actor=actor, **options)
    return {
        (section.key, line.figure.key, line.figure.item): line.figure.value
        for section in made.sections
        for line in section.lines
    }


def test_every_figure_of_a_lived_year(lived, officer):
    found = report(officer, year=2025)
    use = {key: found.pop(key) for key in list(found) if key[0] == "use"}
    assert found == {
        ("provision", "datasets", ""): 1,
        ("provision", "new", ""): 0,
        ("provision", "ended", ""): 1,
        ("provision", "releases", ""): 4,
        ("punctuality", "due", ""): 12,
        ("punctuality", "kept", ""): 2,
        ("punctuality", "rate", ""): 0.1667,
        ("punctuality", "dataset", lived.name): 0.1667,
        ("standards", "columns", ""): 0,
        ("standards", "named", ""): None,
        ("standards", "fitting", ""): None,
        ("quality", "median", ""): 75,
        ("quality", "month", "2025-01"): 80,
        ("quality", "month", "2025-03"): 75,
        ("quality", "month", "2025-06"): 70,
        ("quality", "part", "validity"): 0.8,
        ("errors", "rules", "unique"): 1,
        ("errors", "rules", "range"): 1,
        ("errors", "rules", "row_count"): 1,
        ("errors", "checks", ""): 4,
        ("errors", "failed", "unique"): 1,
        ("errors", "failed", "range"): 1,
        ("errors", "failed", "row_count"): 1,
        ("errors", "unchecked", ""): 1,
        ("errors", "rate", ""): 0.01,
        ("errors", "kind", "unique"): 0.01,
        ("errors", "kind", "range"): 0.01,
        ("rows", "read", ""): 18,
        ("rows", "loaded", ""): 18,
        ("rows", "quarantined", ""): 0,
        ("rows", "set_aside", ""): 0,
        ("rows", "held", ""): 0,
        ("rows", "corrections", ""): 1,
        ("personal", "decisions", ""): 4,
        ("personal", "action", "mask"): 2,
        ("personal", "action", "keep"): 2,
        ("personal", "second", ""): 1,
        ("personal", "seconds", ""): 1,
        ("destroyed", "releases", ""): 1,
        ("destroyed", "reason", events.digest(REASON)[:12]): 1,
        ("openness", "format", "csv"): 1,
        ("openness", "format", "parquet"): 1,
        ("openness", "format", "json"): 1,
        ("openness", "format", "xlsx"): 1,
        ("openness", "machine_readable", ""): 1,
        ("openness", "licence", "kogl-1"): 1,
    }
    assert use[("use", "readings", "page")] >= 1


def test_the_year_of_the_first_publication(lived, officer):
    found = report(officer, year="2024")
    assert (found["provision", "new", ""], found["provision", "releases", ""]) == (1, 1)
    assert (found["punctuality", "due", ""], found["punctuality", "kept", ""]) == (1, 0)  # December
    assert found["quality", "median", ""] == 10


def test_a_running_period_is_not_due_yet(lived, officer):
    found = report(officer, now=moment(2025, 3, 31, 23), year=2025)
    assert (found["punctuality", "due", ""], found["punctuality", "kept", ""]) == (2, 1)


def test_periods_of_each_frequency():
    def of(frequency, first, year):
        return list(periods.due(frequency, first, year, DATE(2030, 1, 1)))

    assert of("quarterly", DATE(2025, 2, 1), 2025) == [DATE(2025, 4, 1), DATE(2025, 7, 1), DATE(2025, 10, 1)]
    assert of("annual", DATE(2024, 5, 1), 2025) == [DATE(2025, 1, 1)]
    assert of("annual", DATE(2025, 5, 1), 2025) == []
    assert len(of("daily", DATE(2023, 1, 1), 2024)) == 366
    assert of("daily", DATE(2025, 12, 29), 2025) == [DATE(2025, 12, 30), DATE(2025, 12, 31)]
    assert of("weekly", DATE(2025, 12, 10), 2025) == [DATE(2025, 12, 15), DATE(2025, 12, 22)]
    assert of("weekly", DATE(2025, 12, 10), 2026)[0] == DATE(2025, 12, 29)  # it ends in 2026
    assert of("irregular", DATE(2023, 1, 1), 2025) == of("once", DATE(2023, 1, 1), 2025) == []


def test_who_sees_whose_report(lived, officer, operator, provider, stranger, citizen, firm):
    assert report(operator, year=2025)["provision", "releases", ""] == 4
    assert report(provider, year=2025)["provision", "releases", ""] == 4  # its own without being asked
    assert report(officer, year=2025, organisation="elsewhere")["provision", "releases", ""] == 0
    for person, organisation in ((stranger, firm.name), (provider, "elsewhere"), (citizen, ""), (citizen, firm.name)):
        with pytest.raises(NotAllowed):
            report(person, year=2025, organisation=organisation)
    with pytest.raises(NotFound):
        report(officer, organisation="nobody")


@pytest.mark.parametrize("year", ["1999", "2027", "abc", "٢٠٢٥", "20255", "-1"])
def test_a_year_that_is_none_is_refused(officer, year, client_of):
    with pytest.raises(Invalid):
        report(officer, year=year)
    assert client_of(officer).get("/evidence/", {"year": year} | {"organisation": "\0"}).status_code in (200, 404, 422)


def test_the_page_and_its_files(lived, officer, client_of):
    client = client_of(officer)
    with clock.at(NOW):
        page = client.get("/evidence/", {"year": 2025}).content.decode()
        table = client.get("/evidence/", {"year": 2025, "format": "csv"})
        file = client.get("/evidence/", {"year": 2025, "format": "json"})
        told = client.get("/api/v1/evidence", {"year": 2025, "organisation": "harbour-data"}).json()
    for meaning in (each for section in words.MEANINGS.values() for each in section.values()):
        assert str(meaning.label) in page
    assert str(words.UNVERIFIED) in page and REASON not in page
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert next(row["value"] for row in rows if row["figure"] == "median") == "75.0"
    assert all(row["how"] for row in rows)
    made = json.loads(file.content)
    assert (made["year"], made["organisation"], made["criteria"]) == (2025, None, "unverified")
    assert told["sections"] == made["sections"] and told["organisation"] == "harbour-data"
    assert len(rows) == sum(len(section["figures"]) for section in made["sections"])


def test_a_title_is_no_formula(lived, officer):
    type(lived).objects.filter(pk=lived.pk).update(title="=1+1")
    with clock.at(NOW):
        made = evaluation.as_csv(evaluation.report(actor=officer, year=2025))
    assert "'=1+1" in made and ",=1+1" not in made


def test_an_empty_city(officer, office, client_of):
    page = client_of(officer).get("/evidence/").content.decode()
    assert "이 해에 공개한 자료가 없습니다" in page
    assert set(report(officer).values()) <= {0, None}


def test_by_command(lived, officer, tmp_path):
    from click.testing import CliRunner

    from datadam.cli import load

    path = tmp_path / "evidence.csv"
    with clock.at(NOW):
        done = CliRunner().invoke(load("evidence"), ["--year", "2025", "--as", "officer", "--json", "--csv", str(path)])
        wrong = CliRunner().invoke(load("evidence"), ["--year", "1", "--as", "officer", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["year"] == 2025
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsection,")
    assert wrong.exit_code == 1


def test_columns_are_counted_against_the_standard_terms(published, provider, officer, tmp_path):
    from datadam.catalog.services import datasets, glossary
    from tests.catalog.glossary_lists import SMALL

    for name, content in SMALL.items():
        (tmp_path / name).write_bytes(content)
    glossary.import_lists(actor=officer, given=[(tmp_path / name, name) for name in SMALL])
    figures = report(officer, now=clock.now(), year=clock.now().year)
    told = {figure: figures["standards", figure, ""] for figure in ("columns", "named", "fitting")}
    assert told["columns"] == 4 and 0 <= told["named"] < 1
    datasets.unpublish(actor=provider, dataset=published)
    assert report(officer, now=clock.now(), year=clock.now().year)["standards", "columns", ""] == 0
