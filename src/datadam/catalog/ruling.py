"""Quality rules on the command line."""

from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
NUMBER_OR_NULL = {"type": ["number", "null"]}
KINDS = ("unique", "not_null", "range", "reference", "pattern", "row_count", "drift")
PROBLEMS = ("", "bad_pattern", "no_column", "no_reference", "not_ordered", "nothing_before", "too_few")
OUTCOME = {
    "passed": {"type": ["boolean", "null"]},
    "failing": COUNT,
    "checked": COUNT,
    "measured": NUMBER_OR_NULL,
    "rows": array(COUNT),
    "problem": enum(*PROBLEMS),
}
CHECK = obj({"release": COUNT, "severity": enum("note", "hold"), **OUTCOME})
RULE = obj(
    {
        "id": COUNT,
        "kind": enum(*KINDS),
        "columns": array(STRING),
        "options": {"type": "object"},
        "severity": enum("note", "hold"),
        "state": enum("proposed", "active", "off"),
        "text": STRING,
        "evidence": {"type": "object", "additionalProperties": STRING},
        "checks": array(CHECK),
    }
)
FAILING = obj(
    {
        "release": COUNT,
        "total": COUNT,
        "columns": array(STRING),
        "rows": array({"type": "object"}),
        "numbers": array(COUNT),
    }
)
RULES = obj(
    {
        "dataset": STRING,
        "rules": array(RULE),
        "tried": {"anyOf": [obj(OUTCOME), {"type": "null"}]},
        "failing": {"anyOf": [FAILING, {"type": "null"}]},
        "read_again": {"type": ["integer", "null"]},
    }
)
REFUSALS = ["ambiguous", "bad_reason", "bad_rule", "no_rows", "nothing_to_undo", "rule_unfit", "staged_file_gone"]


def _render(data: dict[str, Any]) -> str:
    if data["tried"]:
        return _told(data["tried"])
    if data["failing"]:
        found = data["failing"]
        rows = [", ".join(str(value) for value in row.values()) for row in found["rows"]] or [str(found["numbers"])]
        return "\n".join([f"{found['total']:,} rows fail at release {found['release']}", *rows])
    lines = [_line(rule) for rule in data["rules"]]
    return "\n".join(lines) or f"{data['dataset']}: no rules"


def _line(rule: dict[str, Any]) -> str:
    last = rule["checks"][0] if rule["checks"] else None
    told = f"  #{last['release']}: {_told(last)}" if last else ""
    return f"{rule['id']:>5}  {rule['state']:<8}  {rule['severity']:<4}  {rule['text']}{told}"


def _told(found: dict[str, Any]) -> str:
    if found["passed"] is None:
        return f"not checked ({found['problem']})"
    head = "passes" if found["passed"] else "fails"
    measured = "" if found["measured"] is None else f", {found['measured']:g}"
    return f"{head}: {found['failing']:,} of {found['checked']:,}{measured}"


@verb("rules", schema=RULES, refusals=REFUSALS, render=_render)
@click.argument("dataset")
@click.option(
    "--accept", type=int, multiple=True, metavar="ID", help="Put a proposed rule, or one that is off, to use."
)
@click.option("--accept-all", is_flag=True, help="Put all that are proposed to use.")
@click.option("--propose", is_flag=True, help="Propose what the newest release speaks for.")
@click.option("--add", "kind", type=click.Choice(KINDS), metavar="KIND", help=f"Add a rule: {', '.join(KINDS)}.")
@click.option("--edit", type=int, metavar="ID", help="Change a rule; what is not given stays.")
@click.option(
    "--column", "columns", multiple=True, metavar="NAME", help="With --add, --edit: a column; may be repeated."
)
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="With --add, --edit: share, min, max, value (repeated: a list), pattern, least, most or psi.",
)
@click.option("--hold/--note", default=None, help="Whether a release that fails it is held, or only told of it.")
@click.option("--dry-run", is_flag=True, help="With --add: count on the newest release, store nothing.")
@click.option("--off", type=int, metavar="ID", help="Switch a rule off, or leave a proposal.")
@click.option("--try", "tried", type=int, metavar="ID", help="Count a rule on the newest release, store nothing.")
@click.option("--rows", "failing", type=int, metavar="ID", help="List the rows that fail a rule.")
@click.option("--take", is_flag=True, help="Take the held release (--release) although rules fail, with --reason.")
@click.option("--undo", is_flag=True, help="Undo that the release (--release) was taken, until it is published.")
@click.option("--release", "number", type=int, help="With --rows, --take, --undo: which release.")
@click.option("--reason", default="", help="With --take: why.")
def rules(*, actor: Any, dataset: str, **asked: Any) -> dict[str, Any]:
    """Show a dataset's quality rules with their results; accept, add, change, try, or switch off.

    A release that rules hold is read again at once when they are changed or it is taken.
    """
    from datadam.catalog import rule_telling
    from datadam.catalog.selectors import by_name

    found = by_name(actor, dataset)
    told: dict[str, Any] = {"tried": None, "failing": None, "read_again": None, **_done(actor, found, asked)}
    return {**rule_telling.listed(actor, found), **told}


