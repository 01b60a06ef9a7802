"""Changing a dataset's recipe: by its text, by correcting columns, by going back, or by taking the file literally."""

from typing import Any

from django.db import transaction

from datadam.catalog import policies, recipes, storage
from datadam.catalog.models import Dataset, Recipe, Release
from datadam.catalog.services import intake, releases
from datadam.core import events
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

OPEN = (Release.State.DRAFT, Release.State.HELD)
HALF = 0.5


def open_release(dataset: Dataset) -> Release | None:
    """The newest release, as long as it is not published and its file is kept: what a new recipe is read again with."""
    latest = dataset.releases.exclude(state__in=intake.ENDED).select_related("upload").order_by("-number").first()
    return latest if latest and latest.state in OPEN and latest.upload and latest.upload.staged else None


def set_recipe(*, actor: Actor, dataset: Dataset, steps: list[recipes.Step], back_to: int | None = None) -> Any:
    """Write the next version. (recipe, the job that reads the open release again, or None)."""
    policies.may_edit(actor, dataset).require()
    steps = recipes.checked(steps)
    with transaction.atomic():
        before = recipes.current(dataset)
        recipe = recipes.write(dataset, steps, actor=actor)
        if before is not None and recipe.pk == before.pk:
            return recipe, None
        facts = {"back_to": back_to} if back_to else {}
        events.record(actor=actor, verb="recipe.write", subject=dataset, version=recipe.version, **facts)
        waiting = open_release(dataset)
        job = releases._reread(actor, waiting, accept_drift=False) if waiting else None
    return recipe, job


def version_of(dataset: Dataset, version: int) -> Recipe:
    """That version; NotFound otherwise."""
    found = dataset.recipes.filter(version=version).first()
    if found is None:
        raise NotFound(Text(f"정제법 {version}판이 없습니다.", f"There is no version {version} of the recipe."))
    return found


def go_back(*, actor: Actor, dataset: Dataset, version: int) -> Any:
    """Make an earlier version the newest one again."""
    steps = version_of(dataset, version).steps
    return set_recipe(actor=actor, dataset=dataset, steps=list(steps), back_to=version)


def correct(*, actor: Actor, release: Release, corrections: list[recipes.Step], columns: list[str]) -> Any:
    """Replace the corrections of these columns of a release (by their names in the file). (recipe, job or None)."""
    dataset = release.dataset
    policies.may_edit(actor, dataset).require()
    if release.state not in OPEN:
        raise Conflict(Text("이미 공개했거나 버린 판입니다.", "This release is published or discarded."))
    current = recipes.current(dataset)
    steps = recipes.corrected(current.steps if current else [], corrections, columns)
    tried = _tried(release, steps)
    for column, count in tried.failed.items():
        if count > HALF * max(1, tried.sampled):
            words = Text(
                f"‘{column}’ 열의 값 절반 이상이 그 종류가 아닙니다.",
                f"More than half of “{column}” is not of that type.",
            )
            raise Invalid(words, code="type_unfit", fields={column: words})
    return set_recipe(actor=actor, dataset=dataset, steps=steps)


def try_out(*, actor: Actor, release: Release, steps: list[recipes.Step]) -> Any:
    """How the first rows of a release's file would be read, masked; the lake's refusals become Invalid."""
    from datadam.lake import tryout

    policies.may_edit(actor, release.dataset).require()
    policies.may_see_rows(actor, release).require()
    return tryout.covered(_tried(release, steps))


def _tried(release: Release, steps: list[recipes.Step]) -> Any:
    from datadam.lake import tryout
    from datadam.lake.errors import LakeError
    from datadam.lake.intake import open_source

    upload = releases._need_file(release)
    try:
        source = open_source(storage.staging(), upload.staged, upload.filename)
        return tryout.try_out(
            source, recipes.as_policy(steps), str(release.report.get("table", "")), files=release.is_files
        )
    except LakeError as error:
        raise Invalid(Text(error.ko, error.en), code=error.code) from error


def take_literally(*, actor: Actor, release: Release) -> Any:
    """Drop the recipe for this file and the next: a job reads the file as it stands and loads it."""
    policies.may_edit(actor, release.dataset).require()
    if release.state not in OPEN:
        raise Conflict(releases.NOTHING_HELD)
    releases._need_file(release)
    with transaction.atomic():
        recipe = recipes.write(release.dataset, recipes.LITERAL, actor=actor)
        events.record(actor=actor, verb="recipe.write", subject=release.dataset, version=recipe.version, literal=True)
        return releases._reread(actor, release, accept_drift=True)
