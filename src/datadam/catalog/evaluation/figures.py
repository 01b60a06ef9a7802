"""The figures of the evidence report, a function a section; pure reads."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q, QuerySet, Sum

from datadam.access import selectors as access
from datadam.catalog import telling
from datadam.catalog.downloads import FORMATS
from datadam.catalog.evaluation import words
from datadam.catalog.evaluation.periods import Year, day, due, opening
from datadam.catalog.licences import LICENCES
from datadam.catalog.models import Dataset, Decision, Recipe, Release, Rule, RuleCheck
from datadam.catalog.selectors import conformance
from datadam.core import clock, events, history
from datadam.core.public import Organisation
from datadam.web.text import Text

CAME_OUT = (Release.State.PUBLISHED, Release.State.DESTROYED)
ON_VALUES = (Rule.Kind.UNIQUE, Rule.Kind.NOT_NULL, Rule.Kind.RANGE, Rule.Kind.REFERENCE, Rule.Kind.PATTERN)
Value = int | float | None


class Figure(NamedTuple):
    """One value. `item` is what it is of, as a code or a name; `label` is that in words."""

    key: str
    value: Value
    item: str = ""
    label: Text | str = ""


@dataclass(frozen=True)
class Scope:
    """What is reported on: an organisation or the city, in a year."""

    year: Year
    organisation: Organisation | None

    @cached_property
    def datasets(self) -> QuerySet[Dataset]:
        """All of them, with the moment of their first publication."""
        first = Min("releases__published_at", filter=Q(releases__state__in=CAME_OUT))
        rows = Dataset.objects.annotate(first=first).filter(first__lt=self.year.end)
        return rows.filter(organisation=self.organisation) if self.organisation else rows

    @cached_property
    def provided(self) -> list[Any]:
        """Those that are published now, by title."""
        return list(self.datasets.filter(state=Dataset.State.PUBLISHED).order_by("title", "pk"))

    def of(self, rows: QuerySet[Any], path: str = "dataset__organisation") -> QuerySet[Any]:
        """The rows that are the organisation's."""
        return rows.filter(**{path: self.organisation}) if self.organisation else rows

    def during(self, field: str) -> Q:
        """Whether the moment lies in the year."""
        return Q(**{f"{field}__gte": self.year.start, f"{field}__lt": self.year.end})

    @cached_property
    def published(self) -> QuerySet[Release]:
        """Releases that came out in the year."""
        return self.of(Release.objects.filter(self.during("published_at"), state__in=CAME_OUT))


def provision(scope: Scope) -> Iterator[Figure]:
    ended = scope.datasets.filter(state__in=(Dataset.State.WITHDRAWN, Dataset.State.DESTROYED))
    yield Figure("datasets", len(scope.provided))
    yield Figure("new", sum(each.first >= scope.year.start for each in scope.provided))
    yield Figure("ended", ended.count())
    yield Figure("releases", scope.published.count())


def punctuality(scope: Scope) -> Iterator[Figure]:
    came = _days_of_publication(scope)
    counted = {}
    for each in scope.provided:
        opened = list(due(each.frequency, day(each.first), scope.year.number, clock.today()))
        if opened:
            counted[each.pk] = len(opened), _kept(each.frequency, opened, came[each.pk])
    all_due, all_kept = (sum(pair[at] for pair in counted.values()) for at in (0, 1))
    yield from (Figure("due", all_due), Figure("kept", all_kept), Figure("rate", share(all_kept, all_due)))
    for each in scope.provided:
        if each.pk in counted:
            owed, kept = counted[each.pk]
            yield Figure("dataset", share(kept, owed), each.name, f"{each.title} ({kept}/{owed})")


def _days_of_publication(scope: Scope) -> dict[int, set[dt.date]]:
    """Of each dataset; from the year before too, because a week may begin in it."""
    since = scope.year.start - dt.timedelta(days=7)
    rows = Release.objects.filter(published_at__gte=since, published_at__lt=scope.year.end, state__in=CAME_OUT)
    found: dict[int, set[dt.date]] = defaultdict(set)
    for dataset, moment in scope.of(rows).values_list("dataset", "published_at"):
        if moment:
            found[dataset].add(day(moment))
    return found


def _kept(frequency: str, opened: list[dt.date], days: set[dt.date]) -> int:
    return len(set(opened) & {opening(frequency, each) for each in days})


def quality(scope: Scope) -> Iterator[Figure]:
    months: dict[int, list[float]] = defaultdict(list)
    parts: dict[str, list[float]] = defaultdict(list)
    for moment, score, shares in scope.published.values_list("published_at", "quality", "quality_parts"):
        if moment and score is not None:
            months[day(moment).month].append(score)
        for name, value in shares.items():
            if name in words.PARTS and value is not None:
                parts[name].append(value)
    yield Figure("median", middle([score for scores in months.values() for score in scores]))
    for month in sorted(months):
        stamp = f"{scope.year.number}-{month:02}"
        yield Figure("month", middle(months[month]), stamp, Text(f"{month}월", stamp))
    yield from (Figure("part", middle(parts[name]), name, words.PARTS[name]) for name in words.PARTS if name in parts)


