"""From stored reports, profiles and changes to what templates draw."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog import words
from datadam.catalog.evidence import told
from datadam.web import formats
from datadam.web.text import Text

Stored = Mapping[str, Any]
CODE = re.compile(
    r"(코드|번호|연번|순번|일련|연도|년도|년월|우편|^id$|[_ ]id$|code$|[_ ]no\.?$|^no\.?$|year$)", re.IGNORECASE
)
NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class Part:
    """A share of the rows read, with the ink it is drawn in."""

    label: Text
    count: int
    ink: str
    note: str = ""


@dataclass(frozen=True)
class Account:
    """read = loaded + quarantined + set aside."""

    read: int
    quarantined: int
    legend: list[Part]
    files: bool = False  # of a file set: files instead of rows
    before: int | None = None  # rows of the release that these were added to
    reshaped: int = 0

    @property
    def parts(self) -> list[tuple[str, int]]:
        return [(part.ink, part.count) for part in self.legend]

    @property
    def label(self) -> str:
        return ", ".join(f"{part.label} {part.count:,}" for part in self.legend)


def account(report: Stored) -> Account:
    """The account of rows that a report keeps."""
    aside: Mapping[str, int] = report.get("rows_set_aside") or {}
    note = ", ".join(f"{words.reason(code)[0]} {count:,}" for code, count in aside.items())
    quarantined = int(report.get("rows_quarantined", 0))
    files = report.get("format") == "files"
    thing = "파일" if files else "행"
    legend = [
        Part(Text(f"적재한 {thing}", "loaded"), int(report.get("rows_loaded", 0)), "green"),
        Part(Text(f"격리한 {thing}", "quarantined"), quarantined, "signal"),
        Part(Text(f"제외한 {thing}", "set aside"), sum(aside.values()), "gray", note),
    ]
    before, reshaped = report.get("rows_before"), int(report.get("rows_reshaped", 0))
    return Account(int(report.get("rows_read", 0)), quarantined, legend, files, before, reshaped)


@dataclass
class Step:
    """One kind of proposal with the columns it concerns; `choices` are (key, column, applied, evidence)."""

    code: str
    words: Text
    choices: list[tuple[str, str, bool, Text | str]] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        return [column for _, column, _, _ in self.choices if column]

    @property
    def applied(self) -> bool:
        return any(applied for _, _, applied, _ in self.choices)

    @property
    def evidence(self) -> Text | str:
        """What was seen; of many columns, of the first."""
        return next((evidence for *_, evidence in self.choices if evidence), "")

    @property
    def alone(self) -> tuple[str, str, bool, Text | str] | None:
        return self.choices[0] if len(self.choices) == 1 else None


def steps(proposals: Iterable[Stored]) -> list[Step]:
    """Proposals of one code together, in the order in which they were made."""
    found: dict[str, Step] = {}
    for proposal in proposals:
        code, column = str(proposal["code"]), proposal.get("column") or ""
        step = found.setdefault(code, Step(code, words.proposal(code)))
        choice = (
            f"{code}:{column}" if column else code,
            column,
            bool(proposal.get("applied")),
            told(code, str(proposal.get("evidence", ""))),
        )
        if choice[0] not in {key for key, *_ in step.choices}:
            step.choices.append(choice)
    return list(found.values())


@dataclass(frozen=True)
class Remark:
    """A finding in words."""

    words: Text
    column: str
    count: int
    blocking: bool


def findings(stored: Iterable[Stored], *, told: bool = False) -> list[Remark]:
    """What a steward should know. Quarantined rows are told by the account already, what is decided where `told`."""
    return [
        Remark(words.finding(str(f["code"])), f.get("column") or "", int(f.get("count", 0)), bool(f.get("blocking")))
        for f in stored
        if not str(f["code"]).startswith(("quarantined_", "personal_") if told else "quarantined_")
    ]


@dataclass(frozen=True)
class BadRow:
    line: int
    words: Text
    column: str
    text: str


def bad_rows(rows: Iterable[Stored]) -> list[BadRow]:
    """Quarantined rows with their reason in words."""
    return [BadRow(row["line"], *words.reason(row["reason"]), row["text"]) for row in rows]


def columns(stored: Sequence[Stored], profile: Sequence[Stored]) -> list[dict[str, Any]]:
    """Each column's profile, ready to be drawn: a histogram for ordered types, bars of top values for the rest."""
    sources = {column["name"]: column for column in stored}
    return [_column(found, sources.get(found["name"], {})) for found in profile]


