"""What offices do inside a table: totals, letter-spaced and left-out labels, a name and its code, periods as columns.

Looked for in the table's first block, proposed, and done block by block to what the policy wants. Texts and sheets
alike: `settled` takes a table as its reader found it and gives it back with its proposals and its blocks so treated.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.errors import LakeError
from datadam.lake.readers import derived, groups, half_dates, reshape, totals, units
from datadam.lake.readers.base import Block, Policy, Table, Unit, wants
from datadam.lake.readers.sample import Sample, take
from datadam.lake.readers.text_pieces import Irregular
from datadam.lake.readers.wording import GAPS, HALF_SPACED, SPACED, SPACED_CELL, collapsed
from datadam.lake.types import Proposal

CODED = re.compile(r"^(.*[^\d\s(\[].*?)\s*[(\[]\s*([0-9A-Z]*\d[0-9A-Z]*)\s*[)\]]$")
CODED_SHARE, CODED_FIRST, CODED_LENGTH = 0.9, 10, 80

Step = Callable[[Block], Block]


def settled(table: Table, policy: Policy) -> Table:
    """The table with what its body asks for. A table that cannot be read is left for the reading to tell."""
    if policy == "none" or table.refusal:
        return table
    sample = _sample(table)
    return table if sample is None else _Body(table, policy, sample).treated()


def _sample(table: Table) -> Sample | None:
    try:
        return take(table)
    except Irregular:
        return take(table) if table.be_careful() else None
    except LakeError:
        return None


class _Body:
    """Proposals about one table's rows and the steps that carry out those that are wanted, in their order."""

    def __init__(self, table: Table, policy: Policy, sample: Sample) -> None:
        self._table, self._policy, self._sample = table, policy, sample
        self._proposals: list[Proposal] = []
        self._before: list[Step] = []  # steps that labels are filled after
        self._halves: dict[int, str] = {}  # columns of shortened dates, with their kind
        self._texts: list[str] = []
        self._filled: list[int] = []
        self._steps: list[Step] = []
        self._coded: list[int] = []
        self._dropped: set[str] = set()
        self._turn: reshape.Turn | None = None

    def treated(self) -> Table:
        self._units()
        self._padded()
        self._spaced()
        self._half_dates()
        self._shares()
        self._statistics()
        self._gaps()
        self._totals()
        self._total_columns()
        self._codes()
        self._periods()
        if not self._proposals:
            return self._table
        table = replace(self._table, proposals=[*self._table.proposals, *self._proposals])
        table.texts |= frozenset(self._texts)
        if self._before or self._halves or self._filled or self._steps or self._turn:
            table.blocks = self._blocks
        table.header = self._header()
        if self._turn:
            table.measures = self._turn.measures(table.header, table.measures)
            table.header = self._turn.header
        return table

    def _header(self) -> list[str]:
        """The names before columns are turned into rows."""
        names = _with_codes(self._table.header, self._coded)
        return [name for name in names if name not in self._dropped]

    def _propose(self, code: str, evidence: str, column: int | None, *, sure: bool) -> bool:
        name = None if column is None else self._table.header[column]
        applied = wants(self._policy, code, name, sure=sure)
        self._proposals.append(Proposal(code, evidence[:200], applied, name))
        return applied

    def _blocks(self) -> Iterator[Block | Unit]:
        """Units as the reader gives them, treated. To fill labels they are read one after the other."""
        units = (partial(_treat, unit, self._before) for unit in self._table.units())
        if self._halves or self._filled:
            whole = half_dates.complete((unit() for unit in units), self._halves)
            units = (partial(_itself, block) for block in groups.fill(whole, self._filled))
        for unit in units:
            treated = partial(_treat, unit, self._steps)
            yield from reshape.turned(treated, self._turn) if self._turn else (treated,)

    def _units(self) -> None:
        """Several units in one line are given to the columns whose they are, as far as that is known."""
        header, measures = self._table.header, self._table.measures
        figures = [header[column] for column in sorted(self._sample.figures) if header[column] not in measures]
        shared = units.shared_out(figures, self._table.noted)
        if shared:
            evidence = " · ".join([self._table.noted, *(f"{name}: {unit}" for name, unit in shared.items())])
            told = [each for each in self._table.proposals if each.code != "unit"]
            told.append(Proposal("unit", evidence[:200], applied=True))
            self._table = replace(self._table, measures={**measures, **shared}, proposals=told)

    def _padded(self) -> None:
        wanted = [
            at
            for at in self._sample.padded
            if not self._taken_as_text(at)
            and self._propose("trim_spaces", next(filter(None, self._sample.labels[at]), ""), at, sure=True)
        ]
        if wanted:
            self._before.append(partial(_trim, columns=wanted))

    def _taken_as_text(self, column: int) -> bool:
        """Whether a steward set its type: a text is then as the file has it."""
        steps = [] if isinstance(self._policy, str) else self._policy
        name = self._table.header[column]
        return any(step.get("code") == "retype" and step.get("column") == name for step in steps)

    def _spaced(self) -> None:
        found: dict[int, str] = {}
        for column, texts in self._sample.labels.items():
            pattern = SPACED if _mostly(SPACED, texts) else SPACED_CELL
            words = _matching(pattern, texts)
            if words:
                evidence = ", ".join(f"{word} → {collapsed(word)}" for word in words[:3])
            elif words := _matching(HALF_SPACED, texts):
                evidence = ", ".join(words[:3])
            if words and self._propose("letter_spaced", evidence, column, sure=collapsed(words[0]) != words[0]):
                found[column] = f"{pattern}|{HALF_SPACED}"
                self._sample = self._sample.with_labels(column, list(map(collapsed, texts)))
        if found:
            self._before.append(partial(_collapse, columns=found))

    def _half_dates(self) -> None:
        """Shortened dates are completed, or else kept as the texts that they are."""
        for each in half_dates.find(self._sample.cells, self._table.header, complete=self._sample.complete):
            if self._propose("half_dates", each.evidence, each.column, sure=each.sure):
                self._halves[each.column] = each.kind
            else:
                self._texts.append(self._table.header[each.column])
            if each.column in self._halves and each.column in self._sample.labels:
                labels = self._sample.labels[each.column]
                self._sample = self._sample.with_labels(each.column, half_dates.in_full(labels, each.kind))

    def _shares(self) -> None:
        rows = derived.shares(self._sample)
        if len(rows):
            lines = self._sample.lines[rows]
            if self._propose("share_rows", _listed(lines), None, sure=True):
                self._before.append(partial(_without_lines, lines=lines, reason="share_row"))
                self._before.append(partial(_whole, columns=self._sample.without(rows).whole))
            self._sample = self._sample.without(rows)

    def _statistics(self) -> None:
        rows, sure = derived.statistics(self._sample)
        if len(rows):
            lines = self._sample.lines[rows]
            if self._propose("statistic_rows", _listed(lines), None, sure=sure):
                self._before.append(partial(_without_lines, lines=lines, reason="statistic_row"))
                self._sample = self._sample.without(rows)

    def _gaps(self) -> None:
        for gaps in groups.find(self._sample):
            evidence = f"{gaps.labels} + {gaps.blanks}"
            if self._propose("fill_down", evidence, gaps.column, sure=gaps.sure):
                self._filled.append(gaps.column)
            if gaps.sure or gaps.column in self._filled:
                filled = groups.filled_down(self._sample.labels[gaps.column])
                self._sample = self._sample.with_labels(gaps.column, filled)

    def _totals(self) -> None:
        columns = []
        for each in totals.marked(self._sample, self._table):
            evidence = f"{', '.join(each.words[:4])}: {each.rows} (Σ {each.sums}/{each.judged})"
            if self._propose("total_rows", evidence, each.column, sure=each.sure):
                columns.append(each.column)
        if columns:
            self._steps.append(partial(totals.without_marked, columns=columns))
        rows, how = totals.unmarked(self._sample)
        if len(rows):
            lines = self._sample.lines[rows]
            if self._propose("unmarked_totals", f"{how}: {_listed(lines)}", None, sure=False):
                self._steps.append(partial(_without_lines, lines=lines, reason="total_row"))

    def _total_columns(self) -> None:
        for column, what in totals.total_columns(self._sample):
            if self._propose("total_column", what, column, sure=False):
                self._dropped.add(self._table.header[column])

    def _codes(self) -> None:
        for column, texts in self._sample.labels.items():
            present = [text for text in dict.fromkeys(texts) if text]
            if not any(map(_coded, present[:CODED_FIRST])):
                continue
            coded = [text for text in present if _coded(text)]
            if len(coded) < max(3, CODED_SHARE * len(present)):
                continue
            if self._propose("name_and_code", coded[0], column, sure=False):
                self._coded.append(column)
        if self._coded:
            self._steps.append(partial(_split_codes, columns=self._coded))
        if self._dropped:
            self._steps.append(reshape.dropping(self._dropped))

    def _periods(self) -> None:
        header = self._header()
        turn = reshape.find(header)
        if turn and self._propose("unpivot", reshape.evidence(header, turn), None, sure=False):
            self._turn = turn


