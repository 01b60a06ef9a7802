"""Clearing away what was needed for a while: sealed files after publishing, uploads nobody came back to."""

import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import filesets, intake, pushes, releases
from datadam.catalog.workflow import UNDO
from datadam.core import clock, events

ABANDONED = timedelta(days=1)
PATIENCE = timedelta(days=7)  # after which a file of which nothing more comes is let go
SEALED = {"preview": timedelta(days=7), "quarantine": timedelta(days=90)}  # for so long they are kept
QUIET = 600.0  # seconds without a write after which a file is nobody's work any more
OPEN = (Release.State.DRAFT, Release.State.HELD)


def sealed_files() -> set[str]:
    """The names of all sealed files that something refers to."""
    known = set(Upload.objects.exclude(staged="").values_list("staged", flat=True))
    for kind in SEALED:
        of_kind = Release.objects.filter(**{f"report__{kind}__gt": ""}).values_list(f"report__{kind}", flat=True)
        known |= {name for name in of_kind if not _is_expired(name, SEALED[kind])}
    return known


def _is_expired(name: str, kept: timedelta) -> bool:
    path = Path(settings.STAGING) / name
    return not path.exists() or path.stat().st_mtime < time.time() - kept.total_seconds()


def sweep() -> int:
    """Remove files in staging that nothing refers to (a process was killed before it noted them) or that expired."""
    folder = Path(settings.STAGING)
    limit = time.time() - QUIET
    old = (
        [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < limit]
        if folder.exists()
        else []
    )
    if not old:
        return 0
    known = sealed_files()
    lost = [path for path in old if path.name.partition(".")[0] not in known]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(lost)


def orphans() -> list[Path]:
    """Tables in the lake that no dataset names: of a load that is not stored yet, or left by a process that died."""
    known = {str(uid) for uid in Dataset.objects.values_list("resource__uid", flat=True)}
    return [folder for folder in storage.table_folders() if folder.name not in known]


def is_old(folder: Path) -> bool:
    """Whether nobody has written to the folder for so long that nobody is at work on it."""
    log = folder / "_delta_log"
    moments = [path.stat().st_mtime for path in (folder, log) if path.exists()]
    return not moments or max(moments) < time.time() - ABANDONED.total_seconds()


def sweep_orphans() -> int:
    """Remove tables that nothing has named for a day; returns how many."""
    return sum(_is_uid(folder.name) and is_old(folder) and storage.remove_table(folder.name) for folder in orphans())


def _is_uid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def let_go() -> int:
    """Discard files of which nothing came for a week; returns how many."""
    limit, done = (clock.now() - PATIENCE).timestamp(), 0
    for upload in Upload.objects.filter(state=Upload.State.ARRIVING, created_at__lt=clock.now() - PATIENCE):
        part = Path(settings.STAGING) / f"{upload.staged}.part"
        if part.exists() and part.stat().st_mtime > limit:
            continue
        with storage.hold(part.name) as alone:
            if alone:
                intake.release_staged(upload)
                Upload.objects.filter(pk=upload.pk).update(state=Upload.State.DISCARDED)
                done += 1
    return done


def clear_discarded() -> None:
    """End what was discarded longer ago than it can be undone."""
    old = Release.objects.filter(state=Release.State.DISCARDED, discarded_at__lt=clock.now() - UNDO)
    for release in old.select_related("dataset__resource", "upload"):
        releases.clear_discarded(actor=None, release=release)


def _let_refused_go(upload: Upload) -> None:
    """Remove a file of which nobody came to draw a table that was refused."""
    with transaction.atomic():
        events.record(actor=None, verb="upload.expire", subject=upload)
    intake.release_staged(upload)


def clear_staging() -> int:
    """Discard sealed files that are decided or whose reading died, and its parts in the lake; returns how many."""
    now = clock.now()
    pushes.expired().delete()
    clear_discarded()
    removed = sweep() + storage.sweep_lake() + sweep_orphans() + filesets.sweep(ABANDONED) + let_go()
    for upload in Upload.objects.exclude(staged="").filter(state=Upload.State.READ):
        if upload.releases.filter(Q(state__in=OPEN) | Q(discarded_at__isnull=False)).exists():
            continue
        if upload.releases.filter(published_at__gt=now - UNDO).exists():
            continue  # its publishing may still be undone and its proposals decided anew
        if intake.drawable(upload) and upload.created_at >= now - PATIENCE:
            continue  # another of its tables was refused and may be drawn
        _let_refused_go(upload) if intake.drawable(upload) else intake.release_staged(upload)
        removed += 1
    for upload in Upload.objects.exclude(staged="").filter(state=Upload.State.REFUSED, created_at__lt=now - PATIENCE):
        _let_refused_go(upload)
        removed += 1
    dead = Upload.objects.filter(state__in=[Upload.State.RECEIVED, Upload.State.READING], job=None)
    for upload in dead.filter(created_at__lt=now - ABANDONED):
        with storage.hold(upload.staged) as alone:
            if alone:
                intake.release_staged(upload)
                Upload.objects.filter(pk=upload.pk).update(state=Upload.State.DISCARDED)
                removed += 1
    return removed
