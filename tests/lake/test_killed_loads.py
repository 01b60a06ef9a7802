"""What a killed load left goes at once; what a living one writes and what was committed stays, however old it is."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.lake import marks
from datadam.lake.tables import LOADING, LakeTable, Load, sweep

PROGRAM = """
    import os, signal, subprocess, sys
    import pyarrow as pa, pyarrow.parquet as pq
    from datadam.lake.tables import LakeTable, Load
    root, how = sys.argv[1:]
    data = pa.table({"a": [2]})
    with LakeTable(root, "t").load() as load:
        for _ in range(2):
            pq.write_table(data, load.new_file())
        if how == "with a program":
            print(subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL).pid, flush=True)
        if how == "dies in its commit":
            Load._let_go = lambda load: os.kill(os.getpid(), signal.SIGKILL)
            load.commit(data.schema, {})
        print("written", flush=True)
        if sys.stdin.readline():
            load.commit(data.schema, {})
"""


class Loading:
    """A process that loads two rows into the table and waits to be told to commit."""

    def __init__(self, root, how=""):
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(root), how]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = []
        for line in self.process.stdout:
            self.told.append(line.strip())
            if self.told[-1] == "written":
                break

    def kill(self):
        self.process.kill()
        return self.end()

    def end(self, said=""):
        self.process.communicate(said)
        return self.process.returncode


@pytest.fixture
def table(tmp_path):
    table = LakeTable(tmp_path, "t")
    data = pa.table({"a": [1]})
    with table.load() as load:
        pq.write_table(data, load.new_file())
        load.commit(data.schema, {})
    return table


def rows(table):
    files = table.files(table.versions()[-1])
    return [row["a"] for file in files for row in pq.read_table(file).to_pylist()]


def lying(table):
    """How many data files and marks there are."""
    return len(list(table.folder.glob("*.parquet"))), len(list(table.folder.glob(f"{LOADING}*")))


def test_what_a_killed_load_left_goes_at_once(table, tmp_path):
    assert Loading(tmp_path).kill() == -signal.SIGKILL
    assert lying(table) == (3, 1)
    assert sweep(tmp_path) == 2
    assert lying(table) == (1, 0) and rows(table) == [1]
    assert sweep(tmp_path) == 0


def test_of_a_table_that_was_never_made_nothing_is_left(tmp_path):
    Loading(tmp_path).kill()
    assert sweep(tmp_path) == 2 and list((tmp_path / "tables").iterdir()) == []


def test_a_table_whose_log_was_only_begun_is_swept_too(tmp_path):
    Loading(tmp_path).kill()
    table = LakeTable(tmp_path, "t")
    (table.folder / "_delta_log").mkdir()
    assert sweep(tmp_path) == 2 and lying(table) == (0, 0)


def test_a_table_whose_log_cannot_be_read_keeps_its_files_and_the_others_are_swept(table, tmp_path, caplog):
    Loading(tmp_path).kill()
    shutil.copytree(table.folder, tmp_path / "tables" / "s")
    (tmp_path / "tables" / "s" / "_delta_log" / f"{1:020d}.json").write_text('{"add"', encoding="utf-8")
    assert sweep(tmp_path) == 2 and lying(table) == (1, 0)
    assert lying(LakeTable(tmp_path, "s")) == (3, 1) and "cannot be read" in caplog.text


def test_what_another_process_is_loading_stays_however_old(table, tmp_path):
    other = Loading(tmp_path)
    for path in table.folder.iterdir():
        os.utime(path, (1, 1))
    assert sweep(tmp_path) == 0 and lying(table) == (3, 1)
    assert other.end("commit\n") == 0
    assert sweep(tmp_path) == 0
    assert lying(table) == (3, 0) and rows(table) == [2, 2]


def test_what_this_process_is_loading_stays_through_every_attempt(table, tmp_path):
    with table.load() as load:
        for again in (load.abandon, load.restart, lambda: None):
            pq.write_table(pa.table({"a": [3]}), load.new_file())
            assert sweep(tmp_path) == 0 and lying(table) == (2, 1)
            again()
        assert load.commit(pa.schema({"a": pa.int64()}), {}) == 2
    assert sweep(tmp_path) == 0 and rows(table) == [3] and lying(table) == (2, 0)


def test_a_load_goes_on_after_its_table_was_destroyed(table, tmp_path):
    with table.load() as load:
        load.new_file().touch()
        table.destroy()
        load.new_file().touch()
        assert sweep(tmp_path) == 0 and lying(table) == (1, 1)
    assert list((tmp_path / "tables").iterdir()) == []


def test_what_was_committed_stays_when_the_process_died_before_it_removed_the_mark(table, tmp_path):
    assert Loading(tmp_path, "dies in its commit").end() == -signal.SIGKILL
    assert lying(table) == (3, 1)
    assert sweep(tmp_path) == 0
    assert lying(table) == (3, 0) and rows(table) == [2, 2]


def test_a_program_that_a_load_started_does_not_hold_its_mark(table, tmp_path):
    loading = Loading(tmp_path, "with a program")
    try:
        loading.kill()
        assert sweep(tmp_path) == 2 and lying(table) == (1, 0)
    finally:
        os.kill(int(loading.told[0]), signal.SIGKILL)


def test_a_mark_that_was_swept_before_it_was_held_is_made_again(tmp_path):
    mark, held = tmp_path / "t" / ".loading-1", []
    mark.parent.mkdir()
    mark.touch()
    with marks.alone(mark) as alone:
        assert alone
        waiting = threading.Thread(target=lambda: held.append(marks.take(mark)))
        waiting.start()
        time.sleep(0.1)
        assert held == []
        mark.unlink()
        mark.parent.rmdir()
    waiting.join(10)
    assert marks.is_at(mark, held[0])
    with marks.alone(mark) as alone:
        assert not alone
    held[0].close()
    with marks.alone(mark) as alone:
        assert alone
        mark.unlink()
    with marks.alone(mark) as alone:
        assert not alone


def test_a_sweep_that_comes_upon_a_mark_about_to_be_replaced_leaves_the_new_attempt(table, tmp_path, monkeypatch):
    load, real = Load(table), fcntl.flock
    load.new_file().touch()

    def replaced(handle, how):
        monkeypatch.setattr(fcntl, "flock", real)  # the sweep has opened the mark and does not hold it yet
        load.abandon()
        load.new_file().touch()
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", replaced)
    assert sweep(tmp_path) == 0 and lying(table) == (2, 1)
    load.abandon()


def test_loads_and_sweeps_at_the_same_time(tmp_path):
    """Folders come and go under both; no load loses a file before it is given up."""
    ended, lost = threading.Event(), []

    def sweeping():
        while not ended.is_set():
            sweep(tmp_path)

    def loading():
        for _ in range(200):
            load = Load(LakeTable(tmp_path, "t"))
            paths = [load.new_file() for _ in range(3)]
            for path in paths:
                path.touch()
            lost.extend(path for path in paths if not path.exists())
            load.abandon()

    sweeper = threading.Thread(target=sweeping)
    loaders = [threading.Thread(target=loading) for _ in range(3)]
    for thread in (sweeper, *loaders):
        thread.start()
    for thread in loaders:
        thread.join()
    ended.set()
    sweeper.join()
    assert lost == [] and list((tmp_path / "tables").glob("*")) == []
