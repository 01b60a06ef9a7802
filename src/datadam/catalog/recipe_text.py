"""A recipe as text that people read, edit and compare: one step a line, everything after `#` is a remark.

off total_rows
on date "기준일"
rename "구군명" -> "구군"
type "날짜" date
drop "비고"
protect "연락처" mask phone
protect "생년월일" generalise birth_date year
missing "값" "-", "X"
describe "값" "하루 이용자 수" unit "명"
literal

Where the table lies and how columns are parted (`table`, `split`, `merge`): see `recipe_shapes`.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from datadam.catalog import codes, recipe_shapes, words
from datadam.catalog.recipe_shapes import Word
from datadam.core.errors import Invalid
from datadam.lake.hiding import tells
from datadam.lake.personal.kinds import KINDS
from datadam.web.text import Text

Step = dict[str, Any]
COARSER = {"birth_date": ("year", "decade"), "address": ("district", "neighbourhood")}  # what generalise may give
TYPES = ("integer", "number", "text", "date", "timestamp", "time", "duration", "boolean")
NAME_LENGTH = 200
TOKEN = re.compile(r'\s*(?:(->)|(,)|(\d+(?:-\d*)?|[A-Z]{1,3}-[A-Z]{1,3}|[A-Za-z_][A-Za-z0-9_]*)|("))')
HEADS = {
    "rename": Text("열 이름을 바꿈", "Columns renamed"),
    "retype": Text("열의 종류를 정함", "Types set"),
    "drop": Text("열을 버림", "Columns left out"),
    "protect": Text("개인정보를 가림", "Personal data covered"),
    "missing": Text("빈칸으로 읽을 표시", "Marks read as empty"),
    "describe": Text("열의 설명", "Columns described"),
}


class Line(NamedTuple):
    """A line of a comparison: `kind` is add, gone or same."""

    kind: str
    text: str


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def line_of(step: Step) -> str:
    """One step as its line."""
    code, column = step["code"], _quoted(str(step.get("column", "")))
    if code in recipe_shapes.CODES:
        return recipe_shapes.line_of(step)
    if code == "*":
        return "on *" if step["applied"] else "literal"
    if code == "rename":
        return f"rename {column} -> {_quoted(step['to'])}"
    if code == "retype":
        return f"type {column} {step['type']}"
    if code == "drop":
        return f"drop {column}"
    if code == "protect":
        return " ".join(["protect", column, step["action"], step["kind"], *([step["to"]] if step.get("to") else [])])
    if code == "missing":
        return f"missing {column} {', '.join(map(_quoted, step['tokens']))}"
    if code == "describe":
        unit = f" unit {_quoted(step['unit'])}" if step.get("unit") else ""
        return f"describe {column} {_quoted(step.get('text', ''))}{unit}"
    return f"{'on' if step['applied'] else 'off'} {code}" + (f" {column}" if step.get("column") else "")


def printed(steps: Iterable[Step], *, remarks: bool = True) -> str:
    """The whole text; with remarks, codes are explained in the page's language."""
    lines = []
    for step in steps:
        remark = words.PROPOSALS.get(step["code"]) if remarks and step["code"] not in HEADS else None
        lines.append(line_of(step) + (f"  # {remark}" if remark else ""))
    return "".join(f"{line}\n" for line in lines)


def parsed(text: str) -> list[Step]:
    """The steps of a text; Invalid with the number of the line that is not understood."""
    steps = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        tokens = _tokens(line, number)
        if tokens:
            steps.append(_step(tokens, number))
    return checked(steps)


def _tokens(line: str, number: int) -> list[str]:
    found: list[str] = []
    at = 0
    while line[at:].strip() and not line[at:].lstrip().startswith("#"):
        if line[at:].strip() == "*" or line[at:].lstrip().startswith("* "):
            found.append(Word("*"))
            at = line.index("*", at) + 1
            continue
        match = TOKEN.match(line, at)
        if match is None:
            raise _wrong(number, line)
        if match[4]:
            try:
                value, at = json.JSONDecoder().raw_decode(line, match.end() - 1)
            except ValueError:
                raise _wrong(number, line) from None
            found.append(value)
        else:
            found.append(Word(match[1] or match[2] or match[3]))
            at = match.end()
    return found


