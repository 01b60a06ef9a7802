"""The only source of now. Demo and tests may set it; nothing else does."""

import contextlib
import datetime as dt
from collections.abc import Iterator

_fixed: dt.datetime | None = None


def now() -> dt.datetime:
    """The present moment, UTC with zone."""
    return _fixed or dt.datetime.now(dt.UTC)  # noqa: TID251


def today() -> dt.date:
    """The present day in Korea (UTC+9, no summer time)."""
    return (now() + dt.timedelta(hours=9)).date()


@contextlib.contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Hold the clock at `moment` (demo and tests only)."""
    global _fixed
    before, _fixed = _fixed, moment
    try:
        yield
    finally:
        _fixed = before
