"""Rows that are worked out from others: percentages of the row above, averages and extremes of the whole table.

Looked for only where the sample is the whole table, since figures are what tells them.
"""

import re
from collections.abc import Callable

import numpy as np

from datadam.lake.readers.sample import Sample
from datadam.lake.readers.wording import is_total

ROUNDED = 0.0501  # how far a share rounded to one decimal may be off, in percent
SHARE = 0.9  # of a row's figures that must be shares
STATISTICS: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    (r"평\s*균|average|mean", lambda rows: np.nanmean(rows, axis=0)),
    (r"최\s*[대고](?:\s*값)?|max(?:imum)?", lambda rows: np.nanmax(rows, axis=0)),
    (r"최\s*[소저](?:\s*값)?|min(?:imum)?", lambda rows: np.nanmin(rows, axis=0)),
    (r"중\s*[앙위](?:\s*값)?|median", lambda rows: np.nanmedian(rows, axis=0)),
    (r"표\s*준\s*편\s*차|std", lambda rows: np.nanstd(rows, axis=0, ddof=1)),
)
FEWEST = 5  # rows that statistics are made of
NOTED = re.compile(r"^[①-⑳*※()\s]+")  # marks of notes before a figure


def shares(sample: Sample) -> np.ndarray:
    """Places of rows without a label that give the row above in percent of its first figure, as yearbooks do."""
    nothing = np.empty(0, np.int64)
    if not sample.complete:
        return nothing
    columns = _figures(sample)
    labels = [texts for at, texts in sample.labels.items() if at not in columns and at < min(columns, default=0)]
    if not labels or len(columns) < 3:
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


def statistics(sample: Sample) -> tuple[np.ndarray, bool]:
    """Places of rows labelled as an average or extreme and nothing else; whether the other rows' figures bear them out.

    Half of a row's figures must: offices work out single columns otherwise, or by hand. `최소` may be a category too:
    such rows must stand last, and where there is but one figure there must be an average among them.
    """
    rows = {row: told for row in range(sample.rows) if (told := _statistic(sample, row))} if sample.complete else {}
    if not rows:
        return np.empty(0, np.int64), False
    labels = list(sample.labels.values())
    leaves = [
        row for row in range(sample.rows) if row not in rows and not any(is_total(texts[row]) for texts in labels)
    ]
    if not sample.figures or len(leaves) < FEWEST:
        return np.empty(0, np.int64), False
    matrix = sample.matrix(sorted(sample.figures))
    columns = ~np.isnan(matrix[leaves]).all(axis=0)
    matrix = matrix[:, columns]
    borne_out = [_agrees(matrix[row], of(matrix[leaves])) for row, of in rows.items()]
    average = any(of is STATISTICS[0][1] for of in rows.values())
    sure = all(borne_out) and min(rows) > max(leaves) and (average or matrix.shape[1] > 1)
    return np.array(sorted(rows)), sure


def _statistic(sample: Sample, row: int) -> Callable[[np.ndarray], np.ndarray] | None:
    """What the one label of a row says that its figures are."""
    words = [texts[row] for texts in sample.labels.values() if texts[row]]
    if len(words) != 1:
        return None
    return next((of for words_, of in STATISTICS if re.fullmatch(words_, words[0], re.IGNORECASE)), None)


def _agrees(values: np.ndarray, expected: np.ndarray) -> bool:
    counted = ~np.isnan(values)
    close = np.abs(values - expected) <= np.maximum(ROUNDED, 0.005 * np.abs(values))
    told = close & counted & (values != 0)
    return bool(told.sum() >= max(1, 0.5 * (counted & (values != 0)).sum()))
