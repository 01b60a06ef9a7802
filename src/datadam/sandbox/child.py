"""The child process: loads what was granted, shuts every door of the engine, runs one query, writes Arrow.

Spoken to over its standard streams by `datadam.sandbox.sql`. Request: one JSON object. Answer: one line of JSON
(`error` and `detail`, or `truncated`), then an Arrow stream. Nothing of the parent's environment is here.
"""

import json
import re
import resource
import signal
import sys
from typing import Any

from datadam.sandbox.functions import is_allowed
from datadam.sandbox.rows import quote, rows_where, texts

MIB = 1024 * 1024
LAZY_ABOVE = 512 * MIB  # larger tables are scanned as they lie instead of being loaded first


class Refused(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    request = json.load(sys.stdin.buffer)
    seconds = int(request["seconds"]) + 2
    signal.alarm(seconds)  # ends this process even when the parent is gone
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * request["threads"], seconds * request["threads"]))
    try:
        truncated, answer = answer_to(request)
    except Refused as refused:
        _say({"error": refused.code, "detail": refused.detail})
    except MemoryError:
        _say({"error": "too_big", "detail": ""})
    else:
        _say({"truncated": truncated}, answer)


def _say(head: dict[str, Any], body: Any = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def answer_to(request: dict[str, Any]) -> tuple[bool, Any]:
    import duckdb
    import pyarrow as pa

    pa.set_cpu_count(request["threads"])
    pa.set_io_thread_count(request["threads"])
    connection = connect(request)
    _cap_memory(request["memory_mb"])
    try:
        fill_and_lock(connection, request["tables"])
        if request["judged"]:
            judge(connection, request["sql"], list(request["tables"]))
        return collect(connection, request)
    except duckdb.OutOfMemoryException as error:
        raise Refused("too_big", str(error)) from None
    except duckdb.ParserException as error:
        raise Refused("syntax", _words(error)) from None
    except duckdb.BinderException as error:
        raise Refused(*_column_or_failure(str(error), _words(error))) from None
    except duckdb.CatalogException as error:
        raise Refused("unknown_table" if "Table with name" in str(error) else "failed", _words(error)) from None
    except duckdb.Error as error:
        raise Refused("failed", _words(error)) from None


def connect(request: dict[str, Any]) -> Any:
    import duckdb

    connection = duckdb.connect(
        config={
            "memory_limit": f"{request['memory_mb']}MiB",
            "threads": request["threads"],
            "temp_directory": request["temporary"],
            "max_temp_directory_size": f"{4 * request['memory_mb']}MiB",
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        }
    )
    connection.execute("SET TimeZone = 'Asia/Seoul'")
    return connection


def fill_and_lock(connection: Any, tables: dict[str, Any]) -> None:
    """After this the engine holds what was granted and can reach nothing else, whatever it is asked."""
    for name, source in tables.items():
        load(connection, name, source)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _cap_memory(memory_mb: int) -> None:
    """Address space: what is mapped now, the engine's share, and as much again for threads and Arrow."""
    with open("/proc/self/statm", encoding="ascii") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    limit = mapped + (2 * memory_mb + 768) * MIB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _column_or_failure(error: str, words: str) -> tuple[str, str]:
    missing = re.search(r'column "(.+?)" not found|does not have a column named "(.+?)"', error)
    return ("unknown_column", missing.group(1) or missing.group(2)) if missing else ("failed", words)


def _words(error: Exception) -> str:
    """The engine's own sentence, without its kind, its drawing of the line and its guesses at other names."""
    sentence = str(error).partition("\n")[0]
    return sentence.partition("Error: ")[2] or sentence


def load(connection: Any, name: str, source: dict[str, Any]) -> None:
    """Bring a granted table in, so that only its granted columns and rows exist in this process's engine."""
    columns, row_filter = source["columns"], source["row_filter"]
    if not source["files"]:  # a version without rows
        names = ", ".join(f"{quote(column)} VARCHAR" for column in columns or ()) or '"" VARCHAR'
        connection.execute(f"CREATE TABLE {quote(name)} ({names})")
        return
    if sum(source["sizes"]) > LAZY_ABOVE and (columns is None or set(row_filter) <= set(columns)):
        connection.register(name, _dataset(source["files"], columns, row_filter))
        return
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [source["files"]]).fetchall()
    chosen = "*" if columns is None else ", ".join(map(quote, columns)) or 'NULL AS ""'
    where, values = rows_where(row_filter, {column[0]: column[1] for column in described})
    connection.execute(
        f"CREATE TABLE {quote(name)} AS SELECT {chosen} FROM read_parquet(?) WHERE {where}", [source["files"], *values]
    )


def _dataset(files: list[str], columns: list[str] | None, row_filter: dict[str, list[Any]]) -> Any:
    """A dataset whose schema knows the granted columns only; DuckDB pushes projections and filters into it."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    schema = pq.read_schema(files[0])
    if columns is not None:
        schema = pa.schema([schema.field(column) for column in columns])
    dataset = ds.dataset(files, format="parquet", schema=schema)
    for column, values in row_filter.items():
        wanted = pa.array(texts(values), pa.string()).cast(schema.field(column).type)
        dataset = dataset.filter(pc.field(column).isin(wanted))
    return dataset


def judge(connection: Any, sql: str, tables: list[str]) -> None:
    """The second opinion: the engine's own parse of the query, held against the same lists."""
    tree = json.loads(connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if tree["error"]:
        code = "not_select" if tree["error_type"] == "not implemented" else "syntax"
        raise Refused(code, tree["error_message"])
    if len(tree["statements"]) != 1:
        raise Refused("not_select", str(len(tree["statements"])))
    known = {name.lower() for name in tables}
    nodes = list(_nodes(tree))
    known |= {entry["key"].lower() for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())}
    for node in nodes:
        if "function_name" in node and not is_allowed(node["function_name"]):
            raise Refused("function_refused", node["function_name"])
        if node.get("type") == "SHOW_REF":
            raise Refused("not_select", "SHOW")
        if node.get("type") == "TABLE_FUNCTION" and node["function"]["function_name"] != "unnest":
            raise Refused("function_refused", node["function"]["function_name"])
        if node.get("type") == "BASE_TABLE" and (node["schema_name"] or node["table_name"].lower() not in known):
            raise Refused("unknown_table", node["table_name"])


def _nodes(tree: Any) -> Any:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def collect(connection: Any, request: dict[str, Any]) -> tuple[bool, Any]:
    """The rows as an Arrow stream, cut at the row limit; too many bytes are refused, not cut."""
    import pyarrow as pa

    reader = connection.sql(request["sql"]).to_arrow_reader(min(request["rows"] + 1, 10_000))
    sink = pa.BufferOutputStream()
    left, truncated = request["rows"], False
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            if batch.num_rows > left:
                batch, truncated = batch.slice(0, left), True
            writer.write_batch(batch)
            left -= batch.num_rows
            if sink.tell() > request["bytes"]:
                raise Refused("too_big", f"> {request['bytes'] // MIB} MB")
            if truncated:
                break
    return truncated, sink.getvalue()


if __name__ == "__main__":
    main()
