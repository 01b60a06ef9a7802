"""What differs on PostgreSQL: triggers, ids out of commit order, a home whose tables are elsewhere."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from tests.postgresql import Cluster, programs

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster() as made:
        made.home = tmp_path_factory.mktemp("pg") / "home"
        yield made


def datadam(cluster, *args):
    env = {**os.environ, "DATADAM_HOME": str(cluster.home), "DATABASE_URL": f"{cluster.url}/postgres"}
    done = subprocess.run([sys.executable, "-m", "datadam.cli", *args], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def ready(cluster):
    datadam(cluster, "init", "--json")
    return cluster


def connect(cluster):
    return psycopg.connect(host=cluster.folder, user="datadam", dbname="postgres")


def seal(cluster):
    """Make the sealer's job due and work it off; returns (events, sealed)."""
    with connect(cluster) as connection:
        connection.execute(
            "INSERT INTO core_job (task, args, queue, state, progress, message, attempts, max_attempts, run_after,"
            " worker, created_at) VALUES ('core.seal', '{}', 'light', 'ready', 0, '{}', 0, 1, now(), '', now())"
        )
    datadam(cluster, "worker", "--once", "--json")
    report = datadam(cluster, "verify", "--json")
    assert report["problems"] == []
    return report["events"], report["sealed"]


def write(connection):
    connection.execute(
        "INSERT INTO core_event (at, verb, subject_type, subject_id, data) VALUES (now(), 'test.done', 't', '1', '{}')"
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE core_event SET verb = 'x'", "DELETE FROM core_event", "TRUNCATE core_event CASCADE"]
)
def test_the_database_refuses_to_change_or_delete(ready, statement):
    with connect(ready) as connection, pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        connection.execute(statement)


def test_an_open_transaction_with_a_lower_id_is_waited_for(ready):
    before, sealed = seal(ready)
    assert before == sealed
    with connect(ready) as slow:
        write(slow)
        with connect(ready) as quick:
            write(quick)
        assert seal(ready) == (before + 1, sealed)  # not the quick one: the slow one will stand before it
    assert seal(ready) == (before + 2, before + 2)


def enqueue(connection, number):
    connection.execute(
        "INSERT INTO core_job (task, args, queue, state, progress, message, attempts, max_attempts, run_after,"
        " worker, created_at) SELECT 'core.checkpoint', '{}', 'light', 'ready', 0, '{}', 0, 3, now(), '', now()"
        f" FROM generate_series(1, {number})"
    )


def states(connection, after):
    query = "SELECT state, attempts FROM core_job WHERE task = 'core.checkpoint' AND id > %s ORDER BY id"
    return connection.execute(query, [after]).fetchall()


@pytest.fixture
def quiet(ready):
    """The last job's id, on a home where the timetable has nothing due for a while."""
    datadam(ready, "worker", "--once", "--json")
    with connect(ready) as connection:
        connection.execute("UPDATE core_schedule SET next_at = now() + interval '1 hour'")
        return connection.execute("SELECT max(id) FROM core_job").fetchone()[0]


def test_a_job_that_another_worker_is_taking_is_stepped_over(ready, quiet):
    with connect(ready) as connection:
        enqueue(connection, 2)
    with connect(ready) as other:
        other.execute(
            "SELECT id FROM core_job WHERE id = (SELECT min(id) FROM core_job WHERE id > %s) FOR UPDATE", [quiet]
        )
        assert datadam(ready, "worker", "--once", "--json")["jobs"] == 1
        assert states(other, quiet) == [("ready", 0), ("done", 1)]
    assert datadam(ready, "worker", "--once", "--json")["jobs"] == 1


def test_workers_side_by_side_take_every_job_once(ready, quiet):
    with connect(ready) as connection:
        enqueue(connection, 60)
    env = {**os.environ, "DATADAM_HOME": str(ready.home), "DATABASE_URL": f"{ready.url}/postgres"}
    command = [sys.executable, "-m", "datadam.cli", "worker", "--once", "--json"]
    workers = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(3)]
    assert sum(json.loads(worker.communicate()[0])["jobs"] for worker in workers) == 60
    with connect(ready) as connection:
        assert states(connection, quiet) == [("done", 1)] * 60
