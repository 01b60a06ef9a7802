"""Writing a release from a report, and reading one back."""

import dataclasses
from typing import TYPE_CHECKING, Any

from datadam.catalog import departures, quality
from datadam.catalog.models import Dataset, Recipe, Release, Upload
from datadam.catalog.workflow import RELEASE
from datadam.core import clock, events
from datadam.core.errors import Conflict
from datadam.core.public import Actor
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.types import Column, Report


def columns_of(release: Release) -> "list[Column]":
    """The columns as the lake's type."""
    from datadam.lake.types import Column

    return [Column(**column) for column in release.columns]


def report_of(release: Release) -> "Report":
    """The account as the lake's type, without the profile."""
    from datadam.lake.types import Finding, Proposal, Report

    stored = {f.name: release.report[f.name] for f in dataclasses.fields(Report) if f.name in release.report}
    stored |= {
        "columns": columns_of(release),
        "proposals": [Proposal(**proposal) for proposal in release.report.get("proposals", [])],
        "findings": [Finding(**finding) for finding in release.report.get("findings", [])],
        "profile": [],
    }
    return Report(**stored)


def changes(before: Release | None, columns: list[dict[str, Any]], rows: int) -> dict[str, Any]:
    """What is different from the release before, by the names of its columns, their types and the number of rows."""
    if before is None:
        return {}
    old = {column["name"]: column["type"] for column in before.columns}
    new = {column["name"]: column["type"] for column in columns}
    return {
        "release": before.number,
        "columns_added": [name for name in new if name not in old],
        "columns_removed": [name for name in old if name not in new],
        "columns_retyped": [
            {"name": name, "from": old[name], "to": new[name]} for name in new if name in old and old[name] != new[name]
        ],
        "columns_reordered": list(old) != list(new) and set(old) == set(new),
        "rows_before": before.rows,
        "rows": rows,
    }


def drifted(changed: dict[str, Any]) -> bool:
    """Whether columns came, went or changed their type; their order alone does not matter."""
    return any(changed.get(name) for name in ("columns_added", "columns_removed", "columns_retyped"))


def write(
    dataset: Dataset,
    report: "Report",
    *,
    actor: Actor | None,
    upload: Upload,
    recipe: Recipe,
    before: Release | None,
    base: Release | None = None,
    release: Release | None = None,
    accept_drift: bool = False,
) -> Release:
    """Store a report as the next release, or into `release` when that one is read again. `base`: what it adds to."""
    columns = [dataclasses.asdict(column) for column in report.columns]
    profile = [dataclasses.asdict(column) for column in report.profile]
    changed = changes(before, columns, report.rows)
    if report.status == "loaded" and drifted(changed) and not accept_drift:
        report.status, report.reason = "held", "schema_changed"  # several tables: the lake had nothing to compare with
        report.reasons = ["schema_changed"]
    stored = dataclasses.asdict(dataclasses.replace(report, profile=[], columns=[]))
    shares = quality.parts(quality.kept(stored, profile), columns, dataset)
    values: dict[str, Any] = {
        "state": Release.State.HELD if report.status == "held" else Release.State.DRAFT,
        "version": None if report.status == "held" else report.version,
        "upload": upload,
        "recipe": recipe,
        "base": base,
        "rows": report.rows,
        "columns": columns,
        "profile": profile,
        "report": stored,
        "changes": {
            **changed,
            "accepted": accept_drift,
            "departures": [] if report.rows_before is not None else departures.found(before, recipe.steps, report),
        },
        "source_sha256": upload.sha256,
        "content_digest": report.content_digest,
        "filename": upload.filename,
        "quality": quality.score(shares),
        "quality_parts": shares,
        "created_by": actor,
    }
    if release is None or release.state == Release.State.PUBLISHED:
        last = dataset.releases.order_by("-number").values_list("number", flat=True).first() or 0
        release = Release.objects.create(dataset=dataset, number=last + 1, **values)
        verb = "release.create"
    else:
        _rewrite(release, values, actor=actor, accept_drift=accept_drift)
        verb = "release.reread"
    Dataset.objects.filter(pk=dataset.pk).update(updated_at=clock.now())
    facts = {"dataset": dataset.pk, "number": release.number, "rows": release.rows, "state": release.state}
    events.record(actor=actor, verb=verb, subject=release, **facts)
    return release


def _rewrite(release: Release, values: dict[str, Any], *, actor: Actor | None, accept_drift: bool) -> None:
    """Put a new reading into a draft or held release."""
    if accept_drift and release.state == Release.State.HELD and values["state"] == Release.State.DRAFT:
        RELEASE.execute(release, "accept_drift", actor=actor, changes=values, dataset=release.dataset_id)
        return
    rows = Release.objects.filter(pk=release.pk, state__in=[Release.State.DRAFT, Release.State.HELD])
    if not rows.update(**values):
        raise Conflict(Text("그사이 판의 상태가 바뀌었습니다.", "The release has changed state meanwhile."))
    release.refresh_from_db()
