"""What every reader takes and gives: a source of bytes in, tables of Arrow blocks with their row account out."""

import gc
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa

from datadam.lake.errors import LakeError
from datadam.lake.types import Finding, Proposal

if TYPE_CHECKING:
    from datadam.lake.filesets import Objects

BAD_TEXT_LIMIT = 4_000

Policy = str | list[dict[str, Any]]


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Source:
    """The bytes of one file.

    `open` gives a seekable, decrypting stream; `path` a private copy and `private` an empty folder, wiped on exit.
    """

    open: Callable[[], BinaryIO]
    filename: str
    size: int
    path: Callable[[], AbstractContextManager[Path]]
    fraction_read: Callable[[], float] = lambda: 0.0
    private: Callable[[], AbstractContextManager[Path]] = _temporary_folder
    known: dict[str, bool] = field(default_factory=dict, compare=False)  # what a look at all of the bytes has told

    def head(self, size: int = 65_536) -> bytes:
        with self.open() as stream:
            return stream.read(size)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's cycle collector, which would look through masses of new rows again and again for nothing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Kept:
    """A private folder or copy, held as long as something refers to this object, and wiped with it."""

    def __init__(self, context: AbstractContextManager[Path]) -> None:
        stack = ExitStack()
        self.path = stack.enter_context(context)
        self._end = weakref.finalize(self, stack.close)

    def wipe(self) -> None:
        """At once, when nothing came of it: an exception that is on its way may refer to it for long."""
        self._end()


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read. `line` is the physical line, sheet row or record number, from 1."""

    line: int
    reason: str
    text: str

    @classmethod
    def of(cls, line: int, reason: str, text: str) -> "BadRow":
        return cls(line, reason, text[:BAD_TEXT_LIMIT])


@dataclass
class Block:
    """Some rows in file order: columns in header order, as strings or native Arrow types.

    Native means int64, double, bool, date32, timestamp("us", "UTC"), time64("us"), and large_string for a text that is
    to stay one.
    Rows read = cells.num_rows / repeats + len(bad) + sum(set_aside.values()).
    """

    cells: pa.RecordBatch
    lines: Callable[[], np.ndarray] | np.ndarray
    bad: list[BadRow] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)
    repeats: int = 1  # rows of `cells`, next to each other, that came of one row of the file

    def line_numbers(self) -> np.ndarray:
        """Physical line, sheet row or record number of each row of `cells`, int64."""
        return self.lines() if callable(self.lines) else self.lines


@dataclass
class Table:
    """One table found in a file. `blocks` may be called again; it yields at least one block, be it of no rows.

    A sheet that cannot be read beside others that can has its `refusal`, an empty header, and `blocks` raises it.
    """

    name: str
    format: str
    encoding: str
    dialect: dict[str, Any]
    header: list[str]
    proposals: list[Proposal]
    blocks: "Callable[[], Iterator[Block | Unit]]"
    refusal: LakeError | None = None
    findings: list[Finding] = field(default_factory=list)
    be_careful: Callable[[], bool] = lambda: False  # switch to a slower, more tolerant way; False when there is none
    measures: dict[str, str] = field(default_factory=dict)  # column → the unit that the file gives it
    noted: str = ""  # several units that the file names in one line
    texts: frozenset[str] = frozenset()  # columns that no type may be guessed of
    descriptions: dict[str, str] = field(default_factory=dict)  # column → what the file says of it
    last_rows: Callable[[], list[list[str]]] = list  # a few rows at its end, cheaply had; [] when they are not
    fixed: frozenset[str] = frozenset()  # columns that no recipe may change
    keep: "Callable[[Objects, Callable[[int], None]], None] | None" = None  # of a file set: where its files go

    def units(self) -> "Iterator[Unit]":
        """Blocks as units of work: each may be run in any thread; the results belong together in this order."""
        for item in self.blocks():
            yield item if callable(item) else partial(_itself, item)


Unit = Callable[[], Block]


def refused_table(name: str, format: str, refusal: LakeError) -> Table:
    """A table that cannot be read beside others that can. The refusal forgets where it was raised, and what it held."""
    refusal.__traceback__ = refusal.__cause__ = refusal.__context__ = None

    def blocks() -> Iterator[Block]:
        raise refusal

    return Table(name, format, "", {}, [], [], blocks, refusal)


def _itself(block: Block) -> Block:
    return block


def wants(policy: Policy, code: str, column: str | None = None, *, sure: bool = True) -> bool:
    """Whether a proposal is to be acted on. A recipe's last step for it decides; what it leaves open is if `sure`."""
    if isinstance(policy, str):
        return sure and policy != "none"
    decided = sure
    for step in policy:
        if step.get("code") in ("*", code) and step.get("column") in (None, column):
            decided = bool(step.get("applied", True)) and (sure or step["code"] == code)
    return decided


def _storable(name: str | None) -> str:
    """A name without what no table format holds: NUL and halves of surrogate pairs."""
    return (name or "").replace("\0", "").encode("utf-8", "replace").decode()


def unique_names(raw: Iterable[str | None]) -> tuple[list[str], list[Proposal]]:
    """Names that differ even when case is ignored (as Delta and SQL do): empty ones become column_N, repeats get _2.

    These renamings are necessary under any policy, so their proposals are always applied.
    """
    wanted = [name if name.strip() else "" for name in map(_storable, raw)]
    reserved = {name.casefold() for name in wanted if name}
    taken: set[str] = set()
    names: list[str] = []
    proposals: list[Proposal] = []
    for position, name in enumerate(wanted, 1):
        base = name or f"column_{position}"
        unique, number = base, 2
        while unique.casefold() in taken or (unique != name and unique.casefold() in reserved):
            unique, number = f"{base}_{number}", number + 1
        taken.add(unique.casefold())
        names.append(unique)
        if not name:
            proposals.append(Proposal("unnamed_column", f"{position} → {unique}", applied=True, column=unique))
        elif unique != name:
            proposals.append(Proposal("duplicate_column", f"{name} → {unique}", applied=True, column=unique))
    return names, proposals
