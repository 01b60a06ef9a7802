"""Rows that were not loaded: sealed like the file they came from, each with its line and the reason."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from datadam.lake.readers.base import BadRow
from datadam.lake.staging import SealedWriter, Staging


class Quarantine:
    """Takes bad rows in file order. Without a staging area (a dry run) it only counts."""

    def __init__(self, staging: Staging | None) -> None:
        self._staging = staging
        self._writer: SealedWriter | None = None
        self.reasons: Counter[str] = Counter()

    @property
    def count(self) -> int:
        return self.reasons.total()

    def add(self, rows: Sequence[BadRow]) -> None:
        if not rows:
            return
        self.reasons.update(row.reason.split(":")[0] for row in rows)
        if self._staging is None:
            return
        if self._writer is None:
            self._writer = self._staging.create()
        lines = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
        self._writer.write(lines.encode("utf-8", "backslashreplace"))

    def close(self) -> str:
        """The sealed file's id, empty when there were no bad rows."""
        return self._writer.close().id if self._writer else ""

    def abandon(self) -> None:
        if self._writer:
            self._writer.abandon()
            self._writer = None


def quarantined(staging: Staging, sealed_id: str, limit: int | None = None) -> Iterator[BadRow]:
    """The rows of a quarantine, in file order."""
    with staging.open(sealed_id) as stream:
        for number, line in enumerate(stream):
            if limit is not None and number >= limit:
                return
            yield BadRow(**json.loads(line))
