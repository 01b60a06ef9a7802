"""From text to types: what a column's values are, and the SQL that makes them so.

A format is believed when at least 98 % of a sample's values match it; it is then held against every value of the file.
Rows that fail are quarantined; a format that fails more often is widened and the file read again (see `intake`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from datadam.lake.types import ColumnType

BELIEF = 0.98
SUPPRESSED = ("X", "x")  # statistics offices withhold a figure so; a mark only where other values are typed
NONE = ("-", "--")  # there is none
MISSING = ("-", "NA", "N/A", "n/a", "null", "NULL", "Null", "\\N", "#N/A", "NaN", "nan", "None", "N/D", "--")
PERIOD_NAME = re.compile(r"년월|월|기간|기준|시점|분기|일자|날짜|ym|month|period|date", re.IGNORECASE)
CODE_NAME = re.compile(r"코드|우편번호|사업자.*번호|등록번호|(?:code|cd|zip)\s*$", re.IGNORECASE)
NUMBER_NAME = re.compile(r"번호\s*$")  # codes only where all are of one length
SEOUL = "AT TIME ZONE 'Asia/Seoul'"
# DuckDB reads 21-05-03 as a day of the year 21
FULL_YEAR = "CASE WHEN CAST({t} AS DATE) >= DATE '1000-01-01' THEN TRUE ELSE {x}[1:3] = '000' END"
NO_ZONE = "NOT contains({x}, '+') AND NOT contains({x}[11:], '-') AND {x}[-1] BETWEEN '0' AND '9'"


@dataclass(frozen=True)
class Format:
    """One way of writing a type: `value` makes it of {x}, the text (SQL); `valid` may judge {x} and {t}, its value."""

    code: str
    label: str  # how it is written, for people
    type: ColumnType
    pattern: str
    value: str
    valid: str = ""  # further condition beside the value not being null
    wider: str = ""  # the code of the format to fall back on before text
    needs_name: bool = False  # believed only when the column's name speaks of a period

    def matches(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None


def _date(label: str, pattern: str, value: str, code: str = "date", *, needs_name: bool = False) -> Format:
    return Format(code, label, "date", pattern, f"CAST({value} AS DATE)", FULL_YEAR, needs_name=needs_name)


def _moment(label: str, pattern: str, value: str) -> Format:
    return Format("timestamp", label, "timestamp", pattern, f"({value}) {SEOUL}", f"{FULL_YEAR} AND {NO_ZONE}")


YEAR = r"(?:1[6-9]|20|21)\d{2}"
WHOLE = r"(?:0|[1-9]\d{0,14})"  # 15 digits are what a double holds of any whole number
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"

FORMATS: tuple[Format, ...] = (
    _date("YYYYMMDD", rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", "try_strptime({x}, '%Y%m%d')"),
    _date("YYYYMM", rf"{YEAR}(?:0[1-9]|1[0-2])", "try_strptime({x}, '%Y%m')", "month", needs_name=True),
    _date("YYYY.MM", rf"{YEAR}[.](?:0[1-9]|1[0-2])", "try_strptime({x}, '%Y.%m')", "month", needs_name=True),
    Format(
        "integer",
        "0",
        "integer",
        r"[+-]?(?:0|[1-9]\d{0,17})",
        "TRY_CAST({x} AS BIGINT)",
        r"regexp_full_match({x}, '[+-]?(0|[1-9]\d*)')",
        wider="number",
    ),
    Format(
        "thousands_separator",
        "0,000",
        "integer",
        r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3}){1,5}|0|[1-9]\d{0,17})",
        "TRY_CAST(replace({x}, ',', '') AS BIGINT)",
        r"regexp_full_match({x}, '[+-]?([1-9]\d{0,2}(,\d{3})+|0|[1-9]\d*)')",
        wider="thousands_decimal",
    ),
    Format(
        "number",
        "0.0",
        "number",
        rf"[+-]?(?:{WHOLE}(?:\.\d*)?|\.\d+|{WHOLE}\.\d*[eE]\d{{1,3}}|(?:{WHOLE}(?:\.\d*)?|\.\d+)[eE][+-]\d{{1,3}})",
        "TRY_CAST({x} AS DOUBLE)",
        # 3E5 is a flat and 12E3 a lot: an exponent has a sign, or a point before it
        rf"isfinite({{t}}) AND regexp_full_match({{x}},"
        rf" '[+-]?({WHOLE}?(\.\d*)?|\d*\.\d*[eE][+-]?\d+|\d+[eE][+-]\d+)')",
        wider="thousands_decimal",
    ),
    Format(
        "thousands_decimal",
        "0,000.0",
        "number",
        r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|0|[1-9]\d{0,14})(?:\.\d*)?",
        "TRY_CAST(replace({x}, ',', '') AS DOUBLE)",
        r"regexp_full_match({x}, '[+-]?([1-9]\d{0,2}(,\d{3}){1,4}|0|[1-9]\d{0,14}|)(\.\d*)?([eE][+-]\d+)?')",
    ),
    _date("YYYY-MM-DD", rf"{YEAR}-\d{{1,2}}-\d{{1,2}}", "try_strptime({x}, '%Y-%m-%d')"),
    _date(
        "YYYY.MM.DD",
        rf"{YEAR}\.\s?\d{{1,2}}\.\s?\d{{1,2}}\.?",
        "coalesce(try_strptime({x}, '%Y.%m.%d'), try_strptime(rtrim(replace({x}, ' ', ''), '.'), '%Y.%m.%d'))",
    ),
    _date("YYYY/MM/DD", rf"{YEAR}/\d{{1,2}}/\d{{1,2}}", "try_strptime({x}, '%Y/%m/%d')"),
    _date(
        "YYYY년 M월 D일",
        rf"{YEAR}년\s?\d{{1,2}}월\s?\d{{1,2}}일",
        "try_strptime(replace({x}, ' ', ''), '%Y년%m월%d일')",
    ),
    _date("YYYY년 M월", rf"{YEAR}년\s?\d{{1,2}}월", "try_strptime(replace({x}, ' ', ''), '%Y년%m월')", "month"),
    _date("YYYY-MM", rf"{YEAR}-(?:0[1-9]|1[0-2])", "try_strptime({x}, '%Y-%m')", "month"),
    _date("YYYY.MM 월", rf"{YEAR}[.](?:0[1-9]|1[0-2])\s?월", "try_strptime({x}[1:7], '%Y.%m')", "month"),
    _date(
        "YYYY년 Q분기",
        rf"{YEAR}(?:년\s?|\.\s?|\s)[1-4](?:/4\s?)?\s?분기",
        "try_strptime({x}[1:4] || '-' || "
        "(3 * CAST(regexp_extract({x}, '([1-4])(/4 ?)? ?분기', 1) AS INTEGER) - 2)::VARCHAR,"
        " '%Y-%m')",
        "quarter",
    ),
    Format(
        "percent",
        "0.0%",
        "number",
        rf"[+-]?{WHOLE}(?:\.\d*)?\s?%",
        "TRY_CAST(rtrim({x}, '% ') AS DOUBLE)",
        r"regexp_full_match({x}, '[+-]?\d+(\.\d*)?\s?%')",
    ),
    _moment(
        "YYYY-MM-DD hh:mm:ss",
        rf"{YEAR}-\d{{1,2}}-\d{{1,2}}[ T]{CLOCK}",
        "TRY_CAST(CASE WHEN length({x}) < 17 AND regexp_full_match({x}, '.{8,11}\\d{1,2}:\\d{2}')"
        " THEN {x} || ':00' ELSE {x} END AS TIMESTAMP)",
    ),
    _moment(
        "YYYY.MM.DD hh:mm:ss",
        rf"{YEAR}\.\d{{1,2}}\.\d{{1,2}}\.? {CLOCK}",
        "coalesce(try_strptime({x}, '%Y.%m.%d %H:%M:%S'), try_strptime({x}, '%Y.%m.%d %H:%M'))",
    ),
    _moment(
        "YYYY/MM/DD hh:mm:ss",
        rf"{YEAR}/\d{{1,2}}/\d{{1,2}} {CLOCK}",
        "coalesce(try_strptime({x}, '%Y/%m/%d %H:%M:%S'), try_strptime({x}, '%Y/%m/%d %H:%M'))",
    ),
    _moment(
        "YYYYMMDDhhmmss",
        rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d",
        "try_strptime({x}, '%Y%m%d%H%M%S')",
    ),
    Format(
        "timestamp_zone",
        "ISO 8601",
        "timestamp",
        rf"{YEAR}-\d{{2}}-\d{{2}}[ T]{CLOCK}(?:Z|[+-]\d{{2}}:?\d{{2}})",
        "TRY_CAST({x} AS TIMESTAMPTZ)",
    ),
    Format(
        "boolean",
        "true/false",
        "boolean",
        r"(?i:true|false)",
        "CASE lower({x}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
    ),
)
TEXT = Format("text", "", "text", r"(?s:.*)", "{x}")

# Policy "none": a type is taken only if writing the value again gives the same text.
EXACT: tuple[Format, ...] = (
    Format(
        "integer",
        "0",
        "integer",
        r"0|-?[1-9]\d{0,17}",
        "TRY_CAST({x} AS BIGINT)",
        "CAST({t} AS VARCHAR) = {x}",
    ),
    Format(
        "number",
        "0.0",
        "number",
        r"-?(?:0|[1-9]\d*)\.\d+",
        "TRY_CAST({x} AS DOUBLE)",
        "CAST({t} AS VARCHAR) = {x}",
    ),
    Format(
        "date",
        "YYYY-MM-DD",
        "date",
        r"\d{4}-\d{2}-\d{2}",
        "TRY_CAST({x} AS DATE)",
        "CAST({t} AS VARCHAR) = {x}",
    ),
)


def guess(name: str, values: Sequence[str], *, exact: bool) -> Format | None:
    """The format of a column from a sample of its values that are not missing; None when there is none to go by.

    `exact` asks for all values to match and to survive the way back to text.
    """
    if not values:
        return None
    candidates = EXACT if exact else FORMATS
    need = len(values) if exact else BELIEF * len(values)
    if not exact and _code_like(name, values):
        return TEXT
    for candidate in candidates:
        if candidate.needs_name and not PERIOD_NAME.search(name):
            continue
        allowed = len(values) - need
        for value in values:
            if not candidate.matches(value):
                allowed -= 1
                if allowed < 0:
                    break
        else:
            return candidate
    return TEXT


def _code_like(name: str, values: Sequence[str]) -> bool:
    """Codes are text: digits with a leading zero (one is enough), too long to count, or under a name that says so."""
    if any(len(value) > 1 and value[0] == "0" and value.isdigit() for value in values):
        return True
    if not all(value.isdigit() for value in values):
        return False
    return bool(CODE_NAME.search(name)) or (
        bool(NUMBER_NAME.search(name)) and len(values[0]) >= 4 and len({len(value) for value in values}) == 1
    )


def widened(current: Format) -> Format:
    """What to try when `current` fails for more than a few values."""
    return next((f for f in FORMATS if f.code == current.wider), TEXT) if current.wider else TEXT