def _wrong(number: int, line: str, ko: str = "알 수 없는 줄입니다", en: str = "this line is not understood") -> Invalid:
    return Invalid(
        Text(f"{number}번째 줄: {ko}: {line.strip()[:80]}", f"Line {number}: {en}: {line.strip()[:80]}"),
        code="bad_recipe",
        line=number,
    )


def _step(tokens: list[str], number: int) -> Step:
    match tokens:
        case [Word("literal")]:
            return {"code": "*", "applied": False}
        case [Word("on" | "off") as switch, Word() as code]:
            return {"code": str(code), "applied": switch == "on"}
        case [Word("on" | "off") as switch, Word() as code, str(column)] if not isinstance(column, Word):
            return {"code": str(code), "column": column, "applied": switch == "on"}
        case [Word(code), _, *_] if code in recipe_shapes.CODES:
            made = recipe_shapes.read(tokens)
            if made:
                return _shape(made, tokens, number)
        case [Word(verb), str(column), *rest] if not isinstance(column, Word):
            made = _correction(str(verb), rest)
            if made:
                return {"code": made.pop("code"), "column": column, **made, "applied": True}
    raise _wrong(number, _joined(tokens))


def _shape(step: Step, tokens: list[str], number: int) -> Step:
    try:
        recipe_shapes.check(step)
    except Invalid as error:
        raise _wrong(number, _joined(tokens), error.message.ko.rstrip("."), error.message.en.rstrip(".")) from None
    return step


def _joined(tokens: list[str]) -> str:
    return " ".join(t if isinstance(t, Word) else _quoted(t) for t in tokens)


def _correction(verb: str, rest: list[str]) -> Step | None:
    quoted = [token for token in rest if not isinstance(token, Word)]
    match verb, rest:
        case "rename", [Word("->"), to] if quoted:
            return {"code": "rename", "to": to}
        case "type", [Word(asked)] if asked in TYPES:
            return {"code": "retype", "type": str(asked)}
        case "drop", []:
            return {"code": "drop"}
        case "protect", [Word("mask") as action, Word(kind)]:
            return {"code": "protect", "action": str(action), "kind": str(kind)}
        case "protect", [Word("generalise") as action, Word(kind), *to] if len(to) < 2 and not quoted:
            return {"code": "protect", "action": str(action), "kind": str(kind), **({"to": str(to[0])} if to else {})}
        case "missing", [_, *_] if len(quoted) == (len(rest) + 1) // 2 and all(t == "," for t in rest[1::2]):
            return {"code": "missing", "tokens": quoted}
        case "describe", [text] if quoted:
            return {"code": "describe", "text": text}
        case "describe", [text, Word("unit"), unit] if len(quoted) == 2:
            return {"code": "describe", "text": text, "unit": unit}
    return None


