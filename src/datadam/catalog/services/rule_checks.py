"""Quality rules at a release: proposed from its profile, checked before it is committed, kept as its checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from datadam.catalog import rule_proposals, storage
from datadam.catalog.models import Dataset, Decision, Release, Rule, RuleCheck
from datadam.catalog.services.places import ENDED, Order, loaded_of
from datadam.core import clock, events
from datadam.core.city import districts
from datadam.core.public import Actor

if TYPE_CHECKING:
    from datadam.lake import rules as lake
    from datadam.lake.types import Report

FAILED = "rules_failed"
SEARCHED = 500_000  # rows up to which keys of two columns are looked for
TELLING = (Rule.Kind.RANGE, Rule.Kind.REFERENCE)  # kinds whose options are taken from values when they are proposed
OUTLIERS = 0.01  # the share of rows that a proposed range may leave outside


def as_lake(rule: Rule) -> "lake.Rule":
    """A rule as the lake's type."""
    from datadam.lake import rules as lake

    return lake.Rule(rule.kind, tuple(rule.columns), rule.options, rule.severity, rule.pk or 0)  # type: ignore[arg-type]


def _before(last: Release | None) -> "lake.Before | None":
    """What row counts and distributions are measured against."""
    from datadam.lake.rules import Before

    return Before(last.rows, last.profile) if last else None


def check(order: Order, dataset: Dataset | None, report: "Report", paths: list[Path]) -> str:
    """Check the active rules over what was written; the outcomes wait in the order until the release is stored."""
    from datadam.lake.rules import check_rules

    rules = list(dataset.rules.filter(state=Rule.State.ACTIVE).order_by("pk")) if dataset else []
    if dataset is None or not rules or report.format == "files":
        return ""
    files = [str(path) for path in paths]
    last = _before(loaded_of(dataset, order.release))
    found = check_rules(files, [as_lake(rule) for rule in rules], rows=report.rows, before=last)
    order.checked[report.table] = found
    failed = [(rule, outcome) for rule, outcome in zip(rules, found, strict=True) if outcome.passed is False]
    taken = accepted(order.release)
    report.findings += [_finding(rule, outcome, rule.pk in taken) for rule, outcome in failed]
    return FAILED if any(_holds(rule) and rule.pk not in taken for rule, _ in failed) else ""


def _holds(rule: Rule) -> bool:
    return rule.severity == Rule.Severity.HOLD


def _finding(rule: Rule, outcome: "lake.RuleOutcome", accepted: bool) -> Any:
    """Counts and names: never a value."""
    from datadam.lake.types import Finding

    facts = {
        "rule": rule.pk,
        "kind": rule.kind,
        "columns": list(rule.columns),
        "failing": outcome.failing,
        "checked": outcome.checked,
        "measured": outcome.measured,
        "accepted": accepted,
    }
    column = rule.columns[0] if len(rule.columns) == 1 else None
    return Finding("rule_failed", column, outcome.failing, _holds(rule) and not accepted, facts)


def code_of(rule: int, release: Release) -> str:
    """What the decision to accept a failing rule is about: this rule at this release."""
    return f"{rule}/{release.number}"


def accepted(release: Release | None) -> set[int]:
    """The rules whose failing was accepted for this very release."""
    if release is None:
        return set()
    standing = Decision.objects.filter(
        release=release, kind=Decision.Kind.RULE, action="accept", state=Decision.State.STANDING
    )
    return {int(code.partition("/")[0]) for code in standing.values_list("code", flat=True)}


def keep(release: Release, outcomes: Sequence["lake.RuleOutcome"]) -> None:
    """Write the outcomes as the release's checks; those of an earlier reading are replaced."""
    rules = Rule.objects.in_bulk([outcome.rule for outcome in outcomes])
    release.rule_checks.all().delete()
    RuleCheck.objects.bulk_create(_row(release, rules[o.rule], o) for o in outcomes if o.rule in rules)


def _row(release: Release, rule: Rule, outcome: "lake.RuleOutcome") -> RuleCheck:
    return RuleCheck(
        rule=rule,
        release=release,
        passed=outcome.passed,
        failing=outcome.failing,
        checked=outcome.checked,
        measured=outcome.measured,
        rows=outcome.rows,
        problem=outcome.problem,
        severity=rule.severity,
        options={} if rule.kind == Rule.Kind.REFERENCE else rule.options,  # a list holds values
        checked_at=clock.now(),
    )


