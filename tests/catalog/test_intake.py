"""A file becomes a release once, the next month's file the next one, and nothing changes without being asked."""

import io

import pytest

from datadam.catalog import recipes, selectors, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets, intake, releases, uploads
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def rows_of(actor, dataset, number=None):
    release = selectors.release_for(actor, dataset, number)
    return selectors.preview(actor=actor, dataset=dataset, release=release).rows


def test_a_first_file_becomes_a_draft_dataset(receive, provider, firm, file):
    upload = receive(provider, firm, file())
    dataset, release = upload.dataset, upload.dataset.releases.get()
    assert (dataset.state, dataset.title, dataset.name) == ("draft", "지하철 이용", "jihacheol-iyong")
    assert (release.number, release.state, release.rows, release.version) == (1, "draft", 3, 1)
    assert [(c["name"], c["type"]) for c in release.columns] == [
        ("시군구", "text"), ("날짜", "date"), ("이용자수", "integer"), ("비고", "text"),
    ]  # fmt: skip
    assert release.source_sha256 == upload.sha256 and release.content_digest and release.quality > 50
    assert rows_of(provider, dataset)[0] == ["해운대구", "2022-09-01", 1200, "맑음"]
    assert upload.state == "read" and upload.report[0]["encoding"] == "cp949" and upload.staged


def test_the_same_file_again_makes_no_release(receive, provider, firm, file, draft):
    again = receive(provider, firm, file())
    assert again.report[0]["status"] == "unchanged" and again.report[0]["reason"] == "same_file"
    assert again.staged == "" and again.dataset == draft and draft.releases.count() == 1


def test_the_same_rows_in_another_encoding_make_no_release(receive, provider, firm, file, draft):
    again = receive(provider, firm, file(encoding="utf-8-sig"), "지하철 이용_202210.csv")
    assert (again.report[0]["status"], again.report[0]["reason"]) == ("unchanged", "same_content")
    assert draft.releases.count() == 1


