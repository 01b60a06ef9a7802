"""Small cells at intake: a table of people that singles somebody out is held, or treated as it was decided.

What is decided stands for the files to come as long as the columns stay the same.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadam.catalog import counting, storage
from datadam.catalog.counting import Shape
from datadam.catalog.models import Dataset, Decision, Release
from datadam.catalog.services.places import Order
from datadam.disclosure import selectors as disclosure
from datadam.lake.types import Finding

if TYPE_CHECKING:
    import pyarrow as pa

    from datadam.lake.types import Report
    from datadam.science.privacy import Protected, Spec, Treatment

log = logging.getLogger("datadam.catalog")
HELD = "small_cells"  # the code of the reason and of its finding
COUNTED = "counts_people"  # of a table about people that needs nothing
DONE = "cells_"  # and the treatment: what was done to the table
TREATED = ("suppress", "merge", "round")
LEFT = ("keep", "things")
THRESHOLD, BASE = 5, 5
MOST = 6_000_000  # cells that are looked at with their sums and with earlier tables; beyond it each by itself


def check(order: Order, dataset: Dataset | None, report: "Report", paths: list[Path]) -> str:
    """The code that holds a table of people with cells at risk; the finding tells how many, never which."""
    if report.format == "files":
        return ""
    import pyarrow.parquet as pq

    files, rows = [str(path) for path in paths], sum(pq.read_metadata(path).num_rows for path in paths)
    cut = bool({*report.header} - {column.source or column.name for column in report.columns})
    found = counting.shape(report.columns, files, rows, cut=cut)
    if found is None:
        return ""
    made, done = standing(dataset), _done(report)
    at_risk, facts = _risk(dataset, order.release, found, files, rows, done)
    left = at_risk and made is not None and made.action in LEFT and _covers(made, found)
    if not at_risk and found.unit == "ask":
        return ""
    facts = {**found.facts(), **facts, "kept": bool(left), "decision": made.pk if made else 0}
    held = bool(at_risk) and not left
    if held:
        _hush(report, found)
    report.findings = [*report.findings, Finding(HELD if at_risk else COUNTED, None, at_risk, held, facts)]
    return HELD if held else ""


def _covers(made: Decision, found: Shape) -> bool:
    """Whether a decision was about a table that counts in the same columns of the file, or in more; things are no
    people."""
    then = Shape.of(made.options)
    if made.action == "things" and found.unit != "ask":
        return False
    return _called(found, found.measures) <= _called(then, then.measures) and _called(
        found, found.dimensions
    ) <= _called(then, then.dimensions)


def _called(found: Shape, names: Sequence[str]) -> set[str]:
    return {found.sources.get(name, name) for name in names}


def _done(report: "Report") -> Finding | None:
    return next((each for each in report.findings if each.code.startswith(DONE)), None)


def _risk(
    dataset: Dataset | None, release: Release | None, found: Shape, files: list[str], rows: int, done: Finding | None
) -> tuple[int, dict[str, Any]]:
    """How many cells are at risk, and what is known of them."""
    from datadam.science.privacy import protect

    past = earlier(dataset, release, found)
    if rows * len(found.measures) > MOST or found.texts or found.mixed:
        return _alone(found, files, past)
    looked = replace(found, attached=tuple(found.largest))
    try:
        seen = protect(_columns(files, looked), spec(looked), earlier=past.tables, finer=past.finer)
    except ValueError:  # of kinds that do not go together
        log.exception("a table of counts could not be looked at as a whole")
        return _alone(found, files, past)
    facts = {"cells": seen.before.cells, **seen.before.counts(), "mergeable": list(seen.mergeable)}
    facts["known"] = past.known
    if done is None:
        return seen.before.count, facts
    before = seen.before
    rounded = done.code == DONE + "round"
    again = before.small | (before.dominated | before.whole_group if rounded else before.differenced)
    return int(again.sum()) + int(done.facts["left"]), facts


def _alone(found: Shape, files: list[str], past: "Past") -> tuple[int, dict[str, Any]]:
    """Each cell by itself, without sums and without what was published before."""
    from datadam.lake import counts

    cells, small = counts.below(files, found.measures, THRESHOLD)
    why = {"alone": True, "texts": list(found.texts), "mixed": found.mixed}
    return small, {"cells": cells, "small": small, "known": past.known, **why}


def _columns(files: Sequence[str], found: Shape) -> "pa.Table":
    import pyarrow.parquet as pq

    numbers = [*found.measures, *found.attached, *found.largest.values()]
    schema = pq.read_schema(files[0])
    texts = [name for name in found.dimensions if str(schema.field(name).type) == "string"]
    return pq.read_table(list(files), columns=[*found.dimensions, *dict.fromkeys(numbers)], read_dictionary=texts)


def treating(dataset: Dataset | None) -> Decision | None:
    """The decision by which the tables of a dataset are changed before they are stored."""
    made = standing(dataset)
    return made if made is not None and made.action in TREATED else None


def treat(order: Order, dataset: Dataset | None, report: "Report", table: "pa.Table") -> "pa.Table":
    """The table as the standing decision wants it; as it is where that cannot be done, and then `check` holds it."""
    made = treating(dataset)
    guessed = counting.guess(report.columns)
    if made is None or guessed is None or not _fits(made, guessed, table):
        return table
    found = Shape.of(made.options)
    try:
        done = protected(table, found, made.action, made.options, earlier(dataset, order.release, found))
    except ValueError:  # nothing to merge any more
        return table
    report.findings = [
        *report.findings,
        Finding(DONE + made.action, None, _touched(done, table), False, _told(done, table)),
    ]
    _hush(report, found)
    return done.table


def _hush(report: "Report", found: Shape) -> None:
    """No number of a table that is not, or not so, to be published stays in what is told of it."""
    from datadam.lake import guarding

    guarding.hush(report, [*found.measures, *found.attached])


def _fits(made: Decision, guessed: Shape, table: "pa.Table") -> bool:
    known = {*made.options["dimensions"], *made.options["measures"], *made.options["attached"]}
    if not {*guessed.dimensions, *guessed.measures, *guessed.attached} <= known:
        return False  # it is finer, or tells more, than what was decided about
    wanted = {*made.options["dimensions"], *made.options["measures"], *made.options["attached"]}
    return wanted <= set(table.column_names) and table.num_rows * len(made.options["measures"]) <= MOST


def _touched(done: "Protected", table: "pa.Table") -> int:
    """How many cells are withheld, categories merged, or cells moved."""
    if done.merged:
        return sum(len(olds) for olds in done.merged.values())
    return done.primary + done.complementary if not done.moved else table.num_rows


def _told(done: "Protected", table: "pa.Table") -> dict[str, Any]:
    """Whole numbers: `blank` is how many cells of any column are empty that were not."""
    blank = sum(column.null_count for column in done.table.columns) - sum(c.null_count for c in table.columns)
    return {
        "blank": max(0, blank),
        "left": done.after + done.revealed,
        "primary": done.primary,
        "complementary": done.complementary,
        "already_out": done.already_out,
    }


def standing(dataset: Dataset | None) -> Decision | None:
    """What is decided about the small cells of a dataset."""
    if dataset is None:
        return None
    return dataset.decisions.filter(kind=Decision.Kind.SMALL_CELLS, state=Decision.State.STANDING).first()


def spec(found: Shape, threshold: int = THRESHOLD) -> "Spec":
    """What is asked of a table that counts people so."""
    from datadam.science.privacy import Spec

    return Spec(
        found.dimensions, found.measures, threshold=threshold, attached=found.attached, largest=dict(found.largest)
    )


def protected(table: "pa.Table", found: Shape, action: str, options: dict[str, Any], past: "Past") -> "Protected":
    """The treatment of a decision. BadSpec (a ValueError) when it cannot be done to this table."""
    from datadam.science.privacy import protect

    wanted = spec(found, options.get("threshold", THRESHOLD))
    return protect(table, wanted, _asked(action, options), earlier=past.tables, finer=past.finer)


def _asked(action: str, options: dict[str, Any]) -> "Treatment":
    from datadam.science.privacy import Treatment

    return Treatment(action, options.get("dimension") or None, base=options.get("base", BASE))  # type: ignore[arg-type]


@dataclass
class Past:
    """What was published before of the same people: publications, their cells in the columns of the table at hand,
    and of those with more dimensions these as well."""

    known: list[int] = field(default_factory=list)
    tables: "list[pa.Table]" = field(default_factory=list)
    finer: "list[tuple[pa.Table, tuple[str, ...]]]" = field(default_factory=list)


def earlier(dataset: Dataset | None, release: Release | None, found: Shape) -> Past:
    """The cells of what was published before, from the lake."""
    past = Past()
    for pk, uid, number, dimensions in comparable(dataset, release, found):
        past.known.append(pk)
        before = Release.objects.filter(dataset__resource__uid=uid, number=number).exclude(version=None).first()
        if before is not None and before.state != Release.State.DESTROYED:
            more = [name for name in dimensions if name not in _called(found, found.dimensions)]
            _add(past, before, uid, found, more)
    return past


def comparable(dataset: Dataset | None, release: Release | None, found: Shape) -> list[tuple[int, Any, int, list[str]]]:
    """(publication, resource, release, dimensions) of what was published before of the same people."""
    return disclosure.earlier(
        dataset.resource.uid if dataset else None,
        dimensions=[found.sources.get(name, name) for name in found.dimensions],
        measures=[found.sources.get(name, name) for name in found.measures],
        before=release.number if release else None,
    )


def _add(past: Past, release: Release, uid: Any, found: Shape, more: list[str]) -> None:
    """An earlier release in the columns of this one, whatever they were called; nothing when none of them counts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stored = {column.get("source") or column["name"]: column for column in release.columns}
    wanted = {name: found.sources.get(name, name) for name in (*found.dimensions, *found.measures)}
    wanted |= {f"+{source}": source for source in more}
    there = {name: stored[source] for name, source in wanted.items() if source in stored}
    counts = [name for name in found.measures if there.get(name, {}).get("type") in ("integer", "number")]
    dimensions = tuple(name for name in there if name not in found.measures)
    if not counts or release.version is None or release.rows * len(found.measures) > MOST:
        return
    columns = {name: there[name]["name"] for name in (*dimensions, *counts)}
    table = pq.read_table(storage.files(uid, release.version), columns=list(columns.values()))
    table = pa.table({name: table[stored_as] for name, stored_as in columns.items()})
    for name in set(found.measures) - set(counts):
        table = table.append_column(name, pa.nulls(table.num_rows, pa.float64()))
    if not more:
        past.tables.append(table)
    elif set(found.dimensions) < set(dimensions):
        past.finer.append((table, dimensions))
