"""Tables that only grow: one declaration, enforced by triggers on SQLite and PostgreSQL.

Installed after every migration, because Django rebuilds a table on SQLite and so drops its triggers silently;
`datadam verify` asserts that they stand.
"""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_tables: dict[str, str] = {}  # table → app label

PG_FUNCTION = """
CREATE OR REPLACE FUNCTION datadam_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


def append_only(app_label: str, *tables: str) -> None:
    """Declare tables that nobody may UPDATE or DELETE from (in AppConfig.ready)."""
    _tables.update(dict.fromkeys(tables, app_label))


def _names(table: str, vendor: str) -> dict[str, str]:
    """Trigger name → the statement that it forbids."""
    actions = ("UPDATE", "DELETE") if vendor == "sqlite" else ("UPDATE", "DELETE", "TRUNCATE")
    return {f"{table}_no_{action.lower()}": action for action in actions}


def _sql(name: str, table: str, action: str, vendor: str) -> str:
    if vendor == "sqlite":
        return (
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    each = "STATEMENT" if action == "TRUNCATE" else "ROW"
    return (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {action} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION datadam_append_only()"
    )


def install(sender: AppConfig, using: str, **_: Any) -> None:
    """post_migrate receiver: the triggers of the room that has just been migrated."""
    connection = connections[using]
    existing = connection.introspection.table_names()
    tables = [table for table, label in _tables.items() if label == sender.label and table in existing]
    with connection.cursor() as cursor:
        if tables and connection.vendor == "postgresql":
            cursor.execute(PG_FUNCTION)
        for table in tables:
            for name, action in _names(table, connection.vendor).items():
                cursor.execute(_sql(name, table, action, connection.vendor))


def remove(using: str = "default") -> None:
    """Take the triggers away; for the test-suite, which must empty tables between tests."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in _tables:
            for name in _names(table, connection.vendor):
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def missing(using: str = "default") -> list[str]:
    """Sentences about triggers that should stand and do not."""
    connection = connections[using]
    expected = {name for table in _tables for name in _names(table, connection.vendor)}
    return [f"trigger {name} is missing" for name in sorted(expected - _present(connection))]
