"""What the catalogue does for keeping: which files a backup needs, destructions again, what a restored home lacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Q
from django.utils.dateparse import parse_datetime

from datadam.access import selectors as access
from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets
from datadam.core import selectors as core
from datadam.core.verification import Note
from datadam.web.text import Text


def backup_items(*, using: str) -> Iterator[tuple[Path, str]]:
    """The lake's files that the database `using` names: each table up to the newest version that a release has."""
    named = Release.objects.using(using).exclude(version=None).values_list("dataset__resource__uid")
    for uid, version in named.annotate(last=Max("version")).order_by("dataset__resource__uid"):
        for path in storage.table(uid).parts(version):
            yield path, str(path.relative_to(settings.LAKE))


def replay(*, lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Destroy again what the list names and the restored database still holds; says which.

    A release that got a destroyed one's number later is another one: what is younger than the line stays.
    """
    operator = core.local_operator()
    for line in lines:
        dataset = Dataset.objects.filter(resource__uid=str(line["resource"])).select_related("resource").first()
        at = parse_datetime(str(line["at"]))
        if dataset is None or at is None or dataset.state == Dataset.State.DESTROYED or dataset.created_at > at:
            continue
        number, release = line.get("release"), None
        if number is not None:
            release = dataset.releases.filter(number=number, created_at__lte=at).first()
            if release is None or release.state == Release.State.DESTROYED:
                continue
        reason = str(line.get("reason") or "-")
        datasets.destroy(actor=operator, dataset=dataset, release=release, reason=reason, again=True)
        yield f"{dataset.name} {number}" if number is not None else dataset.name


def restored() -> Iterator[str]:
    """Sealed files and quarantine are in no backup: uploads in the middle are discarded, links to them emptied."""
    waiting = Q(state__in=[Upload.State.RECEIVED, Upload.State.READING])
    lost = Upload.objects.filter(waiting).exclude(staged="").update(state=Upload.State.DISCARDED)
    Upload.objects.exclude(staged="").update(staged="")
    for release in Release.objects.filter(report__quarantine__gt="").only("pk", "report"):
        Release.objects.filter(pk=release.pk).update(report={**release.report, "quarantine": ""})
    yield f"{lost} uploads discarded"


def verify(*, deep: bool = False) -> Iterator[Text | Note]:
    """Lake and staging against the catalogue, and grants against what they open."""
    yield from _releases(deep)
    yield from _strangers()
    yield from _grants()
    for pk, staged in Upload.objects.exclude(staged="").values_list("pk", "staged"):
        if not (Path(settings.STAGING) / staged).exists():
            yield Text(f"업로드 {pk}의 봉인 파일이 없습니다.", f"Upload {pk} has no sealed file in staging.")


def _releases(deep: bool) -> Iterator[Text]:
    releases = Release.objects.exclude(version=None).select_related("dataset__resource")
    for release in releases.only("number", "version", "rows", "dataset__name", "dataset__resource__uid").iterator(500):
        name = f"{release.dataset.name} {release.number}"
        table = storage.table(release.dataset.resource.uid)
        if not table.exists():
            yield Text(f"{name}판의 표가 레이크에 없습니다.", f"Release {name} has no table in the lake.")
            continue
        found = table.damage(release.version or 0, rows=release.rows, deep=deep)
        if found:
            yield Text(f"{name}판의 파일이 이상합니다: {found}", f"The files of release {name} are wrong: {found}")


def _strangers() -> Iterator[Note]:
    """Tables that no release names: drafts being read, or left by a process that died."""
    known = {str(uid) for uid in Release.objects.exclude(version=None).values_list("dataset__resource__uid", flat=True)}
    strange = [name for name in storage.table_names() if name not in known]
    if strange:
        yield Note(
            Text(f"어느 판에도 없는 표 {len(strange)}개", f"{len(strange)} tables that no release names: {strange[0]}")
        )


def _grants() -> Iterator[Text]:
    open_to_all = access.public_uids()
    for dataset in Dataset.objects.select_related("resource").only("name", "state", "resource__uid").iterator(500):
        public, published = dataset.resource.uid in open_to_all, dataset.state == Dataset.State.PUBLISHED
        if public and not published:
            yield Text(
                f"{dataset.name}: 공개하지 않았는데 모두에게 열려 있습니다.",
                f"{dataset.name} is open to everyone and not published.",
            )
        if published and not public:
            yield Text(
                f"{dataset.name}: 공개했는데 열려 있지 않습니다.", f"{dataset.name} is published and open to nobody."
            )
