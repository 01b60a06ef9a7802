"""The catalogue's jobs. Each takes ids, calls one service and may be run twice without harm."""

from typing import Any

from datadam.core.jobs import JobHandle, task


def _failed(args: dict[str, Any], error: dict[str, Any]) -> None:
    from datadam.catalog.services import uploads

    uploads.fail_upload(upload_id=args["upload"], error=error)


@task("catalog.take_in", queue="heavy", on_failed=_failed)
def take_in(
    job: JobHandle,
    *,
    upload: int,
    proposals: Any = None,
    title: str = "",
    files: bool = False,
    append: bool = False,
    publish: bool = False,
) -> dict[str, Any]:
    """Fetch if it is a URL, read, and make releases."""
    from datadam.catalog.services import uploads

    asked: dict[str, Any] = {"proposals": proposals, "title": title, "files": files}
    asked |= {"append": append, "publish": publish}
    reports = uploads.take_in_upload(upload_id=upload, progress=job.progress, **asked)
    return _outcome(reports)


@task("catalog.reread", queue="heavy")
def reread(job: JobHandle, *, release: int, accept_drift: bool = False) -> dict[str, Any]:
    """Read a release's sealed file again, with other steps or with its changed columns accepted."""
    from datadam.catalog.services import releases

    reports = releases.reread(actor=job.actor, release_id=release, accept_drift=accept_drift, progress=job.progress)
    return _outcome(reports)


@task("catalog.draw", queue="heavy")
def draw(job: JobHandle, *, upload: int) -> dict[str, Any]:
    """Read one refused table of an upload as it was drawn."""
    from datadam.catalog.services import drawing

    reports = drawing.read(actor=job.actor, upload_id=upload, progress=job.progress)
    return _outcome(reports)


def _outcome(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Names and statuses only: a job's row must hold nothing of the data."""
    keys = ("dataset", "release", "status", "reason")
    return {"datasets": [{key: report.get(key) for key in keys} for report in reports]}


@task("catalog.export", queue="heavy")
def export(job: JobHandle, *, release: int, format: str, encoding: str = "utf-8-sig") -> None:
    """Make a download and keep it."""
    from datadam.catalog import downloads

    downloads.make(release_id=release, format=format, encoding=encoding)


@task("catalog.clear_staging")
def clear_staging(job: JobHandle) -> dict[str, Any]:
    """Remove sealed files that nobody will read again."""
    from datadam.catalog.services import housekeeping

    return {"removed": housekeeping.clear_staging()}


@task("catalog.draw_thumbnails", queue="heavy")
def draw_thumbnails(job: JobHandle) -> dict[str, Any]:
    """Draw the thumbnails of file sets that are not there."""
    from datadam.catalog.services import filesets

    return {"drawn": filesets.draw_missing()}


def _source_failed(args: dict[str, Any], error: dict[str, Any]) -> None:
    from datadam.catalog.services import fetching

    fetching.fail(source_id=args["source"], error=error)


@task("catalog.fetch_source", queue="heavy", on_failed=_source_failed)
def fetch_source(job: JobHandle, *, source: int) -> dict[str, Any]:
    """Look at a source once and take in what is new there."""
    from datadam.catalog.services import fetching

    return {"outcome": fetching.run(source_id=source)}


@task("catalog.tick_sources")
def tick_sources(job: JobHandle) -> dict[str, Any]:
    """Start the sources that are due."""
    from datadam.catalog.services import sources

    return {"started": sources.tick()}
