"""How a text's fields are told apart: delimiter, quotes, escapes, and what that makes of its lines."""

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

DELIMITERS = (",", "\t", ";", "|")
SAMPLE = 64 << 10
SAMPLE_RECORDS = 500
OPEN_QUOTE_LINES = 500  # a quoted value longer than this is a quote that was never closed

csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Dialect:
    """How fields are told apart. `careful` when Arrow's parser must not be used."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    skip_blank: bool = False

    @property
    def careful(self) -> bool:
        return bool(self.escape or self.skip_blank or self.quote != '"')

    def rows(self, text: str) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(text, newline=""), **self.options())

    def options(self) -> dict[str, Any]:
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "doublequote": not self.escape,
            "escapechar": self.escape or None,
            "skipinitialspace": self.skip_blank,
        }


def line_end(text: str) -> str:
    return text if "\n" in text else text.replace("\r", "\n")


def find_dialect(sample: str) -> Dialect:
    """The dialect under which most records have the same number of fields, the header's first of all."""
    text = line_end(sample[:SAMPLE])
    best, best_score = Dialect(), 0.0
    for candidate in _candidates(text):
        score = _score(text, candidate)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _candidates(text: str) -> Iterator[Dialect]:
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        yield Dialect(delimiter)
        if '\\"' in text:
            yield Dialect(delimiter, escape="\\")
        if re.search(f'{re.escape(delimiter)} +"', text):
            yield Dialect(delimiter, skip_blank=True)
        if text.count(f"'{delimiter}'") >= 2 and '"' not in text:
            yield Dialect(delimiter, quote="'")


def _score(text: str, dialect: Dialect) -> float:
    """Share of records with the commonest width, plus a little for the header's agreement and for wider tables."""
    try:
        widths = [len(row) for row in dialect.rows(text) if row][:SAMPLE_RECORDS]
    except csv.Error:
        return 0.0
    if len(widths) > 1:
        widths = widths[:-1] if len(text) >= SAMPLE else widths  # the last record may be cut
    width, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
    if width < 2:
        return 0.0
    stray = 0.02 if dialect.careful else 0.0
    return count / len(widths) + 0.5 * (widths[0] == width) + min(width, 100) / 1000 - stray


def sample_records(sample: str, dialect: Dialect) -> list[tuple[int, int, list[str]]]:
    """(first physical line, last one, fields) of the first records, blank lines left out."""
    reader = csv.reader(io.StringIO(line_end(sample), newline=""), **dialect.options())
    found: list[tuple[int, int, list[str]]] = []
    before = 0
    with contextlib.suppress(csv.Error):
        for fields in reader:
            if fields:
                found.append((before + 1, reader.line_num, fields))
            before = reader.line_num
            if len(found) >= SAMPLE_RECORDS:
                break
    return found


def fields_of(text: str, dialect: Dialect) -> list[str] | None:
    try:
        return next(csv.reader(text.splitlines(keepends=True), **dialect.options()))
    except (csv.Error, StopIteration):
        return None


def records(lines: Iterator[str], first: int, dialect: Dialect) -> Iterator[tuple[int, str, bool]]:
    """Put physical lines together into records. An unclosed quote gives its line up and starts again at the next."""
    whole = _whole_record(dialect)
    pending: list[str] = []
    line = first
    source = iter(lines)
    while True:
        text = pending.pop(0) if pending else next(source, None)
        if text is None:
            return
        parts = [text]
        while not whole("".join(parts)):
            more = pending.pop(0) if pending else next(source, None)
            if more is None or len(parts) >= OPEN_QUOTE_LINES:
                pending = parts[1:] + ([more] if more is not None else []) + pending
                yield line, text, False
                line += 1
                break
            parts.append(more)
        else:
            yield line, "".join(parts), True
            line += len(parts)


def _whole_record(dialect: Dialect) -> Callable[[str], bool]:
    """Whether a text ends outside quotes. A quote opens only at the start of a field."""
    quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
    inside = rf"(?:\\.|[^\\{quote}])" if dialect.escape else rf"(?:[^{quote}]|{quote}{quote})"
    blank = " *" if dialect.skip_blank else ""
    closed = rf"{quote}{inside}*+{quote} *(?={delimiter}|\r?\n?\Z)(?:\r?\n)?"
    field_ = rf"(?:{blank}{closed}|(?!{blank}{quote})[^{delimiter}]*+)"
    pattern = re.compile(rf"{field_}(?:{delimiter}{field_})*+", re.DOTALL)
    return lambda text: dialect.quote not in text or pattern.fullmatch(text) is not None
