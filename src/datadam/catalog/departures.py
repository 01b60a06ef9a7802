"""Where a new file departs from what the recipe and the release before say, and how the recipe could follow it."""

import difflib
import re
from typing import TYPE_CHECKING, Any

from datadam.catalog import words
from datadam.catalog.recipe_text import HEADS, Step
from datadam.catalog.words import proposal
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.catalog.models import Release
    from datadam.lake.types import Report

SHARE = 0.02  # of a column's rows may fail the type that a steward set before the file is held
FEW = 5
UNDONE = {"split": "not_split", "merge": "not_merged"}  # step → the finding that says it was not done
ALIKE = 0.5  # how like an old name a new one must be to be taken for it
LAYOUT = (
    "title_rows", "multi_row_header", "no_header", "footnotes", "total_rows", "total_column", "unpivot",
    "blank_columns", "trailing_delimiter", "merged_cells", "letter_spaced", "fill_down", "unmarked_totals",
    "share_rows", "statistic_rows", "name_and_code", "quoted_rows", "short_header", "record_path", "geojson",
    "nested_flattened",
)  # fmt: skip
Departure = dict[str, Any]  # code, column, was, now, holds


def _made(code: str, column: str = "", was: object = "", now: object = "", *, holds: bool = False) -> Departure:
    return {"code": code, "column": column, "was": str(was), "now": str(now), "holds": holds}


def found(before: "Release | None", steps: list[Step], report: "Report") -> list[Departure]:
    """All departures of a file from the recipe and from the reading before, those that hold it first."""
    told = [
        *_columns_gone(steps, report),
        *_undone(steps, report),
        *_names_taken(steps, report.header),
        *_types_unfit(steps, report),
    ]
    if before is not None:
        told += _differences(before.report, report)
    return sorted(told, key=lambda each: not each["holds"])


def reason(before: "Release | None", steps: list[Step], report: "Report") -> str:
    """`recipe_unfit` when the file is to wait for a steward."""
    return "recipe_unfit" if any(each["holds"] for each in found(before, steps, report)) else ""


def _columns_gone(steps: list[Step], report: "Report") -> list[Departure]:
    gone = [s for s in steps if s["code"] in HEADS and s["column"] not in report.header]
    return [_made("column_gone", s["column"], s["code"], holds=s["code"] not in ("drop", "describe")) for s in gone]


def _undone(steps: list[Step], report: "Report") -> list[Departure]:
    """Splits and merges that fitted no row, or whose columns are missing."""
    undone = {(each.code, each.column) for each in report.findings}
    wanted = [(UNDONE[step["code"]], about(step)) for step in steps if step["code"] in UNDONE]
    return [_made(code, column, holds=True) for code, column in wanted if (code, column) in undone]


def about(step: Step) -> str:
    """The column that a split parts, or that a merge makes."""
    return str(step["column"] if step["code"] == "split" else step["to"])


def _names_taken(steps: list[Step], header: list[str]) -> list[Departure]:
    left = fitting(steps, header)
    return [_made("name_taken", s["column"], s["to"], holds=True) for s in steps if s not in left]


def fitting(steps: list[Step], header: list[str]) -> list[Step]:
    """The steps without renames to a name that another column of the file has."""
    from datadam.lake import corrections

    left = corrections.fitting(steps, header)
    return left if isinstance(left, list) else steps


def _types_unfit(steps: list[Step], report: "Report") -> list[Departure]:
    failed = {finding.column: finding.count for finding in report.findings if finding.code == "not_of_type"}
    names = {column.source: column.name for column in report.columns}
    limit = max(FEW, SHARE * report.rows_read)
    told = []
    for step in steps:
        count = failed.get(names.get(step.get("column", ""))) or 0
        if step["code"] == "retype" and count:
            told.append(_made("type_unfit", step["column"], step["type"], count, holds=count > limit))
    return told


def _differences(before: dict[str, Any], report: "Report") -> list[Departure]:
    """What changed about the file itself: sure and harmless, so that it is listed and not held."""
    told = []
    for code, was, now in (
        ("encoding", before.get("encoding", ""), report.encoding),
        ("format", before.get("format", ""), report.format),
        ("delimiter", before.get("dialect", {}).get("delimiter", ""), report.dialect.get("delimiter", "")),
        ("title_rows", _titles(before.get("rows_set_aside", {})), _titles(report.rows_set_aside)),
    ):
        if was != now:
            told.append(_made(code, was=was, now=now))
    old = {each["code"] for each in before.get("proposals", []) if each["applied"]}
    new = {each.code for each in report.proposals if each.applied}
    told += [_made("layout_new", now=code) for code in LAYOUT if code in new - old and code != "title_rows"]
    told += [_made("layout_gone", was=code) for code in LAYOUT if code in old - new and code != "title_rows"]
    return told


def _titles(aside: dict[str, int]) -> int:
    return int(aside.get("title_row", 0))


