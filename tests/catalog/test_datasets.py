"""Describing, publishing, withdrawing, undoing and destroying, and who may."""

import datetime as dt
import json

import pytest

from datadam.access import selectors as access
from datadam.catalog import downloads, selectors, storage
from datadam.catalog.models import Dataset
from datadam.catalog.services import datasets, housekeeping, verifying
from datadam.core import clock, extensions
from datadam.core import selectors as core
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def test_a_description_is_saved_tidied(draft, provider):
    datasets.describe(
        actor=provider, dataset=draft, title="  지하철 이용자 ", keywords="지하철, 교통,,지하철", theme="transport",
        temporal_start="2022-09-01", temporal_end=dt.date(2022, 9, 30), contact_email="a@b.kr",
    )  # fmt: skip
    stored = Dataset.objects.get(pk=draft.pk)
    assert (stored.title, stored.keywords, stored.theme) == ("지하철 이용자", ["지하철", "교통"], "transport")
    assert stored.temporal_start == dt.date(2022, 9, 1) and stored.name == "jihacheol-iyong"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": " "}, "title"),
        ({"licence": "gpl"}, "licence"),
        ({"theme": "war"}, "theme"),
        ({"frequency": "never"}, "frequency"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"source_url": "nowhere"}, "source_url"),
        ({"temporal_start": "2022-09-02", "temporal_end": "2022-09-01"}, "temporal_end"),
    ],
)
def test_a_wrong_description_changes_nothing_and_says_which_field(draft, provider, fields, wrong):
    before = Dataset.objects.values().get(pk=draft.pk)
    with pytest.raises(Invalid) as refusal:
        datasets.describe(actor=provider, dataset=draft, **fields)
    assert list(refusal.value.data["fields"]) == [wrong]
    assert Dataset.objects.values().get(pk=draft.pk) == before


def test_a_state_cannot_be_described_away(draft, provider):
    with pytest.raises(Invalid):
        datasets.describe(actor=provider, dataset=draft, state="published")


def test_metadata_raises_the_quality(draft, provider):
    before = draft.releases.get().quality
    datasets.describe(actor=provider, dataset=draft, description="설명", keywords=["교통"], licence="kogl-1")
    assert draft.releases.get().quality == pytest.approx(before + 100 * 0.15 / 0.85 * 3 / 8 / 2, abs=0.11)


def test_nothing_is_published_without_a_licence(draft, provider):
    with pytest.raises(Invalid) as refusal:
        datasets.publish(actor=provider, dataset=draft)
    assert set(refusal.value.data["fields"]) == {"licence"}
    draft.refresh_from_db()
    assert draft.state == "draft" and not access.is_public(draft.resource.uid)


def test_publishing_opens_a_dataset_to_everyone(published, citizen):
    release = published.releases.get()
    assert (published.state, release.state) == ("published", "published")
    for reader in (None, citizen):
        dataset = selectors.dataset_for(reader, published.name)
        found = selectors.preview(actor=reader, dataset=dataset, release=selectors.release_for(reader, dataset))
        assert found.total == 3
    assert access.usage_figures(published.resource.uid).by_channel == {"page": 2}


def test_withdrawing_closes_it_and_publishing_again_opens_it(published, provider, citizen, stranger):
    datasets.unpublish(actor=provider, dataset=published)
    for reader in (None, citizen, stranger):
        with pytest.raises(NotFound):
            selectors.dataset_for(reader, published.name)
    assert selectors.dataset_for(provider, published.name).state == "withdrawn"
    assert not access.is_public(published.resource.uid)
    datasets.publish(actor=provider, dataset=published)
    assert published.state == "published" and access.is_public(published.resource.uid)


def test_a_draft_is_for_those_who_work_on_it(draft, provider, officer, operator, citizen, consumer, stranger, reviewer):
    for reader in (provider, officer, operator):
        assert selectors.dataset_for(reader, draft.name) == draft
    for reader in (None, citizen, consumer, stranger, reviewer):
        with pytest.raises(NotFound):
            selectors.dataset_for(reader, draft.name)


