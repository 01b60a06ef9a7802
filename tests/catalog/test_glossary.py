"""The common standard terms: read as published, matched with reasons, accepted into the recipe."""

import json
import time

import pytest

from datadam.catalog import recipes, selectors
from datadam.catalog.models import GlossaryImport, StandardDomain, StandardTerm, StandardWord
from datadam.catalog.selectors import conformance
from datadam.catalog.selectors import glossary as kept
from datadam.catalog.services import glossary as services
from datadam.catalog.standards import words
from datadam.catalog.standards.entries import Domain, Term, Word
from datadam.catalog.standards.fitting import choices, fit
from datadam.catalog.standards.index import Glossary
from datadam.catalog.standards.lists import recognised as list_of
from datadam.catalog.standards.matching import recognise
from datadam.catalog.standards.naming import taken_apart
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.catalog import glossary_lists as lists


@pytest.fixture
def put(tmp_path):
    """Import files of these names and bytes as that person."""

    def take(actor, contents=lists.SMALL, **options):
        given = []
        for at, (name, content) in enumerate(contents.items()):
            path = tmp_path / f"{at}-{name}"
            path.write_bytes(content)
            given.append((path, name))
        return services.import_lists(actor=actor, given=given, **options)

    return take


def only(**changes):
    """The small lists with some files replaced."""
    return {name: changes.get(name.split(".")[0], content) for name, content in lists.SMALL.items()}


# Reading


def test_the_three_lists_are_read_as_published(put, officer):
    made = put(officer)
    assert made.counts == {
        "terms": {"added": 5, "changed": 0, "removed": 0, "same": 0, "abolished": 0},
        "words": {"added": 7, "changed": 0, "removed": 0, "same": 0, "abolished": 0},
        "domains": {"added": 5, "changed": 0, "removed": 0, "same": 0, "abolished": 0},
    }
    assert made.problems == [] and made.edition == "1차"
    assert StandardTerm.objects.get(name="시군구명").synonyms == ["구군", "구군명"]
    assert StandardWord.objects.get(name="일자").forbidden == ["날자"] and StandardWord.objects.get(name="일자").is_form
    assert StandardDomain.objects.get(name="연월일C8").storage_format == "YYYYMMDD"


def test_json_of_the_api_reads_like_the_file(put, officer):
    rows = [dict(zip(lists.TERMS, row, strict=True)) for row in lists.SMALL_TERMS]
    answer = {"page": 1, "perPage": 10, "totalCount": 5, "currentCount": 5, "data": rows}
    content = only()
    del content["공통표준용어.csv"]
    content["terms.json"] = json.dumps(answer, ensure_ascii=False).encode()
    put(officer, content)
    assert StandardTerm.objects.get(name="주소").synonyms == ["소재지"]


def test_a_workbook_holds_all_three(put, officer):
    from datadam.catalog import sheets

    tables = [
        ("공통표준용어", lists.TERMS, lists.SMALL_TERMS),
        ("공통표준단어", lists.WORDS, lists.SMALL_WORDS),
        ("공통표준도메인", lists.DOMAINS, lists.SMALL_DOMAINS),
        ("안내", ["말"], [["읽어 두십시오"]]),
    ]
    made = put(officer, {"공통표준.xlsx": sheets.workbook(tables)})
    assert {kind: counts["added"] for kind, counts in made.counts.items()} == {"terms": 5, "words": 7, "domains": 5}
    assert StandardDomain.objects.get(name="명V100").length == 100


def test_columns_in_another_order_and_writing_are_found():
    header = ["허용값", "영문약어", "표준용어명", "도메인명", "비고"]
    assert list_of(header) == (
        "terms",
        {"allowed": "허용값", "abbreviation": "영문약어", "name": "표준용어명", "domain": "도메인명"},
    )
    assert list_of(["이름", "값"]) is None


def test_bad_rows_are_told_with_line_and_reason(put, officer):
    rows = [
        lists.term("시군구명", "SGG_NM", "명V100"),
        lists.term("", "X", "명V100"),
        lists.term("가" * 101, "X", "명V100"),
        lists.term("시군구명", "SGG_NM2", "명V100"),
        lists.term("없는도메인", "X", "모름V1"),
        lists.term("도메인없음", "X", ""),
        lists.term("폐기된말", "X", "명V100", edition="3차(폐기)"),
    ]
    content = lists.file(lists.TERMS, rows) + "셀,부족\r\n".encode()
    made = put(officer, only(공통표준용어=content))
    told = [(each["line"], each["code"]) for each in made.problems]
    assert told == [(3, "no_name"), (4, "too_long"), (5, "repeated"), (7, "no_domain"), (9, "unreadable"),
                    (0, "unknown_domain")]  # fmt: skip
    assert made.counts["terms"]["abolished"] == 1
    assert all(str(words.problem(each["code"])) for each in made.problems)
    assert StandardTerm.objects.get(name="시군구명").abbreviation == "SGG_NM2"


