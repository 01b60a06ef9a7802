"""`datadam demo`: build the demo city, then serve it."""

import os
import sys
import time
from typing import Any

import click

from datadam.core.cli import array, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
USER = obj(
    {"kind": STRING, "label": STRING, "name": STRING, "login": STRING, "password": STRING,
     "totp_secret": {"type": ["string", "null"]}, "token": STRING, "organisations": array(STRING)}
)  # fmt: skip
DATASET = obj(
    {"name": STRING, "title": STRING, "organisation": STRING, "theme": STRING, "releases": COUNT, "rows": COUNT,
     "held": {"type": "boolean"}, "files": array(STRING), "url": STRING}
)  # fmt: skip
REPORT = obj(
    {"url": STRING, "seconds": {"type": "number"}, "users": array(USER), "datasets": array(DATASET),
     "spare_file": STRING}
)  # fmt: skip


def as_table(report: dict[str, Any]) -> str:
    """What a person needs to look around: who to sign in as, and what there is."""
    import io

    from rich.console import Console
    from rich.table import Table

    people = Table(
        "누구 · who",
        "아이디 · login",
        "비밀번호 · password",
        "2단계 열쇠 · TOTP",
        "토큰 · token",
        box=None,
        pad_edge=False,
    )
    for user in report["users"]:
        people.add_row(user["label"], user["login"], user["password"], user["totp_secret"] or "", user["token"])
    tables = Table("자료 · dataset", "행 · rows", "판 · releases", box=None, pad_edge=False)
    for made in report["datasets"]:
        releases = f"{made['releases']}{' (1 확인 대기 · held)' if made['held'] else ''}"
        tables.add_row(made["title"], f"{made['rows']:,}", releases)
    console = Console(file=io.StringIO(), width=176)
    console.print(people, "", tables, "", sep="\n", highlight=False)
    console.print(f"올려 볼 파일 · a file to upload: {report['spare_file']}", highlight=False, soft_wrap=True)
    console.print(f"{report['url']}  ({report['seconds']:.1f} s)", highlight=False)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text.rstrip()


@verb("demo", schema=REPORT, render=as_table)
@click.option("--no-serve", is_flag=True, help="Build the city, print it and end.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on; DATADAM_PORT otherwise.")
def demo(*, actor: Any, no_serve: bool, port: int | None) -> dict[str, Any]:
    """Build the demo city (once) and serve it: thirteen messy deliveries, one login per kind of user."""
    from django.conf import settings

    from datadam.demo.build import build

    started = time.monotonic()
    url = f"http://127.0.0.1:{port}" if port else settings.BASE_URL
    report = build(operator=actor, url=url, say=lambda line: click.echo(line, err=True))
    if not no_serve:  # the report is printed first: Click closes the context after the command has returned
        click.get_current_context().call_on_close(lambda: _serve(port or settings.PORT))
    return {**report, "seconds": round(time.monotonic() - started, 2)}


def _serve(port: int) -> None:
    """Become `datadam serve`: a process that has used the lake's engines must not fork web workers."""
    environment = {**os.environ, "DATADAM_PORT": str(port), "DATADAM_DEMO": "1"}
    os.execve(sys.executable, [sys.executable, "-m", "datadam.cli", "serve"], environment)  # noqa: S606
