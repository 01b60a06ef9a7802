"""What happens when two people, or a person and a job, are at the same dataset at the same time."""

import io

import openpyxl
import pytest

from datadam.catalog import storage
from datadam.catalog.services import datasets, releases, uploads
from datadam.core import jobs
from datadam.core.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db
MARKER = "오염된동네"


@pytest.fixture
def late(provider, firm, published, file):
    """A next release that waits for the worker."""
    content = io.BytesIO(file(rows=[f"{MARKER},2022-10-01,1,x"]))
    return uploads.receive_file(
        actor=provider, organisation=firm, stream=content, filename="지하철 이용_202210.csv", dataset=published
    )


def test_a_file_for_a_dataset_destroyed_meanwhile_is_refused_and_gone(late, published, officer, disk):
    datasets.destroy(actor=officer, dataset=published, reason="개인정보")
    with pytest.raises(Conflict):
        jobs.run_now(late.job)
    late.refresh_from_db()
    assert (late.state, late.staged) == ("refused", "")
    assert not published.releases.exclude(state="destroyed").exists() and disk(MARKER) == []
    assert not storage.table(published.resource.uid).exists()


def test_a_destruction_while_the_file_is_read_takes_the_rows_with_it(late, published, officer, monkeypatch):
    from datadam.catalog.services import intake

    read = intake.read

    def read_and_be_overtaken(order):
        found = read(order)
        datasets.destroy(actor=officer, dataset=published, reason="개인정보")
        storage.table(published.resource.uid).folder.mkdir(parents=True)  # the reading commits after the removal
        return found

    monkeypatch.setattr(intake, "read", read_and_be_overtaken)
    with pytest.raises(Conflict):
        jobs.run_now(late.job)
    assert not published.releases.exclude(state="destroyed").exists()
    assert not storage.table(published.resource.uid).folder.exists()


def test_a_release_stored_while_its_dataset_is_destroyed_is_destroyed_too(late, published, officer, monkeypatch):
    note = storage.note_destruction

    def note_and_be_overtaken(**facts):
        note(**facts)
        jobs.run_now(late.job)

    monkeypatch.setattr(storage, "note_destruction", note_and_be_overtaken)
    datasets.destroy(actor=officer, dataset=published, reason="개인정보")
    assert set(published.releases.values_list("number", "state", "version")) == {
        (1, "destroyed", None),
        (2, "destroyed", None),
    }
    assert not storage.table(published.resource.uid).exists()


def test_a_discarded_upload_is_not_read_after_all(late, provider, published):
    uploads.discard_upload(actor=provider, upload=late)
    assert uploads.take_in_upload(upload_id=late.pk) == []
    late.refresh_from_db()
    assert late.state == "discarded" and published.releases.count() == 1


def test_a_discarded_file_can_be_sent_again(receive, provider, firm, file, django_capture_on_commit_callbacks):
    first = receive(provider, firm, file())
    with django_capture_on_commit_callbacks(execute=True):
        uploads.discard_upload(actor=provider, upload=first)
    again = receive(provider, firm, file())
    assert again.state == "read" and again.dataset.releases.get().rows == 3


def test_an_upload_is_looked_at_after_one_of_its_tables_was_discarded(
    receive, provider, firm, tmp_path, client_of, django_capture_on_commit_callbacks
):
    book = openpyxl.Workbook()
    for sheet, rows in ((book.active, [("x", "y"), (1, 2), (3, 4)]), (book.create_sheet(), [("k", "v"), ("a", 2)])):
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "둘.xlsx")
    upload = receive(provider, firm, (tmp_path / "둘.xlsx").read_bytes(), "둘.xlsx")
    with django_capture_on_commit_callbacks(execute=True):
        releases.discard_release(actor=provider, release=upload.releases.order_by("pk").first())
    page = client_of(provider).get(f"/upload/{upload.pk}/")
    assert page.status_code == 200 and "이 표는 버렸습니다." in page.content.decode()


def test_a_decision_names_a_column_that_was_proposed(draft, provider):
    release = draft.releases.get()
    proposal = next(p for p in release.report["proposals"] if p.get("column"))
    with pytest.raises(NotFound):
        releases.decide(actor=provider, release=release, decisions={f"{proposal['code']}:홍길동 010-1234-5678": True})
    assert releases.decide(
        actor=provider, release=release, decisions={f"{proposal['code']}:{proposal['column']}": False}
    )


def test_the_next_release_opens_no_column_that_was_closed(receive, published, provider, firm, file):
    from datadam.access import services as access
    from datadam.access.check import check

    uid = published.resource.uid
    access.grant_public(actor=provider, resource_uid=uid, columns=["시군구"])
    upload = receive(provider, firm, file(rows=["해운대구,2022-10-01,7,x"]), "지하철 이용_202210.csv")
    datasets.publish(actor=provider, dataset=published, release=upload.releases.get())
    assert check(actor=None, resource_uid=uid, version=2, channel="page").columns == ["시군구"]
    access.grant_public(actor=provider, resource_uid=uid, columns=[])
    assert check(actor=None, resource_uid=uid, version=2, channel="page").columns is None
