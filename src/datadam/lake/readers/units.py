"""Whose is which, where one line names several units: `(단위: 개소, 명, %)`."""

import re
from collections.abc import Sequence

from datadam.lake.readers.wording import KNOWN_UNITS, counts_things

# What columns are called whose figures carry a unit
FITTING: tuple[tuple[str, str], ...] = (
    (r"%|％|퍼센트|%p|％p|‰", r"율|률|비중|구성비|점유|%"),
    (r"[백천만]?명|인", r"인구|인원|종사자|이용[자객]|방문객|관광객|학생|환자|승객|직원|회원|교원|[자객원]\s?수$"),
    (r"[천만억조]?원|백만원|십억원|(?:천|백만)?(?:달러|불)|USD|KRW", r"[액금]$|비용|예산|매출|수[입출]|지출|가격"),
    (r"개|천개|개소|개사|곳|소", r"업체|사업체|시설|개소|기관|점포|기업|학교\s?수|[소처관]\s?수$"),
    (r"건|천건|만건", r"건\s?수|사고|신고|민원|발생"),
    (r"㎡|m2|m²|천㎡|㎢|km2|km²|ha|헥타르|평", r"면적"),
    (r"km|㎞|m|미터", r"길이|연장|거리"),
    (r"대|천대", r"차량|대\s?수|자동차|버스|택시"),
    (r"톤|천톤|만톤|t|천t|R/T|천R/T|㎏|kg", r"톤|물동량|중량|생산량|배출량|어획량"),
    (r"TEU|천TEU", r"컨테이너|TEU"),
    (r"세대|가구|천가구|호|천호", r"세대|가구|호\s?수"),
    (r"회|번", r"횟수|회\s?수"),
)  # fmt: skip
_NO_MEASURE = re.compile(
    r"(?:연도|년도|[년월일시])$|코드|번호|순위|위도|경도|좌표|code|id$|lat|lon|year", re.IGNORECASE
)


def several(noted: str) -> list[str]:
    """The units that a line names; [] unless there are several, all of them known."""
    parts = [part.strip() for part in re.split(r"[,，·、;]", noted)]
    return parts if len(parts) > 1 and KNOWN_UNITS.issuperset(parts) else []


def shared_out(names: Sequence[str], noted: str) -> dict[str, str]:
    """Figure column → its unit, as far as it is known: by their number and order, or by what a column is called."""
    units = several(noted)
    measured = [name for name in names if not _NO_MEASURE.search(name)]
    fitting = {name: fits for name in measured if (fits := _fitting(name, units))}
    in_order = dict(zip(measured, units, strict=False))
    if len(measured) == len(units) and all(in_order[name] == unit for name, unit in fitting.items()):
        return in_order
    return fitting


def _fitting(name: str, units: list[str]) -> str:
    """The one of the units that a column's name speaks of; empty when there is none, or more than one."""
    found = {
        unit
        for unit in units
        for pattern, called in FITTING
        if re.fullmatch(pattern, unit) and re.search(called, name) and (counts_things(name) or "%" in pattern)
    }
    return found.pop() if len(found) == 1 else ""
