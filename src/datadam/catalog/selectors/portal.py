"""Our datasets as the national portal's registration wants them, and its list compared with them."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from datadam.catalog.models import Dataset, PortalEntry, PortalImport, PortalPair, Release
from datadam.catalog.portal import pairing, registration
from datadam.catalog.selectors import conformance
from datadam.catalog.selectors.glossary import glossary
from datadam.core.public import Actor, Organisation

REGISTRABLE = (Dataset.State.DRAFT, Dataset.State.PUBLISHED)


def subject(dataset: Dataset) -> registration.Subject:
    """The dataset by its newest published release, or before the first one by its newest."""
    published = dataset.releases.filter(state=Release.State.PUBLISHED).order_by("-number").first()
    release = published or conformance.release_of(dataset)
    return registration.Subject(dataset, release, conformance.recognised(dataset, release), glossary())


def registered(dataset: Dataset) -> dict[str, Any]:
    """The registration of one dataset: items, columns and gaps."""
    about = subject(dataset)
    items = registration.items(about)
    columns = registration.columns(about)
    return {
        "dataset": dataset,
        "items": items,
        "columns": columns,
        "missing": [item for item in items if item.state == "missing"],
        "unnamed": registration.unnamed(columns),
        "ready": all(item.state != "missing" for item in items),
    }


def registrations(actor: Actor, organisation: Organisation) -> list[dict[str, Any]]:
    """Of every dataset of an organisation that is open or may become so."""
    rows = conformance.within(actor, organisation).filter(state__in=REGISTRABLE)
    return [registered(dataset) for dataset in rows]


def as_data(made: dict[str, Any]) -> dict[str, Any]:
    """A registration as JSON."""
    return {
        "dataset": made["dataset"].name,
        "ready": made["ready"],
        "fields": [
            {
                "code": item.field.code, "name": item.field.name, "value": item.value, "needed": item.field.needed,
                "state": item.state, "verified": item.field.proven,
            }
            for item in made["items"]
        ],
        "missing": [item.field.code for item in made["missing"]],
        "columns": made["columns"],
        "columns_without_english_name": made["unnamed"],
    }  # fmt: skip


def last_import() -> PortalImport | None:
    return PortalImport.objects.select_related("person").order_by("-pk").first()


def comparison(actor: Actor, organisation: Organisation | None = None) -> pairing.Comparison:
    """The portal's list against what is published here; of one organisation, or of the city."""
    rows = conformance.within(actor, organisation).filter(state=Dataset.State.PUBLISHED)
    entries = PortalEntry.objects.order_by("provider", "title", "pk")
    wanted = [e for e in entries if organisation is None or pairing.same_provider(e.provider, organisation.title)]
    said = PortalPair.objects.values_list("key", "dataset_id", "same")
    return pairing.compare(wanted, [ours(dataset) for dataset in rows], said)


def ours(dataset: Dataset) -> pairing.Ours:
    """A dataset as it is compared."""
    return pairing.Ours(
        dataset.pk,
        dataset.name,
        dataset.title,
        dataset.organisation.title,
        dataset.theme,
        dataset.licence,
        dataset.source_url,
        timezone.localdate(dataset.updated_at).isoformat(),
    )


CSV = (
    "구분",
    "포털 목록키",
    "포털 제목",
    "포털 기관",
    "포털 수정일",
    "우리 자료",
    "우리 제목",
    "우리 기관",
    "까닭",
    "차이",
)


def lines(made: pairing.Comparison) -> Iterable[list[str]]:
    """The comparison as rows under CSV's names."""
    for pair in made.both:
        told = "; ".join(f"{pairing.DIFFERENCES[name].ko}: {there} ↔ {here}" for name, there, here in pair.differences)
        yield ["양쪽", *_there(pair.entry), *_here(pair.ours), pair.reason.ko, told]
    for entry in made.there:
        yield ["포털에만", *_there(entry), "", "", "", "", ""]
    for each in made.here:
        yield ["여기에만", "", "", "", "", *_here(each), "", ""]


def _there(entry: Any) -> list[str]:
    return [entry.key, entry.title, entry.provider, f"{entry.updated or ''}"]


def _here(each: pairing.Ours) -> list[str]:
    return [each.name, each.title, each.provider]


def compared(made: pairing.Comparison) -> dict[str, Any]:
    """The comparison as JSON."""
    return {
        "there": [_entry(entry) for entry in made.there],
        "here": [{"dataset": each.name, "title": each.title, "organisation": each.provider} for each in made.here],
        "both": [
            {
                "key": pair.entry.key,
                "dataset": pair.ours.name,
                "code": pair.code,
                "sure": pair.sure,
                "ko": pair.reason.ko,
                "en": pair.reason.en,
                "differences": [{"field": f, "there": there, "here": here} for f, there, here in pair.differences],
            }
            for pair in made.both
        ],
    }


def _entry(entry: Any) -> dict[str, str]:
    return {"key": entry.key, "title": entry.title, "provider": entry.provider, "url": entry.url}


REGISTERED = ("자료 이름", *(each.name for each in registration.FIELDS), "빠진 항목")
DEFINED = ("자료 이름", *registration.COLUMN_HEADS)
GAPS = ("자료 이름", "제목", "빠진 항목", "영문명이 없는 열")


def tables(made: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    """Registrations as the sheets of a workbook: datasets, columns, and which items are not verified."""
    listed = [
        [
            each["dataset"].name,
            *(item.value for item in each["items"]),
            ", ".join(i.field.name for i in each["missing"]),
        ]
        for each in made
    ]
    columns = [[each["dataset"].name, *column.values()] for each in made for column in each["columns"]]
    notes = [
        [each.name, "필요" if each.needed else "선택", "" if each.proven else "포털 화면에서 확인하지 못함"]
        for each in registration.FIELDS
    ]
    return [
        ("목록", REGISTERED, listed),
        ("컬럼", DEFINED, columns),
        ("항목 설명", ("항목", "필요 여부", "확인"), notes),
    ]
