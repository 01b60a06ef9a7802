"""The national portal: what its registration asks for, and its list beside what is published here."""

import io
import json

import openpyxl
import pytest

from datadam.catalog import licences, vocabulary
from datadam.catalog.models import PortalEntry, PortalImport, PortalPair
from datadam.catalog.portal import pairing, registration
from datadam.catalog.portal.listed import Entry
from datadam.catalog.selectors import portal as kept
from datadam.catalog.services import datasets
from datadam.catalog.services import portal as services
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.catalog import glossary_lists as lists
from tests.catalog.test_glossary import put, standards  # noqa: F401  (fixtures)

HEADER = [
    "목록키", "목록유형", "목록명", "목록설명", "조회수", "분류체계", "기관코드", "기관명", "국가중점여부",
    "표준데이터여부", "목록_등록일", "목록_수정일", "목록_URL",
]  # fmt: skip


def row(key, title, provider="항만데이터", category="교통물류", day="2026-01-02"):
    url = f"https://www.data.go.kr/data/{key}/fileData.do"
    return [key, "FILE", title, "", "0", category, "", provider, "N", "N", "2020-01-02", day, url]


ROWS = [
    row("15000001", "항만데이터_지하철 이용_20260101"),
    row("15000002", "항만데이터_부두 현황"),
    row("15000003", "다른시_지하철 이용", provider="다른광역시"),
    row("15000004", "부산시설_공원 현황", provider="부산시설공단"),
]


@pytest.fixture
def take(tmp_path):
    """Import a list of these rows as that person."""

    def take(actor, rows=ROWS, header=HEADER, encoding="utf-8-sig", **options):
        path = tmp_path / "목록.csv"
        path.write_bytes(lists.file(header, rows, encoding))
        return services.import_list(actor=actor, path=path, filename="목록.csv", **options)

    return take


# The registration


def test_every_theme_frequency_and_licence_has_its_word_there():
    assert set(registration.OF_THEME) == set(vocabulary.THEMES)
    assert set(registration.OF_THEME.values()) <= set(registration.CATEGORIES)
    assert set(registration.CYCLES) == set(vocabulary.FREQUENCIES)
    assert set(registration.SCOPES) == set(licences.LICENCES)


def values(dataset):
    return {item.field.code: item.value for item in kept.registered(dataset)["items"]}


def test_gaps_are_named_and_filling_them_makes_it_ready(published, provider):
    made = kept.registered(published)
    assert not made["ready"]
    missing = {item.field.code: item.field.place for item in made["missing"]}
    assert missing == {
        "description": "id_description", "category": "id_theme", "keywords": "id_keywords",
        "department": "id_contact_name", "phone": "id_contact_phone", "legal_basis": "id_legal_basis",
        "collection": "id_collection",
    }  # fmt: skip
    datasets.describe(
        actor=provider, dataset=published, description="설명", theme="transport", keywords="지하철, 이용",
        contact_name="교통과", contact_phone="051-000-0000", legal_basis="통계법 제18조", collection="교통카드 집계",
        limits="환승은 뺐습니다.",
    )  # fmt: skip
    made = kept.registered(published)
    assert made["ready"]
    told = values(published)
    assert (told["category"], told["cycle"], told["scope"]) == ("교통물류", "월간", "공공저작물_출처표시")
    assert (told["rows"], told["extension"], told["limits"]) == ("3", "CSV", "환승은 뺐습니다.")


def test_the_next_release_is_due_by_the_frequency(published, provider):
    from datadam.core import clock

    release = published.releases.get()
    release.published_at = clock.now().replace(year=2026, month=1, day=31, hour=3)
    release.save()
    for frequency, day in (("monthly", "2026-02-28"), ("quarterly", "2026-04-30"), ("annual", "2027-01-31"),
                           ("daily", "2026-02-01"), ("irregular", "")):  # fmt: skip
        datasets.describe(actor=provider, dataset=published, frequency=frequency)
        assert values(published)["next_due"] == day


def test_columns_get_english_names_from_the_standard(standards, published):  # noqa: F811
    columns = {each["컬럼 한글명"]: each for each in kept.registered(published)["columns"]}
    assert columns["이용자수"]["컬럼 영문명"] == "USER_CNT" and columns["이용자수"]["길이"] == "10"
    assert "비고" in kept.registered(published)["unnamed"]


