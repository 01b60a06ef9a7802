"""What a proposal rests on, in words: the lake gives it as a few numbers and words of the file."""

import re

from datadam.web.text import Text

WORDS: dict[str, tuple[str, Text]] = {  # code → (the shape of the evidence, what it says)
    "blank_columns": (r"(\d+)", Text("{0}개 열", "{0} columns")),
    "blank_rows": (r"(\d+)", Text("{0}개 행", "{0} rows")),
    "fill_down": (r"(\d+) \+ (\d+)", Text("적힌 칸 {0}개, 채울 빈칸 {1}개", "{0} cells written, {1} blanks to fill")),
    "merged_cells": (r"(\d+)", Text("{0}곳", "{0} places")),
    "missing_token": (r"(\d+)", Text("{0}칸", "{0} cells")),
    "multi_row_header": (r"([\d–]+)", Text("{0}줄", "rows {0}")),
    "share_rows": (r"([\d, ]+)", Text("{0}행", "rows {0}")),
    "statistic_rows": (r"([\d, ]+)", Text("{0}행", "rows {0}")),
    "total_rows": (
        r"(.+): (\d+) \(Σ (\d+)/(\d+)\)",
        Text("{0} — {1}행 가운데 {3}행을 더해 보아 {2}행이 맞음", "{0}: of {1} rows {3} were added up, {2} are sums"),
    ),
    "trailing_delimiter": (r"(\d+)", Text("{0}개 열", "{0} columns")),
    "unmarked_totals": (r"[^:]*: ([\d, ]+)", Text("{0}행", "rows {0}")),
}


def told(code: str, evidence: str) -> Text | str:
    """The evidence in words; as it is where it speaks for itself."""
    pattern, words = WORDS.get(code, ("", Text("", "")))
    found = re.fullmatch(pattern, evidence) if pattern else None
    if found is None:
        return evidence
    return Text(words.ko.format(*found.groups()), words.en.format(*found.groups()))
