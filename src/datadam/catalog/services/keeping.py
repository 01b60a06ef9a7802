"""The catalogue's part in backups: which files of the lake a database names, and what a restored one must forget."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Q

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets, filesets, intake
from datadam.core import selectors as core


def lake_files(*, using: str) -> Iterator[tuple[Path, str]]:
    """(file, path below the lake) of every table that the database under this alias names, up to its last version."""
    named = Release.objects.using(using).exclude(version=None).order_by()
    latest = named.values_list("dataset__resource__uid").annotate(last=Max("version"))
    root = Path(settings.LAKE)
    for uid, last in latest.iterator(2_000):
        for path in storage.table(uid).parts(last):
            yield path, str(path.relative_to(root))
    sets: dict[str, set[int]] = {}
    files = named.filter(report__format="files").exclude(state__in=[Release.State.DISCARDED, Release.State.DESTROYED])
    for uid, version in files.values_list("dataset__resource__uid", "version"):
        sets.setdefault(str(uid), set()).add(version or 0)
    for uid, versions in sets.items():
        for path in filesets.backed_up(uid, versions):
            yield path, str(path.relative_to(root))


def replay(*, lines: list[dict[str, Any]]) -> list[str]:
    """Destroy again whatever these lines ended and the database still holds; returns what that was.

    A line is older than what it does not mean: the number of a release may be given anew after a restore.
    """
    actor, done = core.local_operator(), []
    for line in lines:
        if "resource" not in line:
            continue  # another room's
        dataset = Dataset.objects.select_related("resource").filter(resource__uid=str(line.get("resource"))).first()
        at = dt.datetime.fromisoformat(line["at"])
        if dataset is None or dataset.state == Dataset.State.DESTROYED or dataset.created_at > at:
            continue
        release = None
        if line.get("release") is not None:
            release = (
                dataset.releases.select_related("upload", "dataset__resource").filter(number=line["release"]).first()
            )
            if release is None or release.state == Release.State.DESTROYED or release.created_at > at:
                continue
        datasets.end(actor=actor, dataset=dataset, release=release, reason=str(line.get("reason", "")))
        done.append(dataset.name if release is None else f"{dataset.name}/{release.number}")
    datasets.scrub_database()
    return done


def restored() -> list[str]:
    """Sealed files are in no backup: uploads that waited for one are discarded, and nothing refers to one any more."""
    done = []
    for upload in Upload.objects.exclude(staged=""):
        if (Path(settings.STAGING) / upload.staged).exists():
            continue
        if upload.state in (Upload.State.ARRIVING, Upload.State.RECEIVED, Upload.State.READING):
            upload.state = Upload.State.DISCARDED
            done.append(f"upload {upload.pk}")
        upload.staged = ""
        upload.save(update_fields=["state", "staged"])
    for release in Release.objects.filter(Q(report__quarantine__gt="") | Q(report__preview__gt="")).only("report"):
        gone = {name for name in intake.sealed_of(release.report) if not (Path(settings.STAGING) / name).exists()}
        if gone:
            release.report = {key: "" if value in list(gone) else value for key, value in release.report.items()}
            release.save(update_fields=["report"])
    return done
