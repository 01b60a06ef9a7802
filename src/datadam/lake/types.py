"""What the lake tells about a file it has read. Plain data, JSON through `dataclasses.asdict`."""

from dataclasses import dataclass, field
from typing import Any, Literal

ColumnType = Literal["integer", "number", "text", "date", "timestamp", "boolean"]
Status = Literal["loaded", "unchanged", "held", "refused"]


@dataclass(frozen=True)
class Column:
    """A column as loaded. `source` is its name in the file; `format` says how text became the type.

    `description` is a steward's words; `unit` too, or else what the file says.
    """

    name: str
    type: ColumnType
    source: str = ""
    format: str = ""
    description: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Proposal:
    """A departure from the literal file: what was seen and whether it was acted on."""

    code: str
    evidence: str
    applied: bool
    column: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something a steward should know of a column (or of the table, when `column` is None)."""

    code: str
    column: str | None
    count: int
    blocking: bool = False
    facts: dict[str, Any] = field(default_factory=dict)  # JSON; of personal data: form, why, example, rows, kept


@dataclass(frozen=True)
class ColumnProfile:
    """One column in figures. Dates and times in ISO form. `exact` is False where counts are estimates (±2 %)."""

    name: str
    type: ColumnType
    count: int
    nulls: int
    distinct: int
    exact: bool
    min: str | float | int | None = None
    max: str | float | int | None = None
    mean: float | None = None
    quantiles: list[str | float | int] = field(default_factory=list)  # 5 %, 25 %, 50 %, 75 %, 95 %
    top: list[tuple[str, int]] = field(default_factory=list)  # most frequent values, at most 10
    histogram: list[tuple[float | str, float | str, int]] = field(default_factory=list)  # (low, high, rows)
    pattern: str = ""  # the commonest shape: 9 for a digit, A for a Latin letter, 가 for a Hangul syllable


@dataclass
class Report:
    """How one table of a file was taken in. rows_read = loaded + quarantined + sum(set_aside).

    These are rows of the file. Where columns were turned into rows, these became `rows_reshaped` rows of the table.
    """

    table: str = ""  # sheet or member name; empty when the file is one table
    status: Status = "loaded"
    reason: str = ""  # a code when status is not 'loaded'
    reasons: list[str] = field(default_factory=list)  # every code that holds it, the weightiest first
    message_ko: str = ""
    message_en: str = ""
    rows_read: int = 0
    rows_loaded: int = 0
    rows_before: int | None = None  # of the release that these were added to; None when they stand alone
    rows_quarantined: int = 0
    rows_set_aside: dict[str, int] = field(default_factory=dict)
    rows_reshaped: int = 0
    encoding: str = ""
    format: str = ""  # csv, tsv, xlsx, xls, hwpx, html, xml, ndjson, json, parquet, rdata, shapefile, dbf, gpkg
    dialect: dict[str, Any] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)  # every column of the file, by its name there
    columns: list[Column] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    profile: list[ColumnProfile] = field(default_factory=list)
    rows_repeated: int = 0  # that say again what an earlier row said
    content_digest: str = ""  # equal for equal rows in equal order, whatever the file format
    version: int | None = None  # Delta version committed, None when nothing was
    quarantine: str = ""  # id of the sealed file of quarantined rows, empty when none
    preview: str = ""  # id of the sealed first rows of a held table, empty when none
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Rows of the table in the lake."""
        return (self.rows_reshaped or self.rows_loaded) + (self.rows_before or 0)