def checked(steps: object) -> list[Step]:
    """Steps given by a person, or Invalid. `apply` is read as `applied`."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) and step.get("code") for step in steps):
        raise _bad(
            "정제 방법은 code가 있는 단계의 목록이어야 합니다.", "A recipe is a list of steps, each with a code."
        )
    made = [_sound(step) for step in steps]
    _check_names(made)
    return made


def _bad(ko: str, en: str) -> Invalid:
    return Invalid(Text(ko, en), code="bad_recipe")


def _sound(step: Step) -> Step:
    kept = {key: value for key, value in step.items() if key != "apply" and value is not None}
    if not all(map(_storable, _texts(kept))):
        raise _bad("쓸 수 없는 글자가 들어 있습니다.", "A text holds a character that cannot be stored.")
    if any(map(tells, _texts(kept))):
        raise _bad("정제법에 개인정보를 적을 수 없습니다.", "A recipe must not hold personal data itself.")
    kept["applied"] = bool(step.get("applied", step.get("apply", True)))
    code, column = kept["code"], kept.get("column")
    if code in recipe_shapes.CODES:
        recipe_shapes.check(kept)
        return kept
    if not isinstance(code, str) or (column is not None and not isinstance(column, str)):
        raise _bad("단계의 code와 column은 글자여야 합니다.", "A step's code and column are texts.")
    if code in HEADS:
        _check_correction(kept)
    elif code != "*" and code not in codes.PROPOSALS:
        raise _bad(f"‘{code}’ 단계는 없습니다.", f"There is no step “{code}”.")
    return kept


def _texts(value: object) -> Iterator[str]:
    """Every text inside a step."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _check_correction(step: Step) -> None:
    code, column = step["code"], step.get("column")
    if not column:
        raise _bad(f"‘{code}’ 단계에 열이 없습니다.", f"The step “{code}” names no column.")
    if code == "rename" and not _nameable(step.get("to")):
        raise _bad(f"‘{column}’ 열의 새 이름을 쓸 수 없습니다.", f"The new name of “{column}” cannot be used.")
    if code == "retype" and step.get("type") not in TYPES:
        raise _bad(f"‘{column}’ 열의 종류를 알 수 없습니다.", f"The type of “{column}” is not known.")
    if code == "protect" and not _protects(step):
        raise _bad(f"‘{column}’ 열을 그렇게 가릴 수 없습니다.", f"“{column}” cannot be covered in that way.")
    tokens = step.get("tokens")
    if code == "missing" and not (
        isinstance(tokens, list) and tokens and all(isinstance(t, str) and t for t in tokens)
    ):
        raise _bad(f"‘{column}’ 열의 빈칸 표시를 쓰십시오.", f"Give the marks of “{column}” that mean empty.")
    if code == "describe" and not all(isinstance(step.get(key, ""), str) for key in ("text", "unit")):
        raise _bad("설명과 단위는 글자여야 합니다.", "Description and unit are texts.")


def _protects(step: Step) -> bool:
    kind, action, to = KINDS.get(str(step.get("kind"))), step.get("action"), step.get("to")
    known = kind is not None and action in ("mask", "generalise") and action in kind.actions
    return known and (to is None or (action == "generalise" and to in COARSER.get(kind.code, ())))  # type: ignore[union-attr]


def _nameable(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) == len(name) <= NAME_LENGTH and name.isprintable()


def _check_names(steps: list[Step]) -> None:
    """Each column is corrected once in each way, no two columns get one name, and there is one table."""
    if sum(step["code"] == "table" for step in steps) > 1:
        raise _bad("table 단계는 하나만 씁니다.", "There is one step “table” at most.")
    seen: set[tuple[str, str, str]] = set()
    for step in steps:
        key = (step["code"], str(step.get("column")), str(step.get("kind")))
        if step["code"] in HEADS and key in seen:
            raise _bad(f"‘{key[1]}’ 열에 같은 단계가 둘 있습니다.", f"“{key[1]}” has the same step twice.")
        seen.add(key)
    names = [step["to"].casefold() for step in steps if step["code"] == "rename"]
    for name in names:
        if names.count(name) > 1:
            raise _bad(f"두 열의 이름이 모두 ‘{name}’이 됩니다.", f"Two columns would be called “{name}”.")


def compared(before: Iterable[Step], after: Iterable[Step]) -> list[Line]:
    """What came and went, line by line."""
    old, new = (printed(steps, remarks=False).splitlines() for steps in (before, after))
    kinds = {"+": "add", "-": "gone", " ": "same"}
    return [Line(kinds[line[0]], line[2:]) for line in difflib.ndiff(old, new) if line[0] in kinds]
