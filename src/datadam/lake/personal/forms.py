"""How identifiers are written: found in a text's shape, so that one look serves every value of that shape.

A shape has `9` for a digit, `A` for a Latin letter, `가` for a Hangul syllable, `-` for any dash, a space for any blank
and everything else as it is. Where the digits stand is all that `checks` needs; `LITERAL` says what the rest of a span
must be.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

# split: with its usual separators; bare: digits alone; loose: spaced out or with separators of its own;
# abroad: behind +82; dialled: behind 0082; decimal: with .0 behind them; lettered: with the letter O for noughts;
# coded: with an O in front and nowhere else, which may be a code's letter
Style = Literal[
    "split", "bare", "loose", "abroad", "dialled", "decimal", "lettered", "lettered_abroad", "coded",
    "named", "old", "new", "two",
]  # fmt: skip

LETTERED = ("lettered", "lettered_abroad", "coded")
ZERO = -1  # in place of a digit: a leading nought that is not written


@dataclass(frozen=True)
class Form:
    """A span of a shape that may be an identifier, and the places of its digits."""

    kind: str
    style: Style
    digits: tuple[int, ...]
    start: int
    end: int


# Shapes

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u30fc\u2500\u2043\u02d7"
_GONE = "\0"


class _Classes(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = found = _class(chr(code))
        return found


def _class(char: str) -> str:
    if char in INVISIBLE:
        return _GONE
    if char in DASHES:
        return "-"
    plain = unicodedata.normalize("NFKC", char)
    if unicodedata.digit(char, None) is not None and len(plain) == 1:
        return "9"
    char = plain if len(plain) == 1 else char
    if char.isascii():
        return "A" if char.isalpha() else " " if char in "\t\v\f\u00a0" else char
    return "가" if "가" <= char <= "힣" else "?"


_CLASSES = _Classes()


def shape(text: str) -> tuple[str, list[int] | range]:
    """A text's shape, and where each of its characters stands in the text (invisible ones are left out)."""
    found = text.translate(_CLASSES)
    if _GONE not in found:
        return found, range(len(found))
    places = [at for at, char in enumerate(found) if char != _GONE]
    return found.replace(_GONE, ""), places


# Identifiers made of groups of digits

_CLUSTER = re.compile(r"9(?:[ \-./_()]{0,3}9)+")
_RUN = re.compile(r"9+")
_LETTERED = re.compile(r"(?<![9A])A{0,3}9[9A]*(?:[ \-./_()]{1,3}A{0,3}9[9A]*)*")
_DECIMAL = re.compile(r"(?<![9A.])9{13}\.9{1,6}(?![9A]|[.,]9)")
_LINE_END = re.compile(r"\r?\n")
_BREAK = re.compile(r"9[가A]?[ \-./_()]{0,3}\n[ \-./_()]{0,3}[가A]?9")

