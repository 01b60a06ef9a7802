"""Jobs: claimed once, tried again, given back when their worker dies."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from datadam.core import clock, extensions, jobs, schedule
from datadam.core.errors import Invalid
from datadam.core.models import Event, Job, Organisation, Schedule
from datadam.core.worker import Worker
from datadam.lake.errors import LakeError
from datadam.web.text import Text
from tests import homes

PROGRAM = Path(__file__).with_name("worker_program.py")
calls: list[dict] = []
told: list[dict] = []


@jobs.task("test.note")
def note(job, **args):
    calls.append(args)
    job.progress(0.5, Text("반", "half"))
    return {"seen": args}


@jobs.task("test.break", max_attempts=2, on_failed=lambda args, error: told.append(error))
def break_down(job):
    calls.append({"attempt": job.attempt})
    raise OSError("the disk is on fire")


@jobs.task("test.refuse")
def refuse(job, lake):
    calls.append({})
    if lake:
        raise LakeError("unreadable", ko="읽을 수 없습니다.", en="Unreadable.")
    raise Invalid(Text("안 됩니다.", "No."), code="no")


@pytest.fixture(autouse=True)
def fresh():
    calls.clear()
    told.clear()


def work() -> int:
    return Worker(("light", "heavy")).drain()


def test_a_job_runs_once_and_keeps_its_result(provider):
    job = jobs.enqueue("test.note", actor=provider, a=1)
    assert work() == 1 and work() == 0
    job.refresh_from_db()
    assert (job.state, job.result, job.progress, job.actor) == ("done", {"seen": {"a": 1}}, 1.0, provider)
    assert calls == [{"a": 1}] and job.finished_at is not None


def test_a_job_of_a_rolled_back_transaction_never_was(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("test.note", actor=None)
        raise ZeroDivisionError
    assert work() == 0


def test_two_workers_do_not_take_the_same_job(db):
    job = jobs.enqueue("test.note", actor=None)
    assert jobs.claim("light", "one").pk == job.pk
    assert jobs.claim("light", "two") is None
    assert jobs._take(job.pk, "two") is False


def test_a_queue_takes_its_own_jobs_only(db):
    jobs.enqueue("test.note", actor=None)
    assert jobs.claim("heavy", "one") is None


def test_an_unknown_task_is_refused_at_once(db):
    with pytest.raises(ModuleNotFoundError):
        jobs.enqueue("nothing.at_all", actor=None)
    with pytest.raises(KeyError):
        jobs.enqueue("core.nothing", actor=None)
    assert not Job.objects.exists()


def test_a_fault_is_tried_again_later_and_then_told(db):
    job = jobs.enqueue("test.break", actor=None)
    work()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error["code"]) == ("ready", 1, "internal")
    assert "fire" not in json.dumps(job.error) and told == []
    assert job.run_after > clock.now() + timedelta(seconds=jobs.BACKOFF - 2)
    with clock.at(clock.now() + timedelta(minutes=1)):
        work()
    job.refresh_from_db()
    assert (job.state, job.attempts, len(calls)) == ("failed", 2, 2)
    assert [error["code"] for error in told] == ["internal"]


@pytest.mark.parametrize(("lake", "code"), [(False, "no"), (True, "unreadable")])
def test_a_refusal_is_not_tried_again(db, lake, code):
    job = jobs.enqueue("test.refuse", actor=None, lake=lake)
    work()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error["code"]) == ("failed", 1, code)
    assert job.error["ko"] and job.error["en"]


def test_run_now_gives_the_result_or_raises(db):
    seen = []
    job = jobs.enqueue("test.note", actor=None, b=2)
    assert jobs.run_now(job, lambda fraction, message: seen.append((fraction, message.en))) == {"seen": {"b": 2}}
    assert seen == [(0.5, "half")]
    failing = jobs.enqueue("test.break", actor=None)
    with pytest.raises(OSError, match="fire"):
        jobs.run_now(failing)
    failing.refresh_from_db()
    assert failing.state == "failed" and work() == 0


def test_a_worker_that_lost_its_job_cannot_finish_it(db):
    jobs.enqueue("test.note", actor=None)
    job = jobs.claim("light", "slow")
    Job.objects.filter(pk=job.pk).update(worker="other")
    jobs.run(job)
    job.refresh_from_db()
    assert (job.state, job.worker) == ("running", "other")


def test_the_reaper_gives_back_what_stopped_beating(db, settings):
    jobs.enqueue("test.break", actor=None)
    job = jobs.claim("light", "elsewhere:1:x")
    assert jobs.reap() == 0
    with clock.at(clock.now() + timedelta(seconds=settings.JOB_STALE + 1)):
        assert jobs.reap() == 1
        job.refresh_from_db()
        assert (job.state, job.error["code"]) == ("ready", "worker_died")
        jobs.claim("light", "elsewhere:2:x")
    with clock.at(clock.now() + timedelta(seconds=3 * settings.JOB_STALE)):
        jobs.reap()
    job.refresh_from_db()
    assert job.state == "failed" and [error["code"] for error in told] == ["worker_died"]


def test_the_timetable_enqueues_each_due_time_once(db):
    schedule.write_table()
    assert set(Schedule.objects.values_list("name", flat=True)) == set(schedule.entries())
    first = schedule.tick()
    assert first == len(schedule.entries()) and schedule.tick() == 0
    with clock.at(clock.now() + timedelta(seconds=11)):
        assert schedule.tick() == 0  # the seal of before still waits
        Job.objects.all().delete()
        with clock.at(clock.now() + timedelta(seconds=11)):
            schedule.tick()
    assert list(Job.objects.values_list("task", flat=True)) == ["core.seal"]


def test_a_subscriber_runs_after_the_event(db, monkeypatch):
    from datadam.core import events

    monkeypatch.setitem(extensions._subscribers, "lamp.lit", ["test.note"])
    with transaction.atomic():
        event = events.record(actor=None, verb="lamp.lit", subject=("lamp", "7"))
    work()
    assert calls == [{"event": event.pk, "verb": "lamp.lit", "subject_type": "lamp", "subject_id": "7"}]


def test_pruning_keeps_what_is_recent(db):
    jobs.enqueue("test.note", actor=None)
    jobs.enqueue("core.seal", actor=None)
    work()
    with clock.at(clock.now() + timedelta(hours=2)):
        jobs.run_now(jobs.enqueue("core.prune", actor=None))
    assert set(Job.objects.values_list("task", flat=True)) == {"test.note", "core.prune"}


class Process:
    """A worker program on a home of its own, looked at through its database from outside."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {**os.environ, "DATADAM_HOME": str(home)}

    def start(self) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, str(PROGRAM)], env=self.env, stderr=subprocess.DEVNULL)

    def sql(self, query, *values):
        return homes.rows(self.home, query, *values)

    def enqueue(self, seconds):
        columns = "task, args, queue, state, progress, message, attempts, max_attempts, run_after, worker, created_at"
        args = json.dumps({"name": "harbour", "seconds": seconds})
        now = clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")
        values = ("test.found", args, "heavy", "ready", 0, "{}", 0, 3, now, "", now)
        self.sql(f"INSERT INTO core_job ({columns}) VALUES ({','.join('?' * len(values))})", *values)

    def job(self):
        query = "SELECT state, attempts, CAST(result AS text), progress FROM core_job WHERE task = 'test.found'"
        return self.sql(query)[0]

    def wait(self, what, seconds=20.0):
        end = time.monotonic() + seconds
        while not what(self.job()):
            assert time.monotonic() < end, self.job()
            time.sleep(0.05)


@pytest.fixture
def process(tmp_path):
    made = Process(tmp_path / "home")
    subprocess.run([sys.executable, "-m", "datadam.cli", "init"], env=made.env, check=True, capture_output=True)
    return made


def test_a_killed_workers_job_is_done_by_the_next_with_one_effect(process):
    process.enqueue(seconds=60)
    first = process.start()
    process.wait(lambda job: job[0] == "running" and job[3] == 0.5)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert process.job()[:2] == ("running", 1)
    second = process.start()
    process.wait(lambda job: job[0] == "done")
    assert process.job()[1:3] == (2, '{"attempt": 2}')
    assert process.sql("SELECT count(*) FROM core_organisation WHERE name = 'harbour'") == [(1,)]
    second.terminate()
    assert second.wait(10) == 0


def test_sigterm_finishes_the_job_at_hand(process):
    process.enqueue(seconds=2)
    worker = process.start()
    process.wait(lambda job: job[0] == "running")
    worker.terminate()
    assert worker.wait(10) == 0
    assert process.job()[:3] == ("done", 1, '{"attempt": 1}')


def test_nothing_is_left_from_the_database_of_the_tests(db):
    assert not Organisation.objects.exists() and not Event.objects.exists()
