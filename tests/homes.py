"""Homes on PostgreSQL: every process that a test starts with a DATADAM_HOME works on a database of that home's own.

On SQLite a home holds its database, so that there is nothing to do. Where DATADAM_TEST_DATABASE names a server
(`make test-postgresql`), starting a process looks at the home that its environment names, makes that home's database
when it has none yet, and hands it over as DATABASE_URL; tests go on saying DATADAM_HOME alone. A DATABASE_URL that a
test chose itself is left as it is. All of these databases are dropped when the test process ends.
"""

import atexit
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

SERVER = os.environ.get("DATADAM_TEST_DATABASE", "")
OURS = "DATADAM_HOME_DATABASE"  # the address that was handed over, to tell it from one that a test chose
_made: set[str] = set()
_start = subprocess.Popen.__init__


def name(home: Path | str) -> str:
    """The database of that home."""
    return "home_" + hashlib.sha256(os.path.abspath(home).encode()).hexdigest()[:16]


def url(home: Path | str) -> str:
    """DATABASE_URL of that home; its database is made when it does not exist yet."""
    if name(home) not in _made:
        _sql(f"CREATE DATABASE {name(home)}")
        _made.add(name(home))
    return f"{SERVER}/{name(home)}"


def copy(source: Path, target: Path) -> None:
    """A second home with everything that the first one holds, its database too."""
    shutil.copytree(source, target)
    if SERVER:
        url(source)
        _sql(f"CREATE DATABASE {name(target)} TEMPLATE {name(source)}")
        _made.add(name(target))


def drop(*, only: str | None = None) -> None:
    """Drop the databases made here."""
    for each in [only] if only else sorted(_made):
        _sql(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")
        _made.discard(each)


def rows(home: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run SQL on a home's database from outside, past the product; placeholders are `?`."""
    if not SERVER:
        import sqlite3

        with sqlite3.connect(home / "datadam.sqlite3", timeout=20) as connection:
            return connection.execute(query, values).fetchall()
    import psycopg

    with psycopg.connect(url(home)) as connection:
        cursor = connection.execute(query.replace("?", "%s"), values or None)
        return cursor.fetchall() if cursor.description else []


def show_on_disk(home: Path) -> None:
    """Keep what is stored from now on uncompressed on PostgreSQL, so that `pages` can be searched for a word."""
    if SERVER:
        wide = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        for table, column in rows(home, f"{wide} AND data_type IN ('jsonb', 'text', 'character varying')"):
            rows(home, f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STORAGE EXTERNAL')


def pages(home: Path) -> list[tuple[str, bytes]]:
    """(table, its bytes on disk) of every table of a home's database on PostgreSQL, dead rows and statistics too.

    On SQLite the home's files are all there is, and this is empty.
    """
    if not SERVER:
        return []
    rows(home, "CHECKPOINT")
    return rows(
        home,
        "SELECT oid::regclass::text, pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
        " WHERE relkind IN ('r', 't') AND pg_relation_size(oid) > 0",
    )


def _sql(statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _start_on_its_database(self: Any, *args: Any, **options: Any) -> None:
    environment = dict(options.get("env") or os.environ)
    home, chosen = environment.get("DATADAM_HOME"), environment.get("DATABASE_URL")
    if home and options.get("env", True) != {} and chosen in (None, environment.get(OURS), os.environ[OURS]):
        environment["DATABASE_URL"] = environment[OURS] = url(home)
        options["env"] = environment
    _start(self, *args, **options)


def use_postgresql(home: str) -> None:
    """Point this process, whose home that is, and all that it will start at the server; before Django is set up."""
    os.environ["DATABASE_URL"] = os.environ[OURS] = url(home)
    subprocess.Popen.__init__ = _start_on_its_database  # type: ignore[method-assign]
    atexit.register(drop)
