"""Deciding about small cells: what may be done about them, what it costs, and what then stands in the history.

A steward withholds, merges or rounds; says that no people are counted; or, with a second person, leaves it as it is.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadam.catalog import policies, recipes, storage
from datadam.catalog.counting import PEOPLE, Shape
from datadam.catalog.models import Decision, Release
from datadam.catalog.offers import CELLS, Offer, Option
from datadam.catalog.services import cell_checks, guarding, releases, safety
from datadam.catalog.services.cell_checks import BASE, COUNTED, HELD, MOST, THRESHOLD, TREATED
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.public import Actor
from datadam.disclosure import services as history
from datadam.web.text import Text

if TYPE_CHECKING:
    import pyarrow as pa

    from datadam.lake.types import Report
    from datadam.science.privacy import Interval, Protected

CODE = "cells"
SHOWN = 20
BASES = (BASE, 10)
NAME = Text("사람을 세는 작은 칸", "Small cells of people")
REASON = Text(
    "몇 사람만 세는 칸은 누구인지 알 수 있어 처리함", "Cells that count few people may tell who they are: treated"
)
NO_FINDING = Text("이 판에는 작은 칸이 없습니다.", "This release has no small cells.")
NO_MERGE = Text("합칠 수 있는 항목이 없습니다.", "No dimension has categories that could be merged.")
READ_AGAIN = Text(
    "읽은 뒤에 다른 판이 공표되어, 빼 보면 드러나는 칸이 없는지 다시 읽어 살핍니다. 끝나면 다시 공개하십시오.",
    "Another release was published since this one was read: it is read again to see whether the difference tells of"
    " anybody. Publish it when that is done.",
)
UNREAD = Text("파일을 다시 읽지 못했습니다.", "The file could not be read again.")
ADDED_TO = Text(
    "이어 붙인 판은 미리 해 볼 수 없습니다. 정하면 온 표에 처리합니다.",
    "Rows were added to a release: this cannot be tried first. When you decide, the whole table is treated.",
)
GUESSED = {
    "persons": Text("‘{name}’ 열이 사람을 세는 것으로 보입니다.", "“{name}” seems to count persons."),
    "households": Text("‘{name}’ 열이 가구를 세는 것으로 보입니다.", "“{name}” seems to count households."),
    "ask": Text(
        "‘{name}’ 열이 사람을 세는지 이름만으로는 알 수 없습니다. 사물이나 건수만 센다면 그렇게 정하십시오.",
        "Its name does not say whether “{name}” counts people. If it counts things only, say so.",
    ),
}
RISKS = {
    "small": Text(f"{THRESHOLD}보다 작은 칸 {{n}}개", f"{{n}} cells below {THRESHOLD}"),
    "dominated": Text("하나가 거의 전부(85 % 넘게)를 차지하는 칸 {n}개", "{n} cells of which one makes up over 85 %"),
    "whole_group": Text("작은 무리가 모두 한 칸에 든 칸 {n}개", "{n} cells that hold all of a small group"),
    "differenced": Text(
        f"앞서 공표한 수와 {THRESHOLD} 미만으로 달라, 빼 보면 드러나는 칸 {{n}}개",
        f"{{n}} cells that differ from a number published before by less than {THRESHOLD}",
    ),
}
ALONE = Text(
    "표가 커서 칸을 하나씩만 보았습니다. 가리거나 합치려면 나누거나 더 굵게 모아 다시 보내십시오.",
    "The table is so large that cells were looked at one by one. To have it treated, send it in parts, or coarser.",
)
SPELT = Text(
    "{names} 열의 수가 글자로 적혀 있어 처리하지 못합니다. 정제법에서 정수로 바꾸십시오.",
    "The numbers of {names} are written as text: they cannot be treated. Make them integers in the recipe.",
)
MIXED = Text(
    "정제법에서 열을 빼 행을 서로 구별할 수 없어 칸을 하나씩만 보았고, 처리하지 못합니다.",
    "Columns were left out and rows are not told apart: cells were looked at one by one and cannot be treated.",
)
ATTACHED = Text("칸을 가리면 같은 행의 {names}도 가립니다.", "Where a cell is withheld, so is {names} of its row.")
SUPPRESS = Text(
    "작은 칸을 비웁니다. 합계에서 거꾸로 셀 수 없도록 다른 칸도 꼭 필요한 만큼 비웁니다.",
    "Withhold small cells, and as many others as keep them from being worked out from totals.",
)
MERGE = Text("‘{name}’의 작은 항목을 합칩니다.", "Merge the small categories of “{name}”.")
ROUND = Text("모든 수를 {base} 단위로 반올림합니다.", "Round every number to a multiple of {base}.")
KEEP = Text(
    "그대로 싣습니다 (사람을 세지 않거나, 알릴 까닭이 더 큽니다).",
    "Publish it as it is (it counts no people, or there is good reason to tell).",
)
THINGS = Text("사람이나 가구가 아니라 사물이나 건수를 셉니다.", "It counts things or cases, not people or households.")


def register() -> None:
    """Called once, when the room is ready."""
    guarding.CHECKS.append(cell_checks.check)
    guarding.TREATMENTS.append(guarding.Treatment(cell_checks.treating, cell_checks.treat))
    safety.WAYS[Decision.Kind.SMALL_CELLS] = safety.Way(_check, offers=offers)


def finding(release: Release) -> dict[str, Any] | None:
    """What was found of small cells in a release."""
    return next((each for each in release.report.get("findings", []) if each["code"] == HELD), None)


def offers(release: Release) -> list[Offer]:
    """What may be done about the small cells of a release."""
    found = finding(release)
    if found is None:
        return []
    facts = found["facts"]
    usual = "suppress" if facts["unit"] in PEOPLE and not facts.get("alone") else ""
    return [
        Offer(
            Decision.Kind.SMALL_CELLS,
            "",
            CODE,
            NAME,
            tuple(_options(facts)),
            usual,
            bool(found["blocking"]),
            kept=bool(facts["kept"]),
            despite=int(facts["decision"]),
            count=int(found["count"]),
            rows=int(facts["cells"]),
            of=CELLS,
            why=tuple(_why(facts)),
            reason=REASON,
        )
    ]


def _options(facts: dict[str, Any]) -> Iterator[Option]:
    if not facts.get("alone"):
        yield Option("suppress", SUPPRESS, preview=True)
        for name in facts["mergeable"]:
            yield Option("merge", MERGE.format(name=name), {"dimension": name}, preview=True)
        for base in () if facts.get("dominated") or facts.get("whole_group") else BASES:
            yield Option("round", ROUND.format(base=base), {"base": base}, preview=True)
    if facts["unit"] == "ask":
        yield Option("things", THINGS)
    yield Option("keep", KEEP, second=True)


def _why(facts: dict[str, Any]) -> Iterator[Text]:
    yield GUESSED[facts["unit"]].format(name=facts["because"])
    for code, words in RISKS.items():
        if facts.get(code):
            yield words.format(n=f"{facts[code]:,}")
    if facts.get("texts"):
        yield SPELT.format(names=", ".join(f"‘{name}’" for name in facts["texts"]))
    elif facts.get("mixed"):
        yield MIXED
    elif facts.get("alone"):
        yield ALONE
    elif facts["attached"]:
        yield ATTACHED.format(names=", ".join(f"‘{name}’" for name in facts["attached"][:5]))


def _check(release: Release, choice: safety.Choice) -> dict[str, Any]:
    """The choice with the columns that it is about, so that next month's file is treated alike."""
    found = finding(release)
    if found is None or (choice.column, choice.code) != ("", CODE):
        raise NotFound(NO_FINDING)
    given = [o for o in _options(found["facts"]) if (o.action, o.options) == (choice.action, choice.options)]
    if not given:
        raise Invalid(safety.NOT_ALLOWED, code="action_not_allowed", fields={"action": safety.NOT_ALLOWED})
    return {**Shape.of(found["facts"]).facts(), "threshold": THRESHOLD, **choice.options}


