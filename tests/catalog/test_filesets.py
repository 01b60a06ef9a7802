"""A file set on its way through the catalogue: taken in, published, looked at, handed out, followed, destroyed."""

import hashlib
import io
import json
import subprocess
import zipfile

import jsonschema
import pytest
from django.urls import reverse

from datadam.access import services as access
from datadam.access.models import Usage
from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release
from datadam.catalog.services import datasets, filesets, housekeeping, keeping, releases, safety, uploads, verifying
from datadam.core import jobs
from datadam.core.errors import DomainError
from tests.catalog.test_cli import Desk
from tests.media import picture, signs, sound, zipped

pytestmark = pytest.mark.django_db
API = "/api/v1/datasets"


@pytest.fixture
def open_set(receive, provider, firm):
    """A set of harbour signs that everyone may read."""
    dataset = receive(provider, firm, zipped(signs()), "항만 표지_202609.zip").dataset
    datasets.describe(actor=provider, dataset=dataset, licence="kogl-1", frequency="monthly")
    return datasets.publish(actor=provider, dataset=dataset)


def follow(receive, provider, firm, dataset, content):
    """The next month's set, published."""
    upload = receive(provider, firm, zipped(content), "항만 표지_202610.zip")
    if upload.report[0]["status"] == "loaded":
        datasets.publish(actor=provider, dataset=dataset, release=upload.releases.get())
    return upload


def test_numbers_of_people_in_its_texts_hold_a_set(receive, provider, officer, firm):
    number = "900101-1234568"
    told = {**signs(), "notes/신청.txt": f"신청인 {number}, 010-2345-6789".encode("cp949"), "notes/읽기.md": "설명"}
    release = receive(provider, firm, zipped(told), "표지_202609.zip", files=True).dataset.releases.get()
    offers = {offer.code: offer for offer in safety.undecided(release)}
    assert (release.state, releases.held_by(release)) == ("held", ["personal_data"])
    assert offers.keys() == {"resident_number", "phone"} and offers["phone"].count == 1
    assert [option.action for option in offers["phone"].options] == ["keep"] and offers["phone"].default == ""
    assert number not in json.dumps(release.report) and not any(
        storage.table(release.dataset.resource.uid).objects.names()
    )
    with pytest.raises(DomainError):
        drop = safety.Choice("personal", "", "phone", "drop")
        safety.decide(actor=provider, release=release, decisions=[drop], reason="r")
    kept = [safety.chosen(release, offer.about, "keep") for offer in offers.values()]
    for decision in safety.decide(actor=provider, release=release, decisions=kept, reason="지어낸 번호")[0]:
        job = safety.agree(actor=officer, decision=decision, reason="확인함")
    jobs.run_now(job)
    release.refresh_from_db()
    assert release.state == "draft"
    datasets.describe(actor=provider, dataset=release.dataset, licence="kogl-1", frequency="once")
    assert datasets.publish(actor=provider, dataset=release.dataset).state == "published"


def body(answer):
    return b"".join(answer.streaming_content)


def hashes(dataset):
    return set(storage.objects(dataset.resource.uid).names())


def test_a_zip_becomes_a_file_set_on_its_page(open_set, client):
    release = open_set.releases.get()
    assert release.is_files and release.rows == 11 and len(hashes(open_set)) == 11
    page = client.get(f"/dataset/{open_set.name}/").content.decode()
    assert "파일 11개 모두 보기" in page and "매월 내는 파일 묶음으로, 파일 11개" in page
    assert page.count('class="tile"') == 10 and "<audio" in page  # the table of labels is no tile
    assert "파일 11개" in client.get("/datasets/").content.decode()
    client.cookies["datadam_language"] = "en"
    assert "A set of files that" in client.get(f"/dataset/{open_set.name}/").content.decode()


def test_the_upload_page_tells_where_every_file_went(receive, provider, firm, client):
    content = {**signs(), "signs/half.png": picture(size=(200, 200))[:60], "signs/Thumbs.db": b"x"}
    upload = receive(provider, firm, zipped(content), "표지.zip")
    client.force_login(provider)
    page = client.get(f"/upload/{upload.pk}/").content.decode()
    assert "ZIP에 든 파일 13개는 이렇게 되었습니다." in page and "파일 11개의 묶음입니다." in page
    assert "그림이 손상됨" in page and "half.png" in page and "시스템 파일" in page