def test_a_new_edition_updates_and_the_former_one_undoes_it(put, officer, draft, provider):
    put(officer)
    services.decline(actor=provider, dataset=draft, column="시군구", term="시군구명")
    newer = [*lists.SMALL_TERMS[1:], lists.term("신청일자", "APLY_YMD", "연월일C8", edition="10차")]
    newer[0] = lists.term("이용일자", "USE_YMD", "연월일C8", edition="9차")
    made = put(officer, only(공통표준용어=lists.file(lists.TERMS, newer)))
    assert made.counts["terms"] == {"added": 1, "changed": 1, "removed": 1, "same": 3, "abolished": 0}
    assert made.edition == "10차"
    assert StandardTerm.objects.get(name="이용일자").abbreviation == "USE_YMD"
    put(officer)
    assert StandardTerm.objects.get(name="이용일자").abbreviation == "UTZTN_YMD"
    assert not StandardTerm.objects.filter(name="신청일자").exists()
    assert draft.declined_matches.count() == 1


def test_a_list_that_shrinks_is_refused_until_it_is_meant(put, officer):
    put(officer)
    content = {"용어.csv": lists.file(lists.TERMS, lists.SMALL_TERMS[:2])}
    with pytest.raises(Invalid) as refusal:
        put(officer, content)
    assert refusal.value.code == "would_shrink" and StandardTerm.objects.count() == 5
    put(officer, content, replace=True)
    assert StandardTerm.objects.count() == 2 and StandardWord.objects.count() == 7


def test_one_bad_file_takes_nothing_in(put, officer):
    with pytest.raises(Invalid) as refusal:
        put(officer, {**lists.SMALL, "다른것.csv": "이름,값\r\n가,1\r\n".encode()})
    assert refusal.value.code == "not_a_glossary"
    assert StandardTerm.objects.count() == 0 and GlossaryImport.objects.count() == 0


def test_only_the_city_imports(put, provider, stranger, citizen):
    for person in (provider, stranger, citizen):
        with pytest.raises(NotAllowed):
            put(person)


def test_a_word_with_two_meanings_is_kept_twice(put, officer):
    rows = [*lists.SMALL_WORDS, lists.word("수", "WTR")]
    put(officer, only(공통표준단어=lists.file(lists.WORDS, rows)))
    assert StandardWord.objects.filter(name="수").count() == 2


def test_thirteen_thousand_terms_at_once(put, officer):
    terms, all_words, domains = lists.big()
    began = time.monotonic()
    made = put(officer, {"t.csv": terms, "w.csv": all_words, "d.csv": domains})
    took = time.monotonic() - began
    assert made.counts["terms"]["added"] == 13_159 == StandardTerm.objects.count()
    assert took < 60
    known = kept.glossary()
    names = list(StandardTerm.objects.values_list("name", flat=True)[:100])
    columns = [{"name": name, "type": "integer"} for name in names]
    columns += [{"name": f"모르는이름{at}", "type": "text"} for at in range(100)]
    began = time.monotonic()
    found = recognise(known, columns)
    assert time.monotonic() - began < 1
    assert [each.state for each in found] == ["standard"] * 100 + ["unknown"] * 100


# Matching


def entries():
    terms = [
        Term("시군구명", abbreviation="SGG_NM", domain="명V100", synonyms=("구군",), description="이름"),
        Term("등록일자", abbreviation="REG_YMD", domain="연월일C8"),
        Term("사용여부", abbreviation="USE_YN", domain="여부C1", allowed="Y, N"),
        Term("이용금액", abbreviation="UTZTN_AMT", domain="금액N15"),
        Term("상호명", abbreviation="CONM", synonyms=("이름표",)),
        Term("성명", abbreviation="FLNM", synonyms=("이름표",)),
        Term("우편번호", abbreviation="ZIP", domain="우편C5"),
        Term("위도", abbreviation="LAT", domain="위도N"),
    ]
    all_words = [
        Word("시군구", "SGG"),
        Word("명", "NM", is_form=True, classification="명", synonyms=("명칭",)),
        Word("등록", "REG"),
        Word("일자", "YMD", is_form=True, classification="연월일", synonyms=("날짜",), forbidden=("날자",)),
        Word("이용", "UTZTN"),
        Word("금액", "AMT", is_form=True, classification="금액", forbidden=("액수",)),
        Word("신청", "APLY"),
    ]
    domains = [
        Domain("명V100", classification="명", data_type="VARCHAR", length=100),
        Domain("연월일C8", classification="연월일", data_type="CHAR", length=8),
        Domain("여부C1", classification="여부", data_type="CHAR", length=1),
        Domain("금액N15", classification="금액", data_type="NUMERIC", length=15, unit="원"),
        Domain("우편C5", data_type="CHAR", length=5),
        Domain("위도N", data_type="NUMERIC", allowed="33~39"),
    ]
    return Glossary(terms, all_words, domains)


