"""What the catalogue tells: lists, datasets with their releases, and the data themselves through the one check."""

from datadam.catalog.selectors import quality
from datadam.catalog.selectors.data import account, changes, chart, points, preview, quarantined, reading, told
from datadam.catalog.selectors.datasets import (
    by_name,
    dataset_for,
    last_published,
    release_for,
    releases_of,
    upload_for,
    uploads_waiting,
)
from datadam.catalog.selectors.listing import Facet, Listing, home_figures, listing, organisation_page
from datadam.catalog.selectors.sentences import sentence

__all__ = [
    "Facet",
    "Listing",
    "account",
    "by_name",
    "changes",
    "chart",
    "dataset_for",
    "home_figures",
    "last_published",
    "listing",
    "organisation_page",
    "points",
    "preview",
    "quality",
    "quarantined",
    "reading",
    "release_for",
    "releases_of",
    "sentence",
    "told",
    "upload_for",
    "uploads_waiting",
]
