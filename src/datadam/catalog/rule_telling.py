"""Quality rules as commands and the API tell them."""

from typing import Any

from datadam.catalog.models import Dataset, RuleCheck
from datadam.catalog.selectors.rules import Failing, Line, rules_of
from datadam.core.public import Actor

KEPT = ("passed", "failing", "checked", "measured", "rows", "problem")


def listed(actor: Actor | None, dataset: Dataset) -> dict[str, Any]:
    return {"dataset": dataset.name, "rules": [line(each) for each in rules_of(actor, dataset)]}


def line(each: Line) -> dict[str, Any]:
    rule = each.rule
    return {
        "id": rule.pk,
        "kind": rule.kind,
        "columns": rule.columns,
        "options": rule.options,
        "severity": rule.severity,
        "state": rule.state,
        "text": str(each.words),
        "evidence": rule.evidence,
        "checks": [checked(check) for check in each.checks],
    }


def checked(check: RuleCheck) -> dict[str, Any]:
    """Counts and row numbers at one release."""
    return {"release": check.release.number, "severity": check.severity, **outcome(check)}


def outcome(found: Any) -> dict[str, Any]:
    """Of a check, or of what was only tried."""
    return {name: getattr(found, name) for name in KEPT}


def failing(found: Failing) -> dict[str, Any]:
    rows = [{"row": number, **dict(zip(found.columns, values, strict=True))} for number, *values in found.rows]
    return {"total": found.total, "columns": found.columns, "rows": rows, "numbers": found.numbers}
