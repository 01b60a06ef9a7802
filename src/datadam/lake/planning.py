"""How each column of a table is to be read, guessed from its first values and from what a steward set."""

import re
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from datadam.lake.clock import DAY_NAME, SERIAL_FROM, SERIAL_NAME
from datadam.lake.corrections import Asked, Corrections, format_for
from datadam.lake.inference import MISSING, SUPPRESSED, TEXT, Format, guess, serials
from datadam.lake.readers.base import Policy, Table, wants
from datadam.lake.types import ColumnType

SAMPLE_VALUES = 2_000
ARROW: dict[ColumnType, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Plan:
    """How one column is read. `format` None: no value seen yet."""

    name: str
    format: Format | None
    native: ColumnType | None = None
    trim: bool = False
    example: str = ""
    declined: str = ""  # the code of a proposal that the recipe turned down
    source: str = ""  # its name in the file
    asked: Asked | None = None  # the type that a steward set
    tokens: tuple[str, ...] = ()  # further words for 'missing'
    dropped: bool = False
    figures: bool = False  # whole numbers of the file that are read as their text

    @property
    def by_hand(self) -> bool:
        """Read from its text as a steward said; never widened."""
        return self.asked is not None or bool(self.tokens)

    @property
    def type(self) -> ColumnType:
        return self.native or (self.format or TEXT).type

    @property
    def kind(self) -> str:
        """What its values are to be, for the reason why one is not."""
        return self.asked or ("duration" if self.format and self.format.code == "duration" else self.type)

    @property
    def is_serial(self) -> bool:
        return self.format is not None and self.format.code in SERIAL_FROM

    @property
    def converts(self) -> bool:
        if self.dropped or self.native is not None or self.format is None:
            return False
        return self.format.code != "text" or bool(self.tokens)


def native_type(kind: pa.DataType) -> ColumnType | None:
    """The column type of a native Arrow type; None for text, which is to be read."""
    if pa.types.is_string(kind) or pa.types.is_null(kind) or pa.types.is_time(kind):
        return None
    if pa.types.is_large_string(kind):
        return "text"
    return next(name for name, arrow in ARROW.items() if arrow == kind)


def corrected(plan: Plan, corrections: Corrections) -> Plan:
    """The plan with what a steward set about its column."""
    source = plan.name
    plan = replace(plan, source=source, name=corrections.names.get(source, source))
    if source in corrections.dropped:
        return replace(plan, native=None, format=None, dropped=True, declined="")
    tokens = corrections.missing.get(source, ())
    asked = corrections.types.get(source)
    if asked:
        plan = replace(plan, native=None, format=format_for(asked), asked=asked, trim=asked != "text", declined="")
    return replace(plan, tokens=tokens, format=plan.format or TEXT) if tokens else plan


def plan_of(name: str, column: pa.ChunkedArray | None, exact: bool, policy: Policy, table: Table) -> Plan:
    native = native_type(column.type) if column is not None else None
    if column is None or column.null_count == len(column):
        return Plan(name, None, native)
    if name in table.texts and native is None:
        return Plan(name, TEXT)
    serial = None if exact else _serial(name, column, policy, since_1904=bool(table.dialect.get("date1904")))
    if serial is not None and not serial.declined:
        return serial
    if native == "integer" and not exact and (days := _days(name, column, policy)):
        return days
    plan = _literal_plan(name, column, exact, policy)
    return replace(plan, declined=plan.declined or serial.declined, example=serial.example) if serial else plan


def _days(name: str, column: pa.ChunkedArray, policy: Policy) -> Plan | None:
    """The plan of whole numbers that are days or months (20230501, 202305), as their column's name says too."""
    values = pc.unique(column.drop_null()).slice(0, SAMPLE_VALUES).cast(pa.string()).to_pylist()
    found = guess(name, values, exact=False) if re.search(DAY_NAME, name, re.IGNORECASE) else None
    if found is None or found.type != "date":
        return None
    plan = Plan(name, found, example=values[0], figures=True)
    return (
        plan
        if wants(policy, found.code, name)
        else Plan(name, None, native="integer", example=values[0], declined=found.code)
    )


def _serial(name: str, column: pa.ChunkedArray, policy: Policy, *, since_1904: bool) -> Plan | None:
    """The plan of a column that may hold a spreadsheet's days as numbers; `declined` when it is only proposed."""
    if not re.search(SERIAL_NAME, name, re.IGNORECASE) or not (
        pa.types.is_string(column.type) or native_type(column.type) in ("integer", "number")
    ):
        return None
    values = pc.unique(column.drop_null().cast(pa.string())).slice(0, SAMPLE_VALUES).to_pylist()
    present = [text for value in values if (text := value.strip()) and text not in MISSING]
    found = serials(name, present, since_1904=since_1904)
    if found is None:
        return None
    form, sure = found
    plan = Plan(name, form, trim=any(value != value.strip() for value in values), example=present[0])
    return plan if wants(policy, form.code, name, sure=sure) else replace(plan, format=None, declined=form.code)


def _literal_plan(name: str, column: pa.ChunkedArray, exact: bool, policy: Policy) -> Plan:
    native = native_type(column.type)
    if native:
        return Plan(name, None, native)
    values: list[str] = pc.unique(column.drop_null()).slice(0, SAMPLE_VALUES).to_pylist()
    if exact:
        found = guess(name, values, exact=True)
        return Plan(name, found, example=values[0])
    words = {*MISSING, *SUPPRESSED, *Corrections.of(policy).missing.get(name, ())}
    present = [text for value in values if (text := value.strip()) and text not in words]
    found = guess(name, present, exact=False)
    example = present[0][:60] if present else ""
    if found is not None and found is not TEXT and not wants(policy, found.code, name):
        return Plan(name, TEXT, example=example, declined=found.code)
    trim = found is not None and found is not TEXT and any(value != value.strip() for value in values)
    if found is TEXT or found is None:
        return Plan(name, found if present else TEXT, example=example)
    return Plan(name, found, trim=trim, example=example)
