"""Commands that keep a home: init, serve, worker, verify, schema."""

import os
from typing import Any

import click

from datadam.core.cli import Outcome, Verb, array, enum, json_text, obj, verb

STRING = {"type": "string"}
CITY_ROLES = ("officer", "reviewer", "operator")  # as models.CityRole.Role; Django is not up yet when this is read
ROLES = ("admin", "steward", "member")
KINDS = ("city", "public", "firm", "university", "civic")  # as models.Organisation.Kind
SCOPES = ("read", "write")
COUNT = {"type": "integer", "minimum": 0}


@verb(
    "init",
    schema=obj(
        {
            "home": STRING,
            "database": STRING,
            "lake": STRING,
            "operator": STRING,
            "url": STRING,
            "setup": {"type": ["string", "null"]},
        }
    ),
)
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
        "setup": _setup_link(actor, settings.BASE_URL),
    }


def _setup_link(actor: Any, url: str) -> str | None:
    """A one-time link for the first operator, as long as nobody can sign in."""
    from datadam.core import selectors
    from datadam.core.services import coming_in

    return None if selectors.anyone_can_sign_in() else f"{url}{coming_in.setup_link(actor=actor)}"


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

    if port:
        os.environ["DATADAM_PORT"] = str(port)
    url = f"http://{host}:{port or settings.PORT}"
    click.echo(url, err=True)
    if link := _setup_link(actor, url):
        click.echo(f"첫 운영자를 정하십시오 · choose the first operator: {link}", err=True)
    server.serve(host=host, port=port or settings.PORT, workers=workers, threads=threads, with_worker=not no_worker)
    return {"url": url}


@verb("worker", schema=obj({"jobs": COUNT}), render=lambda _: None)
@click.option("--queue", "queues", multiple=True, type=click.Choice(["light", "heavy"]), help="Only this queue.")
@click.option("--once", is_flag=True, help="Run what is due now and end.")
def worker(*, actor: Any, queues: tuple[str, ...], once: bool) -> dict[str, int]:
    """Work off jobs and keep the timetable, until SIGTERM; the job at hand is finished first."""
    from datadam.core.worker import Worker

    parent = os.environ.get("DATADAM_PARENT")  # set by `serve` for its own worker
    made = Worker(queues or ("light", "heavy"), parent=int(parent) if parent else None)
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
    """Check that what must hold holds: append-only tables, the chain of events, lake against catalogue, grants."""
    from datadam.core import verification

    report = verification.verify(deep=deep)
    return Outcome(report, refused=bool(report["problems"]))


