"""The common standard terms as they are kept: the whole of them for matching, a page of them for people."""

from dataclasses import fields
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from datadam.catalog.models import GlossaryImport, StandardDomain, StandardTerm, StandardWord
from datadam.catalog.standards.entries import DOMAINS, TERMS, WORDS, Domain, Term, Word
from datadam.catalog.standards.index import Glossary

MODELS: dict[str, Any] = {TERMS: StandardTerm, WORDS: StandardWord, DOMAINS: StandardDomain}
ENTRIES: dict[str, Any] = {TERMS: Term, WORDS: Word, DOMAINS: Domain}
PAGE = 30


def entries(kind: str) -> dict[tuple[str, ...], Any]:
    """What is kept of one list, by key."""
    names = [each.name for each in fields(ENTRIES[kind])]
    lists = [at for at, name in enumerate(names) if name in ("synonyms", "forbidden")]
    kept = {}
    for values in MODELS[kind].objects.order_by("pk").values_list(*names):
        row = [tuple(value) if at in lists else value for at, value in enumerate(values)]
        entry = ENTRIES[kind](*row)
        kept[entry.key] = entry
    return kept


def last_import() -> GlossaryImport | None:
    return GlossaryImport.objects.select_related("person").order_by("-pk").first()


def glossary() -> Glossary | None:
    """The lists laid out for looking up, made once after each import; None while nothing was imported."""
    last = GlossaryImport.objects.order_by("-pk").values_list("pk", "at").first()
    return _laid_out(*last) if last else None


@lru_cache(1)
def _laid_out(pk: int, at: Any) -> Glossary:
    return Glossary(*(entries(kind).values() for kind in (TERMS, WORDS, DOMAINS)))


def synonyms(word: str) -> list[str]:
    """Other ways to say a word, for searching."""
    found = glossary()
    return found.synonyms(word) if found else []


def status() -> dict[str, Any]:
    """How much there is of each list, and what the last import said."""
    last = last_import()
    return {
        **{kind: model.objects.count() for kind, model in MODELS.items()},
        "edition": last.edition if last else "",
        "imported_at": last.at if last else None,
        "last": last,
    }


def find(kind: str, query: str) -> QuerySet[Any]:
    """Entries in whose name, abbreviation, synonyms or description the words stand; exact names first."""
    rows = MODELS[kind].objects.all()
    for word in query[:200].split()[:8]:
        wanted = Q(name__icontains=word) | Q(description__icontains=word)
        if kind != DOMAINS:
            wanted |= Q(abbreviation__icontains=word) | Q(name__in=synonyms(word))
        rows = rows.filter(wanted)
    return rows.order_by("name", "pk")


def said_otherwise(query: str) -> list[str]:
    """Names of the standard terms and words that a query is a synonym of."""
    found = glossary()
    known = {term.name for term in found.terms} | {word.name for word in found.words} if found else set()
    return [each for each in synonyms(query) if each in known][:10]


def told(row: Any) -> dict[str, Any]:
    """An entry as JSON, without what is empty."""
    kind = next(kind for kind, model in MODELS.items() if isinstance(row, model))
    values = {each.name: getattr(row, each.name) for each in fields(ENTRIES[kind])}
    return {name: value for name, value in values.items() if value not in ("", None, [])}
