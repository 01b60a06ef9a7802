"""Recipes on the command line."""

import sys
from pathlib import Path
from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
COUNT_OR_NULL = {"type": ["integer", "null"]}
LINE = obj({"kind": enum("add", "gone", "same"), "text": STRING})
VERSION = obj({"version": COUNT, "created_at": STRING, "created_by": STRING, "steps": COUNT})
RECIPE = obj(
    {
        "dataset": STRING,
        "version": COUNT_OR_NULL,
        "text": STRING,
        "steps": array({"type": "object"}),
        "history": array(VERSION),
        "diff": array(LINE),
        "read_again": COUNT_OR_NULL,
    }
)


def _render_recipe(data: dict[str, Any]) -> str:
    if data["history"]:
        rows = [
            f"{v['version']:>3}  {v['created_at'][:16]}  {v['steps']:>3}  {v['created_by']}" for v in data["history"]
        ]
        return "\n".join(rows)
    if data["diff"]:
        marks = {"add": "+", "gone": "-", "same": " "}
        return "\n".join(f"{marks[line['kind']]} {line['text']}" for line in data["diff"])
    return f"# {data['dataset']} v{data['version'] or 0}\n{data['text']}".rstrip()


@verb("recipe", schema=RECIPE, refusals=["ambiguous", "bad_recipe", "staged_file_gone"], render=_render_recipe)
@click.argument("dataset")
@click.option("--version", "number", type=int, help="Which version; the newest otherwise.")
@click.option("--set", "file", metavar="FILE", help="Write the next version from this text (- for standard input).")
@click.option("--back", type=int, metavar="N", help="Make version N the newest again.")
@click.option("--diff", nargs=2, type=int, metavar="N M", help="Compare two versions.")
@click.option("--history", "with_history", is_flag=True, help="List the versions.")
def recipe(
    *,
    actor: Any,
    dataset: str,
    number: int | None,
    file: str | None,
    back: int | None,
    diff: tuple[int, int] | None,
    with_history: bool,
) -> dict[str, Any]:
    """Show a dataset's recipe as text, compare its versions, write the next one.

    A release that is not published yet is read again at once by what is written.
    """
    from datadam.catalog import policies, presenting, recipe_text
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import recipes

    found = by_name(actor, dataset)
    policies.may_edit(actor, found).require()
    again = None
    if file is not None:
        again = _read_again(recipes.set_recipe(actor=actor, dataset=found, steps=recipe_text.parsed(text_of(file)))[1])
    elif back is not None:
        again = _read_again(recipes.go_back(actor=actor, dataset=found, version=back)[1])
    shown = presenting.recipe(found, number)
    lines = recipe_text.compared(*(recipes.version_of(found, each).steps for each in diff)) if diff else []
    return {
        **shown,
        "history": shown["history"] if with_history else [],
        "diff": [line._asdict() for line in lines],
        "read_again": again,
    }


def text_of(file: str) -> str:
    """What a file of text holds, or standard input."""
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--set") from None


def _read_again(job: Any) -> int | None:
    """Read the open release again in this process; its number."""
    if job is None:
        return None
    from datadam.core import jobs

    result = jobs.run_now(job) or {}
    return next((each["release"] for each in result.get("datasets", [])), None)