def amended(steps: list[Step], before: "Release | None", report: dict[str, Any]) -> list[Step]:
    """The recipe that fits the new file: steps follow a column to its new name, or go when it is gone.

    A column that only changed its name in the file keeps its name in the data by a rename.
    """
    header = report.get("header", [])
    if not header:
        return steps
    old = before.report.get("header", []) if before is not None else []
    moved = _moved(old, header, [s["column"] for s in steps if s["code"] in HEADS])
    undone = {(each["code"], each["column"]) for each in report.get("findings", [])}
    kept: list[Step] = []
    for step in steps:
        if step["code"] in UNDONE:
            kept += [step] if (UNDONE[step["code"]], about(step)) not in undone else []
        elif step.get("column") is None or step["column"] in header:
            kept.append(step)
        elif step["column"] in moved:
            kept.append({**step, "column": moved[step["column"]]})
        elif step["code"] not in HEADS:
            kept.append(step)
    renamed = {step["column"] for step in kept if step["code"] == "rename"}
    kept = [s for s in kept if not (s["code"] == "rename" and s["column"] == s["to"])]
    for name, new in moved.items():
        if new not in renamed and name in old and name not in header and _survives(kept, new):
            kept.append({"code": "rename", "column": new, "to": name, "applied": True})
    return [step for step in fitting(kept, header) if not _unfit(step, report)]


def _survives(steps: list[Step], column: str) -> bool:
    return not any(step["code"] == "drop" and step["column"] == column for step in steps)


def _unfit(step: Step, report: dict[str, Any]) -> bool:
    """Whether the type that a steward set is one that the file does not fit any more."""
    names = {c["source"]: c["name"] for c in report.get("columns", [])}
    failed = {f["column"]: f["count"] for f in report.get("findings", []) if f["code"] == "not_of_type"}
    count = failed.get(names.get(step.get("column", ""), step.get("column"))) or 0
    return step["code"] == "retype" and count > max(FEW, SHARE * report.get("rows_read", 0))


def _moved(old: list[str], new: list[str], named: list[str]) -> dict[str, str]:
    """Names that are gone → the new names that most likely took their place: alike, or at the same place."""
    gone = [name for name in dict.fromkeys([*old, *named]) if name not in new]
    fresh = [name for name in new if name not in old]
    moved: dict[str, str] = {}
    for name in gone:
        free = [each for each in fresh if each not in moved.values()]
        bare = {_bare(each): each for each in reversed(free)}
        alike = [bare[found] for found in difflib.get_close_matches(_bare(name), list(bare), n=1, cutoff=ALIKE)]
        same_place = [
            each for each in free if name in old and len(old) == len(new) and old.index(name) == new.index(each)
        ]
        if alike or same_place:
            moved[name] = (alike or same_place)[0]
    return moved


def _bare(name: str) -> str:
    """A name without the unit in brackets that offices write after it."""
    return re.sub(r"\s*[(\[].*[)\]]\s*$", "", name) or name


def words_of(each: Departure) -> Text:
    """A departure as a sentence."""
    column, was, now = each["column"], each["was"], each["now"]
    match each["code"]:
        case "column_gone":
            step = HEADS[was]
            return Text(
                f"정제법이 말하는 ‘{column}’ 열이 파일에 없습니다 ({step.ko}).",
                f"The recipe speaks of a column “{column}” that the file lacks ({step.en.lower()}).",
            )
        case "not_split" | "not_merged":
            told = words.finding(each["code"])
            return Text(f"‘{column}’: {told.ko}", f"“{column}”: {told.en.lower()}")
        case "name_taken":
            return Text(
                f"정제법은 ‘{column}’ 열을 ‘{was}’(으)로 바꾸지만 파일에 ‘{was}’ 열이 따로 있어 바꾸지 않았습니다.",
                f"The recipe renames “{column}” to “{was}”, but the file has a column “{was}” of its own: left as is.",
            )
        case "type_unfit":
            return Text(
                f"‘{column}’ 열의 값 {int(now):,}개가 정한 종류에 맞지 않습니다.",
                f"{int(now):,} values of “{column}” are not of the type that was set.",
            )
        case "layout_new":
            return Text(f"지난 파일에는 없던 일: {proposal(now).ko}", f"New in this file: {proposal(now).en}")
        case "layout_gone":
            return Text(f"이번 파일에는 없는 일: {proposal(was).ko}", f"No longer in this file: {proposal(was).en}")
    label = LABELS.get(each["code"], Text(each["code"], each["code"]))
    return Text(f"{label.ko}: {was or '–'} → {now or '–'}", f"{label.en}: {was or '–'} → {now or '–'}")


LABELS = {
    "encoding": Text("인코딩", "Encoding"),
    "format": Text("형식", "Format"),
    "delimiter": Text("구분자", "Delimiter"),
    "title_rows": Text("제목 줄 수", "Title lines"),
}
