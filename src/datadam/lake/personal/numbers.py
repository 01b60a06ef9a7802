"""Identifiers kept as numbers: without separators, and without the noughts that they began with."""

from typing import Any

import numpy as np

from datadam.lake.personal import checks
from datadam.lake.personal.measures import measure, others_of_13
from datadam.lake.personal.tally import Tally

SMALLEST = 100_000_000  # nothing smaller is told without a column's name
_RANGES = (  # kind, style, digits, from, to
    ("resident", "bare", 13, 10**11, 10**13),
    ("phone", "bare", 11, 10**9, 2 * 10**9),
    ("phone", "bare", 10, 10**8, 10**9),
    ("health_insurance", "bare", 11, 10**10, 10**11),
    ("driver_licence", "bare", 12, 11 * 10**10, 29 * 10**10),
    ("card", "bare", 16, 10**15, 10**16),
    ("card", "bare", 15, 34 * 10**13, 38 * 10**13),
)


def count_numbers(tally: Tally, values: Any, said: str = "") -> None:
    """Of whole numbers, without nulls. `said` is what the column's name says it is."""
    if said == "bank_account":
        tally.count((said, "bare", "ok"), int((values >= 10**9).sum()), "")
    if said == "birth_date":
        _count_births(tally, values)
    if not len(values) or values.max() < SMALLEST:
        return
    for kind, style, places, low, high in _RANGES:
        if kind == "resident" and said in ("resident_number", "foreigner_number"):
            low = 10**9  # somebody born in 2000
        some = values[(values >= low) & (values < high)]
        tally.count((kind, style, "seen"), len(some))
        tally.count((kind, style, "number"), len(some))
        if kind == "resident" and len(some):
            some = some[_dated(some)]
        if len(some):
            _count(tally, kind, style, places, some)


def _dated(values: Any) -> Any:
    month, day = values // 10**9 % 100, values // 10**7 % 100
    recent = np.isin(values // 10**6 % 10, (3, 4, 7, 8))  # with a nought in front: born since 2000
    return (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (recent | (values >= 10**12))


def _count_births(tally: Tally, values: Any) -> None:
    day = checks.day(values // 100 % 100, values % 100)
    known = ((values >= 19000101) & (values < 10**4 * (checks.this_year() + 1))) | ((values > 100) & (values < 10**6))
    tally.count(("birth_date", "bare", "ok"), int((day & known).sum()), "")


def _count(tally: Tally, kind: str, style: str, places: int, values: Any) -> None:
    tally.whole[kind] += len(values)
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
