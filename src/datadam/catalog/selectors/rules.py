"""Quality rules for one reader: which there are, how releases kept them, and the rows that fail one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog import policies, rule_shapes
from datadam.catalog.models import Dataset, Release, Rule, RuleCheck
from datadam.catalog.selectors.data import Reading, reading, told
from datadam.catalog.selectors.datasets import GONE
from datadam.core.errors import Conflict, NotAllowed
from datadam.core.public import Actor
from datadam.web.text import Text

SIZE = 50
MOST = 100_000  # rows of a download
HISTORY = 12
NOT_WHOLE = Text(
    "자료의 일부만 읽을 수 있어 걸린 행을 볼 수 없습니다.", "You may read only a part of the data, so not these rows."
)
NO_ROWS = Text(
    "이 규칙은 행이 아니라 판 전체를 봅니다.", "This rule is about the release as a whole and not about rows."
)


@dataclass(frozen=True)
class Line:
    """A rule with its checks, the newest first."""

    rule: Rule
    checks: list[RuleCheck] = field(default_factory=list)

    @property
    def last(self) -> RuleCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def words(self) -> Text:
        return rule_shapes.sentence(self.rule.kind, self.rule.columns, self.rule.options)


def rules_of(actor: Actor | None, dataset: Dataset) -> list[Line]:
    """All rules for those who edit the dataset; for its readers those in use, on columns and releases they may read."""
    rules = dataset.rules.order_by("kind", "pk")
    checks = RuleCheck.objects.filter(rule__dataset=dataset).exclude(release__state__in=GONE)
    if not policies.may_edit(actor, dataset):
        released = dataset.releases.filter(state=Release.State.PUBLISHED).order_by("-number").first()
        seen = told(actor, dataset, released) if released else set()
        checks = checks.filter(release__state=Release.State.PUBLISHED)
        rules = rules.filter(state=Rule.State.ACTIVE)
        shown = [rule for rule in rules if released and set(rule.columns) <= seen]
    else:
        proposals = rules.select_related("seen_in__dataset", "seen_in__upload")
        shown = [rule for rule in proposals if _tellable(actor, rule)]
    by: dict[int, list[RuleCheck]] = {}
    for check in checks.select_related("release").order_by("-release__number"):
        by.setdefault(check.rule_id, []).append(check)
    return [Line(rule, by.get(rule.pk, [])[:HISTORY]) for rule in shown]


def _tellable(actor: Actor | None, rule: Rule) -> bool:
    """A proposal tells of values of the release that it was made from."""
    if rule.state != Rule.State.PROPOSED or rule.seen_in is None:
        return True
    return bool(policies.may_see_rows(actor, rule.seen_in))


@dataclass(frozen=True)
class Failing:
    """A page of the rows of a release that fail a rule: (row number, values of `columns` as text).

    `numbers` are all that is known of a release whose rows are not in the lake.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    total: int
    numbers: list[int] = field(default_factory=list)


def failing(
    actor: Actor | None, rule: Rule, release: Release, *, page: int = 1, size: int = SIZE, channel: str = "page"
) -> Failing:
    """For those who edit the dataset and may see the release's rows, of columns that they are granted."""
    policies.may_edit(actor, rule.dataset).require()
    policies.may_see_rows(actor, release).require()
    if rule.kind in (Rule.Kind.ROW_COUNT, Rule.Kind.DRIFT):
        raise Conflict(NO_ROWS, code="no_rows")
    if release.version is None:
        check = rule.checks.filter(release=release).first()
        return Failing([], [], check.failing, list(check.rows)) if check else Failing([], [], 0)
    opened = _opened(actor, rule, release, channel)
    columns = _shown(rule, opened.columns)
    total, rows = _rows(rule, opened, columns, limit=size, offset=(page - 1) * size)
    opened.used(channel, rows=len(rows))
    return Failing(columns, rows, total)


def _opened(actor: Actor | None, rule: Rule, release: Release, channel: str) -> Reading:
    """That a row fails tells of the rule's columns: they must all be granted, and every row of them."""
    opened = reading(actor, rule.dataset, release, channel=channel)
    if opened.row_filter or opened.counted or not set(rule.columns) <= {*opened.columns, *_lacking(rule, release)}:
        raise NotAllowed(NOT_WHOLE)
    return opened


def _lacking(rule: Rule, release: Release) -> set[str]:
    return set(rule.columns) - {column["name"] for column in release.columns}


def _shown(rule: Rule, granted: Sequence[str]) -> list[str]:
    """The columns that tell rows apart, then the rule's own."""
    keys = rule.dataset.rules.filter(kind=Rule.Kind.UNIQUE).exclude(state=Rule.State.OFF).order_by("pk").first()
    first = keys.columns if keys else list(granted[:2])
    return [name for name in dict.fromkeys([*first, *rule.columns]) if name in granted]


def _rows(
    rule: Rule, opened: Reading, columns: list[str], *, limit: int, offset: int
) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows fail the rule as it is now, and some of them."""
    from datadam.catalog.services.rule_checks import as_lake
    from datadam.lake.errors import LakeError
    from datadam.lake.rules import check_rules, failing_rows

    asked = as_lake(rule)
    try:
        rows = failing_rows(opened.files, asked, columns=columns, limit=limit, offset=offset)
    except LakeError as error:
        raise Conflict(Text(error.ko, error.en), code="rule_unfit") from error
    return check_rules(opened.files, [asked], rows=opened.release.rows)[0].failing, rows
