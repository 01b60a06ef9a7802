"""Identifiers masked in any text. `re` alone: logs of a web process go through here.

Liberal where scanning is careful: what merely may be an identifier is masked too.
"""

import re
import unicodedata
from collections.abc import Callable

from datadam.lake.personal.forms import LITERAL, ZERO, Form, find, shape
from datadam.lake.personal.labels import labelled
from datadam.lake.personal.measures import measure
from datadam.lake.personal.surnames import is_name
from datadam.lake.personal.wording import ADDRESS, About, Called, says_officer, says_person
from datadam.lake.personal.wording import said as said_kind

_LITERAL = {key: re.compile(pattern) for key, pattern in LITERAL.items()}
_NAMED = re.compile(r"[가-힣]{2,5}|[A-Za-z][A-Za-z .,'\-]+")  # what a cell of a column of names may be
_HOUSE = re.compile(r"\d+")
_HOUSED = re.compile(r"(?:로|길|동|리|가) ?(?:산 ?)?\d+(?:-\d+)?(?:[ ,(번]|$)|\d+ ?동 ?\d+ ?호")
_DECIMAL = re.compile(r"(?<=\d{9})\.0{1,6}$")
_OF_FORM = {"resident": "resident_number"}
_ONLY_LABELLED = {
    ("driver_licence", "bare"), ("health_insurance", "bare"), ("health_insurance", "split"), ("passport", "two"),
    ("bank_account", "bare"),
}  # fmt: skip


def masked(text: str) -> str:
    """Every structured identifier in a text masked; the rest of it as it was."""
    spans = found(text)
    for kind, start, end in reversed(spans):
        text = text[:start] + masked_value(text[start:end], kind) + text[end:]
    return text


def found(text: str) -> list[tuple[str, int, int]]:
    """Kind, start and end of every structured identifier in a text, in order; of those that overlap the longest."""
    if not any(map(str.isdigit, text)) and "@" not in text and "＠" not in text and "(at" not in text.lower():
        return _apart([(kind, a, b) for kind, a, b in labelled(text) if kind == "name"])
    shaped, places = shape(text)
    spans = [(_OF_FORM.get(form.kind, form.kind), places[form.start], places[form.end - 1] + 1)
             for form in find(shaped) if _is_one(text, form, places)]  # fmt: skip
    return _apart([*spans, *labelled(text)])


def _is_one(text: str, form: Form, places: list[int] | range) -> bool:
    if (form.kind, form.style) in _ONLY_LABELLED:
        return False
    literal = _LITERAL.get((form.kind, form.style))
    if literal and not literal.search(_plain(text[places[form.start] : places[form.end - 1] + 1])):
        return False
    if not form.digits:
        return True
    digits = [0 if at == ZERO else int(unicodedata.digit(text[places[at]], 0)) for at in form.digits]
    told = measure(form.kind, form.style, digits)
    return any(told.get(name) for name in ("plausible", "foreign_plausible", "mobile", "landline", "ok"))


def _plain(text: str) -> str:
    shaped, places = shape(text)
    plain = (unicodedata.normalize("NFKC", text[at]) for at in places)
    return "".join("-" if kind == "-" else char for kind, char in zip(shaped, plain, strict=True))


