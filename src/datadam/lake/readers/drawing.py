"""Where a steward said that the table lies: the step `table` of a recipe.

Rows are those of the sheet, or physical lines of a text; columns count from 1. Rows that are left out are remembered
by their first words, so that a file in which they moved is refused and never read askew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datadam.lake.errors import Unreadable
from datadam.lake.readers.base import Policy
from datadam.lake.readers.values import text_of

CODE = "table"
ALIKE = 2  # characters by which a row is known again: of notes the rest changes from month to month


@dataclass(frozen=True)
class Drawing:
    """`header`: first and last row, None for none. A drawing without `data` chooses the sheet, encoding, delimiter."""

    sheet: str = ""
    header: tuple[int, int] | None = None
    data: int = 0
    end: int = 0  # last row of data; 0: up to the end
    columns: tuple[int, int] | None = None
    cut: int = 0  # rows at the end that are left out, blank ones not counted
    cut_words: str = ""
    omit: tuple[tuple[int, str], ...] = ()  # rows left out, with their first words
    merged: bool = True
    encoding: str = ""
    delimiter: str = ""

    @property
    def lays_out(self) -> bool:
        return self.data > 0

    def is_header(self, row: int) -> bool:
        return self.header is not None and self.header[0] <= row <= self.header[1]


def of(policy: Policy) -> Drawing | None:
    """The drawing among a recipe's steps."""
    steps = [] if isinstance(policy, str) else policy
    found = [step for step in steps if step.get("code") == CODE and step.get("applied", True)]
    return read(found[-1]) if found else None


def read(step: dict[str, Any]) -> Drawing:
    """A step as a drawing."""
    header, columns = step.get("header"), step.get("columns")
    data = step.get("data") or (header[1] + 1 if header else 0)
    return Drawing(
        sheet=step.get("sheet", ""),
        header=(header[0], header[1]) if header else None,
        data=data,
        end=step.get("end", 0),
        columns=(columns[0], columns[1]) if columns else None,
        cut=step.get("cut", 0),
        cut_words=step.get("cut_words", ""),
        omit=tuple((row, words) for row, words in step.get("omit", ())),
        merged=step.get("merged", True),
        encoding=step.get("encoding", ""),
        delimiter=step.get("delimiter", ""),
    )


def words_of(row: Sequence[Any]) -> str:
    """The first filled cell of a row, as text."""
    return next((text.strip() for value in row if (text := text_of(value) or "").strip()), "")


def check_words(row: int, found: str, expected: str) -> None:
    """Refuse a file in which another row than the one drawn would be left out."""
    if not expected or _start(found) == _start(expected):
        return
    raise moved(
        f"{row}행은 ‘{expected[:40]}’(으)로 시작하던 줄인데 이 파일에서는 ‘{found[:40]}’입니다.",
        f"Row {row} began with “{expected[:40]}”; in this file it is “{found[:40]}”.",
    )


def _start(text: str) -> str:
    bare = "".join(text.split())
    return bare[: ALIKE if bare[:1].isalnum() else 1]  # ※, * and the like alone mark a note


def check_cut(before: str, found: str, rows: int, expected: str) -> None:
    """Refuse a file at whose end stand other rows than those that were cut off, or more of them."""
    if not expected:
        return
    if not found or _start(found) != _start(expected):
        raise moved(
            f"끝의 {rows}줄은 ‘{expected[:40]}’(으)로 시작했는데 이 파일에서는 ‘{found[:40]}’입니다.",
            f"The last {rows} rows began with “{expected[:40]}”; in this file they begin with “{found[:40]}”.",
        )
    if before and _start(before) == _start(expected):
        raise moved(
            f"끝에서 떼어 낼 줄이 {rows}줄보다 많습니다: ‘{before[:40]}’.",
            f"There are more than {rows} rows to cut at the end: “{before[:40]}”.",
        )


def moved(ko: str, en: str) -> Unreadable:
    return Unreadable(
        "drawn_moved",
        ko=f"정해 둔 표의 자리와 파일이 다릅니다. {ko} 표를 다시 정하십시오.",
        en=f"The file differs from the table as it was drawn. {en} Draw the table again.",
    )


def out_of_range(ko: str, en: str) -> Unreadable:
    return Unreadable(
        "drawn_range",
        ko=f"정해 둔 표가 파일 밖에 있습니다. {ko} 표를 다시 정하십시오.",
        en=f"The table as drawn lies outside the file. {en} Draw the table again.",
    )


def headerless(header: tuple[int, int]) -> Unreadable:
    first, last = header
    rows = str(first) if first == last else f"{first}–{last}"
    return Unreadable(
        "drawn_header",
        ko=f"머리글로 정한 {rows}행에 적힌 것이 없습니다. 표를 다시 정하십시오.",
        en=f"The header was drawn at row {rows}, where nothing is written. Draw the table again.",
    )


def sheet_unnamed(names: Sequence[str]) -> Unreadable:
    others = ", ".join(names[:8])
    return Unreadable(
        "sheet_unnamed",
        ko=f"파일에 시트가 여럿인데 표가 어느 시트에 있는지 정해 두지 않았습니다. sheet로 하나를 정하십시오: {others}",
        en=f"The file has several sheets, and the table as drawn names none. Name one with sheet: {others}",
    )


def sheet_gone(sheet: str, names: Sequence[str]) -> Unreadable:
    others = ", ".join(names[:8])
    return Unreadable(
        "sheet_gone",
        ko=f"정해 둔 시트 ‘{sheet}’이(가) 파일에 없습니다. 있는 것: {others}",
        en=f"The file has no sheet “{sheet}”, which was chosen. It has: {others}",
        sheet=sheet,
    )
