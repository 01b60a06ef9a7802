"""One look at a source: what is new there is sealed, read, and becomes a draft, a held release, or nothing."""

import datetime as dt
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.db import transaction

from datadam.catalog import codes, policies, storage
from datadam.catalog.models import Dataset, Release, Source, SourceFile, SourceRun
from datadam.catalog.services import datasets, ingest, intake, servers, sources
from datadam.core import clock, events, fetch
from datadam.core.errors import DomainError, NotAllowed
from datadam.core.public import Actor, Organisation
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.staging import Sealed

PATIENCE = 5  # failures in a row before a source is paused
BACKOFF = dt.timedelta(minutes=10)
SETTLED = dt.timedelta(minutes=1)  # since a file was last written
KEEP = 200  # runs of a source that are kept
OUTSIDE = Text(
    "운영자가 허락한 폴더(DATADAM_FETCH_FOLDERS) 밖입니다.",
    "This lies outside the folders that the operator allows (DATADAM_FETCH_FOLDERS).",
)
NO_ACTOR = Text(
    "이 일을 맡은 사람이 더는 없습니다. 다시 저장하십시오.", "Nobody is in charge of this any more: save it again."
)
ORDER = ("failed", "held", "new", "published", "unchanged")  # which outcome of several files a look is told by


class FolderRefused(DomainError):
    """The folder is not one to fetch from."""

    code = "folder_refused"


def folder(path: str, organisation: Organisation, *, of_city: bool) -> Path:
    """The real path of a folder beneath an allowed one; for an office's own people, beneath <allowed>/<name>."""
    real = Path(os.path.realpath(path))
    for allowed in settings.FETCH_FOLDERS:
        root = Path(os.path.realpath(allowed)) / ("" if of_city else organisation.name)
        if Path(path).is_absolute() and real.is_relative_to(root):
            if not real.is_dir():
                raise FolderRefused(Text("그런 폴더가 없습니다.", "There is no such folder."))
            return real
    raise FolderRefused(OUTSIDE)


def run(*, source_id: int) -> str:
    """Look at the source once; returns the outcome. A rule's refusal is an outcome, told to those responsible."""
    rows = Source.objects.select_related("organisation", "dataset__resource", "created_by")
    source = rows.filter(pk=source_id).first()
    if source is None:
        return "gone"
    made: list[SourceRun] = []
    try:
        for each in _look(source, _actor(source)):
            made.append(each)
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        made.append(_note(source, "failed", *told))
    return _settle(source, made)


def fail(*, source_id: int, error: dict[str, Any]) -> None:
    """The look failed for good in a way that no rule foresaw."""
    source = Source.objects.select_related("organisation", "dataset").filter(pk=source_id).first()
    if source is not None:
        words = Text(error.get("ko", ""), error.get("en", ""))
        _settle(source, [_note(source, "failed", str(error.get("code", "internal")), words)])


def _actor(source: Source) -> Actor:
    actor = source.created_by
    if actor is None or not actor.is_active:
        raise NotAllowed(NO_ACTOR)
    policies.may_upload(actor, source.organisation).require()
    return actor


def _told(error: Exception) -> tuple[str, Text] | None:
    if isinstance(error, DomainError):
        return error.code, error.message
    code, ko, en = (getattr(error, name, None) for name in ("code", "ko", "en"))
    if isinstance(code, str) and isinstance(ko, str) and isinstance(en, str):
        return code, Text(ko, en)
    if isinstance(error, OSError):
        return "unreadable", Text("파일을 열 수 없습니다.", "The file cannot be opened.")
    return None


def _look(source: Source, actor: Actor) -> Iterator[SourceRun]:
    if source.kind == Source.Kind.FOLDER:
        yield from _new_files(source, actor, _in_folder(source, actor))
    elif source.kind == Source.Kind.SFTP:
        yield from _new_files(source, actor, _on_server(source, actor))
    elif source.kind in servers.DATABASES:
        yield _take(source, actor, servers.filename(source), servers.fetch_rows(source, actor))
    else:
        yield _url(source, actor)


