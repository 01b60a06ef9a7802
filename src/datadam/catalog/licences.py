"""Licences as permissions a program can read and words a person can: KOGL 0 to 4, its AI mark, and 제한 없음.

Types 1 to 4 follow the conditions that the Ministry of Culture publishes at kogl.or.kr. Type 0 and the AI mark
opened on 2026-01-28; their conditions are taken from press reports and from the icon page, so `verified` is False
for them until the ministry's own text has been read. "이용허락범위 제한 없음" is the wording of data.go.kr.
"""

from dataclasses import asdict, dataclass

from datadam.web.text import Text

KOGL = "https://www.kogl.or.kr/info/license.do"


@dataclass(frozen=True)
class Permissions:
    """What a licence asks and allows. `ai_training` is True only where the licence says so expressly."""

    attribution: bool
    commercial_use: bool
    derivatives: bool
    ai_training: bool


@dataclass(frozen=True)
class Licence:
    """`takes_ai_mark`: whether KOGL's AI mark may stand beside it."""

    key: str
    title: Text
    summary: Text
    permissions: Permissions
    url: str
    takes_ai_mark: bool = False
    verified: bool = True


def _kogl(number: int, title: Text, summary: Text, *, commercial: bool, derivatives: bool) -> Licence:
    permissions = Permissions(True, commercial, derivatives, False)
    return Licence(f"kogl-{number}", title, summary, permissions, KOGL, takes_ai_mark=True)


LICENCES: dict[str, Licence] = {
    licence.key: licence
    for licence in (
        Licence(
            "kogl-0",
            Text("공공누리 제0유형: 자유이용", "KOGL Type 0: free use"),
            Text(
                "출처를 밝히지 않아도 되고, 상업적으로 쓰고 고쳐 써도 됩니다.",
                "No attribution needed; commercial use and changes are allowed.",
            ),
            Permissions(False, True, True, True),
            KOGL,
            verified=False,
        ),
        _kogl(
            1,
            Text("공공누리 제1유형: 출처표시", "KOGL Type 1: attribution"),
            Text(
                "출처를 밝히면 상업적으로 쓰고 고쳐 써도 됩니다.",
                "Name the source; commercial use and changes are allowed.",
            ),
            commercial=True,
            derivatives=True,
        ),
        _kogl(
            2,
            Text("공공누리 제2유형: 출처표시·상업적 이용금지", "KOGL Type 2: attribution, non-commercial"),
            Text(
                "출처를 밝히고 비상업적으로만 쓸 수 있으며, 고쳐 써도 됩니다.",
                "Name the source; non-commercial use only; changes are allowed.",
            ),
            commercial=False,
            derivatives=True,
        ),
        _kogl(
            3,
            Text("공공누리 제3유형: 출처표시·변경금지", "KOGL Type 3: attribution, no derivatives"),
            Text(
                "출처를 밝히면 상업적으로 써도 되지만 고쳐 쓸 수 없습니다.",
                "Name the source; commercial use is allowed, changes are not.",
            ),
            commercial=True,
            derivatives=False,
        ),
        _kogl(
            4,
            Text(
                "공공누리 제4유형: 출처표시·상업적 이용금지·변경금지",
                "KOGL Type 4: attribution, non-commercial, no derivatives",
            ),
            Text(
                "출처를 밝히고 비상업적으로만, 고치지 않고 쓸 수 있습니다.",
                "Name the source; non-commercial use only; no changes.",
            ),
            commercial=False,
            derivatives=False,
        ),
        Licence(
            "unlimited",
            Text("이용허락범위 제한 없음", "No limits on use"),
            Text("조건 없이 자유롭게 쓸 수 있습니다.", "Free to use without conditions."),
            Permissions(False, True, True, True),
            "https://www.data.go.kr/",
        ),
    )
}

AI_MARK = Text("AI 학습 이용 허용", "Use for training AI allowed")
AI_MARK_SUMMARY = Text(
    "공공누리 AI유형 표시: 위 조건과 관계없이 AI 학습에는 쓸 수 있습니다.",
    "KOGL AI mark: whatever the conditions above, training AI is allowed.",
)

CLAUSES: dict[str, tuple[Text, Text]] = {  # permission → words when True, when False
    "attribution": (
        Text("출처를 밝혀야 합니다", "The source must be named"),
        Text("출처를 밝히지 않아도 됩니다", "The source need not be named"),
    ),
    "commercial_use": (
        Text("상업적으로 써도 됩니다", "Commercial use is allowed"),
        Text("상업적으로 쓸 수 없습니다", "Commercial use is not allowed"),
    ),
    "derivatives": (
        Text("고쳐 쓰고 새로 만들어도 됩니다", "Changes and derived works are allowed"),
        Text("고쳐 쓸 수 없습니다", "Changes are not allowed"),
    ),
    "ai_training": (
        Text("AI 학습에 쓸 수 있습니다", "Training AI is allowed"),
        Text("AI 학습 이용은 따로 허락하지 않았습니다", "Training AI is not expressly allowed"),
    ),
}


def permissions(key: str, *, ai_mark: bool = False) -> Permissions:
    """What `key` allows, with the AI mark counted. KeyError for an unknown licence."""
    licence = LICENCES[key]
    own = licence.permissions
    marked = own.ai_training or (ai_mark and licence.takes_ai_mark)
    return Permissions(own.attribution, own.commercial_use, own.derivatives, marked)


def clauses(key: str, *, ai_mark: bool = False) -> list[tuple[str, bool, Text]]:
    """(permission, value, words) in reading order, for a page."""
    values = asdict(permissions(key, ai_mark=ai_mark))
    return [(name, value, CLAUSES[name][0 if value else 1]) for name, value in values.items()]


def policy(key: str, *, target: str, ai_mark: bool = False) -> dict[str, object]:
    """An ODRL Offer (JSON-LD) with the same content; `ai_training` uses datadam's own action term."""
    allowed = permissions(key, ai_mark=ai_mark)
    uses = {"commercialize": allowed.commercial_use, "derive": allowed.derivatives}
    permitted = ["use", *[action for action, yes in uses.items() if yes]]
    if allowed.ai_training:
        permitted.append("datadam:trainAI")
    return {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"datadam": "urn:datadam:odrl:"}],
        "@type": "Offer",
        "uid": f"urn:datadam:licence:{key}{'+ai' if ai_mark else ''}",
        "target": target,
        "permission": [
            {"action": action, **({"duty": [{"action": "attribute"}]} if allowed.attribution else {})}
            for action in permitted
        ],
        "prohibition": [{"action": action} for action, yes in uses.items() if not yes],
    }
