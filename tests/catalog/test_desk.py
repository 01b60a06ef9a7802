"""What of the catalogue waits, what is told, and who reads a history."""

import io
from datetime import timedelta

import pytest

from datadam.catalog import storage
from datadam.catalog.models import Release, Upload
from datadam.catalog.services import datasets, housekeeping, releases, uploads
from datadam.core import clock
from datadam.core.errors import NotAllowed
from datadam.core.models import Event, Notice
from datadam.core.worker import Worker
from tests.catalog.conftest import csv


def act(client, tray, choice, *ids):
    client.post("/desk/act/", {"tray": tray, "choice": choice, "id": [str(pk) for pk in ids]})
    return client.get("/desk/").content.decode()


def test_a_draft_without_licence_is_shown_but_cannot_be_chosen(client_of, draft, provider):
    page = client_of(provider).get("/desk/").content.decode()
    assert "이용허락 조건을 고르십시오" in page and f"/dataset/{draft.name}/edit/" in page
    assert f'value="{draft.releases.get().pk}"' not in page


def test_drafts_are_published_together_and_taken_back(client_of, draft, provider):
    datasets.describe(actor=provider, dataset=draft, licence="kogl-1")
    release, client = draft.releases.get(), client_of(provider)
    page = act(client, "catalog.drafts", "publish", release.pk)
    draft.refresh_from_db()
    assert draft.state == "published" and "위 1건 되돌리기" in page
    act(client, "catalog.drafts", "undo_publish", release.pk)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_stranger_publishes_nothing_from_the_desk(client_of, draft, provider, stranger):
    datasets.describe(actor=provider, dataset=draft, licence="kogl-1")
    page = act(client_of(stranger), "catalog.drafts", "publish", draft.releases.get().pk)
    draft.refresh_from_db()
    assert draft.state == "draft" and "하지 못한 것" in page


def test_a_held_release_waits_and_is_discarded(client_of, receive, published, provider, firm):
    upload = receive(provider, firm, csv(header="시군구,날짜,이용자수,메모"), dataset=published)
    Worker(["light"]).drain()
    held = Release.objects.get(upload=upload)
    assert held.state == "held"
    assert "확인을 기다립니다" in Notice.objects.get(verb="release.create", person=provider).ko
    client = client_of(provider)
    assert "생김 1, 사라짐 1" in client.get("/desk/").content.decode()
    page = act(client, "catalog.held", "discard", held.pk)
    held.refresh_from_db()
    assert held.state == "discarded" and "버렸습니다." in page
    act(client, "catalog.held", "undo_discard", held.pk)
    held.refresh_from_db()
    assert held.state == "held" and held.discarded_at is None


def test_accepted_columns_can_be_taken_back_until_published(client_of, receive, published, provider, firm):
    upload = receive(provider, firm, csv(header="시군구,날짜,이용자수,메모"), dataset=published)
    held = Release.objects.get(upload=upload)
    client = client_of(provider)
    act(client, "catalog.held", "accept", held.pk)
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "draft" and held.version is not None
    assert "바뀐 열을 받아들였습니다." in client.get("/desk/").content.decode()
    act(client, "catalog.held", "undo_accept", held.pk)
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    assert held.state == "held" and held.version is None and "생김 1" in client.get("/desk/").content.decode()
    act(client, "catalog.held", "accept", held.pk)
    Worker(["light", "heavy"]).drain()
    held.refresh_from_db()
    datasets.publish(actor=provider, dataset=published, release=held)
    assert "하지 못한 것" in act(client, "catalog.held", "undo_accept", held.pk)


