"""Refusals of the sandbox: a code for programs, a sentence in both languages for people."""

from typing import Literal

Code = Literal[
    "syntax", "not_select", "unknown_table", "unknown_column", "function_refused", "too_slow", "too_big", "failed"
]


class QueryRefused(Exception):
    """The query will not be run, or was stopped. `ko` and `en` are complete sentences; `data` holds the facts."""

    def __init__(self, code: Code, *, ko: str, en: str, **data: object) -> None:
        super().__init__(en)
        self.code, self.ko, self.en, self.data = code, ko, en, data


def refusal(code: Code, detail: str = "", **data: object) -> QueryRefused:
    """The refusal of `code`; `detail` is the name or the engine's own words."""
    ko, en = _SENTENCES[code]
    return QueryRefused(code, ko=ko.format(detail), en=en.format(detail), detail=detail, **data)


_SENTENCES: dict[Code, tuple[str, str]] = {
    "syntax": ("SQL 문법을 읽을 수 없습니다: {}", "The SQL cannot be read: {}"),
    "not_select": (
        "SELECT 문 하나만 실행할 수 있습니다. 사용할 수 없는 부분: {}",
        "Only one SELECT statement can be run. Not accepted: {}",
    ),
    "unknown_table": (
        "‘{}’ 표가 없거나 이용 권한이 없습니다.",
        "There is no table “{}”, or you have no permission to read it.",
    ),
    "unknown_column": (
        "‘{}’ 열이 없거나 이용 권한이 없습니다.",
        "There is no column “{}”, or you have no permission to read it.",
    ),
    "function_refused": ("‘{}’ 함수는 사용할 수 없습니다.", "The function “{}” may not be used."),
    "too_slow": ("제한 시간 {}초 안에 끝나지 않아 중단했습니다.", "Stopped: not finished within {} seconds."),
    "too_big": (
        "메모리 한도 {}MB를 넘어 중단했습니다. 열이나 행을 줄여 주세요.",
        "Stopped at the memory limit of {} MB. Ask for fewer columns or rows.",
    ),
    "failed": ("쿼리를 실행하지 못했습니다: {}", "The query could not be run: {}"),
}
