"""A dataset's quality rules in its stewards' hands: asked for, accepted, written, tried, switched off, overruled."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from datadam.catalog import policies, rule_shapes, selectors
from datadam.catalog.models import Dataset, Decision, Release, Rule
from datadam.catalog.services import guarding, intake, releases, rule_checks, safety
from datadam.core import clock, events
from datadam.core.errors import Conflict, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.rules import RuleOutcome

NO_RULE = Text("그런 규칙이 없습니다.", "There is no such rule.")
NO_ROWS = Text("아직 행이 실린 판이 없습니다.", "No release with rows is there yet.")
NOT_FAILED = Text("이 판은 그 규칙에 걸리지 않았습니다.", "This release does not fail that rule.")
NOTHING_TAKEN = Text("되돌릴 것이 없습니다.", "There is nothing to undo.")
NOTHING = Text("고른 규칙이 없습니다.", "Choose the rules.")


def register() -> None:
    """Join the guard that every table passes, and the findings that people decide about."""
    guarding.CHECKS.append(rule_checks.check)
    safety.WAYS[Decision.Kind.RULE] = safety.Way(_check_failed, seconded=())


def rule_of(dataset: Dataset, pk: int) -> Rule:
    """The dataset's rule; NotFound otherwise."""
    found = dataset.rules.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise NotFound(NO_RULE)
    return found


def current(dataset: Dataset) -> Release | None:
    """The newest release with rows: what a rule is tried on."""
    return intake.loaded_of(dataset)


def types(dataset: Dataset) -> dict[str, str]:
    """The columns that rules can be of, with their types."""
    latest = current(dataset) or intake.latest_of(dataset)
    return {column["name"]: column["type"] for column in latest.columns} if latest else {}


def propose(*, actor: Actor, dataset: Dataset) -> list[Rule]:
    """Propose what the newest release speaks for and the dataset has not yet."""
    policies.may_edit(actor, dataset).require()
    release = _loaded(dataset)
    policies.may_see_rows(actor, release).require()
    return rule_checks.propose(actor=actor, release=release)


def _loaded(dataset: Dataset) -> Release:
    release = current(dataset)
    if release is None or release.version is None:
        raise Conflict(NO_ROWS, code="no_rows")
    return release


def accept(*, actor: Actor, dataset: Dataset, rules: Sequence[Rule]) -> list[Rule]:
    """Put proposed rules, or ones that were switched off, into use; they are counted on the newest release at once."""
    policies.may_edit(actor, dataset).require()
    waiting = [rule for rule in rules if rule.state != Rule.State.ACTIVE]
    if not rules:
        raise NotFound(NOTHING)
    with transaction.atomic():
        for rule in waiting:
            _set(rule, state=Rule.State.ACTIVE)
            _record(actor, "rule.accept", rule)
    _measure(actor, dataset, waiting)
    return list(rules)


def add(
    *,
    actor: Actor,
    dataset: Dataset,
    kind: str,
    columns: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    severity: str = "note",
) -> Rule:
    """A rule in use from now on."""
    policies.may_edit(actor, dataset).require()
    given = rule_shapes.checked(kind, columns, options or {}, severity, types=types(dataset))
    with transaction.atomic():
        rule = Rule.objects.create(dataset=dataset, state=Rule.State.ACTIVE, created_by=actor, **given)
        _record(actor, "rule.add", rule)
    _measure(actor, dataset, [rule])
    return rule


def edit(*, actor: Actor, rule: Rule, columns: Sequence[str], options: Mapping[str, Any], severity: str) -> Any:
    """Change what a rule says; it is in use then. The job that reads a release again that rules hold, or None.

    It loses the words that spoke for it as it was proposed; a list or ends remain those of the release they came from.
    """
    policies.may_edit(actor, rule.dataset).require()
    given = rule_shapes.checked(rule.kind, columns, options, severity, types=types(rule.dataset))
    kept = rule.seen_in if rule.kind in rule_checks.TELLING else None
    with transaction.atomic():
        _set(rule, state=Rule.State.ACTIVE, evidence={}, seen_in=kept, **given)
        _record(actor, "rule.edit", rule)
        job = _read_again(actor, rule.dataset)
    _measure(actor, rule.dataset, [rule])
    return job


def switch_off(*, actor: Actor, rule: Rule) -> Any:
    """Take a rule out of use, or leave a proposal; its history stays. The job that reads a held release, or None."""
    policies.may_edit(actor, rule.dataset).require()
    with transaction.atomic():
        if rule.state != Rule.State.OFF:
            _set(rule, state=Rule.State.OFF)
            _record(actor, "rule.switch_off", rule)
        return _read_again(actor, rule.dataset)


