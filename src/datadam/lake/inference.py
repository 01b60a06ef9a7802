"""From text to types: what a column's values are, and the SQL that makes them so.

A format is believed when at least 98 % of a sample's values match it; it is then held against every value of the file.
Rows that fail are quarantined; a format that fails more often is widened and the file read again (see `intake`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from datadam.lake import clock
from datadam.lake.clock import CLOCK, YEAR
from datadam.lake.types import ColumnType

BELIEF = 0.98
SUPPRESSED = ("X", "x")  # statistics offices withhold a figure so; a mark only where other values are typed
NONE = ("-", "--")  # there is none
MISSING = ("-", "NA", "N/A", "n/a", "null", "NULL", "Null", "\\N", "#N/A", "NaN", "nan", "None", "N/D", "--")
PERIOD_NAME = r"년월|월|기간|기준|시점|분기|일자|날짜|ym|month|period|date"
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
    name: str = ""  # believed only when the column's name says so
    unit: str = ""  # of its values

    def named(self, name: str) -> bool:
        return re.search(self.name, name, re.IGNORECASE) is not None

    def matches(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None


def _date(label: str, pattern: str, value: str, code: str = "date", *, name: str = "", wider: str = "") -> Format:
    return Format(code, label, "date", pattern, f"CAST({value} AS DATE)", FULL_YEAR, wider, name)


def _moment(label: str, pattern: str, value: str) -> Format:
    valid = f"{FULL_YEAR} AND {NO_ZONE}"
    return Format("timestamp", label, "timestamp", pattern, f"({value}) {SEOUL}", valid, "timestamp_any")


def _stamp(label: str, pattern: str, value: str) -> Format:
    return Format("timestamp", label, "timestamp", pattern, f"({value}) {SEOUL}", name=clock.STAMP_NAME)


def _span(label: str, pattern: str, value: str) -> Format:
    return Format("duration", label, "integer", pattern, value, unit="s")


WHOLE = r"(?:0|[1-9]\d{0,14})"  # 15 digits are what a double holds of any whole number
BEYOND = r"[1-8]\d{15}\.0*"  # and what it holds of those with 16

FORMATS: tuple[Format, ...] = (
    _date("YYYYMMDD", rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", "try_strptime({x}, '%Y%m%d')"),
    _date("YYYYMM", rf"{YEAR}(?:0[1-9]|1[0-2])", "try_strptime({x}, '%Y%m')", "month", name=PERIOD_NAME),
    _date("YYYY.MM", rf"{YEAR}[.](?:0[1-9]|1[0-2])", "try_strptime({x}, '%Y.%m')", "month", name=PERIOD_NAME),
    _stamp("YYYYMMDDhh", clock.HOUR_STAMP, clock.HOUR_STAMP_VALUE),
    _stamp("YYYYMMDDhhmm", clock.MINUTE_STAMP, clock.MINUTE_STAMP_VALUE),
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
        rf"[+-]?(?:{WHOLE}(?:\.\d*)?|{BEYOND}|\.\d+|{WHOLE}\.\d*[eE]\d{{1,3}}|(?:{WHOLE}(?:\.\d*)?|\.\d+)[eE][+-]\d{{1,3}})",
        "TRY_CAST({x} AS DOUBLE)",
        # 3E5 is a flat and 12E3 a lot: an exponent has a sign, or a point before it
        rf"isfinite({{t}}) AND regexp_full_match({{x}},"
        rf" '[+-]?({WHOLE}?(\.\d*)?|{BEYOND}|\d*\.\d*[eE][+-]?\d+|\d+[eE][+-]\d+)')",
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
    _date("YYYY-MM-DD", rf"{YEAR}-\d{{1,2}}-\d{{1,2}}", "try_strptime({x}, '%Y-%m-%d')", wider="date_midnight"),
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
    _date("YYYY년 Q분기", clock.QUARTER, clock.QUARTER_VALUE, "quarter"),
    _date("YYYY.MM.DD (요일)", clock.WEEKDAY, clock.WEEKDAY_VALUE),
    _date("'YY.MM.DD", clock.SHORT_YEAR, clock.SHORT_YEAR_VALUE),
    Format(
        "percent",
        "0.0%",
        "number",
        rf"[+-]?{WHOLE}(?:\.\d*)?\s?%",
        "TRY_CAST(rtrim({x}, '% ') AS DOUBLE)",
        r"regexp_full_match({x}, '[+-]?\d+(\.\d*)?\s?%')",
        unit="%",
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
    _date("YYYY-MM-DD 00:00:00", clock.MIDNIGHT, clock.MIDNIGHT_VALUE, "date_midnight", wider="timestamp_any"),
    Format(
        "timestamp_any",
        "YYYY-MM-DD [오전·오후] hh:mm:ss–24:00",
        "timestamp",
        clock.ANY_MOMENT,
        f"({clock.ANY_MOMENT_VALUE}) {SEOUL}",
    ),
    _span("h시간 m분 s초", clock.WORDED, clock.WORDED_VALUE),
    _span("d days h:mm:ss", clock.SPAN, clock.SPAN_VALUE),
    Format("time", "오전·오후 h:mm:ss", "text", clock.HALVED_TIME, clock.HALVED_TIME_VALUE),
    Format(
        "boolean",
        "true/false",
        "boolean",
        r"(?i:true|false)",
        "CASE lower({x}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
    ),
)
HOUR = Format("hour", "hh", "integer", clock.HOUR, "TRY_CAST({x} AS BIGINT)", name=clock.HOUR_NAME)
SUFFIXED = re.compile(
    r"[+-]?[\d,]*\d(?:\.\d+)?\s?(원|천원|만원|백만원|억원|달러|명|천명|건|개|개소|㎡|m²|㎢|km²|km|㎞|m|cm|㎝|mm|㎜|㎏|kg|g|톤|ha"
    r"|ℓ|㎥|㎘|회|대|척|세대|가구|그루|마리|℃|㎍/㎥|MW|kW|kWh|MWh|TEU)"
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
    share = 1.0 if exact else BELIEF
    if not exact and _code_like(name, values):
        return HOUR if HOUR.named(name) and _holds(HOUR, values, 1.0) else TEXT
    for candidate in candidates:
        if candidate.named(name) and _holds(candidate, values, share):
            return TEXT if candidate.code == "duration" and not _spans(name, values) else candidate
    return TEXT if exact else _suffixed(values) or TEXT


def _holds(candidate: Format, values: Sequence[str], share: float) -> bool:
    allowed = len(values) - share * len(values)
    for value in values:
        if not candidate.matches(value):
            allowed -= 1
            if allowed < 0:
                return False
    return True


def _spans(name: str, values: Sequence[str]) -> bool:
    """Whether h:mm is a span, not a time of day: by its words, by the column's name, or because a value is too long."""
    if re.search(clock.SPAN_NAME, name, re.IGNORECASE) or not all(":" in value for value in values):
        return True
    if any(re.match(r".*(?:days?|일)", value) for value in values):
        return True
    of_day = re.search(clock.TIME_OF_DAY, name, re.IGNORECASE)
    too_long = any(re.fullmatch(clock.BEYOND_A_DAY, value) for value in values)
    return not of_day and too_long and all(value.count(":") == 2 for value in values)  # 25:20 may be a score


