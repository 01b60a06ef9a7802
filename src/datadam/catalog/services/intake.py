"""From a sealed file to releases: reading it, outside any transaction; what it found is then stored in one.

A process that dies while it reads leaves files that no version names, which the next reading of any file removes. One
that dies before it stores leaves a Delta version that no release names: nothing reads it, and the next attempt, which
comes to the same table, writes over it.
"""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from datadam.catalog import codes, departures, recipes, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import editions, guarding, rule_checks
from datadam.catalog.services.places import (
    ENDED,
    GONE,
    Order,
    Places,
    Progress,
    drawn_for,
    latest_of,
    loaded_of,
    match,
    table_of,
)
from datadam.catalog.services.storing import BUSY, DESTROYED, Overtaken, Taken, as_dict, store
from datadam.core import clock, fetch
from datadam.core.errors import Conflict
from datadam.core.public import Organisation
from datadam.lake.hiding import hidden
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.intake import Last
    from datadam.lake.tables import LakeTable
    from datadam.lake.types import Report

__all__ = [
    "BUSY", "ENDED", "Order", "Overtaken", "Places", "Progress", "Taken", "abandoned", "as_dict", "latest_of",
    "loaded_of", "match", "new_upload", "read", "release_staged", "table_of", "take_in",
]  # fmt: skip

log = logging.getLogger("datadam.catalog")
SEVERAL = Text("표가 하나인 파일만 이어 붙일 수 있습니다.", "Only a file with a single table can be appended.")
READING = Text("읽는 중", "Reading")
PHASES = {
    "profile": Text("열을 살피는 중", "Profiling the columns"),
    "commit": Text("저장하는 중", "Storing"),
}


def unchanged(order: Order, known: list[Dataset]) -> list[Taken] | None:
    """The outcome without reading, when the latest release of every known dataset came from these very bytes."""
    if not known or order.release or order.accept_drift or order.dry_run or order.append:
        return None
    found = []
    for dataset in known:
        latest = latest_of(dataset)
        if not latest or not _is_of(latest, order.sha256) or not recipes.holds(dataset, latest, order.proposals):
            return None
        found.append(Taken(_again(latest), dataset, latest))
    return found


def _is_of(release: Release, sha256: str) -> bool:
    """Whether the release holds that file and nothing else."""
    return release.source_sha256 == sha256 and release.report.get("rows_before") is None


def _again(release: Release) -> "Report":
    """A held release stays held; anything else that comes again is unchanged."""
    report = editions.report_of(release)
    report.profile, report.seconds, report.version = [], 0.0, None
    if release.state != Release.State.HELD:
        report.status, report.reason = "unchanged", "same_file"
        report.rows_loaded = report.rows_quarantined = report.rows_read = report.rows_reshaped = 0
        report.rows_set_aside = {}
    return report


def read(order: Order) -> tuple[list[Taken], Places]:
    """Read the sealed file. A refusal of the whole file is a report too."""
    storage.sweep_lake()  # an attempt that was killed may have left rows that were never searched
    if order.dataset and Dataset.objects.filter(pk=order.dataset.pk, state__in=GONE).exists():
        raise Conflict(DESTROYED)
    known = [order.dataset] if order.dataset else match(order.organisation, order.filename, order.title)
    if order.table is not None and not order.dataset:
        known = drawn_for(known, order.table, order.proposals, whole=order.table == "")
    places = Places(order, known)
    started = time.monotonic()
    skipped = unchanged(order, known)
    if skipped is not None:
        return skipped, places
    reports = _reports(order, places, known[0] if len(known) == 1 else None)
    taken = [Taken(report, None if report.status == "refused" else places.dataset(report.table)) for report in reports]
    for each in taken:
        each.seconds = time.monotonic() - started
    return taken, places


def _reports(order: Order, places: Places, alone: Dataset | None) -> "list[Report]":
    """`alone` is the one dataset that the file continues: its recipe, columns and digest are what to compare with."""
    from datadam.lake import intake
    from datadam.lake.errors import LakeError
    from datadam.lake.types import Report

    recipe = recipes.policy(recipes.current(alone)) if alone else "apply"
    staging = storage.staging()
    with contextlib.ExitStack() as stack:
        try:
            reports = intake.take_in(
                intake.open_source(staging, order.staged, order.filename),
                staging=staging,
                table_for=_only(order.release, places, stack, steps_of(order, order.release.dataset))
                if order.release
                else places.table,
                policy=recipe if order.proposals is None else order.proposals,
                policy_for=None if alone or order.proposals is not None else lambda name: _policy(places.dataset(name)),
                last=lambda name: _last(order, places.dataset(name)),
                accept_drift=order.accept_drift,
                progress=_phases(order.progress),
                dry_run=order.dry_run,
                files=_as_files(order, alone),
            )
        except LakeError as error:
            return [Report(status="refused", reason=error.code, message_ko=error.ko, message_en=error.en)]
    if order.append and len(reports) > 1:
        return [Report(status="refused", reason="several_tables", message_ko=SEVERAL.ko, message_en=SEVERAL.en)]
    return _only_report(order.release, reports) if order.release else reports


def _as_files(order: Order, alone: Dataset | None) -> bool:
    """A file set when it is asked for, or when the dataset was one before."""
    before = order.release or (latest_of(alone) if alone else None)
    return order.files or (before is not None and before.is_files)


def _policy(dataset: Dataset | None) -> recipes.Policy:
    return recipes.policy(recipes.current(dataset)) if dataset else "apply"