def test_the_gallery_filters_and_turns_pages(open_set, client, monkeypatch):
    from datadam.catalog.views import files

    monkeypatch.setattr(files, "PAGE", 3)
    url = f"/dataset/{open_set.name}/files/"
    page = client.get(url)
    assert page.context["total"] == 11 and page.context["paging"].pages == 4
    assert [tile["path"] for tile in page.context["tiles"]] == ["go/0.jpg", "go/1.jpg", "go/2.jpg"]
    for asked, total in (
        ({"kind": "image"}, 8), ({"label": "stop"}, 4), ({"folder": "go"}, 4), ({"text": "HORN"}, 1),
        ({"kind": "audio", "label": "stop"}, 0), ({"folder": "g"}, 0), ({"label": "' OR 1=1 --"}, 0),
    ):  # fmt: skip
        assert client.get(url, asked).context["total"] == total
    assert "조건에 맞는 파일이 없습니다" in client.get(url, {"kind": "video"}).content.decode()
    for odd in ("page=0", "page=abc", "page=999999999", "release=x", "kind=%00"):
        assert client.get(f"{url}?{odd}").status_code in (200, 404)


def test_one_file_has_a_page_with_its_player(open_set, client):
    page = client.get(f"/dataset/{open_set.name}/file/horn.wav").content.decode()
    assert "<audio" in page and "1.0초" in page and "audio/wav" in page
    page = client.get(reverse("dataset_file", args=[open_set.name, "안내.pdf"])).content.decode()
    assert "여기에서 보여 드리지 않습니다" in page and "<img" not in page
    assert client.get(f"/dataset/{open_set.name}/file/없다.png").status_code == 404
    assert client.get(f"/dataset/{open_set.name}/raw/../../../etc/passwd").status_code == 404


def test_a_file_is_sent_whole_or_in_part(open_set, client):
    url, raw = f"/dataset/{open_set.name}/raw/horn.wav", sound()
    whole = client.get(url)
    assert body(whole) == raw and whole["Content-Length"] == str(len(raw)) and whole["Accept-Ranges"] == "bytes"
    assert whole["ETag"] == f'"{hashlib.sha256(raw).hexdigest()}"'
    for asked, start, end in (("bytes=10-19", 10, 20), ("bytes=16000-", 16_000, None), ("bytes=-5", -5, None)):
        part = client.get(url, headers={"Range": asked})
        assert part.status_code == 206 and body(part) == raw[start:end]
        assert part["Content-Range"].endswith(f"/{len(raw)}")
    assert client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    for odd in ("bytes=5-2", "bytes=0-1,4-5", "items=1-2", "bytes=-", "bytes=a-b"):
        assert client.get(url, headers={"Range": odd}).status_code == 200
    assert client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
    assert client.get(url, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    head = client.head(url)
    assert head["Content-Length"] == str(len(raw)) and head.content == b""
    sent = list(Usage.objects.filter(channel="download").order_by("pk").values_list("rows", "bytes"))
    assert sent[:4] == [(1, len(raw)), (1, 10), (1, len(raw) - 16_000), (1, 5)]


def test_what_people_sent_is_never_run(receive, provider, firm, client):
    script = "<script>alert(1)</script>"
    content = {"a.png": picture(), "b.svg": f"<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>", "c.html": script}
    upload = receive(provider, firm, zipped(content), "그림.zip", files=True)
    client.force_login(provider)
    for path, shown in (("a.png", True), ("b.svg", False), ("c.html", False)):
        answer = client.get(f"/dataset/{upload.dataset.name}/raw/{path}")
        assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Disposition"].startswith("inline" if shown else "attachment")
        assert script not in client.get(f"/dataset/{upload.dataset.name}/file/{path}").content.decode()
    saved = client.get(f"/dataset/{upload.dataset.name}/raw/a.png?save=1")
    assert saved["Content-Disposition"].startswith("attachment")


def test_thumbnails_are_sent_and_drawn_anew_when_missing(open_set, client):
    url = f"/dataset/{open_set.name}/thumb/go/0.jpg"
    first = client.get(url)
    assert first["Content-Type"] == "image/jpeg" and body(first)[:2] == b"\xff\xd8"
    assert client.get(f"/dataset/{open_set.name}/thumb/horn.wav").status_code == 404
    for path in storage.objects(open_set.resource.uid).folder.glob("??/*.thumb"):
        path.unlink()
    assert client.get(url).status_code == 404
    assert "thumb/go/0.jpg" not in client.get(f"/dataset/{open_set.name}/").content.decode()
    assert filesets.draw_missing() == 8 and filesets.draw_missing() == 0
    assert client.get(url).status_code == 200


def test_some_files_come_as_a_zip_with_their_hashes(open_set, client):
    answer = client.get(f"/dataset/{open_set.name}/files.zip", {"label": "stop"})
    with zipfile.ZipFile(io.BytesIO(body(answer))) as found:
        assert sorted(found.namelist()) == [f"stop/{n}.png" for n in range(4)] and found.testzip() is None
        packed = {name: hashlib.sha256(found.read(name)).hexdigest() for name in found.namelist()}
    listed = client.get(f"/dataset/{open_set.name}/files.sha256", {"label": "stop"}).content.decode()
    assert listed == "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(packed.items()))
    used = Usage.objects.filter(channel="download").order_by("pk").first()
    assert used.rows == 4 and used.bytes == sum(len(signs()[f"signs/{name}"]) for name in packed)
    assert client.get(f"/dataset/{open_set.name}/files.zip", {"label": "없다"}).status_code == 422
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"/dataset/{open_set.name}/files.zip")))) as found:
        assert len(found.namelist()) == 11


