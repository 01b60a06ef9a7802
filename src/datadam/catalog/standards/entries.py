"""The three linked lists in memory."""

from dataclasses import dataclass

TERMS, WORDS, DOMAINS = "terms", "words", "domains"
LISTS = (TERMS, WORDS, DOMAINS)


@dataclass(frozen=True)
class Domain:
    """공통표준도메인."""

    name: str
    group: str = ""
    classification: str = ""
    description: str = ""
    data_type: str = ""
    length: int | None = None
    scale: int | None = None
    storage_format: str = ""
    display_format: str = ""
    unit: str = ""
    allowed: str = ""
    edition: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Word:
    """공통표준단어."""

    name: str
    abbreviation: str = ""
    english: str = ""
    description: str = ""
    is_form: bool = False
    classification: str = ""
    synonyms: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    edition: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.name, self.abbreviation)


@dataclass(frozen=True)
class Term:
    """공통표준용어."""

    name: str
    description: str = ""
    abbreviation: str = ""
    domain: str = ""
    allowed: str = ""
    storage_format: str = ""
    display_format: str = ""
    code_name: str = ""
    agency: str = ""
    synonyms: tuple[str, ...] = ()
    edition: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.name,)


Entry = Term | Word | Domain