_GROUPS: dict[tuple[int, ...], tuple[tuple[str, Style], ...]] = {
    (6, 7): (("resident", "split"),),
    (6, 1, 6): (("resident", "loose"),),
    (2, 2, 2, 7): (("resident", "loose"),),
    (8, 7): (("resident", "loose"),),  # a full birth date before the second half
    (13,): (("resident", "bare"), ("phone", "dialled")),
    **{groups: (("phone", "split"),) for groups in (
        (3, 4, 4), (3, 3, 4), (2, 4, 4), (2, 3, 4), (3, 8), (3, 7), (2, 8), (2, 7), (4, 4), (4, 4, 4), (4, 3, 4),
        (7, 4),
    )},
    **{groups: (("phone", "abroad"),) for groups in (
        (2, 2, 4, 4), (2, 2, 3, 4), (2, 1, 4, 4), (2, 1, 3, 4), (2, 2, 8), (2, 10), (4, 4, 4), (2, 9),
        (2, 1, 2, 4, 4), (2, 1, 1, 3, 4), (2, 1, 1, 4, 4), (2, 1, 2, 3, 4), (2, 3, 4, 4), (2, 3, 3, 4),
    )},
    **{groups: (("phone", "dialled"),) for groups in (
        (4, 10), (4, 9), (4, 2, 8), (4, 1, 8), (4, 2, 4, 4), (4, 1, 4, 4), (4, 2, 3, 4), (4, 1, 3, 4), (4, 3, 4, 4),
        (4, 3, 3, 4), (4, 1, 2, 4, 4), (4, 1, 2, 3, 4), (4, 1, 1, 4, 4), (4, 1, 1, 3, 4), (2, 2, 2, 4, 4),
        (2, 2, 1, 4, 4), (2, 2, 2, 3, 4), (2, 2, 1, 3, 4), (2, 2, 10), (2, 2, 2, 8),
    )},
    (9,): (("phone", "bare"),),
    (10,): (("phone", "bare"),),
    (11,): (("phone", "bare"), ("health_insurance", "bare")),
    (1, 10): (("health_insurance", "split"),),
    (12,): (("driver_licence", "bare"), ("phone", "abroad")),
    (2, 2, 6, 2): (("driver_licence", "split"),),
    (4, 4, 4, 4): (("card", "split"),),
    (4, 6, 5): (("card", "split"),),
    (4, 6, 4): (("card", "split"),),
    (14,): (("card", "bare"), ("phone", "dialled")),
    (15,): (("card", "bare"),),
    (16,): (("card", "bare"),),
}  # fmt: skip
_GROUPS[(4, 4, 4)] = (("phone", "split"), ("phone", "abroad"))
_LONGEST = 5
_SURE = 6  # digits, at least so many among letters
_PREFIX = {"abroad": 2, "dialled": 4}  # digits before those of the number at home
_TIGHT = re.compile(r"^[\-.]$")
_SPACED = 7  # digits written one by one, at least so many

_Run = tuple[int, int]  # first and past the last character


@lru_cache(maxsize=1 << 15)
def find(shape_: str) -> tuple[Form, ...]:
    """Every span of a shape that may be an identifier; they may overlap."""
    found: list[Form] = []
    if shape_.count("9") >= 6:
        found += _numbers(shape_)
        if "\n" in shape_:
            found += _broken(shape_)
    if "@" in shape_ or "AA)" in shape_ or "AA]" in shape_:
        found += [Form("email", "split", (), *m.span()) for m in _EMAIL.finditer(shape_)]
    return tuple(found)


def _numbers(shape_: str) -> Iterator[Form]:
    for cluster in _CLUSTER.finditer(shape_):
        yield from _in_cluster(shape_, *cluster.span())
    if "A" in shape_ and not (len(shape_) > 13 and shape_.isascii() and shape_.isalnum()):  # digests are longer
        yield from _lettered(shape_)
    for match in _DECIMAL.finditer(shape_) if "9.9" in shape_ else ():
        yield Form("resident", "decimal", tuple(range(match.start(), match.start() + 13)), *match.span())
    yield from _mixed(shape_)
    if _ACCOUNT.match(shape_):
        yield Form("bank_account", "bare", (), 0, len(shape_))


def _lettered(shape_: str) -> Iterator[Form]:
    """Numbers with letters in place of digits: which letters `LITERAL` says."""
    for cluster in _LETTERED.finditer(shape_):
        start, end = cluster.span()
        if not _may_be_zeroed(cluster[0]):
            continue
        for form in _in_cluster(shape_[:start] + cluster[0].replace("A", "9") + shape_[end:], start, end):
            style = _style_of_letters(shape_[form.start : form.end], form)
            if style:
                yield replace(form, style=style)


def _may_be_zeroed(cluster: str) -> bool:
    """No more letters than digits; fewer where nothing parts them, as in hexadecimal."""
    letters, digits = cluster.count("A"), cluster.count("9")
    if letters + digits == len(cluster):
        return 0 < letters <= 4 and 10 <= len(cluster) <= 13
    return 0 < letters <= digits and letters + digits >= 9


