"""The evidence report for the yearly evaluation of public-data provision: a year's figures and their meanings."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from datadam.catalog import policies
from datadam.catalog.evaluation import figures, words
from datadam.catalog.evaluation.figures import Figure, Scope
from datadam.catalog.evaluation.periods import Year
from datadam.core import clock
from datadam.core import selectors as core
from datadam.core.public import Actor, Organisation
from datadam.web import formats
from datadam.web.text import Text

HEAD = ("section", "figure", "item", "value", "unit", "label", "item_label", "how")


@dataclass(frozen=True)
class Line:
    """A figure with its meaning, as a page shows it."""

    figure: Figure
    meaning: words.Meaning
    first: bool  # of those with the same key: only it tells how

    @property
    def shown(self) -> str:
        value = self.figure.value
        if value is None:
            return "–"
        if self.meaning.unit == "share":
            return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"
        return f"{value:,.1f}" if self.meaning.unit == "score" else f"{value:,}"


@dataclass(frozen=True)
class Section:
    key: str
    title: Text
    lines: list[Line]


@dataclass(frozen=True)
class Report:
    """`organisation` is None for the whole city."""

    year: int
    organisation: Organisation | None
    made_at: dt.datetime
    sections: list[Section]

    @property
    def is_empty(self) -> bool:
        return not any(line.figure.value for section in self.sections for line in section.lines)


def report(*, actor: Actor, year: str | int | None = None, organisation: str = "") -> Report:
    """Of the organisation of that name; without one of the whole city, or of what the actor answers for."""
    chosen = core.organisation(organisation) if organisation else _own(actor)
    policies.may_see_evaluation(actor, chosen).require()
    scope = Scope(Year.of(year), chosen)
    sections = [_section(key, list(made(scope))) for key, made in figures.SECTIONS.items()]
    return Report(scope.year.number, chosen, clock.now(), sections)


def choices(actor: Actor) -> list[Organisation]:
    """The organisations whose report the actor may ask for."""
    if policies.of_city(actor):
        return list(core.organisations())
    return list(core.organisations_of(actor, *policies.STEWARDS))


def _own(actor: Actor) -> Organisation | None:
    return None if policies.of_city(actor) else next(iter(choices(actor)), None)


def _section(key: str, found: list[Figure]) -> Section:
    meanings = words.MEANINGS[key]
    seen = [figure.key for figure in found]
    lines = [Line(each, meanings[each.key], each.key not in seen[:at]) for at, each in enumerate(found)]
    return Section(key, words.SECTIONS[key], lines)


def as_json(made: Report) -> dict[str, Any]:
    """The report for machines, with words in both languages."""
    return {
        "year": made.year,
        "organisation": made.organisation.name if made.organisation else None,
        "made_at": made.made_at.isoformat(),
        "criteria": "unverified",
        "note": words.UNVERIFIED._asdict(),
        "sections": [
            {
                "section": section.key,
                "title": section.title._asdict(),
                "figures": [_figure(line) for line in section.lines],
            }
            for section in made.sections
        ],
    }


def _figure(line: Line) -> dict[str, Any]:
    label = line.figure.label
    return {
        "figure": line.figure.key,
        "item": line.figure.item,
        "value": line.figure.value,
        "unit": line.meaning.unit,
        "label": line.meaning.label._asdict(),
        "item_label": label._asdict() if isinstance(label, Text) else {"ko": label, "en": label},
        "how": line.meaning.how._asdict(),
    }


def as_csv(made: Report) -> str:
    """The same as a table for spreadsheets, words in the current language, with a byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for section in made.sections:
        for line in section.lines:
            figure, meaning = line.figure, line.meaning
            value = "" if figure.value is None else figure.value
            told = (str(meaning.label), formats.inert(str(figure.label)), str(meaning.how))
            writer.writerow((section.key, figure.key, formats.inert(figure.item), value, meaning.unit, *told))
    return "\ufeff" + text.getvalue()
