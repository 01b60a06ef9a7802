"""Deciding on a release before it is published: its proposals, its changed columns, or that it is not wanted."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from datadam.catalog import departures, policies, recipes, storage
from datadam.catalog.models import Dataset, Recipe, Release, Upload
from datadam.catalog.services import guarding, intake
from datadam.catalog.workflow import RELEASE
from datadam.core import clock, events, jobs
from datadam.core.errors import Conflict, NotFound
from datadam.core.keeping import locks
from datadam.core.public import Actor
from datadam.web.text import Text

NO_FILE = Text(
    "원본 파일을 더는 보관하고 있지 않습니다. 파일을 다시 올리십시오.",
    "The original file is no longer kept. Upload it again.",
)
NOTHING_HELD = Text("확인을 기다리는 판이 아닙니다.", "This release does not wait for confirmation.")

NOT_DRIFTED = Text("이 판의 열은 바뀌지 않았습니다.", "The columns of this release did not change.")
DRIFT = frozenset({"schema_changed", "recipe_unfit"})


def _need_file(release: Release) -> Upload:
    upload = release.upload
    if upload is None or not upload.staged:
        raise Conflict(NO_FILE, code="staged_file_gone")
    return upload


def decide(*, actor: Actor, release: Release, decisions: dict[str, bool]) -> Any:
    """Apply or leave proposals ("code" or "code:column" → apply?): a new recipe, and a job that reads again."""
    policies.may_edit(actor, release.dataset).require()
    _need_file(release)
    if release.state in intake.ENDED:
        raise Conflict(Text("버렸거나 파기한 판입니다.", "This release was discarded or destroyed."))
    proposals = release.report.get("proposals", [])
    known = {p["code"] for p in proposals} | {f"{p['code']}:{p['column']}" for p in proposals if p.get("column")}
    unknown = [key for key in decisions if key not in known]
    if unknown:
        raise NotFound(Text("그런 제안이 없습니다.", "There is no such proposal."), unknown=unknown)
    with transaction.atomic():
        recipe = _decide(actor, release, decisions)
        events.record(actor=actor, verb="release.decide", subject=release, recipe=recipe.version, decisions=decisions)
        return _reread(actor, release, accept_drift=False)


def _decide(actor: Actor, release: Release, decisions: dict[str, bool]) -> Recipe:
    current = recipes.current(release.dataset)
    base = list(current.steps) if current else []
    if base == recipes.LITERAL:
        base = [
            {**{k: v for k, v in p.items() if k in {"code", "column"} and v}, "applied": False}
            for p in release.report.get("proposals", [])
        ]
    return recipes.write(release.dataset, recipes.decided(base, decisions), actor=actor)


def accept_drift(*, actor: Actor, release: Release) -> Any:
    """Confirm that a held release is meant to differ: its recipe follows the file, and a job reads it again."""
    policies.may_edit(actor, release.dataset).require()
    if release.state != Release.State.HELD:
        raise Conflict(NOTHING_HELD)
    if not drifted(release):
        raise Conflict(NOT_DRIFTED)
    _need_file(release)
    with transaction.atomic():
        recipe = recipes.write(release.dataset, amended(release), actor=actor)
        facts = {"dataset": release.dataset_id, "recipe": recipe.version}
        events.record(actor=actor, verb="release.confirm", subject=release, **facts)
        return _reread(actor, release, accept_drift=True)


def held_by(release: Release) -> list[str]:
    """Every code that holds the release, the weightiest first."""
    if release.state != Release.State.HELD:
        return []
    report = release.report
    return list(report.get("reasons") or [report.get("reason") or "schema_changed"])


def drifted(release: Release) -> bool:
    """Whether a held release differs from what its dataset was, beside whatever else holds it."""
    return not DRIFT.isdisjoint(held_by(release))


def undo_accept(*, actor: Actor, release: Release) -> Any:
    """Take back that changed columns were accepted, until the release is published: it is read again and held."""
    policies.may_edit(actor, release.dataset).require()
    recipe = release.recipe
    if release.state != Release.State.DRAFT or not release.changes.get("accepted") or recipe is None:
        raise Conflict(Text("되돌릴 것이 없습니다.", "There is nothing to undo."), code="nothing_to_undo")
    _need_file(release)
    before = release.dataset.recipes.filter(version__lt=recipe.version).order_by("-version").first()
    with transaction.atomic():
        if before is not None:
            recipes.write(release.dataset, list(before.steps), actor=actor)
        Release.objects.filter(pk=release.pk).update(changes={**release.changes, "accepted": False})
        events.record(actor=actor, verb="release.unconfirm", subject=release, dataset=release.dataset_id)
        return _reread(actor, release, accept_drift=False)


def amended(release: Release) -> list[recipes.Step]:
    """The recipe that the file of a held release fits; the current one when nothing in it speaks of what changed."""
    current = recipes.current(release.dataset)
    steps = list(current.steps) if current else []
    report = {**release.report, "columns": release.columns}
    return departures.amended(steps, intake.loaded_of(release.dataset, release), report)


def _reread(actor: Actor, release: Release, *, accept_drift: bool) -> Any:
    return jobs.enqueue("catalog.reread", actor=actor, release=release.pk, accept_drift=accept_drift)


def reread(
    *, actor: Actor | None, release_id: int, accept_drift: bool, progress: intake.Progress | None = None
) -> list[dict[str, Any]]:
    """Read a release's file again with the dataset's recipe of now, into the same release unless it is published."""
    release = Release.objects.select_related("dataset__resource", "dataset__organisation", "upload").get(pk=release_id)
    upload = _need_file(release)
    if release.state in intake.ENDED:
        raise Conflict(Text("버렸거나 파기한 판입니다.", "This release was discarded or destroyed."))
    accepted = accept_drift or bool(release.state != Release.State.PUBLISHED and release.changes.get("accepted"))
    order = intake.Order(
        release.dataset.organisation,
        upload.filename,
        upload.sha256,
        upload.staged,
        actor=actor,
        dataset=release.dataset,
        proposals=None,
        accept_drift=accepted,
        release=release,
        progress=progress,
        append=release.report.get("rows_before") is not None,
    )
    before, version = release.report, release.version
    told = [intake.as_dict(each) for each in intake.take_in(upload, order)]
    left = Release.objects.filter(dataset=release.dataset_id).values_list("report", flat=True)
    intake.release_sealed(before, without=set().union(*map(intake.sealed_of, left)))
    if tells_of_people(before):
        _forget_reading(release, version)
    return told


def tells_of_people(report: dict[str, Any]) -> bool:
    """Whether personal data or small cells were found in what a release held."""
    codes = [str(finding["code"]) for finding in report.get("findings", [])]
    return any(code.startswith("personal_") or code == "small_cells" for code in codes)


def _forget_reading(release: Release, version: int | None) -> None:
    """Remove the rows of a reading that no release names any more: what was decided since is not done to them."""
    named = release.dataset.releases.exclude(state__in=intake.ENDED).filter(version=version).exists()
    table = storage.table(release.dataset.resource.uid)
    if version is not None and not named and table.exists() and version in table.versions():
        with locks.destroying():
            table.destroy(version)


def discard_release(*, actor: Actor, release: Release) -> None:
    """Throw away a draft or held release. For ten minutes that can be undone; then `clear_discarded` ends it."""
    facts = {"dataset": release.dataset_id, "number": release.number}
    RELEASE.execute(release, "discard", actor=actor, changes={"discarded_at": clock.now()}, **facts)


def undo_discard(*, actor: Actor, release: Release) -> None:
    """Take a release back that was discarded less than ten minutes ago."""
    name = "undo_discard" if release.version is not None else "undo_discard_held"
    facts = {"dataset": release.dataset_id, "number": release.number}
    RELEASE.execute(release, name, actor=actor, changes={"discarded_at": None}, **facts)


def clear_discarded(*, actor: Actor | None, release: Release) -> None:
    """Remove what a discarded release left; a draft dataset with nothing else is forgotten with it."""
    dataset, upload = release.dataset, release.upload
    with transaction.atomic():
        if not Release.objects.filter(pk=release.pk, state=Release.State.DISCARDED).update(discarded_at=None):
            return  # taken back meanwhile
        kept = dataset.releases.exclude(state__in=intake.ENDED).exists()
        waiting = dataset.releases.exclude(discarded_at=None).exists()
        if not kept and not waiting and dataset.state == Dataset.State.DRAFT:
            from datadam.catalog.services import datasets

            datasets.forget(actor=actor, dataset=dataset)
        else:
            guarding.forget(actor, release)
    intake.release_sealed(release.report)
    if tells_of_people(release.report) and kept:
        _forget_reading(release, release.version)
    if upload and not upload.releases.filter(~Q(state__in=intake.ENDED) | Q(discarded_at__isnull=False)).exists():
        intake.release_staged(upload)
