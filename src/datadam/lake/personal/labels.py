"""Identifiers that a word beside them gives away: in sentences and forms ("계좌번호: 국민 123-45-678901")."""

import re
from collections.abc import Iterator

from datadam.lake.personal.surnames import is_name

_BANKS = (
    r"(?:국민|신한|우리|하나|기업|부산|경남|대구|광주|전북|제주|산업|씨티|SC제일|KB국민|NH농협|IBK기업|iM)\s?은행"
    r"|농협|수협|신협|새마을금고|우체국|카카오뱅크|토스뱅크|케이뱅크"
)
_TO = r"[^0-9A-Za-z\n]{0,12}"  # between a label and its number
_NUMBER = r"(\d[\d \-]{7,20}\d)"
_NAME = r"([가-힣](?: ?[가-힣]){1,3})"
_PERSON = (
    r"성명|이름|신청인|민원인|신고인|예금주|환자명|환자|보호자|수급자|대상자|피해자|가해자|세대주|배우자|입주자|임차인"
    r"|임대인|매수인|매도인|고객명|회원명|학생명|수취인|받는 ?사람|보내는 ?사람"
)
_NOT_A_NAME = re.compile(
    r"(?:장애인|노인|입니다|합니다|있음|없음|확인|미상|불명|이하|여부|본인|동의|명단|사항|정보|번호|주소|연락처|전화|에게|에서|으로"
    r"|하여|하고|하는|가족|관련|문의|접수|신청|민원|요청|등록|변경|기재|작성|오류|누락|공개|비공개|익명|생년월일)"
)

_PATTERNS: dict[str, tuple[str, str]] = {  # kind → label, value
    "bank_account": (rf"(?:계좌|통장|입금|{_BANKS})", r"[^0-9\n]{0,15}" + _NUMBER),
    "health_insurance": (r"(?:건강보험|보험증|건보)", r"[^0-9\n]{0,10}(\d[ \-]?\d{10})(?:\D|$)"),
    "passport": (
        r"(?:여권|(?i:passport))",
        r"(?:[^0-9A-Za-z\n]|(?i:no)\.?){0,10}"
        r"([A-Za-z] ?-?\d{3} ?[A-Za-z0-9] ?-?\d{4}|[A-Za-z]{2}\d{7})(?:[^0-9A-Za-z]|$)",
    ),
    "driver_licence": (r"(?:면허)", r"[^0-9\n]{0,10}(\d{2}[ \-]?\d{2}[ \-]?\d{6}[ \-]?\d{2})(?:\D|$)"),
    "resident_number": (r"(?:주민|외국인 ?등록|실명번호|(?i:rrn))", r"[^0-9\n]{0,12}(\d{6} ?-? ?\d{7})(?:\D|$)"),
    "vehicle": (r"(?:차량|차번호|번호판|자동차)", r"[^0-9\n]{0,10}(\d{2,3} ?[가-힣] ?\d{4})(?:\D|$)"),
    "birth_date": (
        r"(?:생년월일|생일|출생일)",
        r"[^0-9\n]{0,6}"
        r"((?:19|20)\d{2}[.\-/년 ]{0,2}(?:0?[1-9]|1[0-2])[.\-/월 ]{0,2}(?:[12]\d|3[01]|0?[1-9])일?)(?:\D|$)",
    ),
    "name": (rf"(?:{_PERSON})", r" ?[:：=] ?" + _NAME + r"(?:[^가-힣]|$)"),
}
LABEL_WORDS = "|".join(label for label, _ in _PATTERNS.values()).replace("(?i:passport)", "[Pp]assport|PASSPORT")
LABEL_WORDS = LABEL_WORDS.replace("(?i:rrn)", "RRN|rrn")
LABELLED = {kind: re.compile(label + value) for kind, (label, value) in _PATTERNS.items()}
_PHONE = re.compile(r"0(?:1[016789]|2|[3-6]\d|70|80|50\d)[ \-]?\d{3,4}[ \-]?\d{4}$|1[568]\d\d-?\d{4}$")


def labelled(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of each value that stands behind its label."""
    for kind, pattern in LABELLED.items():
        for match in pattern.finditer(text):
            if _is_one(kind, match[1]):
                yield kind, *match.span(1)


def _is_one(kind: str, value: str) -> bool:
    if kind == "bank_account":
        digits = sum(map(str.isdigit, value))
        return 10 <= digits <= 16 and not _PHONE.match(value) and not re.match(r"(?:19|20)\d\d-\d\d?-\d\d?", value)
    if kind == "resident_number":
        digits_ = "".join(filter(str.isdigit, value))
        return (
            digits_[2:4] <= "12" and digits_[2:4] >= "01" and "01" <= digits_[4:6] <= "31" and digits_[6] in "12345678"
        )
    if kind == "name":
        word = value.replace(" ", "")
        return len(word) >= 3 and is_name(word) and not _NOT_A_NAME.search(word)
    return True