def test_what_was_discarded_comes_back_within_ten_minutes_only(client_of, draft, provider):
    release = draft.releases.get()
    staged = release.upload.staged
    releases.discard_release(actor=provider, release=release)
    housekeeping.clear_staging()
    assert storage.staging().folder.joinpath(staged).exists() and draft.releases.exists()
    releases.undo_discard(actor=provider, release=release)
    assert release.state == "draft"
    releases.discard_release(actor=provider, release=release)
    with clock.at(clock.now() + timedelta(minutes=11)):
        with pytest.raises(NotAllowed):
            releases.undo_discard(actor=provider, release=release)
        housekeeping.clear_staging()
    assert not storage.staging().folder.joinpath(staged).exists() and not type(draft).objects.exists()


def test_a_file_that_could_not_be_read_is_told_to_who_sent_it(client_of, provider, firm):
    upload = uploads.receive_file(actor=provider, organisation=firm, stream=io.BytesIO(b"x"), filename="a.csv")
    uploads.fail_upload(upload_id=upload.pk, error={"code": "internal", "ko": "안 됩니다.", "en": "No."})
    upload.job.delete()
    Worker(["light"]).drain()
    assert Notice.objects.get().person == provider and Event.objects.filter(verb="upload.fail").exists()
    client = client_of(provider)
    assert "안 됩니다." in client.get("/desk/").content.decode()
    act(client, "catalog.refused", "discard", upload.pk)
    assert Upload.objects.get(pk=upload.pk).state == "discarded"


def test_two_hundred_things_cost_few_queries(client_of, draft, provider, django_assert_max_num_queries):
    release = draft.releases.get()
    for number in range(200):
        draft.pk, draft.name = None, f"d{number}"
        resource = draft.resource
        resource.pk, resource.uid = None, f"00000000-0000-4000-8000-{number:012d}"
        resource.save(force_insert=True)
        draft.resource = resource
        draft.save(force_insert=True)
        release.pk, release.dataset = None, draft
        release.save(force_insert=True)
    client = client_of(provider)
    with django_assert_max_num_queries(33):
        page = client.get("/desk/").content.decode()
    assert page.count("이용허락 조건을 고르십시오") == 200


def test_the_owners_stewards_are_told_of_what_others_do(published, provider, officer):
    datasets.unpublish(actor=officer, dataset=published)
    Worker(["light"]).drain()
    assert Notice.objects.get(verb="dataset.withdraw").person == provider
    assert not Notice.objects.filter(verb="dataset.publish").exists()


def test_a_history_is_read_by_those_concerned(client_of, published, provider, officer, stranger, firm, consumer):
    page = client_of(provider).get(f"/dataset/{published.name}/history/").content.decode()
    for words in ("파일을 받음", "새 판을 읽음", "판을 공개함", "이용 권한을 줌", "모두에게"):
        assert words in page
    assert client_of(stranger).get(f"/dataset/{published.name}/history/").status_code == 403
    assert client_of().get(f"/dataset/{published.name}/history/").status_code == 302
    assert client_of(officer).get(f"/organisation/{firm.name}/history/").status_code == 200
    assert client_of(provider).get(f"/organisation/{firm.name}/history/").status_code == 403
    assert client_of(consumer).get(f"/organisation/{firm.name}/history/").status_code == 403
    file = client_of(officer).get(f"/organisation/{firm.name}/history/?format=csv")
    assert "공개함" in b"".join(file.streaming_content).decode()


def test_a_history_says_why_a_release_was_destroyed(client_of, published, provider, operator):
    datasets.destroy(actor=operator, dataset=published, release=published.releases.first(), reason="주소가 들어 있었음")
    page = client_of(provider).get(f"/dataset/{published.name}/history/").content.decode()
    assert "주소가 들어 있었음" in page
    assert "주소가" not in str(list(Event.objects.values()))


def test_a_grant_is_told_with_the_name_of_the_dataset(published, provider, citizen):
    from datadam.access import services

    services.grant(actor=provider, resource_uid=published.resource.uid, person=citizen, purpose="연구")
    Worker(["light"]).drain()
    notice = Notice.objects.get(person=citizen)
    assert published.title in notice.ko and notice.url == f"/dataset/{published.name}/"
