"""What stands between a table that was written and its commit: its treatment, and the search for personal data."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.personal.kinds import Sighting
from datadam.lake.personal.scanning import scan
from datadam.lake.profile import Sampler
from datadam.lake.staging import Staging
from datadam.lake.tables import Load
from datadam.lake.types import Column, ColumnProfile, Finding, Report
from datadam.lake.writer import Writer

PERSONAL = "personal_"  # a finding's code is this and the kind
HELD = "personal_data"
SHOWN = 20  # rows of a held table that are kept for who decides


def treat(load: Load, report: Report, sampler: Sampler, treatment: Callable[[pa.Table], pa.Table]) -> pa.Schema | None:
    """Write the table anew as the treatment leaves it; its schema, or None when it left everything as it was."""
    before = pq.read_table([str(path) for path in load.paths])
    after = treatment(before)
    if after is before:
        return None
    load.restart()
    writer = Writer(load)
    sampler.clear()
    for batch in after.combine_chunks().to_batches():
        sampler.add(batch)
        writer.write(batch)
    writer.close(after.schema)
    report.columns = [_retyped(column, after.schema) for column in report.columns if column.name in after.column_names]
    if after.num_rows != report.rows - (report.rows_before or 0):
        report.rows_reshaped = after.num_rows
    return after.schema


def _retyped(column: Column, schema: pa.Schema) -> Column:
    from datadam.lake.planning import native_type

    return dataclasses.replace(column, type=native_type(schema.field(column.name).type) or "text")


def personal(report: Report, paths: list[Path], kept: frozenset[tuple[str, str]]) -> list[str]:
    """Tell of all personal data in the files; what was found is not described in the profile. Why it holds them."""
    sources = {column.name: column.source or column.name for column in report.columns}
    sightings = scan(paths, report.columns)
    found = [_finding(seen, kept=(sources[seen.column], seen.kind) in kept) for seen in sightings]
    report.findings = [*report.findings, *found]
    silent = {finding.column for finding in found if not finding.facts["kept"]}
    report.profile = [_blank(each) if each.name in silent else each for each in report.profile]
    return [HELD] if any(finding.blocking for finding in found) else []


def _finding(seen: Sighting, *, kept: bool) -> Finding:
    facts = {"form": seen.form, "why": seen.why, "example": seen.example, "rows": seen.rows, "kept": kept}
    return Finding(PERSONAL + seen.kind, seen.column, seen.count, seen.blocking and not kept, facts)


def _blank(profile: ColumnProfile) -> ColumnProfile:
    """Counts alone."""
    told = (profile.name, profile.type, profile.count, profile.nulls, profile.distinct, profile.exact)
    return ColumnProfile(*told)


def preview(paths: list[Path], staging: Staging) -> str:
    """Seal the first rows of a table that is held; the id."""
    rows = pq.ParquetFile(paths[0]).iter_batches(batch_size=SHOWN)
    batch = next(rows, None)
    if batch is None:
        return ""
    writer = staging.create()
    lines = [batch.schema.names, *zip(*(map(_text, column.to_pylist()) for column in batch.columns), strict=True)]
    writer.write(json.dumps(lines, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    return writer.close().id


def _text(value: object) -> str:
    return "" if value is None else str(value)


def previewed(staging: Staging, sealed_id: str) -> Iterator[list[str]]:
    """The header and the first rows of a held table, as they are in the file."""
    with staging.open(sealed_id) as stream:
        yield from json.loads(stream.read())