def look(name, type_="text", **profile):
    columns = [{"name": name, "type": type_}]
    return recognise(entries(), columns, [{"name": name, "count": 9, "nulls": 0, "top": [], **profile}])[0]


@pytest.mark.parametrize(
    ("name", "term", "kind", "state"),
    [
        ("시군구명", "시군구명", "exact", "standard"),
        ("SGG_NM", "시군구명", "abbreviation", "standard"),
        ("sggNm", "시군구명", "abbreviation", "standard"),
        ("시군구 명", "시군구명", "dress", "sure"),
        ("이용금액(원)", "이용금액", "dress", "sure"),
        ("구군", "시군구명", "synonym", "sure"),
        ("등록날짜", "등록일자", "replaced", "sure"),
        ("등록 날자", "등록일자", "forbidden", "sure"),
        ("신청일자", "신청일자", "composed", "words"),
        ("신청날짜", "신청일자", "composed", "ask"),
        ("APLY_YMD", "신청일자", "spelled", "ask"),
        ("시군구명2", "시군구명2", "numbered", "ask"),
        ("금액신청", "금액신청", "meant", "ask"),
    ],
)
def test_a_name_is_recognised_with_its_reason(name, term, kind, state):
    type_ = {"이용금액(원)": "integer", "등록날짜": "date", "등록 날자": "date", "신청일자": "date"}.get(name, "text")
    found = look(name, type_)
    assert (found.best.term, found.best.kind, found.state) == (term, kind, state)
    assert all(str(words.clue(clue)) for clue in [*found.best.reasons, *found.best.conflicts])


def test_what_is_no_standard_word_is_named():
    found = look("시군구혼잡도")
    assert found.state == "unknown" and found.matches == [] and found.rest == "혼잡도"


def test_two_terms_with_one_synonym_are_never_guessed():
    found = look("이름표")
    assert {match.term for match in found.matches} == {"상호명", "성명"}
    assert found.state == "ask" and all("several" in [c.code for c in m.reasons] for m in found.matches)


@pytest.mark.parametrize(
    ("name", "type_", "profile", "conflict"),
    [
        ("사용여부", "text", {"top": [["Y", 5], ["X", 1]]}, "not_allowed"),
        ("우편번호", "text", {"top": [["123456", 1]]}, "too_long"),
        ("위도", "number", {"min": 12.0, "max": 35.0}, "out_of_range"),
        ("등록일자", "text", {"pattern": "가가가"}, "type_differs"),
        ("이용금액(천원)", "integer", {}, "unit_differs"),
    ],
)
def test_values_that_contradict_are_told_and_lower_the_score(name, type_, profile, conflict):
    found = look(name, type_, **profile)
    assert conflict in [clue.code for clue in found.best.conflicts]
    assert not found.best.sure and not found.fits_domain


def test_values_that_can_be_read_otherwise_bring_a_type():
    assert {s["code"]: s.get("type") for s in look("등록일자", "integer", min=20240101, max=20241231).best.steps} == {
        "retype": "date"
    }
    zip_code = look("우편번호", "integer", top=[[48058, 3]], min=4805, max=48058)
    assert [step.get("type") for step in zip_code.best.steps] == ["text"] and not zip_code.fits_domain
    money = look("이용금액", "text", pattern="9,999", top=[["1,200", 4]])
    assert money.best.steps[0]["type"] == "integer"


def test_empty_columns_neither_support_nor_contradict():
    made = fit({"type": "text"}, {"count": 3, "nulls": 3}, Domain("수N10", data_type="NUMERIC"), None)
    assert [clue.code for clue in made.support] == ["all_empty"] and made.conflicts == []