def _url(source: Source, actor: Actor) -> SourceRun:
    address = storage.address(source.sealed)
    try:
        with fetch.fetch(address, limit=storage.max_bytes(), etag=source.etag, modified=source.modified) as fetched:
            kept = storage.staging().seal(fetched.stream, limit=storage.max_bytes())
    except fetch.NotModified:
        return _note(source, "unchanged", "not_modified")
    if fetched.size is not None and kept.size != fetched.size:
        storage.staging().discard(kept.id)
        raise fetch.FetchFailed(Text("파일이 다 오지 않았습니다.", "The file came incomplete."), code="incomplete")
    made = _take(source, actor, fetched.filename, kept)
    if made.outcome != "failed":
        Source.objects.filter(pk=source.pk).update(etag=fetched.etag, modified=fetched.modified)
    return made


@dataclass(frozen=True)
class Found:
    """A file that lies there; `seal` brings it here."""

    name: str
    size: int
    mtime_ns: int
    seal: Callable[[], "Sealed"]


def _new_files(source: Source, actor: Actor, found: list[Found]) -> Iterator[SourceRun]:
    """Every file that is new or changed, oldest first."""
    known = {each.name: each for each in source.files.all()}
    for file in found:
        seen = known.get(file.name)
        if seen and (seen.size, seen.mtime_ns) == (file.size, file.mtime_ns):
            continue
        kept = file.seal()
        if seen and seen.sha256 == kept.sha256:
            storage.staging().discard(kept.id)
        else:
            made = _take(source, actor, file.name, kept)
            yield made
            if made.outcome == "failed":
                continue  # tried again the next time
        facts = {"size": file.size, "mtime_ns": file.mtime_ns, "sha256": kept.sha256}
        SourceFile.objects.update_or_create(source=source, name=file.name, defaults=facts)


def _in_folder(source: Source, actor: Actor) -> list[Found]:
    root = folder(storage.address(source.sealed), source.organisation, of_city=policies.of_city(actor))
    return [Found(name, facts.st_size, facts.st_mtime_ns, partial(_seal, root, name)) for name, facts in _settled(root)]


def _seal(root: Path, name: str) -> "Sealed":
    with _opened(root, name) as stream:
        return storage.staging().seal(stream, limit=storage.max_bytes())


def _on_server(source: Source, actor: Actor) -> list[Found]:
    limit = clock.now().timestamp() - SETTLED.total_seconds()
    return [
        Found(file.name, file.size, file.modified * 10**9, partial(servers.fetch_file, source, actor, file))
        for file in servers.files(source, actor)
        if file.modified <= limit
    ]


def _settled(root: Path) -> list[tuple[str, os.stat_result]]:
    limit = clock.now().timestamp() - SETTLED.total_seconds()
    found = []
    with _directory(root) as held, os.scandir(held) as entries:
        for entry in entries:
            if entry.name.startswith(".") or len(entry.name) > 255 or not entry.is_file(follow_symlinks=False):
                continue
            facts = entry.stat(follow_symlinks=False)
            if facts.st_mtime <= limit:
                found.append((entry.name, facts))
    return sorted(found, key=lambda pair: (pair[1].st_mtime_ns, pair[0]))


@contextmanager
def _directory(root: Path) -> Iterator[int]:
    """The folder itself, step by step from above: a link that took the place of a step is not followed."""
    held = os.open(root.anchor, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in root.parts[1:]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=held)
            os.close(held)
            held = below
        yield held
    finally:
        os.close(held)


def _opened(root: Path, name: str) -> BinaryIO:
    """The file itself, never what a link or a pipe that took its place meanwhile leads to."""
    with _directory(root) as held:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=held)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(f"{name} is no file")
    return os.fdopen(opened, "rb", buffering=0)


