"""Columns masked or made coarser, batch by batch, before they reach the disk.

Resident and foreigner numbers are never hashed: a mask keeps their birth date at most (PIPA Art. 24-2).
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.personal.checks import this_year
from datadam.lake.personal.kinds import Protection
from datadam.lake.personal.masking import found, masked_value

_PADDED = {"resident_number": 13, "foreigner_number": 13, "phone": 11}  # noughts that a number lost
_DECIMAL = re.compile(r"\s*(\d{9,13})\.0+\s*")  # as a spreadsheet wrote it
_DISTRICT = re.compile(r"^(.*?\S+(?:시|도)\s+(?:\S+시\s+)?\S+(?:구|군|시)|.*?\S+(?:구|군|시))(?=\s|$)")
_NEIGHBOURHOOD = re.compile(r"\(([가-힣]+\d?동)[,)]|(?:^|\s)([가-힣]+\d?(?:동|읍|면|가|리))(?=\s|$)")
_YEAR = re.compile(r"(?<!\d)((?:18|19|20)\d\d)")
_AREA = re.compile(r"^\D*(?:(?:\+|00)?82[ \-)]*)?(0?2|0?\d\d|1\d\d\d)(?=[ \-).]|\d{7})")


# The commonest writings, which Arrow masks at once just as `masked_value` does
_RESIDENT = (r"^(\d{6})([ \-]?)\d{7}$", r"\1\2*******")
_USUAL = {
    "resident_number": _RESIDENT,
    "foreigner_number": _RESIDENT,
    "phone": (r"^(01\d)([\-. ]?)\d{4}([\-. ]?)(\d{4})$", r"\1\2****\3\4"),
    "email": (r"^([\w.%+\-])[\w.%+\-]*(@[A-Za-z\d\-]+(?:\.[A-Za-z\d\-]+)*\.[A-Za-z]{2,})$", r"\1***\2"),
    "name": (r"^([가-힣])[가-힣]([가-힣])$", r"\1*\2"),
}


def protect(batch: pa.RecordBatch, steps: Sequence[Protection]) -> pa.RecordBatch:
    """The batch with its steps done; columns that it has not are left alone. What is treated becomes text."""
    for step in steps:
        place = batch.schema.get_field_index(step.column)
        if place >= 0:
            batch = batch.set_column(place, step.column, _treated(batch.column(place), step))
    return batch


def _treated(values: Any, step: Protection) -> Any:
    texts = values.cast(pa.string()) if pa.types.is_dictionary(values.type) else _as_text(values, step.kind)
    usual = _USUAL.get(step.kind) if step.action == "mask" else None
    if usual is None:
        return _each(texts, step)
    fits = pc.fill_null(pc.match_substring_regex(texts, usual[0]), True)
    done = pc.replace_substring_regex(texts, *usual)
    if pc.all(fits).as_py() is not False:
        return done
    odd = pc.invert(fits)
    return pc.replace_with_mask(done, odd, _each(texts.filter(odd), step))


def _each(texts: Any, step: Protection) -> Any:
    """Each distinct value once."""
    coded = texts.dictionary_encode()
    change = _change(step)
    done = pa.array([None if v is None else change(v) for v in coded.dictionary.to_pylist()], pa.string())
    return done.take(coded.indices)


def _as_text(values: Any, kind: str) -> Any:
    if pa.types.is_floating(values.type):
        values = values.cast(pa.int64(), safe=False)
    texts = values.cast(pa.string())
    width = _PADDED.get(kind)
    return pc.utf8_lpad(texts, width, "0") if width and pa.types.is_integer(values.type) else texts


def _change(step: Protection) -> Callable[[str], str | None]:
    if step.action == "mask":
        return partial(_masked, kind=step.kind)
    if step.kind == "birth_date":
        return _decade if step.options.get("to") == "decade" else _year
    if step.kind == "address":
        return _neighbourhood if step.options.get("to") == "neighbourhood" else _district
    return _area if step.kind == "phone" else partial(_masked, kind=step.kind)


def _masked(value: str, *, kind: str) -> str:
    """The spans of that kind in a longer text, or the whole value where it is one."""
    decimal = _DECIMAL.fullmatch(value) if kind in _PADDED else None
    if decimal:
        value = decimal[1].zfill(_PADDED[kind])
    spans = [(start, end) for told, start, end in found(value) if told == kind]
    if not spans:
        return masked_value(value, kind)
    for start, end in reversed(spans):
        value = value[:start] + masked_value(value[start:end], kind) + value[end:]
    return value


def _born(value: str) -> int | None:
    year = _YEAR.search(value)
    if year:
        return int(year[1])
    short = re.match(r"\s*(\d\d)\D?\d\d\D?\d\d(?!\d)", value)
    return (1900 if int(short[1]) > this_year() % 100 else 2000) + int(short[1]) if short else None


def _year(value: str) -> str | None:
    born = _born(value)
    return None if born is None else str(born)


def _decade(value: str) -> str | None:
    born = _born(value)
    return None if born is None else f"{max(0, this_year() - born) // 10 * 10}대"


def _district(value: str) -> str | None:
    match = _DISTRICT.match(value)
    return match[1] if match else None


def _neighbourhood(value: str) -> str | None:
    district, match = _district(value), _NEIGHBOURHOOD.search(value)
    return f"{district} {match[1] or match[2]}" if district and match else district


def _area(value: str) -> str | None:
    match = _AREA.match(value)
    return match[1] if match else None
