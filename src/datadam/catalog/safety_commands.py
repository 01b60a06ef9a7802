"""Findings that hold releases, and deciding about them, on the command line."""

from typing import Any

import click

from datadam.catalog import codes
from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
BOOLEAN = {"type": "boolean"}
KINDS = enum("personal", "small_cells", "rule")
OFFER = obj(
    {
        "kind": KINDS,
        "column": STRING,
        "code": STRING,
        "name": STRING,
        "count": COUNT,
        "rows": COUNT,
        "blocking": BOOLEAN,
        "kept": BOOLEAN,
        "where": STRING,
        "why": array(STRING),
        "example": STRING,
        "default": STRING,
        "actions": array(obj({"action": STRING, "words": STRING, "second": BOOLEAN})),
    }
)
DECISION = obj(
    {
        "id": COUNT,
        "kind": KINDS,
        "column": STRING,
        "code": STRING,
        "action": STRING,
        "options": {"type": "object"},
        "state": enum("waiting", "standing", "refused", "withdrawn"),
        "reason": STRING,
        "asked_by": STRING,
        "asked_at": STRING,
        "second": STRING,
        "second_reason": STRING,
    }
)
FINDINGS = obj(
    {
        "dataset": STRING,
        "release": COUNT,
        "state": enum("draft", "held", "published", "discarded", "destroyed"),
        "reasons": array(enum(*codes.HOLDING)),
        "findings": array(OFFER),
        "decisions": array(DECISION),
    }
)


def _render(data: dict[str, Any]) -> str:
    lines = [f"{data['dataset']} {data['release']}: {data['state']} {', '.join(data['reasons'])}".rstrip()]
    for each in data["findings"]:
        mark = "!" if each["blocking"] else "·"
        lines.append(f"  {mark} {each['column']}:{each['code']}  {each['name']}  {each['count']:,}/{each['rows']:,}")
        lines += [f"      {why}" for why in [*each["why"], each["example"]] if why]
        lines.append("      " + " | ".join(_action(action, each["default"]) for action in each["actions"]))
    for each in data["decisions"]:
        what = f"{each['column']}:{each['code']}={each['action']}"
        lines.append(f"  {each['id']:>4}  {each['state']:<9}  {what}  {each['asked_by']}  {each['reason']}")
    return "\n".join(lines)


def _action(action: dict[str, Any], default: str) -> str:
    return action["action"] + ("*" if action["action"] == default else "") + ("+1" if action["second"] else "")


@verb("findings", schema=FINDINGS, refusals=["ambiguous"], render=_render)
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest one otherwise.")
def findings(*, actor: Any, dataset: str, number: int | None) -> dict[str, Any]:
    """Tell what was found in a release that a person should decide, and what was decided."""
    from datadam.catalog.selectors import by_name, decisions

    return decisions.told(decisions.open_release(actor, by_name(actor, dataset), number))


@verb("decide", schema=FINDINGS, refusals=codes.DECIDING, render=_render)
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest one otherwise.")
@click.option("--defaults", is_flag=True, help="The usual choice for all that holds the release and is not decided.")
@click.option("--set", "choices", multiple=True, metavar="COLUMN:CODE=ACTION", help="Decide this; may be repeated.")
@click.option("--undo", is_flag=True, help="Take back all that was decided about the release.")
@click.option("--reason", default="", help="Why; it is recorded. --defaults has a reason of its own.")
def decide(
    *, actor: Any, dataset: str, number: int | None, defaults: bool, choices: tuple[str, ...], undo: bool, reason: str
) -> dict[str, Any]:
    """Decide about findings of a release, which is then read again at once."""
    from datadam.catalog.selectors import by_name, decisions
    from datadam.catalog.services import safety

    if [defaults, bool(choices), undo].count(True) != 1:
        raise click.UsageError("give one of --defaults, --set, --undo")
    release = decisions.open_release(actor, by_name(actor, dataset), number)
    if undo:
        job = safety.withdraw_all(actor=actor, release=release)
    elif defaults:
        job = safety.decide_usual(actor=actor, release=release, reason=reason)[1]
    else:
        made = [safety.chosen(release, *_about(each, release)) for each in choices]
        job = safety.decide(actor=actor, release=release, decisions=made, reason=reason)[1]
    return _read_again(actor, release, job)


def _about(given: str, release: Any) -> tuple[tuple[str, str, str], str]:
    """`COLUMN:CODE=ACTION`, whatever signs the column's name has: the finding that begins it."""
    from datadam.catalog.services import safety

    for offer in safety.offered(release):
        begin = f"{offer.column}:{offer.code}=" if offer.column else f"{offer.code}="
        if given.startswith(begin):
            return offer.about, given.removeprefix(begin)
    what, _, action = given.rpartition("=")
    column, _, code = what.rpartition(":")
    return ("personal", column, code), action


def _read_again(actor: Any, release: Any, job: Any) -> dict[str, Any]:
    from datadam.catalog.selectors import decisions
    from datadam.core import jobs

    if job is not None:
        jobs.run_now(job)
    return decisions.told(decisions.open_release(actor, release.dataset, release.number))


@verb("decision", schema=DECISION, refusals=codes.DECIDING, render=lambda data: f"{data['id']} {data['state']}")
@click.argument("action", type=click.Choice(["agree", "refuse", "withdraw"]))
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", default="", help="Why you agree or refuse; it is recorded.")
def decision(*, actor: Any, action: str, number: int, reason: str) -> dict[str, Any]:
    """Agree to what another person decided, refuse it, or withdraw a decision; `datadam findings` tells the ids."""
    from datadam.catalog.selectors import decisions
    from datadam.catalog.services import safety
    from datadam.core import jobs

    found = decisions.decision_for(actor, number)
    job = None
    if action == "withdraw":
        job = safety.withdraw(actor=actor, decision=found)
    elif action == "agree":
        job = safety.agree(actor=actor, decision=found, reason=reason)
    else:
        safety.refuse(actor=actor, decision=found, reason=reason)
    if job is not None:
        jobs.run_now(job)
    return decisions.decision(decisions.decision_for(actor, number))
