"""`datadam ingest`: a file, a URL or a folder taken in at once, in this process."""

import contextlib
import importlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from datadam.catalog import policies, recipe_text, recipes, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets, housekeeping, intake
from datadam.core import events, fetch
from datadam.core.errors import DomainError, NotFound
from datadam.core.public import Actor, Organisation
from datadam.lake.hiding import hidden
from datadam.web.text import Text

log = logging.getLogger("datadam.catalog")
Watch = Callable[[str, float, Text], None]  # (filename, fraction, phase)
KEYS = (
    "dataset", "release", "status", "reason", "rows_read", "rows_loaded", "rows_quarantined", "rows_set_aside",
    "encoding", "format", "columns", "proposals", "findings", "quality", "seconds", "rows_reshaped", "reasons",
)  # fmt: skip
INTERNAL = Text("예상하지 못한 까닭으로 읽지 못했습니다.", "The file could not be read for an unforeseen reason.")


def ingest(
    *,
    actor: Actor,
    organisation: Organisation,
    source: str | Path,
    title: str = "",
    proposals: recipes.Policy | None = None,
    publish: bool = False,
    dry_run: bool = False,
    dataset: Dataset | None = None,
    licence: str = "kogl-1",
    accept_drift: bool = False,
    files: bool = False,
    watch: Watch | None = None,
) -> list[dict[str, Any]]:
    """Take in a file, a URL or every file directly in a folder; one report per table, as the command prints it.

    With `files` a folder, with all below it, or a ZIP is one file set. A file that cannot be read gives a report with
    status `refused` and does not stop the others.
    """
    policies.may_upload(actor, organisation).require()
    if dataset is not None:
        policies.may_edit(actor, dataset).require()
    found = list(_sources(source, files))
    if found:  # loaded while sealing; a process must not end in the midst of it
        threading.Thread(target=importlib.import_module, args=["datadam.lake.intake"], daemon=True).start()
    reports: list[dict[str, Any]] = []
    for name, opened in found:
        progress = _watching(watch, name)
        order = intake.Order(
            organisation, name, "", "", actor=actor, dataset=dataset, title=title, proposals=proposals,
            accept_drift=accept_drift, dry_run=dry_run, files=files, progress=progress,
        )  # fmt: skip
        reports += _guarded(order, opened, str(source), publish=publish, licence=licence)
    housekeeping.sweep()
    return reports


def _watching(watch: Watch | None, name: str) -> intake.Progress | None:
    return None if watch is None else (lambda fraction, words: watch(name, fraction, words))


Opened = Callable[[], "contextlib.AbstractContextManager[tuple[BinaryIO, str]]"]


def _sources(source: str | Path, files: bool) -> Iterator[tuple[str, Opened]]:
    """(name, opener) of what is to be read; an opener gives the stream and the file's name."""
    if "://" in str(source):
        yield str(source).rpartition("/")[2] or str(source), lambda: _fetched(str(source))
        return
    path = Path(source)
    if path.is_dir() and files:
        yield f"{path.resolve().name}.zip", lambda: _folder(path)
        return
    if path.is_dir():
        members = sorted(child for child in path.iterdir() if child.is_file() and not child.name.startswith("."))
    elif path.is_file():
        members = [path]
    else:
        raise NotFound(Text(f"‘{path}’ 파일이 없습니다.", f"There is no file “{path}”."), path=str(path))
    for member in members:
        yield member.name, lambda member=member: _opened(member)  # type: ignore[misc]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    with path.open("rb", buffering=0) as stream:
        yield stream, path.name


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    from datadam.lake.filesets import packed_folder

    with packed_folder(path) as stream:
        yield stream, f"{path.resolve().name}.zip"


@contextlib.contextmanager
def _fetched(url: str) -> Iterator[tuple[BinaryIO, str]]:
    with fetch.fetch(url, limit=storage.max_bytes()) as fetched:
        yield fetched.stream, fetched.filename


def _guarded(order: intake.Order, opened: Opened, source: str, *, publish: bool, licence: str) -> list[dict[str, Any]]:
    """The reports of one file; whatever goes wrong with it becomes a refusal."""
    started = time.monotonic()
    try:
        taken = _take(order, opened, source)
        if publish and not order.dry_run:
            _publish(order.actor, taken, licence)
    except Exception as error:
        return [refused(error, order.filename, time.monotonic() - started)]
    seconds = time.monotonic() - started
    return [entry(each, order.filename, seconds if len(taken) == 1 else each.seconds) for each in taken]


