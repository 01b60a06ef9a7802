"""What a quality rule of each kind is told, in JSON and in words; what was typed, checked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from datadam.catalog.models import Rule
from datadam.core.errors import Invalid
from datadam.web.text import Text

LONGEST = 300
MOST_VALUES = 2_000
MOST_COLUMNS = 5
MOST_ROWS = 10**6  # per cent that a row count may change


@dataclass(frozen=True)
class Kind:
    """`fields` are the options that a form asks for; `columns`: how many columns the rule is of, at least and most."""

    words: Text
    hint: Text
    fields: tuple[str, ...]
    columns: tuple[int, int] = (1, 1)


KINDS: dict[str, Kind] = {
    "unique": Kind(
        Text("겹치지 않음", "Unique"),
        Text(
            "고른 열의 값이 (여럿이면 함께) 한 번씩만 나옵니다.", "The values of the columns together come only once."
        ),
        (),
        (1, MOST_COLUMNS),
    ),
    "not_null": Kind(
        Text("빈칸 없음", "Not empty"), Text("열이 채워져 있습니다.", "The column is filled in."), ("share",)
    ),
    "range": Kind(
        Text("범위", "Range"),
        Text("숫자나 날짜가 두 끝 사이에 있습니다.", "Numbers or days lie between two ends."),
        ("min", "max"),
    ),
    "reference": Kind(
        Text("정해진 값", "Known values"),
        Text("목록에 있는 값만 나옵니다.", "Only values of a list occur."),
        ("values",),
    ),
    "pattern": Kind(
        Text("형태", "Pattern"),
        Text("값 전체가 정규식(RE2)에 맞습니다.", "The whole value fits a regular expression (RE2)."),
        ("pattern",),
    ),
    "row_count": Kind(
        Text("행 수", "Row count"),
        Text(
            "지난 판보다 늘거나 준 정도가 이 안에 듭니다.", "It changes by no more than this since the release before."
        ),
        ("least", "most"),
        (0, 0),
    ),
    "drift": Kind(
        Text("분포", "Distribution"),
        Text(
            "값의 분포가 지난 판과 비슷합니다. PSI 0.1은 조금, 0.25는 많이 달라진 것입니다.",
            "Values are spread as in the release before. A PSI of 0.1 is a little, 0.25 a lot.",
        ),
        ("psi",),
    ),
}
LABELS: dict[str, Text] = {
    "share": Text("채워져야 하는 몫 (%)", "Share that must be filled (%)"),
    "min": Text("가장 작은 값", "Smallest"),
    "max": Text("가장 큰 값", "Largest"),
    "values": Text("값 (한 줄에 하나)", "Values, one a line"),
    "pattern": Text("정규식", "Regular expression"),
    "least": Text("적어도 (%)", "At least (%)"),
    "most": Text("많아도 (%)", "At most (%)"),
    "psi": Text("PSI가 넘지 않을 값", "PSI at most"),
}
PROBLEMS: dict[str, Text] = {
    "no_column": Text("이 판에 없는 열", "The release has no such column"),
    "not_ordered": Text("숫자나 날짜가 아닌 열", "The column holds no numbers or days"),
    "bad_pattern": Text("쓸 수 없는 정규식", "The pattern cannot be used"),
    "no_reference": Text("견줄 값이 없음", "There is nothing to compare with"),
    "nothing_before": Text("견줄 지난 판이 없음", "There is no release before"),
    "too_few": Text("견주기에 행이 모자람", "Too few rows to compare"),
}
SEVERITIES: dict[str, Text] = {
    "note": Text("알리기만 함", "Only note it"),
    "hold": Text("판을 보류함", "Hold the release"),
}
UNKNOWN = Text("규칙의 종류가 아닙니다.", "There is no such kind of rule.")
SEVERITY = Text("알림(note)이나 보류(hold)를 고르십시오.", "Choose note or hold.")
COLUMNS = Text("규칙을 걸 열을 고르십시오.", "Choose the columns that the rule is of.")
TOO_MANY = Text("열이 너무 많습니다.", "These are too many columns.")
NO_COLUMN = Text("이 자료에 없는 열입니다.", "The dataset has no such column.")
NOT_A_NUMBER = Text("숫자로 적으십시오.", "Write a number.")
SHARE = Text("0에서 100 사이의 숫자로 적으십시오.", "Write a number from 0 to 100.")
ENDS = Text("두 끝 가운데 하나는 적으십시오.", "Give at least one of the two ends.")
SWAPPED = Text("작은 쪽이 큰 쪽보다 큽니다.", "The lower end is above the upper one.")
NOT_AN_END = Text("열의 종류에 맞는 값이 아닙니다.", "This is not of the column's type.")
NOT_ORDERED = Text("숫자나 날짜인 열을 고르십시오.", "Choose a column of numbers or days.")
NO_VALUES = Text("값을 적으십시오.", "Give the values.")
MANY_VALUES = Text("값은 2,000개까지 적을 수 있습니다.", "There may be 2,000 values at most.")
PATTERN = Text("쓸 수 있는 정규식(RE2)이 아닙니다.", "This is not a regular expression of RE2.")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")


def checked(
    kind: str, columns: Sequence[str], options: Mapping[str, Any], severity: str, *, types: Mapping[str, str]
) -> dict[str, Any]:
    """The fields of a rule from what was typed or sent; Invalid with a message a field. `types` of the columns."""
    if kind not in KINDS:
        raise _invalid("kind", UNKNOWN)
    if severity not in SEVERITIES:
        raise _invalid("severity", SEVERITY)
    names = _columns(kind, columns, types)
    return {"kind": kind, "columns": names, "options": _options(kind, names, options, types), "severity": severity}


def _invalid(field: str, words: Text) -> Invalid:
    return Invalid(words, code="bad_rule", fields={field: words})


def _columns(kind: str, columns: Sequence[str], types: Mapping[str, str]) -> list[str]:
    least, most = KINDS[kind].columns
    names = list(dict.fromkeys(str(name) for name in columns if str(name))) if most else []
    if len(names) < least:
        raise _invalid("columns", COLUMNS)
    if len(names) > most:
        raise _invalid("columns", TOO_MANY)
    if any(name not in types for name in names):
        raise _invalid("columns", NO_COLUMN)
    return names


def _options(kind: str, columns: list[str], given: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    if kind == "not_null":
        return {"share": _share(given.get("share"))}
    if kind == "range":
        return _range(given, types[columns[0]])
    if kind == "reference":
        return {"values": _values(given.get("values"))}
    if kind == "pattern":
        return {"pattern": _pattern(given.get("pattern"))}
    if kind == "row_count":
        return _ends(given, "least", "most", "number")
    if kind == "drift":
        return {"most": _positive(given)}
    return {}


def _number(value: Any, field: str, words: Text = NOT_A_NUMBER) -> float:
    try:
        number = float(str(value).replace(",", "").strip())
    except ValueError:
        raise _invalid(field, words) from None
    if not isfinite(number):
        raise _invalid(field, words)
    return number


def _is_given(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _share(value: Any) -> float:
    share = _number(value, "share", SHARE) if _is_given(value) else 100.0
    if not 0 <= share <= 100:
        raise _invalid("share", SHARE)
    return share / 100


def _positive(given: Mapping[str, Any]) -> float:
    value = given.get("psi", given.get("most"))
    most = _number(value, "psi") if _is_given(value) else 0.25
    if not 0 < most <= 100:
        raise _invalid("psi", NOT_A_NUMBER)
    return most


def _range(given: Mapping[str, Any], type_name: str) -> dict[str, Any]:
    if type_name not in ("integer", "number", "date", "timestamp"):
        raise _invalid("columns", NOT_ORDERED)
    return _ends(given, "min", "max", type_name)


def _ends(given: Mapping[str, Any], low: str, high: str, type_name: str) -> dict[str, Any]:
    ends = {name: _end(given[name], name, type_name) for name in (low, high) if _is_given(given.get(name))}
    if not ends:
        raise _invalid(low, ENDS)
    if low in ends and high in ends and ends[low] > ends[high]:
        raise _invalid(low, SWAPPED)
    return ends


def _end(value: Any, field: str, type_name: str) -> Any:
    """A number, whole if it is; a day or a moment stays text."""
    if type_name in ("integer", "number"):
        number = _number(value, field)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    text = str(value).strip()
    try:
        if DAY.fullmatch(text) and datetime.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise _invalid(field, NOT_AN_END)


def _text(value: Any) -> str:
    """What a database can keep: without NUL and halves of characters."""
    return str(value).replace("\0", "").encode("utf-8", "ignore").decode("utf-8").strip()


def _values(value: Any) -> list[str]:
    lines = value if isinstance(value, list | tuple) else str(value or "").splitlines()
    values = list(dict.fromkeys(_text(line)[:LONGEST] for line in lines if _text(line)))
    if not values:
        raise _invalid("values", NO_VALUES)
    if len(values) > MOST_VALUES:
        raise _invalid("values", MANY_VALUES)
    return values


def _pattern(value: Any) -> str:
    from datadam.lake.rules import is_pattern

    pattern = _text(value or "")
    if not is_pattern(pattern):
        raise _invalid("pattern", PATTERN)
    return pattern


def typed(rule: Rule) -> dict[str, str]:
    """The options as a form shows them."""
    options = rule.options
    if rule.kind == "not_null":
        return {"share": f"{100 * float(options.get('share', 1)):g}"}
    if rule.kind == "reference":
        return {"values": "\n".join(options.get("values", []))}
    if rule.kind == "drift":
        return {"psi": f"{options.get('most', 0.25):g}"}
    return {name: str(options[name]) for name in KINDS[rule.kind].fields if name in options}


def figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def sentence(kind: str, columns: Sequence[str], options: Mapping[str, Any]) -> Text:
    """A rule as one sentence."""
    names = " + ".join(columns)
    if kind == "unique":
        return Text(f"‘{names}’의 값이 겹치지 않음", f"“{names}” does not repeat")
    if kind == "not_null":
        share = 100 * float(options.get("share", 1))
        if share >= 100:
            return Text(f"‘{names}’에 빈칸이 없음", f"“{names}” is never empty")
        return Text(f"‘{names}’의 {share:g}% 이상이 채워짐", f"At least {share:g}% of “{names}” is filled in")
    if kind == "range":
        return _between(names, options)
    if kind == "reference":
        return _listed(names, [str(value) for value in options.get("values", [])])
    if kind == "pattern":
        return Text(f"‘{names}’의 형태가 {options.get('pattern')}", f"“{names}” has the form {options.get('pattern')}")
    if kind == "row_count":
        band = " ~ ".join(f"{options[end]:+g}%" if end in options else "" for end in ("least", "most"))
        return Text(f"행 수의 변화가 {band.strip()}", f"The number of rows changes by {band.strip()}")
    most = options.get("most", 0.25)
    return Text(
        f"‘{names}’의 분포가 지난 판과 비슷함 (PSI {most:g} 이하)", f"“{names}” is spread as before (PSI ≤ {most:g})"
    )


def _between(names: str, options: Mapping[str, Any]) -> Text:
    low, high = options.get("min"), options.get("max")
    if low is None:
        return Text(f"‘{names}’: {figure(high)} 이하", f"“{names}” is at most {figure(high)}")
    if high is None:
        return Text(f"‘{names}’: {figure(low)} 이상", f"“{names}” is at least {figure(low)}")
    return Text(f"‘{names}’: {figure(low)} ~ {figure(high)}", f"“{names}” is between {figure(low)} and {figure(high)}")


def _listed(names: str, values: list[str]) -> Text:
    some, more = ", ".join(values[:6]), max(0, len(values) - 6)
    ko, en = (f" 외 {more:,}개", f" and {more:,} more") if more else ("", "")
    return Text(f"‘{names}’의 값이 {some}{ko} 가운데 하나", f"“{names}” is one of {some}{en}")


def problem(code: str) -> Text:
    return PROBLEMS.get(code, Text(code, code))
