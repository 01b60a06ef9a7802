"""The pages, walked through by the cast: from a file to a published dataset and back."""

import datetime as dt
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from datadam.catalog import words
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets
from datadam.core import clock, jobs

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return answer.content.decode()


def send(client, organisation, content, name="지하철 이용_202209.csv", **fields):
    file = SimpleUploadedFile(name, content)
    return client.post("/upload/", {"organisation": organisation.name, "file": file, **fields})


def run_waiting():
    from datadam.core.models import Job

    for job in Job.objects.filter(state="ready"):
        jobs.run_now(job)


def test_an_empty_city_says_what_to_do(client, client_of, officer, operator, citizen):
    assert "datadam init" in text(client.get("/"))  # nobody has a password yet
    officer.set_password("바다와 항구 1876")
    officer.save()
    assert "datadam ingest" in text(client.get("/")) and "datadam init" not in text(client.get("/"))
    assert "첫 기관 등록하기" in text(client_of(officer).get("/"))
    assert "도시의 이름 정하기" in text(client_of(operator).get("/"))
    assert "역할을 요청" in text(client_of(citizen).get("/"))


def test_the_home_page_tells_what_the_dam_holds(client, published):
    page = text(client.get("/"))
    assert published.title in page and "항만데이터" in page and "<b>1</b><span>공개 데이터" in page


def test_a_file_becomes_a_published_dataset_and_is_taken_back(client_of, provider, firm, file, client):
    steward = client_of(provider)
    sent = send(steward, firm, file())
    upload = Upload.objects.get()
    assert sent.headers["Location"] == f"/upload/{upload.pk}/"
    waiting = text(steward.get(f"/upload/{upload.pk}/"))
    assert 'hx-get="/upload/' in waiting and 'http-equiv="refresh"' in waiting

    run_waiting()
    assert steward.get(f"/upload/{upload.pk}/progress/").headers["HX-Redirect"] == f"/upload/{upload.pk}/"
    understood = text(steward.get(f"/upload/{upload.pk}/"))
    assert "CSV (CP949)" in understood and "천 단위 쉼표" in understood and "해운대구" in understood

    dataset = Dataset.objects.get()
    edit = f"/dataset/{dataset.name}/edit/"
    refused = steward.post(edit, {"title": "지하철", "frequency": "monthly", "then": "publish"})
    assert refused.status_code == 422 and "이용 조건을 고르십시오" in text(refused)
    dataset.refresh_from_db()
    assert dataset.state == "draft" and client.get(f"/dataset/{dataset.name}/").status_code == 404

    done = steward.post(
        edit,
        {"title": "지하철", "frequency": "monthly", "then": "publish", "licence": "kogl-1", "keywords": "지하철, 부산"},
    )
    assert done.headers["Location"] == f"/dataset/{dataset.name}/"
    dataset.refresh_from_db()
    assert (dataset.state, dataset.title, dataset.keywords) == ("published", "지하철", ["지하철", "부산"])
    assert "지하철" in text(client.get(f"/dataset/{dataset.name}/"))

    steward.post(f"/dataset/{dataset.name}/do/undo_publish/")
    dataset.refresh_from_db()
    assert dataset.state == "draft" and client.get(f"/dataset/{dataset.name}/").status_code == 404