def outcomes(release: Release, rules: Sequence[Rule]) -> list["lake.RuleOutcome"]:
    """Rules checked over the rows of a release that is in the lake."""
    from datadam.lake.rules import check_rules

    assert release.version is not None
    files = storage.files(release.dataset.resource.uid, release.version)
    return check_rules(files, [as_lake(rule) for rule in rules], rows=release.rows, before=_before(earlier(release)))


def earlier(release: Release) -> Release | None:
    """The newest release with rows before this one."""
    rows = release.dataset.releases.filter(number__lt=release.number, version__isnull=False).exclude(state__in=ENDED)
    return rows.order_by("-number").first()


def measure(release: Release, rules: Sequence[Rule]) -> None:
    """Check rules that came into use after a release was read, and add them to its checks."""
    found = outcomes(release, rules)
    by = {rule.pk: rule for rule in rules}
    with transaction.atomic():
        RuleCheck.objects.filter(release=release, rule__in=by).delete()
        RuleCheck.objects.bulk_create(_row(release, by[outcome.rule], outcome) for outcome in found)


# Proposing


def propose(*, actor: Actor | None, release: Release) -> list[Rule]:
    """Store the rules that a loaded release speaks for, beside those that the dataset has already in any state."""
    if release.version is None or release.is_files:
        return []
    dataset = release.dataset
    known = {_sign(rule.kind, rule.columns) for rule in dataset.rules.all()}
    fresh = [each for each in _candidates(release) if _sign(each.kind, each.columns) not in known]
    with transaction.atomic():
        made = Rule.objects.bulk_create(_proposed(release, each) for each in _holding(release, fresh))
        if made:
            facts = {"release": release.pk, "rules": len(made)}
            events.record(actor=actor, verb="rule.propose", subject=dataset, **facts)
    return list(made)


def propose_first(*, actor: Actor | None, release: Release) -> None:
    """Propose after the first release, and the row count once there are three: later on only when asked."""
    loaded = _loaded(release.dataset)
    if len(loaded) == 1 or (len(loaded) == 3 and release.dataset.rules.exists()):
        propose(actor=actor, release=release)


def _loaded(dataset: Dataset) -> list[Release]:
    rows = dataset.releases.exclude(state__in=ENDED).filter(version__isnull=False)
    return list(rows.only("pk", "rows").order_by("number"))


def _sign(kind: str, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return kind, tuple(columns)


def _candidates(release: Release) -> list[rule_proposals.Proposed]:
    names = [district.ko for *_, district in districts()]
    found = list(rule_proposals.proposed(release.profile, names))
    found += _paired(release) if release.rows <= SEARCHED else []
    band = rule_proposals.row_band([each.rows for each in _loaded(release.dataset)][-6:])
    return [*found, *([band] if band else [])]


def _paired(release: Release) -> list[rule_proposals.Proposed]:
    from datadam.lake.rules import repeated_rows

    assert release.version is not None
    pairs = rule_proposals.pairs(release.profile)
    files = storage.files(release.dataset.resource.uid, release.version) if pairs else []
    whole = next((pair for pair in pairs if not repeated_rows(files, pair)), None)
    return [rule_proposals.of_pair(whole, release.rows)] if whole else []


def _holding(release: Release, found: list[rule_proposals.Proposed]) -> list[rule_proposals.Proposed]:
    """Those that the release itself keeps, counted over all of its rows."""
    rules = [Rule(kind=each.kind, columns=each.columns, options=each.options) for each in found]
    counted = outcomes(release, rules) if rules else []
    return [each for each, outcome in zip(found, counted, strict=True) if _keeps(each.kind, outcome)]


def _keeps(kind: str, outcome: "lake.RuleOutcome") -> bool:
    if kind == "range" and outcome.checked:
        return outcome.failing <= OUTLIERS * outcome.checked
    return outcome.passed is True


def _proposed(release: Release, each: rule_proposals.Proposed) -> Rule:
    return Rule(
        dataset=release.dataset,
        kind=each.kind,
        columns=each.columns,
        options=each.options,
        state=Rule.State.PROPOSED,
        evidence={"ko": each.evidence.ko, "en": each.evidence.en},
        seen_in=release,
    )


# Forgetting


def forget(release: Release) -> None:
    """What checks and rules tell of a destroyed release goes: its checks, what was proposed from it and is not in use,
    rules in use whose ends and lists were taken from its values, and of the others the words that spoke for them."""
    release.rule_checks.all().delete()
    mine = Rule.objects.filter(seen_in=release)
    mine.exclude(state=Rule.State.ACTIVE).delete()
    mine.filter(kind__in=TELLING).delete()
    mine.update(evidence={}, seen_in=None)
