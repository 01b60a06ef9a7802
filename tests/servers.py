"""An SSH server and a MariaDB of one's own for tests; both listen on loopback alone and end with the block."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.postgresql import Cluster, programs

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else None)
MARIADBD = shutil.which("mariadbd") or ("/usr/sbin/mariadbd" if Path("/usr/sbin/mariadbd").exists() else None)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text(errors="replace")[-2000:])


def end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def new_key(path: Path, passphrase: str = "") -> str:
    """A key pair; returns the private one. Its public half stands beside it in `<path>.pub`."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(path)], check=True)
    return path.read_text()


def fingerprint(path: Path) -> str:
    told = subprocess.run(["ssh-keygen", "-lf", str(path)], check=True, capture_output=True, text=True)
    return told.stdout.split()[1]


@dataclass
class Ssh:
    """OpenSSH serving files by SFTP to who runs the test, with the key in `key`."""

    folder: Path
    port: int
    user: str
    key: str
    process: subprocess.Popen | None = None
    options: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.folder / "host.pub")

    def address(self, path: str) -> str:
        return f"sftp://{self.user}@127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        config = self.folder / "config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {self.folder}/user.pub\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            "PermitRootLogin yes\nSubsystem sftp internal-sftp\nLogLevel ERROR\n" + "\n".join(self.options) + "\n"
        )
        log = self.folder / "log"
        self.process = subprocess.Popen([SSHD, "-D", "-f", str(config), "-E", str(log)])
        wait_for(self.port, self.process, log)

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
        self.process = None

    def another_host_key(self) -> None:
        self.stop()
        for name in ("host", "host.pub"):
            (self.folder / name).unlink()
        new_key(self.folder / "host")
        self.start()


@contextmanager
def ssh():
    if SSHD is None:
        pytest.skip("no SSH server (Debian package openssh-server)")
    import pwd

    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd gives up its rights
    folder = Path(tempfile.mkdtemp(prefix="dd-ssh-"))
    try:
        new_key(folder / "host")
        made = Ssh(folder, free_port(), pwd.getpwuid(os.geteuid()).pw_name, new_key(folder / "user"))
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class MariaDB:
    """A MariaDB with an empty database `city`; `run` executes SQL as its owner."""

    folder: Path
    port: int

    def run(self, sql: str, database: str = "city"):
        import pymysql

        with pymysql.connect(
            unix_socket=f"{self.folder}/socket", user="root", database=database, autocommit=True, charset="utf8mb4",
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS,
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            cursor.execute(sql)
            rows = cursor.fetchall()
            while cursor.nextset():
                rows = cursor.fetchall() or rows
            return rows


@contextmanager
def mariadb(certificate: tuple[Path, Path] | None = None):
    if MARIADBD is None:
        pytest.skip("no MariaDB (Debian package mariadb-server)")
    folder = Path(tempfile.mkdtemp(prefix="dd-my-", dir="/tmp"))
    owner = ["--user=mysql"] if os.geteuid() == 0 else []
    data, log = folder / "data", folder / "log"
    common = ["--no-defaults", f"--datadir={data}", *owner]
    try:
        if owner:
            shutil.chown(folder, "mysql")
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        made = MariaDB(folder, free_port())
        options = [f"--port={made.port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket", f"--log-error={log}"]
        options += [f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"]
        if certificate:
            options += [f"--ssl-cert={certificate[0]}", f"--ssl-key={certificate[1]}"]
        process = subprocess.Popen(
            [MARIADBD, *common, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        try:
            wait_for(made.port, process, log)
            made.run("CREATE DATABASE city CHARACTER SET utf8mb4", database="mysql")
            yield made
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def certificate(folder: Path, owner: str) -> tuple[Path, Path]:
    """A certificate that nobody signed, for 127.0.0.1, and its key, which only `owner` may read."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(key, owner)
        shutil.chown(folder, owner)
    return cert, key


@dataclass
class Postgres:
    """A PostgreSQL with a database `city` that wants passwords over TCP; `run` executes SQL as its owner."""

    cluster: Cluster
    port: int

    def run(self, sql: str, database: str = "city"):
        import psycopg

        url = self.cluster.url.replace("postgres://", "postgresql://")
        with psycopg.connect(f"{url}/{database}?port={self.port}", autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres(*, tls: bool):
    if programs() is None:
        pytest.skip("no PostgreSQL (Debian package postgresql)")
    port = free_port()
    with Cluster(listen_addresses="127.0.0.1", port=str(port)) as cluster:
        made = Postgres(cluster, port)
        made.run("CREATE DATABASE city", database="postgres")
        folder = Path(cluster.folder)
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        if tls:
            cert, key = certificate(Path(tempfile.mkdtemp(dir=folder)), "postgres")
            for name, path in (("ssl_cert_file", cert), ("ssl_key_file", key)):
                made.run(f"ALTER SYSTEM SET {name} = '{path}'")
            made.run("ALTER SYSTEM SET ssl = on")
        made.run("SELECT pg_reload_conf()")
        yield made
