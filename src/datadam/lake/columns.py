"""A table's columns on their way from text to types, block by block."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.conversion import execute, hours, marks, statement
from datadam.lake.corrections import Corrections
from datadam.lake.inference import BELIEF, MISSING, SUPPRESSED, TEXT, widened
from datadam.lake.personal.protection import protect
from datadam.lake.planning import ARROW, SAMPLE_VALUES, Plan, corrected, native_type, plan_of
from datadam.lake.readers.base import BadRow, Block, Policy, Table
from datadam.lake.readers.text_pieces import row_text
from datadam.lake.types import Column, Finding, Proposal

SAMPLE_ROWS = 50_000
GROUP = 16  # columns of one statement: time and memory of a statement grow with the square of their number
TOLERANCE = 5  # failures that are quarantined before a share is asked for


class Widen(Exception):
    """Some columns' formats do not hold: position → the plan to try instead."""

    def __init__(self, plans: "dict[int, Plan]") -> None:
        super().__init__(f"{len(plans)} columns")
        self.plans = plans


@dataclass
class Converted:
    """A block in its types, its failures taken out."""

    cells: pa.RecordBatch
    bad: list[BadRow]
    set_aside: dict[str, int]
    present: dict[int, int] = field(default_factory=dict)  # per converting column: values there were
    missing: dict[int, int] = field(default_factory=dict)  # of which words for 'missing'
    failed: dict[int, int] = field(default_factory=dict)
    marks: Counter[tuple[str, int]] = field(default_factory=Counter)  # (what a mark for no value says, column)
    repeats: int = 1

    @property
    def source_rows(self) -> int:
        """Rows of the file that `cells` holds."""
        return self.cells.num_rows // self.repeats


