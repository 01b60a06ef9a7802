"""What the catalogue keeps, a file a topic."""

from datadam.catalog.models.datasets import Dataset, Recipe, Release, Upload
from datadam.catalog.models.quality import Rule, RuleCheck
from datadam.catalog.models.safety import Decision
from datadam.catalog.models.sources import Push, Source, SourceFile, SourceRun

__all__ = [
    "Dataset", "Decision", "Push", "Recipe", "Release", "Rule", "RuleCheck", "Source", "SourceFile", "SourceRun",
    "Upload",
]  # fmt: skip
