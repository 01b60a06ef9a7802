"""Rows without a label that give the row above in percent of its first figure, as yearbooks do (100.0, 6.5 …)."""

import re

import numpy as np

from datadam.lake.readers.sample import Sample

ROUNDED = 0.0501  # how far a share rounded to one decimal may be off, in percent
SHARE = 0.9  # of a row's figures that must be shares
NOTED = re.compile(r"^[①-⑳*※()\s]+")  # marks of notes before a figure


def find(sample: Sample) -> np.ndarray:
    """The places of such rows in the sample; none unless the sample is the whole table."""
    nothing = np.empty(0, np.int64)
    columns = _figures(sample)
    labels = [texts for at, texts in sample.labels.items() if at not in columns and at < min(columns, default=0)]
    if not sample.complete or not labels or len(columns) < 3:
        return nothing
    matrix = np.column_stack([columns[at] for at in sorted(columns)])
    unnamed = [row for row in range(1, sample.rows) if not any(texts[row] for texts in labels)]
    return np.array([row for row in unnamed if _divides(matrix[row], matrix[row - 1])] or nothing, np.int64)


def _figures(sample: Sample) -> dict[int, np.ndarray]:
    """The columns of figures, and those that are but for marks before some of them."""
    found = dict(sample.figures)
    for at, texts in sample.labels.items():
        values = [_number(text) for text in texts]
        known = [value for value in values if value is not None]
        if known and len(known) == sum(map(bool, texts)):
            found[at] = np.array([np.nan if value is None else value for value in values])
    return found


def _number(text: str) -> float | None:
    try:
        return float(NOTED.sub("", text).replace(",", ""))
    except ValueError:
        return None


def _divides(shares: np.ndarray, above: np.ndarray) -> bool:
    """Whether the shares are the figures above in percent of the first; that first share may be unreadable (①100.0)."""
    whole = above[0]
    if not whole > 0 or abs(shares[0] - 100) > ROUNDED:
        return False
    counted = ~np.isnan(shares[1:])
    right = np.abs(shares[1:] - 100 * above[1:] / whole) <= ROUNDED
    return bool(counted.sum() > 1 and (right & counted).sum() >= SHARE * counted.sum())
