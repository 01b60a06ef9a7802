"""From a sealed file to committed tables: read, type, set apart what fails, write, profile, commit.

Blocks are converted by a few threads (Arrow and DuckDB do their work outside Python's lock) while this one decodes
the next piece and writes the last: memory holds a handful of blocks, whatever the file's size.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from datadam.lake import appending, guarding
from datadam.lake.appending import Appender, Base
from datadam.lake.columns import Converted, Plans, Widen
from datadam.lake.corrections import CODES as CORRECTIONS
from datadam.lake.corrections import fitting
from datadam.lake.errors import LakeError, Unreadable
from datadam.lake.hiding import hidden
from datadam.lake.profile import Sampler, profile
from datadam.lake.quarantine import Quarantine
from datadam.lake.readers import Block, Policy, Source, Table, drawing, open_tables
from datadam.lake.readers.base import refused_table
from datadam.lake.readers.file_set import FORMAT as FILES
from datadam.lake.readers.text_pieces import Irregular
from datadam.lake.staging import Staging
from datadam.lake.tables import LakeTable, Load
from datadam.lake.types import Column, Finding, Report
from datadam.lake.writer import Writer

log = logging.getLogger(__name__)
WORKERS = 2
AHEAD = 3
RESTARTS = 3  # before the rest of the file is looked at first
ENGINES = (pa.ArrowException, duckdb.Error)
HOPELESS = 0.5  # a file of which more than this is quarantined was not understood

Progress = Callable[[float, str], None]


def _fits(report: Report) -> str:
    return ""


@dataclass(frozen=True)
class Last:
    """What a table is compared with before it is committed.

    `columns` are those of the release before (None: there is none): a difference gives status held. `digest` is its
    content digest: equal rows give status unchanged. `judge` may find a reason to hold it in the report. With a `base`
    the rows are added to it.

    `kept` are the (column in the file, kind) of personal data that were decided to stay. `treat` changes the whole
    table before its profile; `guard` looks at the report and the written files before the commit, may add findings, and
    returns the codes of what holds it.
    """

    columns: list[Column] | None = None
    digest: str = ""
    judge: Callable[[Report], str] = _fits
    base: Base | None = None
    kept: frozenset[tuple[str, str]] = frozenset()
    treat: guarding.Treatment | None = None
    guard: Callable[[Report, list[Path]], list[str]] | None = None


def open_source(staging: Staging, sealed_id: str, filename: str) -> Source:
    """A sealed file as readers want it."""
    with staging.open(sealed_id) as stream:
        size = stream.seek(0, 2)
    opened: list[BinaryIO] = []  # the stream that is being read

    def opening() -> BinaryIO:
        opened[:] = [staging.open(sealed_id)]
        return opened[0]

    def fraction_read() -> float:
        try:
            return opened[0].tell() / size if opened and size else 0.0
        except ValueError:  # closed: read to its end
            return 1.0

    return Source(
        opening,
        filename,
        size,
        path=lambda: staging.path(sealed_id),
        fraction_read=fraction_read,
        private=staging.private_folder,
    )


@dataclass
class Intake:
    """How a file is to be taken in.

    `last(table)` says what to compare a table with; nothing is held with `accept_drift`.
    """

    staging: Staging
    table_for: Callable[[str], LakeTable]
    last: Callable[[str], Last]
    accept_drift: bool = False
    progress: Progress | None = None
    keep_quarantine: bool = True


def take_in(
    source: Source,
    *,
    staging: Staging,
    table_for: Callable[[str], LakeTable],
    policy: Policy = "apply",
    policy_for: Callable[[str], Policy] | None = None,
    expected: list[Column] | None = None,
    known_digest: str = "",
    last: Callable[[str], Last] | None = None,
    accept_drift: bool = False,
    progress: Progress | None = None,
    dry_run: bool = False,
    files: bool = False,
) -> list[Report]:
    """Take in every table of a file. What cannot be read gives a report with status refused, never an exception.

    `expected` and `known_digest` are what every table is compared with where `last` does not say it table by table;
    `policy_for` likewise gives a table of several a policy of its own.
    A `dry_run` does all of it in a private folder that is then removed. `files` asks for a file set.
    """
    every = Last(expected, known_digest)
    intake = Intake(staging, table_for, last or (lambda _: every), accept_drift, progress, not dry_run)
    with ExitStack() as stack:
        if dry_run:
            scratch = stack.enter_context(staging.private_folder())
            intake.table_for = lambda name: LakeTable(scratch, f"dry-{abs(hash(name))}")
        try:
            tables = tables_by_policy(source, policy, policy_for, files=files)
        except LakeError as refusal:
            return [guarding.hide(_refused(Report(), refusal))]
        except ENGINES as error:
            log.exception("a file could not be read")
            return [_refused(Report(), _engine_failed(error))]
        return [guarding.hide(_take_in_table(table, source, intake, chosen)) for table, chosen in tables]


def tables_by_policy(
    source: Source, policy: Policy, policy_for: Callable[[str], Policy] | None = None, *, files: bool = False
) -> list[tuple[Table, Policy]]:
    """The tables of a file, each laid out by its own policy; the file is opened again for one that differs."""
    tables = [_safely_named(table) for table in open_tables(source, policy=policy, files=files)]
    if policy_for is None or len(tables) == 1:
        return [(table, policy) for table in tables]
    found = []
    for table in tables:
        own = policy_for(table.name)
        if own != policy and (not table.refusal or drawing.of(own)) and _lays_out(own):
            table = _again(source, own, table)
        found.append((table, own))
    return found


def _again(source: Source, policy: Policy, table: Table) -> Table:
    """One of several tables, laid out by another policy."""
    try:
        again = map(_safely_named, open_tables(source, policy=policy))
        return next((each for each in again if each.name == table.name), table)
    except LakeError as refusal:
        return refused_table(table.name, table.format, refusal)


def _safely_named(table: Table) -> Table:
    table.name = hidden(table.name)
    return table


def _lays_out(policy: Policy) -> bool:
    """Whether a policy may find another layout than "apply" does."""
    return isinstance(policy, str) or any(
        not step.get("applied", True) or step.get("code") not in CORRECTIONS for step in policy
    )


def _refused(report: Report, refusal: LakeError) -> Report:
    report.status, report.reason = "refused", refusal.code
    report.message_ko, report.message_en = refusal.ko, refusal.en
    report.columns = []
    return report


def _take_in_table(table: Table, source: Source, intake: Intake, policy: Policy) -> Report:
    started = time.perf_counter()
    report = Report(table=table.name, encoding=table.encoding, format=table.format, dialect=dict(table.dialect))
    if table.refusal:
        return _refused(report, table.refusal)
    try:
        guarding.check_header(table.header)
        with intake.table_for(table.name).load() as load:
            last = intake.last(table.name)
            if last.base is not None:
                policy = appending.policy_for(last.base, policy, table)
            elif last.columns is not None:  # a name that a new column took holds the file; it refuses a first one
                policy = fitting(policy, table.header)
            if table.keep:
                table.keep(load.table.objects, partial(_told_files, intake, source))
            loading = _read(table, source, intake, load, policy, last.base)
            _account(report, table, loading)
            if last.base is not None:
                _add_to(last.base, report, loading)
            _conclude(report, loading, load, intake, last, table)
    except LakeError as refusal:
        _refused(report, refusal)
        if table.keep and not intake.table_for(table.name).exists():
            intake.table_for(table.name).objects.destroy()
    except ENGINES as error:
        log.exception("a table could not be read")
        _refused(report, _engine_failed(error))
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _told_files(intake: Intake, source: Source, count: int) -> None:
    if intake.progress:
        intake.progress(min(0.9, source.fraction_read()), f"files:{count}")


def _engine_failed(error: Exception) -> LakeError:
    return Unreadable(
        "engine_failed",
        ko="자료를 표로 바꾸는 중에 오류가 났습니다. 운영자에게 알려 주세요.",
        en="The engine failed while turning the data into a table: please tell the operator.",
        error=type(error).__name__,
    )


@dataclass
class Loading:
    """One attempt at reading a table under certain plans."""

    plans: Plans
    writer: Writer
    quarantine: Quarantine
    sampler: Sampler
    rows_loaded: int = 0  # of the file
    rows_reshaped: int = 0  # that these became, where columns were turned into rows
    set_aside: dict[str, int] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        return self.rows_loaded + self.quarantine.count + sum(self.set_aside.values())

    def add(self, converted: Converted) -> None:
        for reason, count in converted.set_aside.items():
            self.set_aside[reason] = self.set_aside.get(reason, 0) + count
        self.quarantine.add(converted.bad)
        self.plans.count(converted)
        self.rows_loaded += converted.source_rows
        self.rows_reshaped += converted.cells.num_rows if converted.repeats > 1 else 0
        cells = self.writer.fitted(converted.cells)
        self.sampler.add(cells)
        self.writer.write(cells)


def _read(
    table: Table, source: Source, intake: Intake, load: Load, policy: Policy, base: Base | None = None
) -> Loading:
    """Read until the plans hold for the whole file: each failure widens a column or turns to the careful way.

    The first few failures start the reading again at once. From then on a pass goes on to the file's end, so that a
    file is read a few times and not once per column that turns out otherwise.
    """
    plans: Plans | None = None
    restarts = 0
    while True:
        quarantine = Quarantine(intake.staging if intake.keep_quarantine else None)
        try:
            plans = plans or Plans.of(table, policy)
            loading = Loading(plans, Appender(load, base) if base else Writer(load), quarantine, Sampler())
            if base:
                appending.take_over(base, load, loading.sampler)
            _run(table, loading, source, intake)
            return loading
        except Widen as wider:
            assert plans is not None
            plans = plans.widened(wider)
            restarts += 1
            if restarts >= RESTARTS:
                plans = _surveyed(table, plans)
        except Irregular:
            if not table.be_careful():
                raise Unreadable(
                    "quotes_not_understood",
                    ko="따옴표가 어긋나 행을 나눌 수 없습니다.",
                    en="The quotes do not match up: rows cannot be told apart.",
                ) from None
        except BaseException:
            quarantine.abandon()
            raise
        quarantine.abandon()
        load.abandon()


def _surveyed(table: Table, plans: Plans) -> Plans:
    """The plans widened by all that a pass over the whole table finds. What is irregular is left to the reading."""
    with suppress(Irregular):
        for unit in table.units():
            plans = plans.fitted(unit)
    return plans


def _run(table: Table, loading: Loading, source: Source, intake: Intake) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for done, converted in enumerate(_in_order(pool, table.units(), loading.plans.convert)):
            loading.add(converted)
            if intake.progress:
                intake.progress(min(0.9, source.fraction_read()), f"rows:{loading.rows_loaded}:{done}")
    loading.writer.close(loading.plans.schema())


def _in_order(
    pool: ThreadPoolExecutor,
    units: Iterator[Callable[[], Block]],
    convert: Callable[[Callable[[], Block]], Converted],
) -> Iterator[Converted]:
    """Results in the order of their units, with at most AHEAD blocks waiting."""
    waiting: deque[Future[Converted]] = deque()
    try:
        for unit in units:
            waiting.append(pool.submit(convert, unit))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _account(report: Report, table: Table, loading: Loading) -> None:
    report.rows_loaded = loading.rows_loaded
    report.rows_reshaped = loading.rows_reshaped
    report.rows_quarantined = loading.quarantine.count
    report.rows_set_aside = dict(loading.set_aside)
    report.rows_read = loading.rows_read
    report.header = list(table.header)
    report.columns = loading.plans.columns()
    report.proposals = [*table.proposals, *loading.plans.proposals()]
    report.findings = [*table.findings, *loading.plans.findings(), *_row_findings(loading)]


def _add_to(base: Base, report: Report, loading: Loading) -> None:
    appending.check_types(base, report.columns)
    report.rows_before, report.columns = base.rows, base.columns


def _row_findings(loading: Loading) -> list[Finding]:
    findings = [Finding(f"quarantined_{reason}", None, n) for reason, n in sorted(loading.quarantine.reasons.items())]
    if not loading.rows_loaded:
        findings.append(Finding("no_rows", None, 0))
    return findings


def _unfit_rows(loading: Loading) -> LakeError:
    return Unreadable(
        "not_understood",
        ko=f"{loading.rows_read:,}행 가운데 {loading.quarantine.count:,}행이 표의 모양과 달라 읽지 않았습니다.",
        en=f"{loading.quarantine.count:,} of {loading.rows_read:,} rows do not fit the table: nothing was loaded.",
    )


def _unfit_files(loading: Loading) -> LakeError:
    bad, every = f"{loading.quarantine.count:,}", f"{loading.rows_read:,}"
    return Unreadable(
        "not_understood",
        ko=f"파일 {every}개 가운데 {bad}개가 손상되었거나 내용이 확장자와 달라 싣지 않았습니다.",
        en=f"{bad} of {every} files are damaged or not what their names say: nothing was loaded.",
    )


def _conclude(report: Report, loading: Loading, load: Load, intake: Intake, last: Last, table: Table) -> None:
    """Refuse, hold, or commit what was written."""
    if loading.quarantine.count > HOPELESS * max(1, loading.rows_read):
        loading.quarantine.abandon()
        raise (_unfit_files if report.format == FILES else _unfit_rows)(loading)
    if intake.progress:
        intake.progress(0.92, "profile")
    schema = last.base.schema if last.base else loading.plans.schema()
    fresh = load.paths[len(last.base.files) if last.base else 0 :]
    if last.treat and (treated := guarding.treat(load, report, loading.sampler, last.treat)):
        schema, fresh = treated, load.paths
    told = profile(load.paths, report.columns, loading.sampler.sample())
    report.profile, report.content_digest, report.rows_repeated = told
    if report.content_digest == last.digest:
        report.status = "unchanged"
        report.reason = "same_content"
        guarding.silence(report)
        loading.quarantine.abandon()
        return
    protected = frozenset(each.column for each in loading.plans.corrections.protected)
    report.reasons = _reasons(report, load.paths, fresh, intake, last, protected)
    if table.keep:
        table.keep(load.table.objects, lambda _: None)  # are all there still?
        of_files = guarding.documents(report, load.table, fresh, last.kept)
        report.reasons = list(dict.fromkeys([*of_files, *report.reasons]))
    if report.reasons:
        report.status, report.reason = "held", report.reasons[0]
        report.preview = guarding.preview(load.paths, intake.staging) if intake.keep_quarantine else ""
        if table.keep:
            guarding.forget_files(load.table, load.paths)
        loading.quarantine.abandon()
        return
    report.quarantine = loading.quarantine.close()
    if intake.progress:
        intake.progress(0.98, "commit")
    if table.keep:
        table.keep(load.table.objects, lambda _: None)
        os.sync()  # the objects are durable before a version names them
    report.version = load.commit(schema, {"datadam.digest": report.content_digest})


def _reasons(
    report: Report, paths: list[Path], fresh: list[Path], intake: Intake, last: Last, protected: frozenset[str]
) -> list[str]:
    """Why the table is to wait for a person: all that applies. `fresh` are the files without those of the base."""
    found = guarding.personal(report, fresh, last.kept, protected)
    if not intake.accept_drift:
        drifted = last.columns is not None and drift(last.columns, report.columns)
        found += ["schema_changed"] if drifted else [last.judge(report)]
    if last.guard:
        found += last.guard(report, paths)
    return list(dict.fromkeys(filter(None, found)))


def drift(before: list[Column], after: list[Column]) -> dict[str, list[str]]:
    """What changed between two schemas, by column name; empty when nothing did."""
    old, new = {c.name: c.type for c in before}, {c.name: c.type for c in after}
    changes = {
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "retyped": [f"{name}: {old[name]} → {new[name]}" for name in new if name in old and old[name] != new[name]],
    }
    return {kind: names for kind, names in changes.items() if names}
