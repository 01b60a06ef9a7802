"""The history as pages, programs and commands show it."""

from typing import Any

from datadam.disclosure.models import Publication
from datadam.disclosure.words import STATES, TREATMENTS, UNITS


def publication(each: Publication) -> dict[str, Any]:
    """Codes and counts; never a cell."""
    return {
        "resource": str(each.resource.uid),
        "release": each.release,
        "state": each.state,
        "unit": each.unit,
        "dimensions": each.dimensions,
        "measures": each.measures,
        "threshold": each.threshold,
        "treatment": each.treatment,
        "facts": each.facts,
        "recorded_at": each.recorded_at.isoformat(),
        "why": each.why,
    }


def in_words(each: Publication) -> dict[str, Any]:
    """The same for a page."""
    withheld = each.facts.get("primary", 0) + each.facts.get("complementary", 0)
    words = {"cells": each.facts.get("cells", 0), "withheld": withheld}
    words |= {"unit_words": UNITS[each.unit], "treatment_words": TREATMENTS[each.treatment]}
    return {**publication(each), **words, "state_words": STATES[each.state], "recorded_at": each.recorded_at}