def _done(actor: Any, dataset: Any, asked: dict[str, Any]) -> dict[str, Any]:
    from datadam.catalog.services import rules as services

    if asked["propose"]:
        services.propose(actor=actor, dataset=dataset)
    if asked["accept_all"] or asked["accept"]:
        chosen = services.chosen(dataset, None if asked["accept_all"] else list(asked["accept"]))
        services.accept(actor=actor, dataset=dataset, rules=chosen)
    if asked["kind"]:
        return _added(actor, dataset, asked)
    if asked["edit"] is not None:
        return _read_again(_edited(actor, services.rule_of(dataset, asked["edit"]), asked))
    if asked["off"] is not None:
        return _read_again(services.switch_off(actor=actor, rule=services.rule_of(dataset, asked["off"])))
    if asked["tried"] is not None:
        return _tried(actor, services.rule_of(dataset, asked["tried"]))
    if asked["failing"] is not None:
        return _failing(actor, services.rule_of(dataset, asked["failing"]), asked["number"])
    return _read_again(_taken(actor, dataset, asked)) if asked["take"] or asked["undo"] else {}


def _options(given: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE; `value` may be repeated and makes the list of a reference."""
    made: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each}: write NAME=VALUE", param_hint="--set")
        if name == "value":
            made.setdefault("values", []).append(value)
        else:
            made[name] = value
    return made


def _added(actor: Any, dataset: Any, asked: dict[str, Any]) -> dict[str, Any]:
    from datadam.catalog import rule_telling
    from datadam.catalog.services import rules as services

    given = {"kind": asked["kind"], "columns": asked["columns"], "options": _options(asked["options"])}
    if asked["dry_run"]:
        return {"tried": rule_telling.outcome(services.try_rule(actor=actor, dataset=dataset, **given))}
    services.add(actor=actor, dataset=dataset, severity="hold" if asked["hold"] else "note", **given)
    return {}


def _edited(actor: Any, rule: Any, asked: dict[str, Any]) -> Any:
    from datadam.catalog import rule_shapes
    from datadam.catalog.services import rules as services

    hold = rule.severity == "hold" if asked["hold"] is None else asked["hold"]
    return services.edit(
        actor=actor,
        rule=rule,
        columns=asked["columns"] or rule.columns,
        options={**rule_shapes.typed(rule), **_options(asked["options"])},
        severity="hold" if hold else "note",
    )


def _tried(actor: Any, rule: Any) -> dict[str, Any]:
    from datadam.catalog import rule_shapes, rule_telling
    from datadam.catalog.services import rules as services

    given = {"kind": rule.kind, "columns": rule.columns, "options": rule_shapes.typed(rule)}
    return {"tried": rule_telling.outcome(services.try_rule(actor=actor, dataset=rule.dataset, **given))}


def _failing(actor: Any, rule: Any, number: int | None) -> dict[str, Any]:
    from datadam.catalog import rule_telling
    from datadam.catalog.selectors import rules as selectors
    from datadam.catalog.services import rules as services

    release = services.release_of(actor=actor, rule=rule, number=number)
    found = selectors.failing(actor, rule, release, size=1_000, channel="download")
    return {"failing": {"release": release.number, **rule_telling.failing(found)}}


def _taken(actor: Any, dataset: Any, asked: dict[str, Any]) -> Any:
    from datadam.catalog.selectors import release_for
    from datadam.catalog.services import rules as services

    if asked["number"] is None:
        raise click.UsageError("--take and --undo need --release N")
    release = release_for(actor, dataset, asked["number"])
    if asked["undo"]:
        return services.take_back(actor=actor, release=release)
    return services.accept_failures(actor=actor, release=release, reason=asked["reason"])


def _read_again(job: Any) -> dict[str, Any]:
    """Read the held release again in this process; its number."""
    if job is None:
        return {}
    from datadam.core import jobs

    result = jobs.run_now(job) or {}
    return {"read_again": next((each["release"] for each in result.get("datasets", [])), None)}
