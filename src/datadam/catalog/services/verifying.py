"""What `datadam verify` asks of the catalogue: lake against catalogue both ways, sealed files, caches, grants."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from datadam.access import selectors as access
from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release, Source, Upload
from datadam.catalog.services import filesets, housekeeping
from datadam.core.verification import Found
from datadam.web.text import Text


def verify(*, deep: bool = False) -> Iterator[Found]:
    """A sentence for everything that is not where or as it should be; `deep` reads every row of the lake."""
    yield from _lake(deep)
    yield from _orphans()
    yield from _staging()
    yield from _cache()
    yield from _grants()
    yield from _sealing_key()


def _lake(deep: bool) -> Iterator[Found]:
    """Every release names a version whose files are there, in the size and with the rows that were written."""
    releases = (
        Release.objects.exclude(version=None).select_related("dataset__resource").order_by("dataset_id", "number")
    )
    fields = ("number", "rows", "version", "state", "report", "dataset__name", "dataset__resource__uid")
    there: dict[UUID, bool] = {}
    for release in releases.only(*fields).iterator(2_000):
        name, uid = release.dataset.name, release.dataset.resource.uid
        table = storage.table(uid)
        if there.setdefault(uid, table.exists()) is False:
            if not _still(release):
                continue
            words = Text(
                f"{name}의 {release.number}판: 레이크에 표가 없습니다",
                f"release {release.number} of {name} has no table in the lake",
            )
            yield Found(words)
            continue
        if release.state == Release.State.DISCARDED:
            continue  # the next reading wrote over it
        assert release.version is not None
        wrong = table.damage(release.version, rows=release.rows, deep=deep)
        if not wrong and release.is_files:
            wrong = filesets.damaged(release, deep=deep)
        if wrong and _still(release):
            yield Found(
                Text(
                    f"{name}의 {release.number}판이 손상되었습니다: {wrong}",
                    f"release {release.number} of {name} is damaged: {wrong}",
                )
            )


def _still(release: Release) -> bool:
    """Whether the row says what it said: data are published and destroyed while this looks at files."""
    return Release.objects.filter(pk=release.pk, version=release.version, state=release.state).exists()


def _orphans() -> Iterator[Found]:
    """Tables that nothing names: young ones are loads under way, old ones should have been swept."""
    for folder in housekeeping.orphans():
        old = housekeeping.is_old(folder)
        yield Found(
            Text(
                f"레이크의 표 {folder.name}를 가리키는 자료가 없습니다",
                f"no dataset names the table {folder.name} in the lake",
            ),
            not old,
        )


def _staging() -> Iterator[Found]:
    folder = Path(settings.STAGING)
    for pk, staged in Upload.objects.exclude(staged="").values_list("pk", "staged"):
        there = any((folder / name).exists() for name in (staged, f"{staged}.part"))
        if not there and Upload.objects.filter(pk=pk, staged=staged).exists():
            yield Found(Text(f"업로드 {pk}의 봉인된 파일이 없습니다", f"upload {pk} has no sealed file in staging"))
    known = housekeeping.sealed_files()
    lost = [
        path
        for path in (folder.iterdir() if folder.exists() else [])
        if path.is_file() and path.name.partition(".")[0] not in known
    ]
    if lost:
        words = Text(
            f"staging에 가리키는 것 없는 파일이 {len(lost)}개 있습니다", f"nothing names {len(lost)} files in staging"
        )
        yield Found(words, True)


def _cache() -> Iterator[Found]:
    """Downloads kept of a release that was destroyed are data that should be gone."""
    gone = Release.objects.filter(state=Release.State.DESTROYED).values_list("dataset__resource__uid", "number")
    for uid, number in gone.iterator(2_000):
        if storage.cache_folder(uid, number).exists():
            yield Found(
                Text(
                    f"파기한 판({uid}/{number})의 내려받기 파일이 남아 있습니다",
                    f"downloads of the destroyed release {uid}/{number} are still kept",
                )
            )


def _grants() -> Iterator[Found]:
    """What is published is open to everyone, and nothing else is; nobody may read what was destroyed."""
    public = access.public_uids()
    rows = Dataset.objects.filter(Q(state=Dataset.State.PUBLISHED) | Q(resource__uid__in=list(public)))
    for name, state, uid in rows.values_list("name", "state", "resource__uid"):
        if state == Dataset.State.PUBLISHED and uid not in public:
            yield Found(Text(f"공개한 {name}을 아무도 읽을 수 없습니다", f"{name} is published and nobody may read it"))
        elif state != Dataset.State.PUBLISHED:
            yield Found(
                Text(f"공개하지 않은 {name}을 누구나 읽을 수 있습니다", f"{name} is {state} and everyone may read it")
            )


def _sealing_key() -> Iterator[Found]:
    """Addresses that nobody could read any more."""
    if not (Path(settings.KEYS) / "sealing.key").exists() and Source.objects.exists():
        yield Found(Text("sealing.key가 없습니다: 가져올 곳의 주소", "sealing.key is missing: addresses of sources"))
