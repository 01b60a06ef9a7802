"""An office file of people by the command, in a backup, after the defaults, after destruction: nothing in clear.

What has no form and no context, such as a lone name in a title line, cannot be known; everything here can.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from datetime import timedelta

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.db import connection

from datadam.catalog import storage
from datadam.catalog.models import Decision, Release
from datadam.catalog.services import datasets, housekeeping, safety
from datadam.core import clock, jobs
from datadam.core.keeping import logs

# The lines of a consultation office; no one's: invented by formula
PEOPLE = [
    {
        "name": f"{'김이박최정강조윤'[n % 8]}{'민서지우하은도윤'[n % 8]}{'준현아름솔빈찬미'[n % 8]}",
        "resident": f"{70 + n % 25}{1 + n % 9:02d}{10 + n % 18}-{1 + n % 2}{234567 + n * 7919 % 700000:06d}",
        "mobile": f"010-{2300 + n * 37}-{4100 + n * 53}",
        "mail": f"someone.{n * 97 + 11}@example.net",
        "card": "",
        "address": f"부산광역시 해운대구 좌동순환로 {200 + n} {101 + n % 9}동 {1201 + n}호",
        "birth": f"19{70 + n % 25}-{1 + n % 9:02d}-{10 + n % 18}",
    }
    for n in range(40)
]


def _luhn(start: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(start))
    return f"{start}{-total % 10}"


for at, person in enumerate(PEOPLE):
    number = _luhn(f"4{123456789012 + at * 987654321:014d}"[:15])
    person["card"] = "-".join(number[i : i + 4] for i in range(0, 16, 4))

HEADER = "접수번호,성명,주민등록번호,휴대전화,전자우편,카드번호,주소,생년월일,상담내용"
LOUD = PEOPLE[7]
SECRETS = [PEOPLE[n][key] for n in (3, 7, 20) for key in ("resident", "mobile", "mail", "card")] + [
    PEOPLE[20]["address"].split("좌동순환로 ")[1]
]


def line(number: int, person: dict[str, str]) -> str:
    told = f"{person['mobile'].replace('-', ' ')} 로 전화함. 주민번호 {person['resident']} 확인"
    cells = ("name", "resident", "mobile", "mail", "card", "address", "birth")
    return ",".join([str(number), *(person[cell] for cell in cells), told])


def office_file(encoding: str = "cp949") -> bytes:
    """With one row too wide, which is quarantined, and a note below that names a person."""
    lines = [HEADER, *(line(n, person) for n, person in enumerate(PEOPLE))]
    lines.insert(9, f"{line(99, LOUD)},,,남는 칸 {LOUD['mobile']}")
    return "\r\n".join([*lines, ""]).encode(encoding)


def spellings(secret: str) -> list[bytes]:
    bare = "".join(c for c in secret if c.isalnum() or c in "@.")
    words = {secret, *([bare] if bare.isdigit() else [])}
    return [word.encode(code) for word in words for code in ("utf-8", "cp949", "utf-16-le")] + [
        json.dumps(word)[1:-1].encode() for word in words
    ]


NEEDLES = [needle for secret in SECRETS for needle in spellings(secret)]


def leaks(content: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in content]


def on_disk(folder) -> list[str]:
    """Files that hold a secret, Parquet read as tables, archives opened."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(pq.read_table(path).to_pylist()).encode()
        if tarfile.is_tarfile(path) or zipfile.is_zipfile(path):
            pytest.fail(f"an archive that was not looked into: {path}")
        if leaks(content):
            found.append(str(path.relative_to(folder)))
    return found


def in_database() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if leaks(str(cursor.fetchall()).encode()):
                found.append(table)
    return found


PAGES = (
    "/upload/{upload}/", "/dataset/{name}/", "/dataset/{name}/release/1/", "/dataset/{name}/release/1/findings/",
    "/dataset/{name}/recipe/", "/dataset/{name}/history/", "/dataset/{name}/rules/", "/dataset/{name}/edit/",
    "/upload/{upload}/table/0/draw/", "/desk/", "/notices/", "/datasets/?q=상담", "/",
    "/api/v1/datasets/{name}", "/api/v1/datasets/{name}/releases/1", "/api/v1/datasets/{name}/releases/1/rows",
    "/api/v1/datasets/{name}/releases/1/findings", "/api/v1/datasets/{name}/quality", "/api/v1/uploads/{upload}",
    "/api/v1/datasets?query=상담", "/catalog/history/",
)  # fmt: skip


def on_pages(client, upload) -> list[str]:
    found = []
    for pattern in PAGES:
        page = pattern.format(upload=upload.pk, name=upload.dataset.name if upload.dataset else "none")
        answer = client.get(page)
        assert answer.status_code < 500, page
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if leaks(content):
            found.append(page)
    return found


@pytest.fixture
def held(receive, provider, firm):
    return receive(provider, firm, office_file(), f"상담 {LOUD['mobile']}.csv")


def test_a_file_of_people_is_held_and_nothing_of_it_is_in_clear(
    held, client_of, provider, officer, citizen, folders, caplog
):
    release = held.releases.get()
    assert release.state == "held" and "personal_data" in release.report["reasons"]
    kinds = {f["code"] for f in release.report["findings"] if f["blocking"]}
    assert {"personal_resident_number", "personal_phone", "personal_email", "personal_card", "personal_name"} <= kinds
    for who in (provider, officer, citizen):
        assert on_pages(client_of(who), held) == []
    assert in_database() == [] and on_disk(folders) == []
    assert leaks(caplog.text.encode()) == []