def _style_of_letters(span: str, form: Form) -> Style | None:
    if form.kind not in ("resident", "phone", "card") or form.style == "dialled" or "A" not in span:
        return None
    if span.count("9") < _SURE or "AAAA" in span:  # that many letters hide digits, as asterisks do
        return None
    if form.style == "abroad":
        return "lettered_abroad"
    in_front = "A" not in span.lstrip("A") and (form.kind == "resident" or span.count("9") == len(span) - 1)
    return "coded" if in_front else "lettered"


def _broken(shape_: str) -> Iterator[Form]:
    """Numbers that go on behind one line end: two lines read as one."""
    for end in _LINE_END.finditer(shape_):
        start, stop = shape_.rfind("\n", 0, end.start()) + 1, shape_.find("\n", end.end())
        left, right = shape_[start : end.start()], shape_[end.end() : stop if stop >= 0 else len(shape_)]
        for form in _numbers(left + right) if _BREAK.search(left[-4:] + "\n" + right[:4]) else ():
            whole = left[-1:] != "9" or right[:1] != "9" or len(form.digits) > 8  # short ones may be two numbers
            if form.start < len(left) < form.end and whole:
                yield _moved(form, len(left), start, end.end() - len(left))


def _moved(form: Form, break_: int, before: int, after: int) -> Form:
    """The form at its places in the whole text: so much further before the line end, and so much after it."""
    to = [at if at < 0 else at + (before if at < break_ else after) for at in (*form.digits, form.start, form.end - 1)]
    return Form(form.kind, form.style, tuple(to[:-2]), to[-2], to[-1] + 1)


def _in_cluster(shape_: str, start: int, end: int) -> Iterator[Form]:
    runs = [(start + m.start(), start + m.end()) for m in _RUN.finditer(shape_[start:end])]
    if sum(b - a for a, b in runs) < 8:
        return
    joined = _rejoined(shape_, runs)
    if joined is not None:
        yield from _in_groups(shape_, joined, loose=True)
    if joined is None or len(joined) > 1:
        yield from _in_groups(shape_, [(run,) for run in runs], loose=False)


def _rejoined(shape_: str, runs: list[_Run]) -> list[tuple[_Run, ...]] | None:
    """Groups of digits that were written one by one: the commonest gap parts digits, the others part groups."""
    if sum(b - a == 1 for a, b in runs) < max(_SPACED, 0.7 * len(runs)):
        return None
    gaps = [shape_[a[1] : b[0]] for a, b in pairwise(runs)]
    usual = max(set(gaps), key=gaps.count)
    groups = [[runs[0]]]
    for gap, run in zip(gaps, runs[1:], strict=True):
        if gap == usual:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [tuple(group) for group in groups]


def _in_groups(shape_: str, groups: list[tuple[_Run, ...]], *, loose: bool) -> Iterator[Form]:
    sizes = [sum(b - a for a, b in group) for group in groups]
    for first in range(len(groups)):
        for last in range(first, min(first + _LONGEST, len(groups))):
            for kind, style in _GROUPS.get(tuple(sizes[first : last + 1]), ()):
                start, end = groups[first][0][0], groups[last][-1][1]
                if _stands_alone(shape_, start, end, kind, style):
                    places = [at for group in groups[first : last + 1] for a, b in group for at in range(a, b)]
                    as_one = loose and kind == "resident" and first == last
                    yield _form(kind, "loose" if as_one else style, places, start, end, shape_)


def _form(kind: str, style: Style, places: list[int], start: int, end: int, shape_: str) -> Form:
    if style in _PREFIX:  # +82 10 …, +82 (0)10 …
        rest = places[_PREFIX[style] :]
        start -= shape_[start - 1 : start] == "+"
        return Form(kind, style, tuple(rest if len(rest) == 11 else [ZERO, *rest]), start, end)
    return Form(kind, style, tuple(places[-13:] if kind == "resident" else places), start, end)


