"""What needs no database: licences, names, series, quality, recipes."""

import ast
import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from datadam import lake
from datadam.catalog import codes, licences, quality, recipes, series, vocabulary
from datadam.catalog.evidence import told
from datadam.catalog.models import Dataset
from datadam.catalog.selectors.sentences import sentence
from datadam.core import slugs
from datadam.core.errors import Invalid


@pytest.mark.parametrize(
    ("key", "attribution", "commercial", "derivatives", "ai"),
    [
        ("kogl-0", False, True, True, True),
        ("kogl-1", True, True, True, False),
        ("kogl-2", True, False, True, False),
        ("kogl-3", True, True, False, False),
        ("kogl-4", True, False, False, False),
        ("unlimited", False, True, True, True),
    ],
)
def test_a_licence_is_permissions(key, attribution, commercial, derivatives, ai):
    assert licences.permissions(key) == licences.Permissions(attribution, commercial, derivatives, ai)
    assert licences.permissions(key, ai_mark=True).ai_training


def test_an_odrl_offer_says_the_same():
    offer = licences.policy("kogl-4", target="urn:x", ai_mark=True)
    actions = {p["action"]: p.get("duty") for p in offer["permission"]}
    assert actions == {"use": [{"action": "attribute"}], "datadam:trainAI": [{"action": "attribute"}]}
    assert [p["action"] for p in offer["prohibition"]] == ["commercialize", "derive"]
    assert licences.policy("unlimited", target="urn:x")["prohibition"] == []


def test_themes_and_frequencies_have_terms_of_the_eu():
    assert {theme.industry for theme in vocabulary.THEMES.values()} - {""} == set(vocabulary.INDUSTRIES)
    assert all(theme.uri.startswith(vocabulary.EU_THEME) for theme in vocabulary.THEMES.values())
    assert set(vocabulary.FREQUENCIES) == set(Dataset.Frequency.values)
    assert set(vocabulary.STATES) == set(Dataset.State.values)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("부산광역시 교통량", "busangwangyeoksi-gyotongryang"),
        ("역을 달라", "yeogeul-dalla"),
        ("값이 있음", "gapsi-isseum"),
        ("Busan port éé", "busan-port-ee"),
        ("!!", ""),
        ("가" * 200, "ga" * 36),
    ],
)
def test_a_name_is_ascii(title, name):
    assert slugs.slug(title) == name


def test_a_taken_name_gets_a_number():
    assert slugs.unique("a", {"a", "a-2"}) == "a-3"


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("교통량_202405.csv", "교통량"),
        ("부산교통공사_역사정보_20190520.csv", "부산교통공사_역사정보"),
        ("보증·융자 현황(2025년말).xlsx", "보증·융자 현황"),
        ("시청률 2025년 3분기.csv", "시청률"),
        ("a_2024-01.csv", "a"),
        ("file(3).csv", "file"),
        ("2024.csv", "2024"),
        ("line1.csv", "line1"),
        ("x/y/표_2024.01.05.xlsx", "표"),
        ("표.json", "표"),
    ],
)
def test_files_of_one_series_have_one_key(filename, key):
    assert series.key(filename) == key


def test_a_title_comes_from_the_file_name():
    assert series.title("부산교통공사_역사정보_20190520.csv") == "부산교통공사 역사정보"


def test_quality_can_be_checked_by_hand():
    report = {"rows_loaded": 90, "rows_quarantined": 10, "rows_repeated": 9, "format": "csv", "encoding": "cp949"}
    profile = [{"count": 90, "nulls": 0}, {"count": 90, "nulls": 90}]
    columns = [{"name": "a", "description": "d"}, {"name": "b"}]
    half = SimpleNamespace(title="t", description="d", keywords=["k"], theme="health", frequency="monthly")
    kept = quality.kept(report, profile)
    late = quality.parts(kept, columns, half, dt.timedelta(days=31 * 1.25 * 2))
    readable = (1 + 0.5 + 1) / 3
    assert quality.score(late) == round(
        20 * 0.5 + 20 * 0.9 + 15 * 0.9 + 15 * 0.5 + 15 * (0.5 + 0.5) / 2 + 15 * readable, 1
    )
    half.frequency = "irregular"
    unpromised = quality.parts(kept, columns, half, dt.timedelta(days=1000))
    assert unpromised["freshness"] is None
    assert quality.score(unpromised) == round((20 * 0.5 + 20 * 0.9 + 15 * 0.9 + 7.5 + 15 * readable) / 0.85, 1)
    assert quality.score({}) == 0.0


