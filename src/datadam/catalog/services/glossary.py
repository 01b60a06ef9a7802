"""Importing the common standard terms, and deciding what they mean for a dataset's columns."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from datadam.catalog import policies, recipes
from datadam.catalog.models import Dataset, DeclinedMatch, GlossaryImport, Release
from datadam.catalog.selectors import conformance
from datadam.catalog.selectors import glossary as kept
from datadam.catalog.services import recipes as correcting
from datadam.catalog.standards import files, lists
from datadam.catalog.standards.entries import DOMAINS, TERMS
from datadam.core import events
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

BATCH = 500  # rows a statement; SQLite takes 32,766 values
PROBLEMS = 500  # kept of an import
HALF = 0.5
NOT_A_LIST = Text(
    "‘{name}’에서 공통표준용어·단어·도메인 목록을 찾지 못했습니다. 머리글에 공통표준용어명, 공통표준단어명이나"
    " 공통표준도메인명이 있는 파일을 주십시오.",
    "“{name}” holds none of the lists of terms, words and domains. Give a file whose header has 공통표준용어명,"
    " 공통표준단어명 or 공통표준도메인명.",
)
SHRINKS = Text(
    "‘{list}’ 목록이 {before}개에서 {after}개로 줄어듭니다. 목록 전체를 담은 파일인지 살피고, 맞으면 줄어도"
    " 받아들인다고 표시하십시오.",
    "The list of {list} would shrink from {before} to {after}. See whether the file holds the whole list, and say so if"
    " it does.",
)


def import_lists(*, actor: Actor, given: Sequence[tuple[Path, str]], replace: bool = False) -> GlossaryImport:
    """Take the lists of these (path, filename): each list that is there becomes what its files say, in one go.

    A list that would lose more than half of its entries is refused without `replace`.
    """
    policies.may_keep_glossary(actor).require()
    listed, problems = _read(given)
    problems += _unknown_domains(listed)
    with transaction.atomic():
        counts = {kind: _store(kind, list_, replace=replace) for kind, list_ in listed.items()}
        made = GlossaryImport.objects.create(
            person=actor,
            files=[{"filename": name, "sha256": _sha256(path)} for path, name in given],
            edition=lists.newest(entry.edition for list_ in listed.values() for entry in list_.entries.values())
            or getattr(kept.last_import(), "edition", ""),
            counts=counts,
            problems=problems[:PROBLEMS],
        )
        events.record(actor=actor, verb="glossary.import", subject=made, edition=made.edition, counts=counts)
    return made


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(given: Sequence[tuple[Path, str]]) -> tuple[dict[str, lists.Listed], list[dict[str, Any]]]:
    listed: dict[str, lists.Listed] = {}
    problems: list[dict[str, Any]] = []
    for path, filename in given:
        found = [_sheet(sheet) for sheet in sheets_of(path, filename)]
        if not any(each.entries for each in found if each):
            raise Invalid(NOT_A_LIST.format(name=filename), code="not_a_glossary", file=filename)
        for each in filter(None, found):
            problems += [{"file": filename, **asdict(problem)} for problem in each.problems]
            listed.setdefault(each.kind, lists.Listed(each.kind)).entries.update(each.entries)
            listed[each.kind].abolished += each.abolished
    return listed, problems


def sheets_of(path: Path, filename: str) -> list[files.Sheet]:
    """The tables of a file; what the lake refuses becomes Invalid."""
    from datadam.lake.errors import LakeError

    try:
        return files.sheets(path, filename)
    except LakeError as error:
        raise Invalid(Text(error.ko, error.en), code=error.code, file=filename) from error


def _sheet(sheet: files.Sheet) -> lists.Listed | None:
    known = lists.recognised(sheet.header)
    if known is None:
        return None
    made = lists.read(*known, sheet.rows())
    made.problems += [lists.Problem(line, "unreadable", text[:80]) for line, text in sheet.bad]
    made.problems.sort(key=lambda problem: problem.line)
    return made


def _unknown_domains(listed: dict[str, lists.Listed]) -> list[dict[str, Any]]:
    """Terms whose domain is in no list: they are kept, and told."""
    if TERMS not in listed:
        return []
    known = listed[DOMAINS].entries if DOMAINS in listed else kept.entries(DOMAINS)
    terms = listed[TERMS].entries.values()
    lost = [term for term in terms if getattr(term, "domain", "") and (getattr(term, "domain", ""),) not in known]
    return [{"file": "", "line": 0, "code": "unknown_domain", "text": term.name} for term in lost] if known else []


def _store(kind: str, listed: lists.Listed, *, replace: bool) -> dict[str, int]:
    """Make the kept list what was read; how many entries that changed."""
    before, after, model = kept.entries(kind), listed.entries, kept.MODELS[kind]
    gone = [key for key in before if key not in after]
    if len(gone) > HALF * len(before) and not replace:
        words = SHRINKS.format(list=kind, before=len(before), after=len(before) - len(gone))
        raise Invalid(words, code="would_shrink", list=kind, before=len(before), gone=len(gone))
    changed = [entry for key, entry in after.items() if before.get(key) != entry]
    unique = ["name", "abbreviation"] if kind == "words" else ["name"]
    names = [name for name in asdict(changed[0]) if name not in unique] if changed else []
    for at in range(0, len(gone), BATCH):
        part = gone[at : at + BATCH]
        rows = model.objects.filter(name__in=[key[0] for key in part])
        doomed = [pk for pk, *key in rows.values_list("pk", *unique) if tuple(key) in set(part)]
        model.objects.filter(pk__in=doomed).delete()
    model.objects.bulk_create(
        [model(**asdict(entry)) for entry in changed],
        batch_size=BATCH,
        update_conflicts=bool(changed),
        unique_fields=unique if changed else None,
        update_fields=names or None,
    )
    added = sum(entry.key not in before for entry in changed)
    same = len(after) - len(changed)
    return {
        "added": added, "changed": len(changed) - added, "removed": len(gone), "same": same,
        "abolished": listed.abolished,
    }  # fmt: skip


# What they mean for a dataset


NOTHING = Text("받아들일 것이 없습니다.", "There is nothing to accept.")


def accept(*, actor: Actor, dataset: Dataset, chosen: dict[str, str] | None = None) -> tuple[Any, Any, list[str]]:
    """Make matches steps of the recipe: `chosen` is column (by its name in the file) → term; None takes all sure ones.

    (recipe, the job that reads the open release again or None, the columns). What is published stays as it is until
    the next release.
    """
    policies.may_edit(actor, dataset).require()
    release = conformance.release_of(dataset)
    if release is None:
        raise Conflict(NOTHING)
    found = conformance.recognised(dataset, release)
    matches = {each.source: each.best for each in found if each.state == "sure"} if chosen is None else {}
    for column, term in (chosen or {}).items():
        matches[column] = _chosen(found, column, term)
    steps = [step for match in matches.values() if match for step in match.steps]
    if not steps:
        raise Conflict(NOTHING, code="nothing_to_accept")
    columns = sorted({step["column"] for step in steps})
    return (*_correct(actor, dataset, release, _with_old(dataset, steps, columns), columns), columns)


def _chosen(found: list[Any], column: str, term: str) -> Any:
    for each in found:
        for match in each.matches:
            if each.source == column and match.term == term:
                return match
    words = Text(f"‘{column}’ 열에는 ‘{term}’ 제안이 없습니다.", f"“{term}” is not proposed for “{column}”.")
    raise NotFound(words, column=column, term=term)


def _with_old(dataset: Dataset, steps: list[recipes.Step], columns: list[str]) -> list[recipes.Step]:
    """The new corrections, and the old ones of these columns that they say nothing about."""
    now = recipes.current(dataset)
    said = {(step["code"], step["column"]) for step in steps}
    old = [step for step in (now.steps if now else []) if step["code"] in recipes.HEADS]
    kept_ = [s for s in old if s.get("column") in columns and (s["code"], s["column"]) not in said]
    return [*kept_, *steps]


def _correct(actor: Actor, dataset: Dataset, release: Release, steps: list[recipes.Step], columns: list[str]) -> Any:
    """Into the recipe: by trying it on the open release's file, or for the next file when there is none."""
    open_ = correcting.open_release(dataset)
    if open_ is not None and open_.pk == release.pk:
        return correcting.correct(actor=actor, release=open_, corrections=steps, columns=columns)
    now = recipes.current(dataset)
    made = recipes.corrected(now.steps if now else [], steps, columns)
    return correcting.set_recipe(actor=actor, dataset=dataset, steps=made)


def decline(*, actor: Actor, dataset: Dataset, column: str, term: str) -> None:
    """The column is not this term: remembered, and not proposed again."""
    policies.may_edit(actor, dataset).require()
    if not 0 < len(column) <= 300 or not 0 < len(term) <= 100 or "\0" in column + term:
        raise Invalid(Text("열과 용어의 이름을 주십시오.", "Give the names of a column and a term."))
    with transaction.atomic():
        _, made = DeclinedMatch.objects.get_or_create(
            dataset=dataset, column=column, term=term, defaults={"person": actor}
        )
        if made:
            events.record(actor=actor, verb="glossary.decline", subject=dataset, column=column, term=term)


def propose_again(*, actor: Actor, dataset: Dataset, column: str, term: str) -> None:
    """Take a decline back."""
    policies.may_edit(actor, dataset).require()
    with transaction.atomic():
        gone, _ = dataset.declined_matches.filter(column=column, term=term).delete()
        if gone:
            events.record(actor=actor, verb="glossary.propose", subject=dataset, column=column, term=term)
