"""Which entry of the portal is which dataset of ours, with the reason; each is paired once."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog import series
from datadam.catalog.portal.registration import OF_THEME, SCOPES
from datadam.web.text import Text

KEY = re.compile(r"(?:data|catalog|linked|metadata)/(\d{6,12})(?:[/.?#]|$)")
LIKE = 0.6  # of the pairs of letters of two titles, to be proposed as the same
REASONS = {
    "confirmed": Text("담당자가 같은 자료라고 확인했습니다.", "A steward said they are the same."),
    "key": Text("출처 주소에 포털 목록키 {key}이(가) 있습니다.", "Its source address holds the portal's key {key}."),
    "title": Text("기관과 제목이 같습니다.", "Organisation and title are the same."),
    "title_alone": Text(
        "제목은 같지만 포털의 기관은 ‘{provider}’입니다.", "The titles are the same; the portal names “{provider}”."
    ),
    "like": Text("같은 기관이고 제목이 {share}% 닮았습니다.", "Same organisation; titles alike by {share}%."),
}
DIFFERENCES = {
    "title": Text("제목", "Title"),
    "provider": Text("기관", "Organisation"),
    "category": Text("분류체계", "Category"),
    "licence": Text("이용허락범위", "Licence"),
    "updated": Text("수정일", "Changed"),
}


@dataclass
class Ours:
    """A dataset as it is compared."""

    pk: int
    name: str
    title: str
    provider: str
    theme: str = ""
    licence: str = ""
    source_url: str = ""
    updated: Any = None


@dataclass
class Pair:
    """An entry and a dataset; `sure` unless it is only a likeness, which somebody should confirm."""

    entry: Any
    ours: Ours
    code: str
    reason: Text
    differences: list[tuple[str, str, str]] = field(default_factory=list)  # (field, there, here)

    @property
    def sure(self) -> bool:
        return self.code in ("confirmed", "key", "title")


@dataclass
class Comparison:
    """Three lists: published there and not here, here and not there, and both."""

    there: list[Any]
    here: list[Ours]
    both: list[Pair]


def core(title: str, provider: str = "") -> str:
    """A title without its provider, its date and all signs: 기관_자료명_YYYYMMDD is 자료명."""
    text = unicodedata.normalize("NFKC", title).casefold()
    head, _, rest = text.partition("_")
    if rest and (not provider or _name(head) in _name(provider) or _name(provider) in _name(head)):
        text = rest
    return _name(series.SUFFIX.sub("", text)) or _name(text)


def _name(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def same_provider(there: str, here: str) -> bool:
    """부산광역시 and 부산광역시 데이터정책과 are one provider; 부산광역시 and 부산광역시 남구 are two."""
    a, b = _name(there), _name(here)
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    return bool(short) and long.startswith(short) and not re.search(r"[구군]$", long)


def compare(entries: Sequence[Any], ours: Sequence[Ours], said: Iterable[tuple[str, int, bool]] = ()) -> Comparison:
    """`said` are (key, dataset, same) of stewards, which overrule what is found."""
    said = list(said)
    left = {entry.key: entry for entry in entries}
    free = {each.pk: each for each in ours}
    apart = {(key, pk) for key, pk, same in said if not same}
    both: list[Pair] = []

    def pair(entry: Any, each: Ours, code: str, **facts: object) -> None:
        if entry.key in left and each.pk in free and (entry.key, each.pk) not in apart:
            del left[entry.key], free[each.pk]
            both.append(Pair(entry, each, code, REASONS[code].format(**facts), differences(entry, each)))

    for key, pk, same in said:
        if same and key in left and pk in free:
            pair(left[key], free[pk], "confirmed")
    for each in list(free.values()):
        found = KEY.search(each.source_url)
        if found and found[1] in left:
            pair(left[found[1]], each, "key", key=found[1])
    for look in (_titled, _alike):
        for score, code, entry, each in sorted(look(left.values(), free.values()), key=lambda found: -found[0]):
            pair(entry, each, code, provider=entry.provider, share=round(100 * score))
    return Comparison(list(left.values()), list(free.values()), both)


Found = list[tuple[float, str, Any, Ours]]


def _titled(entries: Iterable[Any], ours: Iterable[Ours]) -> Found:
    """Those with the same title; of the same organisation first."""
    by_title: dict[str, list[Ours]] = defaultdict(list)
    for each in ours:
        by_title[core(each.title, each.provider)].append(each)
    found: Found = []
    for entry in entries:
        for each in by_title.get(core(entry.title, entry.provider), ()):
            same = same_provider(entry.provider, each.provider)
            found.append((2.0, "title", entry, each) if same else (1.0, "title_alone", entry, each))
    return found


def _alike(entries: Iterable[Any], ours: Iterable[Ours]) -> Found:
    """Those of one organisation whose titles share most of their pairs of letters."""
    by_provider: dict[str, list[tuple[Ours, set[str]]]] = defaultdict(list)
    for each in ours:
        by_provider[each.provider].append((each, _pairs(core(each.title, each.provider))))
    near: dict[str, list[tuple[Ours, set[str]]]] = {}
    found: Found = []
    for entry in entries:
        if entry.provider not in near:
            names = [name for name in by_provider if same_provider(entry.provider, name)]
            near[entry.provider] = [each for name in names for each in by_provider[name]]
        pairs = _pairs(core(entry.title, entry.provider))
        for each, others in near[entry.provider]:
            share = 2 * len(pairs & others) / (len(pairs) + len(others))
            if share >= LIKE:
                found.append((share, "like", entry, each))
    return found


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}


def differences(entry: Any, ours: Ours) -> list[tuple[str, str, str]]:
    """What the two say differently, of what both say."""
    category, licence = OF_THEME.get(ours.theme, ""), SCOPES.get(ours.licence, "")
    facts = (
        ("title", entry.title, ours.title),
        ("provider", entry.provider, ours.provider),
        ("category", entry.category.split(" ")[0], category),
        ("licence", entry.licence, licence),
        ("updated", f"{entry.updated or ''}", f"{ours.updated or ''}"),
    )
    told = [(name, there, here) for name, there, here in facts if there and here and _name(there) != _name(here)]
    dressed = core(entry.title, entry.provider) == core(ours.title, ours.provider)  # but for provider and date
    return told[1:] if dressed and told and told[0][0] == "title" else told
