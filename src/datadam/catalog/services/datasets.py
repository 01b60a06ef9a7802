"""What is done to a dataset as a whole: described, published, withdrawn, destroyed."""

import datetime as dt
import logging
import shutil
import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from datadam.access import services as access
from datadam.catalog import policies, quality, storage
from datadam.catalog.licences import LICENCES
from datadam.catalog.models import Dataset, Recipe, Release, Rule, RuleCheck, SourceRun, Upload
from datadam.catalog.selectors.datasets import last_published
from datadam.catalog.services import cells, filesets, guarding, intake, rule_checks
from datadam.catalog.vocabulary import FREQUENCIES, THEMES
from datadam.catalog.workflow import DATASET, RELEASE
from datadam.core import clock, events, extensions
from datadam.core.errors import Conflict, Invalid
from datadam.core.keeping import locks
from datadam.core.public import Actor
from datadam.disclosure import services as disclosure
from datadam.web.text import Text

log = logging.getLogger("datadam.catalog")
WORDS_OF_ROWS = ("omit", "cut_words")  # of a drawn table: what its rows that are left out begin with
PATIENCE = 8  # times that tables are rewritten until no dead row is left
DESCRIBED = (
    "title", "description", "keywords", "theme", "spatial", "temporal_start", "temporal_end", "frequency",
    "contact_name", "contact_email", "contact_phone", "licence", "ai_mark", "source_url",
    "legal_basis", "collection", "limits",
)  # fmt: skip
DATES = ("temporal_start", "temporal_end")
NOT_A_DATE = Text("날짜를 2026-03-02처럼 쓰십시오.", "Write the date as 2026-03-02.")
NEEDED = {
    "title": Text("제목을 적으십시오.", "Give a title."),
    "licence": Text("이용허락 조건을 고르십시오.", "Choose a licence."),
}


def describe(*, actor: Actor, dataset: Dataset, **fields: Any) -> Dataset:
    """Save metadata. Keywords may be a list or one string with commas. Raises Invalid with a message per field."""
    policies.may_edit(actor, dataset).require()
    unknown = set(fields) - set(DESCRIBED)
    if unknown:
        raise Invalid(Text("고칠 수 없는 항목입니다.", "These fields cannot be set."), unknown=sorted(unknown))
    problems = {name: NOT_A_DATE for name, value in fields.items() if name in DATES and not _is_date(value)}
    for name in fields.keys() - problems.keys():
        setattr(dataset, name, _tidy(name, fields[name]))
    problems |= _problems(dataset, fields.keys() - problems.keys())
    if problems:
        dataset.refresh_from_db()
        raise Invalid(Text("설명을 다시 살펴 주십시오.", "Please check the description."), fields=problems)
    dataset.updated_at = clock.now()
    with transaction.atomic():
        dataset.save(update_fields=[*fields, "updated_at"])
        _rescore(dataset)
        events.record(actor=actor, verb="dataset.describe", subject=dataset, fields=sorted(fields))
    return dataset


def _is_date(value: Any) -> bool:
    try:
        return not isinstance(value, str) or not value or bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def _tidy(name: str, value: Any) -> Any:
    if name == "keywords":
        words = value.split(",") if isinstance(value, str) else list(value or [])
        return list(dict.fromkeys(word.strip() for word in words if str(word).strip()))[:30]
    if name in DATES:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None
    if name == "ai_mark":
        return bool(value)
    return (value or "").strip()


def _problems(dataset: Dataset, changed: set[str]) -> dict[str, Text]:
    problems: dict[str, Text] = {}
    try:
        dataset.clean_fields(exclude=[f.name for f in Dataset._meta.fields if f.name not in changed])
    except ValidationError as error:
        problems |= {name: Text(words[0], words[0]) for name, words in error.message_dict.items()}
    needed = NEEDED if dataset.state == Dataset.State.PUBLISHED else ("title",)
    problems |= {name: NEEDED[name] for name in needed if not getattr(dataset, name)}
    for name, known in (("licence", LICENCES), ("theme", THEMES), ("frequency", FREQUENCIES)):
        value = getattr(dataset, name)
        if name in changed and value and value not in known:
            problems[name] = Text(f"‘{value}’: 고를 수 없는 값입니다.", f"“{value}” is not one of the choices.")
    if dataset.temporal_start and dataset.temporal_end and dataset.temporal_start > dataset.temporal_end:
        problems["temporal_end"] = Text("끝이 시작보다 빠릅니다.", "The end is before the start.")
    known_licence = LICENCES.get(dataset.licence)
    if dataset.ai_mark and known_licence and not known_licence.takes_ai_mark:
        dataset.ai_mark = False  # the licence allows it already
    return problems


