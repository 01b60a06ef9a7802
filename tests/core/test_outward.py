"""Only `core.fetch` opens connections to other machines, so that its judgement of addresses cannot be gone round."""

import ast
from pathlib import Path

import pytest

import datadam
from datadam.core import fetch
from tests.serving import serving

SOURCE = Path(datadam.__file__).parent
OUTWARD = ("urllib.request", "http.client", "requests", "httpx", "aiohttp", "socket", "ftplib", "smtplib", "telnetlib")
OUTWARD += ("paramiko", "pymysql", "psycopg")
# Who else may: path → (module, why)
ALLOWED = {
    "core/fetch.py": {"http.client": "the guard itself", "socket": "the guard itself"},
    "core/reach.py": {"socket": "the guard of file servers and databases"},
    "catalog/outside/sftp.py": {"paramiko": "over a connection that core.reach made"},
    "catalog/outside/mysql.py": {"pymysql": "over a connection that core.reach made"},
    "catalog/outside/postgresql.py": {"psycopg": "to the address that core.reach judged"},
    "core/jobs.py": {"socket": "the name of this machine, for the worker's own name"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {out for out in OUTWARD for name in names if name == out or name.startswith(f"{out}.")}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_else_opens_a_connection(path):
    assert imported(path) <= ALLOWED.get(str(path.relative_to(SOURCE)), {}).keys()


def test_the_list_names_nobody_who_does_not():
    for name, modules in ALLOWED.items():
        assert imported(SOURCE / name) == modules.keys()


@pytest.mark.parametrize(
    "host", ["2130706433", "017700000001", "0x7f000001", "127.1", "0", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[::]"]
)  # fmt: skip
def test_no_spelling_of_this_machine_is_let_through(host):
    with serving(body=b"secret") as url:
        port = url.rpartition(":")[2]
        with pytest.raises(fetch.AddressRefused), fetch.fetch(f"http://{host}:{port}/", limit=100):
            pass
