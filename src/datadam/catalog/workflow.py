"""The lives of datasets and releases, as data."""

import datetime as dt

from datadam.catalog import policies
from datadam.catalog.models import Dataset, Decision, Release
from datadam.core import clock
from datadam.core import selectors as core
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.public import Actor
from datadam.core.workflow import Transition, Workflow, register
from datadam.web.text import Text

UNDO = dt.timedelta(minutes=10)
STEWARDS = ("steward", "admin", "officer", "operator")
DESTROYERS = ("admin", "officer", "operator")
LEFT = ("keep", "things")  # decisions by which small cells stay
PUBLISHERS = ("publisher",)
GONE_FOR_GOOD = Text("되돌릴 수 없습니다. 정말 파기할까요?", "This cannot be undone. Destroy it?")


def _is_publisher(
    actor: Actor | None, subject: str, pk: int, verbs: tuple[str, ...], published_at: dt.datetime | None
) -> bool:
    """Whether the actor published the thing within the last ten minutes, by the events."""
    if actor is None or published_at is None or clock.now() - published_at > UNDO:
        return False
    rows = core.history(subject, pk).filter(verb__in=verbs).order_by("-pk")
    return rows.values_list("actor_id", flat=True).first() == actor.pk


def _undo_in_time(published_at: dt.datetime | None) -> Verdict:
    if published_at is not None and clock.now() - published_at <= UNDO:
        return ALLOWED
    return refuse(
        "공개한 뒤 10분이 지나 되돌릴 수 없습니다. 공개 중지를 쓰십시오.",
        "More than ten minutes have passed since publishing; withdraw it instead.",
    )


def _dataset_undo(dataset: Dataset, actor: Actor | None) -> Verdict:
    return _undo_in_time(dataset.published_at)


def _release_undo(release: Release, actor: Actor | None) -> Verdict:
    return _undo_in_time(release.published_at)


def _all_decided(release: Release, actor: Actor | None) -> Verdict:
    """Whatever personal data and small cells are in it were kept by a decision that still stands."""
    sources = {column["name"]: column.get("source") or column["name"] for column in release.columns}
    findings = [f for f in release.report.get("findings", []) if str(f["code"]).startswith("personal_")]
    kept = {
        (sources.get(f["column"], f["column"] or ""), f["code"].removeprefix("personal_"))
        for f in findings
        if f.get("blocking") or f.get("facts", {}).get("kept")
    }
    standing = Decision.objects.filter(dataset=release.dataset_id, state="standing")
    cells = any(f["code"] == "small_cells" for f in release.report.get("findings", []))
    personal = standing.filter(kind="personal", action="keep").values_list("column", "code")
    if kept <= set(personal) and (not cells or standing.filter(kind="small_cells", action__in=LEFT).exists()):
        return ALLOWED
    return refuse(
        "결정을 거두어 다시 읽는 중이거나 개인정보나 작은 칸에 대한 결정이 남아 있습니다.",
        "A decision was withdrawn and the file is being read again, or personal data or small cells are still to be"
        " decided about.",
    )


def _discarded_draft(release: Release, actor: Actor | None) -> Verdict:
    return _not_cleared(release) if release.version is not None else refuse("초안이 아니었습니다.", "It was no draft.")


def _discarded_held(release: Release, actor: Actor | None) -> Verdict:
    return _not_cleared(release) if release.version is None else refuse("대기하지 않았습니다.", "It was not held.")


def _not_cleared(release: Release) -> Verdict:
    """Ten minutes, unless a newer release came meanwhile."""
    if release.discarded_at is None or clock.now() - release.discarded_at > UNDO:
        return refuse("버린 지 10분이 지나 되돌릴 수 없습니다.", "More than ten minutes have passed since.")
    newer = Release.objects.filter(dataset=release.dataset_id, number__gt=release.number)
    if newer.exclude(state__in=[Release.State.DISCARDED, Release.State.DESTROYED]).exists():
        return refuse("그사이 새 판이 생겼습니다.", "A newer release came meanwhile.")
    return ALLOWED


def dataset_roles(actor: Actor | None, dataset: Dataset) -> set[str]:
    """Roles of the owner and of the city, and `publisher` for who published within the last ten minutes."""
    held = policies.roles(actor, dataset)
    verbs = ("dataset.publish", "dataset.republish")
    if held and _is_publisher(actor, "catalog.dataset", dataset.pk, verbs, dataset.published_at):
        held.add("publisher")
    return held


def release_roles(actor: Actor | None, release: Release) -> set[str]:
    """As of its dataset, with `publisher` for who published this release."""
    held = policies.roles(actor, release.dataset)
    if held and _is_publisher(actor, "catalog.release", release.pk, ("release.publish",), release.published_at):
        held.add("publisher")
    return held