@pytest.mark.parametrize("type_", ["text", "integer", "date"])
def test_a_month_may_be_told_in_any_way(type_):
    month = Domain("연월C6", group="날짜", classification="연월", data_type="CHAR", length=6, storage_format="YYYYMM")
    assert fit({"type": type_}, {"count": 3, "nulls": 0, "top": [["202401", 3]]}, month, None).conflicts == []


def test_two_columns_do_not_become_one():
    made = recognise(entries(), [{"name": "구군", "type": "text"}, {"name": "시군구 명", "type": "text"}])
    assert [each.state for each in made] == ["ask", "ask"]
    made = recognise(entries(), [{"name": "구군", "type": "text"}, {"name": "시군구명", "type": "text"}])
    assert [each.state for each in made] == ["ask", "standard"]
    assert [clue.code for clue in made[0].best.conflicts] == ["name_taken"]


def test_enumerations_are_told_from_prose():
    assert choices("Y, N") == ["Y", "N"]
    assert choices("1:남자, 2:여자") == ["1", "2"]
    assert choices("숫자 다섯 자리") == [] and choices("1~5") == []


@pytest.mark.parametrize("name", ["", "()", "   ", "_", "(원)", "12", "가" * 500, "a" * 500, "\u200b", "１２(㎡)"])
def test_any_name_can_be_looked_at(name):
    assert taken_apart(name).raw == name
    assert recognise(entries(), [{"name": name, "type": "text"}])[0].column == name


# What it means for a dataset


@pytest.fixture
def standards(put, officer):
    return put(officer)


@pytest.fixture
def uses(receive, provider, firm):
    """A dataset with a column that is surely another term."""
    content = "구군,이용날자,이용자수,날씨\r\n해운대구,2022-09-01,1200,맑음\r\n수영구,2022-09-02,3400,흐림\r\n".encode(
        "cp949"
    )
    return receive(provider, firm, content, "이용_202209.csv").dataset


def test_accepting_all_that_is_sure_reads_the_draft_again(standards, uses, provider):
    made = conformance.of_dataset(uses)
    assert {each.column: each.state for each in made.found} == {
        "구군": "sure", "이용날자": "sure", "이용자수": "standard", "날씨": "unknown",
    }  # fmt: skip
    assert made.by_name == 0.25
    recipe, job, columns = services.accept(actor=provider, dataset=uses)
    jobs.run_now(job)
    uses.refresh_from_db()
    release = selectors.release_for(provider, uses)
    assert [column["name"] for column in release.columns] == ["시군구명", "이용일자", "이용자수", "날씨"]
    assert columns == ["구군", "이용날자"]
    after = conformance.of_dataset(uses)
    assert after.by_name == 0.75 and after.by_domain == 0.75
    with pytest.raises(Conflict):
        services.accept(actor=provider, dataset=uses)
    assert recipes.current(uses).pk == recipe.pk


def test_what_is_published_stays_until_the_next_release(standards, uses, provider):
    from datadam.catalog.services import datasets

    datasets.describe(actor=provider, dataset=uses, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=uses)
    recipe, job, _ = services.accept(actor=provider, dataset=uses, chosen={"구군": "시군구명"})
    assert job is None
    assert {"code": "rename", "column": "구군", "to": "시군구명", "applied": True} in recipe.steps
    assert selectors.release_for(provider, uses).columns[0]["name"] == "구군"


def test_an_accepted_match_keeps_the_other_corrections_of_the_column(standards, uses, provider):
    from datadam.catalog.services import recipes as correcting

    step = {"code": "missing", "column": "구군", "tokens": ["-"], "applied": True}
    now = recipes.current(uses)
    _, job = correcting.set_recipe(actor=provider, dataset=uses, steps=[*now.steps, step])
    jobs.run_now(job)
    recipe, job, _ = services.accept(actor=provider, dataset=uses, chosen={"구군": "시군구명"})
    assert step in recipe.steps and any(each["code"] == "rename" for each in recipe.steps)


def test_a_declined_match_is_not_proposed_again(standards, uses, provider, put, officer):
    services.decline(actor=provider, dataset=uses, column="구군", term="시군구명")
    states = {each.column: each.state for each in conformance.of_dataset(uses).found}
    assert states["구군"] == "unknown"
    put(officer)
    assert {each.column: each.state for each in conformance.of_dataset(uses).found}["구군"] == "unknown"
    with pytest.raises(NotFound):
        services.accept(actor=provider, dataset=uses, chosen={"구군": "시군구명"})
    services.propose_again(actor=provider, dataset=uses, column="구군", term="시군구명")
    assert {each.column: each.state for each in conformance.of_dataset(uses).found}["구군"] == "sure"


