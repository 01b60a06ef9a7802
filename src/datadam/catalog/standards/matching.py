"""Recognising a release's columns as standard terms, each candidate with its score and its reasons.

The name alone makes a candidate; the values then speak for or against it. Nothing is decided here: `sure` says that
the name leaves one reading and the values do not contradict it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datadam.catalog.standards.entries import Domain, Term
from datadam.catalog.standards.fitting import Clue, fit
from datadam.catalog.standards.index import FORBIDDEN, SYNONYM, Glossary, Piece
from datadam.catalog.standards.naming import Name, core, taken_apart

SCORES = {
    "exact": 1.0, "abbreviation": 0.97, "dress": 0.95, "synonym": 0.9, "forbidden": 0.88, "replaced": 0.85,
    "spelled": 0.8, "numbered": 0.7, "composed": 0.6, "meant": 0.5,
}  # fmt: skip
SURE = ("exact", "abbreviation", "dress", "synonym", "forbidden", "replaced")
STANDARD = ("exact", "abbreviation")
AGREES, CONTRADICTS = 0.02, 0.25


@dataclass(frozen=True)
class Match:
    """A column may be this term. `published` is False for a name composed of standard words that is no term."""

    term: str
    kind: str
    score: float
    published: bool
    abbreviation: str
    domain: str
    description: str
    reasons: list[Clue]
    conflicts: list[Clue]
    steps: list[dict[str, Any]]  # of the recipe, by the column's name in the file
    sure: bool = False


@dataclass(frozen=True)
class Recognised:
    """A column with its candidates, best first. `state`: standard, words (made of them), sure, ask or unknown."""

    column: str  # as it is shown
    source: str  # its name in the file
    type: str
    matches: list[Match] = field(default_factory=list)
    rest: str = ""  # what of the name is no standard word

    @property
    def best(self) -> Match | None:
        return self.matches[0] if self.matches else None

    @property
    def state(self) -> str:
        best = self.best
        if best is None:
            return "unknown"
        if best.kind in STANDARD:
            return "standard"
        if best.kind == "composed" and best.term == self.column:
            return "words"
        return "sure" if best.sure else "ask"

    @property
    def renamed(self) -> str:
        """The name that accepting the best candidate gives, or ""."""
        return next((step["to"] for step in self.best.steps if step["code"] == "rename"), "") if self.best else ""

    @property
    def fits_domain(self) -> bool:
        """Whether the values are those of the domain, as far as can be seen."""
        best = self.best
        return bool(best and best.domain and not best.conflicts and "retype" not in {s["code"] for s in best.steps})


Candidate = tuple[str, Term | None, str, list[Clue]]  # kind, the term, its name, why


def recognise(
    glossary: Glossary,
    columns: Sequence[Mapping[str, Any]],
    profiles: Iterable[Mapping[str, Any]] = (),
    *,
    declined: frozenset[tuple[str, str]] = frozenset(),
) -> list[Recognised]:
    """Columns and profiles as a release keeps them; `declined` are (name in the file, term)."""
    seen = {profile["name"]: profile for profile in profiles}
    taken = {core(column["name"]) for column in columns}
    made = [_recognised(glossary, column, seen.get(column["name"], {}), declined, taken) for column in columns]
    wanted = Counter(core(each.renamed) for each in made if each.renamed)
    return [_contested(each) if wanted[core(each.renamed)] > 1 else each for each in made]


def _contested(found: Recognised) -> Recognised:
    """Another column would get the same name: somebody has to choose."""
    best = found.matches[0]
    conflicts = [*best.conflicts, Clue("wanted_twice", {"term": best.term})]
    first = replace(best, conflicts=conflicts, sure=False, score=round(max(0.0, best.score - CONTRADICTS), 2))
    return replace(found, matches=[first, *found.matches[1:]])


def _recognised(
    glossary: Glossary,
    column: Mapping[str, Any],
    profile: Mapping[str, Any],
    declined: frozenset[tuple[str, str]],
    taken: set[str],
) -> Recognised:
    name, source = taken_apart(column["name"]), column.get("source") or column["name"]
    found: dict[str, Candidate] = {}
    for candidate in candidates(glossary, name):
        if (source, candidate[2]) not in declined:
            found.setdefault(candidate[2], candidate)
    if any(kind in SURE for kind, *_ in found.values()):
        found = {term: each for term, each in found.items() if each[0] not in ("composed", "meant")}
    made = [_match(glossary, column, profile, name, each, taken) for each in found.values()]
    made.sort(key=lambda match: -match.score)
    if len(made) > 1 and made[0].kind == made[1].kind and made[0].kind not in STANDARD:
        made = [_unsure(match, made[0].kind, len(made)) for match in made]
    return Recognised(column["name"], source, column["type"], made[:5], "" if made else _rest(glossary, name))


def _unsure(match: Match, kind: str, number: int) -> Match:
    if match.kind != kind:
        return match
    reasons = [*match.reasons, Clue("several", {"number": number})]
    return replace(match, reasons=reasons, sure=False)


def candidates(glossary: Glossary, name: Name) -> Iterator[Candidate]:
    """All that the name may mean, the plainest reading first."""
    exact = glossary.by_name.get(name.core)
    if exact:
        dressed = exact.name != name.raw
        clue = Clue("dress", {"name": name.raw, "term": exact.name}) if dressed else Clue("exact", {"term": exact.name})
        yield "dress" if dressed else "exact", exact, exact.name, [clue]
    if name.parts:
        yield from _english(glossary, name)
    for term in glossary.by_synonym.get(name.core, ()):
        yield "synonym", term, term.name, [Clue("synonym", {"name": name.raw, "term": term.name})]
    if not exact:
        yield from _decomposed(glossary, name)


def _english(glossary: Glossary, name: Name) -> Iterator[Candidate]:
    written = "_".join(name.parts)
    for term in glossary.by_abbreviation.get(written, ()):
        yield "abbreviation", term, term.name, [Clue("abbreviation", {"abbreviation": written, "term": term.name})]
    words = glossary.spelled(name.parts)
    if words and written not in glossary.by_abbreviation:
        made = "".join(word.name for word in words)
        told = " + ".join(f"{word.abbreviation} {word.name}" for word in words)
        yield "spelled", glossary.by_name.get(core(made)), made, [Clue("spelled", {"words": told})]


def _decomposed(glossary: Glossary, name: Name) -> Iterator[Candidate]:
    pieces = glossary.split(name.core)
    if pieces is None and name.number:
        yield from _numbered(glossary, name)
        return
    if not pieces or (len(pieces) == 1 and pieces[0][0].name == name.raw and not pieces[0][0].is_form):
        return
    made = "".join(word.name for word, _, _ in pieces)
    term = glossary.by_name.get(core(made)) or next(iter(glossary.by_synonym.get(core(made), ())), None)
    reasons = list(_of_pieces(pieces))
    if term:
        forbidden = any(kind == FORBIDDEN for _, kind, _ in pieces)
        kind = "forbidden" if forbidden else "replaced"
        yield kind, term, term.name, [*reasons, Clue("term_of_words", {"term": term.name})]
        return
    last = pieces[-1][0]
    ending = Clue("form_word" if last.is_form else "no_form_word", {"word": last.name, "kind": last.classification})
    yield "composed" if last.is_form else "meant", None, made, [*reasons, ending, Clue("no_such_term", {"name": made})]


def _numbered(glossary: Glossary, name: Name) -> Iterator[Candidate]:
    bare = name._replace(core=name.core.removesuffix(name.number), number="", parts=())
    for kind, term, made, reasons in candidates(glossary, bare):
        if kind in (*SURE, "spelled"):
            why = [*reasons[:2], Clue("numbered", {"number": name.number})]
            yield "numbered", term, f"{made}{name.number}", why


def _of_pieces(pieces: Sequence[Piece]) -> Iterator[Clue]:
    yield Clue("words", {"words": " + ".join(word.name for word, _, _ in pieces)})
    for word, kind, written in pieces:
        if kind in (SYNONYM, FORBIDDEN):
            yield Clue(kind, {"word": written, "standard": word.name})


def _rest(glossary: Glossary, name: Name) -> str:
    """What of the name no standard word covers, where words begin or end it; else the whole of it."""
    text = name.core
    head = next((at for at in range(len(text), 0, -1) if glossary.split(text[:at])), 0)
    tail = next((at for at in range(head + 1, len(text)) if glossary.split(text[at:])), len(text))
    return text[head:tail][:20]


def _match(
    glossary: Glossary,
    column: Mapping[str, Any],
    profile: Mapping[str, Any],
    name: Name,
    candidate: Candidate,
    taken: set[str],
) -> Match:
    kind, term, made, reasons = candidate
    domain = _domain(glossary, term, made)
    fitted = fit(column, profile, domain, term)
    clash = kind not in STANDARD and core(made) in taken and core(made) != core(column["name"])
    conflicts = [*fitted.conflicts, *([Clue("name_taken", {"term": made})] if clash else [])]
    score = SCORES[kind] + AGREES * bool(fitted.support) - CONTRADICTS * len(conflicts)
    if domain and domain.unit and name.unit:
        agree = core(domain.unit) == core(name.unit)
        clue = Clue("unit_fits" if agree else "unit_differs", {"unit": name.unit, "wanted": domain.unit})
        (fitted.support if agree else conflicts).append(clue)
    return Match(
        term=made,
        kind=kind,
        score=round(min(1.0, max(0.0, score)), 2),
        published=term is not None and kind != "numbered",
        abbreviation=term.abbreviation if term else "",
        domain=domain.name if domain else "",
        description=term.description if term else "",
        reasons=[*reasons, *fitted.support],
        conflicts=conflicts,
        steps=list(_steps(column, name, kind, term, made, domain, fitted.retype)),
        sure=kind in SURE and not conflicts,
    )


def _domain(glossary: Glossary, term: Term | None, made: str) -> Domain | None:
    """The term's own domain, or for a composed name the usual one of its last word's classification."""
    if term:
        return glossary.domains.get(term.domain)
    pieces = glossary.split(core(made))
    last = pieces[-1][0] if pieces else None
    return glossary.domains.get(glossary.usual.get(last.classification, "")) if last and last.is_form else None


def _steps(
    column: Mapping[str, Any], name: Name, kind: str, term: Term | None, made: str, domain: Domain | None, retype: str
) -> Iterator[dict[str, Any]]:
    """What accepting it does: a name, a type, and words for what is not described yet."""
    source = column.get("source") or column["name"]
    if kind not in STANDARD and made != column["name"]:
        yield {"code": "rename", "column": source, "to": made, "applied": True}
    if retype:
        yield {"code": "retype", "column": source, "type": retype, "applied": True}
    unit = column.get("unit") or name.unit or (domain.unit if domain else "")
    if term and term.description and not column.get("description"):
        told = {"text": " ".join(term.description.split())[:500], **({"unit": unit} if unit else {})}
        yield {"code": "describe", "column": source, **told, "applied": True}