def test_a_later_release_can_be_undone_on_the_page_too(client_of, provider, receive, published, firm, file):
    steward, page = client_of(provider), f"/dataset/{published.name}/"
    undo = f"{page}do/undo_publish/"
    with clock.at(published.published_at + dt.timedelta(minutes=30)):
        assert undo not in text(steward.get(page))
        receive(provider, firm, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv")
        datasets.publish(actor=provider, dataset=published)
        assert undo in text(steward.get(page))
        steward.post(undo)
        assert published.releases.get(number=2).state == "draft"
        assert undo not in text(steward.get(page))
    published.refresh_from_db()
    assert published.state == "published"


def test_a_stranger_neither_sees_nor_sends(client_of, stranger, firm, file, draft):
    outside = client_of(stranger)
    upload = Upload.objects.get()
    assert send(outside, firm, file()).status_code == 403
    assert Upload.objects.count() == 1
    for path in (f"/upload/{upload.pk}/", f"/dataset/{draft.name}/", f"/dataset/{draft.name}/edit/"):
        assert outside.get(path).status_code == 404
    outside.post(f"/dataset/{draft.name}/do/publish/")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_who_is_not_signed_in_is_asked_to(client, published):
    for path in ("/upload/", "/upload/1/", f"/dataset/{published.name}/edit/"):
        assert client.get(path).headers["Location"].startswith("/login/")


def test_a_citizen_cannot_change_what_everyone_sees(client_of, citizen, published):
    visitor = client_of(citizen)
    assert visitor.post(f"/dataset/{published.name}/do/withdraw/").status_code == 403
    assert visitor.post(f"/dataset/{published.name}/edit/", {"title": "x"}).status_code == 403
    published.refresh_from_db()
    assert published.state == "published" and published.title != "x"
    assert "공개 중지" not in text(visitor.get(f"/dataset/{published.name}/"))


def test_publishing_without_a_licence_leads_to_the_form(client_of, provider, draft):
    answer = client_of(provider).post(f"/dataset/{draft.name}/do/publish/")
    assert answer.headers["Location"] == f"/dataset/{draft.name}/edit/"
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_proposal_turned_down_is_read_again(client_of, provider, draft):
    release = draft.releases.get()
    keys = [f"{p['code']}:{p['column']}" if p.get("column") else p["code"] for p in release.report["proposals"]]
    kept = [key for key in keys if key != "thousands_separator:이용자수"]
    answer = client_of(provider).post(f"/dataset/{draft.name}/release/1/do/decide/", {"step": keys, "apply": kept})
    assert re.fullmatch(rf"/upload/{release.upload_id}/\?job=\d+", answer.headers["Location"])
    run_waiting()
    release.refresh_from_db()
    assert {column["name"]: column["type"] for column in release.columns}["이용자수"] == "text"


def test_other_columns_wait_for_a_word(client_of, provider, firm, published, file):
    steward = client_of(provider)
    rows = ["해운대구,2022-10-01,900,1,맑음", "수영구,2022-10-02,800,2,흐림"]
    content = file(rows=rows, header="시군구,날짜,이용자수,환승,비고")
    send(steward, firm, content, "지하철 이용_202210.csv", dataset=published.name)
    run_waiting()
    held = Release.objects.get(dataset=published, number=2)
    page = text(steward.get(f"/upload/{held.upload_id}/"))
    assert held.state == "held" and "열 ‘환승’ 생김" in page and "받아들이기" in page
    steward.post(f"/dataset/{published.name}/release/2/do/accept_drift/")
    run_waiting()
    held.refresh_from_db()
    assert held.state == "draft" and held.rows == 2


def test_a_release_tells_what_it_changed(client, client_of, provider, firm, published, file):
    from datadam.catalog.services import datasets

    rows = ['해운대구,2022-09-01,"1,200",맑음', "기장군,2022-10-02,800,흐림"]
    send(client_of(provider), firm, file(rows=rows), "지하철 이용_202210.csv", dataset=published.name)
    run_waiting()
    assert client.get(f"/dataset/{published.name}/release/2/changes/").status_code == 404
    datasets.publish(actor=provider, dataset=published)
    page = text(client.get(f"/dataset/{published.name}/release/2/changes/"))
    assert "생긴 행 1" in page and "사라진 행 2" in page and "기장군" in page and "동래구" in page
    part = client.get(f"/dataset/{published.name}/release/2/changes/", headers={"hx-target": "changes"})
    assert "<html" not in text(part)
    assert "1행 줄어듦" in text(client.get(f"/dataset/{published.name}/"))


def test_the_preview_sorts_filters_and_stays_a_part(client, published):
    def part(query):
        return text(
            client.get(f"/dataset/{published.name}/{query}", headers={"hx-request": "true", "hx-target": "rows"})
        )

    page = part("?sort=-이용자수")
    assert "<html" not in page and page.index("동래구") < page.index("수영구") < page.index("해운대구")
    assert 'aria-sort="descending"' in page
    assert "수영구" not in part("?column=시군구&op=contains&value=해운대")
    assert "될 수 없습니다" in part("?column=이용자수&op=gte&value=많이")
    assert "조건에 맞는 행이 없습니다" in part("?column=시군구&op=eq&value=없는구")
    assert "해운대구" in part("?sort=없는열&column=없는열&op=drop&value=1&page=x")


def test_the_dataset_page_holds_without_script(client, published):
    page = text(client.get(f"/dataset/{published.name}/"))
    for part in (
        "차트의 값을 표로 보기",
        "정제 과정",
        "공공누리 제1유형",
        "상업적으로 써도 됩니다",
        "pandas",
        "적재한 행",
    ):
        assert part in page
    spec = json.loads(re.search(r'<script id="chart-main" type="application/json">(.*?)</script>', page).group(1))
    assert spec["data"]["values"]


def test_a_page_never_trusts_the_data(client_of, client, provider, firm, receive, file):
    from datadam.catalog.services import datasets

    evil = "<script>alert(1)</script>"
    dataset = receive(provider, firm, file(rows=[f"{evil},2022-09-01,100,{evil}", "b,2022-09-02,200,c"])).dataset
    datasets.describe(actor=provider, dataset=dataset, title=evil, description=evil, licence="kogl-1")
    datasets.publish(actor=provider, dataset=dataset)
    for path in ("/", "/datasets/", f"/datasets/?q={evil}", f"/dataset/{dataset.name}/", "/organisation/harbour-data/"):
        assert "<script>alert" not in text(client.get(path))


@pytest.mark.parametrize(
    ("fmt", "start"), [("csv", b"\xef\xbb\xbf"), ("parquet", b"PAR1"), ("json", b""), ("xlsx", b"PK")]
)
def test_downloads(client, published, fmt, start):
    answer = client.get(f"/dataset/{published.name}/download/{fmt}/")
    assert (
        b"".join(answer.streaming_content).startswith(start) and "attachment" in answer.headers["Content-Disposition"]
    )


def test_characters_that_cp949_cannot_hold_are_told_first(client, provider, firm, receive, file):
    from datadam.catalog.services import datasets

    rows = ["해운대구,2022-09-01,100,café ☕", "수영구,2022-09-02,200,맑음"]
    dataset = receive(provider, firm, file(rows=rows, encoding="utf-8")).dataset
    datasets.describe(actor=provider, dataset=dataset, licence="kogl-1")
    datasets.publish(actor=provider, dataset=dataset)
    url = f"/dataset/{dataset.name}/download/csv/?encoding=cp949"
    assert "☕" in text(client.get(url)) and client.get(url).headers["Content-Type"].startswith("text/html")
    sure = client.get(url + "&sure=1")
    assert "수영구" in b"".join(sure.streaming_content).decode("cp949")
    assert "☕" in text(client.get(f"/dataset/{dataset.name}/"))


def test_formats_there_are_not(client, published):
    assert client.get(f"/dataset/{published.name}/download/hwp/").status_code == 404
    assert client.get(f"/dataset/{published.name}/release/9/").status_code == 404


def test_the_list_filters_and_says_so(client, published):
    found = text(client.get("/datasets/?q=지하철&licence=kogl-1"))
    assert published.title in found and "“지하철”" in found and "이용 조건: 공공누리 제1유형" in found
    nothing = text(client.get("/datasets/?q=항공모함"))
    assert "조건에 맞는 데이터가 없습니다" in nothing
    part = text(client.get("/datasets/", headers={"hx-request": "true", "hx-target": "found"}))
    assert "<html" not in part and published.title in part


def test_english_pages_are_english(client, published):
    client.cookies["datadam_language"] = "en"
    for path in ("/", "/datasets/", f"/dataset/{published.name}/", "/organisation/harbour-data/"):
        page = re.sub(r"<script.*?</script>", "", text(client.get(path)), flags=re.S)
        left = set(re.findall(r"[가-힣]+", re.sub(r'lang="ko">한국어', "", page)))
        own = " ".join(
            [published.title, "항만데이터 부산 부산광역시", *(str(c) for c in published.releases.get().columns)]
        )
        data = {
            w
            for w in left
            if w in own or w in str(published.releases.get().profile) + str(published.releases.get().report)
        }
        assert left - data <= {"월별", "일별"} | {w for w in left if w in published.releases.get().filename}, (
            left - data
        )


def test_discarding_an_upload_throws_its_draft_away(client_of, provider, draft):
    upload = Upload.objects.get()
    client_of(provider).post(f"/upload/{upload.pk}/discard/")
    upload.refresh_from_db()
    assert upload.state == "discarded" and not Dataset.objects.exists()


def test_a_file_that_is_no_table_says_why(client_of, provider, firm):
    steward = client_of(provider)
    send(steward, firm, b"\x89PNG\r\n\x1a\n" + bytes(200), "사진.csv")
    run_waiting()
    upload = Upload.objects.get()
    assert upload.state == "refused"
    assert "읽지 못했습니다" in text(steward.get(f"/upload/{upload.pk}/"))


def test_every_code_has_words_in_both_languages():
    for table in (words.PROPOSALS, words.REASONS, words.FINDINGS, words.TYPES, words.STATUSES, words.EVENTS):
        assert all(each.ko and each.en and each.ko != each.en for each in table.values())
    assert words.reason("not_integer:연번") == (words.REASONS["not_integer"], "연번")
    assert words.proposal("something_new").ko == "something_new"


def test_codes_that_the_lake_gives_have_words():
    """Every Proposal and BadRow reason written in the lake's source is known here."""
    from pathlib import Path

    from django.conf import settings

    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(settings.PACKAGE, "lake").rglob("*.py"))
    proposals = set(re.findall(r'Proposal\(\s*"(\w+)"', source)) | set(re.findall(r'Format\(\s*"(\w+)"', source))
    aside = set(re.findall(r'set_aside(?:\[|\.get\()"(\w+)"', source)) | set(re.findall(r'_aside\("(\w+)"', source))
    assert proposals - {"text"} <= set(words.PROPOSALS)
    assert aside <= set(words.REASONS)
