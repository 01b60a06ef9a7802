"""The data of a release, read through the one check of `access` and counted as usage."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from datadam.access import services as access
from datadam.access.check import Decision, check
from datadam.catalog import policies, storage
from datadam.catalog.models import Dataset, Release
from datadam.core.errors import Conflict
from datadam.core.public import Actor
from datadam.lake import hiding
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.engine import Page

MAX_PAGE = 1_000
MAP_POINTS = 2_000
DIFF_ROWS = 300_000  # above this the diff of a page shows columns and counts only
QUARANTINE_SAMPLE = 50
Filter = tuple[str, str, Any]


@dataclass(frozen=True)
class Reading:
    """A decision to let somebody read a release, with the release's files."""

    decision: Decision
    release: Release
    files: list[str]
    columns: list[str]

    @property
    def whole(self) -> bool:
        """Whether all columns and rows are granted."""
        return self.decision.columns is None and not self.row_filter

    @property
    def kept(self) -> bool:
        """Whether what is made of it may be kept for the next reader: nothing of what is not published is."""
        return self.whole and self.release.state == Release.State.PUBLISHED

    @property
    def counted(self) -> bool:
        """Whether the reader has a quota of rows, so that nothing drawn from all rows may be shown for nothing."""
        return self.decision.rows_left is not None

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The granted columns as the release keeps them."""
        return [column for column in self.release.columns if column["name"] in self.columns]

    @property
    def row_filter(self) -> dict[str, list[Any]]:
        return self.decision.row_filter

    def used(self, channel: str, *, rows: int = 0, size: int = 0) -> None:
        """Note what was read."""
        access.record_usage(decision=self.decision, channel=channel, version=self.release.number, rows=rows, bytes=size)


def reading(actor: Actor | None, dataset: Dataset, release: Release, *, channel: str) -> Reading:
    """Open a release for reading; NotAllowed with the reason, or Conflict when it has no rows in the lake."""
    policies.may_see_rows(actor, release).require()
    decision = check(
        actor=actor,
        resource_uid=dataset.resource.uid,
        version=release.number,
        channel=channel,
        draft=release.state != Release.State.PUBLISHED,
    ).require()
    if release.version is None:
        raise Conflict(Text("아직 실리지 않았거나 파기한 판입니다.", "This release holds no rows."), code="no_rows")
    names = [column["name"] for column in release.columns]
    granted = names if decision.columns is None else [name for name in names if name in decision.columns]
    return Reading(decision, release, storage.files(dataset.resource.uid, release.version), granted)


def preview(
    *,
    actor: Actor | None,
    dataset: Dataset,
    release: Release,
    page: int = 1,
    size: int = 20,
    sort: str | None = None,
    descending: bool = False,
    filters: Sequence[Filter] = (),
    columns: Sequence[str] | None = None,
    channel: str = "page",
) -> "Page":
    """A page of rows. `filters` are (column, operator, value).

    A column that is not granted is not shown; to sort or filter by one is LakeError `no_column`.
    """
    from datadam.lake import engine

    opened = reading(actor, dataset, release, channel=channel)
    for name in [*(column for column, _, _ in filters), *([sort] if sort else [])]:
        if name not in opened.columns:
            raise engine.no_column(name)
    size = min(max(1, size), MAX_PAGE)
    left = opened.decision.rows_left
    wanted = [name for name in opened.columns if columns is None or name in columns]
    found = engine.preview(
        opened.files,
        columns=wanted,
        sort=sort,
        descending=descending,
        filters=filters,
        limit=size if left is None else min(size, left),
        offset=(max(1, page) - 1) * size,
        row_filter=opened.row_filter,
    )
    opened.used(channel, rows=len(found.rows))
    return found


def chart(actor: Actor | None, dataset: Dataset, release: Release) -> dict[str, Any] | None:
    """A Vega-Lite chart of the release with its data in it, or None when nothing in it is worth drawing."""
    language = "en" if (get_language() or "ko").startswith("en") else "ko"
    opened = reading(actor, dataset, release, channel="page")
    if opened.counted:
        return None

    def make() -> dict[str, Any] | None:
        from datadam.lake import engine

        plan = engine.suggest_chart(opened.shown, release.profile)
        if plan is None:
            return None
        return engine.chart(opened.files, plan, row_filter=opened.row_filter, language=language)

    return _once(opened, dataset, f"chart-{language}", make)


def points(actor: Actor | None, dataset: Dataset, release: Release) -> dict[str, Any] | None:
    """The places in a release as GeoJSON (at most 2,000, with how many there are), or None without coordinates."""
    opened = reading(actor, dataset, release, channel="page")
    return None if opened.counted else _once(opened, dataset, "points", lambda: _points(opened))


def _once(opened: Reading, dataset: Dataset, name: str, make: Callable[[], Any]) -> Any:
    """Drawn once for all who read the published release whole; drawn anew otherwise."""
    if not opened.kept:
        return make()
    name = f"{name}-v{opened.release.version}"
    return storage.kept(dataset.resource.uid, opened.release.number, name, make)


def _points(opened: Reading) -> dict[str, Any] | None:
    from datadam.lake import engine

    where = engine.find_coordinates(opened.shown, opened.release.profile)
    if where is None:
        return None
    found = engine.map_points(
        opened.files, where.latitude, where.longitude, where.label, MAP_POINTS, row_filter=opened.row_filter
    )
    if found.bounds is None:
        return None
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point["lon"], point["lat"]]},
            "properties": {"label": point["label"]},
        }
        for point in found.points
    ]
    total = {"total": found.total, "outside": found.outside}
    return {"type": "FeatureCollection", "bbox": list(found.bounds), "features": features, **total}


def changes(actor: Actor | None, dataset: Dataset, release: Release) -> dict[str, Any]:
    """What a release changed against the one before: columns always, rows when both are small enough to compare."""
    policies.may_see_release(actor, release).require()
    found = dict(release.changes)
    before = dataset.releases.filter(number=int(found.get("release") or 0)).first()
    if before is None or before.version is None or release.version is None:
        return found
    if max(before.rows, release.rows) > DIFF_ROWS or not all(
        policies.may_see_rows(actor, r) for r in (before, release)
    ):
        return found
    if not all(len(told(actor, dataset, each)) == len(each.columns) for each in (before, release)):
        return found
    return {**found, "diff": _diff(dataset, before, release)}


def _diff(dataset: Dataset, before: Release, release: Release) -> dict[str, Any]:
    """Compared once, then kept beside the release's downloads."""
    uid = dataset.resource.uid
    old, new = before.version, release.version
    assert old is not None and new is not None

    def make() -> dict[str, Any]:
        from datadam.catalog.services.editions import columns_of
        from datadam.lake.diff import diff

        key = ["path"] if before.is_files and release.is_files else None
        files = storage.files(uid, old), storage.files(uid, new)
        return asdict(diff(*files, columns_of(before), columns_of(release), key))

    if {before.state, release.state} != {Release.State.PUBLISHED}:
        return make()
    return dict(storage.kept(uid, release.number, f"diff-{old}-{new}", make))