def test_files_hold_the_same(standards, published, provider, client_of):  # noqa: F811
    page = client_of(provider)
    book = openpyxl.load_workbook(io.BytesIO(page.get(f"/dataset/{published.name}/portal/?format=xlsx").content))
    assert book.sheetnames == ["목록", "컬럼", "항목 설명"]
    head, line = book["목록"].iter_rows(values_only=True)
    assert dict(zip(head, line, strict=True))["목록명"] == published.title
    text = page.get(f"/organisation/{published.organisation.name}/portal/?format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("자료 이름,목록명,설명,분류체계")
    told = json.loads(page.get(f"/dataset/{published.name}/portal/?format=json").content)
    assert [f["code"] for f in told[0]["fields"] if not f["verified"]] == [
        f.code for f in registration.FIELDS if not f.proven
    ]
    assert page.get(f"/dataset/{published.name}/portal/?format=pdf").status_code == 404
    shown = page.get(f"/dataset/{published.name}/portal/").content.decode()
    assert "보유근거" in shown and "id_legal_basis" in shown


def test_a_text_that_looks_like_a_formula_stays_a_text(published, provider, client_of):
    datasets.describe(actor=provider, dataset=published, description="=HYPERLINK(1)")
    page = client_of(provider)
    book = openpyxl.load_workbook(io.BytesIO(page.get(f"/dataset/{published.name}/portal/?format=xlsx").content))
    assert {cell.data_type for line in book["목록"].iter_rows() for cell in line} <= {"s", "n", "inlineStr"}
    assert "'=HYPERLINK" in page.get(f"/dataset/{published.name}/portal/?format=csv").content.decode()


# The comparison


def test_only_rows_of_ours_are_kept(take, officer, firm):
    made = take(officer, provider="부산")
    assert (made.read, made.kept) == (4, 3)
    assert set(PortalEntry.objects.values_list("key", flat=True)) == {"15000001", "15000002", "15000004"}


def test_three_lists(take, officer, published):
    take(officer, provider="부산")
    made = kept.comparison(officer)
    assert [entry.key for entry in made.there] == ["15000004", "15000002"] and made.here == []
    (pair,) = made.both
    assert (pair.entry.key, pair.ours.name, pair.code) == ("15000001", published.name, "title")
    assert [name for name, _, _ in pair.differences] == ["updated"]


def test_what_a_steward_says_goes_before_likeness(take, officer, published, provider):
    take(officer, provider="부산")
    services.pair(actor=provider, key="15000001", dataset=published, same=False)
    assert kept.comparison(officer).both == []
    services.pair(actor=provider, key="15000002", dataset=published, same=True)
    take(officer, provider="부산")
    assert [pair.code for pair in kept.comparison(officer).both] == ["confirmed"]
    services.pair(actor=provider, key="15000002", dataset=published, same=None)
    assert kept.comparison(officer).both == []
    assert PortalPair.objects.count() == 1


def test_a_key_belongs_to_one_dataset(take, officer, published, provider, receive, firm, file):
    take(officer, provider="부산")
    other = receive(provider, firm, file(header="가,나,다,라"), "다른것.csv").dataset
    services.pair(actor=provider, key="15000001", dataset=published, same=True)
    with pytest.raises(Conflict):
        services.pair(actor=provider, key="15000001", dataset=other, same=True)
    with pytest.raises(NotFound):
        services.pair(actor=provider, key="1", dataset=other, same=True)


def test_refusals(take, officer, provider, stranger, published):
    with pytest.raises(NotAllowed):
        take(provider)
    with pytest.raises(Invalid) as refusal:
        take(officer, rows=[["1", "2"]], header=["가", "나"])
    assert refusal.value.code == "not_a_portal_list"
    with pytest.raises(Invalid) as refusal:
        take(officer, rows=[row("1", "가", provider="먼곳")], provider="부산")
    assert refusal.value.code == "no_provider" and PortalImport.objects.count() == 0
    take(officer)
    with pytest.raises(NotAllowed):
        services.pair(actor=stranger, key="15000001", dataset=published, same=True)


def test_bad_rows_are_told(take, officer, firm):
    made = take(officer, rows=[*ROWS, row("", "이름"), row("15000009", "")])
    assert [(each["line"], each["code"]) for each in made.problems] == [(6, "no_key"), (7, "no_title")]


def entry(key, title, provider="부산광역시"):
    return Entry(key, title, provider)


def ours(pk, title, provider="부산광역시", **facts):
    return pairing.Ours(pk, f"d{pk}", title, provider, **facts)


@pytest.mark.parametrize(
    ("there", "here", "code"),
    [
        (entry("15000001", "부산광역시_주차장_20240101"), ours(1, "주차장"), "title"),
        (entry("15000001", "부산광역시_주차장"), ours(1, "주차장", "부산광역시 데이터정책과"), "title"),
        (entry("15000001", "부산광역시 공영주차장 위치 현황"), ours(1, "공영주차장 위치"), "like"),
        (entry("15000001", "가"), ours(1, "나", source_url="https://www.data.go.kr/data/15000001/fileData.do"), "key"),
        (entry("15000001", "주차장", "부산광역시 남구"), ours(1, "주차장"), "title_alone"),
        (entry("15000001", "도서관"), ours(1, "주차장"), None),
        (entry("15000001", "주차장 위치 현황", "부산광역시 남구"), ours(1, "주차장 위치"), None),
    ],
)
def test_pairs_have_their_reason(there, here, code):
    made = pairing.compare([there], [here])
    assert [pair.code for pair in made.both] == ([code] if code else [])
    assert all(str(pair.reason) for pair in made.both)


def test_differences_are_of_what_both_say():
    there = Entry(
        "1", "부산광역시 공영주차장 위치 현황", "부산광역시", category="교통물류", licence="공공저작물_출처표시"
    )
    made = pairing.compare([there], [ours(1, "공영주차장 위치", theme="housing", licence="kogl-2")])
    assert [name for name, _, _ in made.both[0].differences] == ["title", "category", "licence"]


def test_each_is_paired_once():
    made = pairing.compare([entry("1", "주차장"), entry("2", "주차장")], [ours(1, "주차장")])
    assert len(made.both) == 1 and len(made.there) == 1 and made.here == []


def test_two_thousand_of_each_are_compared_in_time():
    import time

    there = [entry(str(at), f"부산광역시_{at}번째 길의 가로등 {at * 7919} 현황") for at in range(2_500)]
    here = [ours(at, f"{at}번째 길의 가로등 {at * 7919} 현황") for at in range(0, 2_500, 2)]
    began = time.monotonic()
    made = pairing.compare(there, here)
    assert time.monotonic() - began < 20
    assert len(made.both) == 1_250 and all(pair.code == "title" for pair in made.both)


def test_the_page_and_the_command(take, officer, published, client_of, tmp_path):
    from click.testing import CliRunner
    from django.core.files.uploadedfile import SimpleUploadedFile

    from datadam.cli import main

    page = client_of(officer)
    content = lists.file(HEADER, ROWS)
    assert page.get("/portal/").status_code == 200
    sent = {"file": SimpleUploadedFile("목록.csv", content), "provider": "부산"}
    assert page.post("/portal/", sent).status_code == 302
    for which in ("both", "there", "here", "nonsense"):
        assert page.get("/portal/", {"list": which, "page": "99"}).status_code == 200
    assert page.get("/portal/?format=csv").content.decode("utf-8-sig").count("\r\n") == 4
    answer = page.post(f"/dataset/{published.name}/portal/pair/", {"key": "15000001", "same": "yes"})
    assert answer.status_code == 302 and PortalPair.objects.get().same
    (tmp_path / "l.csv").write_bytes(content)

    def run(*words):
        result = CliRunner().invoke(main, [*words, "--as", "officer", "--json"])
        return result.exit_code, json.loads(result.stdout)

    code, told = run("portal", "compare", str(tmp_path / "l.csv"), "--out", str(tmp_path / "o.csv"))
    assert code == 0 and told["read"] == 4 and [p["code"] for p in told["comparison"]["both"]] == ["confirmed"]
    code, told = run("portal", "export", "--org", published.organisation.name, "--out", str(tmp_path / "o.xlsx"))
    assert code == 0 and not told["registrations"][0]["ready"] and (tmp_path / "o.xlsx").stat().st_size > 1000
    assert run("portal", "pair", published.name, "--key", "15000002", "--not-same")[0] == 0
    assert run("portal", "export")[0] == 2


@pytest.mark.trial
def test_the_real_list(officer):
    import os
    from pathlib import Path

    path = Path(os.environ["DATADAM_TRIAL_DATA"]) / "derived" / "openData.utf8.csv"
    made = services.import_list(actor=officer, path=path, filename=path.name, provider="부산")
    assert (made.read, made.kept) == (61_359, 2_513)