def _rescore(dataset: Dataset) -> None:
    """Metadata counts towards the quality of what is not yet history: the latest release."""
    latest = intake.latest_of(dataset)
    if latest is not None:
        shares = quality.parts(latest.quality_parts, latest.columns, dataset)
        Release.objects.filter(pk=latest.pk).update(quality=quality.score(shares), quality_parts=shares)


def missing(dataset: Dataset) -> dict[str, Text]:
    """What must be filled in before the dataset can be published."""
    return {name: words for name, words in NEEDED.items() if not getattr(dataset, name)}


def publish(*, actor: Actor, dataset: Dataset, release: Release | None = None) -> Dataset:
    """Open a release (the newest draft without one) and with it the dataset to everyone."""
    policies.may_publish(actor, dataset).require()
    lacking = missing(dataset)
    if lacking:
        raise Invalid(Text("공개하려면 더 적어야 합니다.", "Some things are missing for publishing."), fields=lacking)
    chosen = release or _newest_draft(dataset)
    now = clock.now()
    if chosen is not None:
        cells.compared(actor=actor, release=chosen)
    with transaction.atomic():
        if chosen is not None:
            facts = {"dataset": dataset.pk, "number": chosen.number}
            RELEASE.execute(chosen, "publish", actor=actor, changes={"published_at": now}, **facts)
        if dataset.state != Dataset.State.PUBLISHED:
            changes = {"published_at": now, "updated_at": now}
            again = dataset.state == Dataset.State.WITHDRAWN
            DATASET.execute(dataset, "republish" if again else "publish", actor=actor, changes=changes)
            if again:
                public = dataset.releases.filter(state=Release.State.PUBLISHED).values_list("number", flat=True)
                disclosure.publish_again(actor=actor, resource_uid=dataset.resource.uid, releases=list(public))
        else:
            Dataset.objects.filter(pk=dataset.pk).update(updated_at=now)
        access.grant_public(actor=actor, resource_uid=dataset.resource.uid)
        if chosen is not None:
            cells.published(actor=actor, release=chosen)
    dataset.refresh_from_db()
    return dataset


def _newest_draft(dataset: Dataset) -> Release | None:
    """What `publish` without a release means; Conflict when nothing is left to publish."""
    newest = intake.latest_of(dataset)
    if newest is not None and newest.state == Release.State.DRAFT:
        return newest
    if newest is not None and newest.state == Release.State.HELD:
        words = Text("새 판을 먼저 확인해야 합니다.", "The new release must be confirmed first.")
        raise Conflict(words, code="held", release=newest.number)
    if dataset.state == Dataset.State.WITHDRAWN and newest is not None:
        return None
    raise Conflict(Text("공개할 새 판이 없습니다.", "There is no release to publish."), code="nothing_to_publish")


def undo_publish(*, actor: Actor, dataset: Dataset) -> Dataset:
    """Take the last publishing back within ten minutes; only who published may.

    A dataset that this publishing opened again goes back to being withdrawn.
    """
    last = last_published(dataset)
    if last is None or dataset.state != Dataset.State.PUBLISHED:
        raise Conflict(Text("공개한 판이 없습니다.", "Nothing is published."))
    opened = dataset.published_at == last.published_at
    with transaction.atomic():
        facts = {"dataset": dataset.pk, "number": last.number}
        RELEASE.execute(last, "undo_publish", actor=actor, changes={"published_at": None}, **facts)
        disclosure.withdraw(actor=actor, resource_uid=dataset.resource.uid, release=last.number)
        if not _has_published(dataset):
            DATASET.execute(dataset, "undo_publish", actor=actor, changes={"published_at": None})
            access.revoke_public(actor=actor, resource_uid=dataset.resource.uid)
        elif opened:
            DATASET.execute(dataset, "withdraw", actor=actor, changes={"updated_at": clock.now()})
            access.revoke_public(actor=actor, resource_uid=dataset.resource.uid)
    dataset.refresh_from_db()
    return dataset


