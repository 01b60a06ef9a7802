"""Ways of writing days, hours and spans of time: patterns, and the SQL that reads them from the text {x}.

A span is kept as whole seconds in an integer column whose unit is `s`: Delta has no type for it, DuckDB's INTERVAL
leaves neither Parquet nor Delta Sharing unharmed, and seconds add up, sort and chart in every program.
"""

YEAR = r"(?:1[6-9]|20|21)\d{2}"
MONTH, DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
CLOCK = r"(?:[01]?\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,6})?)?"


def _number(pattern: str, group: int, text: str = "{x}") -> str:
    return f"coalesce(TRY_CAST(regexp_extract({text}, '{pattern}', {group}) AS BIGINT), 0)"


# A day with a time of day or none: hour 24 is the midnight that ends the day, hours may stand alone or be halved.
_DAY = r"(\d{4})[-./]\s?(\d{1,2})[-./]\s?(\d{1,2})\.?"
_HALF = "오전|오후|AM|PM|am|pm"
_HOURS = r"(?:(?:[01]?\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.0{1,6})?)?)?|24(?::00(?::00)?)?)"
_HALVED = r"(?:0?\d|1[0-2]):[0-5]\d(?::[0-5]\d)?"
_TIMES = rf"{_HOURS}|(?:{_HALF})\s?{_HALVED}|{_HALVED}\s?(?:{_HALF})"
ANY_MOMENT = rf"{YEAR}[-./]\s?\d{{1,2}}[-./]\s?\d{{1,2}}\.?(?:[ T](?:{_TIMES}))?"
_REST = rf"regexp_replace({{x}}, '^{_DAY}', '')"
_PARTS = r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?"
_LATE = f"regexp_matches({_REST}, '오후|PM|pm')"
_HOUR = _number(_PARTS, 1, _REST)
SECONDS_OF_DAY = (
    f"CASE WHEN regexp_matches({_REST}, '{_HALF}') THEN {_HOUR} % 12 + CASE WHEN {_LATE} THEN 12 ELSE 0 END"
    f" ELSE {_HOUR} END * 3600 + {_number(_PARTS, 2, _REST)} * 60 + {_number(_PARTS, 3, _REST)}"
)
ANY_MOMENT_VALUE = (
    f"CASE WHEN regexp_full_match({{x}}, '{ANY_MOMENT}') THEN"
    rf" try_strptime(regexp_replace({{x}}, '^{_DAY}.*$', '\1-\2-\3'), '%Y-%m-%d') + to_seconds({SECONDS_OF_DAY}) END"
)
HALVED_TIME = rf"(?:{_HALF})\s?{_HALVED}|{_HALVED}\s?(?:{_HALF})"
HALVED_TIME_VALUE = (
    f"strftime(TIMESTAMP '2000-01-01' + to_seconds(({_number(_PARTS, 1)} % 12"
    " + CASE WHEN regexp_matches({x}, '오후|PM|pm') THEN 12 ELSE 0 END) * 3600"
    f" + {_number(_PARTS, 2)} * 60 + {_number(_PARTS, 3)}), '%H:%M:%S')"
)
MIDNIGHT = rf"{YEAR}-\d{{1,2}}-\d{{1,2}}(?:[ T]0{{1,2}}:00(?::00(?:\.0{{1,6}})?)?)?"
MIDNIGHT_VALUE = r"try_strptime(regexp_extract({x}, '^[\d-]+'), '%Y-%m-%d')"
WEEKDAY = rf"{YEAR}(?:[-./]|년\s?)\s?\d{{1,2}}(?:[-./]|월\s?)\s?\d{{1,2}}[.일]?\s?\([월화수목금토일](?:요일)?\)"
WEEKDAY_VALUE = r"try_strptime(regexp_replace({x}, '^(\d+)\D+(\d+)\D+(\d+).*$', '\1-\2-\3'), '%Y-%m-%d')"
SHORT_YEAR = r"['’‘`]\d{2}\.\s?\d{1,2}\.\s?\d{1,2}\.?"
SHORT_YEAR_VALUE = (
    "try_strptime(CASE WHEN {x}[2:3] < '70' THEN '20' ELSE '19' END"
    r" || regexp_replace({x}, '^.(\d+)\.\s?(\d+)\.\s?(\d+)\.?$', '\1-\2-\3'), '%Y-%m-%d')"
)
HOUR_STAMP = rf"{YEAR}{MONTH}{DAY}(?:[01]\d|2[0-4])"
HOUR_STAMP_VALUE = "try_strptime({x}[1:8], '%Y%m%d') + to_hours(CAST({x}[9:10] AS INTEGER))"
MINUTE_STAMP = rf"{YEAR}{MONTH}{DAY}(?:(?:[01]\d|2[0-3])[0-5]\d|2400)"
MINUTE_STAMP_VALUE = f"{HOUR_STAMP_VALUE} + to_minutes(CAST({{x}}[11:12] AS INTEGER))"
STAMP_NAME = r"일시|시각|시간|일자|날짜|date|time|^tm$|_tm$|_dt$"
QUARTER = rf"{YEAR}(?:(?:년\s?|[.]\s?|\s)[1-4](?:\s?분기|/4\s?(?:분기)?)|\s?[-./]?\s?Q[1-4])"
QUARTER_VALUE = (
    "try_strptime({x}[1:4] || '-' ||"
    " (3 * TRY_CAST(regexp_extract({x}[5:], '([1-4])', 1) AS INTEGER) - 2)::VARCHAR, '%Y-%m')"
)

