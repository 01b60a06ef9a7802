"""The steps of a recipe that say where a table lies and how its columns are parted, as text and back.

table sheet "시트1" header 4-5 data 7-120 columns B-K omit 6 "소계", 9 cut 3 "※ 자료" merged no
table encoding "cp949" delimiter ";"
split "코드(이름)" by "(" -> "코드", "이름"
split "주소" pattern "(\\S+구) (.*)" -> "구", "나머지"
merge "년", "월" with "-" -> "년월"
"""

import json
import re
from collections import deque
from typing import Any

from datadam.core.errors import Invalid
from datadam.web.text import Text

Step = dict[str, Any]
CODES = ("table", "split", "merge")
ENCODINGS = ("utf-8", "utf-8-sig", "cp949", "utf-16-le", "utf-16-be")
ROWS, COLUMNS, DEEP = 10_000_000, 16_384, 10
LISTED, WORDS, LENGTH = 1_000, 80, 200
KEYS = ("sheet", "header", "data", "end", "columns", "omit", "cut", "cut_words", "merged", "encoding", "delimiter")
FACTS = {
    "table": KEYS,
    "split": ("column", "by", "pattern", "into"),
    "merge": ("columns", "with", "to"),
}
AROUND = re.compile(r"\(\?(?!:)|\\[1-9]")  # what only a backtracking engine does


class Word(str):
    """A bare word, as against a quoted one."""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def letters(column: int) -> str:
    """A column's letters, as a sheet has them: 1 is A, 27 is AA."""
    made = ""
    while column:
        column, rest = divmod(column - 1, 26)
        made = chr(ord("A") + rest) + made
    return made


def column_number(text: str) -> int:
    """The column of letters or of a number; 0 when it is neither."""
    text = text.strip().upper()
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) < 6 else 0
    if not re.fullmatch("[A-Z]{1,3}", text):
        return 0
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def line_of(step: Step) -> str:
    """The step as its line."""
    if step["code"] == "split":
        how = f"pattern {_quoted(step['pattern'])}" if "pattern" in step else f"by {_quoted(step['by'])}"
        return f"split {_quoted(step['column'])} {how} -> {', '.join(map(_quoted, step['into']))}"
    if step["code"] == "merge":
        columns = ", ".join(map(_quoted, step["columns"]))
        return f"merge {columns} with {_quoted(step['with'])} -> {_quoted(step['to'])}"
    return " ".join(["table", *filter(None, _parts(step))])


def _parts(step: Step) -> list[str]:
    header, data, end, columns = (step.get(key) for key in ("header", "data", "end", "columns"))
    last = f"{data}-{end}" if end else f"{data}"
    omit = ", ".join(f"{row} {_quoted(words)}" if words else f"{row}" for row, words in step.get("omit", ()))
    words = f" {_quoted(step['cut_words'])}" if step.get("cut_words") else ""
    return [
        f"sheet {_quoted(step['sheet'])}" if "sheet" in step else "",
        f"header {_range(*header)}" if header else "",
        f"data {last}" if data else "",
        f"columns {letters(columns[0])}-{letters(columns[1])}" if columns else "",
        f"omit {omit}" if omit else "",
        f"cut {step['cut']}{words}" if "cut" in step else "",
        "merged no" if step.get("merged") is False else "",
        f"encoding {_quoted(step['encoding'])}" if "encoding" in step else "",
        f"delimiter {_quoted(step['delimiter'])}" if "delimiter" in step else "",
    ]


