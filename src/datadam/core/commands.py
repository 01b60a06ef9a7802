"""Commands that keep a home: init, serve, worker, verify, schema."""

import os
from typing import Any

import click

from datadam.core.cli import Outcome, Verb, array, enum, json_text, obj, verb

STRING = {"type": "string"}
CITY_ROLES = ("officer", "reviewer", "operator")  # as models.CityRole.Role; Django is not up yet when this is read
ROLES = ("admin", "steward", "member")
SCOPES = ("read", "write")
COUNT = {"type": "integer", "minimum": 0}


@verb("init", schema=obj({"home": STRING, "database": STRING, "lake": STRING, "operator": STRING, "url": STRING}))
def init(*, actor: Any) -> dict[str, str]:
    """Set up DATADAM_HOME: folders, keys, tables and the local operator. Harmless when repeated."""
    from django.conf import settings

    from datadam.core import home

    home.make_ready()
    return {
        "home": str(settings.HOME),
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "lake": settings.LAKE,
        "operator": actor.login,
        "url": settings.BASE_URL,
    }


@verb("serve", schema=obj({"url": STRING}), render=lambda _: None)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; DATADAM_PORT otherwise.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Web processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Threads in each of them.")
@click.option("--no-worker", is_flag=True, help="Serve pages only; jobs wait for a `datadam worker` elsewhere.")
def serve(*, actor: Any, host: str, port: int | None, workers: int, threads: int, no_worker: bool) -> dict[str, str]:
    """Serve the pages and the API, and work off jobs."""
    from django.conf import settings

    from datadam.core import server
    from datadam.core.keeping import locks

    if port:
        os.environ["DATADAM_PORT"] = str(port)
    url = f"http://{host}:{port or settings.PORT}"
    with locks.running():
        click.echo(url, err=True)
        server.serve(host=host, port=port or settings.PORT, workers=workers, threads=threads, with_worker=not no_worker)
    return {"url": url}


@verb("worker", schema=obj({"jobs": COUNT}), render=lambda _: None)
@click.option("--queue", "queues", multiple=True, type=click.Choice(["light", "heavy"]), help="Only this queue.")
@click.option("--once", is_flag=True, help="Run what is due now and end.")
def worker(*, actor: Any, queues: tuple[str, ...], once: bool) -> dict[str, int]:
    """Work off jobs and keep the timetable, until SIGTERM; the job at hand is finished first."""
    from datadam.core.keeping import locks
    from datadam.core.worker import Worker

    parent = os.environ.get("DATADAM_PARENT")  # set by `serve` for its own worker
    made = Worker(queues or ("light", "heavy"), parent=int(parent) if parent else None)
    with locks.running():
        if once:
            return {"jobs": made.once()}
        made.serve()
    return {"jobs": made.done}


@verb(
    "verify",
    schema=obj(
        {"problems": array(STRING), "notes": array(STRING), "events": COUNT, "sealed": COUNT, "checkpoints": COUNT}
    ),
)
@click.option("--deep", is_flag=True, help="Read every row of the lake too.")
def verify(*, actor: Any, deep: bool) -> Outcome:
    """Check that what must hold holds: append-only tables, the chain of events, keys, and every room's own rules."""
    from datadam.core import verification

    report = verification.verify(deep=deep)
    return Outcome(report, refused=bool(report["problems"]))


@verb(
    "person",
    schema=obj(
        {
            "login": STRING,
            "created": {"type": "boolean"},
            "password": {"type": ["string", "null"]},
            "city_roles": array(enum(*CITY_ROLES)),
            "organisations": array(obj({"name": STRING, "role": enum(*ROLES)})),
        }
    ),
)
@click.argument("login")
@click.option("--name", help="How pages call the person; the login otherwise.")
@click.option("--city-role", "city_roles", multiple=True, type=click.Choice(CITY_ROLES), help="Give this role.")
@click.option("--org", help="Make the person part of this organisation (name or title).")
@click.option("--role", type=click.Choice(ROLES), default="steward", show_default=True, help="Role in --org.")
@click.option("--new-password", is_flag=True, help="Make a password and print it, this once.")
def person(
    *,
    actor: Any,
    login: str,
    name: str | None,
    city_roles: tuple[str, ...],
    org: str | None,
    role: str,
    **options: bool,
) -> dict[str, Any]:
    """Make an account, or change the roles or the password of one. A new one gets a password, printed this once."""
    from datadam.core.services import people

    return people.admit(
        actor=actor,
        login=login,
        name=name or login,
        city_roles=city_roles,
        organisation=org,
        role=role,
        renew=options["new_password"],
    )


@verb("token", schema=obj({"token": STRING, "person": STRING, "scopes": array(enum(*SCOPES)), "expires": STRING}))
@click.option("--for", "login", help="Whose token; the acting user's otherwise.")
@click.option("--label", default="cli", show_default=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; read otherwise.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it lasts.")
def token(*, actor: Any, login: str | None, label: str, scopes: tuple[str, ...], days: int) -> dict[str, Any]:
    """Issue an API token and print it, this once."""
    from datadam.core import selectors
    from datadam.core.services import tokens

    owner = selectors.person(login) if login else actor
    made, raw = tokens.issue_token(actor=actor, person=owner, label=label, scopes=scopes or ("read",), days=days)
    return {"token": raw, "person": owner.login, "scopes": made.scopes, "expires": made.expires_at.isoformat()}


@verb("schema", schema={"type": "object"}, opens_home=False, render=lambda data: json_text(data))
@click.argument("command", required=False)
def schema(*, actor: Any, command: str | None) -> dict[str, Any]:
    """Print the JSON Schema of what COMMAND prints with --json; without one, those of all commands."""
    from datadam import cli

    names = [command] if command else list(cli.VERBS)
    if command and command not in cli.VERBS:
        raise click.UsageError(f"there is no command {command!r}")
    found = {name: made.schema() for name in names if isinstance(made := cli.load(name), Verb)}
    return found[command] if command else found