def test_next_months_file_is_the_next_release(receive, provider, firm, file, draft):
    upload = receive(provider, firm, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv")
    assert upload.dataset == draft and [r.number for r in draft.releases.order_by("number")] == [1, 2]
    assert rows_of(provider, draft, 2) == [["남구", "2022-10-01", 7, None]] and len(rows_of(provider, draft, 1)) == 3


def test_a_file_of_another_name_or_organisation_is_another_dataset(
    receive, provider, firm, officer, office, file, draft
):
    other = receive(provider, firm, file(["남구,2022-10-01,7,"]), "버스 이용_202210.csv").dataset
    elsewhere = receive(officer, office, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv").dataset
    assert len({draft.pk, other.pk, elsewhere.pk}) == 3 and elsewhere.name == "jihacheol-iyong-2"


def test_changed_columns_are_held_until_a_steward_accepts_them(receive, provider, firm, file, draft):
    changed = file(["남구,2022-10-01,7,100"], header="시군구,날짜,이용자수,요금")
    held = receive(provider, firm, changed, "지하철 이용_202210.csv").releases.get()
    assert (held.state, held.version) == ("held", None)
    assert held.changes["columns_added"] == ["요금"] and held.changes["columns_removed"] == ["비고"]
    with pytest.raises(Conflict):
        datasets.describe(actor=provider, dataset=draft, licence="kogl-1")
        datasets.publish(actor=provider, dataset=draft)
    again = receive(provider, firm, changed, "지하철 이용_202210.csv")
    assert again.report[0]["status"] == "held" and draft.releases.count() == 2
    jobs.run_now(releases.accept_drift(actor=provider, release=held))
    held.refresh_from_db()
    assert (held.state, held.rows, held.changes["accepted"]) == ("draft", 1, True)
    assert rows_of(provider, draft, 2) == [["남구", "2022-10-01", 7, 100]]


def test_only_a_held_release_can_be_accepted(draft, provider):
    with pytest.raises(Conflict):
        releases.accept_drift(actor=provider, release=draft.releases.get())


def test_a_decision_is_a_recipe_that_next_months_file_follows(receive, provider, firm, file, draft):
    release = draft.releases.get()
    codes = {(p["code"], p["column"]) for p in release.report["proposals"]}
    assert ("thousands_separator", "이용자수") in codes
    jobs.run_now(releases.decide(actor=provider, release=release, decisions={"thousands_separator:이용자수": False}))
    release.refresh_from_db()
    assert draft.releases.count() == 1 and release.recipe.version == 2
    assert rows_of(provider, draft)[0][2] == "1,200"
    receive(provider, firm, file(['남구,2022-10-01,"7,000",']), "지하철 이용_202210.csv")
    assert rows_of(provider, draft, 2)[0][2] == "7,000" and draft.recipes.count() == 2


def test_a_decision_on_a_published_release_makes_the_next_one(published, provider):
    release = published.releases.get()
    jobs.run_now(releases.decide(actor=provider, release=release, decisions={"date": False}))
    assert [(r.number, r.state) for r in published.releases.order_by("number")] == [(1, "published"), (2, "held")]


def test_an_unknown_proposal_cannot_be_decided(draft, provider):
    with pytest.raises(NotFound):
        releases.decide(actor=provider, release=draft.releases.get(), decisions={"nonsense": True})


def test_none_takes_a_file_literally_and_next_months_too(receive, provider, firm, file):
    dataset = receive(provider, firm, file(), proposals="none").dataset
    assert rows_of(provider, dataset)[0] == ["해운대구", "2022-09-01", "1,200", "맑음"]
    assert recipes.current(dataset).steps == recipes.LITERAL
    receive(provider, firm, file(['남구,2022-10-01,"7,000",']), "지하철 이용_202210.csv")
    assert rows_of(provider, dataset, 2)[0][2] == "7,000"


def test_a_file_that_is_no_table_is_refused_with_a_reason(receive, provider, firm):
    upload = receive(provider, firm, b"\x00\x01\x02\xff" * 500, "표.csv")
    report = upload.report[0]
    assert (upload.state, report["status"]) == ("refused", "refused") and report["reason"] and report["message_ko"]
    assert upload.staged == "" and not Dataset.objects.exists() and not any(storage.staging().folder.glob("*.part"))


def test_every_row_is_accounted_for_and_stewards_see_the_bad_ones(receive, provider, citizen, firm, file):
    rows = [f"구{i},2022-09-01,{i + 100},x" for i in range(40)] + ["넘치는,2022-09-01,1,x,y,z"]
    dataset = receive(provider, firm, file(rows)).dataset
    release = dataset.releases.get()
    told = selectors.account(release, provider)
    assert (
        told["rows_read"] == 41 == told["rows_loaded"] + told["rows_quarantined"] + sum(told["rows_set_aside"].values())
    )
    assert told["quarantine"][0]["line"] == 42 and "넘치는" in told["quarantine"][0]["text"]
    assert selectors.account(release, citizen)["quarantine"] == []


def test_a_job_that_runs_twice_makes_one_release(provider, firm, file):
    upload = uploads.receive_file(
        actor=provider, organisation=firm, stream=io.BytesIO(file()), filename="표_202209.csv"
    )
    first = uploads.take_in_upload(upload_id=upload.pk)
    assert uploads.take_in_upload(upload_id=upload.pk) == first and Release.objects.count() == 1


def test_a_reading_that_died_after_its_commit_is_done_again_without_harm(provider, firm, file, monkeypatch):
    upload = uploads.receive_file(
        actor=provider, organisation=firm, stream=io.BytesIO(file()), filename="표_202209.csv"
    )
    with monkeypatch.context() as patch:
        patch.setattr(intake, "store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            uploads.take_in_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == "reading" and not Release.objects.exists()
    uploads.take_in_upload(upload_id=upload.pk)
    release = Release.objects.get()
    table = storage.table(release.dataset.resource.uid)
    assert release.version == 2 and table.versions() == [0, 1, 2] and len(rows_of(provider, release.dataset)) == 3


def test_a_file_being_read_elsewhere_is_left_alone(provider, firm, file):
    upload = uploads.receive_file(
        actor=provider, organisation=firm, stream=io.BytesIO(file()), filename="표_202209.csv"
    )
    with storage.hold(upload.staged) as alone:
        assert alone
        with pytest.raises(Conflict):
            uploads.take_in_upload(upload_id=upload.pk)
        with pytest.raises(Conflict):
            uploads.discard_upload(actor=provider, upload=upload)


def test_a_discarded_upload_leaves_nothing(receive, provider, firm, file, django_capture_on_commit_callbacks):
    upload = receive(provider, firm, file())
    uid, staged = upload.dataset.resource.uid, upload.staged
    with django_capture_on_commit_callbacks(execute=True):
        uploads.discard_upload(actor=provider, upload=upload)
    upload.refresh_from_db()
    assert upload.state == "discarded" and not Dataset.objects.exists() and not storage.table(uid).exists()
    assert not (storage.staging().folder / staged).exists()


def test_a_workbook_gives_a_dataset_per_sheet(receive, provider, firm, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "관광지"
    for row in (["이름", "방문"], ["가", 1], ["나", 2]):
        book.active.append(row)
    second = book.create_sheet("숙박")
    for row in (["호텔", "객실"], ["다", 10], ["라", 20]):
        second.append(row)
    book.save(tmp_path / "book.xlsx")
    content = (tmp_path / "book.xlsx").read_bytes()
    receive(provider, firm, content, "관광 현황_2024.xlsx")
    titles = ["관광 현황 · 관광지", "관광 현황 · 숙박"]
    assert sorted(Dataset.objects.values_list("title", flat=True)) == titles
    again = receive(provider, firm, content, "관광 현황_2024.xlsx")
    assert [r["status"] for r in again.report] == ["unchanged"] * 2
    second.append(["마", 30])
    book.save(tmp_path / "book.xlsx")
    third = receive(provider, firm, (tmp_path / "book.xlsx").read_bytes(), "관광 현황_2025.xlsx")
    assert sorted(r["status"] for r in third.report) == ["loaded", "unchanged"]
    stays = Dataset.objects.get(title=titles[1])
    assert stays.releases.count() == 2 and rows_of(provider, stays, 2)[-1] == ["마", 30]


@pytest.mark.parametrize("who", ["citizen", "consumer", "stranger", "reviewer"])
def test_others_may_not_bring_data_into_an_organisation(who, request, firm, file):
    with pytest.raises(NotAllowed):
        uploads.receive_file(
            actor=request.getfixturevalue(who), organisation=firm, stream=io.BytesIO(file()), filename="표.csv"
        )
    assert not Upload.objects.exists()


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(provider, firm, settings):
    from datadam.lake.errors import TooBig

    settings.MAX_UPLOAD_MB = 0
    before = set(storage.staging().folder.iterdir())
    with pytest.raises(TooBig):
        uploads.receive_file(actor=provider, organisation=firm, stream=io.BytesIO(b"a,b\n1,2\n"), filename="표.csv")
    assert set(storage.staging().folder.iterdir()) == before


def test_a_release_for_a_dataset_of_another_organisation_is_refused(officer, office, draft, file):
    with pytest.raises(Invalid):
        uploads.receive_file(
            actor=officer, organisation=office, stream=io.BytesIO(file()), filename="표.csv", dataset=draft
        )
