"""The systemd units: started by systemd where it runs, and otherwise by their parts."""

import configparser
import functools
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from tests import homes

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer"))
SERVICES = ["datadam", "datadam-worker", "datadam-backup"]
PROGRAM = "/opt/datadam/.venv/bin/datadam"
PATHS = os.pathsep.join(path for path in [str(ROOT / "src"), *sys.path] if path)
SYSTEMD = Path("/run/systemd/system").is_dir() and os.geteuid() == 0


class Unit(configparser.RawConfigParser):
    def __init__(self, path: Path) -> None:
        super().__init__(strict=True, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
        self.optionxform = str  # names are case-sensitive
        self.read_string(path.read_text())


def environment() -> dict[str, str]:
    lines = (DEPLOY / "datadam.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def place():
    """Folders that another user may enter, as an installer would make them, and a free port."""
    folder = Path(tempfile.mkdtemp(prefix="dd-unit-", dir="/tmp"))
    folder.chmod(0o755)
    for name in ("home", "destructions", "backups"):
        (folder / name).mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / name, "nobody", pwd.getpwnam("nobody").pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield folder, port
    shutil.rmtree(folder, ignore_errors=True)


def settings_for(folder: Path, port: int) -> dict[str, str]:
    """The example's settings with this test's folders and port; nothing else is inherited."""
    moved = {
        "/var/lib/datadam-destructions": str(folder / "destructions"),
        "/var/lib/datadam": str(folder / "home"),
    }
    found = {"PATH": os.environ["PATH"], "PYTHONPATH": PATHS, "LANG": "C.UTF-8"}
    for name, value in environment().items():
        for old, new in moved.items():
            value = value.replace(old, new)
        found[name] = value
    return {**found, "DATADAM_PORT": str(port), "DATADAM_MIN_FREE_MB": "1"}


def command(service: str, folder: Path) -> list[str]:
    """The unit's own ExecStart with this installation's program in it, as systemd would split it."""
    line = Unit(DEPLOY / f"{service}.service")["Service"]["ExecStart"]
    line = line.replace("$$", "$").replace("%%", "%").replace("/var/backups/datadam", str(folder / "backups"))
    assert PROGRAM in line
    return shlex.split(line.replace(PROGRAM, f"{runner()[0]} -m datadam.cli"))


def start(service: str, folder: Path, port: int) -> subprocess.Popen:
    """As systemd starts it: that environment, that folder, that umask, no root."""
    return subprocess.Popen(
        command(service, folder),
        env=settings_for(folder, port),
        cwd=folder / "home",
        umask=0o077,
        user=runner()[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@functools.cache
def runner() -> tuple[str, str | None]:
    """(a Python that can run datadam, the user it runs as): nobody instead of root wherever nobody can reach one."""
    if os.geteuid() != 0:
        return sys.executable, None
    version = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"  # sys.executable may lie under /root
    for python in (sys.executable, version):
        try:
            done = subprocess.run(
                [python, "-c", "import datadam, django, granian"],
                env={"PYTHONPATH": PATHS},
                user="nobody",
                cwd="/",
                capture_output=True,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python, "nobody"
    return sys.executable, None


def answer(port: int, path: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "127.0.0.1"})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while True:
        try:
            if found := what():
                return found
        except OSError:
            pass
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.2)


def beating(folder: Path) -> set[int]:
    """The processes whose signs of life stand in the database, read as its owner: root's files would lock it out."""
    if homes.SERVER:
        try:
            return {
                int(name.split(":")[1]) for (name,) in homes.rows(folder / "home", "SELECT name FROM core_heartbeat")
            }
        except psycopg.errors.UndefinedTable:
            return set()
    python, user = runner()
    database = folder / "home" / "datadam.sqlite3"
    if not database.exists():
        return set()
    code = "import sqlite3, sys\nfor (name,) in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(name)"
    done = subprocess.run(
        [python, "-c", code, str(database), "SELECT name FROM core_heartbeat"],
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
    )
    return {int(name.split(":")[1]) for name in done.stdout.split()}


def stop(process: subprocess.Popen) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=40)
    return process.returncode, output


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_well_formed(path, tmp_path):
    """By systemd's own checker where it is installed; `datadam` and the user need not exist on this machine."""
    unit = Unit(path)
    assert unit["Unit"]["Description"].startswith("datadam: ")
    if path.suffix != ".service":
        return
    service = unit["Service"]
    assert service["User"] == service["Group"] == "datadam" and service["Type"] in {"exec", "oneshot"}
    assert service["NoNewPrivileges"] == "yes" and service["ProtectSystem"] == "strict" and service["UMask"] == "0077"
    for folder in (environment()["DATADAM_HOME"], str(Path(environment()["DATADAM_DESTRUCTIONS"]).parent)):
        assert folder in service["ReadWritePaths"].split()
    if shutil.which("systemd-analyze"):
        copy = tmp_path / path.name
        copy.write_text(re.sub(PROGRAM, "/bin/true", path.read_text()))
        for other in UNITS:
            if other != path:
                (tmp_path / other.name).write_text(re.sub(PROGRAM, "/bin/true", other.read_text()))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if path.name in line]
        assert said == [], done.stderr


def test_the_settings_of_the_example_are_all_known():
    known = (ROOT / "docs" / "settings.md").read_text()
    assert {name for name in environment() if f"`{name}`" not in known} == set()


def test_web_and_worker_run_are_ready_and_stop_when_told(place):
    """Both units' ExecStart with the example's environment: ready, then ended with 0 by SIGTERM."""
    folder, port = place
    worker = start("datadam-worker", folder, port)
    web = start("datadam", folder, port)
    try:
        status, body = wait_for(lambda: (found := answer(port, "/readyz"))[0] == 200 and found)
        assert json.loads(body)["ready"] and status == 200
        assert answer(port, "/healthz")[0] == 200
        assert answer(port, "/metrics")[0] == 404  # behind a proxy, and no token is set
    finally:
        (web_code, web_output), (worker_code, worker_output) = stop(web), stop(worker)
    assert (web_code, worker_code) == (0, 0), web_output + worker_output
    assert (folder / "home" / "keys" / "django.key").stat().st_mode & 0o077 == 0
    requests = [json.loads(line) for line in web_output.splitlines() if line.startswith('{"time"')]
    assert {line["route"] for line in requests if line["logger"] == "datadam.request"} >= {"ready", "health"}


def test_a_killed_worker_ends_with_a_failure_that_is_restarted_and_the_next_one_works(place):
    """`Restart=on-failure` looks at how a process ended: killed is a failure, SIGTERM is not."""
    folder, port = place
    for service in ("datadam", "datadam-worker"):
        assert Unit(DEPLOY / f"{service}.service")["Service"]["Restart"] == "on-failure"
    worker = start("datadam-worker", folder, port)
    wait_for(lambda: beating(folder) == {worker.pid})
    worker.kill()
    assert worker.wait() == -signal.SIGKILL
    again = start("datadam-worker", folder, port)
    wait_for(lambda: again.pid in beating(folder))
    assert stop(again)[0] == 0 and beating(folder) == {worker.pid}  # one that is told to stop takes its sign down


def test_the_backup_service_writes_a_backup_that_can_be_checked(place):
    folder, port = place
    process = start("datadam-backup", folder, port)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    (made,) = (folder / "backups").iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}Z", made.name)
    check = [sys.executable, "-m", "datadam.cli", "backup", str(made), "--check", "--json"]
    done = subprocess.run(check, env=settings_for(folder, port), capture_output=True, text=True)
    assert json.loads(done.stdout)["checked"]


if SYSTEMD:

    def test_systemd_itself_runs_the_web(place):
        """A transient unit with the service's own lines."""
        folder, port = place
        name = f"datadam-test-{os.getpid()}"
        service = Unit(DEPLOY / "datadam.service")["Service"]
        kept = {k: v for k, v in service.items() if k.startswith(("Protect", "Private", "Restrict", "NoNew", "Lock"))}
        kept["ReadWritePaths"] = str(folder)
        options = [f"--property={key}={value}" for key, value in kept.items()]
        options += [f"--setenv={key}={value}" for key, value in settings_for(folder, port).items()]
        run = ["systemd-run", f"--unit={name}", *options, *command("datadam", folder)]
        subprocess.run(run, check=True, capture_output=True)
        try:
            assert wait_for(lambda: answer(port, "/healthz")[0] == 200)
        finally:
            subprocess.run(["systemctl", "stop", name], check=True)
