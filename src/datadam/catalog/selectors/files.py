"""The files of a file set, for one reader: through the one check of `access`, counted as usage."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datadam.catalog import storage
from datadam.catalog.models import Dataset, Release
from datadam.catalog.selectors.data import Reading, reading
from datadam.core.errors import Conflict, NotAllowed, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

if TYPE_CHECKING:
    from datadam.lake.filesets import Objects
    from datadam.lake.manifest import Files, Manifest, Wanted

NEEDED = ("path", "media_type", "bytes", "sha256")
NO_FILES = Text("파일 묶음이 아니라 표입니다.", "This is a table and no file set.")
NOT_WHOLE = Text("이 자료의 파일을 받을 권한이 없습니다.", "You may not have the files of this dataset.")
MAX_FILES = 100_000


@dataclass(frozen=True)
class FileSet:
    """A file set that somebody may read: its manifest and its files."""

    dataset: Dataset
    opened: Reading
    manifest: "Manifest"
    objects: "Objects"

    def find(self, wanted: "Wanted", *, page: int = 1, size: int = MAX_FILES, channel: str) -> "Files":
        """A page of the files that fit. Looking at the list counts as reading its rows."""
        left = self.opened.decision.rows_left
        found = self.manifest.find(
            wanted, limit=size if left is None else min(size, left), offset=(max(1, page) - 1) * size
        )
        self.opened.used(channel, rows=len(found.rows))
        return found

    def one(self, path: str) -> dict[str, Any]:
        """The row of a file; NotFound when there is none that the reader may see."""
        row = self.manifest.one(path)
        if row is None:
            raise NotFound(Text(f"‘{path}’ 파일이 없습니다.", f"There is no file “{path}”."), path=path)
        return row

    def some(self, wanted: "Wanted") -> "Files":
        """All files that fit, to be handed out; whoever does so says what was used."""
        return self.manifest.find(wanted, limit=MAX_FILES)

    def choices(self) -> dict[str, list[tuple[str, int]]]:
        """Kinds, labels and folders with their numbers; kept for who reads all of it, nothing for who has a quota."""
        if self.opened.counted:
            return {}
        if not self.opened.kept:
            return self.manifest.choices()
        release = self.opened.release
        name = f"choices-v{release.version}"
        return dict(storage.kept(self.dataset.resource.uid, release.number, name, self.manifest.choices))


def file_set(actor: Actor | None, dataset: Dataset, release: Release, *, channel: str) -> FileSet:
    """Open a file set; Conflict when the release is a table, NotAllowed when a column that leads to files is hidden."""
    from datadam.lake.manifest import Manifest

    opened = reading(actor, dataset, release, channel=channel)
    if not release.is_files:
        raise Conflict(NO_FILES, code="no_files")
    if not set(NEEDED) <= set(opened.columns):
        raise NotAllowed(NOT_WHOLE)
    manifest = Manifest(tuple(opened.files), tuple(opened.columns), opened.row_filter)
    return FileSet(dataset, opened, manifest, storage.objects(dataset.resource.uid))
