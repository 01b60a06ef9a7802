"""Importing the national portal's list, and saying which of it is which dataset."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from datadam.catalog import policies
from datadam.catalog.models import Dataset, PortalEntry, PortalImport, PortalPair
from datadam.catalog.portal import listed
from datadam.catalog.portal.pairing import same_provider
from datadam.catalog.services.glossary import BATCH, PROBLEMS, sheets_of
from datadam.core import city, events
from datadam.core import selectors as core
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

NOT_A_LIST = Text(
    "국가포털의 목록이 아닙니다. 머리글에 목록키, 목록명, 기관명이 있는 파일(목록개방현황)을 주십시오.",
    "This is not a list of the national portal. Give a file whose header has 목록키, 목록명 and 기관명.",
)
NONE_OF_OURS = Text(
    "{n}행을 읽었지만 기관명에 ‘{provider}’이(가) 든 행이 없습니다.",
    "{n} rows were read, none of which has a provider named “{provider}”.",
)


def import_list(*, actor: Actor, path: Path, filename: str, provider: str = "") -> PortalImport:
    """Keep the rows whose provider's name contains `provider` (the city's short name without it) or is one of ours."""
    policies.may_see_city_reports(actor).require()
    provider = provider.strip()[:100] or city.city().short.ko
    sheet, columns = _list_of(path, filename)
    kept, problems, read = _kept(sheet, columns, provider)
    if not kept:
        raise Invalid(NONE_OF_OURS.format(n=read, provider=provider), code="no_provider", provider=provider, read=read)
    with transaction.atomic():
        PortalEntry.objects.all().delete()
        PortalEntry.objects.bulk_create([PortalEntry(**asdict(e)) for e in kept.values()], batch_size=BATCH)
        made = PortalImport.objects.create(
            person=actor,
            filename=filename[:255],
            provider=provider,
            read=read,
            kept=len(kept),
            problems=problems[:PROBLEMS],
        )
        events.record(actor=actor, verb="portal.import", subject=made, read=read, kept=len(kept))
    return made


def _list_of(path: Path, filename: str) -> tuple[Any, dict[str, str]]:
    for sheet in sheets_of(path, filename):
        columns = listed.recognised(sheet.header)
        if columns is not None:
            return sheet, columns
    raise Invalid(NOT_A_LIST, code="not_a_portal_list", file=filename)


def _kept(
    sheet: Any, columns: dict[str, str], provider: str
) -> tuple[dict[str, listed.Entry], list[dict[str, Any]], int]:
    """(our entries by key, problems, how many rows there were)."""
    titles = list(core.organisations().values_list("title", flat=True))
    known: dict[str, bool] = {}
    kept: dict[str, listed.Entry] = {}
    problems: list[dict[str, Any]] = []
    read = 0
    for line, row in sheet.rows():
        read += 1
        whose = str(row.get(columns["provider"]) or "")
        if whose not in known:
            known[whose] = provider in whose or any(same_provider(whose, title) for title in titles)
        if not known[whose]:
            continue
        entry = listed.entry(columns, row)
        if isinstance(entry, str):
            problems.append({"line": line, "code": entry, "text": whose[:80]})
        else:
            kept[entry.key] = entry
    problems += [{"line": line, "code": "unreadable", "text": text[:80]} for line, text in sheet.bad]
    return kept, problems, read


def pair(*, actor: Actor, key: str, dataset: Dataset, same: bool | None) -> None:
    """Say that an entry is this dataset, that it is not, or (None) take back what was said."""
    policies.may_edit(actor, dataset).require()
    if not PortalEntry.objects.filter(key=key).exists():
        raise NotFound(Text("국가포털 목록에 없는 자료입니다.", "The portal's list holds no such dataset."), key=key)
    with transaction.atomic():
        if same and PortalPair.objects.filter(key=key, same=True).exclude(dataset=dataset).exists():
            raise Conflict(Text("이미 다른 자료와 짝지었습니다.", "It is paired with another dataset."), key=key)
        if same is None:
            PortalPair.objects.filter(key=key, dataset=dataset).delete()
        else:
            PortalPair.objects.update_or_create(key=key, dataset=dataset, defaults={"same": same, "person": actor})
        events.record(actor=actor, verb="portal.pair", subject=dataset, key=key, same=same)
