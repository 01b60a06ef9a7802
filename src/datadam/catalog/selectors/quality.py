"""A release's quality as it is now: the latest one with today's words and today's age, an older one as it was."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse

from datadam.catalog import policies, quality
from datadam.catalog.models import Dataset, Release
from datadam.catalog.services.intake import latest_of
from datadam.core import clock
from datadam.core.public import Actor


def shares(dataset: Dataset, release: Release) -> quality.Shares:
    """The six shares."""
    if latest_of(dataset) != release:
        return dict(release.quality_parts)
    since = clock.now() - (release.published_at or release.created_at)
    return quality.parts(release.quality_parts, release.columns, dataset, since)


def score(dataset: Dataset, release: Release | None) -> float | None:
    """The figure; None for a release that has none, such as a destroyed one."""
    return quality.score(shares(dataset, release)) if release and release.quality_parts else None


def told(actor: Actor | None, dataset: Dataset, release: Release) -> dict[str, Any]:
    """The figure, its parts with their weights, and for those who work on the dataset what would raise it."""
    found = shares(dataset, release)
    advice = []
    if release.quality_parts and policies.is_insider(actor, dataset):
        advice = quality.advice(found, release.report, release.columns, dataset)
    return {
        "dataset": dataset.name,
        "release": release.number,
        "score": score(dataset, release),
        "parts": [
            {
                "code": code,
                "label": str(quality.LABELS[code]),
                "share": None if found.get(code) is None else round(float(found[code] or 0), 4),
                "weight": weight,
            }
            for code, weight in quality.WEIGHTS.items()
        ],
        "advice": [{**asdict(each), "words": str(each.words), "place": _place(dataset, each.place)} for each in advice],
    }


def _place(dataset: Dataset, place: str) -> str:
    """The address of the page where it is done; a better file is sent where files are sent."""
    pages = {"describe": "dataset_edit", "columns": "dataset_recipe"}
    if place in pages:
        return reverse(pages[place], args=[dataset.name])
    return f"{reverse('upload_new')}?dataset={dataset.name}"
