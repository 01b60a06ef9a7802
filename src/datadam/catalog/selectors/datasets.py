"""One dataset, one release, one upload, for one reader."""

from django.db.models import QuerySet

from datadam.catalog import policies
from datadam.catalog.models import Dataset, Release, Upload
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

GONE = (Release.State.DISCARDED, Release.State.DESTROYED)


def _unknown(name: str) -> NotFound:
    return NotFound(Text(f"‘{name}’ 자료가 없습니다.", f"There is no dataset “{name}”."), name=name)


def dataset_for(actor: Actor | None, name: str) -> Dataset:
    """The dataset of that name; NotFound when there is none that the actor may know of."""
    found = Dataset.objects.select_related("organisation", "resource").filter(name=name).first()
    if found is None or not policies.may_see(actor, found):
        raise _unknown(name)
    return found


def by_name(actor: Actor | None, name: str) -> Dataset:
    """The dataset of that name or title: what a command or a query calls it."""
    rows = Dataset.objects.select_related("organisation", "resource")
    found = list(rows.filter(name=name)) or list(rows.filter(title=name).exclude(state=Dataset.State.DESTROYED)[:20])
    seen = [dataset for dataset in found if policies.may_see(actor, dataset)]
    if len(seen) > 1:
        names = ", ".join(dataset.name for dataset in seen)
        raise NotFound(
            Text(f"‘{name}’ 제목의 자료가 여럿입니다: {names}", f"Several datasets are titled “{name}”: {names}"),
            code="ambiguous",
        )
    if not seen:
        raise _unknown(name)
    return seen[0]


def releases_of(actor: Actor | None, dataset: Dataset) -> QuerySet[Release]:
    """The releases the actor may see, newest first; destroyed and discarded ones only for those who work on it."""
    rows = dataset.releases.select_related("dataset", "created_by").order_by("-number")
    if policies.is_insider(actor, dataset):
        return rows
    return rows.filter(state=Release.State.PUBLISHED)


def last_published(dataset: Dataset) -> Release | None:
    """The open release that was published last: the one whose publishing can be undone."""
    rows = dataset.releases.filter(state=Release.State.PUBLISHED).select_related("dataset__organisation")
    return rows.order_by("-published_at", "-number").first()


def release_for(actor: Actor | None, dataset: Dataset, number: int | None = None) -> Release:
    """The numbered release, or the one to show first: the newest published, or for those who work on it the newest."""
    rows = dataset.releases.select_related("dataset__organisation", "dataset__resource", "upload", "recipe")
    if number is not None:
        found = rows.filter(number=number).first()
    else:
        found = rows.filter(state=Release.State.PUBLISHED).order_by("-number").first()
        if found is None and policies.is_insider(actor, dataset):
            found = rows.exclude(state__in=GONE).order_by("-number").first()
    if found is None or not policies.may_see_release(actor, found):
        which = f"{dataset.name} {number}" if number is not None else dataset.name
        raise NotFound(Text(f"‘{which}’ 판이 없습니다.", f"There is no release “{which}”."))
    return found


def uploads_waiting(actor: Actor | None) -> list[Upload]:
    """Uploads that wait for the actor: being read, or read and not yet published or discarded; newest first."""
    if actor is None:
        return []
    rows = Upload.objects.select_related("organisation", "dataset", "job", "person")
    if not policies.of_city(actor):
        stewarded = [pk for pk, role in policies.memberships(actor).items() if role in policies.STEWARDS]
        rows = rows.filter(organisation__in=stewarded)
    pending = rows.filter(state__in=[Upload.State.ARRIVING, Upload.State.RECEIVED, Upload.State.READING])
    unread = rows.filter(releases__state__in=[Release.State.DRAFT, Release.State.HELD])
    return sorted({*pending[:50], *unread.distinct()[:50]}, key=lambda upload: -upload.pk)


def upload_for(actor: Actor | None, pk: int) -> Upload:
    """The upload, for those who may upload to its organisation; NotFound otherwise."""
    found = Upload.objects.select_related("organisation", "dataset__resource", "job", "person").filter(pk=pk).first()
    if found is None or not policies.may_upload(actor, found.organisation):
        raise NotFound(Text("그런 업로드가 없습니다.", "There is no such upload."))
    return found
