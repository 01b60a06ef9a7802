"""The words that offices put around figures: letter-spaced labels, names of totals, units, periods in column names."""

import re
from dataclasses import dataclass

GAP = "[ \\t\u00a0\u3000]+"
GAPS = "[ \\t\\r\\n\u00a0\u3000]+"
UPRIGHT = "^[가-힣](?:[\\r\\n]+[가-힣])+$"  # a syllable a line
WIDE = "(?:[ \\t\u00a0]{2,}|\u3000)"
SIGN = "[▩■□◆◇▶●○◎]"
SET_OUT = (  # `▩ 연      령 ▩`, `41    -    50   세`
    rf"^{SIGN}{GAP}[가-힣](?:{GAP}[가-힣])+{GAP}{SIGN}$|^\d+(?:{WIDE}-{WIDE}\d+)?(?:{WIDE}[가-힣])+$"
)
SPACED = rf"^[가-힣](?:{GAP}[가-힣])+$|{UPRIGHT}|{SET_OUT}"  # every gap stands between single syllables
# In a cell a single blank between two syllables is a phrase (`한 줄`), unless the word is one of totals.
SPACED_CELL = (
    rf"^[가-힣](?:{WIDE}[가-힣])+$|^[가-힣](?:{GAP}[가-힣]){{2,}}$|^[소합총누]{GAP}계$|^전{GAP}체$|{UPRIGHT}|{SET_OUT}"
)
HALF_SPACED = rf"^(?:[가-힣]{GAP}){{2,}}[가-힣]{{2,}}$|^[가-힣]{{2,}}(?:{GAP}[가-힣]){{3,}}$"
TOTAL = (
    r"(?i)^[\[(<【·*○□\s]*(?:.*[\s_·,:)\]])?"
    r"(?:소\s*계|합\s*계|총\s*계|총\s*합\s*계?|누\s*계|계|합|전\s*체|grand\s*total|sub[\s-]*total|total|sum)"
    r"(?:\s*\([^)]*\))?[\])>】\s]*$|^.+(?:소계|합계|총계)$"
    r"|^(?:전체|총)\s?(?:방문자|관광객|이용자|인구|세대|가구|업종|지역|연령|소비|지출|수입|매출|금액|건수)[^\s(]{0,2}(?:\([^)]*\))?$"
)
TOTAL_LENGTH = 40  # a longer text is a sentence
_TOTAL = re.compile(TOTAL)
_SPACED = re.compile(SPACED)
FIGURE = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d+)?|[+-]?\.\d+")
UNITS = """
명 천명 만명 백명 인 원 천원 만원 백만원 십억원 억원 조원 달러 천달러 백만달러 불 천불 백만불 USD KRW % ％ ％p
%p ‰ 퍼센트 ㎡ m2 m² 천㎡ ㎢ km2 km² ㎞ km m 미터 ㎝ cm ㎜ mm ha 헥타르 평 리터 ℓ L ㎘ kl ㎥ m3 m³ 천㎥ 톤 천톤
만톤 t 천t ㎏ kg g ㎎ kW kWh MWh GWh MW 개 천개 개소 개사 곳 소 건 천건 만건 회 번 대 천대 척 량 호 천호 가구
천가구 세대 동 채 필지 실 석 면 좌석 시간 분 초 일 개월 년 세 살 점 권 부 마리 두 수 그루 주 병상 쌍 편 종 가지
배 ℃ 도 ㎍/㎥ μg/㎥ ㎎/ℓ mg/L ppm ppb dB hPa ㎧ m/s km/h 인/㎢ 명/㎢ 명/천명 TEU 천TEU R/T 천R/T 박 팀 매 장
포기 상자
"""
KNOWN_UNITS = frozenset(UNITS.split())
_UNIT_AT_END = re.compile(r"[(\[（]\s*(단위\s*[:：]?\s*)?([^()\[\]（）]{1,14}?)\s*[)\]）]\s*$")
_UNIT_NOTE = re.compile(r"단위\s*[:：]?\s*([^()\[\]（）<>]{1,30}?)\s*(?:[)\]）>]|$)")
_RATIO = re.compile(
    r"율|률|비중|비율|%|지수|코드|번호|순위|(?:연도|년도|[년월일])$|위도|경도|평균|좌표|code|id$|lat|lon", re.IGNORECASE
)


