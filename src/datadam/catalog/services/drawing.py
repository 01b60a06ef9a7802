"""A table drawn by hand: the raw cells to draw on, what would be read, and the recipe that comes of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db import transaction

from datadam.catalog import codes, policies, recipe_shapes, recipes, storage
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import intake, places, releases
from datadam.catalog.services import recipes as recipe_services
from datadam.core import events, jobs
from datadam.core.errors import Conflict, DomainError, Invalid, NotFound
from datadam.core.public import Actor
from datadam.lake.hiding import tells
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.raw import Raw
    from datadam.lake.readers import Source
    from datadam.lake.tryout import Side, Tryout

NO_TABLE = Text("그런 표가 없습니다.", "There is no such table.")
NO_ROW = Text("정한 자리에서 행을 하나도 읽지 못했습니다.", "No row was read at the place that was drawn.")
CLOSED = Text(
    "이 표는 이제 다시 읽을 수 없습니다. 파일을 다시 올리십시오.",
    "This table can no longer be read again. Upload the file again.",
)
Answer = TypeVar("Answer")


class Place(NamedTuple):
    """A table of an upload: its name in the file, and the open release or the dataset that it leads to."""

    upload: Upload
    table: str
    dataset: Dataset | None
    release: Release | None

    @property
    def steps(self) -> list[recipes.Step]:
        """The recipe in force, without "literal"."""
        now = recipes.current(self.dataset) if self.dataset else None
        return [step for step in now.steps if step["code"] != "*"] if now else []


def place(*, actor: Actor | None, upload: Upload, at: int) -> Place:
    """The table at a place of the upload's report. Raises NotFound, NotAllowed, and Conflict when it is settled."""
    policies.may_upload(actor, upload.organisation).require()
    if not 0 <= at < len(upload.report):
        raise NotFound(NO_TABLE)
    stored = upload.report[at]
    table = str(stored.get("table") or "")
    if stored["status"] == "refused":
        return _refused(actor, upload, table, str(stored.get("reason", "")))
    found = Release.objects.filter(
        upload=upload, dataset__name=stored.get("dataset") or "", number=stored.get("release") or 0
    )
    release = found.select_related("dataset__resource", "dataset__organisation", "upload").first()
    if release is None or release.state not in recipe_services.OPEN or not upload.staged:
        raise Conflict(CLOSED, code="staged_file_gone")
    policies.may_edit(actor, release.dataset).require()
    return Place(upload, table, release.dataset, release)


def _refused(actor: Actor | None, upload: Upload, table: str, reason: str) -> Place:
    if not upload.staged or reason not in codes.DRAWABLE:
        raise Conflict(CLOSED, code="staged_file_gone")
    known = [upload.dataset] if upload.dataset else intake.match(upload.organisation, upload.filename)
    found = places.drawn_for(known, table, None, whole=table == "") if not upload.releases.exists() else []
    if found:
        policies.may_edit(actor, found[0]).require()
    return Place(upload, table, found[0] if found else None, None)


def look(*, actor: Actor | None, upload: Upload, at: int) -> Place:
    """The table, to see its cells or to try it out: of a refused file, which has no release, that is on record."""
    found = place(actor=actor, upload=upload, at=at)
    policies.may_see_file(actor, upload).require()
    if found.release is None:
        with transaction.atomic():
            events.record(actor=actor, verb="upload.look", subject=upload, table=at)
    return found


def may_draw(actor: Actor | None, upload: Upload, at: int) -> bool:
    """Whether the page leads to drawing."""
    try:
        place(actor=actor, upload=upload, at=at)
    except DomainError:
        return False
    return bool(policies.may_see_file(actor, upload))


def _asking(upload: Upload, ask: "Callable[[Source], Answer]") -> Answer:
    """What the lake says of the upload's file; its refusals become Invalid."""
    from datadam.lake.errors import LakeError
    from datadam.lake.intake import open_source

    try:
        return ask(open_source(storage.staging(), upload.staged, upload.filename))
    except LakeError as error:
        raise Invalid(Text(error.ko, error.en), code=error.code) from error


def own_sheet(found: Place) -> bool:
    """Whether the table's sheet is given: the other sheets of its file lead to other datasets."""
    return bool(found.table)


def raw(*, found: Place, sheet: str = "", encoding: str = "", delimiter: str = "") -> "Raw":
    """The cells as they stand: of the sheet asked for, or of the table's own."""
    from datadam.lake import raw as lake

    if encoding not in ("", *recipe_shapes.ENCODINGS):
        raise Invalid(Text("모르는 인코딩입니다.", "This encoding is not known."))
    delimiter = delimiter if len(delimiter) == 1 and delimiter not in '"\r\n' else ""
    seen = _asking(found.upload, lambda source: lake.look(source, sheet or found.table, encoding, delimiter))
    return lake.covered(seen)


