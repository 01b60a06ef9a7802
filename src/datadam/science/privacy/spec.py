"""What is asked of a table of counts, and what is done to it. Plain data that checks itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["suppress", "merge", "round"]
ACTIONS = ("suppress", "merge", "round")
OTHER = "기타"


class BadSpec(ValueError):
    """Parameters that do not fit together, or not the table."""


@dataclass(frozen=True)
class Spec:
    """A table of counts of people or households, one row a combination of `dimensions`.

    threshold: counts from 1 to threshold - 1 single people out. Five is the ordinary minimum frequency rule (Hundepool
      et al., Statistical Disclosure Control, 2012, ch. 5.2); Statistics Korea's SGIS withholds below five as well.
    zeros: whether a zero may be shown; an empty cell names nobody, but says of a whole group that it is not there.
    totals: dimension → labels that stand for the sum of the others; ordinary words and sums found need not be given.
    sums: a measure → the measures that it is the sum of; those found in the numbers need not be given.
    attached: other columns that go with a suppressed row, such as amounts.
    cumulative: the counts grow from release to release, so that their differences are counts as well.
    largest: measure or attached amount → column with the largest contribution to it, for the dominance rule.
    share: the k of the (1, k) rule (Hundepool et al., ch. 4.2): a contribution of more than k % dominates.
    """

    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    threshold: int = 5
    zeros: bool = True
    totals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    cumulative: bool = False
    largest: Mapping[str, str] = field(default_factory=dict)
    share: float = 85.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.measures:
            raise BadSpec("a table of counts needs a measure")
        named = (*self.dimensions, *self.measures, *self.attached)
        if len(set(named)) != len(named):
            raise BadSpec("a column is one thing only: dimension, measure or attached")
        if not 1 <= self.threshold <= 1_000:
            raise BadSpec("the threshold is from 1 to 1,000")
        if not {*self.largest} <= {*self.measures, *self.attached}:
            raise BadSpec("only a measure or an attached amount has a largest contribution")
        if not 0 < self.share <= 100:
            raise BadSpec("a share is in per cent")


@dataclass(frozen=True)
class Treatment:
    """`merge` needs a dimension (None: the one that costs least); `round` a base."""

    action: Action
    dimension: str | None = None
    into: str = OTHER
    base: int = 5
    additive: bool = True

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise BadSpec(f"no such treatment: {self.action}")
        if not 2 <= self.base <= 100:
            raise BadSpec("the base is from 2 to 100")