def _last(order: Order, dataset: Dataset | None) -> "Last":
    """What a table is compared with: the columns, the digest and the recipe of the dataset that it goes to."""
    from datadam.lake.intake import Last

    guards = Last(
        kept=guarding.kept(dataset), treat=guarding.treat(order, dataset), guard=guarding.guard(order, dataset)
    )
    if dataset is None:
        return guards
    before, steps = loaded_of(dataset, order.release), steps_of(order, dataset)
    if order.append and before is not None:
        return _to_add_to(order, dataset, before, guards)
    return dataclasses.replace(
        guards,
        columns=editions.columns_of(before) if before else None,
        digest=before.content_digest if before and not order.release else "",
        judge=lambda report: departures.reason(before, steps, report),
    )


def _to_add_to(order: Order, dataset: Dataset, before: Release, guards: "Last") -> "Last":
    from datadam.lake.appending import Base

    order.base = before
    assert before.version is not None
    columns, files = editions.columns_of(before), storage.files(dataset.resource.uid, before.version)
    digest, base = "" if order.release else before.content_digest, Base(columns, files, before.rows)
    return dataclasses.replace(guards, columns=columns, digest=digest, base=base)


def steps_of(order: Order, dataset: Dataset) -> list[recipes.Step]:
    """The steps that a file is held against: those asked for, or the recipe's."""
    if isinstance(order.proposals, list):
        return order.proposals
    now = recipes.current(dataset) if order.proposals is None else None
    return list(now.steps) if now else []


def _only(
    release: Release, places: Places, stack: contextlib.ExitStack, steps: list[recipes.Step]
) -> "Callable[[str], LakeTable]":
    """When one release is read again, the other tables of its file go to a folder that is then removed."""
    from datadam.lake.tables import LakeTable

    wanted = str(release.report.get("table", ""))
    drawn = any(step["code"] == "table" for step in steps)  # then the table that was drawn is the only one

    def table_for(name: str) -> LakeTable:
        if name == wanted or drawn:
            return storage.table(release.dataset.resource.uid)
        return LakeTable(stack.enter_context(storage.staging().private_folder()), "aside")

    places.chosen[wanted] = release.dataset
    return table_for


def _only_report(release: Release, reports: "list[Report]") -> "list[Report]":
    wanted = str(release.report.get("table", ""))
    for report in reports:
        if report.table != wanted:
            release_sealed({"quarantine": report.quarantine, "preview": report.preview})
    return [report for report in reports if report.table == wanted] or reports[:1]


def _phases(progress: Progress | None) -> Callable[[float, str], None] | None:
    if progress is None:
        return None
    return lambda fraction, phase: progress(fraction, _phase(phase))


def _phase(phase: str) -> Text:
    name, _, facts = phase.partition(":")
    if name == "rows":
        rows = int(facts.partition(":")[0] or 0)
        return Text(f"{rows:,}행을 읽었습니다", f"{rows:,} rows read")
    if name == "files":
        return Text(f"파일 {int(facts):,}개를 읽었습니다", f"{int(facts):,} files read")
    return PHASES.get(name, READING)


def take_in(upload: Upload, order: Order) -> list[Taken]:
    """Read the upload's sealed file and store its releases; what nobody needs any more is discarded."""
    with storage.hold(upload.staged) as alone:
        if not alone:
            raise Conflict(BUSY)
        taken, places = read(order)
        store(order, upload, taken, places)
        for each in taken:
            if each.release and each.report.status == "loaded":
                rule_checks.propose_first(actor=order.actor, release=each.release)
    if not _is_needed(upload, taken):
        release_staged(upload)
    return taken


def _is_needed(upload: Upload, taken: list[Taken]) -> bool:
    """Whether a release may be read again, or a refused table drawn."""
    if any(each.release and each.release.upload_id == upload.pk for each in taken):
        return True
    return drawable(upload) or upload.releases.exclude(state__in=ENDED).exists()


def drawable(upload: Upload) -> bool:
    """Whether a table of the file was refused that may be read when it is drawn."""
    return any(each["status"] == "refused" and each.get("reason") in codes.DRAWABLE for each in upload.report)


def release_staged(upload: Upload) -> None:
    """Remove the sealed file of an upload."""
    if upload.staged:
        storage.staging().discard(upload.staged)
        Upload.objects.filter(pk=upload.pk).update(staged="")
        upload.staged = ""


def sealed_of(report: dict[str, Any]) -> set[str]:
    """The sealed files of a release's own: its quarantine and, while it is held, its first rows."""
    return {report[name] for name in ("quarantine", "preview") if report.get(name)}


def release_sealed(report: dict[str, Any], *, without: set[str] | frozenset[str] = frozenset()) -> None:
    """Remove the sealed files that a report names."""
    for name in sealed_of(report) - without:
        storage.staging().discard(name)


def abandoned(organisation: Organisation, sha256: str) -> Iterator[Upload]:
    """Uploads of the same bytes whose process died while it read them."""
    waiting = Upload.objects.filter(
        organisation=organisation, sha256=sha256, job=None, state__in=[Upload.State.RECEIVED, Upload.State.READING]
    )
    for upload in waiting:
        with storage.hold(upload.staged) as alone:
            if alone:
                yield upload


def new_upload(order: Order, *, size: int, url: str = "") -> Upload:
    """The row of a sealed file, written before it is read."""
    return Upload.objects.create(
        organisation=order.organisation,
        person=order.actor,
        dataset=order.dataset,
        filename=order.filename[-255:],
        url=hidden(fetch.masked(url)) if url else "",
        sealed=storage.seal_address(url) if url and not order.staged else "",
        staged=order.staged,
        size=size,
        sha256=order.sha256,
        created_at=clock.now(),
    )