class Plans:
    """The plans of all columns, and what their use has shown so far."""

    def __init__(
        self,
        plans: list[Plan],
        *,
        exact: bool,
        policy: Policy,
        table: Table,
    ) -> None:
        self.plans, self.exact, self.policy, self.table = plans, exact, policy, table
        self.corrections = Corrections.of(policy)
        self.protections = self.corrections.protections()
        self.as_text = [
            index
            for index, plan in enumerate(plans)
            if plan.figures or plan.is_serial or self.corrections.touches(plan.source)
        ]
        self.kept = [index for index, plan in enumerate(plans) if not plan.dropped]
        self.present: dict[int, int] = {}
        self.missing: dict[int, int] = {}
        self.failed: dict[int, int] = {}
        self.marks: Counter[tuple[str, int]] = Counter()
        converting = [(index, plan) for index, plan in enumerate(plans) if plan.converts]
        groups = [converting[at : at + GROUP] for at in range(0, len(converting), GROUP)]
        self._sql = {tuple(index for index, _ in group): statement(group) for group in groups}

    @classmethod
    def of(cls, table: Table, policy: Policy) -> "Plans":
        """Guess every column from the first rows of the table."""
        corrections = Corrections.of(policy)
        corrections.check(table.header, table.fixed)
        as_text = [index for index, name in enumerate(table.header) if corrections.touches(name)]
        blocks = []
        rows = 0
        for unit in table.units():
            block = _texts(_times_as_text(unit()), as_text)
            if block.cells.num_rows:
                blocks.append(block.cells.slice(0, SAMPLE_ROWS - rows))
                rows += blocks[-1].num_rows
            if rows >= SAMPLE_ROWS:
                break
        sample = pa.Table.from_batches(blocks) if blocks else None
        exact = policy == "none"
        plans = [
            corrected(
                plan_of(name, sample.column(index) if sample is not None else None, exact, policy, table),
                corrections,
            )
            for index, name in enumerate(table.header)
        ]
        return cls(plans, exact=exact, policy=policy, table=table)

    def widened(self, wider: Widen) -> "Plans":
        plans = [wider.plans.get(index, plan) for index, plan in enumerate(self.plans)]
        return Plans(plans, exact=self.exact, policy=self.policy, table=self.table)

    def fitted(self, unit: Callable[[], Block]) -> "Plans":
        """The plans widened until they hold for a block."""
        plans, block = self, unit()
        while True:
            try:
                plans.convert(lambda: block)
            except Widen as wider:
                plans = plans.widened(wider)
            else:
                return plans

    def schema(self) -> pa.Schema:
        return pa.schema([(self.plans[index].name, ARROW[self.plans[index].type]) for index in self.kept])

    def columns(self) -> list[Column]:
        return [self._column(self.plans[index]) for index in self.kept]

    def _column(self, plan: Plan) -> Column:
        label = plan.format.label if plan.converts and plan.format else ""
        text, unit = self.corrections.described.get(plan.source, ("", ""))
        if plan.type in ("integer", "number"):
            unit = unit or (plan.format or TEXT).unit or self.table.measures.get(plan.source, "")
        text = text or self.table.descriptions.get(plan.source, "")
        return Column(plan.name, plan.type, plan.source, label, text, unit)

    def convert(self, unit: Callable[[], Block]) -> Converted:
        """A block in its types. Raises Widen when a column's format fails for more than a few values."""
        block = _texts(_times_as_text(unit()), self.as_text)
        self._check_kinds(block.cells)
        if not any(plan.converts for plan in self.plans):
            cells = block.cells.select(self.kept).rename_columns(self.schema().names).cast(self.schema())
            result = Converted(cells, block.bad, block.set_aside, repeats=block.repeats)
        else:
            cells = block.cells.rename_columns([f"c{i}" for i in range(len(self.plans))])
            result = self._sorted_out(block, cells, *execute(self._sql, cells))
        if self.protections:
            result.cells = protect(result.cells, self.protections).cast(self.schema())
        for position, index in enumerate(self.kept):
            if self.plans[index].type == "integer" and not self.exact:
                found = hours(self.plans[index].source, result.cells.column(position))
                result.marks.update({(what, index): count for what, count in found})
        return result

    def _check_kinds(self, cells: pa.RecordBatch) -> None:
        """Native types must stay what they were; a column without values so far gets its plan when one comes."""
        wider = {}
        for index, plan in enumerate(self.plans):
            column = cells.column(index)
            if plan.dropped or plan.by_hand or column.null_count == len(column):
                continue
            native = native_type(column.type)
            if native != plan.native and not (native == "integer" and plan.native == "number"):
                kind = "number" if {native, plan.native} == {"integer", "number"} else native
                wider[index] = replace(plan, native=kind) if kind else self._again(plan, column)
            elif plan.native is None and plan.format is None:
                wider[index] = self._again(plan, column)
        if wider:
            raise Widen(wider)

    def _again(self, plan: Plan, column: pa.Array) -> Plan:
        return corrected(
            plan_of(plan.source, pa.chunked_array([column]), self.exact, self.policy, self.table), self.corrections
        )

    def _sorted_out(self, block: Block, cells: pa.RecordBatch, values: pa.Table, culprit: pa.Array) -> Converted:
        result = Converted(cells, block.bad, block.set_aside, repeats=block.repeats)
        self._tally(result, cells, values)
        if culprit.null_count == len(culprit):
            result.cells = self._named(values)
            return result
        rows = np.flatnonzero(np.asarray(culprit.is_valid()))
        self._judge(result, cells, values, rows, culprit)
        lines = block.line_numbers()
        wrong, first = np.unique(rows // block.repeats, return_index=True)  # what came of one row goes together
        rows = rows[first]
        sep = str(self.table.dialect.get("delimiter", ","))
        columns = np.asarray(culprit.take(pa.array(rows)))
        bad = [
            BadRow.of(
                int(lines[row]),
                f"not_{self.plans[column].kind}:{self.plans[column].name}",
                row_text(cells, row, sep),
            )
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ]
        result.bad = sorted([*block.bad, *bad], key=lambda row: row.line)
        good = np.ones(len(cells) // block.repeats, bool)
        good[wrong] = False
        result.cells = self._named(values.filter(pa.array(np.repeat(good, block.repeats))))
        return result

    def _tally(self, result: Converted, cells: pa.RecordBatch, values: pa.Table) -> None:
        for index, plan in enumerate(self.plans):
            if plan.converts:
                column = cells.column(index)
                result.present[index] = len(column) - column.null_count
                result.missing[index] = values.column(index).null_count - column.null_count
                if result.missing[index] and plan.format is not TEXT:
                    result.marks.update({(what, index): count for what, count in marks(column)})

    def _judge(
        self, result: Converted, cells: pa.RecordBatch, values: pa.Table, rows: np.ndarray, culprit: pa.Array
    ) -> None:
        """Take note of failures per column; too many, or failures a wider format would read, raise Widen."""
        wider: dict[int, Plan] = {}
        counts = pc.value_counts(culprit.drop_null())
        for entry in counts.to_pylist():
            index, count = entry["values"], entry["counts"]
            result.failed[index] = count
            result.missing[index] = max(0, result.missing[index] - count)
            plan = self.plans[index]
            where = rows[np.asarray(culprit.take(pa.array(rows))) == index][:SAMPLE_VALUES]
            texts = [text for text in cells.column(index).take(pa.array(where)).to_pylist() if text is not None]
            better = self._better(plan, texts, count, result.present[index])
            if better is not None:
                wider[index] = better
        if wider:
            raise Widen(wider)

    def _better(self, plan: Plan, failures: list[str], count: int, present: int) -> Plan | None:
        assert plan.format is not None
        if plan.asked:
            return None
        if self.exact:
            return replace(plan, format=TEXT)
        trimmed = [text.strip() for text in failures]
        if (
            not plan.trim
            and trimmed != failures
            and all(plan.format.matches(t) or t in MISSING or t in SUPPRESSED for t in trimmed)
        ):
            return replace(plan, trim=True)
        if any(len(text) > 1 and text[0] == "0" and text.isdigit() for text in trimmed):
            return replace(plan, format=TEXT)  # a leading zero: the numbers are codes after all
        if plan.type == "integer" and any(_is_code(text, plan.example) for text in trimmed):
            return replace(plan, format=TEXT)
        wide = widened(plan.format)
        if wide is not TEXT and sum(1 for text in trimmed if wide.matches(text)) >= max(1, 0.5 * len(trimmed)):
            return replace(plan, format=wide)
        if count > max(TOLERANCE, (1 - BELIEF) * present):
            return replace(plan, format=wide if wide is not TEXT and all(map(wide.matches, trimmed)) else TEXT)
        return None

    def _named(self, values: pa.Table) -> pa.RecordBatch:
        schema = self.schema()
        table = values.select(self.kept).rename_columns(schema.names).cast(schema).combine_chunks()
        batches = table.to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=schema)

    def count(self, converted: Converted) -> None:
        """Add a block's figures to the table's."""
        for total, part in (
            (self.present, converted.present),
            (self.missing, converted.missing),
            (self.failed, converted.failed),
        ):
            for index, number in part.items():
                total[index] = total.get(index, 0) + number
        self.marks += converted.marks

    def proposals(self) -> list[Proposal]:
        """What was done to each column, for the steward to see and turn down."""
        if self.exact:
            return []
        made = []
        for index, plan in enumerate(self.plans):
            if plan.declined:
                made.append(Proposal(plan.declined, plan.example, False, plan.source))
            if plan.converts and plan.format and plan.format is not TEXT and not plan.asked:
                made.append(Proposal(plan.format.code, f"{plan.format.label} ({plan.example})", True, plan.source))
                if plan.trim:
                    made.append(Proposal("trim_spaces", plan.example, True, plan.source))
                if self.missing.get(index):
                    made.append(Proposal("missing_token", str(self.missing[index]), True, plan.source))
        return made

    def findings(self) -> list[Finding]:
        wrong = [Finding("not_of_type", self.plans[index].name, n) for index, n in sorted(self.failed.items()) if n]
        told = [
            Finding(what, self.plans[index].name, n)
            for (what, index), n in sorted(self.marks.items())
            if what != "hour_other" and not (what == "hour_24" and self.marks[("hour_other", index)])
        ]
        return wrong + told


def _times_as_text(block: Block) -> Block:
    """Delta has no type for a time of day: it is kept as text, hh:mm:ss."""
    cells = block.cells
    for index, field_ in enumerate(cells.schema):
        if pa.types.is_time(field_.type):
            text = pc.replace_substring_regex(cells.column(index).cast(pa.string()), r"\.0+$", "")
            cells = cells.set_column(index, field_.name, text)
    return replace(block, cells=cells)


def _is_code(text: str, example: str) -> bool:
    """Letters and digits, as long as the column's other values: `29010AD` beside `2901051`."""
    return len(text) == len(example) > 3 and text.isascii() and text.isalnum() and not text.isalpha()


def _texts(block: Block, positions: list[int]) -> Block:
    """Columns that are read by hand, as their text."""
    cells = block.cells
    for index in positions:
        field_ = cells.schema.field(index)
        if not pa.types.is_string(field_.type):
            cells = cells.set_column(index, field_.name, cells.column(index).cast(pa.string()))
    return replace(block, cells=cells)
