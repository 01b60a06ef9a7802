"""Identifiers kept as numbers: without separators, and without the noughts that they began with."""

from typing import Any

import numpy as np

from datadam.lake.personal import checks
from datadam.lake.personal.measures import measure, others_of_13
from datadam.lake.personal.tally import Tally

SMALLEST = 100_000_000  # nothing smaller is told without a column's name
_RANGES = (  # kind, style, digits, from, to
    ("resident", "bare", 13, 10**9, 10**13),
    ("phone", "bare", 11, 10**9, 2 * 10**9),
    ("phone", "bare", 10, 10**8, 10**9),
    ("health_insurance", "bare", 11, 10**10, 10**11),
    ("driver_licence", "bare", 12, 11 * 10**10, 29 * 10**10),
    ("card", "bare", 16, 10**15, 10**16),
    ("card", "bare", 15, 34 * 10**13, 38 * 10**13),
)


def count_numbers(tally: Tally, values: Any) -> None:
    """Of whole numbers, without nulls."""
    if not len(values) or values.max() < SMALLEST:
        return
    for kind, style, places, low, high in _RANGES:
        some = values[(values >= low) & (values < high)]
        tally.count((kind, style, "seen"), len(some))
        if kind == "resident" and len(some):
            tally.count(("resident", style, "usual"), int((some >= 10**12).sum()))
            some = some[_dated(some)]
        if len(some):
            _count(tally, kind, style, places, some)


def _dated(values: Any) -> Any:
    month, day = values // 10**9 % 100, values // 10**7 % 100
    return (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)


def _count(tally: Tally, kind: str, style: str, places: int, values: Any) -> None:
    digits = [(values // 10 ** (places - 1 - at) % 10).astype(np.int32) for at in range(places)]
    found = measure(kind, style, digits)
    if kind == "resident":
        found |= others_of_13(digits)
    if kind == "phone":
        found |= {"business": _business(values), "given": found["mobile"] & (digits[3] >= 2)}
    for name, mask in found.items():
        if mask.any():
            tally.count((kind, style, name), int(mask.sum()), f"{int(values[mask.argmax()]):0{places}d}")


def _business(values: Any) -> Any:
    return checks.business([(values // 10 ** (9 - at) % 10).astype(np.int32) for at in range(10)])
