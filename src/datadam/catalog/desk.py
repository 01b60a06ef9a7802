"""What of the catalogue waits on desks: drafts, held releases, files that could not be read; and first steps."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse

from datadam.access import selectors as access
from datadam.catalog import policies, words
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.selectors.datasets import last_published, upload_for
from datadam.catalog.services import datasets, releases, uploads
from datadam.catalog.workflow import UNDO, release_roles
from datadam.core import clock
from datadam.core import selectors as core
from datadam.core.desk import whole_id
from datadam.core.errors import Conflict, NotFound
from datadam.core.extensions import Choice, Step, Tray, Waiting, add_step, add_tray
from datadam.core.public import Actor
from datadam.web.text import Text

MOST = 200  # things of one kind that a desk shows
HEAVY = ("profile", "report", "columns")
PUBLISH = Text(
    "공개하면 누구나 보고 내려받을 수 있습니다. 10분 안에는 되돌릴 수 있습니다.",
    "Everyone can see and download it. You can undo this within ten minutes.",
)
ACCEPT = Text(
    "받아들이면 바뀐 열로 다시 읽어 초안이 됩니다. 버리면 지난 판이 그대로 남습니다.",
    "Accepted, it is read again with its new columns and becomes a draft. Discarded, the last release stays.",
)
LOOK = Text("열어서 어떻게 할지 정합니다.", "Open it and decide what to do.")
CLEAR = Text("치우면 올린 기록이 책상에서 사라집니다.", "Put away, it disappears from the desk.")
GONE = Text("이미 처리되었습니다.", "That has been dealt with already.")


def mine(actor: Actor) -> Q:
    """Organisations whose data the actor looks after; an officer also steps in where nobody does."""
    stewarded = [pk for pk, role in policies.memberships(actor).items() if role in policies.STEWARDS]
    own = Q(pk__in=stewarded)
    if core.has_city_role(actor, "officer"):
        own |= Q(pk__in=core.unstewarded().values("pk"))
    return own


def _newest(actor: Actor, state: str) -> QuerySet[Release]:
    """Releases in that state which are the newest living ones of datasets that the actor looks after."""
    owners = core.organisations().filter(mine(actor)).order_by().values("pk")
    living = Release.objects.exclude(state__in=["discarded", "destroyed"]).filter(dataset__organisation__in=owners)
    newest = living.order_by().values("dataset").annotate(newest=Max("pk")).values("newest")
    rows = Release.objects.filter(pk__in=newest, state=state).exclude(dataset__state=Dataset.State.DESTROYED)
    return rows.select_related("dataset__organisation", "dataset__resource").defer(*HEAVY).order_by("created_at")


# `reasons` as both databases write them: SQLite without a blank
EXPOSING = (
    '["personal_data"]', '["small_cells"]', '["personal_data","small_cells"]', '["personal_data", "small_cells"]'
)  # fmt: skip


def drafts(actor: Actor) -> QuerySet[Release]:
    return _newest(actor, Release.State.DRAFT)


def held(actor: Actor) -> QuerySet[Release]:
    return _newest(actor, Release.State.HELD)


def refused(actor: Actor) -> QuerySet[Upload]:
    owners = core.organisations().filter(mine(actor)).order_by().values("pk")
    rows = Upload.objects.filter(Q(organisation__in=owners) | Q(person=actor), state=Upload.State.REFUSED)
    return rows.order_by("created_at")


def register() -> None:
    """Called once, when the room is ready."""
    add_tray(
        Tray(
            "catalog.refused",
            Text("읽지 못한 파일", "Files that could not be read"),
            _refused,
            (Choice("discard", Text("치우기", "Put away"), _clear),),
            order=20,
            count=lambda actor: refused(actor).count(),
            audience=_brings,
        )
    )
    add_tray(
        Tray(
            "catalog.held",
            Text("확인할 새 판", "Releases to confirm"),
            _held,
            (
                Choice("accept", Text("바뀐 열 받아들이기", "Accept the new columns"), _accept),
                Choice(
                    "discard",
                    Text("버리기", "Discard"),
                    _discard,
                    undo="undo_discard",
                ),
                Choice("undo_accept", Text("받아들인 것 되돌리기", "Undo accepting"), _undo_accept, offered=False),
                Choice("undo_discard", Text("버린 것 되돌리기", "Undo discarding"), _undo_discard, offered=False),
            ),
            order=30,
            count=lambda actor: _otherwise(actor).count(),
            audience=_brings,
            decided=_decided,
        )
    )
    add_tray(
        Tray(
            "catalog.drafts",
            Text("공개할 초안", "Drafts to publish"),
            _drafts,
            (
                Choice(
                    "publish",
                    Text("공개", "Publish"),
                    _publish,
                    confirm=Text("고른 것을 누구나 볼 수 있게 공개할까요?", "Publish them for everyone to see?"),
                    undo="undo_publish",
                ),
                Choice("undo_publish", Text("공개 되돌리기", "Undo publishing"), _undo, offered=False),
            ),
            order=40,
            count=lambda actor: drafts(actor).count(),
            audience=_brings,
            decided=_published_just_now,
        )
    )
    for step in STEPS:
        add_step(step)


def heavy(prefix: str = "") -> list[str]:
    """The fields of releases that a desk does not read."""
    return [prefix + name for name in HEAVY]


def title(release: Release) -> str:
    return str(
        Text(f"{release.dataset.title} {release.number}판", f"{release.dataset.title}, release {release.number}")
    )


def _drafts(actor: Actor) -> Iterator[Waiting]:
    for release in drafts(actor)[:MOST]:
        lacking = datasets.missing(release.dataset)
        name = release.dataset.name
        told = Text(
            f"{release.rows:,}행을 읽었고 아직 공개하지 않았습니다.",
            f"{release.rows:,} rows were read, not yet published.",
        )
        if lacking:
            ko, en = " ".join(w.ko for w in lacking.values()), " ".join(w.en for w in lacking.values())
            told = Text(f"공개하려면 더 적어야 합니다. {ko}", f"Something is missing for publishing. {en}")
        url = reverse("dataset_edit", args=[name]) if lacking else reverse("release", args=[name, release.number])
        since = release.created_at
        yield Waiting(str(release.pk), title(release), told, PUBLISH, url, since, ready=not lacking)


def _otherwise(actor: Actor) -> QuerySet[Release]:
    """Those held for nothing but personal data or small cells lie in a tray of their own."""
    rows = held(actor).annotate(because=KT("report__reasons"))
    return rows.filter(Q(because__isnull=True) | ~Q(because__in=EXPOSING))


def _held(actor: Actor) -> Iterator[Waiting]:
    for release in _otherwise(actor).defer(None).defer("profile", "columns")[:MOST]:
        because = releases.held_by(release)
        drifted = releases.drifted(release)
        url = reverse("upload", args=[release.upload_id]) if release.upload_id else reverse("upload_new")
        told, agree = (_differing(release, because), ACCEPT) if drifted else (_because(because), LOOK)
        ready = agree is ACCEPT
        yield Waiting(str(release.pk), title(release), told, agree, url, release.created_at, urgent=True, ready=ready)


def _differing(release: Release, because: list[str]) -> Text:
    counts = [len(release.changes.get(f"columns_{kind}") or ()) for kind in ("added", "removed", "retyped")]
    told = Text(
        "열이 지난 판과 다릅니다: 생김 {}, 사라짐 {}, 종류 바뀜 {}.".format(*counts),
        "Its columns differ from the last release: {} new, {} gone, {} of another type.".format(*counts),
    )
    told = told if any(counts) else _because(["recipe_unfit"])
    others = [code for code in because if code not in releases.DRIFT]
    return Text(f"{told.ko} {_because(others).ko}", f"{told.en} {_because(others).en}") if others else told


def _because(codes: list[str]) -> Text:
    each = [words.held(code) for code in codes]
    return Text(" ".join(f"{text.ko}." for text in each), " ".join(f"{text.en}." for text in each))


def _decided(actor: Actor) -> Iterator[Waiting]:
    """Accepted columns of what is not published yet, and what was discarded within ten minutes."""
    for release in drafts(actor).filter(changes__accepted=True)[:MOST]:
        told = Text("바뀐 열을 받아들였습니다.", "Its changed columns were accepted.")
        undone = Text("되돌리면 다시 확인을 기다립니다.", "Undone, it waits for confirmation again.")
        yield _taken_back(release, told, undone, "undo_accept", release.created_at)
    thrown = Release.objects.filter(state=Release.State.DISCARDED, discarded_at__gt=clock.now() - UNDO)
    owners = core.organisations().filter(mine(actor)).order_by().values("pk")
    for release in thrown.filter(dataset__organisation__in=owners).select_related("dataset").defer(*HEAVY)[:MOST]:
        told = Text("버렸습니다.", "It was discarded.")
        undone = Text("되돌리면 버리기 전으로 돌아갑니다.", "Undone, it is as it was before.")
        yield _taken_back(release, told, undone, "undo_discard", release.discarded_at or release.created_at)


def _published_just_now(actor: Actor) -> Iterator[Waiting]:
    """What the actor published within ten minutes."""
    rows = Release.objects.filter(state=Release.State.PUBLISHED, published_at__gt=clock.now() - UNDO)
    for release in rows.select_related("dataset").defer(*HEAVY)[:MOST]:
        if "publisher" in release_roles(actor, release):
            told = Text("공개했습니다.", "It was published.")
            undone = Text("되돌리면 초안으로 돌아갑니다.", "Undone, it is a draft again.")
            yield _taken_back(release, told, undone, "undo_publish", release.published_at or release.created_at)


def _taken_back(release: Release, told: Text, undone: Text, undo: str, since: datetime) -> Waiting:
    url = reverse("upload", args=[release.upload_id]) if release.upload_id else reverse("upload_new")
    return Waiting(str(release.pk), title(release), told, undone, url, since, undo=undo)


def _refused(actor: Actor) -> Iterator[Waiting]:
    for upload in refused(actor)[:MOST]:
        first = upload.report[0] if upload.report else {}
        told = words.reason(str(first.get("reason") or ""))[0]
        if first.get("message_ko"):
            told = Text(first["message_ko"], first.get("message_en") or first["message_ko"])
        url = reverse("upload", args=[upload.pk])
        yield Waiting(str(upload.pk), upload.filename or "–", told, CLEAR, url, upload.created_at, urgent=True)


def _release(raw: str) -> Release:
    rows = Release.objects.select_related("dataset__organisation", "dataset__resource", "upload")
    found = rows.filter(pk=whole_id(raw)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def _publish(*, actor: Actor, id: str) -> None:
    release = _release(id)
    datasets.publish(actor=actor, dataset=release.dataset, release=release)


def _undo(*, actor: Actor, id: str) -> None:
    release = _release(id)
    policies.may_publish(actor, release.dataset).require()
    last = last_published(release.dataset)
    if last is None or last.pk != release.pk:
        raise Conflict(Text("그사이 다른 판이 공개되었습니다.", "Another release was published meanwhile."))
    datasets.undo_publish(actor=actor, dataset=release.dataset)


def _accept(*, actor: Actor, id: str) -> None:
    releases.accept_drift(actor=actor, release=_release(id))


def _undo_accept(*, actor: Actor, id: str) -> None:
    releases.undo_accept(actor=actor, release=_release(id))


def _undo_discard(*, actor: Actor, id: str) -> None:
    releases.undo_discard(actor=actor, release=_release(id))


def _discard(*, actor: Actor, id: str) -> None:
    release = _release(id)
    if release.state != Release.State.HELD:
        raise Conflict(GONE)
    releases.discard_release(actor=actor, release=release)


def _clear(*, actor: Actor, id: str) -> None:
    upload = upload_for(actor, whole_id(id))
    if upload.state != Upload.State.REFUSED:
        raise Conflict(GONE)
    uploads.discard_upload(actor=actor, upload=upload)


# First steps


def _reads(actor: Actor) -> bool:
    """Citizens and consumers: who looks after no data and has no part in the city's work."""
    return not core.city_roles(actor) and not _keeps(actor)


