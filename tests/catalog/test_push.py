"""Rows and files that programs push: once for a key, replacing or appended, each bad row told."""

import datetime as dt
import gzip
import io
import json
import subprocess
import time

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datadam.catalog import selectors, storage
from datadam.catalog.models import Push, Upload
from datadam.catalog.services import datasets, housekeeping, pushes, uploads
from datadam.core import clock, jobs
from datadam.core.errors import Conflict
from datadam.core.models import Event, Job
from datadam.core.services.tokens import issue_token
from tests import homes
from tests.catalog.conftest import csv
from tests.catalog.test_cli import Desk

ROWS = [
    {"시군구": "남구", "날짜": "2022-10-01", "이용자수": 7, "비고": None},
    {"시군구": "북구", "날짜": "2022-10-02", "이용자수": 8},
]


@pytest.fixture
def program(provider, client_of):
    """A client with the provider's write token."""
    token = issue_token(actor=provider, person=provider, label="t", scopes=["write"])[1]

    def post(name, body, key="k1", kind="application/json", query="", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {token}", **headers}
        if key is not None:
            given["Idempotency-Key"] = key
        return client_of().post(f"/api/v1/datasets/{name}/rows{query}", data=data, content_type=kind, headers=given)

    post.token = token
    return post


def run(answer):
    """Do the job of a push; returns its upload."""
    assert answer.status_code == 202, answer.content.decode()
    upload = Upload.objects.get(pk=answer.json()["upload"])
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    return upload


def rows_of(release):
    files = storage.files(release.dataset.resource.uid, release.version)
    return [tuple(row.values()) for path in files for row in pq.read_table(path).to_pylist()]


@pytest.mark.django_db
def test_append_adds_to_the_last_release(program, published):
    upload = run(program(published.name, ROWS, query="?mode=append"))
    release = upload.releases.get()
    assert (release.number, release.rows, release.state) == (2, 5, "draft")
    assert [row[0] for row in rows_of(release)] == ["해운대구", "수영구", "동래구", "남구", "북구"]
    assert rows_of(release)[3][2] == 7 and rows_of(release)[4][3] is None
    assert release.columns == published.releases.get(number=1).columns
    account = {key: release.report[key] for key in ("rows_read", "rows_loaded", "rows_before")}
    assert account == {"rows_read": 2, "rows_loaded": 2, "rows_before": 3}
    figures = {column["name"]: column for column in release.profile}
    assert figures["이용자수"]["count"] == 5 and figures["이용자수"]["min"] == 7
    again = run(program(published.name, ROWS, key="k2", query="?mode=append")).releases.get()
    assert (again.number, again.rows) == (3, 7)  # onto the draft, which is the last one
    assert published.releases.get(number=1).rows == 3 and len(rows_of(published.releases.get(number=1))) == 3


@pytest.mark.django_db
def test_replace_makes_the_next_release_of_what_is_sent(program, published):
    release = run(program(published.name, [{**row, "비고": "x"} for row in ROWS])).releases.get()
    assert (release.number, release.rows) == (2, 2)


@pytest.mark.django_db
def test_what_was_appended_can_replace_it_all(program, published):
    rows = [{**row, "비고": "x"} for row in ROWS]
    run(program(published.name, rows, "a", query="?mode=append"))
    release = run(program(published.name, rows, "b")).releases.get()
    assert (release.number, release.rows) == (3, 2)


@pytest.mark.django_db
def test_the_same_key_answers_the_same_and_does_nothing_twice(program, published):
    first = program(published.name, ROWS, query="?mode=append")
    second = program(published.name, ROWS, query="?mode=append")
    run(first)
    third = program(published.name, ROWS, query="?mode=append")
    assert first.content == second.content == third.content
    assert [a.headers["Idempotency-Replayed"] for a in (first, second, third)] == ["false", "true", "true"]
    assert Push.objects.count() == 1 and Job.objects.filter(task="catalog.take_in").count() == 2  # with the first file
    assert published.releases.count() == 2 and len(list(storage.staging().folder.iterdir())) <= 2
    for body, query in ((ROWS[:1], "?mode=append"), (ROWS, "?mode=replace")):
        other = program(published.name, body, query=query)
        assert other.status_code == 409 and other.json()["error"]["code"] == "key_reused"
    assert "열쇠" in other.json()["error"]["message"]


@pytest.mark.django_db
def test_a_refusal_is_problem_json_for_who_asks_for_it(program, published):
    answer = program(published.name, ROWS, key="", Accept="application/problem+json")
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert (body["status"], body["code"], body["title"]) == (422, "no_key", "처리할 수 없습니다")
    assert "Idempotency-Key" in body["detail"]
    chosen = {"Accept": "application/problem+json", "Cookie": "datadam_language=en"}
    english = program(published.name, ROWS, key="", **chosen)
    assert english.json()["detail"].startswith("Give this push a key")


@pytest.mark.django_db
def test_a_key_is_forgotten_after_its_days(program, published, monkeypatch, settings):
    settings.PUSH_KEY_DAYS = 7
    first = program(published.name, ROWS)
    run(first)
    Push.objects.update(created_at=clock.now() - dt.timedelta(days=8))
    assert housekeeping.clear_staging() >= 0 and not Push.objects.exists()
    assert program(published.name, ROWS[:1]).status_code == 202


@pytest.mark.django_db
def test_bad_rows_are_quarantined_with_their_position_and_reason(program, published, client_of):
    good = [{**ROWS[0], "이용자수": 100 + n} for n in range(10)]
    sent = [*good[:3], {**ROWS[0], "이용자수": "많이"}, *good[3:], "글", {**ROWS[0], "날짜": "언젠가"}]
    upload = run(program(published.name, sent, query="?mode=append&publish_when_clean=true"))
    release = upload.releases.get()
    assert (release.rows, release.report["rows_quarantined"], release.state) == (13, 3, "draft")
    shown = client_of().get(f"/api/v1/uploads/{upload.pk}", headers={"Authorization": f"Bearer {_reader(upload)}"})
    told = [(row["position"], row["reason"], row["column"]) for row in shown.json()["quarantined"]]
    assert told == [(4, "not_integer", "이용자수"), (12, "not_object", ""), (13, "not_date", "날짜")]
    assert "많이" not in shown.content.decode()


def _reader(upload):
    return issue_token(actor=upload.person, person=upload.person, label="t", scopes=["read"])[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([{"시군구": "남구", "모르는 열": 1}], "columns_unfit"),
        ([{"다른 것": 1}], "columns_unfit"),
        ([{**ROWS[0], "이용자수": "많이"}], "not_understood"),
        ([], "no_records"),
    ],
)
def test_what_does_not_fit_is_refused_whole(program, published, sent, reason, client_of):
    upload = run(program(published.name, sent, query="?mode=append"))
    assert (upload.state, upload.report[0]["reason"]) == ("refused", reason)
    assert published.releases.count() == 1
    found = {each["code"]: each["column"] for each in upload.report[0]["findings"]}
    assert reason != "not_understood" or found["not_of_type"] == "이용자수"
    shown = client_of().get(f"/api/v1/uploads/{upload.pk}", headers={"Authorization": f"Bearer {_reader(upload)}"})
    assert shown.json()["datasets"][0]["message"]