# Trying


@dataclass
class Preview:
    """One treatment tried on the sealed file: figures, and the first rows that it touches, before and after.

    `left`: cells that somebody could still work out. `says`: (cell, from, to) that a reader can tell of withheld cells.
    """

    action: str
    words: Text
    at_risk: int
    primary: int
    complementary: int
    lost: float
    lost_people: float
    left: int
    already_out: int
    merged: dict[str, list[str]]
    moved: float
    additive: bool
    columns: list[str]
    rows: list[tuple[list[Any], list[Any]]]
    says: list[tuple[str, float, float]]


def preview(*, actor: Actor, release: Release, key: str) -> Preview:
    """Try a treatment on a held release's file, for those who may see its rows. Nothing is kept of it."""
    policies.may_see_rows(actor, release).require()
    choice = safety.chosen(release, (Decision.Kind.SMALL_CELLS, "", CODE), key)
    if choice.action not in TREATED:
        raise Invalid(safety.NOT_ALLOWED, code="action_not_allowed", fields={"action": safety.NOT_ALLOWED})
    options = _check(release, choice)
    found, table = Shape.of(options), _sealed(release)
    before = cell_checks.earlier(release.dataset, release, found)
    try:
        done = cell_checks.protected(table, found, choice.action, options, before)
    except ValueError:
        raise Invalid(NO_MERGE, code="bad_treatment") from None
    told = finding(release)
    assert told is not None
    given = (choice.action, choice.options)
    words = next(option.words for option in _options(told["facts"]) if (option.action, option.options) == given)
    return _previewed(table, found, choice.action, words, done)


