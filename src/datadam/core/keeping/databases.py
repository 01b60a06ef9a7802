"""A database as one file, taken at one moment and put back: SQLite and PostgreSQL."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, connections, transaction

from datadam.core import clock
from datadam.core.errors import Conflict
from datadam.web.text import Text

SNAPSHOT = "snapshot"
FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
ASIDE = "before_"


def vendor() -> str:
    """`sqlite` or `postgresql`."""
    return connection.vendor


def path() -> Path:
    """The embedded database's file."""
    return Path(str(connection.settings_dict["NAME"]))


def filled() -> bool:
    """Whether somebody's data are in the database: a home whose set-up has ended has a person."""
    if vendor() == "sqlite" and not path().exists():
        return False
    if "core_person" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM core_person LIMIT 1")
        return cursor.fetchone() is not None


@contextlib.contextmanager
def snapshot(target: Path) -> Iterator[str]:
    """Write the database as of now to `target`; within the block, the alias given reads exactly that state."""
    if vendor() == "sqlite":
        with _sqlite_snapshot(target) as alias:
            yield alias
    else:
        with _postgresql_snapshot(target) as alias:
            yield alias


@contextlib.contextmanager
def _sqlite_snapshot(target: Path) -> Iterator[str]:
    source = sqlite3.connect(path(), timeout=20, isolation_level=None)
    made = sqlite3.connect(target)
    try:
        source.backup(made)
        made.execute("PRAGMA journal_mode=DELETE")
        (state,) = made.execute("PRAGMA integrity_check").fetchone()
    finally:
        made.close()
        source.close()
    if state != "ok":
        words = Text("데이터베이스가 손상되었습니다.", "The database is damaged.")
        raise Conflict(words, code="database_damaged", found=state)
    target.chmod(0o600)
    connections.databases[SNAPSHOT] = {**connection.settings_dict, "NAME": str(target), "OPTIONS": {}}
    try:
        yield SNAPSHOT
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT]
        del connections.databases[SNAPSHOT]


@contextlib.contextmanager
def _postgresql_snapshot(target: Path) -> Iterator[str]:
    check_tools()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        options = ["-Fc", "--no-owner", "--no-privileges", "-N", f"{ASIDE}*", f"--snapshot={name}", "-f", str(target)]
        _run("pg_dump", options)
        target.chmod(0o600)
        yield "default"


def check_tools() -> None:
    """Refuse when PostgreSQL's own programs are not here, or are older than the server."""
    for program in ("pg_dump", "pg_restore"):
        if shutil.which(program) is None:
            words = Text(
                f"{program}이(가) 없습니다. postgresql-client를 설치하십시오.",
                f"{program} is not installed. Install postgresql-client.",
            )
            raise Conflict(words, code="tool_missing", program=program)
    said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True).stdout  # noqa: S607
    found = re.search(r"(\d+)", said)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        server = int(cursor.fetchone()[0]) // 10_000
    if not found or int(found[1]) < server:
        words = Text(
            f"pg_dump({said.strip()})가 서버(PostgreSQL {server})보다 오래되었습니다.",
            f"pg_dump ({said.strip()}) is older than the server (PostgreSQL {server}).",
        )
        raise Conflict(words, code="tool_too_old")


def _run(program: str, options: list[str]) -> None:
    """Call one of PostgreSQL's programs on the configured database; its complaint becomes the refusal."""
    from django.db.backends.postgresql.client import DatabaseClient

    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = arguments[1:]
    command = [program, *where, "-w", "-d", name, *options]
    done = subprocess.run(command, env={**os.environ, **(environment or {})}, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        reason = done.stderr.strip().splitlines()[0] if done.stderr.strip() else str(done.returncode)
        words = Text(f"{program}이(가) 실패했습니다: {reason}", f"{program} failed: {reason}")
        raise Conflict(words, code="tool_failed", program=program)


def put_back(source: Path) -> str:
    """Make `source` the database. What was there is moved aside (PostgreSQL: to a schema whose name is returned)."""
    if vendor() == "sqlite":
        connection.close()
        for old in (path(), *(path().with_name(path().name + end) for end in ("-wal", "-shm"))):
            old.unlink(missing_ok=True)
        shutil.copyfile(source, path())
        path().chmod(0o600)
        return ""
    check_tools()
    aside = set_aside()
    try:
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run("pg_restore", [*options, "-n", "public", str(source)])  # only what is in it: some dumps would make it too
    except Conflict:
        take_back(aside)
        raise
    return aside


def set_aside() -> str:
    """PostgreSQL: rename the schema in use and begin an empty one, in one transaction."""
    name = f"{ASIDE}{clock.now():%Y%m%d_%H%M%S_%f}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA public RENAME TO {name}")
        cursor.execute("CREATE SCHEMA public")
    return name


def take_back(aside: str) -> None:
    """Undo `set_aside`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute(f"ALTER SCHEMA {aside} RENAME TO public")


def drop_aside(aside: str) -> None:
    """Remove what `set_aside` kept."""
    if aside:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {aside} CASCADE")


def is_local_lake() -> bool:
    """Whether the lake is a folder."""
    return "://" not in str(settings.LAKE)
