"""Reading the published lists: which of the three a table is, which column is what, which rows cannot be taken.

Columns are known by their names without spaces, line breaks and the prefix 공통표준, so that neither their order nor
how they are written matters. Entries marked as abolished (폐기) are left out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog.standards.entries import DOMAINS, TERMS, WORDS, Domain, Entry, Term, Word

SPLIT = re.compile(r"[,，、;|\n]")
ABOLISHED = re.compile(r"\(\s*폐기\s*\)")
EMPTY = {"", "-", "–", "해당없음", "없음", "null", "none", "nan"}
LONGEST = 100  # of a name or abbreviation
COMMON = {
    "edition": ("제정차수", "차수", "degree", "edition"),
    "revision": ("개정구분명(폐기또는변경)", "개정구분명", "개정구분"),
    "allowed": ("허용값", "tolerance", "allowed"),
    "storage_format": ("저장형식", "saveformat"),
    "display_format": ("표현형식", "expressionform"),
}
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    TERMS: {
        "name": ("용어명", "용어", "표준용어명", "한글명", "standardterminology"),
        "description": ("용어설명", "설명", "용어정의", "description"),
        "abbreviation": ("용어영문약어명", "영문약어명", "영문약어", "englishabbreviation"),
        "domain": ("도메인명", "도메인", "domain.name", "domain"),
        "code_name": ("행정표준코드명", "코드명", "administrativestandardcodename"),
        "agency": ("소관기관명", "소관기관", "competentorganizationname"),
        "synonyms": ("용어이음동의어목록", "이음동의어목록", "이음동의어", "synonym"),
        **COMMON,
    },
    WORDS: {
        "name": ("단어명", "단어", "표준단어명", "standardword"),
        "abbreviation": ("단어영문약어명", "영문약어명", "영문약어", "englishabbreviation"),
        "english": ("단어영문명", "영문명", "englishname"),
        "description": ("단어설명", "설명", "description"),
        "is_form": ("형식단어여부", "형식단어", "isformatword"),
        "classification": ("도메인분류명", "도메인분류", "classificationname"),
        "synonyms": ("이음동의어목록", "단어이음동의어목록", "이음동의어", "synonym"),
        "forbidden": ("금칙어목록", "금칙어", "forbiddenword"),
        **COMMON,
    },
    DOMAINS: {
        "group": ("도메인그룹명", "도메인그룹", "groupname"),
        "classification": ("도메인분류명", "도메인분류", "classificationname"),
        "name": ("도메인명", "도메인", "표준도메인명", "name"),
        "description": ("도메인설명", "설명", "description"),
        "data_type": ("데이터타입", "타입", "datatype"),
        "length": ("데이터길이", "길이", "datalength"),
        "scale": ("데이터소수점길이", "소수점길이", "decimalpointlength"),
        "unit": ("단위", "unit"),
        **COMMON,
    },
}
TELLING = {TERMS: ("name", "abbreviation", "domain"), WORDS: ("name", "is_form"), DOMAINS: ("name", "data_type")}


@dataclass
class Problem:
    """A row that was not taken, or taken in part, and why."""

    line: int
    code: str
    text: str


@dataclass
class Listed:
    """One list as it was read."""

    kind: str
    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    abolished: int = 0


def plain(name: str) -> str:
    """A column's name as it is compared: `공통표준단어 영문명` is 단어영문명."""
    bare = re.sub(r"\s+|\\n", "", unicodedata.normalize("NFC", name)).casefold()
    return bare.removeprefix("공통표준") or bare


