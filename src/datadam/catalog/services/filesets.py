"""Keeping the files of file sets: which ones releases name, what is cleared away, drawn anew, or damaged."""

import random
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release
from datadam.catalog.services.places import ENDED

SAMPLE, SAMPLE_BYTES = 200, 256 << 20  # of a release, what the daily check reads; --deep reads all


def living(dataset: Dataset, *, without: Collection[int] = ()) -> list[Release]:
    """The releases whose files must be there."""
    rows = dataset.releases.exclude(state__in=ENDED).exclude(version=None).exclude(pk__in=without)
    return [release for release in rows.order_by("number") if release.is_files]


def named(dataset: Dataset, *, without: Collection[int] = ()) -> set[str]:
    """The hashes that the dataset's living releases name."""
    from datadam.lake.manifest import objects_named

    found: set[str] = set()
    for release in living(dataset, without=without):
        assert release.version is not None
        found |= objects_named(storage.files(dataset.resource.uid, release.version))
    return found


def clear(dataset: Dataset, *, without: Collection[int] = (), older: timedelta = timedelta()) -> int:
    """Remove the files that no living release names; returns how many."""
    objects = storage.objects(dataset.resource.uid)
    if not objects.folder.exists():
        return 0
    return objects.clear(named(dataset, without=without), older=older.total_seconds())


def sweep(older: timedelta) -> int:
    """Remove what discarded drafts, refused files and killed readings left; returns how many."""
    known = {
        str(d.resource.uid): d for d in Dataset.objects.select_related("resource").filter(resource__uid__in=_uids())
    }
    removed = 0
    for folder in storage.object_folders():
        dataset = known.get(folder.name)
        if dataset is not None:
            removed += clear(dataset, older=older)
        else:
            removed += storage.objects(folder.name).clear(set(), older=older.total_seconds())
    return removed


def _uids() -> list[str]:
    return [folder.name for folder in storage.object_folders()]


def draw_missing() -> int:
    """Draw the thumbnails that are not there, as after a restore; returns how many."""
    from datadam.lake import pictures

    drawn = 0
    for dataset in Dataset.objects.select_related("resource").filter(resource__uid__in=_uids()):
        objects = storage.objects(dataset.resource.uid)
        for sha256, media_type, pixels in _pictures(dataset):
            if objects.thumb(sha256).exists() or pixels > pictures.MOST_PIXELS or not objects.path(sha256).exists():
                continue
            try:
                pictures.measured(objects.path(sha256), media_type, objects.thumb(sha256))
                drawn += 1
            except pictures.BrokenPicture:
                continue  # damaged since: `verify` tells of it
    return drawn


def _pictures(dataset: Dataset) -> Iterator[tuple[str, str, int]]:
    from datadam.lake import pictures
    from datadam.lake.manifest import pictures_named

    for release in living(dataset):
        assert release.version is not None
        if any(column["name"] == "width" for column in release.columns):
            files = storage.files(dataset.resource.uid, release.version)
            yield from pictures_named(files, list(pictures.FORMATS))


def damaged(release: Release, *, deep: bool) -> str:
    """What is wrong with the files of a release, "" for nothing: all in their size, some or all by their hash."""
    from datadam.lake.manifest import objects_sized

    assert release.version is not None
    objects = storage.objects(release.dataset.resource.uid)
    sizes = objects_sized(storage.files(release.dataset.resource.uid, release.version))
    lost = [sha256 for sha256, size in sizes.items() if not objects.has(sha256, size)]
    if lost:
        return f"{len(lost)} files missing or of another size: {lost[0]}"
    looked = sorted(sizes) if deep else list(_sample(sizes))
    wrong = [sha256 for sha256 in looked if not objects.is_right(sha256, sizes[sha256])]
    return f"{len(wrong)} files altered: {wrong[0]}" if wrong else ""


def _sample(sizes: dict[str, int]) -> Iterator[str]:
    left = SAMPLE_BYTES
    for sha256 in random.sample(sorted(sizes), min(SAMPLE, len(sizes))):
        left -= sizes[sha256]
        yield sha256
        if left < 0:
            return


def backed_up(uid: str, releases: Collection[int]) -> Iterator[Path]:
    """The files that these versions of a resource name; thumbnails are drawn anew."""
    from datadam.lake.manifest import objects_named

    objects, found = storage.objects(uid), set[str]()
    for version in releases:
        found |= objects_named(storage.files(uid, version))
    yield from (objects.path(sha256) for sha256 in sorted(found) if objects.path(sha256).exists())