def redrawn(found: Place, steps: list[recipes.Step]) -> list[recipes.Step]:
    """The recipe with its table, splits and merges replaced by these."""
    kept = [step for step in found.steps if step["code"] not in recipe_shapes.CODES]
    return recipes.checked([*steps, *kept])


def worded(*, found: Place, step: recipes.Step) -> recipes.Step:
    """The table step with the first words of all rows that it leaves out, so that they are known again next month.

    Rows between the header and the data are left out too.
    """
    from datadam.lake import raw as lake
    from datadam.lake.readers import drawing

    recipe_shapes.check(step)
    drawn = drawing.read(step)
    if not drawn.lays_out:
        return step
    told, cut = _asking(found.upload, lambda source: lake.words(source, drawn))
    between = range(drawn.header[1] + 1 if drawn.header else drawn.data, drawn.data)
    rows = {row: "" for row, _ in drawn.omit} | {row: "" for row in between if row in told}
    omit = [[row, _words(told.get(row, ""))] for row in sorted(rows)]
    made = {key: value for key, value in step.items() if key not in ("omit", "cut_words")}
    if omit:
        made["omit"] = omit
    if cut:
        made["cut_words"] = _words(cut)
    return made


def _words(first: str) -> str:
    """The first words of a row as a recipe keeps them: none when they hold personal data."""
    return "" if tells(first) else first[: recipe_shapes.WORDS]


def try_out(*, found: Place, steps: list[recipes.Step]) -> "Tryout":
    """How the first rows would be read under the whole recipe."""
    from datadam.lake import tryout

    tried = _asking(found.upload, lambda source: tryout.try_out(source, recipes.as_policy(steps), _name(found, steps)))
    return tryout.covered(tried)


def _name(found: Place, steps: list[recipes.Step]) -> str:
    return next((step["sheet"] for step in steps if step["code"] == "table" and "sheet" in step), found.table)


def save(*, actor: Actor, found: Place, steps: list[recipes.Step]) -> Any:
    """Write the recipe and have the table read by it; the job. A drawing that reads nothing is refused."""
    tried = try_out(found=found, steps=steps)
    if not tried.sampled:
        raise Invalid(NO_ROW, code="bad_recipe")
    for finding in tried.findings:
        if finding.code in ("not_split", "not_merged"):
            words = Text(
                f"‘{finding.column}’ 열을 나누거나 합칠 수 없습니다. 열 이름과 구분자를 확인하십시오.",
                f"“{finding.column}” cannot be split or merged so: check the names and the delimiter.",
            )
            raise Invalid(words, code="bad_recipe")
    if found.release is not None:
        _, job = recipe_services.set_recipe(actor=actor, dataset=found.release.dataset, steps=steps)
        return job
    with transaction.atomic():
        events.record(actor=actor, verb="upload.draw", subject=found.upload)
        # the steps hold words of the file: they wait with the upload and not in the job, which outlives it
        Upload.objects.filter(pk=found.upload.pk).update(wanted={"table": found.table, "steps": steps})
        return jobs.enqueue("catalog.draw", actor=actor, upload=found.upload.pk)


def read(
    *,
    actor: Actor | None,
    upload_id: int,
    progress: intake.Progress | None = None,
) -> list[dict[str, Any]]:
    """Read a refused table as it was drawn, into the dataset that it continues or a new one."""
    upload = Upload.objects.select_related("organisation", "dataset__resource").get(pk=upload_id)
    if not upload.staged or "steps" not in upload.wanted:
        raise Conflict(releases.NO_FILE, code="staged_file_gone")
    order = intake.Order(
        upload.organisation,
        upload.filename,
        upload.sha256,
        upload.staged,
        actor=actor,
        dataset=upload.dataset if not upload.releases.exists() else None,
        proposals=upload.wanted["steps"],
        table=upload.wanted["table"],
        progress=progress,
    )
    return [intake.as_dict(each) for each in intake.take_in(upload, order)]


# Before and after one proposal


def before_and_after(*, found: Place, key: str) -> "tuple[Side, Side]":
    """The first rows that one proposal ("code" or "code:column") changes, without it and with it."""
    from datadam.lake import tryout

    proposals = found.release.report.get("proposals", []) if found.release else []
    known = {p["code"] for p in proposals} | {f"{p['code']}:{p['column']}" for p in proposals if p.get("column")}
    if key not in known:
        raise NotFound(Text("그런 제안이 없습니다.", "There is no such proposal."), unknown=[key])
    without, with_ = (recipes.decided(found.steps, {key: applied}) for applied in (False, True))
    sides = _asking(found.upload, lambda source: tryout.before_and_after(source, without, with_, found.table))
    return tryout.covered_side(sides[0]), tryout.covered_side(sides[1])
