"""Files on their way in: received and sealed, fetched from a URL, read, discarded."""

from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet

from datadam.catalog import policies, recipes, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import intake
from datadam.catalog.services.ingest import ingest
from datadam.core import events, fetch, jobs
from datadam.core.errors import Conflict, Invalid
from datadam.core.public import Actor, Organisation
from datadam.lake.hiding import hidden
from datadam.web.text import Text

__all__ = ["discard_upload", "fail_upload", "ingest", "receive_file", "receive_url", "take_in_upload"]

CHECKING = Text("다 왔는지 확인하는 중", "Checking that it is whole")
FETCHING = Text("가져오는 중", "Fetching")
HASH_SHARE = 0.1  # of the progress bar, when the file came in pieces
OVERTAKEN = 5  # attempts at adding rows while others bring in releases
FETCH_SHARE = 0.3  # of the progress bar, when the file comes from a URL
Proposals = recipes.Policy | None


def proposals(given: str) -> str | None:
    """What a program may say of proposals: apply or none; nothing follows the dataset's recipe."""
    if given not in {"", "apply", "none"}:
        words = Text("proposals는 apply나 none입니다.", "proposals is apply or none.")
        raise Invalid(words, fields={"proposals": words})
    return given or None


def check(actor: Actor, organisation: Organisation, dataset: Dataset | None) -> None:
    """Whether the actor may bring a file in for this organisation and dataset."""
    policies.may_upload(actor, organisation).require()
    if dataset is None:
        return
    policies.may_edit(actor, dataset).require()
    if dataset.organisation_id != organisation.pk:
        words = Text("다른 기관의 자료입니다.", "That dataset belongs to another organisation.")
        raise Invalid(words, fields={"dataset": words})


def receive_file(
    *,
    actor: Actor,
    organisation: Organisation,
    stream: BinaryIO,
    filename: str,
    dataset: Dataset | None = None,
    proposals: Proposals = None,
    title: str = "",
    files: bool = False,
) -> Upload:
    """Seal a file and enqueue its reading. `proposals` None follows the dataset's recipe, if it has one.

    `files` keeps a ZIP as a file set although it does not look like one.
    """
    check(actor, organisation, dataset)
    sealed = storage.staging().seal(stream, limit=storage.max_bytes())
    order = intake.Order(organisation, filename, sealed.sha256, sealed.id, actor=actor, dataset=dataset)
    try:
        with transaction.atomic():
            upload = intake.new_upload(order, size=sealed.size)
            return enqueue(actor, upload, proposals, title, files=files)
    except BaseException:
        storage.staging().discard(sealed.id)
        raise


def receive_url(
    *,
    actor: Actor,
    organisation: Organisation,
    url: str,
    dataset: Dataset | None = None,
    proposals: Proposals = None,
    title: str = "",
    files: bool = False,
) -> Upload:
    """Enqueue the fetching and reading of a URL; an address in a private network is refused here and again then."""
    check(actor, organisation, dataset)
    try:
        parts = fetch.check_url(url)
    except Invalid as error:  # its data hold the address
        raise Invalid(error.message, code="bad_url", fields={"url": error.message}) from None
    fetch.resolve(str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80))
    filename = parts.path.rpartition("/")[2] or "download"
    order = intake.Order(organisation, filename, "", "", actor=actor, dataset=dataset)
    with transaction.atomic():
        upload = intake.new_upload(order, size=0, url=url.strip())
        return enqueue(actor, upload, proposals, title, files=files)


def enqueue(actor: Actor, upload: Upload, proposals: Proposals, title: str, **more: bool) -> Upload:
    """Have a file that has come read; in the caller's transaction. `more`: see `take_in_upload`."""
    given = {"upload": upload.pk, "proposals": proposals, "title": title, **more}
    upload.job = jobs.enqueue("catalog.take_in", actor=actor, **given)
    upload.save(update_fields=["job"])
    facts = {"organisation": upload.organisation_id, "size": upload.size, "sha256": upload.sha256}
    events.record(actor=actor, verb="upload.receive", subject=upload, by_url=bool(upload.url), **facts)
    return upload


def waiting(upload: Upload) -> QuerySet[Upload]:
    """The upload's row, as long as it was neither read nor discarded."""
    return Upload.objects.filter(pk=upload.pk, state__in=[Upload.State.RECEIVED, Upload.State.READING])


def take_in_upload(
    *,
    upload_id: int,
    progress: intake.Progress | None = None,
    proposals: Proposals = None,
    title: str = "",
    files: bool = False,
    append: bool = False,
    publish: bool = False,
) -> list[dict[str, Any]]:
    """Read an upload into releases and return its reports. Once read, an upload is not read a second time.

    `files` keeps its files as a set; `append` adds its rows to the newest release; `publish` publishes a clean release
    of the same form.
    """
    upload = Upload.objects.select_related("organisation", "person", "dataset__resource").get(pk=upload_id)
    if waiting(upload).update(state=Upload.State.READING):
        _read(upload, progress, proposals=proposals, title=title, files=files, append=append)
    if publish:
        _publish(upload)
    return list(upload.report)