def _apart(spans: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    chosen: list[tuple[str, int, int]] = []
    for span in sorted(spans, key=lambda span: (span[1] - span[2], span[1])):
        if all(span[2] <= start or end <= span[1] for _, start, end in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span[1])


# One value


def masked_value(value: str, kind: str) -> str:
    """A value that is known to be of a kind, masked so that its form stays."""
    if kind == "email":
        return _mail(value)
    if kind == "name":
        return _name(value)
    if kind == "address":
        return _HOUSE.sub(lambda m: "*" * len(m[0]), value)
    first, last = _KEPT.get(kind, (0, 0))
    places = _places(value, kind)
    if first == 6:  # the birth date of a number that may have lost its noughts
        first = max(0, first - max(0, 13 - len(places)))
    return _digits(value, places, first, last)


_KEPT = {  # digits kept at the beginning and at the end
    "resident_number": (6, 0), "foreigner_number": (6, 0), "phone": (3, 4), "card": (4, 4), "bank_account": (3, 0),
    "driver_licence": (4, 0), "vehicle": (2, 0), "passport": (0, 0), "health_insurance": (1, 0), "birth_date": (4, 0),
}  # fmt: skip


_NOUGHTS = "OoＯｏ"
_LETTERED = ("resident_number", "foreigner_number", "phone", "card")


def _places(value: str, kind: str) -> list[int]:
    """Where the digits stand, and letters in their place, without the `.0` of a number that a spreadsheet wrote."""
    decimal = _DECIMAL.search(value)
    whole = value[: decimal.start()] if decimal else value
    noughts = _NOUGHTS if kind in _LETTERED and _is_lettered(whole) else ""
    return [at for at, char in enumerate(whole) if unicodedata.digit(char, None) is not None or char in noughts]


def _is_lettered(value: str) -> bool:
    """Whether its only letters are those that stand for noughts."""
    return {char for char in value if char.isalpha()} <= set(_NOUGHTS)


def _digits(value: str, places: list[int], first: int, last: int) -> str:
    if len(places) < 9:
        first = min(first, len(places) // 2)
        last = 4 if last and len(places) >= 8 else 0
    chars = list(value)
    for at in places[first : len(places) - last]:
        chars[at] = "*"
    return "".join(chars)


def _mail(value: str) -> str:
    at = re.search(r" ?[@＠]| ?[(\[]", value)
    return value[:1] + "***" + value[at.start() :] if at else "***"


def _name(value: str) -> str:
    word = value.strip()
    if len(word) <= 1:
        return "*" * len(word)
    return word[0] + "*" * max(1, len(word) - 2) + (word[-1] if len(word) > 2 else "")


# A page's cells

_WHOLE = ("resident_number", "foreigner_number", "passport", "driver_licence", "phone", "email", "card", "bank_account",
          "vehicle", "health_insurance", "birth_date")  # fmt: skip


def masked_grid(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Raw cells for a page: columns that look personal masked whole, identifiers masked anywhere.

    Where a column says a person or holds resident numbers, houses in addresses and columns of names are masked as well.
    """
    kinds = [_kind_of(name) for name in header]
    width = max([len(header), *map(len, rows)])
    kinds += [""] * (width - len(kinds))
    columns = [[row[at] for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    if About.of(Called(name, name) for name in header).people or "name" in kinds or any(map(_holds_residents, columns)):
        for at, cells in enumerate(columns):
            if not kinds[at]:
                kinds[at] = _kind_beside(header[at] if at < len(header) else "", cells)
    return [[_masked_cell(cell, kinds[at]) for at, cell in enumerate(row)] for row in rows]


def _holds_residents(cells: list[str]) -> bool:
    return any(kind == "resident_number" for cell in cells for kind, _, _ in found(cell))


def _kind_beside(name: str, cells: list[str]) -> str:
    """What a column holds where the rows are about people."""
    if ADDRESS.search(name) or _mostly(cells, lambda cell: bool(_HOUSED.search(cell))):
        return "address"
    return "name" if _mostly(cells, lambda cell: is_name(cell.strip())) else ""


def _mostly(cells: list[str], test: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= 0.6 * len(cells)


def _kind_of(name: str) -> str:
    kind = said_kind(name)
    if kind in _WHOLE:
        return kind
    return "name" if says_person(name) or says_officer(name) else ""


def _masked_cell(cell: str, kind: str) -> str:
    done = masked(cell)
    if kind == "name" and not _NAMED.fullmatch(cell.strip()):
        return done
    return masked_value(done, kind) if kind == "address" or (kind and done == cell) else done
