"""Rules that the profile of a release speaks for, each with the words that say why. Pure: nothing is read or stored."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import floor, log10
from typing import Any, NamedTuple

from datadam.web.text import Text

ENOUGH = 20  # rows below which a table says little of the next one
ENOUGH_FOR_A_LIST = 50
LONGEST_LIST = 10
KEYED = re.compile(r"번호|코드|연번|순번|일련|관리|(^|_)(id|no|code|seq|key)($|_)", re.IGNORECASE)
PAIRS = 6  # keys of two columns that are tried


class Proposed(NamedTuple):
    kind: str
    columns: list[str]
    options: dict[str, Any]
    evidence: Text


def proposed(profile: Sequence[Mapping[str, Any]], districts: Sequence[str]) -> Iterator[Proposed]:
    """What single columns speak for. `districts` are the names of the city's."""
    for column in profile:
        if _filled(column) < ENOUGH:
            continue
        for make in (_key, _filled_in, _span, _shape):
            found = make(column)
            if found is not None:
                yield found
        listed = _of_city(column, districts) or _listed(column)
        if listed is not None:
            yield listed


def _filled(column: Mapping[str, Any]) -> int:
    return int(column["count"]) - int(column["nulls"])


def is_key(column: Mapping[str, Any]) -> bool:
    """Whether its values may tell rows apart: names and codes, not measures that happen to differ."""
    fits = column["type"] in ("text", "date", "timestamp") or bool(KEYED.search(column["name"]))
    return fits and column["type"] != "number" and not column["nulls"]


def _key(column: Mapping[str, Any]) -> Proposed | None:
    if not is_key(column) or not column["exact"] or column["distinct"] != column["count"]:
        return None
    count = int(column["count"])
    words = Text(f"{count:,}행의 값이 모두 다릅니다.", f"All {count:,} values differ.")
    return Proposed("unique", [column["name"]], {}, words)


def pairs(profile: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of columns that may tell rows apart together, the likeliest first; none when one column does."""
    keys = [column for column in profile if is_key(column) and column["distinct"] > 1]
    if any(column["exact"] and column["distinct"] == column["count"] for column in keys):
        return []
    found = [(a, b) for a, b in combinations(keys, 2) if a["distinct"] * b["distinct"] >= a["count"] >= ENOUGH]
    return [(a["name"], b["name"]) for a, b in found[:PAIRS]]


def of_pair(columns: tuple[str, str], rows: int) -> Proposed:
    words = Text(f"{rows:,}행에서 두 열의 값이 함께는 겹치지 않습니다.", f"In {rows:,} rows no pair of values repeats.")
    return Proposed("unique", list(columns), {}, words)


def _filled_in(column: Mapping[str, Any]) -> Proposed | None:
    if column["nulls"]:
        return None
    count = int(column["count"])
    words = Text(f"{count:,}행에 빈칸이 없습니다.", f"None of {count:,} rows is empty.")
    return Proposed("not_null", [column["name"]], {"share": 1.0}, words)


def _span(column: Mapping[str, Any]) -> Proposed | None:
    """Numbers with as much room again on either side as they span; of days, the year before the first one."""
    low, high = column["min"], column["max"]
    if low is None or high is None or KEYED.search(column["name"]):
        return None
    if column["type"] == "date":
        first = f"{max(1, int(str(low)[:4]) - 1):04d}-01-01"
        words = Text(f"가장 이른 날이 {low}입니다.", f"The first day is {low}.")
        return Proposed("range", [column["name"]], {"min": first}, words)
    if column["type"] not in ("integer", "number") or low == high:
        return None
    least, most = _room(column, float(low), float(high))
    told, end = f"{low:,} ~ {high:,}", f"{least:,} ~ {most:,}"
    words = Text(f"지금 값은 {told}이고, 여유를 두면 {end}입니다.", f"Values are {told} now; with headroom {end}.")
    return Proposed("range", [column["name"]], {"min": least, "max": most}, words)


def _room(column: Mapping[str, Any], low: float, high: float) -> tuple[float, float]:
    """Extremes far beyond the quantiles are left outside."""
    quantiles = [float(value) for value in column["quantiles"]]
    if len(quantiles) == 5 and quantiles[4] > quantiles[0]:
        wide = 10 * (quantiles[4] - quantiles[0])
        low, high = max(low, quantiles[0] - wide), min(high, quantiles[4] + wide)
    room = high - low
    least = 0.0 if 0 <= low < room else low - room
    return _rounded(least, up=False), _rounded(high + room, up=True)


def _rounded(value: float, *, up: bool) -> float:
    """Outwards to two digits: 12,345 to 13,000."""
    if not value:
        return 0
    step = 10.0 ** (floor(log10(abs(value))) - 1)
    rounded = round((floor(value / step) + (1 if up and value % step else 0)) * step, 10)
    return int(rounded) if rounded.is_integer() else rounded


def _shape(column: Mapping[str, Any]) -> Proposed | None:
    shape = column["pattern"]
    if column["type"] != "text" or not re.search(r"[9A]", shape) or "가" in shape or len(shape) > 30:
        return None
    words = Text(
        f"값이 모두 {shape} 꼴입니다(9는 숫자, A는 글자).", f"All values look like {shape}: 9 a digit, A a letter."
    )
    return Proposed("pattern", [column["name"]], {"pattern": expression(shape)}, words)


def expression(shape: str) -> str:
    """A shape of the profile as a regular expression: 999-A to [0-9]{3}-[A-Za-z]."""
    made = ""
    for run in re.findall(r"9+|A+|[^9A]", shape):
        sign = {"9": "[0-9]", "A": "[A-Za-z]"}.get(run[0])
        made += re.escape(run) if sign is None else sign + (f"{{{len(run)}}}" if len(run) > 1 else "")
    return made


def _of_city(column: Mapping[str, Any], districts: Sequence[str]) -> Proposed | None:
    if column["type"] != "text" or not column["top"] or column["distinct"] > len(districts):
        return None
    if any(value not in districts for value, _ in column["top"]):
        return None
    words = Text("값이 모두 이 도시의 구·군 이름입니다.", "All values are names of the city's districts.")
    return Proposed("reference", [column["name"]], {"values": sorted(districts)}, words)


def _listed(column: Mapping[str, Any]) -> Proposed | None:
    values = [str(value) for value, _ in column["top"]]
    few = 1 < len(values) == column["distinct"] <= LONGEST_LIST
    if column["type"] != "text" or not few or _filled(column) < ENOUGH_FOR_A_LIST:
        return None
    words = Text(
        f"{_filled(column):,}행의 값이 {len(values)}가지뿐입니다.",
        f"{_filled(column):,} rows hold {len(values)} values.",
    )
    return Proposed("reference", [column["name"]], {"values": sorted(values)}, words)


def row_band(counts: Sequence[int]) -> Proposed | None:
    """From the row counts of three releases or more, the oldest first."""
    if len(counts) < 3 or not all(counts):
        return None
    changes = [100 * (new - old) / old for old, new in pairwise(counts)]
    room = max(10.0, max(changes) - min(changes))
    ends = {"least": max(-100, floor(min(changes) - room)), "most": -floor(-max(changes) - room)}
    told = f"{min(changes):+.1f}% ~ {max(changes):+.1f}%"
    words = Text(
        f"지난 {len(counts)}판 사이의 변화가 {told}였습니다.", f"Over {len(counts)} releases it changed by {told}."
    )
    return Proposed("row_count", [], ends, words)