def _column(profile: Stored, column: Stored) -> dict[str, Any]:
    count, top = profile["count"], [tuple(pair) for pair in profile.get("top") or []]
    ordered = profile["type"] not in ("text", "boolean")
    bins = profile.get("histogram") or []
    drawn = bins if ordered and len(bins) > 1 and profile["distinct"] > 5 else []
    scattered = count - profile["nulls"] > 20 and profile["distinct"] > 0.5 * (count - profile["nulls"])
    return {
        **profile,
        "source": column.get("source", ""),
        "description": column.get("description", ""),
        "unit": column.get("unit", ""),
        "format": column.get("format", ""),
        "histogram": drawn,
        "low": profile.get("min"),
        "high": profile.get("max"),
        "top": [] if scattered else top[:6],
        "examples": [value for value, _ in top[:3]] if scattered and not drawn else [],
        "most": max((n for _, n in top), default=1),
        "empty": profile["nulls"] / count if count else 0.0,
        "pattern": profile.get("pattern", "") if profile["type"] == "text" else "",
    }


def changes(stored: Stored, *, files: bool = False) -> list[tuple[Text, str]]:
    """What is different from the release before, each with a kind: add, gone or plain; of a file set rows are files."""
    told: list[tuple[Text, str]] = []
    for name in stored.get("columns_added") or []:
        told.append((Text(f"열 ‘{name}’ 생김", f"column “{name}” is new"), "add"))
    for name in stored.get("columns_removed") or []:
        told.append((Text(f"열 ‘{name}’ 사라짐", f"column “{name}” is gone"), "gone"))
    for change in stored.get("columns_retyped") or []:
        before, after = words.type_words(change["from"]), words.type_words(change["to"])
        told.append(
            (
                Text(
                    f"열 ‘{change['name']}’: {before.ko} → {after.ko}",
                    f"column “{change['name']}”: {before.en} → {after.en}",
                ),
                "gone",
            )
        )
    if "rows_before" in stored:
        told.append((_files_changed if files else _rows_changed)(stored["rows"] - stored["rows_before"]))
    return told


def _files_changed(more: int) -> tuple[Text, str]:
    if more == 0:
        return Text("파일 수는 그대로", "as many files as before"), "plain"
    figure = formats.number(abs(more))
    if more > 0:
        return Text(f"파일 {figure}개 늘어남", f"{figure} files more"), "add"
    return Text(f"파일 {figure}개 줄어듦", f"{figure} files fewer"), "gone"


def _rows_changed(more: int) -> tuple[Text, str]:
    if more == 0:
        return Text("행 수는 그대로", "as many rows as before"), "plain"
    figure = formats.number(abs(more))
    if more > 0:
        return Text(f"{figure}행 늘어남", f"{figure} rows more"), "add"
    return Text(f"{figure}행 줄어듦", f"{figure} rows fewer"), "gone"


def table(names: Sequence[Stored], rows: Iterable[Sequence[Any]]) -> list[list[tuple[Any, bool]]]:
    """(value, is it a figure) for every cell; codes and years are written without separators."""
    numeric = [column.get("type") in NUMERIC for column in names]
    codes = [bool(CODE.search(str(column.get("name", "")))) for column in names]
    return [
        [
            (str(value) if code and value is not None else value, figure)
            for value, figure, code in zip(row, numeric, codes, strict=True)
        ]
        for row in rows
    ]
