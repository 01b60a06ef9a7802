"""The list of what was destroyed. It stands outside the database and outside every backup; a restore replays it."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from datadam.core import clock
from datadam.core.errors import Invalid
from datadam.web.text import Text


def place() -> Path:
    """Where the list stands."""
    return Path(settings.DESTRUCTIONS or Path(settings.HOME) / "destructions.ndjson")


def note(**facts: Any) -> None:
    """Append one destruction, durably, before anything is destroyed."""
    keep({"at": clock.now().isoformat(), **facts})


def keep(facts: dict[str, Any]) -> None:
    """Append a line that may come from another list."""
    line = json.dumps(facts, ensure_ascii=False, default=str)
    place().parent.mkdir(parents=True, exist_ok=True)
    with place().open("a", encoding="utf-8") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The lines of these lists, each once, in the order of their time. Refuses a list that cannot be read whole."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                facts = json.loads(line)
                found[line.strip()] = facts if facts["at"] else {}
            except (ValueError, TypeError, KeyError):
                words = Text(
                    f"파기 목록 {path}의 {number}번째 줄을 읽을 수 없습니다.",
                    f"Line {number} of the list of destructions {path} cannot be read.",
                )
                raise Invalid(words, code="bad_destructions", line=number) from None
    return sorted(found.values(), key=lambda facts: str(facts["at"]))
