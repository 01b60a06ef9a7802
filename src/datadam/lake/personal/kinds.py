"""The kinds of personal data that are looked for, and what may be done about each."""

from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["drop", "mask", "generalise", "keep"]


@dataclass(frozen=True)
class Kind:
    """`blocking`: a release waits for a decision. `actions` are those a steward may choose, `default` first."""

    code: str
    ko: str
    en: str
    blocking: bool
    default: Action
    actions: tuple[Action, ...]
    structured: bool = True  # has a form of its own; the others are told by their context alone


_ANY: tuple[Action, ...] = ("drop", "mask", "keep")
_COARSER: tuple[Action, ...] = ("drop", "mask", "generalise", "keep")

# Art. 24-2 of the Personal Information Protection Act: resident numbers are published on no ground that a steward
# could give here, so that they may be dropped or masked, never kept. A mask leaves birth date and sex: not the default.
_NEVER_KEPT: tuple[Action, ...] = ("drop", "mask")

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("resident_number", "주민등록번호", "resident registration number", True, "drop", _NEVER_KEPT),
        Kind("foreigner_number", "외국인등록번호", "foreigner registration number", True, "drop", _NEVER_KEPT),
        Kind("passport", "여권번호", "passport number", True, "drop", _ANY),
        Kind("driver_licence", "운전면허번호", "driver's licence number", True, "drop", _ANY),
        Kind("phone", "전화번호", "telephone number", True, "mask", _COARSER),
        Kind("email", "전자우편 주소", "e-mail address", True, "mask", _ANY),
        Kind("card", "카드번호", "card number", True, "drop", _ANY),
        Kind("bank_account", "계좌번호", "bank account number", True, "drop", _ANY),
        Kind("vehicle", "차량번호", "vehicle number", True, "mask", _ANY),
        Kind("health_insurance", "건강보험증번호", "health insurance number", True, "drop", _ANY),
        Kind("name", "성명", "personal name", True, "mask", _ANY, False),
        Kind("address", "상세 주소", "home address", True, "generalise", _COARSER, False),
        Kind("birth_date", "생년월일", "birth date", True, "generalise", _COARSER, False),
    )
}


@dataclass(frozen=True)
class Sighting:
    """Personal data of one kind in one column.

    `count` of `rows` rows hold it; `form` says whether the value is it or a longer text contains it. `why` are clues,
    each a dict with its `code` and the figures that its words need (`CLUES`). `example` is masked.
    """

    column: str
    kind: str
    count: int
    rows: int
    exhaustive: bool
    form: Literal["column", "text"]
    blocking: bool
    why: list[dict[str, Any]] = field(default_factory=list)
    example: str = ""


@dataclass(frozen=True)
class Protection:
    """What is done to a column. `options`: `{"to": …}` of generalise.

    birth_date: year (default), age band `decade`; address: `district` (default: 시군구) or `neighbourhood` (읍면동).
    """

    column: str
    action: Literal["mask", "generalise"]
    kind: str
    options: dict[str, Any] = field(default_factory=dict)


# What a clue says: Korean, English; placeholders are the clue's figures
CLUES: dict[str, tuple[str, str]] = {
    "column_name": ("열 이름이 ‘{name}’입니다", "the column is called “{name}”"),
    "form": ("{count:,}개 값이 {kind_ko}의 꼴입니다", "{count:,} values have the form of a {kind_en}"),
}