@pytest.mark.parametrize("who", ["citizen", "consumer", "stranger", "reviewer"])
def test_others_may_neither_describe_nor_publish_nor_destroy(who, request, published):
    actor = request.getfixturevalue(who)
    for call in (
        lambda: datasets.describe(actor=actor, dataset=published, title="x"),
        lambda: datasets.publish(actor=actor, dataset=published),
        lambda: datasets.unpublish(actor=actor, dataset=published),
        lambda: datasets.undo_publish(actor=actor, dataset=published),
        lambda: datasets.destroy(actor=actor, dataset=published, reason="x"),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert Dataset.objects.values("state", "title").get() == {"state": "published", "title": "지하철 이용"}


def test_publishing_can_be_undone_for_ten_minutes_by_who_published(published, provider, officer):
    with pytest.raises(NotAllowed):
        datasets.undo_publish(actor=officer, dataset=published)
    with clock.at(published.published_at + dt.timedelta(minutes=11)), pytest.raises(NotAllowed):
        datasets.undo_publish(actor=provider, dataset=published)
    with clock.at(published.published_at + dt.timedelta(minutes=9)):
        datasets.undo_publish(actor=provider, dataset=published)
    assert (published.state, published.releases.get().state) == ("draft", "draft")
    assert not access.is_public(published.resource.uid) and published.published_at is None


def test_undoing_a_second_release_leaves_the_first_open(receive, published, provider, firm, file):
    receive(provider, firm, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv")
    datasets.publish(actor=provider, dataset=published)
    assert selectors.release_for(None, published).number == 2
    datasets.undo_publish(actor=provider, dataset=published)
    assert published.state == "published" and selectors.release_for(None, published).number == 1


def test_undoing_a_release_that_opened_a_withdrawn_dataset_closes_it_again(receive, published, provider, firm, file):
    datasets.unpublish(actor=provider, dataset=published)
    receive(provider, firm, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv")
    datasets.publish(actor=provider, dataset=published)
    assert access.is_public(published.resource.uid)
    datasets.undo_publish(actor=provider, dataset=published)
    assert published.state == "withdrawn" and not access.is_public(published.resource.uid)
    assert [release.state for release in published.releases.order_by("number")] == ["published", "draft"]
    with pytest.raises(Conflict):
        datasets.undo_publish(actor=provider, dataset=published)


def test_a_draft_release_of_a_public_dataset_is_not_public(receive, published, provider, citizen, firm, file):
    receive(provider, firm, file(["남구,2022-10-01,7,"]), "지하철 이용_202210.csv")
    with pytest.raises(NotFound):
        selectors.release_for(citizen, published, 2)
    release = published.releases.get(number=2)
    with pytest.raises(NotAllowed):
        selectors.preview(actor=citizen, dataset=published, release=release)


def test_what_happened_is_on_record(published):
    verbs = [event.verb for event in core.history("catalog.dataset", published.pk)]
    assert verbs == ["dataset.create", "dataset.describe", "dataset.publish"]


def test_a_sealed_file_stays_until_publishing_can_no_longer_be_undone(published):
    upload = published.releases.get().upload
    assert housekeeping.clear_staging() == 0
    with clock.at(published.published_at + dt.timedelta(minutes=11)):
        assert housekeeping.clear_staging() == 1
    upload.refresh_from_db()
    assert upload.staged == "" and list(storage.staging().folder.iterdir()) == []


def test_verify_misses_what_is_gone(draft):
    assert list(verifying.verify()) == []
    storage.staging().discard(draft.releases.get().upload.staged)
    storage.table(draft.resource.uid).destroy()
    assert [found.words.en for found in verifying.verify()] == [
        "release 1 of jihacheol-iyong has no table in the lake",
        f"upload {draft.releases.get().upload.pk} has no sealed file in staging",
    ]


MARKER = "비밀표지어"


@pytest.fixture
def contaminated(receive, published, provider, firm, file):
    """Its second release holds a marker, in good rows and in a bad one, and has been downloaded."""
    rows = [f"구{i},2022-10-01,{i + 100},{MARKER}" for i in range(30)] + [f"{MARKER},2022-10-01,1,a,b,c"]
    receive(provider, firm, file(rows), "지하철 이용_202210.csv")
    datasets.publish(actor=provider, dataset=published)
    release = published.releases.get(number=2)
    downloads.download(actor=provider, dataset=published, release=release, format="csv")
    return release


def in_parquet(uid, marker):
    import pyarrow.parquet as pq

    paths = storage.table(uid).folder.rglob("*.parquet")
    return [path for path in paths if marker in str(pq.read_table(path).to_pylist())]


def test_a_destroyed_release_is_gone_and_the_others_stay(contaminated, published, officer, provider, disk, folders):
    uid = published.resource.uid
    assert in_parquet(uid, MARKER) and disk(MARKER)
    datasets.destroy(actor=officer, dataset=published, release=contaminated, reason="개인정보가 섞임")
    assert in_parquet(uid, MARKER) == [] and disk(MARKER) == []
    contaminated.refresh_from_db()
    assert (contaminated.state, contaminated.version, contaminated.profile, contaminated.columns) == (
        "destroyed", None, [], [],
    )  # fmt: skip
    assert MARKER not in json.dumps([contaminated.report, contaminated.upload.report], ensure_ascii=False)
    first = selectors.release_for(None, published)
    assert first.number == 1 and selectors.preview(actor=None, dataset=published, release=first).total == 3
    listed = [json.loads(line) for line in (folders / "destructions.ndjson").read_text().splitlines()]
    assert [(line["dataset"], line["release"], line["reason"]) for line in listed] == [
        (published.name, 2, "개인정보가 섞임")
    ]
    with pytest.raises(Conflict):
        datasets.destroy(actor=officer, dataset=published, release=contaminated, reason="다시")


def test_a_destroyed_dataset_leaves_nothing_but_its_name(contaminated, published, officer, disk, monkeypatch):
    called = []
    heard = [*extensions.hooks("destroy"), lambda **facts: called.append(facts) or []]
    monkeypatch.setitem(extensions._hooks, "destroy", heard)
    datasets.destroy(actor=officer, dataset=published, reason="계약 종료")
    assert called[0]["resource"] == str(published.resource.uid) and called[0]["release"] is None
    assert not storage.table(published.resource.uid).exists() and disk(MARKER) == []
    assert {r.state for r in published.releases.all()} == {"destroyed"} and published.state == "destroyed"
    assert not access.is_public(published.resource.uid)
    with pytest.raises(NotFound):
        selectors.dataset_for(None, published.name)


def test_after_a_destruction_the_same_file_is_a_new_dataset(receive, published, officer, provider, firm, file):
    datasets.destroy(actor=officer, dataset=published, reason="계약 종료")
    again = receive(provider, firm, file()).dataset
    assert again.pk != published.pk and again.name == "jihacheol-iyong-2"
    assert again.resource.uid != published.resource.uid


def test_a_destruction_needs_a_reason_and_a_steward_is_not_enough(published, provider, officer):
    with pytest.raises(NotAllowed):
        datasets.destroy(actor=provider, dataset=published, reason="그냥")
    with pytest.raises(Invalid):
        datasets.destroy(actor=officer, dataset=published, reason=" ")
    assert published.releases.get().state == "published"
