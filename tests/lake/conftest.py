"""A lake of its own for every test: no Django here."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from datadam.lake.intake import open_source, take_in
from datadam.lake.staging import Staging
from datadam.lake.tables import LakeTable
from datadam.lake.types import Report


class Lake:
    """A staging area and tables in a temporary folder, with the few calls tests make."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = Staging(root / "staging", b"k" * 32)

    def table(self, name: str = "") -> LakeTable:
        return LakeTable(self.root / "lake", f"t{name}")

    def take(self, content: bytes, filename: str = "file.csv", **options: object) -> list[Report]:
        sealed = self.staging.seal(io.BytesIO(content))
        source = open_source(self.staging, sealed.id, filename)
        return take_in(source, staging=self.staging, table_for=self.table, **options)  # type: ignore[arg-type]

    def one(self, content: bytes, **options: object) -> Report:
        (report,) = self.take(content, **options)  # type: ignore[arg-type]
        return report

    def rows(self, report: Report) -> list[dict[str, object]]:
        """The rows of a loaded report, in order."""
        import pyarrow.parquet as pq

        assert report.version is not None
        files = self.table(report.table).files(report.version)
        return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def make_lake(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Lake]:
    return lambda: Lake(tmp_path_factory.mktemp("lake"))
