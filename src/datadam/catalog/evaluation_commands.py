"""The evidence report on the command line."""

from pathlib import Path
from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
WORDS = obj({"ko": STRING, "en": STRING})
FIGURE = obj(
    {
        "figure": STRING,
        "item": STRING,
        "value": {"type": ["number", "null"]},
        "unit": enum("count", "share", "score"),
        "label": WORDS,
        "item_label": WORDS,
        "how": WORDS,
    }
)
REPORT = obj(
    {
        "year": {"type": "integer"},
        "organisation": {"type": ["string", "null"]},
        "made_at": STRING,
        "criteria": enum("unverified"),
        "note": WORDS,
        "sections": array(obj({"section": STRING, "title": WORDS, "figures": array(FIGURE)})),
    }
)


def _render(data: dict[str, Any]) -> str:
    lines = [f"{data['year']} {data['organisation'] or ''}".strip()]
    for section in data["sections"]:
        lines += ["", section["title"]["ko"]]
        lines += [_line(figure) for figure in section["figures"]]
    return "\n".join([*lines, "", data["note"]["ko"]])


def _line(figure: dict[str, Any]) -> str:
    name = " · ".join(filter(None, (figure["label"]["ko"], figure["item_label"]["ko"])))
    return f"  {name}: {'–' if figure['value'] is None else figure['value']}"


@verb("evidence", schema=REPORT, render=_render)
@click.option("--year", default="", metavar="YEAR", help="Calendar year in Korean time; this year otherwise.")
@click.option("--org", default="", metavar="ORG", help="An organisation by its name; the whole city otherwise.")
@click.option("--csv", "path", type=click.Path(dir_okay=False, path_type=Path), help="Also write it as CSV to a file.")
def evidence(*, actor: Any, year: str, org: str, path: Path | None) -> dict[str, Any]:
    """Tell the figures that the yearly evaluation of public-data provision asks for, with how each is computed."""
    from datadam.catalog import evaluation

    made = evaluation.report(actor=actor, year=year, organisation=org)
    if path:
        path.write_text(evaluation.as_csv(made), encoding="utf-8", newline="")
    return evaluation.as_json(made)
