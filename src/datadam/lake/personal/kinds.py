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
# could give, so that `keep` is for false alarms alone and needs a second person. A mask leaves birth date and sex:
# not the default.
_NUMBER: tuple[Action, ...] = ("drop", "mask", "keep")

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("resident_number", "주민등록번호", "resident registration number", True, "drop", _NUMBER),
        Kind("foreigner_number", "외국인등록번호", "foreigner registration number", True, "drop", _NUMBER),
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


# What a clue says: Korean, English; placeholders are the clue's figures (`kind` is a code of KINDS)
CLUES: dict[str, tuple[str, str]] = {
    "column_name": ("열 이름이 ‘{name}’입니다.", "The column is called “{name}”."),
    "check_digits": (
        "{of:,}개 값이 생년월일과 성별 자리를 갖추었고, 그 가운데 {count:,}개는 검증번호도 맞습니다.",
        "{of:,} values hold a birth date and a digit for sex; of these {count:,} carry the right check digit.",
    ),
    "no_check_digit": (
        "{count:,}개는 검증번호가 맞지 않습니다. 2020년 10월부터 부여된 번호에는 검증번호가 없습니다.",
        "{count:,} have no valid check digit: numbers issued since October 2020 carry none.",
    ),
    "mobile": ("{count:,}개 값이 휴대전화 번호입니다.", "{count:,} values are mobile telephone numbers."),
    "landline": (
        "{count:,}개 값이 유선전화 번호입니다. 기관이나 업소의 번호로 보입니다.",
        "{count:,} values are landline numbers, which seem to be of institutions or shops.",
    ),
    "landline_people": (
        "{count:,}개 값이 유선전화 번호이고, 표의 행이 사람에 관한 것으로 보입니다.",
        "{count:,} values are landline numbers, and the rows seem to be about people.",
    ),
    "mail": (
        "{count:,}개 값이 개인이 쓰는 것으로 보이는 전자우편 주소입니다.",
        "{count:,} values are e-mail addresses that seem to be people's.",
    ),
    "office_mail": (
        "{count:,}개 값이 기관이나 부서의 전자우편 주소입니다.",
        "{count:,} values are e-mail addresses of offices.",
    ),
    "luhn": (
        "{count:,}개 값이 카드사 번호로 시작하고 검증번호가 맞습니다.",
        "{count:,} values begin like an issuer's cards and carry the right check digit.",
    ),
    "form": ("{count:,}개 값이 그 번호의 꼴입니다.", "{count:,} values have the form of such a number."),
    "labelled": (
        "글 안에서 이름표 뒤에 {count:,}번 적혀 있습니다.",
        "It stands {count:,} times behind its label within texts.",
    ),
    "birth": ("{count:,}개 값이 생년월일입니다.", "{count:,} values are birth dates."),
    "names_called": (
        "‘{name}’ 열의 {count:,}개 값이 사람 이름입니다.",
        "{count:,} values of “{name}” are built like personal names.",
    ),
    "names_officer": (
        "‘{name}’ 열의 {count:,}개 값이 이름이지만, 기관이나 업체를 대표하거나 담당하는 사람으로 보입니다.",
        "{count:,} values of “{name}” are names, but of those who stand for an institution or firm.",
    ),
    "names_built": (
        "{count:,}개 값이 성과 이름으로 되어 있고, 표의 행이 사람에 관한 것으로 보입니다.",
        "{count:,} values are built of a surname and a given name, and the rows seem to be about people.",
    ),
    "house": (
        "{count:,}개 값이 건물 번호나 동·호까지 적은 주소이고, 표의 행이 사람에 관한 것으로 보입니다.",
        "{count:,} values are addresses down to the house or flat, and the rows seem to be about people.",
    ),
    "beside": ("같은 행의 ‘{column}’ 열로 누구인지 알 수 있습니다.", "“{column}” in the same rows tells who is meant."),
}
