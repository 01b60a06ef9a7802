"""Users' SQL: `check` it, then `run` it in a child process with limits on memory, time and rows, and a kill."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datadam.sandbox.check import CheckedQuery, check, names
from datadam.sandbox.errors import QueryRefused, refusal
from datadam.sandbox.functions import is_allowed

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("datadam.sandbox")

# Each allocator or thread pool that reserves address space ahead would eat into the child's limit.
FRUGAL = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}

__all__ = ["CheckedQuery", "Limits", "QueryRefused", "Result", "TableSource", "check", "is_allowed", "names", "run"]


@dataclass(frozen=True)
class TableSource:
    """What a granted table may show: its Parquet files, the columns (None: all) and the rows by {column: [values]}.

    The columns of `row_filter` need not be among the granted ones.
    """

    files: list[str]
    columns: list[str] | None = None
    row_filter: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    memory_mb: int = 1024
    seconds: float = 20.0
    rows: int = 10_000
    megabytes: int = 64  # of the answer
    threads: int = 2


@dataclass(frozen=True)
class Result:
    """The answer: column names and types (Arrow's names), rows in JSON values through `rows`, all in `arrow`."""

    columns: list[str]
    types: list[str]
    row_count: int
    truncated: bool
    seconds: float
    arrow: bytes

    def table(self) -> "pa.Table":
        import pyarrow as pa

        return pa.ipc.open_stream(self.arrow).read_all()

    @property
    def rows(self) -> list[list[Any]]:
        from datadam.sandbox.values import rows_of

        return rows_of(self.table())


def run(query: CheckedQuery, tables: Mapping[str, TableSource], limits: Limits | None = None) -> Result:
    """Run a checked query over `tables`, of which only those that it names are loaded. Raises QueryRefused."""
    limits = limits or Limits()
    sources = {name: _source(tables[name], query.columns.get(name)) for name in query.tables}
    return _ask(query.sql, sources, limits, judged=True)


def _source(table: TableSource, needed: list[str] | None) -> dict[str, Any]:
    columns = table.columns
    if needed is not None:
        columns = [column for column in needed if columns is None or column in columns] or (columns or needed)[:1]
    sizes = [os.path.getsize(path) for path in table.files]
    return {"files": table.files, "sizes": sizes, "columns": columns, "row_filter": dict(table.row_filter)}


def _ask(sql: str, sources: dict[str, Any], limits: Limits, *, judged: bool) -> Result:
    """`judged` False leaves out the engine's second opinion: for tests of the third wall, the locked engine."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="datadam-sql-", ignore_cleanup_errors=True) as folder:
        request = {
            "sql": sql,
            "tables": sources,
            "judged": judged,
            "temporary": folder,
            "memory_mb": limits.memory_mb,
            "seconds": limits.seconds,
            "rows": limits.rows,
            "bytes": limits.megabytes * 1024 * 1024,
            "threads": limits.threads,
        }
        code, answer = _child(json.dumps(request, default=str).encode(), folder, limits)
    head, _, body = answer.partition(b"\n")
    if not head:
        raise refusal(*_ending(code, limits))
    told = json.loads(head)
    if "error" in told:
        detail = limits.memory_mb if told["error"] == "too_big" else told["detail"]
        raise refusal(told["error"], str(detail))
    return _result(body, bool(told["truncated"]), time.monotonic() - started)


def _child(request: bytes, folder: str, limits: Limits) -> tuple[int, bytes]:
    """Start the child in its own process group with an empty environment; kill the group when time is up."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "datadam.sandbox.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={"HOME": folder, "LANG": "C.UTF-8", **FRUGAL},
        start_new_session=True,
        close_fds=True,
    )
    try:
        answer, complaint = process.communicate(request, timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise refusal("too_slow", f"{limits.seconds:g}") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    if complaint:
        logger.warning("SQL child, exit %s: %s", process.returncode, complaint[-2000:].decode(errors="replace"))
    return process.returncode, answer


def _ending(code: int, limits: Limits) -> tuple[Any, str]:
    """Why a child died without a word: out of time by its own alarm, otherwise out of memory."""
    if -code in (signal.SIGALRM, signal.SIGXCPU):
        return "too_slow", f"{limits.seconds:g}"
    if code < 0:
        return "too_big", str(limits.memory_mb)
    return "failed", f"exit {code}"


def _result(body: bytes, truncated: bool, seconds: float) -> Result:
    import pyarrow as pa

    table = pa.ipc.open_stream(body).read_all()
    types = [str(field.type) for field in table.schema]
    return Result(table.column_names, types, table.num_rows, truncated, seconds, body)