def test_after_the_defaults_the_draft_holds_none_of_it(held, client_of, provider, officer, folders):
    release = held.releases.get()
    _, job = safety.decide_usual(actor=provider, release=release)
    jobs.run_now(job)
    release.refresh_from_db()
    assert release.state == "draft" and release.rows == len(PEOPLE)
    names = [column["name"] for column in release.columns]
    assert "주민등록번호" not in names and "카드번호" not in names
    for who in (provider, officer):
        assert on_pages(client_of(who), held) == []
    assert in_database() == [] and on_disk(folders) == []
    assert not (storage.staging().folder / release.report.get("preview", "")).is_file()


def test_a_workbook_with_a_persons_number_for_a_sheets_name(receive, provider, firm, client_of, folders, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = LOUD["resident"].replace("-", " ")
    for row in [HEADER.split(","), *(line(n, p).split(",") for n, p in enumerate(PEOPLE))]:
        book.active.append(row)
    book.save(tmp_path / "상담.xlsx")
    upload = receive(provider, firm, (tmp_path / "상담.xlsx").read_bytes(), "상담.xlsx")
    assert {release.state for release in upload.releases.all()} <= {"held"}
    assert on_pages(client_of(provider), upload) == [] and in_database() == [] and on_disk(folders) == []


@pytest.mark.parametrize(
    "content",
    [
        "\r\n".join([line(0, LOUD), *(line(n, p) for n, p in enumerate(PEOPLE))]),  # no header: a person's row is first
        json.dumps([{LOUD["resident"]: 1, "휴대전화": p["mobile"]} for p in PEOPLE], ensure_ascii=False),
        json.dumps({"기록": [{"성명": p["name"], "휴대전화": p["mobile"]} for p in PEOPLE]}, ensure_ascii=False)[:-2],
        f"상담 명부\r\n담당 {LOUD['mobile']}\r\n" + office_file("utf-8").decode(),
    ],
    ids=["no header", "a key", "cut off", "a title line"],
)
def test_odd_places_do_not_leak_either(content, receive, provider, firm, client_of, folders):
    upload = receive(provider, firm, content.encode(), "상담.txt")
    assert not upload.releases.exclude(state="held").exists()
    assert on_pages(client_of(provider), upload) == [] and in_database() == [] and on_disk(folders) == []


def test_what_a_push_and_a_dry_run_answer(client_of, published, provider):
    rows = json.dumps(
        [{"시군구": "수영구", "날짜": "2022-11-01", "이용자수": n, "비고": p["resident"]} for n, p in enumerate(PEOPLE)]
    )
    client = client_of(provider)
    url = f"/api/v1/datasets/{published.name}/rows?mode=append"
    answer = client.post(url, rows, "application/json", headers={"Idempotency-Key": "leak"})
    assert leaks(answer.content) == [] and published.releases.filter(state="published").count() == 1


@pytest.mark.sqlite
def test_the_command_the_log_and_a_backup(tmp_path):
    home, path = tmp_path / "home", tmp_path / f"상담 {LOUD['mobile']}.csv"
    path.write_bytes(office_file())
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DATADAM_", "DATABASE_URL"))}
    env["DATADAM_HOME"] = str(home)

    def datadam(*words: str) -> bytes:
        command = [sys.executable, "-m", "datadam.cli", *words]
        done = subprocess.run(command, env=env, capture_output=True, check=False)
        return done.stdout + done.stderr

    told = datadam("ingest", str(path), "--org", "상담실", "--json")
    assert b"personal_data" in told and leaks(told.replace(str(path).encode(), b"")) == []
    for words in (["--dry-run", "--json"], []):
        assert leaks(datadam("ingest", str(path), "--org", "상담실", *words).replace(str(path).encode(), b"")) == []
    assert on_disk(home) == []
    datadam("backup", str(tmp_path / "backup"))
    assert (tmp_path / "backup" / "manifest.json").exists() and on_disk(tmp_path / "backup") == []


def test_logs_cover_what_an_error_quotes():
    text = f"ConversionException: could not convert '{LOUD['resident']}' for {LOUD['mobile']}, {LOUD['mail']}"
    assert leaks(logs.scrub(text).encode()) == []


def test_destruction_leaves_neither_findings_nor_preview(held, provider, officer, folders):
    release = held.releases.get()
    preview = release.report["preview"]
    assert (storage.staging().folder / preview).is_file()
    datasets.destroy(actor=officer, dataset=release.dataset, reason="잘못 올린 명부")
    release.refresh_from_db()
    assert release.state == Release.State.DESTROYED and "findings" not in release.report
    assert not (storage.staging().folder / preview).exists()
    assert in_database() == [] and on_disk(folders) == []
    assert not Decision.objects.filter(dataset=release.dataset, state="waiting").exists()


def test_the_preview_of_a_held_release_expires(held):
    sealed = storage.staging().folder / held.releases.get().report["preview"]
    for age, there in ((timedelta(days=6), True), (timedelta(days=8), False)):
        moment = (clock.now() - age).timestamp()
        os.utime(sealed, (moment, moment))
        housekeeping.clear_staging()
        assert sealed.is_file() is there


def test_archives_are_told_of_without_the_names_in_them(receive, provider, firm, folders):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"상담 {LOUD['resident']}.csv", office_file())
        archive.writestr("설명.pdf", b"%PDF-1.4")
    upload = receive(provider, firm, packed.getvalue(), "상담.zip")
    assert not upload.releases.exclude(state="held").exists()
    assert in_database() == [] and on_disk(folders) == []