def _set(rule: Rule, **values: Any) -> None:
    values["updated_at"] = clock.now()
    Rule.objects.filter(pk=rule.pk).update(**values)
    for name, value in values.items():
        setattr(rule, name, value)


def _record(actor: Actor, verb: str, rule: Rule) -> None:
    events.record(actor=actor, verb=verb, subject=rule.dataset, rule=rule.pk, kind=rule.kind, severity=rule.severity)


def _measure(actor: Actor, dataset: Dataset, rules: Sequence[Rule]) -> None:
    """Outside of any transaction that writes: it takes as long as the table is big.

    Counts tell of rows: for who may not see them yet, the rule waits for the next file.
    """
    release = current(dataset)
    if release is None or release.version is None or release.is_files:
        return
    if rules and policies.may_see_rows(actor, release):
        rule_checks.measure(release, rules)


def _read_again(actor: Actor, dataset: Dataset) -> Any:
    latest = intake.latest_of(dataset)
    if latest is None or not holds(latest) or not (latest.upload and latest.upload.staged):
        return None
    return releases._reread(actor, latest, accept_drift=False)


def holds(release: Release) -> bool:
    """Whether rules hold the release."""
    return release.state == Release.State.HELD and rule_checks.FAILED in release.report.get("reasons", [])


def try_rule(
    *, actor: Actor, dataset: Dataset, kind: str, columns: Sequence[str], options: Mapping[str, Any]
) -> "RuleOutcome":
    """How many rows of the newest release would fail; nothing is stored."""
    policies.may_edit(actor, dataset).require()
    given = rule_shapes.checked(kind, columns, options, "note", types=types(dataset))
    release = _loaded(dataset)
    policies.may_see_rows(actor, release).require()
    return rule_checks.outcomes(release, [Rule(dataset=dataset, **given)])[0]


def accept_failures(*, actor: Actor, release: Release, reason: str, rules: Sequence[int] = ()) -> Any:
    """Take a held release although rules fail (all that hold it without `rules`). The job that reads it again.

    It stands for this release alone: what was looked at and found acceptable are its rows. The next month's rows are
    other ones, and a rule that should not hold them is edited or switched off instead.
    """
    failing = failed(release)
    wanted = [each for each in failing if each in rules] if rules else failing
    codes = [rule_checks.code_of(each, release) for each in wanted or rules]
    choices = [safety.Choice(Decision.Kind.RULE, "", code, "accept") for code in codes]
    return safety.decide(actor=actor, release=release, decisions=choices, reason=reason)[1]


def take_back(*, actor: Actor, release: Release) -> Any:
    """Undo that failing was accepted, until the release is published: it is read again and held."""
    policies.may_edit(actor, release.dataset).require()
    standing = list(taken(release))
    if not standing:
        raise Conflict(NOTHING_TAKEN, code="nothing_to_undo")
    with transaction.atomic():
        return [safety.withdraw(actor=actor, decision=decision) for decision in standing][-1]


def taken(release: Release) -> QuerySet[Decision]:
    """The decisions that take a release although rules fail."""
    return release.decisions.filter(kind=Decision.Kind.RULE, state=Decision.State.STANDING)


def failed(release: Release) -> list[int]:
    """The rules that hold a release."""
    found = [f for f in release.report.get("findings", []) if f["code"] == "rule_failed" and f.get("blocking")]
    return [int(finding["facts"]["rule"]) for finding in found]


def _check_failed(release: Release, choice: safety.Choice) -> dict[str, Any]:
    known = {rule_checks.code_of(rule, release) for rule in failed(release)}
    if release.state != Release.State.HELD or choice.code not in known:
        raise NotFound(NOT_FAILED)
    if choice.action != "accept":
        raise NotFound(safety.NOT_FOUND)
    return {}


def chosen(dataset: Dataset, ids: Sequence[int] | None) -> list[Rule]:
    """The rules of these ids, or all that are proposed."""
    if ids is None:
        return list(dataset.rules.filter(state=Rule.State.PROPOSED))
    return [rule_of(dataset, pk) for pk in ids]


def release_of(*, actor: Actor, rule: Rule, number: int | None) -> Release:
    """The release that is asked for, or the newest one that the rule was checked at."""
    if number is None:
        newest = rule.checks.exclude(release__state__in=intake.ENDED).order_by("-release__number").first()
        number = newest.release.number if newest else None
    return selectors.release_for(actor, rule.dataset, number)
