"""Datasets and releases as JSON, the same for the API and the command line."""

import datetime as dt
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from datadam.catalog import licences, words
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.selectors import quality, quarantined, release_for, releases_of, sentence, told
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

SEOUL = ZoneInfo("Asia/Seoul")


def url_of(dataset: Dataset) -> str:
    return f"{settings.BASE_URL}/dataset/{dataset.name}/"


def _release_or_none(actor: Actor | None, dataset: Dataset, number: int | None) -> Release | None:
    try:
        return release_for(actor, dataset, number)
    except NotFound:
        if number is not None:
            raise
        return None


def brief(actor: Actor | None, dataset: Dataset) -> dict[str, Any]:
    """Name, title, owner, state, the release to look at, and the page."""
    release = _release_or_none(actor, dataset, None)
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "organisation": dataset.organisation.name,
        "state": dataset.state,
        "release": release.number if release else None,
        "url": url_of(dataset),
    }


def shown(actor: Actor | None, dataset: Dataset, number: int | None = None) -> dict[str, Any]:
    """All that a reader may know of a dataset without reading it."""
    release = _release_or_none(actor, dataset, number)
    allowed = licences.permissions(dataset.licence, ai_mark=dataset.ai_mark) if dataset.licence else None
    return {
        **brief(actor, dataset),
        "release": release.number if release else None,
        "description": dataset.description,
        "keywords": dataset.keywords,
        "theme": dataset.theme,
        "frequency": dataset.frequency,
        "licence": dataset.licence,
        "permissions": asdict(allowed) if allowed else None,
        "sentence": str(sentence(dataset, release)),
        "rows": release.rows if release else None,
        "columns": columns(release) if release else [],
        "quality": quality.score(dataset, release),
        "releases": [release_line(each) for each in releases_of(actor, dataset).defer("profile", "report")],
    }


def columns(release: Release) -> list[dict[str, str]]:
    """Name and type of each column."""
    return [{"name": column["name"], "type": column["type"]} for column in release.columns]


def release_line(release: Release) -> dict[str, Any]:
    """A release in a list."""
    return {
        "release": release.number,
        "state": release.state,
        "rows": release.rows,
        "filename": release.filename,
        "created_at": release.created_at.isoformat(),
    }


def line(dataset: Dataset) -> dict[str, Any]:
    """A dataset in a list; it carries `latest` (selectors.listing)."""
    latest: Release | None = getattr(dataset, "latest", None)
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "organisation": dataset.organisation.name,
        "state": dataset.state,
        "theme": dataset.theme,
        "licence": dataset.licence,
        "frequency": dataset.frequency,
        "updated_at": dataset.updated_at.isoformat(),
        "release": latest.number if latest else None,
        "rows": latest.rows if latest else None,
        "url": url_of(dataset),
    }


def release_shown(actor: Actor | None, release: Release) -> dict[str, Any]:
    """A release with its columns, account, and as far as the actor may read it, its profile and proposals."""
    seen = told(actor, release.dataset, release)
    proposals = [p for p in release.report.get("proposals", []) if not p.get("column") or p["column"] in seen]
    report = {**release.report, "proposals": proposals}
    account = (
        "rows_read", "rows_loaded", "rows_quarantined", "rows_set_aside", "rows_reshaped", "encoding", "format",
        "proposals",
    )  # fmt: skip
    return {
        **release_line(release),
        "columns": columns(release),
        "profile": [column for column in release.profile if column["name"] in seen],
        "changes": release.changes,
        "quality": quality.score(release.dataset, release),
        "source_sha256": release.source_sha256,
        **{name: report[name] for name in account if name in report},
    }


def upload_shown(upload: Upload) -> dict[str, Any]:
    """An upload on its way, with the outcome of each table once it is read."""
    job = upload.job
    keys = (
        "dataset", "release", "status", "reason", "rows_read", "rows_loaded", "rows_quarantined", "rows_set_aside",
        "rows_reshaped",
    )  # fmt: skip
    return {
        "upload": upload.pk,
        "state": upload.state,
        "progress": job.progress if job else None,
        "datasets": [
            {**{key: report.get(key) for key in keys}, "findings": _findings(report), **_message(report)}
            for report in upload.report
        ],
        "quarantined": [_position(row) for release in upload.releases.all() for row in quarantined(release)],
    }


def _findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: found.get(key) for key in ("code", "column", "count")} for found in report.get("findings", [])]


def _message(report: dict[str, Any]) -> dict[str, str]:
    said = Text(report.get("message_ko", ""), report.get("message_en", ""))
    return {"message": str(said)} if said.ko else {}


def _position(row: dict[str, Any]) -> dict[str, Any]:
    """Where a row stands in what was sent, and why it was left out; not what it holds."""
    reason, _, column = row["reason"].partition(":")
    return {"position": row["line"], "reason": reason, "column": column, "message": str(words.reason(reason)[0])}


def recipe(dataset: Dataset, number: int | None = None) -> dict[str, Any]:
    """The recipe as text and as steps, with who wrote which version."""
    from datadam.catalog import recipe_text
    from datadam.catalog.services.recipes import version_of

    versions = list(dataset.recipes.select_related("created_by").order_by("-version"))
    chosen = version_of(dataset, number) if number is not None else versions[0] if versions else None
    steps = list(chosen.steps) if chosen else []
    return {
        "dataset": dataset.name,
        "version": chosen.version if chosen else None,
        "text": recipe_text.printed(steps),
        "steps": steps,
        "history": [
            {
                "version": each.version,
                "created_at": each.created_at.isoformat(),
                "created_by": str(each.created_by or ""),
                "steps": len(each.steps),
            }
            for each in versions
        ],
    }


def source(found: Any) -> dict[str, Any]:
    """A source without what may be a key in its address."""
    last = found.runs.first()
    return {
        "id": found.pk,
        "organisation": found.organisation.name,
        "dataset": found.dataset.name if found.dataset else None,
        "title": found.dataset.title if found.dataset else found.title,
        "kind": found.kind,
        "address": found.shown,
        "every": found.every,
        "at": found.at.strftime("%H:%M"),
        "active": found.active,
        "publish_when_clean": found.publish_when_clean,
        "next_at": found.next_at.isoformat(),
        "last_run": found.last_run.isoformat() if found.last_run else None,
        "last_outcome": found.last_outcome,
        "failures": found.failures,
        "message": str(Text(**last.message)) if last and last.message else "",
        **{name: found.options.get(name, "") for name in ("fingerprint", "offered", "query", "tls")},
    }


def tried(found: Any) -> dict[str, Any]:
    """What a server showed when it was tried."""
    return {
        "fingerprint": found.fingerprint,
        "confirmed": found.confirmed,
        "files": [
            {"name": file.name, "size": file.size, "modified": moment(file.modified).isoformat()}
            for file in found.files
        ],
        "columns": [{"name": c.name, "type": c.kind, "comment": c.comment} for c in found.columns],
        "rows": found.rows,
    }


def moment(seconds: int) -> dt.datetime:
    """A moment of a server's files, in Korean time."""
    return dt.datetime.fromtimestamp(seconds, SEOUL)