def _previewed(table: "pa.Table", found: Shape, action: str, words: Text, done: "Protected") -> Preview:
    from datadam.science.privacy import intervals

    columns = [*found.dimensions, *found.measures, *found.attached]
    told = [] if action == "round" else intervals(done.table, cell_checks.spec(found), most=200)
    return Preview(
        action=action,
        words=words,
        at_risk=done.before.count,
        primary=done.primary,
        complementary=done.complementary,
        lost=done.lost,
        lost_people=done.lost_people,
        left=done.after + done.revealed,
        already_out=done.already_out,
        merged=done.merged,
        moved=done.moved,
        additive=done.additive,
        columns=columns,
        rows=_rows(table.select(columns), done.table.select(columns), done),
        says=[(_named(done.table, found, each), each.low, each.high) for each in told if each.high is not None][:5],
    )


def _named(table: "pa.Table", found: Shape, at: "Interval") -> str:
    """중구 · 몽골 · 이용자수."""
    return " · ".join([*(str(table[name][at.row].as_py()) for name in found.dimensions), at.measure])


def _rows(before: "pa.Table", after: "pa.Table", done: "Protected") -> list[tuple[list[Any], list[Any]]]:
    """The first rows that change; of merged categories only what they become."""
    if done.merged:
        made = (row for row in after.to_pylist() if row[done.dimension] in done.merged)
        return [([], list(row.values())) for row, _ in zip(made, range(SHOWN), strict=False)]
    found: list[tuple[list[Any], list[Any]]] = []
    for a, b in zip(before.to_batches(max_chunksize=1000), after.to_batches(max_chunksize=1000), strict=False):
        found += [
            (list(x.values()), list(y.values())) for x, y in zip(a.to_pylist(), b.to_pylist(), strict=True) if x != y
        ]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


def told(seen: Preview, key: str) -> dict[str, Any]:
    """The figures of a preview for programs; no cell."""
    names = ("action", "at_risk", "primary", "complementary", "lost", "lost_people", "left", "already_out", "merged",
             "moved", "additive")  # fmt: skip
    return {"option": key, **{name: getattr(seen, name) for name in names}}


