"""Findings and what was decided about them, for those who work on a dataset."""

from typing import Any

from django.db.models import Q, QuerySet

from datadam.catalog import offers, policies, words
from datadam.catalog.models import Dataset, Decision, Release
from datadam.catalog.selectors.datasets import GONE, release_for
from datadam.catalog.services import releases, safety
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

UNKNOWN = Text("그런 결정이 없습니다.", "There is no such decision.")


def open_release(actor: Actor, dataset: Dataset, number: int | None = None) -> Release:
    """The numbered release, or the newest that lives; for those who work on the dataset."""
    policies.may_edit(actor, dataset).require()
    if number is None:
        number = dataset.releases.exclude(state__in=GONE).order_by("-number").values_list("number", flat=True).first()
    return release_for(actor, dataset, number)


def decisions_of(release: Release) -> QuerySet[Decision]:
    """What holds for the release: decided about it, or about an earlier one and standing."""
    own = Q(release=release) | Q(release__number__lt=release.number, state=Decision.State.STANDING)
    rows = release.dataset.decisions.filter(own | Q(release=None, state=Decision.State.STANDING))
    return rows.select_related("asked_by", "second", "release").order_by("-pk")


def decision_for(actor: Actor | None, pk: int) -> Decision:
    """The decision, for those who work on its dataset."""
    found = Decision.objects.select_related("dataset__organisation", "release", "asked_by").filter(pk=pk).first()
    if found is None or not policies.is_insider(actor, found.dataset):
        raise NotFound(UNKNOWN)
    return found


def for_second(actor: Actor) -> QuerySet[Decision]:
    """Decisions that wait for a second person, whom the actor may be."""
    rows = Decision.objects.filter(state=Decision.State.WAITING).exclude(asked_by=actor)
    if not policies.of_city(actor):
        kept = [pk for pk, role in policies.memberships(actor).items() if role in policies.STEWARDS]
        rows = rows.filter(dataset__organisation__in=kept)
    return rows.select_related("dataset", "release", "asked_by").order_by("asked_at")


def told(release: Release) -> dict[str, Any]:
    """Findings and decisions of a release for programs."""
    return {
        "dataset": release.dataset.name,
        "release": release.number,
        "state": release.state,
        "reasons": releases.held_by(release),
        "findings": [_offer(offer) for offer in safety.offered(release)],
        "decisions": [decision(each) for each in decisions_of(release)],
    }


def _offer(offer: offers.Offer) -> dict[str, Any]:
    return {
        "kind": offer.kind,
        "column": offer.column,
        "code": offer.code,
        "name": str(offer.name),
        "count": offer.count,
        "rows": offer.rows,
        "blocking": offer.blocking,
        "kept": offer.kept,
        "where": str(offer.where or ""),
        "why": [str(each) for each in offer.why],
        "example": offer.example,
        "default": offer.default,
        "actions": [
            {"action": option.key, "words": str(option.words), "second": option.second} for option in offer.options
        ],
    }


def decision(made: Decision) -> dict[str, Any]:
    """One decision for programs."""
    return {
        "id": made.pk,
        "kind": made.kind,
        "column": made.column,
        "code": made.code,
        "action": made.action,
        "options": made.options,
        "state": made.state,
        "reason": made.reason,
        "asked_by": made.asked_by.login if made.asked_by else "",
        "asked_at": made.asked_at.isoformat(),
        "second": made.second.login if made.second else "",
        "second_reason": made.second_reason,
    }


def in_words(made: Decision) -> Text:
    """What was decided about what: ‘연락처’ 전화번호: 가림."""
    about = words.decided_about(made.kind, made.code)
    action = words.action(made.action)
    column = f"‘{made.column}’ " if made.column else ""
    return Text(
        f"{column}{about.ko}: {action.ko}", f"{column}{about.en}: {action.en}".replace("‘", "“").replace("’", "”")
    )
