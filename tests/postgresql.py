"""A PostgreSQL of one's own for tests and benchmarks: `python -m tests.postgresql -- command …`.

The command finds it in DATADAM_TEST_DATABASE, the address of a server without a database's name. The server lives in
a temporary folder, is run by an unprivileged user, listens on a socket there alone, and ends with the command, however
that ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

NAME = "DATADAM_TEST_DATABASE"
OPTIONS = {  # nothing here outlives the run, so nothing waits for the disk; processes killed by tests leave connections
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "timezone": "UTC",
}


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    return found[-1].parent if found else Path(elsewhere).resolve().parent if elsewhere else None


class Cluster:
    """A server on a socket in a temporary folder; `url` is its address, to which `/database` is added."""

    def __init__(self, **options: str) -> None:
        found = programs()
        if found is None:
            raise SystemExit("PostgreSQL is not installed (Debian package postgresql)")
        self.bin = found
        self.folder = tempfile.mkdtemp(prefix="dd-pg-", dir="/tmp")  # a socket's path may have 107 bytes
        self.options = " ".join(f"-c {name}='{value}'" for name, value in {**OPTIONS, **options}.items())
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        os.chmod(self.folder, 0o755)  # tests of the systemd units connect as a user of their own
        if self.prefix:
            shutil.chown(self.folder, "postgres")
        self.url = f"postgres://datadam@{self.folder.replace('/', '%2F')}"

    def run(self, program: str, *args: str) -> None:
        command = [*self.prefix, str(self.bin / program), *args]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/")
        if done.returncode:
            raise SystemExit(f"{program}: {done.stderr}{self.log()}")

    def log(self) -> str:
        """The end of what the server wrote."""
        path = Path(self.folder, "log")
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def __enter__(self) -> "Cluster":
        data = f"{self.folder}/data"
        try:
            # C.UTF-8: a server made with another locale orders text by it, which no page may rely on
            self.run(
                "initdb", "-D", data, "-A", "trust", "-U", "datadam", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
            )
            options = f"-k {self.folder} {self.options}"
            self.run("pg_ctl", "-D", data, "-o", options, "-l", f"{self.folder}/log", "-w", "start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop = [*self.prefix, str(self.bin / "pg_ctl"), "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(self.folder, ignore_errors=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def main() -> int:
    command = sys.argv[1:]
    if command[:1] == ["--"]:
        del command[0]
    if not command:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, _end)
    with Cluster() as cluster:
        process = subprocess.Popen(command, env={**os.environ, NAME: cluster.url})
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