def test_an_altered_file_is_refused_and_found_by_verify(open_set, client):
    row = {"sha256": hashlib.sha256(sound()).hexdigest()}
    path = storage.objects(open_set.resource.uid).path(row["sha256"])
    assert not [found for found in verifying.verify() if open_set.name in str(found.words)]
    path.write_bytes(sound()[:-1] + b"\x7f")
    told = [str(found.words) for found in verifying.verify() if open_set.name in str(found.words)]
    assert len(told) == 1 and row["sha256"] in told[0]
    path.unlink()
    assert client.get(f"/dataset/{open_set.name}/raw/horn.wav").status_code == 422
    assert [found for found in verifying.verify(deep=True) if "missing" in found.words.en]


def test_the_next_set_is_the_next_release_with_its_differences(open_set, receive, provider, firm, client):
    same = follow(receive, provider, firm, open_set, signs())
    assert same.report[0]["status"] == "unchanged"
    content = signs()
    del content["signs/go/3.jpg"]
    content["signs/go/0.jpg"] = picture((1, 2, 3), kind="JPEG")
    content["signs/stop/9.png"] = picture((9, 9, 9))
    follow(receive, provider, firm, open_set, content)
    assert open_set.releases.count() == 2
    answer = client.get(f"/dataset/{open_set.name}/release/2/changes/")
    page = answer.content.decode()
    assert "stop/9.png" in page and "go/3.jpg" in page and "go/0.jpg" in page
    diff = answer.context["diff"]
    assert (diff["rows_added"], diff["rows_removed"], diff["rows_changed"]) == (1, 1, 1)
    old = client.get(f"/dataset/{open_set.name}/raw/go/0.jpg?release=1")
    assert body(old) == signs()["signs/go/0.jpg"]
    assert len(hashes(open_set)) == 13  # what both have lies there once


def test_a_set_stays_a_set_whatever_comes_next(open_set, receive, provider, firm):
    upload = follow(receive, provider, firm, open_set, {"a.csv": "가,나\n1,2\n"})
    assert upload.report[0]["format"] == "files" and upload.report[0]["status"] == "held"


def test_destroying_a_release_takes_the_files_that_no_other_names(open_set, receive, provider, firm, officer, disk):
    secret = "비밀번호는-부두-7"
    content = {**signs(), "signs/비밀.txt": secret, "signs/비밀.png": picture((77, 77, 77))}
    follow(receive, provider, firm, open_set, content)
    before = hashes(open_set)
    assert disk(secret)
    release = open_set.releases.get(number=2)
    datasets.destroy(actor=officer, dataset=open_set, release=release, reason="개인정보")
    gone = {hashlib.sha256(each).hexdigest() for each in (secret.encode(), picture((77, 77, 77)))}
    assert before - hashes(open_set) == gone and not disk(secret)
    assert not [found for found in verifying.verify(deep=True) if open_set.name in str(found.words)]
    datasets.destroy(actor=officer, dataset=open_set, reason="끝")
    assert not storage.objects(open_set.resource.uid).folder.exists()