def unpublish(*, actor: Actor, dataset: Dataset) -> Dataset:
    """Withdraw the dataset from the public; its releases stay as they are."""
    with transaction.atomic():
        DATASET.execute(dataset, "withdraw", actor=actor, changes={"updated_at": clock.now()})
        access.revoke_public(actor=actor, resource_uid=dataset.resource.uid)
        disclosure.withdraw(actor=actor, resource_uid=dataset.resource.uid)
    return dataset


def forget(*, actor: Actor | None, dataset: Dataset) -> None:
    """Remove a draft that was never public and has no release left."""
    uid, pk, number = dataset.resource.uid, dataset.pk, dataset.releases.count()
    events.record(actor=actor, verb="dataset.forget", subject=("catalog.dataset", str(pk)), releases=number)
    dataset.delete()
    transaction.on_commit(lambda: storage.remove_table(uid))


def destroy(*, actor: Actor, dataset: Dataset, release: Release | None = None, reason: str) -> None:
    """Destroy a release, or the dataset with all of them: rows, history, quarantine, sealed file, downloads, profile.

    The list outside the database is written first and the database last, so that a destruction cut short by a crash
    can be seen and asked for again.
    """
    policies.may_destroy(actor, dataset).require()
    if not reason.strip():
        words = Text("파기 사유를 적으십시오.", "Give the reason for the destruction.")
        raise Invalid(words, fields={"reason": words})
    if dataset.state == Dataset.State.DESTROYED or (release and release.state == Release.State.DESTROYED):
        raise Conflict(Text("이미 파기했습니다.", "It is destroyed already."))
    if release is not None and (holding := _holding(release)):
        raise Conflict(
            Text(
                f"이 판의 행이 {holding}판에도 들어 있습니다. 나중 판부터 차례로 파기하십시오.",
                f"The rows of this release stand in {holding} as well: destroy the later ones first.",
            ),
            code="rows_elsewhere",
        )
    number = release.number if release else None
    facts = {"resource": str(dataset.resource.uid), "dataset": dataset.name, "release": number, "by": actor.pk}
    with locks.destroying():
        storage.note_destruction(**facts, reason=reason.strip())
        end(actor=actor, dataset=dataset, release=release, reason=reason)
        scrub_database()
    dataset.refresh_from_db()


def _holding(release: Release) -> str:
    """The living releases that hold this one's rows because theirs were added to them, the latest first."""
    found: list[int] = []
    held = [release.pk]
    while held:
        later = Release.objects.filter(base__in=held)
        held = list(later.values_list("pk", flat=True))
        found += later.exclude(state=Release.State.DESTROYED).values_list("number", flat=True)
    return ", ".join(map(str, sorted(found, reverse=True)))


def end(*, actor: Actor, dataset: Dataset, release: Release | None, reason: str) -> None:
    """Destroy what stands in the list of destructions already: the bytes, what hangs on them, and the rows."""
    ending = [release] if release else _living(dataset)
    uid, number = dataset.resource.uid, release.number if release else None
    _destroy_bytes(dataset, ending, whole=release is None)
    for hook in extensions.hooks("destroy"):
        list(hook(resource=str(uid), release=number, reason=reason))
    with transaction.atomic():
        if release is None:
            DATASET.execute(dataset, "destroy", actor=actor, reason=events.digest(reason))
            access.revoke_public(actor=actor, resource_uid=uid)
            _empty_what_tells_of_data(dataset)
            ending = _living(dataset)  # with what was stored while the bytes went; after this nothing more can be
            _destroy_bytes(dataset, ending, whole=True)
        for each in ending:
            _destroy_row(actor, each)
        if release is not None and dataset.state == Dataset.State.PUBLISHED and not _has_published(dataset):
            DATASET.execute(dataset, "withdraw", actor=actor)
            access.revoke_public(actor=actor, resource_uid=uid)


def _living(dataset: Dataset) -> list[Release]:
    return list(dataset.releases.exclude(state=Release.State.DESTROYED).select_related("upload"))


