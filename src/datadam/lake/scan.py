"""Parquet files as a relation of DuckDB: what the engine, the charts, the exports and the diff stand on."""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from datadam.lake.errors import LakeError
from datadam.sandbox.rows import quote, rows_where

MEMORY = "768MiB"
SOURCE = "read_parquet(?)"
ZONED = "TIMESTAMP WITH TIME ZONE"

RowFilter = Mapping[str, Sequence[Any]]

_engines: dict[int, Any] = {}  # by process, so that a forked worker opens its own
_lock = threading.Lock()

__all__ = ["SOURCE", "ZONED", "RowFilter", "checked", "connection", "in_seoul", "quote", "rows_where", "types_of"]


@contextmanager
def connection() -> Iterator[Any]:
    """A DuckDB connection of its own (0.1 ms: all share one engine per process, with one bound on memory)."""
    cursor = _engine().cursor()
    try:
        yield cursor
    finally:
        cursor.close()


def _engine() -> Any:
    with _lock:
        if os.getpid() not in _engines:
            _engines.clear()
            _engines[os.getpid()] = _open()
        return _engines[os.getpid()]


def _open() -> Any:
    import duckdb

    spill = tempfile.mkdtemp(prefix="datadam-engine-")  # for this account's eyes only
    atexit.register(shutil.rmtree, spill, ignore_errors=True)
    engine = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
    )
    engine.execute("SET GLOBAL TimeZone = 'Asia/Seoul'")
    return engine


def types_of(cursor: Any, files: Sequence[str]) -> dict[str, str]:
    """The engine's type of every column, in order; empty when there are no files."""
    if not files:
        return {}
    rows = cursor.execute(f"DESCRIBE SELECT * FROM {SOURCE}", [list(files)]).fetchall()
    return {row[0]: row[1] for row in rows}


def checked(types: Mapping[str, str], columns: Sequence[str] | None) -> list[str]:
    """`columns`, or all of them; LakeError `no_column` for one that is not there."""
    if columns is None:
        return list(types)
    for name in columns:
        if name not in types:
            raise no_column(name)
    return list(columns)


def no_column(name: str) -> LakeError:
    return LakeError("no_column", ko=f"‘{name}’ 열이 없습니다.", en=f"There is no column “{name}”.", column=name)


def in_seoul(name: str, type_name: str) -> str:
    """The column as SQL, moments with a zone as Korean clock time (without one)."""
    return f"({quote(name)} AT TIME ZONE 'Asia/Seoul')" if type_name == ZONED else quote(name)
