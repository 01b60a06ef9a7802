"""Check digits, dates and prefixes. `d` holds digits by place: each an integer, or an array with one per row.

Only arithmetic and `&`, `|`: the same rule judges one number in a log line and a million in a column.
"""

import time
from collections.abc import Sequence
from typing import Any

Digits = Sequence[Any]


def this_year() -> int:
    """Nobody is born later."""
    return time.gmtime().tm_year


_RESIDENT = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_ALTERNATING = (1, 2)
_GTIN = (1, 3)
_BUSINESS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def number(d: Digits, start: int, end: int) -> Any:
    """The digits from `start` up to `end` as a number."""
    value = d[start] * 1
    for place in range(start + 1, end):
        value = value * 10 + d[place]
    return value


def _sum(d: Digits, weights: Sequence[int], places: int) -> Any:
    return sum(d[i] * weights[i % len(weights)] for i in range(places))


def day(month: Any, day_: Any) -> Any:
    """Whether there is such a day in some year."""
    longest = 30 + (month + month // 8) % 2 - (month == 2)
    return (month >= 1) & (month <= 12) & (day_ >= 1) & (day_ <= longest)


def six_digit_date(d: Digits) -> Any:
    """YYMMDD."""
    return day(number(d, 2, 4), number(d, 4, 6))


def full_date(d: Digits) -> Any:
    """YYYYMMDD of somebody who may be alive."""
    year = number(d, 0, 4)
    return (year >= 1900) & (year <= this_year()) & day(number(d, 4, 6), number(d, 6, 8))


def resident(d: Digits) -> Any:
    """13 digits: a birth date, then 1-4 for citizens or 5-8 for foreigners, odd for men, by century."""
    sex = d[6]
    of_this_century = ((sex == 3) | (sex == 4) | (sex == 7) | (sex == 8)) & (number(d, 0, 2) <= this_year() % 100)
    return six_digit_date(d) & (of_this_century | (sex == 1) | (sex == 2) | (sex == 5) | (sex == 6))


def foreign(d: Digits) -> Any:
    """Which half of them: a foreigner's 7th digit."""
    return (d[6] >= 5) & (d[6] <= 8)


def resident_check(d: Digits) -> Any:
    """The check digit, which numbers issued since October 2020 lack; a foreigner's is two further."""
    return (11 - _sum(d, _RESIDENT, 12) % 11 + 2 * foreign(d)) % 10 == d[12]


def since_2020(d: Digits) -> Any:
    """Whom numbers without check digit are given to: those born since October 2020, and newly come foreigners."""
    year, month = number(d, 0, 2), number(d, 2, 4)
    born = ((d[6] == 3) | (d[6] == 4)) & ((year > 20) | ((year == 20) & (month >= 10)))
    return born | foreign(d)


def corporate_check(d: Digits) -> Any:
    """법인등록번호."""
    return (10 - _sum(d, _ALTERNATING, 12) % 10) % 10 == d[12]


def corporate(d: Digits) -> Any:
    """Looks given by a registry office: its code, a kind of corporation, a check digit of its own and no resident's."""
    office, kind = number(d, 0, 4), number(d, 4, 6)
    usual = (office % 100 == 1) | (office % 100 == 11) | (office % 100 == 12)
    kinds = (kind == 11) | (kind == 14) | (kind == 15) | (kind == 21) | (kind == 22) | (kind == 71)
    return usual & (office >= 1101) & (office <= 2899) & kinds & corporate_check(d)


def gtin(d: Digits) -> Any:
    """Bar codes of goods and books (EAN-13, ISBN-13)."""
    return (10 - _sum(d, _GTIN, 12) % 10) % 10 == d[12]


def clock_time(d: Digits) -> Any:
    """YYMMDDhhmmss and one more digit."""
    return six_digit_date(d) & (number(d, 6, 8) <= 23) & (number(d, 8, 10) <= 59) & (number(d, 10, 12) <= 59)


def business(d: Digits) -> Any:
    """사업자등록번호: 10 digits."""
    return (10 - (_sum(d, _BUSINESS, 9) + d[8] * 5 // 10) % 10) % 10 == d[9]


def luhn(d: Digits) -> Any:
    """ISO/IEC 7812."""
    total = 0
    for place, digit in enumerate(reversed(d)):
        doubled = digit * 2
        total = total + (doubled - 9 * (doubled > 9) if place % 2 else digit)
    return total % 10 == 0


def card(d: Digits) -> Any:
    """A known issuer's prefix and Luhn; 9 are Korean cards for use at home."""
    first, two, four = d[0], number(d, 0, 2), number(d, 0, 4)
    if len(d) == 16:
        issued = (first == 4) | ((two >= 51) & (two <= 55)) | ((four >= 2221) & (four <= 2720)) | (two == 35)
        issued = issued | (two == 62) | (two == 65) | (four == 6011) | (two == 94) | (two == 95)
    elif len(d) == 15:
        issued = (two == 34) | (two == 37)
    else:
        issued = (two == 36) | (two == 38) | (two == 30)
    return issued & luhn(d)


def mobile(d: Digits) -> Any:
    """010 and its forerunners, 10 or 11 digits."""
    three = number(d, 0, 3)
    if len(d) == 11:
        old = (three == 11) | (three == 16) | (three == 17) | (three == 18) | (three == 19)
        return ((three == 10) | old) & (d[3] >= 0)
    if len(d) == 10:
        old = (three == 11) | (three == 16) | (three == 17) | (three == 18) | (three == 19)
        return old & (d[3] >= 2)
    return d[0] < 0


def given_mobile(d: Digits) -> Any:
    """Those of them whose fourth digit is in use."""
    return mobile(d) & (d[3] >= 2)


_NATIONWIDE = (1522, 1533, 1544, 1566, 1577, 1588, 1599, 1600, 1611, 1644, 1660, 1661, 1666, 1668, 1670, 1688, 1800,
               1811, 1833, 1855, 1877, 1899)  # fmt: skip
_AREAS = (31, 32, 33, 41, 42, 43, 44, 51, 52, 53, 54, 55, 61, 62, 63, 64, 70)


def landline(d: Digits) -> Any:
    """Area codes, internet telephones, numbers paid by the called or forwarded."""
    places, two, three = len(d), number(d, 0, 2), number(d, 0, 3)
    if places == 8:
        four = number(d, 0, 4)
        known = d[0] < 0
        for given in _NATIONWIDE:
            known = known | (four == given)
        return known
    seoul = (two == 2) & (d[2] >= 2) if places in (9, 10) else d[0] < 0
    known = d[0] < 0
    if places in (10, 11):
        for area in (*_AREAS, 80):
            known = known | (three == area)
        known = known & (d[3] >= 1)
    if places in (11, 12):
        known = known | ((three == 50) & (d[3] >= 2))
    return seoul | known


def licence(d: Digits) -> Any:
    """12 digits: region 11-28, year of issue, serial, and two that the police do not explain."""
    region = number(d, 0, 2)
    return (region >= 11) & (region <= 28)


def insured(d: Digits) -> Any:
    """건강보험증번호: 11 digits, the first one to nine."""
    return d[0] >= 1