def recognised(header: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """(which list, its fields → the columns of the header); None when it is none of the three."""
    names = {plain(name): name for name in header}
    for kind in (WORDS, DOMAINS, TERMS):
        found = {f: names[a] for f, aliases in COLUMNS[kind].items() for a in reversed(aliases) if a in names}
        if all(telling in found for telling in TELLING[kind]):
            return kind, found
    return None


def read(kind: str, columns: Mapping[str, str], rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Listed:
    """The entries of (line, row) pairs. Of two rows about one thing the last one counts, and it is told."""
    listed = Listed(kind)
    for line, row in rows:
        cells = {name: _cell(row.get(column)) for name, column in columns.items()}
        if not any(cells.values()):
            continue
        if cells.get("revision") == "폐기" or ABOLISHED.search(cells.get("edition", "")):
            listed.abolished += 1
            continue
        _take(listed, line, cells)
    return listed


def _cell(value: Any) -> str:
    text = unicodedata.normalize("NFC", str(value)).strip() if value is not None else ""
    return "" if text.casefold() in EMPTY else text.replace("\0", "")


def _take(listed: Listed, line: int, cells: dict[str, str]) -> None:
    name = cells["name"] = re.sub(r"\s+", " ", cells.get("name", ""))
    long = [text for key, text in cells.items() if key in ("name", "abbreviation") and len(text) > LONGEST]
    if not name or long:
        shown = long[0] if long else " ".join(filter(None, cells.values()))
        listed.problems.append(Problem(line, "too_long" if long else "no_name", shown[:80]))
        return
    entry = MADE[listed.kind](cells)
    if entry.key in listed.entries:
        listed.problems.append(Problem(line, "repeated", name))
    listed.entries[entry.key] = entry
    _doubt(listed, line, cells)


def _doubt(listed: Listed, line: int, cells: dict[str, str]) -> None:
    """What was taken although something in it is odd."""
    for key in ("length", "scale"):
        if cells.get(key) and _whole(cells[key]) is None:
            listed.problems.append(Problem(line, "not_a_length", cells[key][:80]))
    if listed.kind == TERMS and not cells.get("domain"):
        listed.problems.append(Problem(line, "no_domain", cells["name"]))


def _whole(text: str) -> int | None:
    number = text.replace(",", "").removesuffix(".0")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def many(text: str) -> tuple[str, ...]:
    """A list within a cell."""
    return tuple(dict.fromkeys(each.strip()[:LONGEST] for each in SPLIT.split(text) if _cell(each)))


def _term(cells: dict[str, str]) -> Term:
    plainly = {
        key: cells.get(key, "")
        for key in ("name", "description", "domain", "allowed", "storage_format", "display_format", "edition")
    }
    return Term(
        **_cut(plainly, domain=100, edition=40),
        abbreviation=cells.get("abbreviation", "").upper()[:LONGEST],
        code_name=cells.get("code_name", "")[:200],
        agency=cells.get("agency", "")[:200],
        synonyms=many(cells.get("synonyms", "")),
    )


def _word(cells: dict[str, str]) -> Word:
    plainly = {key: cells.get(key, "") for key in ("name", "english", "description", "classification", "edition")}
    return Word(
        **_cut(plainly, english=300, classification=100, edition=40),
        abbreviation=cells.get("abbreviation", "").upper()[:LONGEST],
        is_form=cells.get("is_form", "").casefold() in ("y", "yes", "true", "1", "예"),
        synonyms=many(cells.get("synonyms", "")),
        forbidden=many(cells.get("forbidden", "")),
    )


def _domain(cells: dict[str, str]) -> Domain:
    names = ("name", "group", "classification", "description", "storage_format", "display_format", "unit", "allowed")
    plainly = {key: cells.get(key, "") for key in (*names, "edition")}
    return Domain(
        **_cut(plainly, group=100, classification=100, unit=100, edition=40),
        data_type=cells.get("data_type", "").upper()[:40],
        length=_whole(cells.get("length", "")),
        scale=_whole(cells.get("scale", "")),
    )


def _cut(cells: dict[str, str], **longest: int) -> dict[str, Any]:
    return {key: text[: longest.get(key)] for key, text in cells.items()}


MADE: dict[str, Any] = {TERMS: _term, WORDS: _word, DOMAINS: _domain}


def newest(editions: Iterable[str]) -> str:
    """The latest edition named: 8차 is after 7차."""
    return max(editions, key=lambda edition: (_number(edition), edition), default="")


def _number(edition: str) -> int:
    digits = next(_digits(edition), "")
    return int(digits) if digits else -1


def _digits(text: str) -> Iterator[str]:
    yield from re.findall(r"[0-9]{1,6}", text)
