"""A release's quality as one figure from 0 to 100 with its six parts, simple enough to check by hand.

score = 100 × Σ weight × share ÷ Σ weight, over the parts that can be told:

completeness          cells that hold a value
validity              rows taken in ÷ rows that were data (rows set aside were not; quarantined rows were)
uniqueness            rows that no earlier row says already
freshness             period promised ÷ time since the latest release, at most 1; not told where none is promised
documentation         half: eight describing fields filled in; half: columns that are described
machine_readability   a third each: the file's format, its encoding, and a layout without titles, merges and totals

Freshness changes with time: a release keeps the other shares, and its score is reckoned when it is shown.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadam.catalog.departures import LAYOUT
from datadam.web.text import Text

WEIGHTS = {
    "completeness": 0.20,
    "validity": 0.20,
    "uniqueness": 0.15,
    "freshness": 0.15,
    "documentation": 0.15,
    "machine_readability": 0.15,
}
LABELS = {
    "completeness": Text("완전성", "Completeness"),
    "validity": Text("유효성", "Validity"),
    "uniqueness": Text("유일성", "Uniqueness"),
    "freshness": Text("적시성", "Freshness"),
    "documentation": Text("설명", "Documentation"),
    "machine_readability": Text("기계 판독성", "Machine-readability"),
}
METADATA = ("title", "description", "keywords", "theme", "licence", "contact_name", "spatial", "temporal_start")
PERIODS = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "annual": 366}  # days
GRACE = 1.25  # of the period, before a release counts as late
OPEN_FORMATS = ("csv", "tsv", "json", "ndjson", "geojson", "parquet", "xml", "gpkg", "files")
CLOSED_FORMATS = ("xls", "hwpx", "html", "rdata", "dbf")
LAYOUT_COST = 0.2  # of the layout's share, for each departure that had to be undone
LAYOUT_EASY = ("geojson", "record_path", "nested_flattened", "trailing_delimiter", "quoted_rows")

Shares = dict[str, float | None]


@dataclass(frozen=True)
class Advice:
    """What would raise a part, by how many points of the score, and the page where it is done ("" when in the file)."""

    part: str
    words: Text
    gain: float
    place: str = ""


def completeness(profile: Sequence[Mapping[str, Any]], withheld: int = 0) -> float:
    """The share of cells that hold a value, but for those withheld so that nobody is singled out."""
    cells = sum(column["count"] for column in profile)
    missing = max(0, sum(column["nulls"] for column in profile) - withheld)
    return 1.0 - missing / cells if cells else 0.0


def withheld(report: Mapping[str, Any]) -> int:
    """Cells that the treatment of small cells left blank."""
    found = (f["facts"].get("blank", 0) for f in report.get("findings", []) if str(f["code"]).startswith("cells_"))
    return sum(found)


def validity(loaded: int, quarantined: int) -> float:
    """The share of data rows that could be taken in."""
    return loaded / (loaded + quarantined) if loaded + quarantined else 0.0


def uniqueness(rows: int, repeated: int) -> float:
    """The share of rows that say something new."""
    return 1.0 - repeated / rows if rows else 0.0


def freshness(frequency: str, since: dt.timedelta) -> float | None:
    """1 within the promised period and a quarter of it, then less and less; None where nothing is promised."""
    days = PERIODS.get(frequency)
    if days is None:
        return None
    late = since / dt.timedelta(days=days * GRACE)
    return 1.0 if late <= 1 else 1 / late


def metadata(dataset: object | None) -> float:
    """The share of the eight describing fields that are filled in."""
    return sum(bool(getattr(dataset, name, None)) for name in METADATA) / len(METADATA)


def described(columns: Sequence[Mapping[str, Any]]) -> float:
    """The share of columns with a description."""
    return sum(bool(column.get("description")) for column in columns) / len(columns) if columns else 0.0


def machine_readability(report: Mapping[str, Any]) -> float:
    """How little had to be done before a program could read the file."""
    return (_format(report) + _encoding(report) + _layout(report)) / 3


def _format(report: Mapping[str, Any]) -> float:
    name = report.get("format", "")
    return 1.0 if name in OPEN_FORMATS else 0.4 if name in CLOSED_FORMATS else 0.7


def _encoding(report: Mapping[str, Any]) -> float:
    return 1.0 if str(report.get("encoding", "") or "utf-8").lower().startswith(("utf-8", "ascii")) else 0.5


def undone(report: Mapping[str, Any]) -> list[str]:
    """Codes of the layout's departures from a plain table that were undone."""
    found = {p["code"] for p in report.get("proposals", []) if p.get("applied")}
    return [code for code in LAYOUT if code in found and code not in LAYOUT_EASY]


def _layout(report: Mapping[str, Any]) -> float:
    return max(0.0, 1.0 - LAYOUT_COST * len(undone(report)))


