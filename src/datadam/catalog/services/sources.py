"""Files that come by themselves: what is looked at by a timetable, each new file taken in like an upload."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from datadam.catalog import policies, storage
from datadam.catalog.models import Dataset, Source
from datadam.catalog.services import servers
from datadam.core import clock, events, fetch, jobs
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor, Organisation
from datadam.web.text import Text

SEOUL = ZoneInfo("Asia/Seoul")
BUSY_STATES = ("ready", "running")
BUSY = Text("지금 가져오고 있습니다.", "It is being fetched right now.")
NO_TITLE = Text("처음 만들 자료의 제목을 쓰십시오.", "Give the title of the dataset that is to be made.")
NO_ADDRESS = Text("주소를 쓰십시오.", "Give the address.")
BAD_CHOICE = Text("고를 수 없는 값입니다.", "This cannot be chosen.")
TAKEN = Text("이 자료에는 이미 가져올 곳이 있습니다.", "This dataset has a source already.")


def next_time(every: str, at: dt.time, now: dt.datetime) -> dt.datetime:
    """The next hour, day, Monday or first of the month at that Korean time, after `now`."""
    here = now.astimezone(SEOUL)
    if every == Source.Every.HOUR:
        due = here.replace(minute=at.minute, second=0, microsecond=0)
        return due if due > here else due + dt.timedelta(hours=1)
    due = dt.datetime.combine(here.date(), at.replace(tzinfo=None), SEOUL)
    while due <= here or not _fits(every, due):
        due += dt.timedelta(days=1)
    return due


def _fits(every: str, due: dt.datetime) -> bool:
    return {Source.Every.WEEK: due.weekday() == 0, Source.Every.MONTH: due.day == 1}.get(Source.Every(every), True)


def source_for(actor: Actor | None, pk: int | str) -> Source:
    """The source, for those who may upload for its organisation; NotFound otherwise."""
    rows = Source.objects.select_related("organisation", "dataset__resource", "created_by", "job")
    found = rows.filter(pk=int(pk)).first() if str(pk).isdecimal() else None
    if found is None or not policies.may_upload(actor, found.organisation):
        raise NotFound(Text("그런 가져올 곳이 없습니다.", "There is no such source."))
    return found


def of(organisation: Organisation) -> list[Source]:
    """The sources of an organisation, failing ones first."""
    rows = Source.objects.filter(organisation=organisation).select_related("dataset")
    return list(rows.order_by("-failures", "pk"))


def save(
    *,
    actor: Actor,
    organisation: Organisation,
    dataset: Dataset | None = None,
    source: Source | None = None,
    title: str = "",
    kind: str = "url",
    address: str = "",
    every: str = "day",
    at: dt.time = dt.time(6),
    publish_when_clean: bool = False,
    password: str = "",
    private_key: str = "",
    fingerprint: str = "",
    query: str = "",
    tls: str = "",
) -> Source:
    """Set where a dataset's files come from. An empty `address` keeps that of the source that is changed.

    What follows `publish_when_clean` is of file servers and databases, see `servers.Given`.
    """
    policies.may_upload(actor, organisation).require()
    if dataset is not None:
        policies.may_edit(actor, dataset).require()
    _check(organisation, dataset, source, title=title, kind=kind, address=address, every=every)
    values: dict[str, Any] = {
        "organisation": organisation, "dataset": dataset, "title": title[:300], "kind": kind, "every": every, "at": at,
        "publish_when_clean": publish_when_clean, "active": True, "failures": 0, "created_by": actor,
        "next_at": next_time(every, at, clock.now()),
    }  # fmt: skip
    if kind in servers.KINDS:
        given = servers.Given(kind, address, password, private_key, fingerprint, query, tls)
        values |= {"etag": "", "modified": "", **servers.values(actor, organisation, source, given)}
    elif address:
        values |= {"options": {}, "etag": "", "modified": "", **_address(actor, organisation, kind, address)}
    with transaction.atomic():
        if source is None:
            source = Source.objects.create(**values)
            verb = "source.add"
        else:
            Source.objects.filter(pk=source.pk).update(**values)
            source.refresh_from_db()
            verb = "source.change"
        events.record(actor=actor, verb=verb, subject=source, dataset=source.dataset_id, kind=kind, every=every)
    return source


def _check(
    organisation: Organisation, dataset: Dataset | None, source: Source | None, *, title: str, **given: str
) -> None:
    wrong: dict[str, Text] = {}
    if dataset is None and not title.strip():
        wrong["title"] = NO_TITLE
    if given["kind"] not in Source.Kind.values:
        wrong["kind"] = BAD_CHOICE
    if given["every"] not in Source.Every.values:
        wrong["every"] = BAD_CHOICE
    if not given["address"] and (source is None or source.kind != given["kind"]):
        wrong["address"] = NO_ADDRESS
    if dataset is not None and dataset.organisation_id != organisation.pk:
        wrong["dataset"] = Text("다른 기관의 자료입니다.", "That dataset belongs to another organisation.")
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)
    other = Source.objects.filter(dataset=dataset) if dataset is not None else Source.objects.none()
    if other.exclude(pk=source.pk if source else 0).exists():
        raise Conflict(TAKEN)


def _address(actor: Actor, organisation: Organisation, kind: str, address: str) -> dict[str, Any]:
    """The address sealed and as it may be shown; refused when it leads where nobody may fetch from."""
    from datadam.catalog.services import fetching

    address = address.strip()
    if kind == Source.Kind.FOLDER:
        path = fetching.folder(address, organisation, of_city=policies.of_city(actor))
        return {"sealed": storage.seal_address(str(path)), "shown": str(path)[:500]}
    try:
        parts = fetch.check_url(address)
        fetch.resolve(str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80))
    except Invalid as error:  # its data hold the address
        raise Invalid(error.message, code="bad_url", fields={"address": error.message}) from None
    return {"sealed": storage.seal_address(address), "shown": fetch.masked(address)}


def start(*, actor: Actor | None, source: Source) -> Any:
    """Enqueue a look at the source; Conflict while there is one."""
    if actor is not None:
        policies.may_upload(actor, source.organisation).require()
    with transaction.atomic():
        row = Source.objects.select_for_update(of=("self",)).select_related("job").get(pk=source.pk)
        if row.job is not None and row.job.state in BUSY_STATES:
            raise Conflict(BUSY)
        job = jobs.enqueue("catalog.fetch_source", actor=actor, source=row.pk)
        Source.objects.filter(pk=row.pk).update(job=job)
    return job


def tick() -> int:
    """Start what is due; a source that is still being fetched waits for its next time. Returns how many."""
    now, started = clock.now(), 0
    due = Source.objects.filter(active=True, next_at__lte=now).exclude(dataset__state=Dataset.State.DESTROYED)
    for source in due.select_related("organisation"):
        later = next_time(source.every, source.at, now)
        with transaction.atomic():
            if not Source.objects.filter(pk=source.pk, next_at=source.next_at, active=True).update(next_at=later):
                continue
            try:
                start(actor=None, source=source)
            except Conflict:
                continue
            started += 1
    return started


def pause(*, actor: Actor, source: Source) -> None:
    """Look no more until it is resumed."""
    _switch(actor, source, active=False)


def resume(*, actor: Actor, source: Source) -> None:
    """Look again from the next due time on."""
    _switch(actor, source, active=True)


def _switch(actor: Actor, source: Source, *, active: bool) -> None:
    policies.may_upload(actor, source.organisation).require()
    values: dict[str, Any] = {"active": active}
    if active:
        values |= {"failures": 0, "created_by": actor, "next_at": next_time(source.every, source.at, clock.now())}
    with transaction.atomic():
        if not Source.objects.filter(pk=source.pk, active=not active).update(**values):
            words = Text("이미 그렇게 되어 있습니다.", "It is so already.")
            raise Conflict(words)
        verb = "source.resume" if active else "source.pause"
        events.record(actor=actor, verb=verb, subject=source, dataset=source.dataset_id)
    source.refresh_from_db()


def remove(*, actor: Actor, source: Source) -> None:
    """Forget the source with its history; what it brought in stays."""
    policies.may_upload(actor, source.organisation).require()
    with transaction.atomic():
        events.record(actor=actor, verb="source.remove", subject=source, dataset=source.dataset_id)
        source.delete()
