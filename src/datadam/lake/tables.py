"""A table of the lake: one Delta table, every release one version of it."""

import contextlib
import glob
import json
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote

from datadam.lake import marks
from datadam.lake.errors import LakeError
from datadam.lake.filesets import Objects

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

LOADING = ".loading-"  # marks in a table's folder the files of a load that is not committed; held while it runs
log = logging.getLogger(__name__)


class LakeTable:
    """The Delta table of one resource, at `root/tables/<uid>`. Version 0 is empty; loads start at 1."""

    def __init__(self, root: str | Path, uid: str) -> None:
        if "://" in str(root):
            raise LakeError(
                "lake_not_local",
                ko="이 판은 로컬 폴더의 레이크만 지원합니다.",
                en="This version keeps its lake in a local folder only.",
            )
        self.folder = Path(root) / "tables" / str(uid)
        self.objects = Objects(root, uid)

    def exists(self) -> bool:
        return (self.folder / "_delta_log").is_dir()

    def _delta(self, version: int | None = None) -> "DeltaTable":
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            return DeltaTable(str(self.folder), version=version)
        except DeltaError as error:
            raise LakeError(
                "no_such_version", ko="그런 판이 없습니다.", en="There is no such version.", version=version
            ) from error

    def versions(self) -> list[int]:
        """Every version that can be read, oldest first."""
        return sorted(entry["version"] for entry in self._delta().history()) if self.exists() else []

    def files(self, version: int) -> list[str]:
        """The Parquet files of one version, in row order: never to be replaced by a glob, which sees deleted rows."""
        uris = self._delta(version).file_uris()
        return sorted(uri.removeprefix("file://") for uri in uris)

    def parts(self, version: int) -> list[Path]:
        """Every file that the table needs to be read at `version` and at every one before it, and nothing later.

        Read from the log itself: the log files up to there, and the data files that they name and that are there.
        """
        entries, points = ([path for path in paths if _number(path) <= version] for paths in self._log())
        data = [self.folder / name for name in sorted(_named(entries, points))]
        return [*entries, *points, *(path for path in data if path.exists())]

    def named(self) -> set[str]:
        """The data files that the log names, whatever state the table is in."""
        return _named(*self._log())

    def _log(self) -> tuple[list[Path], list[Path]]:
        folder = self.folder / "_delta_log"
        return sorted(folder.glob("*.json")), sorted(folder.glob("*.checkpoint*.parquet"))

    def damage(self, version: int, *, rows: int, deep: bool = False) -> str:
        """What is wrong with the files of a version: "" for nothing; `deep` reads every row."""
        import pyarrow.parquet as pq

        try:
            sizes = dict(self._sizes(version))
            lost = [name for name, size in sizes.items() if not _has_size(self.folder / name, size)]
            if lost:
                return f"{len(lost)} files missing or of another size: {lost[0]}"
            files = [pq.ParquetFile(self.folder / name) for name in sizes]
            count = sum(file.metadata.num_rows for file in files)
            if deep:
                count = sum(batch.num_rows for file in files for batch in file.iter_batches())
        except (LakeError, OSError, ValueError) as error:
            return type(error).__name__
        return "" if count == rows else f"{count} rows instead of {rows}"

    def _sizes(self, version: int) -> Iterator[tuple[str, int]]:
        import pyarrow as pa

        actions = pa.table(self._delta(version).get_add_actions(flatten=True))
        yield from zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)

    def schema(self, version: int) -> "pa.Schema":
        import pyarrow as pa

        return pa.schema(self._delta(version).schema().to_arrow())

    @contextlib.contextmanager
    def load(self) -> Iterator["Load"]:
        """A load in the making: files written beside the table, invisible until `commit`, removed if it never comes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        load = Load(self)
        try:
            yield load
        finally:
            load.abandon()

    def destroy(self, version: int | None = None) -> None:
        """Remove one version's rows from disk and history, or the whole table (None).

        The table is rebuilt beside itself: other versions keep their numbers, the destroyed one becomes an empty
        version; then the old folder is swapped out and removed.
        """
        old = self._settle()
        if version is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.objects.destroy()
            return
        fresh = LakeTable(self.folder.parent.parent, f"{self.folder.name}.rebuild")
        for number in range(1, max(self.versions()) + 1):
            with fresh.load() as load:
                self._copy_version(number, load, empty=number == version)
        self.folder.rename(old)
        fresh.folder.rename(self.folder)
        shutil.rmtree(old)

    def _settle(self) -> Path:
        """End what a destruction cut short by a crash left beside the table; returns where the old folder goes."""
        old = self.folder.with_name(f"{self.folder.name}.old")
        if old.exists() and not self.folder.exists():
            old.rename(self.folder)  # it died between the two renames: the table is as it was
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self.folder.with_name(f"{self.folder.name}.rebuild"), ignore_errors=True)
        return old

    def _copy_version(self, number: int, load: "Load", *, empty: bool) -> None:
        import pyarrow.parquet as pq

        schema = self.schema(number)
        if empty:
            load.commit(schema.empty_table().schema, {"destroyed": "true"})
            return
        for source in self.files(number):
            target = load.new_file()
            shutil.copyfile(source, target)
            load.rows += pq.ParquetFile(target).metadata.num_rows
        load.commit(schema, {})


class Load:
    """The files of one version before they are committed."""

    def __init__(self, table: LakeTable) -> None:
        self.table = table
        self.paths: list[Path] = []
        self.rows = 0
        self._stem = uuid.uuid4().hex
        self._mark = table.folder / f"{LOADING}{self._stem}"
        self._held: BinaryIO | None = None

    def new_file(self) -> Path:
        """The path of the next data file; names sort in row order."""
        self._hold()
        path = self.table.folder / f"part-{len(self.paths):05d}-{self._stem}.zstd.parquet"
        self.paths.append(path)
        return path

    def commit(self, schema: "pa.Schema", tags: dict[str, str]) -> int:
        """Make the files the table's next version, replacing what was there. Returns the version."""
        from deltalake import CommitProperties, DeltaTable, Schema

        for path in self.paths:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        actions = [_add_action(path) for path in self.paths]
        if not self.table.exists():
            DeltaTable.create(str(self.table.folder), schema=Schema.from_arrow(schema), mode="ignore")
        delta = DeltaTable(str(self.table.folder))
        delta.create_write_transaction(
            actions,
            "overwrite",
            Schema.from_arrow(schema),
            [],
            commit_properties=CommitProperties(custom_metadata=tags),
        )
        self.paths = []
        self._let_go()
        return DeltaTable(str(self.table.folder)).version()

    def restart(self) -> None:
        """Remove what was written so far; more will be."""
        for path in self.paths:
            path.unlink(missing_ok=True)
        self.paths, self.rows = [], 0

    def abandon(self) -> None:
        for path in self.paths:
            path.unlink(missing_ok=True)
        self._let_go()
        if self.paths:
            _remove_empty(self.table.folder)
        self.paths = []

    def _hold(self) -> None:
        """Hold the mark, which is gone with what an earlier attempt left or with a table that was destroyed."""
        if self._held is None or not marks.is_at(self._mark, self._held):
            self._let_go()
            self._held = marks.take(self._mark)

    def _let_go(self) -> None:
        self._mark.unlink(missing_ok=True)  # while it is held: a sweep finds it held or gone
        if self._held is not None:
            self._held.close()
            self._held = None


