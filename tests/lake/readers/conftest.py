from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from datadam.lake.readers.base import Source


def _source(content, filename="file"):
    @contextmanager
    def path():
        with TemporaryDirectory() as folder:
            copy = Path(folder) / filename
            copy.write_bytes(content)
            yield copy

    return Source(open=lambda: BytesIO(content), filename=filename, size=len(content), path=path)


class Reading:
    """Everything that one table gave: its rows as dictionaries and the account of them."""

    def __init__(self, table):
        self.table = table
        self.rows, self.lines, self.bad, self.set_aside, self.schema = [], [], [], {}, None
        for block in table.blocks():
            self.schema = block.cells.schema
            assert block.cells.schema.names == table.header
            self.rows += block.cells.to_pylist()
            self.lines += block.line_numbers().tolist()
            self.bad += [(row.line, row.reason) for row in block.bad]
            for reason, count in block.set_aside.items():
                self.set_aside[reason] = self.set_aside.get(reason, 0) + count
        assert len(self.lines) == len(self.rows)

    @property
    def types(self):
        return {field.name: str(field.type) for field in self.schema}

    @property
    def codes(self):
        return [proposal.code for proposal in self.table.proposals]

    def column(self, name):
        return [row[name] for row in self.rows]


@pytest.fixture(scope="session")
def source_of():
    return _source


@pytest.fixture(scope="session")
def read():
    """read(module, content, policy="apply") -> the Reading of the one table in it."""

    def read_one(module, content, policy="apply", **options):
        source = _source(content)
        assert module.matches(source.head(), source)
        (table,) = module.tables(source, policy=policy, **options)
        return Reading(table)

    return read_one


@pytest.fixture(scope="session")
def read_all():
    def read_every(module, content, policy="apply"):
        return [Reading(table) for table in module.tables(_source(content), policy=policy)]

    return read_every
