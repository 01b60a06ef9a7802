"""How far datasets keep to the common standard terms: column by column, and as shares of the whole."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import QuerySet

from datadam.catalog import policies
from datadam.catalog.models import Dataset, Release
from datadam.catalog.selectors.glossary import glossary
from datadam.catalog.standards import words
from datadam.catalog.standards.fitting import Clue
from datadam.catalog.standards.matching import Match, Recognised, recognise
from datadam.core.public import Actor, Organisation

ENDED = (Release.State.DISCARDED, Release.State.DESTROYED)
CSV = (
    "기관", "자료", "열", "파일의 열 이름", "종류", "판정", "표준용어", "영문약어", "도메인", "도메인에 맞음", "점수",
    "근거", "어긋나는 것",
)  # fmt: skip


@dataclass
class Conformance:
    """Of one dataset, an organisation or the city: counts of columns by state, and what they are shares of."""

    columns: int = 0
    states: Counter[str] = field(default_factory=Counter)
    fitting: int = 0
    found: list[Recognised] = field(default_factory=list)  # of one dataset

    def add(self, found: Iterable[Recognised]) -> "Conformance":
        """Count these columns too."""
        for each in found:
            self.columns += 1
            self.states[each.state] += 1
            self.fitting += each.fits_domain
        return self

    @property
    def by_name(self) -> float:
        return self.states["standard"] / self.columns if self.columns else 0.0

    @property
    def by_words(self) -> float:
        """Names that are terms or are made of standard words."""
        return (self.states["standard"] + self.states["words"]) / self.columns if self.columns else 0.0

    @property
    def by_domain(self) -> float:
        return self.fitting / self.columns if self.columns else 0.0


def release_of(dataset: Dataset) -> Release | None:
    """The newest release that is not gone: what a steward can still change, or else what is published."""
    rows = dataset.releases.exclude(state__in=ENDED).select_related("dataset").order_by("-number")
    newest = rows.first()
    if newest and newest.state == Release.State.HELD and not newest.columns:
        return rows.exclude(pk=newest.pk).first()
    return newest


def recognised(dataset: Dataset, release: Release | None) -> list[Recognised]:
    """The columns of a release with what they may be; [] for file sets and without a glossary."""
    known = glossary()
    if known is None or release is None or release.is_files:
        return []
    declined = frozenset(dataset.declined_matches.values_list("column", "term"))
    return recognise(known, release.columns, release.profile, declined=declined)


def of_dataset(dataset: Dataset) -> Conformance:
    found = recognised(dataset, release_of(dataset))
    return Conformance(found=found).add(found)


def within(actor: Actor, organisation: Organisation | None = None) -> QuerySet[Dataset]:
    """The datasets that a report is about: an organisation's or the city's, for who may see it."""
    if organisation is not None:
        policies.may_upload(actor, organisation).require()
    else:
        policies.may_see_city_reports(actor).require()
    rows = Dataset.objects.exclude(state=Dataset.State.DESTROYED).select_related("organisation")
    rows = rows.filter(organisation=organisation) if organisation else rows
    return rows.order_by("organisation__title", "title", "pk")


def of_many(datasets: Iterable[Dataset]) -> tuple[Conformance, list[tuple[Dataset, Conformance]]]:
    """(all together, each dataset that has columns)."""
    whole, each_ = Conformance(), []
    for dataset in datasets:
        one = of_dataset(dataset)
        if one.columns:
            each_.append((dataset, one))
            whole.add(one.found)
    return whole, each_


# As data


def shares(made: Conformance) -> dict[str, Any]:
    return {
        "columns": made.columns,
        "states": {state: made.states[state] for state in words.STATES},
        "by_name": round(made.by_name, 4),
        "by_words": round(made.by_words, 4),
        "by_domain": round(made.by_domain, 4),
    }


def column(found: Recognised) -> dict[str, Any]:
    return {
        "column": found.column,
        "source": found.source,
        "type": found.type,
        "state": found.state,
        "fits_domain": found.fits_domain,
        "rest": found.rest,
        "matches": [_match(match) for match in found.matches],
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        **asdict(match),
        "reasons": [_clue(each) for each in match.reasons],
        "conflicts": [_clue(each) for each in match.conflicts],
    }


def _clue(found: Clue) -> dict[str, str]:
    told = words.clue(found)
    return {"code": found.code, "ko": told.ko, "en": told.en}


def lines(datasets: Iterable[tuple[Dataset, Conformance]]) -> Iterable[list[str]]:
    """The report as rows under CSV's names."""
    for dataset, made in datasets:
        for found in made.found:
            best = found.best
            yield [
                dataset.organisation.title, dataset.title, found.column, found.source, found.type,
                words.STATES[found.state].ko,
                *((best.term, best.abbreviation, best.domain) if best else ("", "", "")),
                "예" if found.fits_domain else "",
                f"{best.score:.2f}" if best else "",
                " ".join(words.clue(each).ko for each in best.reasons) if best else "",
                " ".join(words.clue(each).ko for each in best.conflicts) if best else "",
            ]  # fmt: skip
