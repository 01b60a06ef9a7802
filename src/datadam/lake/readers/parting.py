"""Columns parted and joined by hand: the steps `split` and `merge` of a recipe, done block by block."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.errors import LakeError, Unreadable
from datadam.lake.readers.base import Block, Policy, Table, Unit
from datadam.lake.readers.text_pieces import Irregular
from datadam.lake.readers.values import text_array
from datadam.lake.types import Finding

CODES = ("split", "merge")
CLOSING = {"(": ")", "[": "]", "{": "}", "（": "）", "<": ">"}
GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|\((?!\?)", re.DOTALL)
Step = dict[str, Any]


def parted(table: Table, policy: Policy) -> Table:
    """The table with its columns split and merged. A step that fits nothing is told and left undone."""
    asked = [] if isinstance(policy, str) else policy
    steps = [step for step in asked if step.get("code") in CODES and step.get("applied", True)]
    if not steps or table.refusal:
        return table
    cells = _first(table)
    doing: list[Callable[[pa.RecordBatch], pa.RecordBatch]] = []
    for step in steps:
        do = partial(split if step["code"] == "split" else merge, step=step)
        if not _fits(cells, table.header, step):
            parting = step["code"] == "split"
            undone = Finding("not_split", step["column"], 0) if parting else Finding("not_merged", step["to"], 0)
            table.findings.append(undone)
            continue
        doing.append(do)
        table.header = _names(table.header, step)
        cells = do(cells) if cells is not None else None
    return replace(table, blocks=_blocks(table.units, doing), last_rows=list) if doing else table


def _blocks(
    units: Callable[[], Iterator[Unit]], doing: list[Callable[[pa.RecordBatch], pa.RecordBatch]]
) -> Callable[[], Iterator[Unit]]:
    def treated(unit: Unit) -> Block:
        block = unit()
        cells = block.cells
        for do in doing:
            cells = do(cells)
        return replace(block, cells=cells)

    return lambda: (partial(treated, unit) for unit in units())


def _first(table: Table) -> pa.RecordBatch | None:
    """The first rows, to see whether a step fits; None when there are none or reading will tell why."""
    try:
        return next((block.cells for unit in table.units() if (block := unit()).cells.num_rows), None)
    except Irregular:
        return _first(table) if table.be_careful() else None
    except LakeError:
        return None


def _columns(step: Step) -> list[str]:
    return [step["column"]] if step["code"] == "split" else list(step["columns"])


def _fits(cells: pa.RecordBatch | None, header: list[str], step: Step) -> bool:
    """Whether the columns are there, and, to be split, a part of them in the first rows that hold any text."""
    if any(name not in header for name in _columns(step)):
        return False
    if step["code"] == "merge" or cells is None:
        return True
    texts = _texts(cells.column(header.index(step["column"]))).drop_null()
    return not len(texts) or any(part.null_count < len(texts) for part in _parts(texts, step)[1:])


def _names(header: list[str], step: Step) -> list[str]:
    """The header afterwards. Raises Unreadable when a new name is another column's."""
    gone = _columns(step)
    at = min(map(header.index, gone))
    new = list(step["into"]) if step["code"] == "split" else [step["to"]]
    left = [name for name in header if name not in gone]
    for name in new:
        if name.casefold() in map(str.casefold, left):
            raise Unreadable(
                "name_taken",
                ko=f"정제법대로 열을 나누거나 합치면 ‘{name}’ 열이 둘이 됩니다.",
                en=f"With the columns split and merged as the recipe says there would be two columns “{name}”.",
                column=name,
            )
    before = sum(name in left for name in header[:at])
    return [*left[:before], *new, *left[before:]]


def split(cells: pa.RecordBatch, step: Step) -> pa.RecordBatch:
    """A column's parts in its place. A text that does not fit stays whole in the first of them."""
    header = cells.schema.names
    parts = _parts(_texts(cells.column(header.index(step["column"]))), step)
    return _placed(cells, step, parts)


def merge(cells: pa.RecordBatch, step: Step) -> pa.RecordBatch:
    """Columns' texts joined, in the first one's place; blank ones are passed over."""
    header = cells.schema.names
    texts = [_texts(cells.column(header.index(name))).to_pylist() for name in step["columns"]]
    joined = [str(step["with"]).join(filter(None, row)) or None for row in zip(*texts, strict=True)]
    return _placed(cells, step, [pa.array(joined, pa.string())])


def _placed(cells: pa.RecordBatch, step: Step, new: list[pa.Array]) -> pa.RecordBatch:
    header = cells.schema.names
    gone = {header.index(name) for name in _columns(step)}
    names = _names(header, step)
    old = iter([column for at, column in enumerate(cells.columns) if at not in gone])
    made = dict(zip(step["into"] if step["code"] == "split" else [step["to"]], new, strict=True))
    return pa.RecordBatch.from_arrays([made[name] if name in made else next(old) for name in names], names=names)


def _texts(column: pa.Array) -> pa.Array:
    """A column as trimmed text, null where blank."""
    texts = column if pa.types.is_string(column.type) else text_array(column.to_pylist())
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _parts(texts: pa.Array, step: Step) -> list[pa.Array]:
    wide = len(step["into"])
    if step.get("pattern"):
        return _matched(texts, str(step["pattern"]), wide)
    by, closing = str(step["by"]), CLOSING.get(str(step["by"]), "")
    rows: list[list[str | None]] = []
    for text in texts.to_pylist():
        if text and closing and text.endswith(closing) and by in text:
            text = text[:-1]
        found: list[str | None] = [part.strip() or None for part in text.split(by, wide - 1)] if text else []
        rows.append(found + [None] * (wide - len(found)))
    return [pa.array([row[at] for row in rows], pa.string()) for at in range(wide)]


def _matched(texts: pa.Array, pattern: str, wide: int) -> list[pa.Array]:
    """The groups of a pattern that the whole text must match, in linear time (RE2)."""
    numbers = iter(range(wide))
    named = GROUP.sub(lambda found: f"(?P<g{next(numbers, wide)}>" if found[0] == "(" else found[0], pattern)
    try:
        found = pc.extract_regex(texts, f"^(?:{named})$")
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise Unreadable(
            "bad_pattern",
            ko=f"열을 나누는 무늬 ‘{pattern}’을(를) 쓸 수 없습니다.",
            en=f"The pattern “{pattern}” cannot be used to split a column.",
        ) from error
    whole = pc.is_null(found)
    groups = [pc.struct_field(found, f"g{at}") for at in range(wide)]
    blank = [pc.if_else(pc.equal(group, ""), pa.scalar(None, pa.string()), group) for group in groups]
    return [pc.if_else(whole, texts, blank[0]), *blank[1:]]
