"""What the catalogue keeps, a file a topic."""

from datadam.catalog.models.datasets import Dataset, Recipe, Release, Upload
from datadam.catalog.models.glossary import (
    DeclinedMatch,
    GlossaryImport,
    StandardDomain,
    StandardTerm,
    StandardWord,
)
from datadam.catalog.models.portal import PortalEntry, PortalImport, PortalPair
from datadam.catalog.models.safety import Decision
from datadam.catalog.models.sources import Push, Source, SourceFile, SourceRun

__all__ = [
    "Dataset", "Decision", "DeclinedMatch", "GlossaryImport", "PortalEntry", "PortalImport", "PortalPair", "Push",
    "Recipe", "Release", "Source", "SourceFile", "SourceRun", "StandardDomain", "StandardTerm", "StandardWord",
    "Upload",
]  # fmt: skip