def _take(order: intake.Order, opened: Opened, source: str) -> list[intake.Taken]:
    staging = storage.staging()
    with opened() as (stream, filename):
        sealed = staging.seal(stream)  # the limit on uploads is for what comes over the network; `fetch` keeps it
    order.filename, order.staged, order.sha256 = hidden(filename), sealed.id, sealed.sha256
    if order.dry_run:
        try:
            return intake.read(order)[0]
        finally:
            staging.discard(sealed.id)
    return take_sealed(order, sealed.size, source)


def take_sealed(order: intake.Order, size: int, source: str = "") -> list[intake.Taken]:
    """Take in the sealed file of an order; it is discarded when that fails."""
    staging = storage.staging()
    try:
        upload = _upload(order, size, source)
    except BaseException:
        staging.discard(order.staged)
        raise
    try:
        return intake.take_in(upload, order)
    except Exception:
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.REFUSED)
        intake.release_staged(upload)
        raise


def _upload(order: intake.Order, size: int, source: str) -> Upload:
    """The row of this upload; those that a killed process left of the same bytes are cleared away."""
    with transaction.atomic():
        for left in intake.abandoned(order.organisation, order.sha256):
            Upload.objects.filter(pk=left.pk).update(state=Upload.State.DISCARDED)
            intake.release_staged(left)
        upload = intake.new_upload(order, size=size, url=source if "://" in source else "")
        facts = {"organisation": upload.organisation_id, "size": size, "sha256": upload.sha256}
        events.record(actor=order.actor, verb="upload.receive", subject=upload, by_url=bool(upload.url), **facts)
    return upload


def _publish(actor: Actor | None, taken: list[intake.Taken], licence: str) -> None:
    """Publish what was loaded; nobody will decide its proposals again, so that the sealed file can go."""
    for each in taken:
        if each.dataset is None or each.release is None or actor is None:
            continue
        if each.release.state != Release.State.DRAFT:
            continue
        each.dataset.refresh_from_db()
        if not each.dataset.licence:
            datasets.describe(actor=actor, dataset=each.dataset, licence=licence)
        datasets.publish(actor=actor, dataset=each.dataset, release=each.release)
    for upload in {each.release.upload for each in taken if each.release and each.release.upload}:
        if not upload.releases.filter(state__in=[Release.State.DRAFT, Release.State.HELD]).exists():
            intake.release_staged(upload)


def entry(each: intake.Taken, filename: str, seconds: float) -> dict[str, Any]:
    """A table's report as the command prints it; `file`, `table` and `message` come after what was promised."""
    report = each.report
    release = each.release
    facts: dict[str, Any] = {
        "dataset": each.dataset.name if each.dataset else None,
        "release": release.number if release else None,
        "columns": [{"name": column.name, "type": column.type} for column in report.columns],
        "proposals": [
            {"code": p.code, "evidence": p.evidence, "applied": p.applied, **({"column": p.column} if p.column else {})}
            for p in report.proposals
        ],
        "findings": [
            {"code": f.code, "column": f.column, "count": f.count, "blocking": f.blocking, "facts": f.facts}
            for f in report.findings
        ],
        "quality": release.quality if release else None,
        "seconds": round(seconds, 3),
    }
    found = {key: facts[key] if key in facts else getattr(report, key) for key in KEYS}
    message = str(Text(report.message_ko, report.message_en))
    return {**found, "file": filename, "table": report.table, "message": message}


def refused(error: Exception, filename: str, seconds: float) -> dict[str, Any]:
    """The report of a file that could not be taken in at all."""
    code, words = _reason(error)
    if code == "internal":
        log.exception("%s could not be taken in", filename, exc_info=error)
    empty: dict[str, Any] = {
        "status": "refused", "reason": code, "rows_read": 0, "rows_loaded": 0, "rows_quarantined": 0,
        "rows_set_aside": {}, "rows_reshaped": 0, "encoding": "", "format": "", "columns": [],
        "proposals": [], "findings": [], "reasons": [code], "seconds": round(seconds, 3),
    }  # fmt: skip
    return {**{key: empty.get(key) for key in KEYS}, "file": filename, "table": "", "message": str(words)}


def _reason(error: Exception) -> tuple[str, Text]:
    if isinstance(error, DomainError):
        return error.code, error.message
    code, ko, en = (getattr(error, name, None) for name in ("code", "ko", "en"))
    if isinstance(code, str) and isinstance(ko, str) and isinstance(en, str):
        return code, Text(ko, en)
    if isinstance(error, OSError):
        return "unreadable", Text("파일을 열 수 없습니다.", "The file cannot be opened.")
    return "internal", INTERNAL


def steps_from(path: Path) -> recipes.Policy:
    """The recipe in a file, as JSON or as text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return recipes.checked(None)
    if text.lstrip().startswith(("[", "{")):
        try:
            return recipes.checked(json.loads(text))
        except ValueError:
            return recipes.checked(None)
    return recipes.as_policy(recipe_text.parsed(text))
