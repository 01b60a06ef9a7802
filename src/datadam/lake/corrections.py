"""What a steward set about columns by hand: names, types, words for missing, what is left out.

A correction names the column as the file does, so that next month's file is met by the same words.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from datadam.lake.errors import Unreadable
from datadam.lake.inference import FORMATS, SEOUL, TEXT, Format
from datadam.lake.personal.kinds import Protection
from datadam.lake.readers.base import Policy

Asked = Literal["integer", "number", "text", "date", "timestamp", "time", "duration", "boolean"]
ASKED: tuple[Asked, ...] = ("integer", "number", "text", "date", "timestamp", "time", "duration", "boolean")
CODES = ("rename", "retype", "drop", "protect", "missing", "describe")
YES = "'true', 't', 'yes', 'y', '1', 'o', '예', '네', '참'"
NO = "'false', 'f', 'no', 'n', '0', 'x', '아니오', '아니요', '거짓'"
TIME = (
    "CASE WHEN regexp_full_match({x}, '\\d{4}|\\d{6}') THEN {x}[1:2] || ':' || {x}[3:4] || ':' ||"
    " CASE WHEN length({x}) = 6 THEN {x}[5:6] ELSE '00' END ELSE CASE WHEN {x}[2] = ':' THEN '0' ELSE '' END || {x} ||"
    " CASE WHEN length({x}) < 6 THEN ':00' ELSE '' END END"
)
LABELS = {"integer": "0", "number": "0.0", "date": "YYYY-MM-DD", "timestamp": "YYYY-MM-DD hh:mm:ss"}


@dataclass(frozen=True)
class Corrections:
    """The corrections of one recipe, by the column's name in the file."""

    names: dict[str, str] = field(default_factory=dict)
    types: dict[str, Asked] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    described: dict[str, tuple[str, str]] = field(default_factory=dict)  # (description, unit)
    dropped: frozenset[str] = frozenset()
    protected: tuple[Protection, ...] = ()  # their columns are texts

    @classmethod
    def of(cls, policy: Policy) -> "Corrections":
        """Those among a recipe's steps; a later step for the same column wins."""
        steps = [] if isinstance(policy, str) else [step for step in policy if step.get("applied", True)]
        by: dict[str, dict[str, dict[str, Any]]] = {code: {} for code in CODES}
        for step in steps:
            if step.get("code") in by and step.get("column"):
                by[step["code"]][str(step["column"])] = step
        protected = tuple(map(_protection, (s for s in steps if s.get("code") == "protect" and s.get("column"))))
        types = {c: cast(Asked, step["type"]) for c, step in by["retype"].items() if step.get("type") in ASKED}
        return cls(
            names={column: str(step.get("to", column)) for column, step in by["rename"].items()},
            types={**types, **{each.column: "text" for each in protected}},
            missing={c: tuple(map(str, step.get("tokens", ()))) for c, step in by["missing"].items()},
            described={c: (str(s.get("text", "")), str(s.get("unit", ""))) for c, s in by["describe"].items()},
            dropped=frozenset(by["drop"]),
            protected=protected,
        )

    def protections(self) -> list[Protection]:
        """What is done to columns, by their names in the table."""
        return [replace(each, column=self.names.get(each.column, each.column)) for each in self.protected]

    def check(self, header: list[str], fixed: frozenset[str] = frozenset()) -> None:
        """Refuse names that two columns would share (case does not tell them apart), and a table without columns.

        Of `fixed` columns only the description changes: something else reads them.
        """
        changed = fixed.intersection((*self.names, *self.types, *self.missing, *self.dropped))
        if changed:
            raise Unreadable(
                "column_fixed",
                ko=f"‘{min(changed)}’ 열은 파일을 찾는 데 쓰므로 고치거나 버릴 수 없습니다.",
                en=f"Files are found by the column “{min(changed)}”: it can be neither changed nor dropped.",
                column=min(changed),
            )
        kept = [name for name in header if name not in self.dropped]
        if header and not kept:
            raise Unreadable("all_dropped", ko="정제법이 모든 열을 버립니다.", en="The recipe drops every column.")
        counted = Counter(self.names.get(name, name).casefold() for name in kept)
        for name in kept:
            new = self.names.get(name, name)
            if counted[new.casefold()] > 1:
                raise Unreadable(
                    "name_taken",
                    ko=f"정제법대로 이름을 바꾸면 ‘{new}’ 열이 둘이 됩니다.",
                    en=f"With the names of the recipe there would be two columns “{new}”.",
                    column=new,
                )

    def touches(self, column: str) -> bool:
        """Whether the values of the column are to be read from their text."""
        return column in self.types or column in self.missing


def _protection(step: dict[str, Any]) -> Protection:
    options = {"to": step["to"]} if step.get("to") else {}
    return Protection(str(step["column"]), step["action"], str(step["kind"]), options)


def fitting(policy: Policy, header: list[str]) -> Policy:
    """The policy without renames to a name that another column has in this file."""
    while not isinstance(policy, str):
        corrections = Corrections.of(policy)
        kept = [name for name in header if name not in corrections.dropped]
        counted = Counter(corrections.names.get(name, name).casefold() for name in kept)
        taken = {n for n in kept if n in corrections.names and counted[corrections.names[n].casefold()] > 1}
        if not taken:
            break
        policy = [step for step in policy if not (step.get("code") == "rename" and step.get("column") in taken)]
    return policy


def format_for(asked: Asked) -> Format:
    """The one format that reads every way of writing the type that is known."""
    if asked == "text":
        return TEXT
    if asked == "boolean":
        value = f"CASE WHEN lower({{x}}) IN ({YES}) THEN TRUE WHEN lower({{x}}) IN ({NO}) THEN FALSE END"
        return Format("boolean", "true/false", "boolean", r".*", value)
    if asked == "time":
        valid = "regexp_full_match({t}, '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?')"
        return Format("time", "hh:mm:ss", "text", r".*", TIME, valid)
    if asked == "duration":
        ways = [_way(each, asked) for each in FORMATS if each.code == asked]
        return Format(asked, "h:mm:ss", "integer", r".*", f"CASE {' '.join(ways)} END", unit="s")
    ways = [
        _way(each, asked)
        for each in FORMATS
        if each.code not in NOT_ASKED and (each.type == asked or (asked, each.type) in WIDER)
    ]
    return Format(asked, LABELS[asked], asked, r".*", f"CASE {' '.join(ways)} END")


NOT_ASKED = ("duration",)  # a number that is asked for is one that is written
WIDER = {("number", "integer"), ("timestamp", "date")}


def _way(each: Format, asked: Asked) -> str:
    pattern = each.pattern.replace("'", "''")
    value = each.value
    if asked == "timestamp" and each.type == "date":
        value = f"CAST({value} AS TIMESTAMP) {SEOUL}"  # a day begins in Korea
    if asked == "number":
        value = f"CAST({value} AS DOUBLE)"
    return f"WHEN regexp_full_match({{x}}, '{pattern}') THEN {value}"
