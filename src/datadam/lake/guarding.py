"""What stands between a table that was written and its commit: its treatment, and the search for personal data."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datadam.lake.errors import Unreadable
from datadam.lake.hiding import hidden, tells
from datadam.lake.personal.documents import in_texts
from datadam.lake.personal.kinds import Sighting
from datadam.lake.personal.scanning import scan
from datadam.lake.profile import Sampler
from datadam.lake.readers.media import TEXTS
from datadam.lake.staging import Staging
from datadam.lake.tables import LakeTable, Load
from datadam.lake.types import Column, ColumnProfile, Finding, Report
from datadam.lake.writer import Writer

PERSONAL = "personal_"  # a finding's code is this and the kind
HELD = "personal_data"
SHOWN = 20  # rows of a held table that are kept for who decides


Treatment = Callable[[Report, pa.Table], pa.Table]  # it may add findings to the report


def treat(load: Load, report: Report, sampler: Sampler, treatment: Treatment) -> pa.Schema | None:
    """Write the table anew as the treatment leaves it; its schema, or None when it left everything as it was."""
    before = pq.read_table([str(path) for path in load.paths])
    after = treatment(report, before)
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
    if report.rows_before is not None:  # those before were written anew as well
        report.rows_before = 0
    if after.num_rows != report.rows:
        report.rows_reshaped = after.num_rows
    return after.schema


def _retyped(column: Column, schema: pa.Schema) -> Column:
    from datadam.lake.planning import native_type

    return dataclasses.replace(column, type=native_type(schema.field(column.name).type) or "text")


def personal(
    report: Report, paths: list[Path], kept: frozenset[tuple[str, str]], protected: frozenset[str] = frozenset()
) -> list[str]:
    """Tell of all personal data in the files; what was found is not described, and nothing while it is held.

    Of columns that are left out or `protected` (by their names in the file) no example of what they were stays either.
    """
    sources = {column.name: column.source or column.name for column in report.columns}
    sightings = scan(paths, report.columns)
    found = [_finding(seen, kept=(sources[seen.column], seen.kind) in kept) for seen in sightings]
    report.findings = [*report.findings, *found]
    held = any(finding.blocking for finding in found)
    silent = set(sources) if held else {finding.column for finding in found if not finding.facts["kept"]}
    report.profile = [_blank(each) if each.name in silent else each for each in report.profile]
    gone = {*report.header} - {*sources.values()} if report.header else set()
    _hush(report, {sources[str(name)] for name in silent} | protected | gone)
    return [HELD] if held else []


def documents(report: Report, table: LakeTable, paths: list[Path], kept: frozenset[tuple[str, str]]) -> list[str]:
    """The same of the texts among the files of a file set."""
    wanted = {*TEXTS.values()}
    rows = (row for path in paths for row in pq.read_table(path, columns=["media_type", "sha256"]).to_pylist())
    texts = dict.fromkeys(row["sha256"] for row in rows if row["media_type"] in wanted)
    there = (path for path in map(table.objects.path, texts) if path.exists())  # else no version will name them
    for seen in in_texts(there):
        stays = ("", seen.kind) in kept
        facts = {"form": "files", "why": seen.why, "example": seen.example, "rows": seen.rows, "kept": stays}
        report.findings = [*report.findings, Finding(PERSONAL + seen.kind, None, seen.count, not stays, facts)]
    return [HELD] if any(each.blocking and each.facts.get("form") == "files" for each in report.findings) else []


def hush(report: Report, columns: Sequence[str]) -> None:
    """Of these columns (by their names in the lake) counts alone are described, and no example stays."""
    sources = {column.name: column.source or column.name for column in report.columns}
    report.profile = [_blank(each) if each.name in columns else each for each in report.profile]
    _hush(report, {sources.get(name, name) for name in columns})


def silence(report: Report) -> None:
    """Of a table that is not kept, because the one before says the same, nothing is described."""
    report.profile = []
    report.proposals = [dataclasses.replace(each, evidence="…") for each in report.proposals]


def _finding(seen: Sighting, *, kept: bool) -> Finding:
    facts = {"form": seen.form, "why": seen.why, "example": seen.example, "rows": seen.rows, "kept": kept}
    return Finding(PERSONAL + seen.kind, seen.column, seen.count, seen.blocking and not kept, facts)


def _hush(report: Report, columns: set[str]) -> None:
    """No example from these columns (by their names in the file), nor of rows, which go through all columns."""
    if columns:
        columns = {*columns, *(column.name for column in report.columns if column.source in columns)}
        report.proposals = [
            dataclasses.replace(each, evidence="…") if each.column is None or each.column in columns else each
            for each in report.proposals
        ]


def check_header(header: list[str]) -> None:
    """Refuse a table whose columns are called by somebody's number: its first row of data was taken for a header."""
    if any(map(tells, header)):
        raise Unreadable(
            "personal_header",
            ko="머리글에 개인정보가 들어 있습니다. 자료의 행이 머리글로 읽힌 것 같습니다. 머리글 행을 직접 정하십시오.",
            en="The header holds personal data: a row of data was taken for it, it seems. Say where the header is.",
        )


def hide(report: Report) -> Report:
    """Mask the identifiers in every text that a report tells."""
    report.message_ko, report.message_en = hidden(report.message_ko), hidden(report.message_en)
    report.dialect = _hidden(report.dialect)
    report.proposals = [
        dataclasses.replace(each, evidence=hidden(each.evidence), column=_hidden(each.column))
        for each in report.proposals
    ]
    report.findings = [
        dataclasses.replace(each, column=_hidden(each.column), facts=_hidden(each.facts)) for each in report.findings
    ]
    report.columns = [
        dataclasses.replace(each, description=hidden(each.description), unit=hidden(each.unit))
        for each in report.columns
    ]
    return report


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {_hidden(key): _hidden(each) for key, each in value.items()}
    return [_hidden(each) for each in value] if isinstance(value, list | tuple) else value


def forget_files(table: LakeTable, paths: list[Path]) -> None:
    """Remove the files that a held file set brought and no release names."""
    if not table.exists():
        table.objects.destroy()
        return
    named = {name for version in table.versions() for name in _names(map(Path, table.files(version)))}
    for name in _names(paths) - named:
        table.objects.path(name).unlink(missing_ok=True)
        table.objects.thumb(name).unlink(missing_ok=True)


def _names(paths: Iterable[Path]) -> set[str]:
    tables = (pq.read_table(path) for path in paths)
    return {name for table in tables if "sha256" in table.column_names for name in table["sha256"].to_pylist() if name}


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
