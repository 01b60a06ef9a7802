"""Findings on desks and in notices: what waits for a decision, for a second person, and who is told."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse

from datadam.catalog import policies, words
from datadam.catalog.models import Decision, Release
from datadam.catalog.offers import Offer
from datadam.catalog.selectors import decisions as kept
from datadam.catalog.services import safety
from datadam.core import extensions
from datadam.core import selectors as core
from datadam.core.desk import whole_id
from datadam.core.errors import NotFound
from datadam.core.extensions import Choice, Letter, Tray, Waiting
from datadam.core.public import Actor
from datadam.web.text import Text

EXPOSING = ("personal_data", "small_cells")  # reasons that ask a person to decide what is told of people
SECOND = Text("두 번째 확인", "A second person's word")
ANSWERED = Text("두 번째 확인의 답", "Answers of second persons")
READ = Text(
    "열어서 까닭을 읽고, 동의하거나 반대하는 까닭을 적습니다.", "Open it, read why, and say why you agree or refuse."
)
CHOOSE = Text("열어서 무엇을 세는지 정합니다.", "Open it and say what it counts.")
UNDONE = Text("되돌리면 다시 결정을 기다립니다.", "Undone, it waits for a decision again.")
GONE = Text("이미 처리되었습니다.", "That has been dealt with already.")


def register() -> None:
    """Called once, when the room is ready."""
    extensions.add_tray(
        Tray(
            "catalog.personal",
            Text("사람이 드러날 수 있는 판", "Releases that may tell who somebody is"),
            _exposing,
            (
                Choice("usual", Text("기본대로 처리", "Do the usual"), _usual, undo="undo_usual"),
                Choice("undo_usual", Text("결정 되돌리기", "Undo the decision"), _undo, offered=False),
            ),
            order=25,
            count=lambda actor: undecided(actor).count(),
            audience=_keeps,
            decided=_decided,
        )
    )
    extensions.add_tray(
        Tray(
            "catalog.second",
            SECOND,
            _second,
            order=26,
            count=lambda actor: kept.for_second(actor).count(),
            audience=_keeps,
        )
    )
    extensions.add_notice("decision.make", SECOND, _asked)
    extensions.add_notice("decision.agree", ANSWERED, _answered)
    extensions.add_notice("decision.refuse", ANSWERED, _answered)


def _keeps(actor: Actor) -> bool:
    return policies.of_city(actor) or bool({*policies.memberships(actor).values()} & {*policies.STEWARDS})


def undecided(actor: Actor) -> QuerySet[Release]:
    """Releases of whom the actor looks after that are held for personal data or small cells."""
    from datadam.catalog import desk

    told = [Q(because__contains=f'"{code}"') for code in EXPOSING]
    return desk.held(actor).annotate(because=KT("report__reasons")).filter(reduce(or_, told))


def _exposing(actor: Actor) -> Iterator[Waiting]:
    from datadam.catalog import desk

    rows = undecided(actor).defer(None).defer("profile")
    for release in rows.prefetch_related("dataset__decisions", "dataset__recipes")[: desk.MOST]:
        left = _left(release)
        why = _found(left) if left else Text("두 번째 사람의 동의를 기다립니다.", "It waits for a second person.")
        usual = [offer for offer in left if offer.default]
        agree = _usual_words(usual) if usual else CHOOSE if left else READ
        url = reverse("release_findings", args=[release.dataset.name, release.number])
        title = desk.title(release)
        yield Waiting(str(release.pk), title, why, agree, url, release.created_at, urgent=True, ready=bool(usual))


def _left(release: Release) -> list[Offer]:
    return [offer for offer in safety.undecided(release) if offer.blocking]


def _found(offers: list[Offer]) -> Text:
    each = [_one(offer) for offer in offers[:5]]
    ko, en = ", ".join(one.ko for one in each), ", ".join(one.en for one in each)
    more = Text(f" 밖에 {len(offers) - 5}가지", f" and {len(offers) - 5} more") if len(offers) > 5 else Text("", "")
    return Text(f"{ko}{more.ko}.", f"{en}{more.en}.")


def _one(offer: Offer) -> Text:
    if not offer.column:
        return Text(f"{offer.name.ko} {offer.count:,}개", f"{offer.count:,} × {offer.name.en.lower()}")
    return Text(
        f"{offer.column} 열의 {offer.name.ko} {offer.count:,}건",
        f"{offer.count:,} × {offer.name.en} in “{offer.column}”",
    )


def _usual_words(offers: list[Offer]) -> Text:
    """What the usual choices do: ‘주민번호’ 뺌, ‘연락처’ 가림."""
    done = [(o, words.action(o.default.partition(":")[0])) for o in offers[:5]]
    ko = ", ".join(f"‘{o.column or o.name.ko}’ {action.ko}" for o, action in done)
    en = ", ".join(f"“{o.column or o.name.en}” {action.en}" for o, action in done)
    more = " …" if len(offers) > 5 else ""
    return Text(f"기본대로 하면: {ko}{more}. 다시 읽어 초안이 됩니다.", f"The usual: {en}{more}. It becomes a draft.")


def _second(actor: Actor) -> Iterator[Waiting]:
    from datadam.catalog import desk

    for decision in kept.for_second(actor)[: desk.MOST]:
        url, title = _url(decision), f"{decision.dataset.title} · {kept.in_words(decision)}"
        who = decision.asked_by.name if decision.asked_by else "–"
        why = Text(f"{who}: {decision.reason}", f"{who}: {decision.reason}")
        yield Waiting(str(decision.pk), title, why, READ, url, decision.asked_at, ready=False)


def _url(decision: Decision) -> str:
    if decision.release is None:
        return reverse("dataset", args=[decision.dataset.name])
    return reverse("release_findings", args=[decision.dataset.name, decision.release.number])


def _decided(actor: Actor) -> Iterator[Waiting]:
    """Releases not yet published about which the actor decided."""
    from datadam.catalog import desk

    rows = Decision.objects.filter(asked_by=actor, state__in=safety.OPEN, release__state__in=("draft", "held"))
    by_release: dict[Release, list[Decision]] = {}
    for decision in rows.select_related("release__dataset").defer(*desk.heavy("release__"))[: desk.MOST]:
        if decision.release is not None:
            by_release.setdefault(decision.release, []).append(decision)
    for release, made in by_release.items():
        each = [kept.in_words(decision) for decision in made[:5]]
        told = Text("; ".join(text.ko for text in each), "; ".join(text.en for text in each))
        url = reverse("release_findings", args=[release.dataset.name, release.number])
        yield Waiting(str(release.pk), desk.title(release), told, UNDONE, url, made[0].asked_at, undo="undo_usual")


def _release(actor: Actor, raw: str) -> Release:
    rows = Release.objects.select_related("dataset__organisation", "dataset__resource", "upload")
    found = rows.filter(pk=whole_id(raw)).first()
    if found is None or not policies.may_see_release(actor, found):
        raise NotFound(GONE)
    return found


def _usual(*, actor: Actor, id: str) -> None:
    safety.decide_usual(actor=actor, release=_release(actor, id))


def _undo(*, actor: Actor, id: str) -> None:
    safety.withdraw_all(actor=actor, release=_release(actor, id))


# Notices


def _decision(event: Any) -> Decision | None:
    rows = Decision.objects.select_related("dataset", "release", "asked_by", "second")
    return rows.filter(pk=event.subject_id).first()


def _asked(event: Any) -> Iterator[Letter]:
    """Who may be the second person: once for all that is asked about a release at a time."""
    decision = _decision(event)
    if decision is None or decision.state != Decision.State.WAITING:
        return
    earlier = Decision.objects.filter(release=decision.release_id, state=Decision.State.WAITING, pk__lt=decision.pk)
    if earlier.filter(asked_by=decision.asked_by_id).exists():
        return
    title = decision.dataset.title
    told = Text(
        f"‘{title}’에서 찾은 것을 그대로 싣자고 합니다. 두 번째 사람의 확인을 기다립니다.",
        f"“{title}”: somebody asks to publish a finding as it is. A second person must agree.",
    )
    people = {*core.people_of(decision.dataset.organisation_id, *policies.STEWARDS), *core.people_of_city("officer")}
    for person in people:
        if person.pk != decision.asked_by_id:
            yield Letter(person, told, _url(decision))


def _answered(event: Any) -> Iterator[Letter]:
    decision = _decision(event)
    if decision is None or decision.asked_by is None:
        return
    what = kept.in_words(decision)
    ko, en = ("동의", "agreed to") if event.verb == "decision.agree" else ("반대", "refused")
    told = Text(f"두 번째 사람이 {ko}했습니다: {what.ko}", f"A second person {en}: {what.en}")
    yield Letter(decision.asked_by, told, _url(decision))