# Spans
SPAN = r"-?(?:\d{1,5}\s?(?:days?|일),?\s)?\d{1,5}:[0-5]\d(?::[0-5]\d)?"
_SPAN = r"^-?(?:(\d{1,5})\s?(?:days?|일),?\s)?(\d{1,5}):(\d{2})(?::(\d{2}))?$"
_SIGN = "CASE WHEN {x}[1] = '-' THEN -1 ELSE 1 END"
SPAN_VALUE = (
    f"CASE WHEN regexp_full_match({{x}}, '{SPAN}') THEN {_SIGN} * ({_number(_SPAN, 1)} * 86400"
    f" + {_number(_SPAN, 2)} * 3600 + {_number(_SPAN, 3)} * 60 + {_number(_SPAN, 4)}) END"
)
WORDED = r"(?:\d{1,5}일\s?)?(?:\d{1,5}시간(?:\s?\d{1,5}분)?(?:\s?\d{1,5}초)?|\d{1,5}분(?:\s?\d{1,5}초)?|\d{1,5}초)"
_AMOUNT = r"(\d+)"
WORDED_VALUE = (
    f"CASE WHEN regexp_full_match({{x}}, '{WORDED}') THEN {_number(_AMOUNT + '일', 1)} * 86400"
    f" + {_number(_AMOUNT + '시간', 1)} * 3600 + {_number(_AMOUNT + '분', 1)} * 60 + {_number(_AMOUNT + '초', 1)} END"
)
SPAN_NAME = (
    r"소요|걸린|(?:운행|주행|이동|이용|사용|대여|대기|처리|근무|상영|통화|재생|환승)\s?시간|체류|경과|지속"
    r"|duration|elapsed|run\s?time|travel.?time"
)
BEYOND_A_DAY = r"\d+\s?(?:days?|일).*|(?:2[5-9]|[3-9]\d|\d{3,}):.*|24:(?!00).*"
TIME_OF_DAY = (
    r"시각|운영|영업|개점|폐점|종료|시작|첫차|막차|출발|도착|open|close|start|end"  # 26:00 there is two in the morning
)

# Hours of a day from 1 to 24
HOUR = r"[01]?\d|2[0-4]"
HOUR_NAME = (
    r"(?:^|[\s_(])(?:시|시각|시간대?)(?:\s?\(\s?시\s?\)|별|구분)?$|측정\s?(?:시|시간)$|hour|(?:^|_)(?:hh|hr|tmzon)"
)

# Days as a spreadsheet counts them, from 1899-12-30 or (`excel_serial_1904`) from 1904-01-01
SERIAL = r"[2-5]\d{4}(?:\.\d+)?"
SERIAL_NAME = r"일자|날짜|년월일|연월일|일시|(?:^|[\s_.])date"
DAY_NAME = rf"{SERIAL_NAME}|[년연]월|[가-힣][월일]$|ymd|_d(?:t|e)$"  # of whole numbers such as 20230501 and 202305
SERIAL_CLEAR = r"(?:일자|날짜|년월일|연월일|(?:^|[\s_.])date)\s*(?:\([^)]*\))?$"
SERIAL_FROM = {"excel_serial": "1899-12-30", "excel_serial_1904": "1904-01-01"}