def test_advice_gains_what_it_says():
    report = {"rows_loaded": 90, "rows_quarantined": 10, "rows_repeated": 9, "format": "xls", "encoding": "cp949",
              "proposals": [{"code": "merged_cells", "applied": True}]}  # fmt: skip
    profile = [{"count": 90, "nulls": 9}]
    dataset = SimpleNamespace(title="t", frequency="daily")
    shares = quality.parts(quality.kept(report, profile), [{"name": "a"}], dataset, dt.timedelta(days=10))
    told = quality.advice(shares, report, [{"name": "a"}], dataset)
    assert [each.gain for each in told] == sorted((each.gain for each in told), reverse=True)
    assert sum(each.gain for each in told) == pytest.approx(100 - quality.score(shares), abs=0.5)
    by = {str(each.words.en): each.gain for each in told}
    assert by["Describe the 1 columns without a description."] == 7.5


def test_steps_given_by_a_person_are_checked():
    assert recipes.checked([{"code": "date", "apply": False}]) == [{"code": "date", "applied": False}]
    for bad in ("x", [1], [{"column": "a"}]):
        with pytest.raises(Invalid):
            recipes.checked(bad)


def test_a_decision_replaces_the_step_it_speaks_of():
    steps = [{"code": "date", "column": "a", "applied": True}, {"code": "trim", "column": "b", "applied": True}]
    assert recipes.decided(steps, {"date:a": False}) == [steps[1], {"code": "date", "column": "a", "applied": False}]
    assert recipes.decided(steps, {"trim": False}) == [steps[0], {"code": "trim", "applied": False}]


def owned(**fields):
    organisation = SimpleNamespace(title="부산광역시 교통과", title_en="")
    return SimpleNamespace(**{"organisation": organisation, "frequency": "monthly", **fields})


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        (dt.date(2022, 9, 1), dt.date(2022, 9, 30), "이며 2022년 9월의 자료입니다."),
        (dt.date(2021, 1, 1), dt.date(2022, 12, 31), "이며 2021년부터 2022년까지의 자료입니다."),
        (dt.date(2022, 3, 1), dt.date(2022, 5, 2), "이며 2022년 3월부터 5월까지의 자료입니다."),
        (dt.date(2022, 3, 1), None, "이며 2022년 3월부터의 자료입니다."),
        (None, None, "입니다."),
    ],
)
def test_a_dataset_is_one_sentence(start, end, period):
    release = SimpleNamespace(is_files=False, rows=12600, columns=[{}] * 7, profile=[])
    told = sentence(owned(temporal_start=start, temporal_end=end), release)
    assert told.ko == f"부산광역시 교통과가 매월 내는 표로, 12,600행 7열{period}"


def test_a_destroyed_release_is_not_described_by_what_it_held():
    release = SimpleNamespace(is_files=False, rows=29, columns=[], profile=[])
    told = sentence(owned(temporal_start=None, temporal_end=None), release)
    assert told.ko == "부산광역시 교통과가 매월 내는 표입니다."


def test_a_sentence_takes_its_period_from_the_dates():
    release = SimpleNamespace(
        is_files=False, rows=1, columns=[{}], profile=[{"type": "date", "min": "2022-09-01", "max": "2022-09-30"}]
    )
    told = sentence(owned(temporal_start=None, temporal_end=None), release)
    assert told.en == "A table that 부산광역시 교통과 publishes every month: 1 row and 1 column, of September 2022."


def _calls(folder: Path):
    """(function name, first argument) of every call with a literal first argument in the lake."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                yield getattr(node.func, "id", ""), node.args[0].value


def test_the_lakes_codes_are_all_listed():
    named = {name: set() for name in ("Proposal", "Finding", "Unreadable", "TooBig", "Tampered")}
    for function, code in _calls(Path(lake.__file__).parent):
        if function in named:
            named[function].add(code)
    assert named["Proposal"] - set(codes.PROPOSALS) == set()
    assert named["Finding"] - set(codes.FINDINGS) == set()
    assert (named["Unreadable"] | named["TooBig"] | named["Tampered"]) - set(codes.REASONS) == set()


@pytest.mark.parametrize(
    ("code", "evidence", "ko"),
    [
        ("merged_cells", "24", "24곳"),
        ("fill_down", "15 + 58", "적힌 칸 15개, 채울 빈칸 58개"),
        ("share_rows", "5, 7", "5, 7행"),
        ("total_rows", "계, 소계: 4 (Σ 3/4)", "계, 소계 — 4행 가운데 4행을 더해 보아 3행이 맞음"),
        ("unmarked_totals", "구군: 9, 12", "9, 12행"),
        ("letter_spaced", "서  울 → 서울", "서  울 → 서울"),
        ("fill_down", "무엇", "무엇"),
    ],
)
def test_what_a_proposal_rests_on_is_told_in_words(code, evidence, ko):
    assert str(told(code, evidence)) == ko