def errors(scope: Scope) -> Iterator[Figure]:
    rules = scope.of(Rule.objects.filter(state=Rule.State.ACTIVE, dataset__state=Dataset.State.PUBLISHED))
    yield from _by_code("rules", rules.values_list("kind").annotate(n=Count("pk")), words.RULES)
    checks = RuleCheck.objects.filter(release__in=scope.published)
    done = checks.exclude(passed=None)
    yield Figure("checks", done.count())
    yield from _by_code(
        "failed", done.filter(passed=False).values_list("rule__kind").annotate(n=Count("pk")), words.RULES
    )
    yield Figure("unchecked", checks.filter(passed=None).count())
    sums = done.filter(rule__kind__in=ON_VALUES).values_list("rule__kind").annotate(Sum("failing"), Sum("checked"))
    found = {kind: (failing, checked) for kind, failing, checked in sums.order_by()}
    yield Figure("rate", share(sum(pair[0] for pair in found.values()), sum(pair[1] for pair in found.values())))
    for kind in ON_VALUES:
        if kind in found:
            failing, checked = found[kind]
            label = words.RULES[kind]
            counts = f" ({failing:,}/{checked:,})"
            yield Figure("kind", share(failing, checked), kind.value, Text(label.ko + counts, label.en + counts))


def rows(scope: Scope) -> Iterator[Figure]:
    total: Counter[str] = Counter()
    names = ("rows_read", "rows_loaded", "rows_quarantined", "rows_set_aside")
    for report in scope.published.values_list(*(f"report__{name}" for name in names)):
        for name, value in zip(names, report, strict=True):
            total[name] += sum(value.values()) if isinstance(value, dict) else value or 0
    for name in names:
        yield Figure(name.removeprefix("rows_"), total[name])
    held = Release.objects.filter(scope.during("created_at"), state=Release.State.HELD)
    yield Figure("held", scope.of(held).count())
    yield Figure("corrections", scope.of(Recipe.objects.filter(scope.during("created_at"), version__gt=1)).count())


def personal(scope: Scope) -> Iterator[Figure]:
    made = scope.of(Decision.objects.filter(scope.during("asked_at"), kind=Decision.Kind.PERSONAL))
    agreed = made.filter(state=Decision.State.STANDING, second_at__isnull=False)
    yield Figure("decisions", made.count())
    yield from _by_code("action", made.order_by().values_list("action").annotate(n=Count("pk")), words.ACTIONS)
    yield Figure("second", agreed.count())
    yield Figure("seconds", agreed.order_by().values("second").distinct().count())


def destroyed(scope: Scope) -> Iterator[Figure]:
    """Events tell when; the list of destructions tells why, of which only the digest is shown."""
    gone = scope.of(Release.objects.filter(state=Release.State.DESTROYED))
    first, last = dt.date(scope.year.number, 1, 1), dt.date(scope.year.number, 12, 31)
    asked = history.Asked(verb="release.destroy", since=first.isoformat(), until=last.isoformat())
    ended = set(
        history.History(history.about_all("catalog.release", gone)).rows(asked).values_list("subject_id", flat=True)
    )
    why = telling.reasons()
    found: Counter[str] = Counter()
    for pk, uid, number in gone.values_list("pk", "dataset__resource__uid", "number"):
        if str(pk) in ended:
            reason = why.get((str(uid), number)) or why.get((str(uid), None))
            found[events.digest(reason.ko)[:12] if reason else ""] += 1
    yield Figure("releases", sum(found.values()))
    unknown = Text("사유를 알 수 없음", "reason unknown")
    yield from (Figure("reason", count, digest, digest or unknown) for digest, count in sorted(found.items()))


def standards(scope: Scope) -> Iterator[Figure]:
    whole, _ = conformance.of_many(scope.provided)
    yield Figure("columns", whole.columns)
    yield Figure("named", share(whole.states["standard"], whole.columns))
    yield Figure("fitting", share(whole.fitting, whole.columns))


def openness(scope: Scope) -> Iterator[Figure]:
    files = _file_sets(scope)
    tables = len(scope.provided) - files
    yield from (Figure("format", tables, format, format.upper()) for format in FORMATS if tables)
    if files:
        yield Figure("format", files, "files", Text("파일 묶음", "file sets"))
    yield Figure("machine_readable", share(tables, len(scope.provided)))
    titles = {key: licence.title for key, licence in LICENCES.items()}
    yield from _by_code("licence", Counter(each.licence for each in scope.provided).items(), titles)


def _file_sets(scope: Scope) -> int:
    rows = Release.objects.filter(dataset__in=[each.pk for each in scope.provided], state=Release.State.PUBLISHED)
    return rows.filter(report__format="files").order_by().values("dataset").distinct().count()


def use(scope: Scope) -> Iterator[Figure]:
    resources = scope.of(Dataset.objects.all(), "organisation").values("resource__uid")
    found = access.usage_between(resources, scope.year.start, scope.year.end)
    yield from _by_code("readings", found.by_channel.items(), words.CHANNELS)
    yield Figure("rows", found.rows)


def _by_code(key: str, counted: Iterable[tuple[str, int]], names: Any) -> Iterator[Figure]:
    """A figure a code, in the order of its names."""
    order = list(names)
    found = sorted(counted, key=lambda pair: (order.index(pair[0]) if pair[0] in order else len(order), pair[0]))
    return (Figure(key, count, code, names.get(code, code)) for code, count in found)


def share(part: float, whole: float) -> float | None:
    """Four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None


def middle(values: list[float]) -> float | None:
    """The median, four decimals; None of nothing."""
    return round(median(values), 4) if values else None


SECTIONS = {
    "provision": provision,
    "punctuality": punctuality,
    "quality": quality,
    "errors": errors,
    "rows": rows,
    "personal": personal,
    "destroyed": destroyed,
    "standards": standards,
    "openness": openness,
    "use": use,
}