def _sealed(release: Release) -> "pa.Table":
    """The table of a release as its sealed file has it, read in a private folder that is then removed."""
    import pyarrow.parquet as pq

    from datadam.lake import intake as lake

    if release.report.get("rows_before") is not None:
        raise Conflict(ADDED_TO, code="unreadable")
    upload, wanted = releases._need_file(release), str(release.report.get("table", ""))
    seen: dict[str, Any] = {}

    def look(report: "Report", paths: list[Path]) -> list[str]:
        if report.table == wanted and report.rows * len(report.columns) <= 10 * MOST:
            seen[wanted] = pq.read_table([str(path) for path in paths])
        return []

    staging = storage.staging()
    lake.take_in(
        lake.open_source(staging, upload.staged, upload.filename),
        staging=staging,
        table_for=lambda _: storage.table("unused"),
        policy=recipes.policy(recipes.current(release.dataset)),
        last=lambda _: lake.Last(guard=look),
        accept_drift=True,
        dry_run=True,
    )
    if wanted not in seen:
        raise Conflict(UNREAD, code="unreadable")
    return seen[wanted]


# The history


def compared(*, actor: Actor, release: Release) -> None:
    """Refuse to publish what was not compared with all that is public by now; it is read again."""
    found = next((f for f in release.report.get("findings", []) if f["code"] in (HELD, COUNTED)), None)
    if found is None or "known" not in found["facts"]:
        return
    now = cell_checks.comparable(release.dataset, release, Shape.of(found["facts"]))
    if {pk for pk, *_ in now} <= set(found["facts"]["known"]):
        return
    releases._need_file(release)
    releases._reread(actor, release, accept_drift=False)
    raise Conflict(READ_AGAIN, code="read_again")


def published(*, actor: Actor | None, release: Release) -> None:
    """Note a release about people in the history of publications, at its publication."""
    found = next((f for f in release.report.get("findings", []) if f["code"] in (HELD, COUNTED)), None)
    made = cell_checks.standing(release.dataset)
    treated = any(str(f["code"]).startswith(cell_checks.DONE) for f in release.report.get("findings", []))
    facts = dict(made.options) if made and treated else dict(found["facts"]) if found else {}
    if not facts or not (found or treated) or (made is not None and made.action == "things"):
        return
    history.record_publication(
        actor=actor,
        resource_uid=release.dataset.resource.uid,
        release=release.number,
        unit="households" if facts["unit"] == "households" else "persons",
        dimensions=[facts["sources"].get(name, name) for name in facts["dimensions"]],
        measures=[facts["sources"].get(name, name) for name in facts["measures"]],
        threshold=THRESHOLD,
        treatment=made.action if made is not None and (treated or made.action == "keep") else "none",
        facts=_counts(release),
        pattern=_pattern(release, facts["measures"]),
    )


def _counts(release: Release) -> dict[str, int]:
    """How many cells there were and what was done to how many."""
    told: dict[str, int] = {}
    for each in release.report.get("findings", []):
        if each["code"] in (HELD, COUNTED):
            told |= {"cells": each["facts"]["cells"], "at_risk": each["count"]}
        elif str(each["code"]).startswith(cell_checks.DONE):
            told |= {name: each["facts"][name] for name in ("primary", "complementary", "already_out")}
    return told


def _pattern(release: Release, measures: list[str]) -> str:
    """A digest of which cells are blank."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    assert release.version is not None
    there = [name for name in measures if name in {column["name"] for column in release.columns}]
    digest = hashlib.sha256(str(release.dataset.resource.uid).encode())
    for file in storage.files(release.dataset.resource.uid, release.version):
        for batch in pq.ParquetFile(file).iter_batches(columns=there):
            for name in there:
                digest.update(pc.is_null(batch.column(batch.schema.get_field_index(name))).to_numpy(False).tobytes())
    return digest.hexdigest()
