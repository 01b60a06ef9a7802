"""What a table counts, guessed from its column names: persons, households, things, or something to ask about.

A table of counts has rows told apart by categories and whole numbers beside them. A register (one row a shop, with its
address) and microdata (one row a person) are none: the first is about things, the second is for the search for personal
data.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datadam.lake.types import Column

RATES = re.compile(
    r"비율|비중|평균|[율률]$|[율률]\(|%|당_?인구|밀도|당 |인구수?대비|지수|최대|최소|천원|백만원|천명|만명|천가구|점수$"
    r"|수용(인원|능력)|정원|좌석|\bper\b|_per_|rate$|avg|mean",
    re.I,
)
ENDING = r"\s*(\([^)]*\))?$"  # a name may end with its unit in brackets
COUNTS_PERSONS = re.compile(  # at the end of a name, whatever stands before
    r"((?<!점)(?<!숫)자수|인수|인원수?|명수|사람수?|인구수?|(?<!공)(?<!학)(?<!병)(?<!의)(?<!정)원수|(?<=.)(?<!지)생수|아동수?|객수?"
    r"|환자수?|승객수?|학생수?|원생수?|회원수?|주민수?|노인수?|청소년수?|장애인수?|외국인수?|내국인수?|영유아수?|가입자|이용자|종사자"
    r"|수급자|사망자|확진자|피해자|감염자|수혜자|참가자|참여자|입소자|탑승자|근로자|취업자|실업자|승차|하차|출생아?)"
    + ENDING
)
PERSONS = re.compile(
    r"인구|인원|사람|명수|\(명\)|_명$|^명$|이용자|이용객|환자|승객|승차|하차|관람객|방문객|방문자|관광객|입국자|학생|원생|아동"
    r"|수급자|종사자|근로자|가입자|회원수|사망자|출생|입원|검진자|실업자|취업자|장애인|노인수|외국인|내국인|수강생|참가자|참여자|상담자"
    r"|확진|사상자|부상자|피해자|감염자|수혜자|청소년|^남$|^여$|^남자|^여자|남성|여성|population|persons?$|people|visitors"
    r"|patients|passengers|nmpr|popltn",
    re.I,
)
HOUSEHOLDS = re.compile(r"가구(?!점|류)|(?<!다)세대(?!당)|households?", re.I)
COUNTS_HOUSEHOLDS = re.compile(r"(가구|(?<!다)세대)수?" + ENDING)
ASK = re.compile(r"건수|이용건|\(건\)|이용횟수|이용_?cnt|use_?cnt|사용건|cases$|cas_?co$|_cnt$", re.I)
THINGS = re.compile(
    r"시설|개소|(?<!세)대수|면수|도서관|업소|점포|건물|주택|(^|[\s_])호수|(^|[\s_])동수|학교|차량|면적|거리|금액|가격|요금|예산"
    r"|세액|매출|교통량",
    re.I,
)
TOTAL = re.compile(r"^(총|전체|합계|소계|계)(_?\(?계\)?)?$|^총.{0,3}$")
CATEGORY = re.compile(
    r"(년|년도|연도|월|일|일자|날짜|분기|시간|시간대|시각|요일|코드|번호|연번|순번|나이|연령|기간|구분|차수|호선)$"
    r"|code$|year|month|date|hour|no$|^id$|_id$",
    re.I,
)
FIRST = re.compile(r"[\s_(]")  # what ends the first word of a name

REGISTER = re.compile(
    r"(도로명|지번|소재지|소재지_?도로명|소재지_?지번)?_?주소|위도|경도|사업자(등록)?번호|latitude|longitude|lat|lo?ng?|address",
    re.I,
)
PLACE = re.compile(r"소재지|위치")  # an address where it has numbers
SERIAL = re.compile(r"^(연번|순번|번호|no|index|row_?names?|column_?\d+|열\s?\d+)$", re.I)
LARGEST = re.compile(r"^(최대|최고|1위|largest|max(imum)?)[\s_]*", re.I)  # what goes before the name of an amount
PEOPLE = ("persons", "households")
COUNTABLE = ("integer", "number", "text")
IDENTIFIES = 0.7  # of the rows are told apart by their categories; with fewer each row is an event of its own
PLACES = 0.9  # of the rows have an address or a number of their own: each is a place


@dataclass(frozen=True)
class Shape:
    """unit: persons, households, or ask; `because` is the column whose name says so.

    attached: the other columns, such as amounts, which are hidden with their row. largest: amount → the column that
    tells its largest contribution. texts: measures whose numbers are written as text. mixed: columns were left out, and
    the rows are not told apart. sources: what dimensions and measures are called in the file.
    """

    unit: str
    because: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    attached: tuple[str, ...] = ()
    largest: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    mixed: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """As findings and decisions keep it."""
        return {
            "unit": self.unit,
            "because": self.because,
            "dimensions": list(self.dimensions),
            "measures": list(self.measures),
            "attached": list(self.attached),
            "largest": dict(self.largest),
            "sources": dict(self.sources),
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Shape":
        """The shape that `facts` tells."""
        dimensions, measures, attached = (tuple(facts[name]) for name in ("dimensions", "measures", "attached"))
        told = facts["unit"], facts["because"], dimensions, measures, attached, facts["largest"]
        return cls(*told, sources=facts["sources"])


def shape(columns: "Sequence[Column]", files: Sequence[str], rows: int, *, cut: bool = False) -> Shape | None:
    """How a table counts people, None when it does not seem to. The files are read only when its names say that.

    `cut`: the recipe left columns out, so that rows which are not told apart may have been.
    """
    from datadam.lake import counts

    found = guess(columns)
    if found is None or not rows or _lists_places(columns, files, rows):
        return None
    whole = set(counts.whole(files, found.measures))
    broken = {each.name: each for each in columns if each.name in found.measures and each.name not in whole}
    words = {name for name, each in broken.items() if each.type == "text"}
    counted = guess([each for each in columns if each.name not in broken or each.name in words], words)
    if counted is None:
        return None
    counted = replace(counted, attached=(*counted.attached, *(name for name in broken if name not in words)))
    for each in (counted, _with_numbers(counted, columns)):
        if each.dimensions and counts.told_apart(files, each.dimensions, rows) >= IDENTIFIES:
            return each
    return replace(counted, mixed=True) if cut else None


def _with_numbers(found: Shape, columns: "Sequence[Column]") -> Shape:
    """Its whole numbers that count nothing taken for categories as well: 10, 20 … of ages, grades."""
    whole = [c.name for c in columns if c.type == "integer" and c.name in found.attached]
    more = tuple(name for name in whole if not RATES.search(name) and not THINGS.search(name))
    left = tuple(name for name in found.attached if name not in more)
    return replace(found, dimensions=(*found.dimensions, *more), attached=left, largest={})


def _lists_places(columns: "Sequence[Column]", files: Sequence[str], rows: int) -> bool:
    """Whether each row is a shop or an office: (nearly) all have an address, a number, a point of their own."""
    from datadam.lake import counts

    own = [c.name for c in columns if REGISTER.fullmatch(c.source or c.name)]
    own += [c.name for c in columns if c.type == "text" and PLACE.search(c.source or c.name)
            and counts.with_digits(files, c.name) > 0.5]  # fmt: skip
    return bool(own) and counts.told_apart(files, own, rows) >= PLACES


def guess(columns: "Sequence[Column]", words: Set[str] = frozenset()) -> Shape | None:
    """The same by the names, units and types of the columns alone; `words` are known to hold no numbers.

    A rename may add suspicion, never take it.
    """
    numbers = [c.name for c in columns if c.type in ("integer", "number") and not SERIAL.match(c.source or c.name)]
    kinds = {c.name: kind for c in columns if c.type in COUNTABLE and (kind := _kind_of(c))}
    texts = {c.name for c in columns if c.type == "text"}
    spelt = texts - words
    kinds = {n: kind for n, kind in kinds.items() if n not in texts or (n in spelt and kind in PEOPLE)}
    if not kinds:
        return None
    measures = tuple(c.name for c in columns if c.name in kinds or (c.name in numbers and _goes_with(c.name, kinds)))
    rest = [column for column in columns if column.name not in measures and not SERIAL.match(column.name)]
    dimensions = tuple(column.name for column in rest if _is_category(column))
    if not dimensions and not spelt & {*kinds}:
        return None
    unit = next((each for each in PEOPLE if each in kinds.values()), "ask")
    because = next(name for name, kind in kinds.items() if kind == unit)
    attached = tuple(column.name for column in rest if column.name not in dimensions)
    written = tuple(name for name in measures if name in spelt)
    sources = {c.name: c.source or c.name for c in columns}
    return Shape(unit, because, dimensions, measures, attached, _largest(attached, numbers), written, sources=sources)


def _largest(attached: tuple[str, ...], numbers: list[str]) -> dict[str, str]:
    """금액 → 최대 금액."""
    amounts = {LARGEST.sub("", name): name for name in attached if LARGEST.match(name) and name in numbers}
    return {amount: column for amount, column in amounts.items() if amount in attached and amount in numbers}


def _kind_of(column: "Column") -> str:
    """What a column counts by either of its names, in the file and since: the gravest."""
    found = {_kind(name, column.unit) for name in (column.source or column.name, column.name)}
    return next((kind for kind in (*PEOPLE, "ask") if kind in found), "")


def _kind(name: str, unit: str) -> str:
    if RATES.search(name):
        return ""
    if COUNTS_HOUSEHOLDS.search(name) or unit in ("가구", "세대"):
        return "households"
    if COUNTS_PERSONS.search(name) or unit in ("명", "인"):
        return "persons"
    if THINGS.search(name):
        return ""
    if HOUSEHOLDS.search(name):
        return "households"
    return "persons" if PERSONS.search(name) else "ask" if ASK.search(name) or unit == "건" else ""


def _goes_with(name: str, kinds: Mapping[str, str]) -> bool:
    """A total, or one more column of a wide table: 2020년_20~24세 beside 2020년_총인구수."""
    if TOTAL.match(name):
        return True
    if RATES.search(name) or THINGS.search(name) or CATEGORY.fullmatch(name):
        return False
    first = FIRST.split(name)[0]
    return first != name and any(FIRST.split(other)[0] == first for other in kinds)


def _is_category(column: "Column") -> bool:
    if column.type in ("number", "duration"):
        return False
    return column.type != "integer" or bool(CATEGORY.search(column.name))
