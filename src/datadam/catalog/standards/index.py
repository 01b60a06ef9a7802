"""The lists laid out for looking up: thirteen thousand terms, found by name, synonym, abbreviation and word."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from datadam.catalog.standards.entries import Domain, Term, Word
from datadam.catalog.standards.naming import core

STANDARD, SYNONYM, FORBIDDEN = "word", "word_synonym", "word_forbidden"
RANK = {STANDARD: 0, SYNONYM: 1, FORBIDDEN: 2}
Piece = tuple[Word, str, str]  # the standard word, as what it stood there, and how it was written


class Glossary:
    """Immutable once made; safe to share between requests."""

    def __init__(self, terms: Iterable[Term], words: Iterable[Word], domains: Iterable[Domain]) -> None:
        self.terms, self.words = list(terms), list(words)
        self.domains = {domain.name: domain for domain in domains}
        self.by_name = {core(term.name): term for term in self.terms}
        self.by_synonym: dict[str, list[Term]] = defaultdict(list)
        self.by_abbreviation: dict[str, list[Term]] = defaultdict(list)
        for term in self.terms:
            if term.abbreviation:
                self.by_abbreviation[term.abbreviation].append(term)
            for synonym in term.synonyms:
                self.by_synonym[core(synonym)].append(term)
        self.by_word: dict[str, tuple[Word, str]] = {}
        self.word_by_abbreviation: dict[str, list[Word]] = defaultdict(list)
        self._lay_out_words()
        self.longest = max(map(len, self.by_word), default=0)
        self.usual = self._usual_domains()

    def _lay_out_words(self) -> None:
        """A standard word goes before another's synonym, and that before a forbidden one."""
        for word in self.words:
            self.by_word.setdefault(core(word.name), (word, STANDARD))
            if word.abbreviation:
                self.word_by_abbreviation[word.abbreviation].append(word)
        for kind, others in ((SYNONYM, "synonyms"), (FORBIDDEN, "forbidden")):
            for word in self.words:
                for other in getattr(word, others):
                    self.by_word.setdefault(core(other), (word, kind))
        self.by_word.pop("", None)

    def _usual_domains(self) -> dict[str, str]:
        """Classification → the domain that most terms of it have: what a composed name may take."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for domain in self.domains.values():
            counts[domain.classification][domain.name] += 0
        for term in self.terms:
            if term.domain in self.domains:
                counts[self.domains[term.domain].classification][term.domain] += 1
        return {classification: names.most_common(1)[0][0] for classification, names in counts.items()}

    def split(self, text: str) -> list[Piece] | None:
        """The words that a name (its core) is made of: as few as can be, longest first. None when a rest is left."""
        best: list[tuple[int, int, list[Piece]] | None] = [None] * (len(text) + 1)
        best[0] = (0, 0, [])
        for start in range(len(text)):
            reached = best[start]
            if reached is None:
                continue
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                found = self.by_word.get(text[start:end])
                if found is None:
                    continue
                cost = (reached[0] + 1, reached[1] + RANK[found[1]])
                held = best[end]
                if held is None or cost <= held[:2]:
                    best[end] = (*cost, [*reached[2], (*found, text[start:end])])
        whole = best[len(text)]
        return whole[2] if whole and text else None

    def spelled(self, parts: Iterable[str]) -> list[Word] | None:
        """The words of English abbreviations, when each stands for one word alone."""
        found = [self.word_by_abbreviation.get(part, []) for part in parts]
        return [words[0] for words in found] if found and all(len(words) == 1 for words in found) else None

    def synonyms(self, text: str) -> list[str]:
        """Other ways to say a word or term, the standard one first."""
        wanted = core(text)
        said: list[str] = []
        for term in [t for t in (self.by_name.get(wanted), *self.by_synonym.get(wanted, ())) if t]:
            said += [term.name, *term.synonyms]
        if wanted in self.by_word:
            word = self.by_word[wanted][0]
            said += [word.name, *word.synonyms, *word.forbidden]
        return [each for each in dict.fromkeys(said) if core(each) != wanted]
