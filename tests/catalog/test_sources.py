"""Files that come by themselves: from a URL or a folder, by a timetable, once each, with their secrets kept."""

import datetime as dt
import os

import pytest

from datadam.catalog import selectors, storage, waiting
from datadam.catalog.models import Source, Upload
from datadam.catalog.services import fetching, sources
from datadam.core import clock, jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed
from datadam.core.models import Event, Job
from tests.serving import serving

pytestmark = pytest.mark.django_db
SEOUL = sources.SEOUL
SECRET = "s3cret-service-key"


@pytest.fixture
def keys(settings, folders):
    settings.KEYS = folders / "keys"


@pytest.fixture(autouse=True)
def inbox(settings, tmp_path, keys):
    """A folder that the operator allows."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    settings.FETCH_FOLDERS = [str(folder)]
    return folder


def put(folder, name, content, age=120):
    path = folder / name
    path.write_bytes(content)
    at = clock.now().timestamp() - age
    os.utime(path, (at, at))
    return path


def look(source, actor=None):
    result = jobs.run_now(sources.start(actor=actor, source=source))
    source.refresh_from_db()
    return result["outcome"]


@pytest.fixture
def office_inbox(officer, office, inbox):
    return sources.save(
        actor=officer, organisation=office, title="지하철 이용", kind="folder", address=str(inbox), every="day"
    )


@pytest.mark.parametrize(
    ("every", "at", "now", "due"),
    [
        ("hour", "00:10", "2026-03-04 09:20", "2026-03-04 10:10"),
        ("day", "06:00", "2026-03-04 05:59", "2026-03-04 06:00"),
        ("day", "06:00", "2026-03-04 06:00", "2026-03-05 06:00"),
        ("week", "06:00", "2026-03-04 09:00", "2026-03-09 06:00"),
        ("month", "06:00", "2026-03-04 09:00", "2026-04-01 06:00"),
    ],
)
def test_the_next_time_is_korean_time(every, at, now, due):
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=SEOUL)
    found = sources.next_time(every, dt.time.fromisoformat(at), moment.astimezone(dt.UTC))
    assert found == dt.datetime.fromisoformat(due).replace(tzinfo=SEOUL)


def test_a_folder_gives_each_new_file_once(office_inbox, officer, inbox, file):
    put(inbox, "지하철 이용_202209.csv", file())
    assert look(office_inbox) == "new"
    dataset = office_inbox.dataset
    assert dataset.title == "지하철 이용" and dataset.releases.count() == 1
    assert look(office_inbox) == "unchanged" and dataset.releases.count() == 1
    put(inbox, "지하철 이용_202210.csv", file(["남구,2022-10-01,7,"]))
    assert look(office_inbox) == "new" and [r.state for r in dataset.releases.all()] == ["draft", "draft"]
    os.utime(inbox / "지하철 이용_202210.csv", (1, 1))  # touched, not changed
    assert look(office_inbox) == "unchanged" and dataset.releases.count() == 2


def test_a_file_that_is_still_written_waits(office_inbox, inbox, file):
    put(inbox, "지하철 이용_202209.csv", file(), age=5)
    assert look(office_inbox) == "unchanged" and not office_inbox.files.exists()


def test_links_and_folders_outside_are_refused(office_inbox, officer, office, firm, provider, inbox, tmp_path, file):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = put(outside, "secret_202209.csv", file())
    (inbox / "link.csv").symlink_to(target)
    (inbox / "door").symlink_to(outside)
    assert look(office_inbox) == "unchanged"
    for path in (str(outside), str(inbox / "door"), f"{inbox}/../outside", "inbox", "/"):
        with pytest.raises(fetching.FolderRefused):
            sources.save(actor=officer, organisation=office, title="x", kind="folder", address=path)
    with pytest.raises(fetching.FolderRefused):  # a firm only beneath its own name
        sources.save(actor=provider, organisation=firm, title="x", kind="folder", address=str(inbox))
    own = inbox / firm.name
    own.mkdir()
    assert sources.save(actor=provider, organisation=firm, title="x", kind="folder", address=str(own)).pk


def test_a_link_or_a_pipe_that_takes_a_place_meanwhile_is_not_followed(inbox, tmp_path, file):
    inside = inbox / "inside"
    inside.mkdir()
    put(inside, "a.csv", file())
    assert [name for name, _ in fetching._settled(inside)] == ["a.csv"]
    inside.rename(tmp_path / "away")
    inside.symlink_to(tmp_path / "away")
    with pytest.raises(OSError):
        fetching._settled(inside)
    with pytest.raises(OSError):
        fetching._opened(inside, "a.csv")
    os.mkfifo(inbox / "pipe.csv")
    with pytest.raises(OSError):
        fetching._opened(inbox, "pipe.csv")


def test_without_allowed_folders_there_are_none(settings, officer, office, inbox):
    settings.FETCH_FOLDERS = []
    with pytest.raises(fetching.FolderRefused):
        sources.save(actor=officer, organisation=office, title="x", kind="folder", address=str(inbox))


def test_a_url_is_asked_whether_it_changed(inside, provider, firm, file):
    with serving(body=file(), ETag='"one"') as url:
        source = sources.save(actor=provider, organisation=firm, title="지하철", address=f"{url}/a_202209.csv")
        assert look(source) == "new" and source.etag == '"one"' and source.dataset.releases.count() == 1
    with serving(status=304) as url:
        moved = {"sealed": storage.seal_address(f"{url}/a_202209.csv")}
        Source.objects.filter(pk=source.pk).update(**moved)
        source.refresh_from_db()
        assert look(source) == "unchanged" and source.runs.first().reason == "not_modified"


def test_a_key_in_the_address_is_shown_nowhere(inside, provider, firm, file, disk, client_of, caplog):
    with serving(body=file()) as url:
        source = sources.save(
            actor=provider, organisation=firm, title="지하철", address=f"{url}/a.csv?serviceKey={SECRET}"
        )
        assert look(source) == "new"
    assert SECRET in storage.address(source.sealed)
    assert look(source) == "failed"  # nobody answers any more
    rows = [*Source.objects.values(), *Upload.objects.values(), *Event.objects.values(), *Job.objects.values()]
    rows += [*source.runs.values(), *type(source.dataset).objects.values()]
    assert SECRET not in repr(rows) and SECRET not in caplog.text and disk(SECRET) == []
    page = client_of(provider).get(f"/source/{source.pk}/").content.decode()
    assert SECRET not in page and "a.csv?…" in page


def test_failures_are_told_wait_longer_and_pause(inside, provider, firm):
    with serving(status=500) as url:
        source = sources.save(actor=provider, organisation=firm, title="지하철", address=f"{url}/a.csv")
        for count in range(1, 6):
            before = clock.now()
            assert look(source) == "failed" and source.failures == count
            assert source.next_at <= before + dt.timedelta(minutes=10 * 2 ** (count - 1), seconds=30)
    assert not source.active and [e.data["paused"] for e in Event.objects.filter(verb="source.failed")][-1] is True
    (item,) = waiting.failing(provider)
    assert item.urgent and "500" in item.why.ko
    told = [list(waiting._tell_failed(event)) for event in Event.objects.filter(verb="source.failed").order_by("pk")]
    assert [len(letters) for letters in told] == [1, 0, 0, 0, 1] and told[0][0].person == provider
    sources.resume(actor=provider, source=source)
    assert source.active and source.failures == 0


def test_a_private_address_is_refused(provider, firm):
    from datadam.core.fetch import AddressRefused

    with pytest.raises(AddressRefused):
        sources.save(actor=provider, organisation=firm, title="x", address="http://127.0.0.1/a.csv")
    with pytest.raises(Invalid) as refusal:
        sources.save(actor=provider, organisation=firm, title="x", address=f"ftp://x/?{SECRET}")
    assert SECRET not in repr(refusal.value.data)


def test_a_slow_server_is_given_up(inside, settings, provider, firm):
    import socket
    import threading

    settings.FETCH_SECONDS = 1
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        peer, _ = listener.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try:
                while True:
                    peer.sendall(b"a")
                    threading.Event().wait(0.1)
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    with listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.csv"
        source = sources.save(actor=provider, organisation=firm, title="x", address=address)
        assert look(source) == "failed" and source.runs.first().reason == "too_slow"
    assert not any(storage.staging().folder.iterdir())


def test_the_timetable_starts_what_is_due_once(office_inbox):
    assert sources.tick() == 0
    Source.objects.update(next_at=clock.now())
    assert sources.tick() == 1 and sources.tick() == 0
    Source.objects.update(next_at=clock.now())
    assert sources.tick() == 0  # still being fetched
    assert Job.objects.filter(task="catalog.fetch_source").count() == 1
    with pytest.raises(Conflict):
        sources.start(actor=None, source=office_inbox)


def test_a_clean_release_of_the_same_form_is_published_when_asked(officer, office, inbox, file, receive):
    from datadam.catalog.services import datasets

    dataset = receive(officer, office, file()).dataset
    datasets.describe(actor=officer, dataset=dataset, licence="kogl-1")
    datasets.publish(actor=officer, dataset=dataset)
    source = sources.save(
        actor=officer, organisation=office, dataset=dataset, kind="folder", address=str(inbox), publish_when_clean=True
    )
    put(inbox, "b.csv", file(["남구,2022-10-01,7,맑음"]))
    assert look(source) == "published" and selectors.release_for(officer, dataset).number == 2
    put(
        inbox,
        "c.csv",
        file(["남구,2022-10-01,7,맑음,넘침"] + [f"구{n},2022-10-01,{n + 100},x" for n in range(9)]),
        age=90,
    )
    assert look(source) == "new" and dataset.releases.get(number=3).state == "draft"
    put(inbox, "d.csv", file(["남구,7"], header="시군구,요금"), age=80)
    assert look(source) == "held"


def test_a_steward_who_left_fetches_no_more(provider, firm, inbox, file):
    own = inbox / firm.name
    own.mkdir()
    source = sources.save(actor=provider, organisation=firm, title="x", kind="folder", address=str(own))
    provider.memberships.all().delete()
    put(own, "a.csv", file())
    assert look(source) == "failed" and source.runs.first().reason == "not_allowed" and source.dataset is None


def test_the_pages_set_try_pause_and_remove(client_of, provider, stranger, inside, firm, file, draft):
    client = client_of(provider)
    with serving(body=file(["남구,2022-10-01,7,"])) as url:
        form = {"kind": "url", "address": f"{url}/a.csv?k={SECRET}", "every": "week", "at": "07:30"}
        assert client.post(f"/dataset/{draft.name}/source/", form).status_code == 302
        source = Source.objects.get()
        assert (source.dataset, source.every, source.at) == (draft, "week", dt.time(7, 30))
        assert client.post(f"/source/{source.pk}/do/run/").status_code == 302
        source.refresh_from_db()
        jobs.run_now(source.job)
    page = client.get(f"/dataset/{draft.name}/source/").content.decode()
    assert "새 판" in page and SECRET not in page
    bad = client.post(f"/source/{source.pk}/", {**form, "address": "", "at": "noon"})
    assert bad.status_code == 422
    for action, active in (("pause", False), ("resume", True)):
        client.post(f"/source/{source.pk}/do/{action}/")
        source.refresh_from_db()
        assert source.active is active
    assert draft.title in client.get(f"/organisation/{firm.name}/sources/").content.decode()
    assert client_of(stranger).get(f"/source/{source.pk}/").status_code == 404
    assert client_of(stranger).post(f"/organisation/{firm.name}/sources/", form).status_code == 403
    with pytest.raises(NotAllowed):
        sources.pause(actor=stranger, source=source)
    client.post(f"/source/{source.pk}/do/remove/")
    assert not Source.objects.exists() and draft.releases.count() == 2


def test_a_source_without_a_dataset_is_due_and_one_of_a_destroyed_dataset_is_not(
    office_inbox, officer, office, inbox, file, receive
):
    from datadam.catalog.services import datasets

    dataset = receive(officer, office, file(), "버스_202209.csv").dataset
    gone = sources.save(actor=officer, organisation=office, dataset=dataset, kind="folder", address=str(inbox))
    datasets.destroy(actor=officer, dataset=dataset, reason="시험")
    Source.objects.update(next_at=clock.now())
    assert sources.tick() == 1
    gone.refresh_from_db()
    office_inbox.refresh_from_db()
    assert gone.job is None and office_inbox.job is not None