AREAS = ("㎡", "m2", "m²", "평")
_PRICE = re.compile("가격|단가|분양가|시세|금액|요금|지가")


def is_total(text: str) -> bool:
    """Whether a label says that its row or column sums others up."""
    return len(text) <= TOTAL_LENGTH and _TOTAL.match(text) is not None


def collapsed(text: str) -> str:
    """`서      울` as `서울`; anything else as it is."""
    return re.sub(GAPS, "", text) if _SPACED.match(text.strip()) else text


def one_line(name: str) -> str:
    """A name written over several lines of its cell on one; each line closed up when it is letter-spaced."""
    return re.sub(r"\s+", " ", collapsed(" ".join(map(collapsed, name.splitlines())))).strip()


def is_figure(text: str) -> bool:
    return FIGURE.fullmatch(text.strip().rstrip("%")) is not None


def unit_in(name: str) -> str:
    """The unit that a column's name ends with, `인구(명)`; empty when there is none."""
    found = _UNIT_AT_END.search(name)
    if not found:
        return ""
    unit = found[2].strip()
    if unit in AREAS and _PRICE.search(name):
        return ""  # 분양가격(㎡): won for each square metre
    return unit if (found[1] or unit in KNOWN_UNITS) and not is_figure(unit) else ""


def unit_cell(text: str) -> str:
    """The unit that a whole cell names: `(명)`, `천원`, `%`, `인원(명)`; empty when it names none."""
    bare = text.strip().strip("()[]（）").removeprefix("단위").strip(" :：")
    return bare if bare in KNOWN_UNITS else unit_in(text)


def unit_noted(line: str) -> str:
    """The unit of a line such as `(단위: 천원)`, as written; may name several (`명, %`)."""
    found = _UNIT_NOTE.search(line)
    return found[1].strip() if found else ""


def counts_things(name: str) -> bool:
    """Whether a column's figures may be counts and sums: not rates, codes, ranks or periods."""
    found = period_in(name)
    return not _RATIO.search(found.stem if found else name)


@dataclass(frozen=True)
class PeriodName:
    """A column name that holds a period: `stem` is what is left of it."""

    stem: str
    period: str


_MONTH = re.compile(r"^(.*?)((?:19|20)\d{2})\s?(?:년\s?|[.\-/_]\s?|)(1[0-2]|0?[1-9])\s?(?:월|)(?!\d)(.*)$")
_YEAR = re.compile(r"^(.*?)((?:19|20)\d{2})\s?(?:년도?|)(?!\d)(.*)$")
_QUARTER = re.compile(r"^(.*?)((?:19|20)\d{2})\s?(?:년\s?|[.\-/_]\s?|)(?:([1-4])\s?(?:분기|/4|Q)|Q([1-4]))(.*)$")
_BARE = re.compile(r"^()(1[0-2]|0?[1-9])\s?월()$")


def period_in(name: str) -> PeriodName | None:
    """The month, quarter, year or month without year that a column's name holds."""
    if found := _QUARTER.match(name):
        return PeriodName(_stem(found[1], found[5]), f"{found[2]}-Q{found[3] or found[4]}")
    if found := _MONTH.match(name):
        return PeriodName(_stem(found[1], found[4]), f"{found[2]}-{int(found[3]):02d}")
    if found := _YEAR.match(name):
        return PeriodName(_stem(found[1], found[3]), found[2])
    found = _BARE.match(name)
    return PeriodName("", f"{int(found[2])}월") if found else None


def _stem(before: str, after: str) -> str:
    return f"{before.strip(' _-.')}|{after.strip(' _-.')}".strip("|")
