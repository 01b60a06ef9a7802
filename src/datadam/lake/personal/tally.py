"""Columns counted: how many rows hold a candidate of each kind, and what its digits say.

A piece of a column (some ten thousand rows) is mapped byte by byte into its shape (`forms`) and dictionary-encoded, so
that forms are looked for once per distinct shape; then the digits of every row of a shape that may match are gathered
into arrays and judged at once. Text of too many shapes is cut into the windows around digits first.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.personal import forms
from datadam.lake.personal.labels import LABEL_WORDS, labelled
from datadam.lake.personal.measures import measure, others_of_13
from datadam.lake.personal.names import likely

Key = tuple[str, str, str]  # kind, style, measure

SHAPES = 4_000  # distinct shapes of a piece worth looking at one by one
DISTINCT = 5_000  # names remembered, to tell many people from few places


def _table() -> bytes:
    table = bytearray(b"?" * 256)
    for code in range(128):
        char = chr(code)
        table[code] = ord("9" if char.isdigit() else "A" if char.isalpha() else " " if char in "\t\v\f" else char)
    table[128:192] = b"\x80" * 64
    for lead in (0xC2, 0xE1, 0xE2, 0xE3, 0xEF):  # no-break spaces, loose jamo, dashes and zero widths, full width
        table[lead] = ord("~")
    table[0xEA:0xEE] = b"\xea" * 4  # Hangul
    return bytes(table)


_TABLE = np.frombuffer(_table(), np.uint8)
_PLAIN = ((f"[{forms.INVISIBLE}]", ""), (f"[{forms.DASHES}]", "-"), ("[\u00a0\u3000\u2000-\u200a]", " "))
WINDOW = (
    r"(?:[가-힣]{2} ?)?[A-Za-z]{0,3}[ \-.#]?[0-9]"
    r"(?:[ \-./_()\r\n]{0,3}[0-9]|[ \-]?(?:[가-힣A-Za-z]|[Oo]{1,3}[ \-]?[Oo]{1,3})[ \-]?[0-9]){5,}"
    r"(?:[Oo]{1,3}|[A-Za-z])?"
)
MAIL = r"[\w.%+\-*]+ ?(?:@|[(\[](?:at|AT|At|@)[)\]]) ?[\w\-]+(?: ?(?:\.|[(\[](?:dot|DOT)[)\]]) ?[\w\-]+)+"
LABELS = rf"(?:{LABEL_WORDS})[^\n]{{0,15}}[0-9]|(?:{LABEL_WORDS}) ?[:：=]"


@dataclass
class Tally:
    """Of one column: `counts[kind, style, measure]` in `rows` rows that are not null, with an example of each.

    `whole`: how many of a kind's candidates are the whole value. `mails` by domain, role mailboxes as `role`.
    """

    rows: int = 0
    counts: Counter[Key] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    examples: dict[Key, str] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)

    def count(self, key: Key, number: int, example: str = "") -> None:
        if number:
            self.counts[key] += int(number)
            self.examples.setdefault(key, example)

    def of(self, kind: str, measure: str, *styles: str) -> int:
        """How many of a kind, in these styles or in any."""
        return sum(
            n for (k, s, m), n in self.counts.items() if (k, m) == (kind, measure) and (not styles or s in styles)
        )

    def example(self, kind: str, *measures: str) -> str:
        return next((text for (k, _, m), text in self.examples.items() if k == kind and m in measures), "")


class Piece:
    """Some rows of a text column; `weights` where each stands for several rows (the values of a dictionary)."""

    def __init__(self, tally: Tally, values: Any, weights: Any = None, *, window: bool = False) -> None:
        self.tally, self.weights, self.window = tally, weights, window
        self.values = values
        self.offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
        data = values.buffers()[2]
        self.data = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)

    def weight(self, rows: Any) -> int:
        return len(rows) if self.weights is None else int(self.weights[rows].sum())

    def shapes(self) -> tuple[Any, Any]:
        start, end = int(self.offsets[0]), int(self.offsets[-1])
        mapped = _TABLE[self.data[start:end]]
        offsets = self.offsets - start if start else self.offsets
        buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(mapped)]
        coded = pa.Array.from_buffers(pa.binary(), len(self.values), buffers).dictionary_encode()
        return coded.dictionary, coded.indices.to_numpy(zero_copy_only=False)

    # A column's values

    def look(self) -> None:
        shapes, ids = self.shapes()
        if not self.window and len(shapes) > max(SHAPES, len(self.values) // 16):
            self._cut(shapes_of_text=True)
            return
        readable = [_readable(raw) for raw in shapes.to_pylist()]
        odd = [at for at, (text, _) in enumerate(readable) if "~" in text and _may_hide(text)]
        if odd:
            self._look_again(np.isin(ids, odd))
            readable = [("", ()) if "~" in text and _may_hide(text) else (text, to) for text, to in readable]
        self._forms(readable, ids)
        if not self.window:
            self._words(readable, ids)
            if any(len(text) > 6 and "가가" in text for text, _ in readable):
                self._labels()

    def _look_again(self, mask: Any) -> None:
        """Rows with full-width, invisible or other unusual characters, written plainly."""
        rows = np.flatnonzero(mask)
        plain = plainly(self.values.take(pa.array(rows)))
        weights = None if self.weights is None else self.weights[rows]
        again = Piece(self.tally, plain, weights, window=self.window)
        shapes, ids = again.shapes()
        if not self.window and len(shapes) > SHAPES:
            again._cut(shapes_of_text=False)
            return
        again._forms([_readable(raw) for raw in shapes.to_pylist()], ids)

    def _cut(self, *, shapes_of_text: bool) -> None:
        """Long texts: only their windows around digits, and their mail addresses, are looked at."""
        mapped = _TABLE[self.data[self.offsets[0] : self.offsets[-1]]]
        starts = self.offsets[:-1] - self.offsets[0]
        filled = np.flatnonzero(np.diff(self.offsets) > 0)
        hints = np.add.reduceat((mapped == 57) | (mapped == 126), starts[filled], dtype=np.int32)
        rows = filled[hints >= 6]
        texts = self.values.take(pa.array(rows)) if len(rows) < len(self.values) else self.values
        weights = None if self.weights is None else self.weights[rows]
        if shapes_of_text and (mapped == 126).any():
            texts = plainly(texts)
        self._windows(texts, WINDOW, weights)
        at = np.flatnonzero(
            pc.match_substring_regex(self.values, "[@＠]|[(\\[](?:at|AT|At)[)\\]]").to_numpy(zero_copy_only=False)
        )
        if len(at):
            mails = plainly(self.values.take(pa.array(at)))
            self._windows(mails, MAIL, None if self.weights is None else self.weights[at])
        if shapes_of_text:
            self._labels()

    def _windows(self, texts: Any, pattern: str, weights: Any) -> None:
        found, owner = extracted(texts, pattern)
        if len(found):
            Piece(self.tally, found, None if weights is None else weights[owner], window=True).look()

    # Forms

    def _forms(self, readable: list[tuple[str, Any]], ids: Any) -> None:
        groups: dict[tuple[str, str, int], list[tuple[int, forms.Form, Any]]] = {}
        for at, (text, to) in enumerate(readable):
            for form in forms.find(text) if text else ():
                groups.setdefault((form.kind, form.style, len(form.digits)), []).append((at, form, to))
        for (kind, style, places), entries in groups.items():
            while entries:  # one span a shape at a time
                first = {at: (at, form, to) for at, form, to in reversed(entries)}
                self._judge(kind, style, places, list(first.values()), ids, len(readable))
                used = {id(form) for _, form, _ in first.values()}
                entries = [entry for entry in entries if id(entry[1]) not in used]

    def _judge(self, kind: str, style: str, places: int, entries: list[Any], ids: Any, shapes: int) -> None:
        lookup = np.full(shapes, -1, np.int32)
        lookup[[at for at, _, _ in entries]] = np.arange(len(entries))
        entry = lookup[ids]
        rows = np.flatnonzero(entry >= 0)
        entry = entry[rows]
        spans = np.array([(to[form.start], _after(to, form.end)) for _, form, to in entries], np.int32)
        whole = np.array([form.end - form.start >= len(to) - 1 for _, form, to in entries])
        literal = forms.LITERAL.get((kind, style))
        if literal:
            kept = pc.match_substring_regex(self._spans(rows, spans[entry]), literal).to_numpy(zero_copy_only=False)
            rows, entry = rows[kept], entry[kept]
        if not len(rows):
            return
        where = np.array([[forms.ZERO if p < 0 else to[p] for p in form.digits] for _, form, to in entries], np.int32)
        start = self.offsets[rows]
        digits = [self._digit(start, where[:, place], entry) for place in range(places)]
        if style in forms.LETTERED:
            digits = [np.where(digit > 9, 0, digit) for digit in digits]
        self.tally.count((kind, style, "seen"), self.weight(rows))
        found = measure(kind, style, digits) if places else {"ok": np.ones(len(rows), bool)}
        if kind == "resident" and self._usual(found):
            found |= others_of_13(digits)
        for name, mask in found.items():
            hits = rows[mask]
            if len(hits):
                self.tally.count((kind, style, name), self.weight(hits), self._text(hits[0], spans[entry[mask][0]]))
        if kind == "email":
            self._mails(rows, spans[entry])
        if not self.window:
            self.tally.whole[kind] += self.weight(rows[whole[entry]])

    @staticmethod
    def _usual(found: dict[str, Any]) -> bool:
        return bool((found["plausible"] | found["foreign_plausible"]).any())

    def _digit(self, start: Any, places: Any, entry: Any) -> Any:
        if places[0] < 0:
            return np.zeros(len(start), np.int32)
        at = places[0] if len(places) == 1 else places[entry]
        return self.data[start + at].astype(np.int32) - 48

    def _spans(self, rows: Any, spans: Any) -> Any:
        """The spans of some rows as an array of texts."""
        start = self.offsets[rows] + spans[:, 0]
        lengths = spans[:, 1] - spans[:, 0]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        at = np.repeat(start - offsets[:-1], lengths) + np.arange(offsets[-1])
        data = np.ascontiguousarray(self.data[at])
        return pa.Array.from_buffers(pa.string(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(data)])

    def _text(self, row: int, span: Any) -> str:
        start = self.offsets[row]
        return bytes(self.data[start + span[0] : start + span[1]]).decode("utf-8", "replace")

    def _mails(self, rows: Any, spans: Any) -> None:
        """Addresses of offices and role mailboxes apart from people's."""
        mails = self._spans(rows, spans)
        office = pc.match_substring_regex(mails, OFFICE_MAIL).to_numpy(zero_copy_only=False)
        private = rows[~office]
        example = mails[int(np.flatnonzero(~office)[0])].as_py() if len(private) else ""
        self.tally.count(("email", "split", "private"), self.weight(private), example)

    # Words

    def _words(self, readable: list[tuple[str, Any]], ids: Any) -> None:
        """Short Hangul words: those built like a personal name, spaced out or not."""
        for at, (text, to) in enumerate(readable):
            word = text.replace(" ", "")
            if not (2 <= len(word) <= 4 and set(word) == {"가"} and to):
                continue
            rows = np.flatnonzero(ids == at)
            self.tally.count(("name", "word", "seen"), self.weight(rows))
            codes = [self._code(rows, to[place]) for place, char in enumerate(text) if char == "가"]
            hits = rows[likely(codes)]
            if len(hits):
                self._names(hits, len(word))

    def _names(self, hits: Any, syllables: int) -> None:
        first = self.values[int(hits[0])].as_py()
        self.tally.count(("name", "word", "ok" if syllables > 2 else "short"), self.weight(hits), first)
        if len(self.tally.names) < DISTINCT:
            some = self.values.take(pa.array(hits[: 2 * DISTINCT])).unique()
            self.tally.names.update(some.to_pylist())

    def _code(self, rows: Any, place: int) -> Any:
        at = self.offsets[rows] + place
        lead, second, third = (self.data[at + step].astype(np.int32) for step in range(3))
        return ((lead & 15) << 12) | ((second & 63) << 6) | (third & 63)

    def _labels(self) -> None:
        """Values behind a word that says what they are."""
        mask = pc.match_substring_regex(self.values, LABELS).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(mask):
            text = self.values[int(row)].as_py()
            for kind, start, end in labelled(text):
                self.tally.count((kind, "labelled", "ok"), self.weight(np.array([row])), text[start:end])


