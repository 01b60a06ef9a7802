"""Deciding about findings that hold a release: alone, with a second person, and undoing it until publication."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from datadam.catalog import policies, recipes
from datadam.catalog.models import Dataset, Decision, Release
from datadam.catalog.offers import Offer, personal, usual_reason
from datadam.catalog.services import intake, releases
from datadam.catalog.workflow import DECISION
from datadam.core import clock, events
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor
from datadam.lake.hiding import tells
from datadam.lake.personal.kinds import KINDS
from datadam.web.text import Text

OPEN = (Decision.State.WAITING, Decision.State.STANDING)
PROTECTING = ("mask", "generalise")
LONGEST = 2_000
ENDED = Text("버렸거나 파기한 판입니다.", "This release was discarded or destroyed.")
PUBLISHED = Text("이미 공개한 판입니다.", "This release is published already.")
NO_REASON = Text("까닭을 적으십시오.", "Give a reason.")
LONG = Text("까닭이 너무 깁니다.", "The reason is too long.")
TELLS = Text(
    "까닭에 개인정보가 들어 있습니다. 빼고 적으십시오.", "The reason itself holds personal data: leave it out."
)
NOT_FOUND = Text("그런 발견이 없습니다.", "There is no such finding.")
NOT_ALLOWED = Text("이 개인정보에는 할 수 없는 처리입니다.", "This cannot be done with personal data of this kind.")
OWN_REASON = Text(
    "그대로 싣는 까닭은 직접 적으십시오. 적혀 있던 말은 빼거나 가릴 때의 까닭입니다.",
    "Say yourself why it is published as it is: what stood there is the reason for leaving out.",
)
NOTHING_LEFT = Text("되돌릴 결정이 없습니다.", "There is no decision to undo.")
NOTHING = Text("결정할 것을 고르십시오.", "Choose what to decide.")


@dataclass(frozen=True)
class Choice:
    """What is to be done about one finding."""

    kind: str
    column: str  # as in the file
    code: str
    action: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """How decisions of one kind are made. `check(release, choice)` refuses with a DomainError and returns the options.

    `steps(steps, standing, columns)` gives the recipe as the standing decisions about these columns leave it.
    `seconded` are the actions that two people decide. `offers(release)` tells what there is to decide, for pages,
    commands and the API.
    """

    check: Callable[[Release, Choice], dict[str, Any]]
    steps: Callable[[list[recipes.Step], list[Choice], set[str]], list[recipes.Step]] = lambda steps, *_: steps
    seconded: tuple[str, ...] = ("keep",)
    offers: Callable[[Release], list[Offer]] = lambda release: []


def _check_personal(release: Release, choice: Choice) -> dict[str, Any]:
    names = {column["name"]: column["source"] or column["name"] for column in release.columns}
    found = {(names.get(f["column"], f["column"] or ""), f["code"]): f for f in release.report.get("findings", [])}
    finding = found.get((choice.column, f"personal_{choice.code}"))
    if finding is None or choice.code not in KINDS:
        raise NotFound(NOT_FOUND, column=choice.column, code=choice.code)
    in_files = finding["facts"].get("form") == "files" and choice.action != "keep"  # nothing can be cut out of those
    harmless = choice.action == "keep" and not finding["blocking"]  # stays, but must not pass what blocks later
    if choice.action not in KINDS[choice.code].actions or harmless or in_files:
        raise Invalid(NOT_ALLOWED, code="action_not_allowed", fields={"action": NOT_ALLOWED})
    return choice.options if choice.action == "generalise" else {}


def _protected(steps: list[recipes.Step], standing: list[Choice], columns: set[str]) -> list[recipes.Step]:
    """What was decided about a column takes the place of what was before: left out by any, or else all protections."""
    kept = [s for s in steps if not (s["code"] in ("drop", "protect") and s.get("column") in columns)]
    dropped = {choice.column for choice in standing if choice.action == "drop"}
    made = [{"code": "drop", "column": column, "applied": True} for column in sorted(dropped)]
    made += [
        {"code": "protect", "action": c.action, "kind": c.code, **c.options, "column": c.column, "applied": True}
        for c in standing
        if c.action in PROTECTING and c.column not in dropped
    ]
    return [*kept, *made]


WAYS: dict[str, Way] = {Decision.Kind.PERSONAL: Way(_check_personal, _protected, offers=personal)}


def needs_second(kind: str, action: str) -> bool:
    """Whether another person must agree."""
    return kind in WAYS and action in WAYS[kind].seconded


def offered(release: Release) -> list[Offer]:
    """All that there is to decide about a release, what holds it first."""
    found = [offer for way in WAYS.values() for offer in way.offers(release)]
    return sorted(found, key=lambda offer: (not offer.blocking, offer.kept))


def chosen(release: Release, about: tuple[str, str, str], key: str) -> Choice:
    """The choice that a page or command names by the key of an option."""
    for offer in offered(release):
        if offer.about == about:
            for option in offer.options:
                if option.key == key or (":" not in key and option.action == key):
                    return Choice(*about, option.action, option.options)
            raise Invalid(NOT_ALLOWED, code="action_not_allowed", fields={"action": NOT_ALLOWED})
    raise NotFound(NOT_FOUND, column=about[1], code=about[2])


def undecided(release: Release) -> list[Offer]:
    """What nobody has decided, and what blocks although it was: the recipe was changed and no longer does it."""
    newest = max(release.dataset.recipes.all(), key=lambda recipe: recipe.version, default=None)
    pending = newest is not None and newest.pk != release.recipe_id  # a job will read it by the newest
    open_ = {(d.kind, d.column, d.code): d for d in release.dataset.decisions.all() if d.state in OPEN}

    def undone(offer: Offer) -> bool:
        made = open_[offer.about]
        if not offer.blocking or made.state != Decision.State.STANDING:
            return False
        return not pending and made.action != "keep" if offer.despite is None else made.pk == offer.despite

    return [offer for offer in offered(release) if offer.about not in open_ or undone(offer)]


def decide_usual(*, actor: Actor, release: Release, reason: str = "") -> Any:
    """The usual choice, where there is one, for every finding that holds the release and nobody has decided yet."""
    policies.may_edit(actor, release.dataset).require()
    left = [offer for offer in undecided(release) if offer.blocking and offer.default]
    choices = [chosen(release, offer.about, offer.default) for offer in left]
    return decide(actor=actor, release=release, decisions=choices, reason=reason or usual_reason(left))


def decide(*, actor: Actor, release: Release, decisions: Sequence[Choice], reason: str) -> Any:
    """Decide about findings of a release. (the decisions, the job that reads again or None when all wait)."""
    policies.may_edit(actor, release.dataset).require()
    _check_open(release)
    if not decisions:
        raise Invalid(NOTHING, fields={"decisions": NOTHING})
    told = checked_reason(reason)
    releases._need_file(release)
    ready = [Choice(c.kind, c.column, c.code, c.action, _way(c).check(release, c)) for c in decisions]
    if any(needs_second(c.kind, c.action) for c in ready) and told == usual_reason(offered(release)):
        raise Invalid(OWN_REASON, code="bad_reason", fields={"reason": OWN_REASON})
    with transaction.atomic():
        made = [_write(actor, release, choice, told) for choice in ready]
        standing = [d for d in made if d.state == Decision.State.STANDING]
        job = _apply(actor, release, standing) if standing else None
    return made, job


def _check_open(release: Release) -> None:
    if release.state in intake.ENDED:
        raise Conflict(ENDED)
    if release.state == Release.State.PUBLISHED:
        raise Conflict(PUBLISHED)


def _way(choice: Choice) -> Way:
    way = WAYS.get(choice.kind)
    if way is None:
        raise NotFound(NOT_FOUND, kind=choice.kind)
    return way


def checked_reason(reason: str) -> str:
    """The words as they are kept; refused when there are none, or when they tell what they are about."""
    told = reason.replace("\0", "").strip()
    wrong = NO_REASON if not told else LONG if len(told) > LONGEST else TELLS if tells(told) else None
    if wrong is not None:
        raise Invalid(wrong, code="bad_reason", fields={"reason": wrong})
    return told


def _write(actor: Actor, release: Release, choice: Choice, reason: str) -> Decision:
    """The row of a decision. It replaces what was asked before, and what stood as soon as it stands itself."""
    about = {"kind": choice.kind, "column": choice.column, "code": choice.code}
    two = needs_second(choice.kind, choice.action)
    _replace(actor, release.dataset, about, (Decision.State.WAITING,) if two else OPEN)
    decision = Decision.objects.create(
        dataset=release.dataset,
        release=release,
        **about,
        action=choice.action,
        options=choice.options,
        reason=reason,
        state=Decision.State.WAITING if two else Decision.State.STANDING,
        needs_second=two,
        asked_by=actor,
    )
    _record(actor, "decision.make", decision, reason)
    return decision


def _replace(actor: Actor, dataset: Dataset, about: dict[str, str], states: Sequence[str]) -> None:
    for earlier in Decision.objects.filter(dataset=dataset, state__in=states, **about):
        DECISION.execute(earlier, "replace", actor=actor, dataset=dataset.pk)


def _record(actor: Actor, verb: str, decision: Decision, reason: str) -> None:
    events.record(actor=actor, verb=verb, subject=decision, reason=events.digest(reason), **facts(decision))


def facts(decision: Decision) -> dict[str, Any]:
    """What events tell of a decision: ids and codes."""
    return {
        "dataset": decision.dataset_id,
        "release": decision.release_id,
        "kind": decision.kind,
        "code": decision.code,
        "action": decision.action,
    }


def _apply(actor: Actor, release: Release, changed: Sequence[Decision]) -> Any:
    """Make the recipe what the standing decisions about these columns want, and have the file read again."""
    dataset = release.dataset
    current = recipes.current(dataset)
    steps = before = list(current.steps) if current else []
    for kind in dict.fromkeys(decision.kind for decision in changed):
        columns = {decision.column for decision in changed if decision.kind == kind}
        standing = dataset.decisions.filter(kind=kind, column__in=columns, state=Decision.State.STANDING)
        steps = WAYS[kind].steps(steps, [of(decision) for decision in standing], columns)
    if steps != before:
        recipe = recipes.write(dataset, recipes.checked(steps), actor=actor)
        events.record(actor=actor, verb="recipe.write", subject=dataset, version=recipe.version)
    return releases._reread(actor, release, accept_drift=False)


def of(decision: Decision) -> Choice:
    """The choice that a decision is of."""
    return Choice(decision.kind, decision.column, decision.code, decision.action, decision.options)


def agree(*, actor: Actor, decision: Decision, reason: str) -> Any:
    """The second person agrees: the decision stands in the place of what stood before. The job that reads again."""
    told = checked_reason(reason)
    release = decision.release
    about = {"kind": decision.kind, "column": decision.column, "code": decision.code}
    with transaction.atomic():
        if DECISION.may(decision, actor, DECISION.transition("agree")):
            _replace(actor, decision.dataset, about, (Decision.State.STANDING,))
        _second(actor, decision, "agree", told)
        assert release is not None  # the workflow asks for one that lives
        return _apply(actor, release, [decision])


def refuse(*, actor: Actor, decision: Decision, reason: str) -> None:
    """The second person does not agree: it is as if it had not been asked."""
    told = checked_reason(reason)
    with transaction.atomic():
        _second(actor, decision, "refuse", told)


def _second(actor: Actor, decision: Decision, name: str, reason: str) -> None:
    changes = {"second": actor, "second_at": clock.now(), "second_reason": reason}
    digest = events.digest(reason)
    DECISION.execute(decision, name, actor=actor, changes=changes, reason=digest, **facts(decision))


def withdraw(*, actor: Actor, decision: Decision) -> Any:
    """Undo a decision until its release is published: its steps leave the recipe, and the file is read again."""
    return _withdraw(actor, [decision], decision.release)


def withdraw_all(*, actor: Actor, release: Release) -> Any:
    """Undo all that was decided about a release that is not published yet."""
    decisions = list(release.decisions.filter(state__in=OPEN))
    if not decisions:
        raise Conflict(NOTHING_LEFT, code="nothing_to_undo")
    return _withdraw(actor, decisions, release)


def _withdraw(actor: Actor, decisions: Sequence[Decision], release: Release | None) -> Any:
    stood = [decision for decision in decisions if decision.state == Decision.State.STANDING]
    with transaction.atomic():
        for decision in decisions:
            DECISION.execute(decision, "withdraw", actor=actor, **facts(decision))
        if not stood or release is None or release.state in intake.ENDED:
            return None
        releases._need_file(release)
        return _apply(actor, release, stood)
