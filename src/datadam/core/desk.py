"""The desk: what waits for a person, and doing one thing with many of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from datadam.core import clock, events, extensions
from datadam.core.errors import DomainError, NotFound
from datadam.core.extensions import Choice, Step, Tray, Waiting
from datadam.core.models import Job, Person, Token
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.selectors import has_city_role
from datadam.web.text import Text

MOST_DECIDED = 50  # decisions that a desk lists
MOST = 500  # things that one press of a button may touch
ENDS_SOON = timedelta(days=14)
FAULTS = (
    "internal",
    "worker_died",
    "verify_failed",
)  # errors of a job that are the installation's, not a refusal of somebody's file


@dataclass
class Outcome:
    """What a choice did: ids that it was done to, and for each of the others the reason."""

    choice: Choice
    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, Text]] = field(default_factory=list)


def waiting(actor: Person) -> list[tuple[Tray, list[Waiting]]]:
    """The trays in which something waits for the actor, with it."""
    return [(tray, items) for tray in extensions.trays() if (items := list(tray.items(actor)))]


def decided(actor: Person) -> list[tuple[Tray, Waiting]]:
    """What the actor may still take back, the latest first."""
    found = [(tray, item) for tray in extensions.trays() if tray.decided for item in tray.decided(actor)]
    return sorted(found, key=lambda each: each[1].since, reverse=True)[:MOST_DECIDED]


def kinds(actor: Person) -> list[Text]:
    """What can ever wait for the actor, in words."""
    return [tray.label for tray in extensions.trays() if tray.audience(actor)]


def count(actor: Person) -> int:
    """How many things wait for the actor."""
    return sum(tray.count(actor) if tray.count else len(list(tray.items(actor))) for tray in extensions.trays())


def tray(key: str) -> Tray:
    """The tray of that key; NotFound otherwise."""
    for found in extensions.trays():
        if found.key == key:
            return found
    raise NotFound(Text("그런 서류함은 없습니다.", "There is no such tray."))


def act(*, actor: Person, tray_key: str, choice: str, ids: Sequence[str]) -> Outcome:
    """Do `choice` to each of `ids`, each in its own transaction: what is refused does not stop the rest."""
    found = next((each for each in tray(tray_key).choices if each.name == choice), None)
    if found is None:
        raise NotFound(Text("그런 작업은 없습니다.", "There is no such action."))
    outcome = Outcome(found)
    for each in dict.fromkeys(ids[:MOST]):
        try:
            found.run(actor=actor, id=each)
        except DomainError as error:
            outcome.refused.append((each, _reason(error)))
        else:
            outcome.done.append(each)
    return outcome


def _reason(error: DomainError) -> Text:
    fields = error.data.get("fields")
    words = [w for w in fields.values() if isinstance(w, Text)] if isinstance(fields, dict) else []
    return Text(" ".join(w.ko for w in words), " ".join(w.en for w in words)) if words else error.message


def whole_id(raw: str) -> int:
    """The number in a waiting thing's id; NotFound for anything else."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise NotFound(Text("그런 것이 없습니다.", "There is no such thing."))
    return int(raw)


# First steps


def steps(actor: Person) -> list[tuple[Step, bool]]:
    """The first steps of the actor and whether each is done."""
    return [(step, step.done(actor)) for step in extensions.steps(actor)]


def drawn(actor: Person, found: list[tuple[Step, bool]]) -> list[tuple[dict[str, object], bool]]:
    """Steps as the checklist shows them, with their addresses."""
    return [({"label": s.label, "hint": s.hint, "href": s.url(actor)}, done) for s, done in found]


def show_steps(*, actor: Person, show: bool) -> None:
    """Put the first steps away, or show them again."""
    with transaction.atomic():
        Person.objects.filter(pk=actor.pk).update(steps_hidden=not show)
        events.record(actor=actor, verb="person.steps_shown" if show else "person.steps_hidden", subject=actor)
    actor.steps_hidden = not show


# The core's own trays


def failed_jobs(actor: Person) -> QuerySet[Job]:
    """For operators: jobs that ended by a fault and that nobody has looked at."""
    if not has_city_role(actor, "operator"):
        return Job.objects.none()
    return Job.objects.filter(state=Job.State.FAILED, error__code__in=FAULTS).order_by("-pk")


def ending_tokens(actor: Person) -> QuerySet[Token]:
    """The actor's tokens that end within two weeks."""
    now = clock.now()
    rows = Token.objects.filter(person=actor, revoked_at=None, expires_at__gt=now, expires_at__lt=now + ENDS_SOON)
    return rows.order_by("expires_at")


def may_run_jobs(actor: Person | None) -> Verdict:
    """Operators start failed jobs again."""
    if has_city_role(actor, "operator"):
        return ALLOWED
    return refuse("작업은 운영자가 관리합니다.", "Operators look after jobs.")


def _failed_job(actor: Person, raw: str) -> QuerySet[Job]:
    may_run_jobs(actor).require()
    rows = Job.objects.filter(pk=whole_id(raw), state=Job.State.FAILED)
    if not rows.exists():
        raise NotFound(Text("실패한 작업이 아닙니다.", "This job has not failed."))
    return rows


def retry_job(*, actor: Person, id: str) -> None:
    """Let a failed job run again from the start."""
    rows = _failed_job(actor, id)
    values = {"attempts": 0, "progress": 0.0, "error": None, "worker": "", "finished_at": None}
    with transaction.atomic():
        rows.update(state=Job.State.READY, run_after=clock.now(), **values)
        events.record(actor=actor, verb="job.retried", subject=("core.job", id))


def dismiss_job(*, actor: Person, id: str) -> None:
    """Take note of a failed job and leave it."""
    rows = _failed_job(actor, id)
    with transaction.atomic():
        rows.update(state=Job.State.CANCELLED)
        events.record(actor=actor, verb="job.dismissed", subject=("core.job", id))


def restore_job(*, actor: Person, id: str) -> None:
    """Undo `dismiss_job`."""
    may_run_jobs(actor).require()
    with transaction.atomic():
        rows = Job.objects.filter(pk=whole_id(id), state=Job.State.CANCELLED, error__code__in=FAULTS)
        if not rows.update(state=Job.State.FAILED):
            raise NotFound(Text("그런 작업이 없습니다.", "There is no such job."))
        events.record(actor=actor, verb="job.undismissed", subject=("core.job", id))