def sweep(root: str | Path) -> int:
    """Remove the files that killed loads left, which nobody holds and no version names; returns how many."""
    folder, removed = Path(root) / "tables", 0
    for name in glob.iglob(f"*/{LOADING}*", root_dir=folder):  # folders may vanish meanwhile: Path.glob would mind
        with marks.alone(folder / name) as alone:
            removed += _swept(folder / name) if alone else 0
    return removed


def _swept(mark: Path) -> int:
    try:
        named = LakeTable(mark.parents[2], mark.parent.name).named()
    except (OSError, ValueError):
        log.exception("the log of a table cannot be read: what a killed load left there stays")
        return 0
    stem = mark.name.removeprefix(LOADING)
    lost = [path for path in mark.parent.glob(f"part-*-{stem}.zstd.parquet") if path.name not in named]
    for path in (*lost, mark):
        path.unlink(missing_ok=True)
    _remove_empty(mark.parent)
    return len(lost)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # it holds something: a table
        folder.rmdir()


def folders(root: str | Path) -> list[Path]:
    """The folders of all tables in the lake."""
    return sorted(path for path in Path(root).glob("tables/*") if path.is_dir())


def _number(path: Path) -> int:
    return int(path.name.partition(".")[0])


def _named(entries: list[Path], points: list[Path]) -> set[str]:
    """The data files that these parts of a log name."""
    named = {name for path in entries for name in _added(path)}
    return named | {name for path in points for name in _added_before(path)}


def _added(entry: Path) -> Iterator[str]:
    for line in entry.read_text(encoding="utf-8").splitlines():
        action = json.loads(line) if line.strip() else {}
        if "add" in action:
            yield unquote(action["add"]["path"])


def _added_before(point: Path) -> Iterator[str]:
    import pyarrow.parquet as pq

    for row in pq.read_table(point, columns=["add"])["add"].to_pylist():
        if row and row.get("path"):
            yield unquote(row["path"])


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _add_action(path: Path) -> Any:
    """The Delta `add` of one Parquet file, with its row count and per-column extremes read from the footer."""
    import pyarrow.parquet as pq
    from deltalake.transaction import AddAction

    footer = pq.ParquetFile(path).metadata
    stats = {"numRecords": footer.num_rows, "nullCount": _null_counts(footer)}
    state = path.stat()
    return AddAction(path.name, state.st_size, {}, int(state.st_mtime * 1000), True, json.dumps(stats))


def _null_counts(footer: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group in range(footer.num_row_groups):
        for index in range(footer.num_columns):
            column = footer.row_group(group).column(index)
            if column.statistics is not None and column.statistics.has_null_count:
                name = column.path_in_schema
                counts[name] = counts.get(name, 0) + column.statistics.null_count
    return counts
