"""Whether a column's values, as its profile tells of them, are those of a domain."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog.standards.entries import Domain, Term

NUMBERS, TEXTS = ("integer", "number"), ("text",)
DAYS = ("date", "timestamp")
DATED = re.compile(r"연월일|일시|일자|YYYYMMDD|YYYY-MM-DD", re.IGNORECASE)
NUMERIC = re.compile(r"NUM|DEC|INT|FLOAT|DOUBLE|REAL")
TEXTUAL = re.compile(r"CHAR|TEXT|CLOB|STRING")
TIMED = re.compile(r"DATE|TIME")
CHOICES = re.compile(r"^[^,;|/]{1,30}(?:[,;|/]\s*[^,;|/]{1,30})+$")
PAIR = re.compile(r"\s*[:：=].*$")
RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[~∼–-]\s*(\d+(?:\.\d+)?)")
DAY_SHAPES = {"99999999", "9999-99-99", "9999.99.99", "9999/99/99"}
SHAPE_OF = {"9": r"\d", "A": r"[A-Za-z]", "가": r"[가-힣]"}


@dataclass(frozen=True)
class Clue:
    """Something seen, by its code, with the facts that its words need."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Fit:
    """What speaks for a domain, what against it, and the type that the column should be read as ("" as it is)."""

    support: list[Clue] = field(default_factory=list)
    conflicts: list[Clue] = field(default_factory=list)
    retype: str = ""


def fit(column: Mapping[str, Any], profile: Mapping[str, Any], domain: Domain | None, term: Term | None) -> Fit:
    """Compare a column of a release and its profile with a domain; nothing is said where nothing can be seen."""
    made = Fit()
    if domain is None:
        return made
    if profile.get("count") and profile.get("nulls") == profile.get("count"):
        made.support.append(Clue("all_empty"))
        return made
    _type(made, column["type"], profile, domain)
    _length(made, column["type"], profile, domain)
    _allowed(made, profile, (term.allowed if term else "") or domain.allowed)
    return made


def wanted_type(domain: Domain) -> str:
    """text, number, date or "" when the domain does not tell."""
    named = f"{domain.group} {domain.classification} {domain.name} {domain.storage_format}"
    if NUMERIC.search(domain.data_type):
        return "number"
    if TIMED.search(domain.data_type) or DATED.search(named):
        return "date"
    if "연도" in named or "연월" in named:  # a year or a month is told as text, as a number and as a date
        return ""
    return "text" if TEXTUAL.search(domain.data_type) else ""


def _type(made: Fit, found: str, profile: Mapping[str, Any], domain: Domain) -> None:
    wanted = wanted_type(domain)
    fits = {"date": DAYS, "number": NUMBERS, "text": ("text", "boolean")}.get(wanted)
    if fits is None:
        return
    facts = {"wanted": wanted, "found": found, "domain": domain.name}
    if found in fits:
        made.support.append(Clue("type_fits", facts))
        return
    made.retype = _mended(wanted, found, profile, domain)
    if not made.retype:
        made.conflicts.append(Clue("type_differs", facts))
    else:
        made.support.append(Clue("type_mendable", {**facts, "type": made.retype}))


def _mended(wanted: str, found: str, profile: Mapping[str, Any], domain: Domain) -> str:
    """The type to ask for when the values can be read as it, or "" when they seem not to be."""
    shape = str(profile.get("pattern") or "")
    if wanted == "text":  # codes and numbers whose leading zeros count
        return "text" if found in NUMBERS else ""
    if wanted == "date":
        low, high = profile.get("min"), profile.get("max")
        eight = found == "integer" and all(isinstance(v, int) and 19000101 <= v <= 21001231 for v in (low, high))
        return "date" if eight or (found == "text" and shape in DAY_SHAPES) else ""
    digits = bool(shape) and not shape.strip("9,.-") and shape.strip(",.-") != ""
    seen = [str(value) for value, _ in profile.get("top", ())]
    numeric = all(re.fullmatch(r"-?[\d,]+(?:\.\d+)?", value.strip()) for value in seen)
    if found == "text" and digits and seen and numeric:
        return "number" if domain.scale or "." in shape else "integer"
    return ""


def _seen(profile: Mapping[str, Any]) -> list[str]:
    """The values that a profile shows."""
    ends = [profile.get("min"), profile.get("max")]
    return [str(value) for value in (*(value for value, _ in profile.get("top", ())), *ends) if value is not None]


def _length(made: Fit, found: str, profile: Mapping[str, Any], domain: Domain) -> None:
    seen = _seen(profile)
    if not domain.length or not seen or found not in ("text", "integer") or made.retype == "date":
        return
    longest = max(seen, key=len)
    facts = {"length": len(longest), "most": domain.length, "domain": domain.name}
    if len(longest) > domain.length:
        made.conflicts.append(Clue("too_long", facts))
    elif domain.data_type == "CHAR" and found == "text" and {len(value) for value in seen} == {domain.length}:
        made.support.append(Clue("length_fits", facts))


def choices(allowed: str) -> list[str]:
    """The values of an enumeration such as `Y, N` or `1:남자, 2:여자`; [] when it is none."""
    text = " ".join(allowed.split())
    if not CHOICES.match(text) or RANGE.search(text):
        return []
    return [PAIR.sub("", each).strip() for each in re.split(r"[,;|/]", text) if each.strip()]


def _allowed(made: Fit, profile: Mapping[str, Any], allowed: str) -> None:
    listed = choices(allowed)
    bounds = RANGE.search(allowed) if not listed else None
    low, high = profile.get("min"), profile.get("max")
    if listed:
        _listed(made, listed, allowed, profile.get("top", ()))
    elif bounds and all(isinstance(value, int | float) for value in (low, high)):
        facts = {"allowed": bounds[0]}  # never the values: reports are read by others than the rows
        inside = float(bounds[1]) <= float(low or 0) and float(high or 0) <= float(bounds[2])
        (made.support if inside else made.conflicts).append(Clue("in_range" if inside else "out_of_range", facts))


def _listed(made: Fit, listed: list[str], allowed: str, top: Sequence[Sequence[Any]]) -> None:
    values = [str(value) for value, _ in top]
    known = {each.casefold() for each in listed}
    others = [value for value in values if value.strip().casefold() not in known]
    facts = {"allowed": ", ".join(listed)[:80]}
    if others:
        made.conflicts.append(Clue("not_allowed", {**facts, "count": len(others)}))
    elif values:
        made.support.append(Clue("allowed_fits", facts))