def _keeps(actor: Actor) -> bool:
    return any(role in policies.STEWARDS for role in policies.memberships(actor).values())


def _brings(actor: Actor) -> bool:
    return _keeps(actor) or core.has_city_role(actor, "officer")


def _brings_first(actor: Actor) -> bool:
    return core.has_city_role(actor, "operator") and not _brings(actor)


def _uploaded(actor: Actor) -> bool:
    return Upload.objects.filter(person=actor).exists()


def _published(actor: Actor) -> bool:
    owners = core.organisations().filter(mine(actor)).order_by().values("pk")
    return Dataset.objects.filter(organisation__in=owners, state=Dataset.State.PUBLISHED).exists()


STEPS = (
    Step(
        "reader.find",
        Text("데이터 찾기", "Find data"),
        Text("낱말로 찾거나 주제를 골라 한 자료를 열어 보십시오.", "Search, or choose a theme, and open a dataset."),
        lambda actor: reverse("dataset_list"),
        _reads,
        lambda actor: access.has_read(actor),
        10,
    ),
    Step(
        "reader.download",
        Text("내려받기", "Download"),
        Text(
            "자료 화면의 ‘CSV 내려받기’를 누르면 엑셀에서 열립니다.",
            "“Download CSV” on a dataset's page opens in Excel.",
        ),
        lambda actor: reverse("dataset_list"),
        _reads,
        lambda actor: access.has_read(actor, "download"),
        20,
    ),
    Step(
        "reader.token",
        Text("토큰 만들기", "Make a token"),
        Text("프로그램이 나를 대신해 읽게 하는 열쇠입니다.", "A key with which a program reads on your behalf."),
        lambda actor: reverse("tokens"),
        _reads,
        lambda actor: core.tokens_of(actor).exists(),
        30,
    ),
    Step(
        "reader.snippet",
        Text("코드로 읽어 보기", "Read it from code"),
        Text(
            "자료 화면의 ‘활용하기’에 있는 예제를 붙여 넣습니다.",
            "Paste the example under “Use it” on a dataset's page.",
        ),
        lambda actor: reverse("help_guide", args=["consumer"]),
        _reads,
        lambda actor: core.tokens_of(actor).exclude(last_used_at=None).exists() or access.has_read(actor, "api", "sql"),
        40,
    ),
    Step(
        "steward.upload",
        Text("첫 파일 올리기", "Bring in the first file"),
        Text("있는 그대로 올리면 형식은 알아서 읽습니다.", "Upload it as it is; its form is worked out."),
        lambda actor: reverse("upload_new"),
        _brings,
        _uploaded,
        10,
    ),
    Step(
        "steward.publish",
        Text("설명을 적고 공개하기", "Describe and publish"),
        Text("제목과 이용 조건만 있으면 공개할 수 있습니다.", "A title and a licence are all it needs."),
        lambda actor: reverse("upload_new"),
        _brings,
        _published,
        20,
    ),
    Step(
        "operator.file",
        Text("첫 파일 받아들이기", "Take in the first file"),
        Text("담당관에게 맡기거나 직접 올려 봅니다.", "Leave it to the officer, or try one yourself."),
        lambda actor: reverse("upload_new"),
        _brings_first,
        lambda actor: Dataset.objects.filter(state=Dataset.State.PUBLISHED).exists(),
        25,
    ),
)
