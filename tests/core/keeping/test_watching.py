"""Health, readiness, metrics, request ids, and logs that hold nothing of anybody's."""

import contextlib
import io
import json
import logging
import shutil
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from datadam.core import clock
from datadam.core.keeping import health, logs
from datadam.core.models import Event, Heartbeat, Job

pytestmark = pytest.mark.sqlite  # tests/catalog/test_keeping.py does this on both databases

SECRETS = [
    "홍길동",
    "hong@city.example",
    "010-1234-5678",
    "900101-1234567",
    "4111 1111 1111 1111",
    "ddm_abcDEF123",
    "비밀어",
]
MISTYPED = ["999999-1234567", "4111 1111 1111 1112", "a@b.c"]


@pytest.fixture
def written():
    """What the datadam and django loggers write as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root, request = logging.getLogger(), logging.getLogger("datadam.request")
    before = (root.level, request.level)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    request.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    request.setLevel(before[1])


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_request_leaves_a_line_with_its_route_and_id_and_not_its_address(client_of, citizen, written):
    response = client_of(citizen).get("/?q=비밀어", headers={"X-Request-Id": "from-outside-1"})
    (line,) = [line for line in lines(written) if line["logger"] == "datadam.request"]
    assert line["route"] == "home" and line["method"] == "GET" and line["status"] == 200 and line["signed_in"] is True
    assert line["request_id"] == response.headers["X-Request-Id"] != "from-outside-1"
    assert line["ms"] > 0 and "비밀어" not in written.getvalue() and "citizen" not in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("abc-12345678", True), ("bad id\n", False), ("x" * 65, False), ("홍길동" * 3, False)]
)
def test_an_id_from_a_proxy_is_kept_when_it_is_sane(client, settings, given, kept):
    settings.BEHIND_PROXY = True
    found = client.get("/healthz", HTTP_X_REQUEST_ID=given).headers["X-Request-Id"]
    assert (found == given) is kept and len(found) >= 8


@pytest.mark.django_db
def test_an_error_that_holds_personal_data_leaves_none_of_it_in_the_log(client, written, monkeypatch):
    from datadam.catalog.views import home as home_page

    def broken(*_, **__):
        try:
            raise KeyError(" ".join(SECRETS))
        except KeyError as error:
            raise ValueError(f"bad row: {SECRETS}") from error

    monkeypatch.setattr("django.template.loader.get_template", broken)
    monkeypatch.setattr(home_page, "render", broken, raising=False)
    client.raise_request_exception = False
    with contextlib.suppress(ValueError):  # the error page needs a template too
        client.get(f"/?q={SECRETS[0]}")
    logging.getLogger("datadam.x").warning("row %s of %s", ", ".join(SECRETS[1:6]), "a file")
    logging.getLogger("django.request").error(
        "%s: %s",
        "Not Found",
        "/홍길동/비밀어",
        extra={"request": RequestFactory().get("/홍길동/"), "status_code": 404},
    )
    try:
        broken()
    except ValueError:
        logging.getLogger("datadam.jobs").exception("job %s failed", 7)
    text = written.getvalue()
    assert [secret for secret in SECRETS if secret in text or json.dumps(secret)[1:-1] in text] == []
    assert "ValueError" in text and "KeyError" in text and "test_watching.py" in text and "job 7 failed" in text


@pytest.mark.parametrize("text", [*SECRETS[1:6], *MISTYPED])
def test_what_looks_personal_is_struck_out_whole(text):
    assert logs.scrub(f"< {text} >") in {f"< [{kind}] >" for kind in ("e-mail", "phone", "number", "token")}


def test_the_messages_of_machines_are_kept():
    from django.db import OperationalError

    assert logs.told(OSError(28, "No space left on device", "/data/홍길동.csv")) == "OSError: No space left on device"
    assert logs.told(OperationalError("database is locked")) == "OperationalError: database is locked"
    assert "홍길동" not in logs.told(OperationalError("failed: ('홍길동') is \"kim@x.kr\""))


def test_a_job_is_named_in_what_it_logs(written):
    with logs.about(job=7, task="a.b"):
        logging.getLogger("datadam.jobs").warning("slow")
    logging.getLogger("datadam.jobs").warning("later")
    first, second = lines(written)
    assert (first["job"], first["task"]) == (7, "a.b") and "job" not in second
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "name": "datadam"})
    assert logs.LineFormatter().format(record).endswith("INFO datadam hello")


@pytest.fixture
def beating(db):
    return Heartbeat.objects.create(name="h:1:x", queues="light heavy")


def test_ready_when_everything_is_there(client, beating, settings, tmp_path):
    settings.LAKE = str(tmp_path)
    settings.MIN_FREE_MB = 1
    response = client.get("/readyz")
    assert response.status_code == 200 and response.json()["ready"]
    assert set(response.json()["checks"]) == {"database", "migrations", "lake", "worker", "disk"}


@pytest.mark.parametrize(
    ("check", "code"),
    [("worker", "worker_silent"), ("disk", "disk_full"), ("lake", "not_writable"), ("database", "OperationalError")],
)
def test_not_ready_says_which_check_failed(client, beating, settings, tmp_path, check, code, monkeypatch):
    settings.LAKE, settings.MIN_FREE_MB = str(tmp_path), 1
    if check == "worker":
        Heartbeat.objects.update(at=clock.now() - timedelta(minutes=5))
    if check == "disk":
        settings.MIN_FREE_MB = shutil.disk_usage("/").total
    if check == "lake":
        settings.LAKE = str(tmp_path / "nothing")
    if check == "database":
        from django.db import OperationalError

        def gone():
            raise OperationalError("password=secret of host db.internal")

        monkeypatch.setitem(health.CHECKS, "database", gone)
    response = client.get("/readyz")
    assert response.status_code == 503 and response.json()["checks"][check] == {"ok": False, "code": code}
    assert "secret" not in response.content.decode()


@pytest.mark.django_db
def test_no_worker_at_all_is_not_ready(client):
    assert client.get("/readyz").json()["checks"]["worker"]["code"] == "no_worker"


@pytest.mark.django_db
def test_metrics_are_for_who_may(client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    settings.BEHIND_PROXY = True
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "long-and-secret"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer long-and-secret"}).status_code == 200


@pytest.mark.django_db
def test_metrics_count_requests_by_route_and_tell_of_the_state(client, citizen):
    from prometheus_client.parser import text_string_to_metric_families as parse

    def read():
        families = parse(client.get("/metrics").content.decode())
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}

    key = ("datadam_requests_total", (("method", "GET"), ("route", "home"), ("status", "2xx")))
    before = read().get(key, 0)
    client.get("/?q=홍길동")
    client.get("/no/such/홍길동/")
    Job.objects.create(task="a.b", queue="heavy", run_after=clock.now() - timedelta(seconds=90))
    Event.objects.create(verb="x", subject_type="t", subject_id="1")
    found = read()
    assert found[key] == before + 1
    assert found["datadam_jobs", (("queue", "heavy"), ("state", "ready"))] == 1
    assert 89 < found["datadam_queue_age_seconds", (("queue", "heavy"),)] < 120
    assert found["datadam_events_unsealed", ()] == 1 and found["datadam_worker_heartbeat_age_seconds", ()] == -1
    assert found["datadam_disk_free_bytes", ()] > 0
    assert "홍길동" not in client.get("/metrics").content.decode()


def test_an_unknown_method_is_no_label_of_its_own(db, rf):
    from datadam.core.keeping.requests import RequestMiddleware

    RequestMiddleware(lambda request: HttpResponse())(rf.generic("EVIL1", "/"))
    from datadam.core.keeping import metrics

    assert b"EVIL1" not in metrics.page()