def _stands_alone(shape_: str, start: int, end: int, kind: str, style: Style) -> bool:
    """Not a piece of a longer number, code or decimal."""
    before, after = shape_[max(0, start - 2) : start], shape_[end : end + 2]
    if kind == "resident":
        decimal = before == "9." or (after == ".9" and style == "bare")
        return not decimal and not (style == "bare" and (before in ("9A", "A") or after[:1] == "A"))
    if before in ("9-", "9.", "A-") or after in ("-9", ".9", "-A"):
        return False
    if kind == "phone" and (after[:1] == "A" or before in ("9A", "-A")):  # hexadecimal
        return False
    return not (style == "bare" and (before[-1:] in ("A", "#") or after[:1] == "A"))


# Identifiers with letters

_EMAIL = re.compile(
    r"(?<![A9._%+*\-@])[A9][A9._%+\-]* ?(?:@|[(\[](?:AA|@)[)\]]) ?[A9][A9\-]*"
    r"(?: ?(?:\.|[(\[]AAA[)\]]) ?[A9][A9\-]*)* ?(?:\.|[(\[]AAA[)\]]) ?A{2,}"
)
_ACCOUNT = re.compile(r"(?=(?:[^9]*9){10,16}[^9]*$)(?:가{2,8}[ :]*)?9[9 \-]{8,22}9$")
_MIXED: tuple[tuple[str, Style, re.Pattern[str]], ...] = (
    ("passport", "old", re.compile(r"(?<![A9])A[ \-]?9{4}[ \-]?9{4}(?![A9])")),
    ("passport", "two", re.compile(r"(?<![A9])AA[ \-]?9{3}[ \-]?9{4}(?![A9])")),
    ("passport", "new", re.compile(r"(?<![A9])A[ \-]?9{3}[ \-]?A[ \-]?9{4}(?![A9])")),
    ("passport", "loose", re.compile(r"(?<![A9])A(?: [9A]){8}(?! ?[A9])")),
    ("vehicle", "split", re.compile(r"(?<![A9])(?:가가[ \-]?)?9 ?9 ?(?:9 ?)?[\-]?가[ \-]?9 ?9 ?9 ?9(?![9A]| 9)")),
    ("driver_licence", "named", re.compile(r"가가[ \-.]{0,3}99[ \-.]{1,3}9{6}[ \-.]{1,3}99(?![9A])")),
)
# Of licences and older plates
REGIONS = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주"
PLATE_LETTERS = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주아바사자배하허호육해공국합"

_ZEROED = r"[\dOo\s\-./_()]+"

# What a span must be besides its shape; both `re` and RE2 read these
LITERAL: dict[tuple[str, str], str] = {
    ("email", "split"): r"(?i)^[\w.%+\-]+ ?(?:@|[(\[](?:at|@)[)\]]) ?[\w\-]+(?: ?(?:\.|[(\[]dot[)\]]) ?[\w\-]+)+$",
    ("passport", "old"): r"(?i)^[MSRODG]",
    ("passport", "two"): r"(?i)^(?:[MSRODGPJ][A-Z])",
    ("passport", "new"): r"(?i)^[MSRODG]",
    ("passport", "loose"): r"(?i)^[MSRODG](?: \d){3} [A-Z\d](?: \d){4}$",
    ("vehicle", "split"): rf"^(?:[가-힣]{{2}}[\s\-]?)?\d\s*\d\s*(?:\d\s*)?\-?\s*[{PLATE_LETTERS}]",
    ("driver_licence", "named"): rf"^(?:{REGIONS})",
    **{(kind, style): rf"^{_ZEROED}$" for kind in ("resident", "card", "phone") for style in ("lettered", "coded")},
    ("phone", "lettered_abroad"): rf"^\+?8\s*2{_ZEROED}$",
    ("resident", "decimal"): r"\.0+$",
    ("phone", "split"): r"^(?:0\s*2\D|0\s*\d\s*\d|1 ?[568] ?\d ?\d\D)",
    ("phone", "abroad"): r"^\+?8\s*2",
    ("phone", "dialled"): r"^0\s*0[\s\-.]*8\s*2",
}


def _mixed(shape_: str) -> Iterator[Form]:
    for kind, style, pattern in _MIXED:
        for match in pattern.finditer(shape_):
            places = [at for at in range(*match.span()) if shape_[at] == "9"]
            yield Form(kind, style, tuple(places), *match.span())
