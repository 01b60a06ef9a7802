"""What open APIs say around their records, in JSON and in XML alike: how many there are, that there are none, errors.

Errors arrive as HTTP 200. Dialects: data.go.kr (resultCode, returnReasonCode; its newer code and msg), the cities and
the Bank of Korea (INFO-…, ERROR-…) and KOSIS (err), whose numbers mean other things.
"""

from collections.abc import Mapping
from typing import Any

from datadam.lake.errors import Unreadable

Path = tuple[str, ...]
Facts = Mapping[Path, Any]  # scalars outside the records, by where they stand

TOTALS = ("matchcount", "totalcount", "list_total_count", "total_count", "numfound")
CODES = ("resultcode", "code", "returnreasoncode", "errcd", "err", "error_code", "errorcode", "status")
MESSAGES = (
    "resultmsg",
    "message",
    "msg",
    "returnauthmsg",
    "errmsg",
    "error_message",
    "errormessage",
    "error",
    "resultmessage",
)
FINE = {"00", "0", "000", "0000", "info-000", "info-0", "200", "ok", "success", "normal_code", "normal service."}

NOTHING = "nothing"
ADVICE: dict[str, tuple[str, str]] = {
    "key": ("인증키가 맞는지, 승인되었는지 확인해 주세요.", "Check that the key is right and approved."),
    "denied": ("이 서비스의 활용 신청이 승인되었는지 확인해 주세요.", "Check that its use was approved."),
    "expired": ("활용 기간이 끝났습니다. 연장을 신청해 주세요.", "The period of use is over: apply for more."),
    "address": ("등록된 IP에서 다시 받아 주세요.", "Fetch it again from a registered IP address."),
    "quota": ("하루 호출 한도를 넘었습니다. 내일 다시 받아 주세요.", "The quota is used up: fetch again tomorrow."),
    "parameter": ("요청 변수를 고쳐 다시 받아 주세요.", "Correct the request's parameters and fetch again."),
    "service": ("서비스 주소와 이름을 확인해 주세요.", "Check the service's address and name."),
    "size": ("한 번에 받는 건수를 줄여 다시 받아 주세요.", "Ask for fewer records at a time and fetch again."),
    "server": ("제공 기관의 오류입니다. 잠시 뒤 다시 받아 주세요.", "The provider's fault: fetch again later."),
}
PORTAL = {
    "1": "server", "2": "server", "3": NOTHING, "4": "server", "5": "server", "10": "parameter", "11": "parameter",
    "12": "service", "20": "denied", "21": "key", "22": "quota", "30": "key", "31": "expired", "32": "address",
    "33": "key", "99": "server",
}  # fmt: skip
KOSIS = {
    "10": "key", "11": "expired", "20": "parameter", "21": "parameter", "30": NOTHING, "31": "size", "40": "quota",
    "41": "size", "42": "denied", "50": "server",
}  # fmt: skip
LETTERED = {
    "INFO-100": "key", "INFO-200": NOTHING, "INFO-300": "denied", "ERROR-100": "parameter", "ERROR-101": "parameter",
    "ERROR-300": "parameter", "ERROR-301": "parameter", "ERROR-310": "service", "ERROR-331": "parameter",
    "ERROR-332": "parameter", "ERROR-333": "parameter", "ERROR-334": "parameter", "ERROR-335": "size",
    "ERROR-336": "size", "ERROR-400": "size", "ERROR-500": "server", "ERROR-600": "server", "ERROR-601": "server",
    "ERROR-602": "quota",
}  # fmt: skip
WORDS: tuple[tuple[str, str], ...] = (
    ("인증키", "key"),
    ("SERVICE_KEY", "key"),
    ("SERVICEKEY", "key"),
    ("NODATA", NOTHING),
    ("데이터가 없", NOTHING),
    ("데이터가 존재하지", NOTHING),
    ("조회결과가 없", NOTHING),
)


def stated_total(facts: Facts, place: Path | None = None) -> int | None:
    """The number of records that an API says there are in all; with a `place`, of the records that stand there."""
    for name in TOTALS:
        for path, value in facts.items():
            here = place is None or place[: len(path) - 1] == path[:-1]
            if here and path and path[-1].lower() == name and str(value).isdecimal() and len(str(value)) < 19:
                return int(value)
    return None


def is_envelope(facts: Facts) -> bool:
    """Whether the facts are those that an API puts where there are no records."""
    return stated_total(facts) == 0 or any(_said_beside(facts, path) is not None for path in facts)


def refusal(facts: Facts) -> Unreadable | None:
    """The refusal of an answer that is an error, or no records, in spite of HTTP 200, with what the API said."""
    for path, code in facts.items():
        said = _said_beside(facts, path)
        if said is not None and str(code).strip().lower() not in FINE:
            return _refused(str(code).strip(), said, path[-1].lower())
    said = facts.get(("error", "message")) or facts.get(("errMsg",)) or facts.get(("error",))
    return _refused("", said, "") if isinstance(said, str) else None


def _said_beside(facts: Facts, path: Path) -> str | None:
    """The message that stands beside a code; None when `path` is no code's."""
    if not path or path[-1].lower() not in CODES or isinstance(facts[path], bool):
        return None
    beside = {other[-1].lower(): value for other, value in facts.items() if other[:-1] == path[:-1] and other}
    return next((beside[name] for name in MESSAGES if isinstance(beside.get(name), str)), None)


def _refused(code: str, said: str, key: str) -> Unreadable:
    text = (f"{code}: {said}" if code else said)[:300]
    meaning = _meaning(code, said, key)
    if meaning == NOTHING:
        return no_records(text)
    ko, en = ADVICE.get(meaning, ("", ""))
    return Unreadable(
        "api_error",
        ko=f"자료가 아니라 오픈API의 오류 응답입니다: {text} {ko}".rstrip(),
        en=f"This is an open API's error answer, not data: {text} {en}".rstrip(),
        said=text,
    )


def _meaning(code: str, said: str, key: str) -> str:
    for word, meaning in WORDS:
        if word in said.upper():
            return meaning
    if code.upper() in LETTERED:
        return LETTERED[code.upper()]
    return (KOSIS if key == "err" else PORTAL).get(code.lstrip("0"), "")


def no_records(said: str = "") -> Unreadable:
    return Unreadable(
        "no_records",
        ko=f"자료가 한 건도 들어 있지 않습니다. {said}".rstrip(),
        en=f"The file holds no records. {said}".rstrip(),
        said=said,
    )