def _range(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


def read(tokens: list[str]) -> Step | None:
    """The step of a line's tokens; None when they are not understood."""
    try:
        if tokens[0] == "table":
            return _table(deque(tokens[1:]))
        return _split(tokens) if tokens[0] == "split" else _merge(tokens)
    except (IndexError, ValueError):
        return None


def _is_word(token: str, *words: str) -> bool:
    return isinstance(token, Word) and (not words or token in words)


def _listed(tokens: list[str]) -> list[str]:
    """Quoted names with commas between them. Raises ValueError for anything else."""
    if any(not _is_word(comma, ",") for comma in tokens[1::2]) or len(tokens) % 2 == 0:
        raise ValueError
    if any(isinstance(name, Word) for name in tokens[::2]):
        raise ValueError
    return tokens[::2]


def _split(tokens: list[str]) -> Step:
    _, column, how, by, arrow, *into = tokens
    quoted = not any(isinstance(each, Word) for each in (column, by))
    if not quoted or not _is_word(how, "by", "pattern") or not _is_word(arrow, "->"):
        raise ValueError
    return {"code": "split", "column": column, str(how): by, "into": _listed(into), "applied": True}


def _merge(tokens: list[str]) -> Step:
    *columns, how, by, arrow, to = tokens[1:]
    if not _is_word(how, "with") or not _is_word(arrow, "->") or isinstance(by, Word) or isinstance(to, Word):
        raise ValueError
    return {"code": "merge", "columns": _listed(columns), "with": by, "to": to, "applied": True}


def _table(tokens: deque[str]) -> Step:
    step: Step = {"code": "table", "applied": True}
    while tokens:
        key = tokens.popleft()
        if not _is_word(key) or key in step or key not in KEYS:
            raise ValueError
        step |= _fact(str(key), tokens)
    return step


def _fact(key: str, tokens: deque[str]) -> Step:
    if key in ("sheet", "encoding", "delimiter"):
        return {key: _text(tokens)}
    if key == "omit":
        return {"omit": _omitted(tokens)}
    value = tokens.popleft()
    if not _is_word(value):
        raise ValueError
    if key == "cut":
        words = {"cut_words": _text(tokens)} if tokens and not isinstance(tokens[0], Word) else {}
        return {"cut": int(value), **words}
    if key == "merged":
        return {"merged": {"no": False, "yes": True}[value]} if value in ("no", "yes") else _fail()
    first, _, last = value.partition("-")
    if key == "columns":
        return {"columns": [column_number(first), column_number(last or first)]}
    if key == "header":
        return {"header": [int(first), int(last or first)]}
    return {"data": int(first), **({"end": int(last)} if last else {})} if key == "data" else _fail()


def _fail() -> Step:
    raise ValueError


def _text(tokens: deque[str]) -> str:
    found = tokens.popleft()
    if isinstance(found, Word):
        raise ValueError
    return found


def _omitted(tokens: deque[str]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    while True:
        row = int(tokens.popleft())
        rows.append([row, _text(tokens) if tokens and not isinstance(tokens[0], Word) else ""])
        if not tokens or not _is_word(tokens[0], ","):
            return rows
        tokens.popleft()


# What makes sense


def _bad(ko: str, en: str) -> Invalid:
    return Invalid(Text(ko, en), code="bad_recipe")


def check(step: Step) -> None:
    """Refuse a step that makes no sense, with the reason."""
    unknown = [key for key in step if key not in (*FACTS[step["code"]], "code", "applied")]
    if unknown or not step["applied"]:
        raise _bad(
            f"‘{step['code']}’ 단계는 {', '.join(FACTS[step['code']])}(으)로 씁니다.",
            f"The step “{step['code']}” is written with {', '.join(FACTS[step['code']])}.",
        )
    {"table": _check_table, "split": _check_split, "merge": _check_merge}[step["code"]](step)


def _check_names(names: object, least: int) -> None:
    if not isinstance(names, list) or not least <= len(names) <= 50 or not all(map(_nameable, names)):
        raise _bad(f"열 이름을 {least}개 이상 쓰십시오.", f"Give {least} column names or more.")
    if len({name.casefold() for name in names}) < len(names):
        raise _bad("같은 열 이름이 둘 있습니다.", "A column name stands there twice.")


def _nameable(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) == len(name) <= LENGTH and name.isprintable()


def _check_split(step: Step) -> None:
    column, by, pattern = step.get("column"), step.get("by"), step.get("pattern")
    if not isinstance(column, str) or not column:
        raise _bad("나눌 열을 쓰십시오.", "Name the column to split.")
    _check_names(step.get("into"), 2)
    if (by is None) == (pattern is None):
        raise _bad("구분자(by)나 무늬(pattern)를 하나 쓰십시오.", "Give a delimiter (by) or a pattern.")
    if by is not None and not (isinstance(by, str) and 0 < len(by) <= 20):
        raise _bad("구분자는 1–20글자입니다.", "A delimiter has 1 to 20 characters.")
    if pattern is not None:
        _check_pattern(pattern, len(step["into"]))


def _check_pattern(pattern: object, groups: int) -> None:
    if not isinstance(pattern, str) or len(pattern) > LENGTH or AROUND.search(pattern):
        raise _bad(
            "쓸 수 없는 무늬입니다(앞뒤 보기와 되부르기는 안 됩니다).",
            "This pattern cannot be used (no look-around, no back-references).",
        )
    try:
        found = re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError):
        raise _bad(f"무늬 ‘{pattern}’을(를) 알 수 없습니다.", f"The pattern “{pattern}” is not understood.") from None
    if found != groups:
        raise _bad(
            f"무늬의 괄호는 {found}개인데 열 이름은 {groups}개입니다.",
            f"The pattern has {found} groups, but there are {groups} column names.",
        )


def _check_merge(step: Step) -> None:
    columns = step.get("columns")
    if not isinstance(columns, list) or not all(isinstance(name, str) and name for name in columns):
        raise _bad("합칠 열을 쓰십시오.", "Name the columns to merge.")
    if not 2 <= len(columns) <= 50 or len(set(columns)) < len(columns):
        raise _bad("서로 다른 열을 둘 이상 합칩니다.", "Two different columns or more are merged.")
    if not isinstance(step.get("with"), str) or len(step["with"]) > 20:
        raise _bad("사이에 넣을 글자는 20자까지입니다.", "What stands between has at most 20 characters.")
    if not _nameable(step.get("to")):
        raise _bad("합친 열의 이름을 쓸 수 없습니다.", "The name of the merged column cannot be used.")


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _check_table(step: Step) -> None:
    _check_choice(step)
    header, data, end = step.get("header"), step.get("data"), step.get("end")
    if header is not None and not _is_range(header, ROWS):
        raise _bad("머리글 행은 처음 ≤ 끝이어야 합니다.", "The header's first row is not after its last.")
    if header and header[1] - header[0] >= DEEP:
        raise _bad(f"머리글은 {DEEP}행까지입니다.", f"A header has at most {DEEP} rows.")
    if data is not None and not _whole(data, 1, ROWS):
        raise _bad("자료의 첫 행은 1 이상입니다.", "The first row of data is 1 or more.")
    if header and data is not None and data <= header[1]:
        raise _bad("자료의 첫 행이 머리글과 겹칩니다.", "The first row of data overlaps the header.")
    first = data or (header[1] + 1 if header else 0)
    if end is not None and not (data is not None and _whole(end, first, ROWS)):
        raise _bad("자료의 끝 행은 첫 행보다 앞설 수 없습니다.", "The last row of data is not before its first.")
    columns = step.get("columns")
    if columns is not None and not _is_range(columns, COLUMNS):
        raise _bad("열은 처음 ≤ 끝이어야 합니다.", "The first column is not after the last.")
    laid = ("end", "columns", "omit", "cut", "merged")
    if not first and any(key in step for key in laid):
        raise _bad("머리글(header)이나 자료의 첫 행(data)을 정하십시오.", "Say where the header or the data begins.")
    _check_left_out(step, header)


def _is_range(pair: object, most: int) -> bool:
    return (
        isinstance(pair, list) and len(pair) == 2 and all(_whole(each, 1, most) for each in pair) and pair[0] <= pair[1]
    )


def _check_choice(step: Step) -> None:
    if not any(key in step for key in KEYS):
        raise _bad("표를 어떻게 읽을지 쓰십시오.", "Say how the table is to be read.")
    sheet = step.get("sheet")
    if sheet is not None and not (isinstance(sheet, str) and 0 < len(sheet) <= 300):
        raise _bad("시트 이름을 쓸 수 없습니다.", "The sheet's name cannot be used.")
    if step.get("encoding", "cp949") not in ENCODINGS:
        raise _bad(
            f"인코딩은 {', '.join(ENCODINGS)} 가운데 하나입니다.", f"The encoding is one of {', '.join(ENCODINGS)}."
        )
    delimiter = step.get("delimiter", ",")
    if not (
        isinstance(delimiter, str) and len(delimiter) == 1 and delimiter.isascii() and delimiter not in '"\\\r\n\0'
    ):
        raise _bad("구분자는 글자 하나입니다.", "The delimiter is one character.")
    if not isinstance(step.get("merged", True), bool):
        raise _bad("merged는 yes나 no입니다.", "merged is yes or no.")
    if step.get("merged"):
        del step["merged"]  # as without it


def _check_left_out(step: Step, header: list[int] | None) -> None:
    omit, cut = step.get("omit", []), step.get("cut")
    fit = isinstance(omit, list) and len(omit) <= LISTED and all(_is_omitted(each) for each in omit)
    if not fit or ("omit" in step and not omit):
        raise _bad("뺄 행은 번호로 씁니다.", "Rows to leave out are given by number.")
    rows = [row for row, _ in omit]
    if len(set(rows)) < len(rows) or (header and any(header[0] <= row <= header[1] for row in rows)):
        raise _bad("뺄 행이 머리글과 겹치거나 두 번 있습니다.", "A row to leave out is in the header or given twice.")
    if cut is not None and not _whole(cut, 1, LISTED):
        raise _bad(f"끝에서 떼는 줄은 1–{LISTED}줄입니다.", f"1 to {LISTED} rows are cut at the end.")
    words = step.get("cut_words")
    if words is not None and not (cut and _is_words(words) and words):
        raise _bad("떼는 줄의 첫 말을 쓸 수 없습니다.", "The first words of what is cut cannot be used.")


def _is_omitted(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and _whole(pair[0], 1, ROWS) and _is_words(pair[1])


def _is_words(words: object) -> bool:
    return isinstance(words, str) and len(words) <= WORDS