def _take(source: Source, actor: Actor, filename: str, kept: Any) -> SourceRun:
    """Read one sealed file into releases, and say what came of it."""
    dataset = source.dataset
    title = "" if dataset else source.title
    order = intake.Order(source.organisation, filename, kept.sha256, kept.id, actor=actor, dataset=dataset, title=title)
    taken = ingest.take_sealed(order, kept.size)
    refused = next((each.report for each in taken if each.report.status == "refused"), None)
    if refused:
        words = Text(refused.message_ko, refused.message_en)
        return _note(source, "failed", refused.reason, words, filename=filename)
    if dataset is None and len(taken) == 1 and taken[0].dataset is not None:
        source.dataset = taken[0].dataset
        Source.objects.filter(pk=source.pk).update(dataset=source.dataset)
    releases = [each.release for each in taken if each.release is not None and each.report.status != "unchanged"]
    if not releases:
        return _note(source, "unchanged", "same_content", filename=filename)
    if any(release.state == Release.State.HELD for release in releases):
        held = next(release for release in releases if release.state == Release.State.HELD)
        return _note(source, "held", held.report.get("reason", ""), filename=filename, release=held)
    published = [source.publish_when_clean and published_when_clean(actor, release) for release in releases]
    outcome = "published" if all(published) else "new"
    return _note(source, outcome, filename=filename, release=releases[0])


def published_when_clean(actor: Actor, release: Release) -> bool:
    """Publish a release of the same form as the one before it and without findings; others wait for a steward.

    Rows that were added to a release go public by themselves only if that one is public.
    """
    dataset, changes = release.dataset, release.changes
    same = "release" in changes and not changes.get("columns_reordered") and not changes.get("departures")
    told = [finding for finding in release.report.get("findings", []) if finding["code"] not in codes.HARMLESS]
    clean = not told and not release.report.get("rows_quarantined")
    clean = clean and (release.base is None or release.base.state == Release.State.PUBLISHED)
    if not (same and clean and dataset.state == Dataset.State.PUBLISHED and release.state == Release.State.DRAFT):
        return False
    datasets.publish(actor=actor, dataset=dataset, release=release)
    return True


def _note(
    source: Source,
    outcome: str,
    reason: str = "",
    words: Text | None = None,
    *,
    filename: str = "",
    release: Any = None,
) -> SourceRun:
    return SourceRun.objects.create(
        source=source,
        outcome=outcome,
        reason=reason[:40],
        message=words._asdict() if words else {},
        filename=filename[-255:],
        release=release,
        upload=release.upload if release else None,
    )


def _settle(source: Source, made: list[SourceRun]) -> str:
    """Write down how the look ended, when the next one is, and tell those who should know."""
    outcomes = [each.outcome for each in made] or ["unchanged"]
    outcome = next(name for name in ORDER if name in outcomes)
    now = clock.now()
    failures = source.failures + 1 if outcome == "failed" else 0
    values: dict[str, Any] = {"last_run": now, "last_outcome": outcome, "failures": failures}
    if failures:
        again = now + BACKOFF * 2 ** min(failures - 1, 10)
        values["next_at"] = min(again, sources.next_time(source.every, source.at, now))
        values["active"] = source.active and failures < PATIENCE
    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(**values)
        if failures:
            reason = next(each.reason for each in made if each.outcome == "failed")
            facts = {"reason": reason, "failures": failures, "paused": failures == PATIENCE}
            events.record(actor=None, verb="source.failed", subject=source, dataset=source.dataset_id, **facts)
        for each in made:
            if each.release_id is not None:
                facts = {"release": each.release_id, "outcome": each.outcome}
                events.record(actor=None, verb="source.fetched", subject=source, dataset=source.dataset_id, **facts)
        old = source.runs.order_by("-pk").values_list("pk", flat=True)[KEEP : KEEP + 1]
        source.runs.filter(pk__lte=max(old, default=0)).delete()
    return outcome