def kept(report: Mapping[str, Any], profile: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The shares that a release keeps, because only its file can change them."""
    loaded = report.get("rows_loaded", 0)
    rows = report.get("rows_reshaped", 0) or loaded
    return {
        "completeness": completeness(profile, withheld(report)),
        "validity": validity(loaded, report.get("rows_quarantined", 0)),
        "uniqueness": uniqueness(rows, min(rows, report.get("rows_repeated", 0))),
        "machine_readability": machine_readability(report),
    }


def parts(
    shares: Mapping[str, float],
    columns: Sequence[Mapping[str, Any]],
    dataset: object | None,
    since: dt.timedelta = dt.timedelta(0),
) -> Shares:
    """All six shares, 0 to 1; `shares` are those of `kept`, `since` the time since the latest release."""
    return {
        "completeness": shares.get("completeness", 0.0),
        "validity": shares.get("validity", 0.0),
        "uniqueness": shares.get("uniqueness", 0.0),
        "freshness": freshness(str(getattr(dataset, "frequency", "")), since),
        "documentation": (metadata(dataset) + described(columns)) / 2,
        "machine_readability": shares.get("machine_readability", 0.0),
    }


def score(shares: Mapping[str, float | None]) -> float:
    """The weighted figure, one decimal."""
    told = {name: share for name, share in shares.items() if share is not None}
    whole = sum(WEIGHTS[name] for name in told)
    return round(100 * sum(WEIGHTS[name] * share for name, share in told.items()) / whole, 1) if whole else 0.0


def advice(
    shares: Shares, report: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], dataset: object
) -> list[Advice]:
    """What would raise the score, what helps most first."""
    whole = sum(WEIGHTS[name] for name, share in shares.items() if share is not None)

    def gain(part: str, share: float) -> float:
        return round(100 * WEIGHTS[part] * share / whole, 1) if whole else 0.0

    found = [
        *_about_words(gain, columns, dataset),
        *_about_rows(gain, shares, report),
        *_about_file(gain, shares, report),
    ]
    return sorted((each for each in found if each.gain >= 0.1), key=lambda each: -each.gain)


Gain = Callable[[str, float], float]


def _about_words(gain: Gain, columns: Sequence[Mapping[str, Any]], dataset: object) -> list[Advice]:
    bare = sum(not column.get("description") for column in columns)
    empty = sum(not getattr(dataset, name, None) for name in METADATA)
    return [
        Advice(
            "documentation",
            Text(f"설명이 없는 열 {bare}개에 설명을 씁니다.", f"Describe the {bare} columns without a description."),
            gain("documentation", (1 - described(columns)) / 2) if columns else 0.0,
            "columns",
        ),
        Advice(
            "documentation",
            Text(f"비어 있는 설명 항목 {empty}개를 채웁니다.", f"Fill in the {empty} empty fields of the description."),
            gain("documentation", (1 - metadata(dataset)) / 2),
            "describe",
        ),
    ]


def _about_rows(gain: Gain, shares: Shares, report: Mapping[str, Any]) -> list[Advice]:
    bad, repeated = report.get("rows_quarantined", 0), report.get("rows_repeated", 0)
    told = {
        "completeness": Text("빈칸을 채운 파일을 올립니다.", "Send a file with fewer empty cells."),
        "validity": Text(f"격리된 {bad:,}행을 고쳐 올립니다.", f"Mend the {bad:,} quarantined rows."),
        "uniqueness": Text(f"되풀이되는 {repeated:,}행을 뺍니다.", f"Leave out the {repeated:,} repeated rows."),
    }
    return [Advice(name, words, gain(name, 1 - (shares[name] or 0.0))) for name, words in told.items()]


def _about_file(gain: Gain, shares: Shares, report: Mapping[str, Any]) -> list[Advice]:
    departures = len(undone(report))
    name = "machine_readability"
    late = shares["freshness"]
    return [
        Advice(
            "freshness",
            Text("약속한 주기에 맞추어 새 판을 올립니다.", "Send a new release, as the frequency promises."),
            gain("freshness", 1 - late) if late is not None else 0.0,
            "upload",
        ),
        Advice(
            name,
            Text("CSV처럼 열린 형식으로 올립니다.", "Send an open format such as CSV."),
            gain(name, (1 - _format(report)) / 3),
        ),
        Advice(name, Text("UTF-8로 저장해 올립니다.", "Save it as UTF-8."), gain(name, (1 - _encoding(report)) / 3)),
        Advice(
            name,
            Text(
                f"제목 줄·병합·합계처럼 표가 아닌 것 {departures}가지를 빼고 올립니다.",
                f"Leave out the {departures} things that are no plain table: titles, merges, totals.",
            ),
            gain(name, (1 - _layout(report)) / 3),
        ),
    ]