def test_a_discarded_draft_leaves_its_files_for_a_day(
    receive, provider, firm, monkeypatch, open_set, django_capture_on_commit_callbacks
):
    upload = receive(provider, firm, zipped({**signs(), "signs/new.png": picture((5, 5, 5))}), "항만 표지_202611.zip")
    releases.discard_release(actor=provider, release=upload.releases.get())
    housekeeping.clear_staging()
    assert len(hashes(open_set)) == 12
    monkeypatch.setattr(housekeeping, "ABANDONED", housekeeping.ABANDONED * -1)
    housekeeping.clear_staging()
    assert len(hashes(open_set)) == 11
    lone = receive(provider, firm, zipped({"x.png": picture((6, 6, 6))}), "다른 것.zip")
    with django_capture_on_commit_callbacks(execute=True):
        releases.discard_release(actor=provider, release=lone.releases.get())
        releases.clear_discarded(actor=provider, release=lone.releases.get())
    assert len(storage.object_folders()) == 1


def test_backups_hold_what_releases_name(open_set, receive, provider, firm):
    follow(receive, provider, firm, open_set, {**signs(), "signs/new.png": picture((5, 5, 5))})
    names = {name for _, name in keeping.lake_files(using="default")}
    wanted = {f"files/{open_set.resource.uid}/{sha256[:2]}/{sha256}" for sha256 in hashes(open_set)}
    assert wanted <= names and not any(name.endswith(".thumb") for name in names) and len(wanted) == 12


@pytest.fixture
def narrow(open_set, provider, citizen, client):
    """Only the citizen may read it, and only what is labelled go."""
    access.revoke_public(actor=provider, resource_uid=open_set.resource.uid)
    access.grant(actor=provider, resource_uid=open_set.resource.uid, person=citizen, row_filter={"label": ["go"]})
    client.force_login(citizen)
    return open_set


def test_a_row_filter_holds_for_files(narrow, client):
    url = f"/dataset/{narrow.name}"
    assert client.get(f"{url}/files/").context["total"] == 4
    assert client.get(f"{url}/raw/go/0.jpg").status_code == 200
    for place in ("raw", "file", "thumb"):
        assert client.get(f"{url}/{place}/stop/0.png").status_code == 404
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"{url}/files.zip")))) as found:
        assert sorted(found.namelist()) == [f"go/{n}.jpg" for n in range(4)]
    assert "stop/" not in client.get(f"{url}/").content.decode()
    assert client.get(f"{API}/{narrow.name}/files/one", {"path": "horn.wav"}).status_code == 404


def test_files_are_not_given_to_who_may_read_some_columns(open_set, provider, client):
    access.grant_public(actor=provider, resource_uid=open_set.resource.uid, columns=["path", "kind"])
    url = f"/dataset/{open_set.name}"
    assert client.get(f"{url}/").status_code == 200
    for path in ("files/", "files.zip", "files.sha256", "raw/horn.wav", "file/horn.wav", "thumb/go/0.jpg"):
        assert client.get(f"{url}/{path}").status_code == 403


def test_a_quota_counts_files(open_set, provider, citizen, client):
    access.revoke_public(actor=provider, resource_uid=open_set.resource.uid)
    access.grant(actor=provider, resource_uid=open_set.resource.uid, person=citizen, row_quota=2)
    client.force_login(citizen)
    url = f"/dataset/{open_set.name}"
    assert client.get(f"{url}/files.zip").status_code == 403
    assert client.get(f"{url}/thumb/go/0.jpg").status_code == 404
    assert client.get(f"{url}/raw/go/0.jpg").status_code == 200
    assert client.get(f"{url}/raw/go/1.jpg").status_code == 200
    assert client.get(f"{url}/raw/go/2.jpg").status_code == 403