def _suffixed(values: Sequence[str]) -> Format | None:
    """Figures that all carry one and the same unit: `1,200 원`."""
    found = SUFFIXED.fullmatch(values[0])
    if not found:
        return None
    unit = found[1]
    kind: ColumnType = "number" if any("." in value for value in values) else "integer"
    point = r"(?:\.\d+)?" if kind == "number" else ""
    pattern = rf"[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|{WHOLE}){point}\s?{re.escape(unit)}"
    bare = f"replace(rtrim({{x}}, '{unit} '), ',', '')"
    value = f"TRY_CAST({bare} AS {'DOUBLE' if kind == 'number' else 'BIGINT'})"
    made = Format("unit_suffix", f"0 {unit}", kind, pattern, value, f"regexp_full_match({{x}}, '{pattern}')", unit=unit)
    return made if _holds(made, values, BELIEF) else None


def serials(name: str, values: Sequence[str], *, since_1904: bool) -> tuple[Format, bool] | None:
    """Days as a spreadsheet counts them, and whether that is sure: all plausible, whole and under a clear name."""
    if not re.search(clock.SERIAL_NAME, name, re.IGNORECASE) or len(values) == 0:
        return None
    if not all(re.fullmatch(clock.SERIAL, value) for value in values):
        return None
    whole = all(float(value).is_integer() for value in values)
    sure = whole and re.search(clock.SERIAL_CLEAR, name.strip(), re.IGNORECASE) is not None
    code = "excel_serial_1904" if since_1904 else "excel_serial"
    start = clock.SERIAL_FROM[code]
    valid = f"regexp_full_match({{x}}, '{clock.SERIAL}')"
    if whole:
        days = "CAST(floor(TRY_CAST({x} AS DOUBLE)) AS INTEGER)"
        return Format(
            code, f"days since {start}", "date", clock.SERIAL, f"DATE '{start}' + {days}", valid, "number"
        ), sure
    seconds = "to_seconds(CAST(round(TRY_CAST({x} AS DOUBLE) * 86400) AS BIGINT))"
    value = f"(TIMESTAMP '{start}' + {seconds}) {SEOUL}"
    return Format(code, f"days since {start}", "timestamp", clock.SERIAL, value, valid, "number"), sure


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