@pytest.mark.django_db
def test_files_are_pushed_too(provider, published, client_of, program, file):
    def send(content, key, filename="a.csv", query="?mode=append"):
        return client_of().post(
            f"/api/v1/datasets/{published.name}/file{query}",
            data={"file": io.BytesIO(content)},
            headers={"Authorization": f"Bearer {program.token}", "Idempotency-Key": key},
        )

    release = run(send(file(['남구,2022.10.01,"1,007",x']), "a")).releases.get()
    assert release.rows == 4 and rows_of(release)[3][2] == 1007
    narrow = run(send("시군구,날짜\n남구,2022-10-01\n".encode(), "b"))
    assert narrow.report[0]["reason"] == "columns_unfit"
    assert send(file(), "").status_code == 422


@pytest.mark.django_db
def test_ndjson_and_gzip(program, published):
    lines = "\n".join(json.dumps(row) for row in ROWS).encode()
    for key, body, options in (
        ("a", lines, {}),
        ("b", json.dumps(ROWS[0]).encode(), {}),
        ("c", gzip.compress(lines), {"Content-Encoding": "gzip"}),
    ):
        upload = run(program(published.name, body, key, "application/x-ndjson", "?mode=append", **options))
        assert upload.state == "read" and upload.report[0]["status"] == "loaded", upload.report
    assert published.releases.order_by("-number").first().rows == 3 + 2 + 1 + 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind", "headers", "code"),
    [
        (b"{}", "application/json", {}, "not_rows"),
        (b"", "application/json", {}, "content_type"),
        (b"[1", "application/x-ndjson", {}, "not_rows"),
        (b"[]", "text/plain", {}, "content_type"),
        (b"[]", "multipart/form-data; boundary=x", {}, "content_type"),
        (b"nonsense", "application/json", {"Content-Encoding": "gzip"}, "broken_gzip"),
        (gzip.compress(b"[" + b" " * 3_000_000)[:-9], "application/json", {"Content-Encoding": "gzip"}, "broken_gzip"),
        (b"[]", "application/json", {"Content-Encoding": "br"}, "invalid"),
    ],
)
def test_bodies_that_are_none_are_refused(program, published, body, kind, headers, code, folders):
    before = Upload.objects.count()
    answer = program(published.name, body, "k", kind, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert Upload.objects.count() == before and not list(storage.staging().folder.glob("*.part"))


@pytest.mark.django_db
def test_bad_keys_and_modes_are_refused(program, published):
    for key in (None, "", " ", "k" * 256, "é"):
        assert program(published.name, ROWS, key).json()["error"]["code"] == "no_key"
    assert program(published.name, ROWS, query="?mode=merge").status_code == 422


@pytest.mark.django_db
def test_a_gzip_bomb_is_stopped_at_the_limit(program, published, settings):
    settings.MAX_UPLOAD_MB = 1
    answer = program(published.name, gzip.compress(b"[" + b" " * (8 << 20) + b"]"), "k", **{"Content-Encoding": "gzip"})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "upload_too_big"


@pytest.mark.django_db
def test_clean_rows_are_published_when_asked(program, published, officer):
    run(program(published.name, [{**row, "비고": "x"} for row in ROWS], query="?mode=append&publish_when_clean=1"))
    assert selectors.release_for(officer, published).number == 2
    assert published.releases.get(number=2).state == "published"


@pytest.mark.django_db
def test_publishing_is_made_up_for_after_a_crash(program, published):
    upload = Upload.objects.get(pk=program(published.name, ROWS, query="?mode=append").json()["upload"])
    uploads.take_in_upload(upload_id=upload.pk, append=True)  # and here the worker died
    uploads.take_in_upload(upload_id=upload.pk, append=True, publish=True)
    assert published.releases.get(number=2).state == "published" and published.releases.count() == 2


@pytest.mark.django_db
def test_another_release_that_comes_meanwhile_is_not_lost(
    program, published, receive, provider, firm, file, monkeypatch
):
    from datadam.catalog.services import intake

    read, overtaken = intake.read, []

    def read_and_be_overtaken(order):
        found = read(order)
        if order.append and not overtaken:
            overtaken.append(True)
            receive(provider, firm, file(["부산진구,2022-11-01,100,x"]), dataset=published)
        return found

    monkeypatch.setattr(intake, "read", read_and_be_overtaken)
    release = run(program(published.name, ROWS, query="?mode=append")).releases.get()
    assert (release.number, release.rows) == (3, 3)
    assert [row[0] for row in rows_of(release)] == ["부산진구", "남구", "북구"]


@pytest.mark.django_db
def test_a_recipe_changed_afterwards_keeps_the_rows_before(program, published, provider):
    from datadam.catalog.services import recipes

    release = run(program(published.name, ROWS, query="?mode=append")).releases.get()
    steps = [{"code": "missing", "column": "비고", "tokens": ["x"], "applied": True}]
    _, job = recipes.set_recipe(actor=provider, dataset=published, steps=steps)
    jobs.run_now(job)
    release.refresh_from_db()
    assert (release.rows, release.report["rows_before"]) == (5, 3)


@pytest.mark.django_db
def test_renamed_columns_are_pushed_by_either_name(receive, provider, firm, file, program):
    from datadam.catalog.services import recipes

    dataset = receive(provider, firm, file()).dataset
    steps = [*recipes.recipes.current(dataset).steps, {"code": "rename", "column": "이용자수", "to": "riders"}]
    _, job = recipes.set_recipe(actor=provider, dataset=dataset, steps=[{**s, "applied": True} for s in steps])
    jobs.run_now(job)
    for key, name in (("a", "riders"), ("b", "이용자수")):
        row = {"시군구": "남구", "날짜": "2022-10-01", name: 5}
        release = run(program(dataset.name, [row], key, query="?mode=append")).releases.get()
        assert rows_of(release)[-1][2] == 5
    assert release.rows == 5


@pytest.mark.django_db
def test_people_who_may_not_are_refused(published, draft, consumer, stranger, citizen, client_of, firm):
    for person in (consumer, stranger, citizen):
        token = issue_token(actor=person, person=person, label="t", scopes=["write"])[1]
        answer = client_of().post(
            f"/api/v1/datasets/{published.name}/rows", data=b"[]", content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k"},
        )  # fmt: skip
        assert answer.status_code == 403
    assert not Push.objects.exists()


@pytest.mark.django_db
def test_a_read_token_pushes_nothing(provider, published, client_of):
    token = issue_token(actor=provider, person=provider, label="t", scopes=["read"])[1]
    answer = client_of().post(
        f"/api/v1/datasets/{published.name}/rows", data=b"[]", content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k"},
    )  # fmt: skip
    assert answer.status_code in (401, 403) and not Push.objects.exists()


@pytest.mark.django_db
def test_what_is_pushed_stands_in_no_event(program, published):
    run(program(published.name, [{**ROWS[0], "시군구": "오염된동네"}], query="?mode=append"))
    rows = [*Event.objects.values(), *Job.objects.values(), *Push.objects.values()]
    assert "오염된동네" not in repr(rows)


@pytest.fixture
def desk(tmp_path):
    """A home of its own with a dataset, for processes that push at once."""
    made = Desk(tmp_path)
    made("init")
    made.ingest(made.write("지하철 이용_202209.csv", csv()), "--publish")
    return made


def at_once(desk, *commands):
    """Every command in a process of its own, begun together: (exit code, report) of each."""
    running = [
        subprocess.Popen(
            desk.command(*command, "--json"), env=desk.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert all(out for out, _ in answers), answers
    return [(process.returncode, json.loads(out)) for process, (out, _) in zip(running, answers, strict=True)]


NAME = "jihacheol-iyong"


def test_pushes_with_one_key_at_once_are_one(desk):
    """On SQLite and on PostgreSQL, with real processes."""
    file = desk.write("a.json", json.dumps(ROWS).encode())
    other = desk.write("b.json", json.dumps(ROWS[:1]).encode())
    push = ("push", NAME, file, "--key", "same", "--mode", "append")
    found = at_once(desk, push, push, push)
    assert [code for code, _ in found] == [0, 0, 0]
    assert sorted(report["replayed"] for _, report in found) == [False, True, True]
    assert len({report["upload"] for _, report in found}) == 1
    assert homes.rows(desk.home, "SELECT count(*) FROM catalog_push") == [(1,)]
    assert homes.rows(desk.home, "SELECT number, rows FROM catalog_release ORDER BY number") == [(1, 3), (2, 5)]
    refused = desk("push", NAME, other, "--key", "same", "--mode", "append", code=1)
    assert refused["error"]["code"] == "key_reused"


def test_appends_at_once_all_count(desk):
    files = [desk.write(f"{n}.json", json.dumps([{**ROWS[0], "이용자수": 100 + n}]).encode()) for n in range(3)]
    found = at_once(desk, *[("push", NAME, file, "--key", file.name, "--mode", "append") for file in files])
    assert [code for code, _ in found] == [0, 0, 0], found
    assert homes.rows(desk.home, "SELECT number, rows FROM catalog_release ORDER BY number") == [
        (1, 3), (2, 4), (3, 5), (4, 6),
    ]  # fmt: skip


def test_a_push_that_was_killed_is_done_once_when_it_comes_again(desk):
    file = desk.write("a.json", json.dumps(ROWS).encode())
    push = ("push", NAME, file, "--key", "k", "--mode", "append")
    for seconds in (0.6, 1.0, 1.5, 2.2):
        process = subprocess.Popen(desk.command(*push), env=desk.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(seconds)
        process.kill()
        process.wait()
    desk(*push)
    worker = subprocess.Popen(desk.command("worker"), env=desk.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and homes.rows(desk.home, "SELECT count(*) FROM catalog_release") != [(2,)]:
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(30)
    assert homes.rows(desk.home, "SELECT number, rows FROM catalog_release ORDER BY number") == [(1, 3), (2, 5)]
    assert homes.rows(desk.home, "SELECT count(*) FROM catalog_push") == [(1,)]


VALUES = st.one_of(
    st.none(), st.integers(-(2**40), 2**40), st.text(max_size=8), st.booleans(), st.floats(), st.just([])
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(st.sampled_from(["시군구", "날짜", "이용자수", "비고"]), VALUES), max_size=6))
def test_whatever_is_pushed_every_row_is_accounted_for(rows, published, provider):
    number = Push.objects.count()
    body = json.dumps(rows).encode()
    made, _ = pushes.push(
        actor=provider, dataset=published, stream=io.BytesIO(body), filename="a.json", key=f"h{number}", mode="append"
    )
    before = published.releases.exclude(state="held").order_by("-number").first()
    jobs.run_now(made.upload.job)
    made.upload.refresh_from_db()
    (report,) = made.upload.report
    assert report["status"] in ("loaded", "unchanged", "refused", "held")  # what counts few people, or tells of one
    if report["status"] == "loaded":
        release = made.upload.releases.get()
        assert report["rows_read"] == len(rows) == report["rows_loaded"] + report["rows_quarantined"]
        assert release.rows == before.rows + report["rows_loaded"] == len(rows_of(release))


@pytest.mark.django_db
def test_rows_added_to_a_draft_do_not_make_it_public(program, published, client_of):
    run(
        program(published.name, [{**ROWS[0], "시군구": "비공개"}], "a", query="?mode=append")
    )  # a draft nobody approved
    later = run(program(published.name, ROWS, "b", query="?mode=append&publish_when_clean=true")).releases.get()
    assert (later.state, later.base.number) == ("draft", 2)
    assert "비공개" not in client_of().get(f"/api/v1/datasets/{published.name}/rows").content.decode()


@pytest.mark.django_db
def test_rows_added_to_what_is_public_go_public_by_themselves(program, published):
    later = run(program(published.name, ROWS, "b", query="?mode=append&publish_when_clean=true")).releases.get()
    assert (later.state, later.base.number) == ("published", 1)


@pytest.mark.django_db
def test_an_undone_publishing_is_not_done_again_by_a_push(program, published, provider):
    release = run(program(published.name, ROWS, "a", query="?mode=append&publish_when_clean=true")).releases.get()
    datasets.undo_publish(actor=provider, dataset=published)
    later = run(program(published.name, ROWS[:1], "b", query="?mode=append&publish_when_clean=true")).releases.get()
    release.refresh_from_db()
    assert release.state == "draft" and (later.state, later.base.number) == ("draft", release.number)


@pytest.mark.django_db
def test_a_release_is_not_destroyed_while_others_hold_its_rows(program, published, officer):
    second = run(program(published.name, ROWS, "a", query="?mode=append")).releases.get()
    third = run(program(published.name, ROWS, "b", query="?mode=append")).releases.get()
    for release, holding in ((second, "3"), (published.releases.get(number=1), "3, 2")):
        with pytest.raises(Conflict, match=holding):
            datasets.destroy(actor=officer, dataset=published, release=release, reason="개인정보")
    for release in (third, second):
        datasets.destroy(actor=officer, dataset=published, release=release, reason="개인정보")
    assert [row[0] for row in rows_of(published.releases.get(number=1))] == ["해운대구", "수영구", "동래구"]


@pytest.mark.django_db
def test_a_refused_push_stays_with_its_dataset_and_goes_with_it(program, published, officer):
    odd = run(program(published.name, [{"아무": "열"}], query="?mode=append"))  # no column of the dataset
    assert odd.state == "refused" and odd.dataset == published
    Upload.objects.filter(pk=odd.pk).update(staged=storage.staging().seal(io.BytesIO(b"x")).id)
    datasets.destroy(actor=officer, dataset=published, reason="개인정보")
    odd.refresh_from_db()
    assert (odd.staged, odd.report, odd.wanted) == ("", [], {})
    assert not list(storage.staging().folder.iterdir())


@pytest.mark.django_db
def test_added_rows_are_read_as_those_before_them(receive, provider, firm, program):
    lines = [f'{hour:02d},"1,{hour:03d}원",오후 1:{hour:02d}' for hour in range(1, 25)]
    first = receive(provider, firm, csv(lines, header="측정시간,이용료,입장시각"))
    rows = [{"측정시간": "09", "이용료": "1,300원", "입장시각": "오후 2:30"}]
    release = run(program(first.dataset.name, rows, query="?mode=append")).releases.get()
    assert rows_of(release)[0] == (1, 1001, "13:01:00")
    assert rows_of(release)[-1] == (9, 1300, "14:30:00")
