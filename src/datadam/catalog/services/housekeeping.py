"""Clearing away what was needed for a while: sealed files after publishing, uploads nobody came back to."""

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from datadam.catalog import storage
from datadam.catalog.models import Release, Upload
from datadam.catalog.services import intake
from datadam.catalog.workflow import UNDO
from datadam.core import clock

ABANDONED = timedelta(days=1)
QUIET = 600.0  # seconds without a write after which a file is nobody's work any more
OPEN = (Release.State.DRAFT, Release.State.HELD)


def sweep() -> int:
    """Remove files in staging that nothing refers to: a process was killed between sealing a file and noting it."""
    folder = Path(settings.STAGING)
    limit = time.time() - QUIET
    old = (
        [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < limit]
        if folder.exists()
        else []
    )
    if not old:
        return 0
    known = set(Upload.objects.exclude(staged="").values_list("staged", flat=True))
    known |= set(Release.objects.filter(report__quarantine__gt="").values_list("report__quarantine", flat=True))
    lost = [path for path in old if path.name not in known]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(lost)


def clear_staging() -> int:
    """Discard sealed files that are decided or whose reading died, and its parts in the lake; returns how many."""
    now = clock.now()
    removed = sweep() + storage.sweep_lake(ABANDONED)
    for upload in Upload.objects.exclude(staged="").filter(state=Upload.State.READ):
        if upload.releases.filter(state__in=OPEN).exists():
            continue
        if upload.releases.filter(published_at__gt=now - UNDO).exists():
            continue  # its publishing may still be undone and its proposals decided anew
        intake.release_staged(upload)
        removed += 1
    dead = Upload.objects.filter(state__in=[Upload.State.RECEIVED, Upload.State.READING], job=None)
    for upload in dead.filter(created_at__lt=now - ABANDONED):
        with storage.hold(upload.staged) as alone:
            if alone:
                intake.release_staged(upload)
                Upload.objects.filter(pk=upload.pk).update(state=Upload.State.DISCARDED)
                removed += 1
    return removed
