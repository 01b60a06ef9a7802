"""A release's quality as one figure from 0 to 100, simple enough to check by hand.

score = 100 × (0.4 × filled cells + 0.4 × rows taken in ÷ rows that were data + 0.2 × metadata filled in)

Rows set aside (titles, totals, blank lines) were not data and do not count against the file; quarantined rows do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

WEIGHTS = {"completeness": 0.4, "validity": 0.4, "metadata": 0.2}
METADATA = ("title", "description", "keywords", "theme", "licence", "contact_name", "spatial", "temporal_start")


def completeness(profile: Sequence[Mapping[str, Any]]) -> float:
    """The share of cells that hold a value."""
    cells = sum(column["count"] for column in profile)
    return 1.0 - sum(column["nulls"] for column in profile) / cells if cells else 0.0


def validity(loaded: int, quarantined: int) -> float:
    """The share of data rows that could be taken in."""
    return loaded / (loaded + quarantined) if loaded + quarantined else 0.0


def metadata(dataset: object | None) -> float:
    """The share of the eight describing fields that are filled in."""
    return sum(bool(getattr(dataset, name, None)) for name in METADATA) / len(METADATA)


def parts(report: Mapping[str, Any], profile: Sequence[Mapping[str, Any]], dataset: object | None) -> dict[str, float]:
    """The three shares, 0 to 1."""
    return {
        "completeness": completeness(profile),
        "validity": validity(report.get("rows_loaded", 0), report.get("rows_quarantined", 0)),
        "metadata": metadata(dataset),
    }


def score(report: Mapping[str, Any], profile: Sequence[Mapping[str, Any]], dataset: object | None) -> float:
    """The weighted figure, one decimal."""
    shares = parts(report, profile, dataset)
    return round(100 * sum(WEIGHTS[name] * share for name, share in shares.items()), 1)