def _publish(upload: Upload) -> None:
    from datadam.catalog.services.fetching import published_when_clean

    for release in upload.releases.filter(state=Release.State.DRAFT).select_related("dataset"):
        if upload.person is not None:
            published_when_clean(upload.person, release)


def _read(
    upload: Upload,
    progress: intake.Progress | None,
    *,
    proposals: Proposals,
    title: str,
    files: bool,
    append: bool,
) -> None:
    base = 0.0
    if upload.url and not upload.staged:
        _fetch(upload, progress)
        base = FETCH_SHARE
    if not upload.sha256:  # it came in pieces
        base = HASH_SHARE
        _hash(upload, progress)
    order = intake.Order(
        upload.organisation,
        upload.filename,
        upload.sha256,
        upload.staged,
        actor=upload.person,
        dataset=upload.dataset,
        title=title,
        proposals=proposals,
        files=files,
        progress=_scaled(progress, base),
        append=append,
    )
    _take_in(upload, order)


def _take_in(upload: Upload, order: intake.Order) -> None:
    """Those who add rows to one dataset take turns; whom a new release overtook nevertheless begins again."""
    if not order.append or order.dataset is None:
        intake.take_in(upload, order)
        return
    with storage.turn(order.dataset.resource.uid):
        for left in reversed(range(OVERTAKEN)):
            try:
                intake.take_in(upload, order)
                return
            except intake.Overtaken:
                if not left:
                    raise


def _scaled(progress: intake.Progress | None, base: float) -> intake.Progress | None:
    if progress is None:
        return None
    return lambda fraction, words: progress(base + (1 - base) * fraction, words)


def _hash(upload: Upload, progress: intake.Progress | None) -> None:
    def told(done: int) -> None:
        if progress and upload.size:
            progress(HASH_SHARE * done / upload.size, CHECKING)

    upload.sha256 = storage.staging().sha256(upload.staged, told)
    waiting(upload).update(sha256=upload.sha256)


def _fetch(upload: Upload, progress: intake.Progress | None) -> None:
    """Seal what the URL gives, and say so on the upload."""
    limit = storage.max_bytes()
    with fetch.fetch(storage.address(upload.sealed), limit=limit) as fetched:
        size = fetched.size

        def told(done: int) -> None:
            if progress and size:
                progress(FETCH_SHARE * done / size, FETCHING)

        sealed = storage.staging().seal(fetched.stream, limit=limit, progress=told)
        upload.filename = hidden(fetched.filename)
    if size is not None and sealed.size != size:
        storage.staging().discard(sealed.id)
        raise fetch.FetchFailed(Text("파일이 다 오지 않았습니다.", "The file came incomplete."), code="incomplete")
    facts = {"staged": sealed.id, "size": sealed.size, "sha256": sealed.sha256, "sealed": ""}
    if not waiting(upload).update(filename=upload.filename, **facts):
        storage.staging().discard(sealed.id)
        raise Conflict(Text("그사이 버린 파일입니다.", "The upload was discarded meanwhile."))
    upload.refresh_from_db()


def fail_upload(*, upload_id: int, error: dict[str, Any]) -> None:
    """Mark an upload refused when its job has failed for good; its sealed file goes."""
    upload = Upload.objects.get(pk=upload_id)
    if not waiting(upload).exists():
        return
    report = {"status": "refused", "reason": error.get("code", "internal")}
    words = {"message_ko": error.get("ko", ""), "message_en": error.get("en", "")}
    upload.sealed = ""
    upload.report, upload.state = [{**report, **words, "dataset": None, "release": None}], Upload.State.REFUSED
    with transaction.atomic():
        upload.save(update_fields=["report", "state", "sealed"])
        events.record(actor=upload.person, verb="upload.fail", subject=upload, reason=report["reason"])
    intake.release_staged(upload)


def discard_upload(*, actor: Actor, upload: Upload) -> None:
    """Throw an upload away: its file, the drafts and held releases it led to, and draft datasets left empty."""
    from datadam.catalog.services import releases

    policies.may_upload(actor, upload.organisation).require()
    if upload.releases.filter(state=Release.State.PUBLISHED).exists():
        words = Text("이미 공개한 판이 있어 버릴 수 없습니다.", "A release of this upload is published already.")
        raise Conflict(words)
    coming = ".part" if upload.state == Upload.State.ARRIVING else ""
    with storage.hold(upload.staged + coming) as alone:
        if not alone:
            raise Conflict(intake.BUSY)
        with transaction.atomic():
            for release in upload.releases.filter(state__in=[Release.State.DRAFT, Release.State.HELD]):
                releases.discard_release(actor=actor, release=release)
                releases.clear_discarded(actor=actor, release=release)
            upload.state, upload.sealed = Upload.State.DISCARDED, ""
            upload.save(update_fields=["state", "sealed"])
            events.record(actor=actor, verb="upload.discard", subject=upload)
    intake.release_staged(upload)
