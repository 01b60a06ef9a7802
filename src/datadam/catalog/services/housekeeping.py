"""Clearing away what was needed for a while: sealed files after publishing, uploads nobody came back to."""

from datetime import timedelta

from datadam.catalog import storage
from datadam.catalog.models import Release, Upload
from datadam.catalog.services import intake
from datadam.catalog.workflow import UNDO
from datadam.core import clock

ABANDONED = timedelta(days=1)
OPEN = (Release.State.DRAFT, Release.State.HELD)


def clear_staging() -> int:
    """Discard the sealed files of uploads whose releases are all decided, and of reads that died; returns how many."""
    now = clock.now()
    removed = 0
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