def _coded(text: str) -> re.Match[str] | None:
    """A name and its code; a long text is neither, and would be looked through again and again."""
    return CODED.match(text) if len(text) <= CODED_LENGTH else None


def _mostly(pattern: str, texts: list[str]) -> bool:
    """Whether a column's words are nearly all written so: then a single blank between two syllables is no phrase."""
    words = [text for text in dict.fromkeys(texts) if len(text) > 1]
    return len(words) > 2 and sum(bool(re.match(pattern, word)) for word in words) >= 0.9 * len(words)


def _matching(pattern: str, texts: list[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text and re.match(pattern, text)]


def _itself(block: Block) -> Block:
    return block


def _treat(unit: Unit, steps: list[Step]) -> Block:
    block = unit()
    for step in steps:
        block = step(block)
    return block


def _trim(block: Block, columns: list[int]) -> Block:
    cells = block.cells
    for column in columns:
        texts = pc.utf8_trim_whitespace(cells.column(column))
        bare = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
        cells = cells.set_column(column, cells.schema.field(column).name, bare)
    return replace(block, cells=cells)


def _collapse(block: Block, columns: dict[int, str]) -> Block:
    cells = block.cells
    for column, pattern in columns.items():
        texts = pc.utf8_trim_whitespace(cells.column(column).cast(pa.string()))
        spaced = pc.match_substring_regex(texts, pattern)
        bare = pc.if_else(spaced, pc.replace_substring_regex(texts, GAPS, ""), cells.column(column))
        cells = cells.set_column(column, cells.schema.field(column).name, bare)
    return replace(block, cells=cells)


def _listed(lines: np.ndarray) -> str:
    return ", ".join(map(str, lines[:8].tolist()))


def _whole(block: Block, columns: list[int]) -> Block:
    """Columns of doubles that hold whole numbers alone, as such."""
    cells = block.cells
    for column in columns:
        if pa.types.is_floating(cells.column(column).type):
            cells = cells.set_column(column, cells.schema.names[column], cells.column(column).cast(pa.int64()))
    return replace(block, cells=cells)


def _without_lines(block: Block, lines: np.ndarray, reason: str) -> Block:
    return totals.without(block, np.isin(block.line_numbers(), lines), reason)


def _with_codes(header: list[str], columns: list[int]) -> list[str]:
    """The header with a column for the code behind each column that holds a name and a code."""
    made: list[str] = []
    for position, name in enumerate(header):
        made.append(name)
        if position in columns:
            new = f"{name} 코드"
            while new in header or new in made:
                new += "_2"
            made.append(new)
    return made


def _split_codes(block: Block, columns: list[int]) -> Block:
    """Names and codes apart; a cell without a code keeps its text."""
    cells = block.cells
    names = _with_codes(cells.schema.names, columns)
    for column in sorted(columns, reverse=True):
        parts = [_parted(text) for text in cells.column(column).to_pylist()]
        cells = cells.set_column(column, cells.schema.field(column).name, pa.array([n for n, _ in parts], pa.string()))
        arrays = [
            *cells.columns[: column + 1],
            pa.array([c for _, c in parts], pa.string()),
            *cells.columns[column + 1 :],
        ]
        cells = pa.RecordBatch.from_arrays(arrays, names=[str(at) for at in range(len(arrays))])
    return replace(block, cells=cells.rename_columns(names))


def _parted(text: str | None) -> tuple[str | None, str | None]:
    found = _coded(text.strip()) if text else None
    return (found[1], found[2]) if found else (text, None)
