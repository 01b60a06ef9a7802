"""The release history on the command line."""

from typing import Any

import click

from datadam.core.cli import array, enum, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
PUBLICATION = obj(
    {
        "resource": STRING,
        "release": COUNT,
        "state": enum("published", "withdrawn", "destroyed"),
        "unit": enum("persons", "households"),
        "dimensions": array(STRING),
        "measures": array(STRING),
        "threshold": COUNT,
        "treatment": enum("none", "suppress", "merge", "round", "keep"),
        "facts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "recorded_at": STRING,
        "why": STRING,
    }
)


def _render(data: dict[str, Any]) -> str:
    lines = [
        f"{each['release']:>4}  {each['state']:<10} {each['treatment']:<9} {each['unit']:<11} k={each['threshold']}"
        for each in data["publications"]
    ]
    return "\n".join(lines) or "–"


@verb("disclosure", schema=obj({"publications": array(PUBLICATION)}), render=_render)
@click.argument("resource", type=click.UUID)
def disclosure(*, actor: Any, resource: Any) -> dict[str, Any]:
    """What was published about people from a resource (its uid): treatments and how much was withheld."""
    from datadam.disclosure import presenting, selectors

    found = selectors.history_for(actor, resource)
    return {"publications": [presenting.publication(each) for each in found]}