@verb(
    "person",
    schema=obj(
        {
            "login": STRING,
            "created": {"type": "boolean"},
            "deleted": {"type": "boolean"},
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
@click.option(
    "--reset-factor", is_flag=True, help="Take a lost second factor away; the next sign-in asks for a new one."
)
@click.option("--delete", is_flag=True, help="End the account; what it did stays in the history without a name.")
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
    """Make an account, change the roles or the password of one, or end it. A new one's password is printed once."""
    from datadam.core import selectors
    from datadam.core.services import account, factors, people

    if options["delete"]:
        account.delete_for(actor=actor, person=selectors.person(login))
        return {"login": login, "created": False, "deleted": True, "password": None, "city_roles": [],
                "organisations": []}  # fmt: skip
    report = people.admit(
        actor=actor,
        login=login,
        name=name or login,
        city_roles=city_roles,
        organisation=org,
        role=role,
        renew=options["new_password"],
    )
    if options["reset_factor"]:
        factors.reset(actor=actor, person=selectors.person(login))
    return {**report, "deleted": False}


@verb("token", schema=obj({"token": STRING, "person": STRING, "scopes": array(enum(*SCOPES)), "expires": STRING}))
@click.option("--for", "login", help="Whose token; the acting user's otherwise.")
@click.option("--project", help="A project's token instead: ORGANISATION/PROJECT.")
@click.option("--label", default="cli", show_default=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; read otherwise.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it lasts.")
def token(
    *, actor: Any, login: str | None, project: str | None, label: str, scopes: tuple[str, ...], days: int
) -> dict[str, Any]:
    """Issue an API token and print it, this once."""
    from datadam.core import selectors
    from datadam.core.services import projects, tokens

    wanted: dict[str, Any] = {"label": label, "scopes": list(scopes or ("read",)), "days": days}
    if project and login:
        raise click.UsageError("--for and --project exclude each other")
    if project:
        organisation, _, name = project.partition("/")
        found = projects.find(actor, selectors.organisation(organisation), name)
        owner, (made, raw) = found.service, projects.issue(actor=actor, project=found, **wanted)
    else:
        owner = selectors.person(login) if login else actor
        made, raw = tokens.issue_token(actor=actor, person=owner, **wanted)
    return {"token": raw, "person": owner.login, "scopes": made.scopes, "expires": made.expires_at.isoformat()}


@verb(
    "organisation",
    schema=obj({"organisation": STRING, "title": STRING, "kind": enum(*KINDS), "created": {"type": "boolean"}}),
)
@click.argument("organisation")
@click.option("--kind", type=click.Choice(KINDS), help="What it is; a public body otherwise.")
@click.option("--title", "new_title", help="Another name for it.")
@click.option("--title-en", help="Its name in English.")
@click.option("--number", "registration_number", help="Its business registration number (사업자등록번호).")
@click.option("--description", help="What it is about.")
@click.option("--contact", "contact_email", help="An e-mail address for questions.")
def organisation(*, actor: Any, organisation: str, new_title: str | None, **details: str | None) -> dict[str, Any]:
    """Register an organisation, or change the given details of one that is called so (by name or title)."""
    from datadam.core.services import organisations

    given = {name: value for name, value in {**details, "title": new_title}.items() if value is not None}
    if found := organisations.find(organisation):
        made = organisations.change_organisation(actor=actor, organisation=found, **given)
    else:
        given = {"title": organisation, **given}
        made = organisations.create_organisation(actor=actor, name=organisations.free_name(given["title"]), **given)
    return {"organisation": made.name, "title": made.title, "kind": made.kind, "created": found is None}


@verb("project", schema=obj({"project": STRING, "title": STRING, "closed": {"type": "boolean"}}))
@click.argument("organisation")
@click.argument("project")
@click.option("--role", type=click.Choice(ROLES[1:]), default="member", show_default=True, help="What it may do.")
@click.option("--close", is_flag=True, help="Close the project and end its tokens.")
def project(*, actor: Any, organisation: str, project: str, role: str, close: bool) -> dict[str, Any]:
    """Make a project of an organisation, or close one: programs with tokens that outlive who made them."""
    from datadam.core import selectors
    from datadam.core.services import projects

    owner = selectors.organisation(organisation)
    if close:
        found = projects.find(actor, owner, project)
        projects.close(actor=actor, project=found)
    else:
        found = projects.create(actor=actor, organisation=owner, title=project, role=role)
    return {"project": f"{owner.name}/{found.name}", "title": found.title, "closed": close}


@verb("invite", schema=obj({"email": STRING, "role": STRING, "organisation": {"type": ["string", "null"]},
                            "expires": STRING}))  # fmt: skip
@click.argument("email")
@click.option("--org", help="Into this organisation (its name); into a role of the city otherwise.")
@click.option("--role", type=click.Choice(ROLES), default="steward", show_default=True, help="Role in --org.")
@click.option("--city-role", type=click.Choice(CITY_ROLES), help="Role of the city.")
def invite(*, actor: Any, email: str, org: str | None, role: str, city_role: str | None) -> dict[str, Any]:
    """Invite somebody by e-mail; the link is mailed and works for seven days."""
    from datadam.core import selectors
    from datadam.core.services import coming_in

    if bool(org) == bool(city_role):
        raise click.UsageError("give either --org or --city-role")
    organisation = selectors.organisation(org) if org else None
    link = coming_in.invite(actor=actor, email=email, organisation=organisation, role=city_role or role)
    return {"email": link.email, "role": link.role, "organisation": org, "expires": link.expires_at.isoformat()}


REQUEST = obj(
    {"id": COUNT, "person": STRING, "organisation": STRING, "number": STRING, "register": STRING, "state": STRING}
)


@verb("request", schema=obj({"requests": array(REQUEST)}))
@click.argument("request_id", type=int, required=False)
@click.option("--accept", "then", flag_value="accept", help="Accept the request.")
@click.option("--refuse", "then", flag_value="refuse", help="Refuse the request.")
def request(*, actor: Any, request_id: int | None, then: str | None) -> dict[str, Any]:
    """List the requests to join an organisation or to register a firm, or decide one."""
    from datadam.core.services import coming_in

    if bool(request_id) != bool(then):
        raise click.UsageError("give a request together with --accept or --refuse")
    rows: Any = coming_in.waiting_for(actor)
    if request_id and then:
        found = coming_in.joining_for(actor, request_id)
        rows = [coming_in.decide(actor=actor, joining=found, transition=then)]
    return {
        "requests": [
            {
                "id": row.pk, "person": row.person.login, "number": row.registration_number, "register": row.register,
                "organisation": row.organisation.title if row.organisation else row.title, "state": row.state,
            }
            for row in rows
        ]
    }  # fmt: skip


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
