"""How a text's fields are told apart: delimiter, quotes, escapes, and what that makes of its lines."""

import contextlib
import csv
import io
import re
from collections import Counter, deque
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
    wrapped: bool = False  # whole rows stand in quotes, each in one field

    @property
    def careful(self) -> bool:
        return bool(self.escape or self.skip_blank or self.quote != '"' or self.wrapped)

    def rows(self, text: str) -> Iterator[list[str]]:
        return map(self.fields, csv.reader(io.StringIO(text, newline=""), **self.options()))

    def fields(self, row: list[str]) -> list[str]:
        """A record's fields as they are meant: those inside its one field where rows are quoted whole."""
        if not self.wrapped or len(row) != 1:
            return row
        inner = next(csv.reader([row[0].replace("\n", " ")], **self.options()), row)
        return inner if len(inner) > 1 else row

    def options(self) -> dict[str, Any]:
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "doublequote": not self.escape,
            "escapechar": self.escape or None,
            "skipinitialspace": self.skip_blank,
        }


BLANKS = Dialect(" ", skip_blank=True)  # as R's write.table and columns set out with blanks have it
BLANKS_WIDTH = 3  # fields that blanks tell apart where there are no quotes
FEWEST = 3  # lines that show that blanks are meant as delimiters
SWAP = str.maketrans("\r\n", "\n\r")


def ends_with_returns(text: str) -> bool:
    """Whether lines end in carriage returns alone; line feeds then stand in quoted values only."""
    bare = re.sub('"[^"]*"', "", text)
    return "\r" in bare and "\n" not in bare


class _Feed:
    """A text's lines as the csv module wants them, with the line feeds and characters that it has taken."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.feeds = self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.feeds += line.endswith("\n")
            self.characters += len(line)
            yield line


def placed_rows(text: str, dialect: Dialect) -> Iterator[tuple[int, int, int, list[str]]]:
    """(line feeds before a record, at its end, characters at its end, its fields) of each record, blank lines too."""
    feed = _Feed(text)
    before = 0
    for fields in csv.reader(feed, **dialect.options()):
        yield before, feed.feeds, feed.characters, dialect.fields(fields)
        before = feed.feeds


def find_dialect(sample: str, *, wrapped: bool = True, delimiter: str = "") -> Dialect:
    """The dialect under which most records have the same number of fields, the header's first of all.

    `wrapped`: rows quoted whole may be taken apart. A `delimiter` that is given is the only one tried.
    """
    text = sample[:SAMPLE]
    best, best_score = Dialect(delimiter or ","), 0.0
    for candidate in _candidates(text, (delimiter,) if delimiter else DELIMITERS):
        if candidate.wrapped and not wrapped:
            continue
        score = _score(text, candidate)
        if score > best_score:
            best, best_score = candidate, score
    return best if best_score or not _is_blank_delimited(text) else BLANKS


def _is_blank_delimited(text: str) -> bool:
    """Whether blanks alone tell fields apart: each line has as many, and below the first they are not all words."""
    try:
        rows = [row for row in BLANKS.rows(text) if row][:SAMPLE_RECORDS]
    except csv.Error:
        return False
    rows = rows[:-1] if len(text) >= SAMPLE else rows
    width = len(rows[-1]) if rows else 0
    if width < 2 or len(rows) < FEWEST or any(len(row) != width for row in rows[1:]):
        return False
    quoted = text.count('"') >= 2 * len(rows)
    if not (quoted and len(rows[0]) in (width, width - 1)) and (width < BLANKS_WIDTH or len(rows[0]) != width):
        return False  # `2024-01-01 10:00` and `중앙대로 100` are one thing
    return any(all(_is_value(row[at]) for row in rows[1:]) for at in range(width))


def _is_value(field: str) -> bool:
    return field.replace("-", "").replace(".", "").replace(":", "").isdecimal()


def _candidates(text: str, delimiters: tuple[str, ...]) -> Iterator[Dialect]:
    for delimiter in delimiters:
        if delimiter not in text:
            continue
        yield Dialect(delimiter)
        if text.lstrip("\ufeff").count('\n"') > 1 and re.search(r'"\r?\n"', text):
            yield Dialect(delimiter, wrapped=True)
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


@dataclass(frozen=True)
class Record:
    """One of the first records: its line, the line feeds and characters up to its end, and its fields."""

    line: int
    feeds: int
    characters: int
    fields: list[str]


def sample_records(sample: str, dialect: Dialect) -> list[Record]:
    """The first records, blank lines left out."""
    found: list[Record] = []
    with contextlib.suppress(csv.Error):
        for before, feeds, characters, fields in placed_rows(sample, dialect):
            if fields:
                found.append(Record(before + 1, feeds, characters, fields))
            if len(found) >= SAMPLE_RECORDS:
                break
    return found


def rows_of(text: str, dialect: Dialect) -> list[list[str]] | None:
    """The rows of one record's text: one, or more where a carriage return stands outside quotes."""
    try:
        return list(dialect.rows(text))
    except csv.Error:
        return None


def records(lines: Iterator[str], first: int, dialect: Dialect) -> Iterator[tuple[int, str, bool]]:
    """Put physical lines together into records. An unclosed quote gives its line up and starts again at the next."""
    whole, opened = _tests(dialect)
    pending: deque[str] = deque()
    line = first
    while True:
        text = pending.popleft() if pending else next(lines, None)
        if text is None:
            return
        parts, joined = [text], text
        while not (closed := whole(joined)) and opened(joined):
            more = _until_quote(pending, lines, dialect.quote, OPEN_QUOTE_LINES - len(parts))
            parts += more
            if not more or dialect.quote not in more[-1]:
                break
            joined = "".join(parts)
        if closed:
            yield line, joined, True
            line += len(parts)
        else:
            pending.extendleft(reversed(parts[1:]))
            yield line, text, False
            line += 1


def _until_quote(pending: deque[str], lines: Iterator[str], quote: str, limit: int) -> list[str]:
    """The next lines up to the first with a quote in it, at most `limit`."""
    taken: list[str] = []
    while len(taken) < limit:
        line = pending.popleft() if pending else next(lines, None)
        if line is None:
            break
        taken.append(line)
        if quote in line:
            break
    return taken


def _tests(dialect: Dialect) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Whether a text ends outside quotes, and whether it ends inside some. A quote opens only at a field's start."""
    quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
    inside = rf"(?:\\.|[^\\{quote}])" if dialect.escape else rf"(?:[^{quote}]|{quote}{quote})"
    blank = " *" if dialect.skip_blank else ""
    closed = rf"{quote}{inside}*+{quote} *(?={delimiter}|\r?\n?\Z)(?:\r?\n)?"
    field_ = rf"(?:{blank}{closed}|(?!{blank}{quote})[^{delimiter}]*+)"
    whole = re.compile(rf"{field_}(?:{delimiter}{field_})*+", re.DOTALL)
    opened = re.compile(rf"(?:{field_}{delimiter})*+{blank}{quote}{inside}*+", re.DOTALL)
    return (
        lambda text: dialect.quote not in text or whole.fullmatch(text) is not None,
        lambda text: opened.fullmatch(text) is not None,
    )
