"""What was read of a file becomes releases: datasets, releases and the upload's report, in one transaction."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from datadam.access import selectors
from datadam.access import services as access
from datadam.catalog import recipes, series, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import editions, rule_checks
from datadam.catalog.services.places import GONE, Order, Places, latest_of, loaded_of
from datadam.core import events, slugs
from datadam.core.errors import Conflict
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.types import Report

DESTROYED = Text("그사이 파기한 자료입니다.", "This dataset was destroyed meanwhile.")
OVERTAKEN = Text("그사이 다른 판이 생겼습니다.", "Another release came meanwhile.")
BUSY = Text("다른 곳에서 이 파일을 읽고 있습니다.", "This file is being read elsewhere.")


class Overtaken(Conflict):
    """Rows were added to a release that is not the newest any more."""

    code = "overtaken"


@dataclass
class Taken:
    """A table's report and where it went. `dataset` is None when it was refused, or on a dry run of a new file."""

    report: "Report"
    dataset: Dataset | None = None
    release: Release | None = None
    seconds: float = 0.0


def store(order: Order, upload: Upload, taken: list[Taken], places: Places) -> None:
    """Make releases of what was read, once: the second process to come here with the same upload is turned away."""
    with transaction.atomic():
        _check_alive(taken)
        if order.base is not None and loaded_of(order.base.dataset, order.release) != order.base:
            raise Overtaken(OVERTAKEN)
        again = order.release is not None or order.table is not None
        if not again:
            rows = Upload.objects.filter(pk=upload.pk, state__in=[Upload.State.RECEIVED, Upload.State.READING])
            if not rows.update(state=Upload.State.READ):
                raise Conflict(BUSY)
        several = len(upload.report if again else taken) > 1
        for each in taken:
            if each.report.status != "refused" and each.release is None:
                _store_one(order, upload, each, places, several)
        upload.report = _replaced(upload.report, order, taken) if again else [as_dict(each) for each in taken]
        upload.dataset = next((each.dataset for each in taken if each.dataset), upload.dataset)
        refused = all(stored["status"] == "refused" for stored in upload.report)
        upload.state = Upload.State.REFUSED if refused else Upload.State.READ
        upload.save(update_fields=["report", "dataset", "state"])
        events.record(actor=order.actor, verb="upload.read", subject=upload, **_counts(taken))


def _replaced(stored: list[dict[str, Any]], order: Order, taken: list[Taken]) -> list[dict[str, Any]]:
    """An upload's reports with that of the one table that was read again."""
    table = order.table if order.release is None else str(order.release.report.get("table", ""))
    others = [each.get("table", "") != table for each in stored]
    fresh = [as_dict(each) for each in taken]
    at = others.index(False) if False in others else len(stored)
    return [*stored[:at], *fresh, *stored[at + 1 :]]


def _check_alive(taken: list[Taken]) -> None:
    """Lock the datasets; when one was destroyed while its file was read, what was read for it goes as well."""
    known = [each.dataset.pk for each in taken if each.dataset]
    for dataset in Dataset.objects.select_for_update(of=("self",)).select_related("resource").filter(pk__in=known):
        if dataset.state in GONE:
            storage.table(dataset.resource.uid).destroy()
            raise Conflict(DESTROYED)


def _counts(taken: list[Taken]) -> dict[str, int]:
    statuses = [each.report.status for each in taken]
    return {status: statuses.count(status) for status in dict.fromkeys(statuses)}


def _store_one(order: Order, upload: Upload, each: Taken, places: Places, several: bool) -> None:
    report = each.report
    if each.dataset is None:
        each.dataset = _new_dataset(order, upload, report, places, several)
    again = order.release
    if again is None:
        known = _seen(each.dataset, report)
        if known and not (known.state == Release.State.HELD and report.status == "loaded"):
            _same(each, known)
            return
        again = known  # held before, and now its columns are accepted
    each.release = editions.write(
        each.dataset,
        report,
        actor=order.actor,
        upload=upload,
        recipe=recipes.follow(each.dataset, report.proposals, order.proposals, actor=order.actor),
        before=loaded_of(each.dataset, again),
        base=order.base,
        release=again,
        accept_drift=order.accept_drift,
    )
    rule_checks.keep(each.release, order.checked.get(report.table, []))


def _seen(dataset: Dataset, report: "Report") -> Release | None:
    """The release that already holds these rows: the latest one, or the latest loaded one when the lake says so."""
    latest = latest_of(dataset)
    if latest and report.content_digest and latest.content_digest == report.content_digest:
        return latest
    return loaded_of(dataset) if report.status == "unchanged" else None


def _same(each: Taken, release: Release) -> None:
    each.release = release
    held = release.state == Release.State.HELD
    each.report.status = "held" if held else "unchanged"
    each.report.reason = (release.report.get("reason") or "schema_changed") if held else "same_content"


def _new_dataset(order: Order, upload: Upload, report: "Report", places: Places, several: bool) -> Dataset:
    """A draft dataset for a table seen for the first time."""
    title = (order.title or series.title(order.filename))[:280]
    if several and report.table:
        title = f"{title} · {report.table}"[:300]
    uid = places.uid(report.table)
    if selectors.is_registered(uid):
        raise Conflict(BUSY)  # another process has just stored the same file
    base = slugs.slug(title) or "dataset"
    taken = set(Dataset.objects.filter(name__startswith=base).values_list("name", flat=True))
    dataset = Dataset.objects.create(
        name=slugs.unique(base, taken),
        title=title,
        organisation=order.organisation,
        resource=access.register(owner=order.organisation, actor=order.actor, uid=uid),
        source_url=upload.url.partition("?")[0].partition("#")[0],  # the rest may hold a service key
        created_by=order.actor,
    )
    events.record(actor=order.actor, verb="dataset.create", subject=dataset)
    return dataset


def as_dict(each: Taken) -> dict[str, Any]:
    """A report as it is kept with the upload: without its profile, with the names of what became of it."""
    fields = dataclasses.asdict(dataclasses.replace(each.report, profile=[]))
    return {
        **fields,
        "dataset": each.dataset.name if each.dataset else None,
        "release": each.release.number if each.release else None,
        "quality": each.release.quality if each.release else None,
        "seconds": round(each.seconds, 3),
    }
