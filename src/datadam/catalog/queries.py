"""SQL over datasets by their names: every table through the one check, then run in the sandbox."""

from dataclasses import dataclass
from typing import Any

from datadam.catalog.models import Dataset
from datadam.catalog.selectors.data import Reading, reading
from datadam.catalog.selectors.datasets import by_name, release_for
from datadam.core.public import Actor


@dataclass(frozen=True)
class Answer:
    """What a query gave. `datasets` are the (name, release) it read."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    truncated: bool
    seconds: float
    datasets: list[tuple[str, int]]


def run(*, actor: Actor | None, query: str, channel: str = "sql", rows: int = 10_000) -> Answer:
    """Answer one SELECT over datasets called by name or title. Raises QueryRefused, NotFound, NotAllowed."""
    from datadam.sandbox import sql

    opened = {name: _open(actor, name, channel) for name in sql.names(query)}
    allowed = {name: each.columns for name, (_, each) in opened.items()}
    checked = sql.check(query, allowed)
    tables = {
        name: sql.TableSource(each.files, columns=each.columns, row_filter=each.row_filter)
        for name, (_, each) in opened.items()
        if name in checked.tables
    }
    result = sql.run(checked, tables, sql.Limits(rows=rows))
    for _, each in opened.values():
        each.used(channel, rows=result.row_count)
    read = [(dataset.name, each.release.number) for dataset, each in opened.values()]
    return Answer(result.columns, result.types, result.rows, result.truncated, result.seconds, read)


def _open(actor: Actor | None, name: str, channel: str) -> tuple[Dataset, Reading]:
    dataset = by_name(actor, name)
    return dataset, reading(actor, dataset, release_for(actor, dataset), channel=channel)
