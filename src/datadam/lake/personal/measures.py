"""What is asked of each candidate's digits: yes or no for one number, one answer a row for a column."""

from typing import Any

from datadam.lake.personal import checks
from datadam.lake.personal.checks import Digits

Measures = dict[str, Any]


def _not(found: Any) -> Any:
    return found == 0


def resident(d: Digits, style: str) -> Measures:
    """`alone`: enough to tell even where nothing else speaks for it."""
    plausible, foreign = checks.resident(d), checks.foreign(d)
    checked = plausible & checks.resident_check(d)
    if style in ("split", "lettered"):
        alone = checked | (plausible & _not(checks.corporate(d)))
    elif style == "loose":
        alone = checked | (plausible & checks.since_2020(d) & _not(checks.clock_time(d)))
    else:
        alone = checked
    return {
        "plausible": plausible & _not(foreign),
        "checked": checked & _not(foreign),
        "alone": alone & _not(foreign),
        "foreign_plausible": plausible & foreign,
        "foreign_checked": checked & foreign,
        "foreign_alone": alone & foreign,
    }


def others_of_13(d: Digits) -> Measures:
    """What else 13 digits may be."""
    return {"corporate": checks.corporate_check(d), "gtin": checks.gtin(d), "clock": checks.clock_time(d)}


def phone(d: Digits, style: str) -> Measures:
    mobile = checks.mobile(d)
    found = {"mobile": mobile, "landline": checks.landline(d) & _not(mobile)}
    return found | ({"business": checks.business(d)} if style == "bare" and len(d) == 10 else {})


def measure(kind: str, style: str, d: Digits) -> Measures:
    """The measures of one kind's candidates; `ok` where there is but one."""
    if kind == "resident":
        return resident(d, style)
    if kind == "phone":
        return phone(d, style)
    if kind == "card":
        return {"ok": checks.card(d)}
    if kind == "driver_licence" and style != "named":
        return {"ok": checks.licence(d)}
    if kind == "health_insurance":
        return {"ok": checks.insured(d)}
    return {"ok": d[0] >= 0} if len(d) else {}