def _has_published(dataset: Dataset) -> bool:
    return dataset.releases.filter(state=Release.State.PUBLISHED).exists()


def _destroy_bytes(dataset: Dataset, ending: list[Release], *, whole: bool) -> None:
    table = storage.table(dataset.resource.uid)
    if whole:
        table.destroy()
    else:
        gone = {each.pk for each in ending}
        kept = set(dataset.releases.exclude(pk__in=gone).values_list("version", flat=True)) - {None}
        for version in table.versions():
            if version > 0 and version not in kept:  # also readings that no release names any more
                table.destroy(version)
        filesets.clear(dataset, without=gone)
    for upload in Upload.objects.filter(Q(dataset=dataset) | Q(pushes__dataset=dataset)).distinct() if whole else ():
        intake.release_staged(upload)  # also of files that were refused
    for each in ending:
        intake.release_sealed(each.report)
        if each.upload:
            intake.release_staged(each.upload)
        shutil.rmtree(storage.cache_folder(dataset.resource.uid, each.number), ignore_errors=True)
    if whole:
        shutil.rmtree(storage.cache_folder(dataset.resource.uid), ignore_errors=True)


def _empty_what_tells_of_data(dataset: Dataset) -> None:
    """Words of the file that recipes and rules keep to know its rows again, reports of refused files, messages."""
    for recipe in dataset.recipes.all():
        _forget_words(recipe)
    dataset.rules.all().delete()
    SourceRun.objects.filter(source__dataset=dataset).update(message={}, filename="")
    Upload.objects.filter(Q(dataset=dataset) | Q(pushes__dataset=dataset), releases=None).update(report=[], wanted={})


def _forget_words(recipe: Recipe) -> None:
    steps = [{key: value for key, value in step.items() if key not in WORDS_OF_ROWS} for step in recipe.steps]
    if steps != recipe.steps:
        Recipe.objects.filter(pk=recipe.pk).update(steps=steps)


def _destroy_row(actor: Actor, release: Release) -> None:
    """A destroyed release keeps its number, dates and counts; what could show a value of the data is emptied."""
    kept = (
        "status",
        "rows_read",
        "rows_loaded",
        "rows_quarantined",
        "rows_set_aside",
        "rows_reshaped",
        "encoding",
        "format",
        "table",
    )
    cleared: dict[str, Any] = {
        "version": None,
        "columns": [],
        "profile": [],
        "changes": {},
        "report": {name: release.report[name] for name in kept if name in release.report},
        "content_digest": "",
        "discarded_at": None,
    }
    RELEASE.execute(release, "destroy", actor=actor, changes=cleared, dataset=release.dataset_id, number=release.number)
    rule_checks.forget(release)
    guarding.forget(actor, release)
    if release.recipe:
        _forget_words(release.recipe)
    if release.upload:
        name = release.dataset.name
        left = [entry for entry in release.upload.report if entry.get("dataset") != name]
        Upload.objects.filter(pk=release.upload.pk).update(report=left, wanted={})


def scrub_database() -> None:
    """Rewrite what the database keeps on disk so that no freed page, dead row or statistic holds what was emptied.

    On PostgreSQL: the tables that a destruction empties. Its write-ahead log and archives made of it are the
    operator's to let go (docs/guide); rows that a long transaction may still see go with the next destruction.
    """
    if connection.in_atomic_block:
        return
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                _rewrite_tables(cursor)
            else:
                for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    cursor.execute(statement)
    except DatabaseError:
        log.warning("the database is busy: freed pages will be overwritten later")


def _rewrite_tables(cursor: Any) -> None:
    """VACUUM until no dead row is left: while anybody's older snapshot is open, dead rows are copied along."""
    tables = [model._meta.db_table for model in (Release, Upload, Recipe, SourceRun, Rule, RuleCheck)]
    try:
        cursor.execute("SET lock_timeout = '10s'")
        for _ in range(PATIENCE):
            for table in tables:
                cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
            dead = "SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE relid = ANY(%s::regclass[])"
            cursor.execute(dead, [tables])
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.5)
        log.warning("an older transaction is open: dead rows will be overwritten later")
    finally:
        cursor.execute("RESET lock_timeout")