def test_drafts_are_for_those_who_work_on_them(receive, provider, firm, citizen, officer, client):
    dataset = receive(provider, firm, zipped(signs()), "표지.zip").dataset
    for person, status in ((None, 404), (citizen, 404), (provider, 200), (officer, 403)):
        client.logout()
        if person:
            client.force_login(person)
            session = client.session
            session["second_factor"] = True
            session.save()
        answers = {
            client.get(f"/dataset/{dataset.name}/{path}").status_code
            for path in ("files/", "raw/horn.wav", "files.zip")
        }
        assert answers == {status}


def test_programs_list_and_fetch_files(open_set, client):
    found = client.get(f"{API}/{open_set.name}/files", {"kind": "image", "size": 3, "page": 2}).json()
    assert (found["total"], found["page"], len(found["files"])) == (8, 2, 3)
    row = found["files"][0]
    one = client.get(f"{API}/{open_set.name}/files/one", {"path": row["path"]})
    assert hashlib.sha256(body(one)).hexdigest() == row["sha256"]
    part = client.get(f"{API}/{open_set.name}/files/one", {"path": row["path"]}, headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and len(body(part)) == 4
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"{API}/{open_set.name}/files/zip?folder=go")))) as packed:
        assert len(packed.namelist()) == 4
    assert len(client.get(f"{API}/{open_set.name}/files/sha256").content.splitlines()) == 11
    rows = client.get(f"{API}/{open_set.name}/rows", {"filter": "label:eq:stop"}).json()
    assert rows["total"] == 4  # the manifest is a table like others
    for odd in ("page=0", "size=0", "size=999999", "page=99999999999999", "label=%00", "release=0"):
        assert client.get(f"{API}/{open_set.name}/files?{odd}").status_code in (200, 404)


def test_a_table_has_no_files(published, client):
    answer = client.get(f"{API}/{published.name}/files")
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "no_files"
    assert client.get(f"/dataset/{published.name}/files/").status_code == 409


