"""Trying treatments of small cells on the command line; `datadam decide` decides."""

from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number"}
TRIED = obj(
    {
        "option": STRING,
        "action": enum("suppress", "merge", "round"),
        "at_risk": COUNT,
        "primary": COUNT,
        "complementary": COUNT,
        "lost": NUMBER,
        "lost_people": NUMBER,
        "left": COUNT,
        "already_out": COUNT,
        "merged": {"type": "object", "additionalProperties": array(STRING)},
        "moved": NUMBER,
        "additive": {"type": "boolean"},
    }
)
CELLS = obj({"dataset": STRING, "release": COUNT, "tried": array(TRIED)})


def _render(data: dict[str, Any]) -> str:
    lines = [
        f"{each['option']:<20} {each['at_risk']:>8,} → {each['left']:,}  –{each['lost']:.1%} –{each['lost_people']:.2%}"
        for each in data["tried"]
    ]
    return "\n".join(lines) or "–"


@verb(
    "cells",
    schema=CELLS,
    refusals=["action_not_allowed", "ambiguous", "bad_treatment", "staged_file_gone", "unreadable"],
    render=_render,
)
@click.argument("dataset")
@click.option("--release", "number", type=int, help="Which release; the newest one otherwise.")
@click.option(
    "--try", "keys", multiple=True, metavar="OPTION", help="Only this one, as `findings` names it; may be repeated."
)
def cells(*, actor: Any, dataset: str, number: int | None, keys: tuple[str, ...]) -> dict[str, Any]:
    """Try what may be done about the small cells of a held release, and tell what each would cost. Nothing is kept."""
    from datadam.catalog.selectors import by_name, decisions
    from datadam.catalog.services import cells as service

    release = decisions.open_release(actor, by_name(actor, dataset), number)
    wanted = keys or [option.key for offer in service.offers(release) for option in offer.options if option.preview]
    tried = [service.told(service.preview(actor=actor, release=release, key=key), key) for key in wanted]
    return {"dataset": release.dataset.name, "release": release.number, "tried": tried}
