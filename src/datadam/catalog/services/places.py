"""Which dataset each table of a file belongs to, and what a file that is read is held against."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q

from datadam.access import selectors
from datadam.catalog import recipes, series, storage
from datadam.catalog.models import Dataset, Release
from datadam.core import slugs
from datadam.core.public import Actor, Organisation
from datadam.lake.hiding import hidden
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.rules import RuleOutcome
    from datadam.lake.tables import LakeTable

Progress = Callable[[float, Text], None]
NAMESPACE = uuid.UUID("5f0c3c8e-6f43-5c55-9d0c-2f4bb5e5a4d1")  # of the tables that files lead to
GONE = (Dataset.State.DESTROYED,)
ENDED = (Release.State.DISCARDED, Release.State.DESTROYED)


@dataclass
class Order:
    """What is to be read and how. `proposals` None leaves it to the dataset's recipe ("apply" without one)."""

    organisation: Organisation
    filename: str
    sha256: str
    staged: str
    actor: Actor | None = None
    dataset: Dataset | None = None
    title: str = ""
    proposals: recipes.Policy | None = None
    accept_drift: bool = False
    release: Release | None = None  # the one release that is read again
    table: str | None = None  # the one table of an upload, refused before, that is read as it was drawn
    dry_run: bool = False
    files: bool = False  # a file set, whatever it looks like
    progress: Progress | None = None
    append: bool = False  # to the newest loaded release, kept in `base` once it was read
    base: Release | None = None
    checked: "dict[str, list[RuleOutcome]]" = field(default_factory=dict)  # by table: its rules, until it is stored

    def __post_init__(self) -> None:
        self.filename = hidden(self.filename)


@dataclass
class Places:
    """Which dataset each table of the file goes to: known ones by name, others to a table made from the content."""

    order: Order
    known: list[Dataset]
    chosen: dict[str, Dataset] = field(default_factory=dict)
    fresh: dict[str, uuid.UUID] = field(default_factory=dict)

    def dataset(self, table: str) -> Dataset | None:
        """The known dataset of the table: by its table's name; a lone dataset takes the first table otherwise."""
        if table in self.chosen:
            return self.chosen[table]
        free = [dataset for dataset in self.known if dataset not in self.chosen.values()]
        named = [dataset for dataset in free if table_of(dataset) == table]
        found = named[0] if named else free[0] if len(self.known) == 1 and free else None
        if found:
            self.chosen[table] = found
        return found

    def uid(self, table: str) -> uuid.UUID:
        """The resource of the table. For a new one it follows from the content, so that a second try finds it."""
        dataset = self.dataset(table)
        if dataset:
            return dataset.resource.uid
        if table not in self.fresh:
            self.fresh[table] = self._fresh_uid(table)
        return self.fresh[table]

    def _fresh_uid(self, table: str) -> uuid.UUID:
        """Counted on past datasets that came from the same bytes and were discarded, destroyed or renamed since."""
        order = self.order
        for number in itertools.count():
            facts = f"{order.organisation.pk}/{order.title}/{order.sha256}/{table}/{number}"
            uid = uuid.uuid5(NAMESPACE, facts)
            if not selectors.is_registered(uid):
                return uid
        raise AssertionError

    def table(self, name: str) -> "LakeTable":
        return storage.table(self.uid(name))


def table_of(dataset: Dataset) -> str:
    """The name that the dataset's table had in the file of its latest release."""
    latest = latest_of(dataset)
    return str(latest.report.get("table", "")) if latest else ""


def latest_of(dataset: Dataset) -> Release | None:
    """The newest release that was not discarded or destroyed."""
    return dataset.releases.exclude(state__in=ENDED).order_by("-number").first()


def loaded_of(dataset: Dataset, instead_of: Release | None = None) -> Release | None:
    """The newest release with rows in the lake, before the one to be replaced: what new columns are compared with."""
    rows = dataset.releases.exclude(state__in=[*ENDED, Release.State.HELD])
    if instead_of is not None and instead_of.state != Release.State.PUBLISHED:
        rows = rows.filter(number__lt=instead_of.number)
    return rows.order_by("-number").first()


def drawn_for(known: list[Dataset], table: str, steps: recipes.Policy | None, *, whole: bool) -> list[Dataset]:
    """Which of the datasets of a file a table drawn in it continues. `whole`: the file was refused as a whole."""
    sheets = [step.get("sheet", "") for step in steps if step["code"] == "table"] if isinstance(steps, list) else []
    named = [dataset for dataset in known if table_of(dataset) in (table, *filter(None, sheets))]
    return named[:1] or (known if whole and len(known) == 1 else [])


def match(organisation: Organisation, filename: str, title: str = "") -> list[Dataset]:
    """The organisation's datasets whose next edition this file is: by title if given, by the file's name otherwise."""
    if organisation.pk is None:  # the new organisation of a dry run
        return []
    owned = Dataset.objects.filter(organisation=organisation).exclude(state__in=GONE).select_related("resource")
    if title:
        named = owned.filter(Q(title=title) | Q(title__startswith=f"{title} · ") | Q(name=slugs.slug(title)))
        return list(named.order_by("pk"))
    key = series.key(filename)
    near = Release.objects.filter(dataset__in=owned, filename__startswith=key).exclude(state__in=ENDED)
    ids = {pk for pk, name in near.values_list("dataset_id", "filename") if series.key(name) == key}
    return list(owned.filter(pk__in=ids).order_by("pk"))