def test_a_program_asks_for_a_file_set(provider, firm, client):
    from datadam.core import jobs
    from datadam.core.models import Job
    from datadam.core.services import tokens

    _, token = tokens.issue_token(actor=provider, person=provider, label="t", scopes=["write"], days=1)
    content = zipped({"a.csv": "가,나\n1,2\n", "b.png": picture()})
    form = {"organisation": firm.name, "files": "true", "file": io.BytesIO(content)}
    form["file"].name = "자료.zip"
    answer = client.post("/api/v1/uploads", form, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 202, answer.content
    jobs.run_now(Job.objects.latest("pk"))
    assert Release.objects.get().is_files


def test_a_set_that_comes_in_pieces_keeps_what_was_asked(provider, firm):
    from datadam.catalog.services import arriving
    from datadam.core import jobs

    content = zipped({"a.csv": "가,나\n1,2\n", "b.png": picture()})
    upload = arriving.announce(actor=provider, organisation=firm, filename="자료.zip", size=len(content), files=True)
    arriving.receive_piece(actor=provider, upload=upload, offset=0, stream=io.BytesIO(content))
    upload.refresh_from_db()
    jobs.run_now(upload.job)
    assert Release.objects.get().is_files


def test_a_folder_is_taken_in_as_a_set(provider, firm, tmp_path):
    folder = tmp_path / "현장 사진"
    for name, content in signs().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (report,) = uploads.ingest(actor=provider, organisation=firm, source=folder, files=True)
    assert (report["status"], report["rows_loaded"], report["file"]) == ("loaded", 11, "현장 사진.zip")
    (again,) = uploads.ingest(actor=provider, organisation=firm, source=folder, files=True)
    assert again["status"] == "unchanged" and Dataset.objects.count() == 1


def test_a_folder_on_disk_gets_what_is_missing(open_set, tmp_path):
    from datadam.catalog import handing_out
    from datadam.catalog.selectors.files import file_set

    found = file_set(None, open_set, open_set.releases.get(), channel="download")
    rows = found.some(handing_out.wanted({"folder": "go"})).rows
    first = handing_out.copy_to(found, rows, tmp_path)
    assert (first.written, first.kept) == (4, 0)
    assert (tmp_path / "go/0.jpg").read_bytes() == signs()["signs/go/0.jpg"]
    (tmp_path / "go/0.jpg").write_bytes(b"wrong")
    (tmp_path / "go/1.jpg").unlink()
    again = handing_out.copy_to(found, rows, tmp_path)
    assert (again.written, again.kept) == (2, 2) and not list(tmp_path.rglob(".*"))
    (tmp_path / "stop").symlink_to("/tmp")
    from datadam.core.errors import Invalid

    with pytest.raises(Invalid):
        handing_out.copy_to(found, found.some(handing_out.wanted({"folder": "stop"})).rows, tmp_path)


def test_what_a_folder_does_not_take_is_told(open_set, tmp_path):
    from datadam.catalog import handing_out
    from datadam.catalog.selectors.files import file_set
    from datadam.core.errors import Invalid

    found = file_set(None, open_set, open_set.releases.get(), channel="download")
    rows = found.some(handing_out.wanted({"folder": "go"})).rows
    (tmp_path / "go").write_bytes(b"a file")
    with pytest.raises(Invalid) as refusal:
        handing_out.copy_to(found, rows, tmp_path)
    assert refusal.value.code == "folder_refuses" and (tmp_path / "go").read_bytes() == b"a file"
    (tmp_path / "go").unlink()
    (tmp_path / "go/0.jpg").mkdir(parents=True)
    with pytest.raises(Invalid) as refusal:
        handing_out.copy_to(found, rows, tmp_path)
    assert refusal.value.code == "folder_refuses" and not list(tmp_path.rglob(".*.part"))


def test_names_that_look_odd_can_be_asked_for(receive, provider, firm, client):
    names = ["a b+c.png", "50%.png", "질문?.png", "#1.png", "따옴'표\".png", "&amp;.png"]
    upload = receive(provider, firm, zipped({name: picture((at, 0, 0)) for at, name in enumerate(names)}), "이름.zip")
    client.force_login(provider)
    page = client.get(f"/dataset/{upload.dataset.name}/files/")
    assert page.context["total"] == len(names)
    for tile in page.context["tiles"]:
        assert client.get(tile["href"]).status_code == 200
        assert client.get(tile["raw"]).status_code == 200
        assert body(client.get(tile["thumb"]))
    assert json.dumps("&amp;.png") in json.dumps([tile["name"] for tile in page.context["tiles"]])


@pytest.mark.django_db(transaction=True)
def test_the_lines_that_fetch_a_set_run_as_they_stand(open_set, live_server, tmp_path):
    from datadam.catalog.snippets import snippets

    snippet = snippets(open_set, open_set.releases.get(), live_server.url)[0]
    done = subprocess.run(["bash", "-ec", snippet.code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / open_set.name / "go/0.jpg").read_bytes() == signs()["signs/go/0.jpg"]


def test_by_command_from_a_folder_to_a_restored_copy(tmp_path):
    """`files` goes on where it was stopped; a backup holds the files, and a restored home hands them out."""
    desk = Desk(tmp_path)
    desk("init")
    for name, content in signs().items():
        path = tmp_path / "표지" / name.removeprefix("signs/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (report,) = desk.ingest(tmp_path / "표지", "--files", "--publish")
    assert (report["status"], report["format"], report["rows_loaded"]) == ("loaded", "files", 11)
    listed = desk("files", report["dataset"], "--kind", "audio")
    jsonschema.validate(listed, desk("schema", "files"))
    assert [row["path"] for row in listed["files"]] == ["horn.wav"]
    out = tmp_path / "out"
    first = desk("files", report["dataset"], "--label", "stop", "--out", out)
    (out / "stop/0.png").write_bytes(b"cut short")
    again = desk("files", report["dataset"], "--label", "stop", "--out", out)
    assert (first["written"], again["written"], again["kept"]) == (4, 1, 3)
    assert (out / "stop/0.png").read_bytes() == signs()["signs/stop/0.png"]
    desk("backup", tmp_path / "backup")
    copy = Desk(tmp_path / "elsewhere")
    copy.folder.mkdir()
    copy("restore", tmp_path / "backup", "--without-destructions")
    assert copy("verify", "--deep")["problems"] == []
    assert copy("files", report["dataset"], "--out", tmp_path / "whole")["written"] == 11
    table = desk.write("표.csv", "가,나\n1,2\n".encode())
    plain = desk.ingest(table, "--publish")[0]["dataset"]
    assert desk("files", plain, code=1)["error"]["code"] == "no_files"