def told(actor: Actor | None, dataset: Dataset, release: Release) -> set[str]:
    """The columns of whose values the actor may be told figures and examples that were made from all rows.

    Those granted; none for who may read some of the rows only, or only so many, or none of them yet.
    """
    if not policies.may_see_rows(actor, release):
        return set()
    draft = release.state != Release.State.PUBLISHED
    decision = check(
        actor=actor, resource_uid=dataset.resource.uid, version=release.number, channel="page", draft=draft
    )
    if not decision or decision.row_filter or decision.rows_left is not None:
        return set()
    names = {column["name"] for column in release.columns}
    return names if decision.columns is None else names.intersection(decision.columns)


def account(release: Release, actor: Actor | None = None) -> dict[str, Any]:
    """Where every row of the file went; the owner's stewards and whoever sent it also see some quarantined rows."""
    report = release.report
    told: dict[str, Any] = {
        "rows_read": report.get("rows_read", 0),
        "rows_loaded": report.get("rows_loaded", 0),
        "rows_quarantined": report.get("rows_quarantined", 0),
        "rows_set_aside": report.get("rows_set_aside", {}),
        "rows_reshaped": report.get("rows_reshaped", 0),
        "quarantine": [],
    }
    if policies.may_see_quarantine(actor, release):
        told["quarantine"] = quarantined(release)
    return told


def quarantined(release: Release) -> list[dict[str, Any]]:
    """The first quarantined rows of a release, masked, for those who may see them."""
    if not release.report.get("quarantine"):
        return []
    from datadam.lake import quarantine

    report = release.report
    try:
        rows = list(quarantine.quarantined(storage.staging(), report["quarantine"], QUARANTINE_SAMPLE))
    except FileNotFoundError:  # expired
        return []
    delimiter = str(report.get("dialect", {}).get("delimiter", ","))
    texts = hiding.raw_text(report.get("header", []), [row.text for row in rows], delimiter)
    return [{**asdict(row), "text": text} for row, text in zip(rows, texts, strict=True)]


def sealed_rows(actor: Actor | None, release: Release) -> tuple[list[str], list[list[str]]] | None:
    """Header and first rows of a held release, masked; None when there are none or the actor may not see them."""
    sealed = release.report.get("preview")
    if not sealed or not policies.may_see_rows(actor, release):
        return None
    from datadam.lake import guarding

    try:
        header, *rows = guarding.previewed(storage.staging(), sealed)
    except FileNotFoundError:  # expired
        return None
    return header, hiding.grid(header, rows)