OFFICE_MAIL = (
    r"(?i)(?:\.(?:go|or|ac|re|hs|ms|es|mil)\.kr|\.gov|\.gov\.[a-z]{2}|\.gouv\.fr|@korea\.kr|\.edu|\.org)$|^(?:info|admin|webmaster|master|help|helpdesk|contact"
    r"|cs|support|office|service|sales|privacy|postmaster|abuse|noreply|no-reply|hello|press|pr|hr|recruit|mail|center)@"
)


def _readable(raw: bytes) -> tuple[str, Any]:
    """A shape by characters, and the byte at which each begins."""
    if raw.isascii():
        return raw.decode(), range(len(raw) + 1)
    places = [at for at, byte in enumerate(raw) if byte != 0x80]
    return raw.replace(b"\x80", b"").decode("latin-1").replace("\xea", "가"), [*places, len(raw)]


def _after(to: Any, end: int) -> int:
    return to[end]


_ODD_MAIL = re.compile("[A9] ?~ ?A")


def _may_hide(text: str) -> bool:
    return text.count("9") + text.count("~") >= 6 or bool(_ODD_MAIL.search(text))


def plainly(texts: Any) -> Any:
    """Half-width, composed, with plain dashes and blanks, without invisible characters."""
    found = pc.utf8_normalize(texts, form="NFKC")
    for pattern, instead in _PLAIN:
        found = pc.replace_substring_regex(found, pattern, instead)
    return found


def extracted(texts: Any, pattern: str) -> tuple[Any, Any]:
    """Every match of a pattern, and the row it is of."""
    from datadam.lake.scan import connection

    with connection() as cursor:
        cursor.register("texts", pa.table({"t": texts}))
        query = "SELECT regexp_extract_all(t, ?) AS found FROM texts"
        lists = cursor.sql(query, params=[pattern]).to_arrow_table().column("found").combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    owner = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    return lists.flatten().cast(pa.string()), owner