DATASET = register(
    Workflow(
        name="dataset",
        states={
            "draft": Text("작성 중", "Draft"),
            "published": Text("공개", "Published"),
            "withdrawn": Text("공개 중지", "Withdrawn"),
            "destroyed": Text("파기", "Destroyed"),
        },
        transitions=(
            Transition("publish", ("draft",), "published", STEWARDS, Text("공개", "Publish")),
            Transition("republish", ("withdrawn",), "published", STEWARDS, Text("다시 공개", "Publish again")),
            Transition(
                "undo_publish",
                ("published",),
                "draft",
                PUBLISHERS,
                Text("공개 되돌리기", "Undo publishing"),
                guard=_dataset_undo,
            ),
            Transition("withdraw", ("published",), "withdrawn", STEWARDS, Text("공개 중지", "Withdraw")),
            Transition(
                "destroy",
                ("draft", "published", "withdrawn"),
                "destroyed",
                DESTROYERS,
                Text("파기", "Destroy"),
                confirm=GONE_FOR_GOOD,
            ),
        ),
        roles_of=dataset_roles,
    )
)

RELEASE = register(
    Workflow(
        name="release",
        states={
            "draft": Text("작성 중", "Draft"),
            "held": Text("확인 대기", "Held"),
            "published": Text("공개", "Published"),
            "discarded": Text("버림", "Discarded"),
            "destroyed": Text("파기", "Destroyed"),
        },
        transitions=(
            Transition(
                "publish",
                ("draft",),
                "published",
                STEWARDS,
                Text("이 판 공개", "Publish this release"),
                guard=_all_decided,
            ),
            Transition(
                "undo_publish",
                ("published",),
                "draft",
                PUBLISHERS,
                Text("공개 되돌리기", "Undo publishing"),
                guard=_release_undo,
            ),
            Transition(
                "accept_drift", ("held",), "draft", STEWARDS, Text("바뀐 열 받아들이기", "Accept the new columns")
            ),
            Transition("discard", ("draft", "held"), "discarded", STEWARDS, Text("버리기", "Discard")),
            Transition(
                "undo_discard",
                ("discarded",),
                "draft",
                STEWARDS,
                Text("버린 것 되돌리기", "Undo discarding"),
                guard=_discarded_draft,
            ),
            Transition(
                "undo_discard_held",
                ("discarded",),
                "held",
                STEWARDS,
                Text("버린 것 되돌리기 (확인 대기)", "Undo discarding (held)"),
                guard=_discarded_held,
            ),
            Transition(
                "destroy",
                ("draft", "held", "published", "discarded"),
                "destroyed",
                DESTROYERS,
                Text("파기", "Destroy"),
                confirm=GONE_FOR_GOOD,
            ),
        ),
        roles_of=release_roles,
    )
)


def _still_asked(decision: Decision, actor: Actor | None) -> Verdict:
    """Two people decide about rows that are there to be looked at."""
    if decision.release is not None and decision.release.state in (Release.State.DRAFT, Release.State.HELD):
        return ALLOWED
    return refuse("이 결정을 물은 판이 더는 없습니다.", "The release that this was asked about is no more.")


def _undecided_yet(decision: Decision, actor: Actor | None) -> Verdict:
    if decision.release is None or decision.release.state != Release.State.PUBLISHED:
        return ALLOWED
    return refuse(
        "이 결정에 따라 공개한 판이 있어 되돌릴 수 없습니다. 다음 판에서 달리 결정할 수 있습니다.",
        "A release was published on this decision. You can decide otherwise for the next one.",
    )


DECISION = register(
    Workflow(
        name="decision",
        states={
            "waiting": Text("두 번째 확인 대기", "Waiting for a second person"),
            "standing": Text("결정됨", "Standing"),
            "refused": Text("반대됨", "Refused"),
            "withdrawn": Text("거둠", "Withdrawn"),
        },
        transitions=(
            Transition("agree", ("waiting",), "standing", ("second",), Text("동의", "Agree"), guard=_still_asked),
            Transition("refuse", ("waiting",), "refused", ("second",), Text("반대", "Refuse")),
            Transition(
                "withdraw",
                ("waiting", "standing"),
                "withdrawn",
                STEWARDS,
                Text("결정 거두기", "Withdraw the decision"),
                guard=_undecided_yet,
            ),
            Transition(
                "replace", ("waiting", "standing"), "withdrawn", STEWARDS, Text("달리 결정", "Decide otherwise")
            ),
        ),
        roles_of=policies.decision_roles,
    )
)