def test_others_decide_nothing(standards, uses, stranger, citizen):
    for person in (stranger, citizen):
        with pytest.raises(NotAllowed):
            services.accept(actor=person, dataset=uses)
        with pytest.raises(NotAllowed):
            services.decline(actor=person, dataset=uses, column="구군", term="시군구명")


def test_reports_add_up(standards, uses, draft, officer, provider, firm):
    whole, each_ = conformance.of_many(conformance.within(officer))
    assert whole.columns == sum(made.columns for _, made in each_) == 8
    assert sum(whole.states.values()) == 8
    own, _ = conformance.of_many(conformance.within(provider, firm))
    assert own.columns == 8
    with pytest.raises(NotAllowed):
        conformance.within(provider)


def test_search_finds_by_synonym(standards, published, provider):
    from datadam.catalog.services import datasets

    datasets.describe(actor=provider, dataset=published, title="시설 소재지 목록")
    assert [each.pk for each in selectors.listing(None, query="주소").datasets] == [published.pk]
    assert selectors.listing(None, query="주소지").datasets == []


# Pages, command, API


def test_the_pages_show_and_act(standards, uses, provider, client_of):
    page = client_of(provider)
    shown = page.get(f"/dataset/{uses.name}/standard/").content.decode()
    assert "시군구명" in shown and "금칙어" in shown
    lines = page.get(f"/dataset/{uses.name}/standard/?format=csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("기관,자료,열") and len(lines) == 5
    answer = page.post(f"/dataset/{uses.name}/standard/decline/", {"column": "구군", "term": "시군구명"})
    assert answer.status_code == 302 and uses.declined_matches.count() == 1
    assert page.post(f"/dataset/{uses.name}/standard/nothing/").status_code == 404
    answer = page.post(f"/dataset/{uses.name}/standard/accept_sure/")
    assert answer.status_code == 302 and "job=" in answer["Location"]


def test_an_officer_imports_on_the_page(officer, client_of, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client_of(officer)
    files = [SimpleUploadedFile(name, content) for name, content in lists.SMALL.items()]
    assert page.post("/glossary/", {"file": files}).status_code == 302
    assert StandardTerm.objects.count() == 5
    assert "시군구명" in page.get("/glossary/", {"q": "시군구"}).content.decode()
    bad = page.post("/glossary/", {"file": SimpleUploadedFile("x.csv", b"a,b\r\n1,2\r\n")})
    assert bad.status_code == 422 and "x.csv" in bad.content.decode()
    assert page.post("/glossary/", {}).status_code == 422
    assert client_of(None).get("/glossary/", {"q": "\0", "list": "zzz", "page": "-1"}).status_code == 200


def test_the_api_reads_and_accepts(standards, uses, provider, client_of):
    page = client_of(provider)
    found = page.get("/api/v1/glossary", {"q": "소재지"}).json()
    assert found["otherwise"] == ["주소"]
    assert page.get("/api/v1/glossary", {"list": "zzz"}).status_code == 422
    told = page.get(f"/api/v1/datasets/{uses.name}/conformance").json()
    assert told["columns"] == 4 and told["found"][0]["matches"][0]["term"] == "시군구명"
    body = json.dumps({"column": "구군", "term": "시군구명"})
    made = page.post(f"/api/v1/datasets/{uses.name}/conformance/accept", body, content_type="application/json")
    assert made.status_code == 200 and made.json()["columns"] == ["구군"]


def test_the_commands(db, tmp_path, officer, uses):
    from click.testing import CliRunner

    from datadam.cli import main

    for name, content in lists.SMALL.items():
        (tmp_path / name).write_bytes(content)

    def run(*words_):
        result = CliRunner().invoke(main, [*words_, "--as", "officer", "--json"])
        return result.exit_code, json.loads(result.stdout)

    code, told = run("glossary", "import", *(str(tmp_path / name) for name in lists.SMALL))
    assert code == 0 and told["terms"] == 5
    assert run("glossary", "search", "소재지")[1]["otherwise"] == ["주소"]
    assert run("glossary", "import", str(tmp_path / "none.csv"))[0] == 2
    code, told = run("conformance", uses.name, "--accept", "구군=시군구명", "--out", str(tmp_path / "out.csv"))
    assert code == 0 and "구군" in told["accepted"] and (tmp_path / "out.csv").stat().st_size > 100
    assert told["datasets"][0]["columns"][0]["column"] == "시군구명"
    assert run("conformance", uses.name, "--accept", "날씨=시군구명")[0] == 1
    assert run("conformance")[1]["all"]["columns"] == 4
