"""What may be done about each finding that holds a release: the choices with their words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from datadam.catalog.models import Decision, Release
from datadam.lake.personal.kinds import CLUES, KINDS, Kind
from datadam.web.text import Text

PERSONAL = "personal_"
NEVER = frozenset({"resident_number", "foreigner_number"})
LAW = Text(
    "개인정보 보호법 제24조의2에 따라 주민등록번호를 싣지 않음",
    "Resident numbers are not published (Personal Information Protection Act, Art. 24-2)",
)
PLAIN = Text(
    "공개에 필요하지 않은 개인정보를 빼거나 가림", "Personal data that publication does not need is left out or hidden"
)
TAKE_OUT = Text(
    "그 파일을 빼거나 고친 묶음을 다시 올리십시오.", "Send the set again without these files, or with them mended."
)
FILES = Text("글 파일 {rows}개 가운데 {count}개", "{count} of {rows} text files")
ROWS = Text("{rows}행 가운데 {count}행", "{count} of {rows} rows")
CELLS = Text("칸 {rows}개 가운데 {count}개", "{count} of {rows} cells")
FORMS = {
    "column": Text("열의 값", "values of the column"),
    "text": Text("글 속에 섞여 있음", "within longer texts"),
    "files": Text("묶음에 든 글 파일 안", "inside text files of the set"),
}
DROP = Text("열을 통째로 뺍니다.", "Leave the whole column out.")
MASK = Text("알아볼 수 없게 가립니다.", "Hide it so that nobody is recognised.")
MASK_TEXT = Text("글에서 그 부분만 가립니다.", "Hide only that part of each text.")
KEEP = Text("그대로 싣습니다.", "Publish it as it is.")
COARSER: dict[str, tuple[tuple[str, Text], ...]] = {
    "birth_date": (
        ("year", Text("태어난 해만 남깁니다.", "Keep the year of birth only.")),
        ("decade", Text("나이대(30대)로 바꿉니다.", "Turn it into the decade of age.")),
    ),
    "address": (
        ("district", Text("시·군·구까지만 남깁니다.", "Keep it down to the district.")),
        ("neighbourhood", Text("읍·면·동까지만 남깁니다.", "Keep it down to the neighbourhood.")),
    ),
    "phone": (("", Text("지역번호만 남깁니다.", "Keep the area code only.")),),
}


@dataclass(frozen=True)
class Option:
    """One thing that may be done. `key` names it among those of its offer; `second` needs another person; `preview`
    can be tried first."""

    action: str
    words: Text
    options: dict[str, Any] = field(default_factory=dict)
    second: bool = False
    preview: bool = False

    @property
    def key(self) -> str:
        return ":".join([self.action, *map(str, self.options.values())])


@dataclass(frozen=True)
class Offer:
    """A finding and what may be done about it, the key of the usual choice in `default`; "" where there is none.

    `despite` is the decision that stood when it was found all the same; None where the recipe does what is decided.
    """

    kind: str
    column: str  # as in the file
    code: str
    name: Text
    options: tuple[Option, ...]
    default: str
    blocking: bool
    kept: bool = False
    despite: int | None = None
    count: int = 0
    rows: int = 0
    of: Text = ROWS
    where: Text | None = None
    why: tuple[Text, ...] = ()
    example: str = ""
    reason: Text = PLAIN  # the usual one for the default

    @property
    def about(self) -> tuple[str, str, str]:
        return self.kind, self.column, self.code

    @property
    def counted(self) -> Text:
        """How much was found, among how much."""
        return self.of.format(rows=f"{self.rows:,}", count=f"{self.count:,}")


def personal(release: Release) -> list[Offer]:
    """Of every finding of personal data."""
    sources = {column["name"]: column["source"] or column["name"] for column in release.columns}
    stored = [f for f in release.report.get("findings", []) if str(f["code"]).removeprefix(PERSONAL) in KINDS]
    return [_personal(f, sources) for f in stored if str(f["code"]).startswith(PERSONAL)]


def _personal(stored: dict[str, Any], sources: dict[str, str]) -> Offer:
    kind, facts = KINDS[str(stored["code"]).removeprefix(PERSONAL)], stored.get("facts") or {}
    options, column = _options(kind, stored), str(stored.get("column") or "")
    of_files = facts.get("form") == "files"
    return Offer(
        Decision.Kind.PERSONAL,
        sources.get(column, column),
        kind.code,
        Text(kind.ko, kind.en),
        options,
        "" if of_files else next((o.key for o in options if o.action == kind.default), options[0].key),
        bool(stored.get("blocking")),
        kept=bool(facts.get("kept")),
        count=int(stored.get("count") or 0),
        rows=int(facts.get("rows") or 0),
        where=FORMS.get(str(facts.get("form"))),
        of=FILES if of_files else ROWS,
        why=(*clues(facts.get("why") or []), *([TAKE_OUT] if of_files else [])),
        example=str(facts.get("example") or ""),
        reason=LAW if kind.code in NEVER else PLAIN,
    )


def _options(kind: Kind, stored: dict[str, Any]) -> tuple[Option, ...]:
    """What blocks may be kept, by two people; what does not stays unless something is done."""
    made: list[Option] = []
    form = (stored.get("facts") or {}).get("form")
    for action in kind.actions:
        if (action == "keep" and not stored.get("blocking")) or (form == "files" and action != "keep"):
            continue
        if action == "generalise":
            made += [Option(action, words, {"to": to} if to else {}) for to, words in COARSER.get(kind.code, ())]
        else:
            words = {"drop": DROP, "mask": MASK_TEXT if form == "text" else MASK, "keep": KEEP}[action]
            made.append(Option(action, words, second=action == "keep"))
    return tuple(made)


def clues(why: Iterable[dict[str, Any]]) -> list[Text]:
    """Why something was taken for personal data, in words."""
    made = []
    for clue in why:
        words = CLUES.get(str(clue.get("code")))
        if words:
            made.append(Text(*words).format(**{k: v for k, v in clue.items() if k != "code"}))
    return made


def usual_reason(offers: Iterable[Offer]) -> str:
    """The reason that is given for the usual choices unless somebody says otherwise."""
    return ". ".join(dict.fromkeys(str(offer.reason) for offer in offers))
