"""What waits on desks and what people are told of: sources that fail, files that came by themselves."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from datadam.catalog import policies, words
from datadam.core.extensions import Choice, Letter, Tray, Waiting, add_notice, add_tray, add_words
from datadam.core.public import Actor
from datadam.web.text import Text

AGREE = Text("지금 한 번 더 가져와 봅니다.", "It is fetched once more, now.")


def register() -> None:
    """Called once, when the room is ready."""
    add_words(words.EVENTS)
    add_tray(
        Tray(
            "sources",
            Text("가져오지 못한 자료", "Sources that fail"),
            failing,
            (
                Choice("retry", Text("다시 가져오기", "Fetch again"), _retry),
                Choice("pause", Text("멈추기", "Pause"), _pause, undo="resume"),
                Choice("resume", Text("다시 시작", "Resume"), _resume, offered=False),
            ),
            order=60,
            audience=lambda actor: policies.of_city(actor) or bool(policies.memberships(actor)),
        )
    )
    add_notice("source.failed", Text("자료를 가져오지 못했을 때", "When fetching fails"), _tell_failed)
    add_notice("source.fetched", Text("새 파일을 가져왔을 때", "When a new file was fetched"), _tell_fetched)


def failing(actor: Actor) -> Iterable[Waiting]:
    """The sources whose last look failed, for the stewards of their organisations and the city."""
    from datadam.catalog.models import Source

    rows = Source.objects.filter(failures__gt=0).select_related("organisation", "dataset")
    for source in rows.order_by("last_run")[:200]:
        if policies.may_upload(actor, source.organisation):
            yield Waiting(
                id=str(source.pk),
                title=title_of(source),
                why=_why(source),
                agree=AGREE,
                url=url_of(source),
                since=source.last_run or source.created_at,
                urgent=not source.active,
            )


def title_of(source: Any) -> str:
    return str(source.dataset.title if source.dataset else source.title)


def url_of(source: Any) -> str:
    return reverse("source", args=[source.pk])


def _why(source: Any) -> Text:
    run = source.runs.filter(outcome="failed").order_by("-pk").first()
    said = Text(**run.message) if run and run.message else Text("가져오지 못했습니다.", "Fetching failed.")
    if source.active:
        return said
    return Text(
        f"{said.ko} {source.failures}번 실패해 멈추었습니다.", f"{said.en} Paused after {source.failures} failures."
    )


def _retry(*, actor: Actor, id: str) -> None:
    from datadam.catalog.services import sources

    sources.start(actor=actor, source=sources.source_for(actor, id))


def _pause(*, actor: Actor, id: str) -> None:
    from datadam.catalog.services import sources

    sources.pause(actor=actor, source=sources.source_for(actor, id))


def _resume(*, actor: Actor, id: str) -> None:
    from datadam.catalog.services import sources

    sources.resume(actor=actor, source=sources.source_for(actor, id))


def _stewards(source: Any) -> Iterable[Actor]:
    """Who is told: the organisation's stewards and admins, and who set the source."""
    people = Actor.objects.filter(
        is_active=True, memberships__organisation=source.organisation_id, memberships__role__in=policies.STEWARDS
    )
    return {*people, *([source.created_by] if source.created_by and source.created_by.is_active else [])}


def _source(event: Any) -> Any:
    from datadam.catalog.models import Source

    return Source.objects.select_related("dataset", "created_by").filter(pk=event.subject_id).first()


def _tell_failed(event: Any) -> Iterable[Letter]:
    source = _source(event)
    if source is None or (event.data.get("failures", 1) > 1 and not event.data.get("paused")):
        return []  # told once when it starts to fail, and once when it is paused
    title, why = title_of(source), _why(source)
    said = Text(f"‘{title}’ 자료를 가져오지 못했습니다: {why.ko}", f"“{title}” could not be fetched: {why.en}")
    return [Letter(person, said, url_of(source)) for person in _stewards(source)]


def _tell_fetched(event: Any) -> Iterable[Letter]:
    source = _source(event)
    if source is None:
        return []
    title, outcome = title_of(source), str(event.data.get("outcome", "new"))
    said = {
        "held": Text(f"‘{title}’의 새 파일이 확인을 기다립니다.", f"A new file of “{title}” waits for confirmation."),
        "published": Text(f"‘{title}’의 새 판을 공개했습니다.", f"A new release of “{title}” was published."),
    }.get(outcome, Text(f"‘{title}’의 새 판이 공개를 기다립니다.", f"A new draft of “{title}” waits to be published."))
    return [Letter(person, said, url_of(source)) for person in _stewards(source)]
