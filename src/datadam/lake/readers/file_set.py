"""A zip file of pictures, sounds, films and documents as one table: its manifest, a row a file.

Which files there are and what label files say of them is known when it is opened; the files themselves are read once,
into the objects of the set, when `keep` is called. A file that is not what its name says, or is broken, is quarantined.
"""

import zipfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from datadam.lake import pictures
from datadam.lake.errors import Unreadable
from datadam.lake.filesets import Draft, Objects
from datadam.lake.readers import archive, labels, media, members
from datadam.lake.readers.base import BadRow, Block, Kept, Source, Table, unique_names
from datadam.lake.readers.packs import Member, Packs, clashing
from datadam.lake.types import Finding

FORMAT = "files"
FILES_LIMIT = 100_000
SAMPLE = 200  # files looked into before a zip file is taken for a file set
BLOCK = 2_000
HEAD = 65_536
THREADS = 2
AHEAD = 8
LONGEST_NAME, LONGEST_PATH = 255, 1_000  # bytes, as file systems have it; characters
DOCUMENTS = (".pdf", ".docx", ".pptx", ".hwp", ".doc", ".ppt", ".epub")  # never a table
BASE = {"path": pa.string(), "kind": pa.string(), "media_type": pa.string(), "bytes": pa.int64(), "sha256": pa.string()}
MEASURES: dict[str, dict[str, pa.DataType]] = {
    "image": {"width": pa.int64(), "height": pa.int64()},
    "audio": {"seconds": pa.float64()},
    "video": {"seconds": pa.float64()},
    "application": {"pages": pa.int64()},
}

Told = Callable[[int], None]


@dataclass
class Found:
    """What became of the members: rows of the manifest, and what stays out of it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)


class Spoilt(Exception):
    """A file stays out; the reason is its code."""


def looks_like_one(source: Source) -> bool:
    """Whether most files of a zip file are media, and none of the others is a table of its own."""
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as packed:
            return _mostly_media(packed)
    except (*archive.BROKEN, NotImplementedError, RuntimeError):
        return False


def _mostly_media(packed: zipfile.ZipFile) -> bool:
    entries = {members.name_of(entry): entry for entry in packed.infolist()}
    entries = {name: entry for name, entry in entries.items() if not members.ignored_by_name(name, entry)}
    wanted = [name for name in entries if media.claims(name) and _is_media(name)]
    if not wanted:
        return False
    looked = wanted[:: max(1, len(wanted) // SAMPLE)]
    good = sum(1 for name in looked if _fits(name, _head(packed, entries[name])))
    stems = {PurePosixPath(name).stem for name in wanted}
    others = [name for name in entries if not _is_media(name) and PurePosixPath(name).stem not in stems]
    if good * 2 < len(looked) or len(others) > min(SAMPLE, len(wanted)):
        return False
    return _all_labels(packed, entries, wanted, others)


def _is_media(name: str) -> bool:
    promised = media.claims(name)
    return bool(promised) and (promised[0].split("/")[0] != "application" or media.ending_of(name) in DOCUMENTS)


def _fits(name: str, head: bytes) -> bool:
    found, promised = media.sniff(head, name), media.claims(name)
    return found in promised or (found == "application/zip" and promised[0].startswith("application/"))


def _head(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The beginning of a member, nothing of one that is broken."""
    try:
        with packed.open(entry) as stream:
            return stream.read(HEAD)
    except archive.BROKEN:
        return b""


def _all_labels(
    packed: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], wanted: Sequence[str], others: Sequence[str]
) -> bool:
    """Whether all other files are label files of the media, or nothing that could be a table."""
    doubtful = [name for name in others if (head := _head(packed, entries[name])) and not _is_no_table(head, name)]
    sized = [(name, entries[name].file_size) for name in doubtful]
    small = [each for each in sized if each[1] <= labels.LIMIT]
    known = labels.read(small, lambda name: packed.read(entries[name]), wanted).files
    big = {name for name, size in sized if size > labels.LIMIT}
    return all(
        name in known or (name in big and labels.mentions(_head(packed, entries[name]), wanted)) for name, _ in sized
    )


def _is_no_table(head: bytes, name: str) -> bool:
    return media.sniff(head, name) == "" and not head.startswith((b"PAR1", b"\x1f\x8b", b"SQLite format 3"))


def table(source: Source, *, within: archive.Nest | None = None) -> Table:
    """The manifest of a zip file, not yet read. Raises Unreadable or TooBig."""
    reading = Reading(source, archive.Nest(source.size, within))
    try:
        reading.open()
    except archive.BROKEN as error:
        raise archive.broken("zip", error) from error
    return Table(
        name="",
        format=FORMAT,
        encoding="",
        dialect={},
        header=list(reading.header),
        proposals=[],
        blocks=reading.blocks,
        findings=reading.findings,
        texts=frozenset({"path", "kind", "media_type", "sha256", "label", "classes"}),
        fixed=frozenset(BASE),
        keep=reading.keep,
    )


class Reading:
    """One archive on its way into a manifest and its objects."""

    def __init__(self, source: Source, nest: archive.Nest) -> None:
        self.source, self.nest = source, nest
        self.folder = Kept(source.private())
        self.members: list[Member] = []
        self.found = Found()
        self.header: dict[str, pa.DataType] = {}
        self.findings: list[Finding] = []
        self._number = self._inner = 0
        self._taken: dict[str, str] = {}  # path → the name as it stands in the archive
        self._clashing: set[str] = set()
        self._joined: dict[str, str] = {}  # column of the label files → its name here
        self._places: dict[str, dict[str, str]] = {}  # column of words → path → what it says
        self._labels = labels.Labels()
        self._done = False

    def open(self) -> None:
        """List the members, read their label files and settle the columns."""
        with Packs(self.source) as packs:
            self._list(packs.of(None), "", self.nest, None)
            if not self.members:
                raise Unreadable(
                    "nothing_inside", ko="압축 파일 안에 파일이 없습니다.", en="The archive holds no files."
                )
            self._strip()
            self._clashing = clashing(each.path for each in self.members)
            self._read_labels(packs)
        self._settle()

    def _list(self, packed: zipfile.ZipFile, prefix: str, nest: archive.Nest, inner: Path | None) -> None:
        """The members, those of an archive in the archive under its name."""
        for entry in packed.infolist():
            name = members.name_of(entry)
            if name.endswith("/"):
                continue
            path = members.clean(prefix + name)
            if media.ending_of(name) == ".zip" and nest.depth < archive.DEPTH:
                self._open_inner(packed, entry, str(PurePosixPath(path).with_suffix("")) + "/", nest)
                continue
            self._number += 1
            if self._number > FILES_LIMIT:
                raise archive.too_many(FILES_LIMIT)
            why = members.ignored_by_name(name, entry)
            known, written = path in self._taken, prefix + entry.orig_filename
            if why not in ("", "notes"):
                self.found.set_aside[why] += 1
            elif self._taken.setdefault(path, written) != written:
                self.found.bad.append(BadRow.of(self._number, "path_clash", path))
            elif known:
                self.found.set_aside["repeated"] += 1
            else:
                self.members.append(Member(self._number, path, entry, inner))

    def _open_inner(self, packed: zipfile.ZipFile, entry: zipfile.ZipInfo, prefix: str, nest: archive.Nest) -> None:
        self._inner += 1
        target = self.folder.path / f"inner{self._inner}"
        with archive.checked(entry), packed.open(entry) as stream:
            archive.copied(stream, target, nest, archive.MEMBER_LIMIT)  # type: ignore[arg-type]
        with zipfile.ZipFile(target) as inner:
            self._list(inner, prefix, archive.Nest(entry.file_size, nest), target)

    def _strip(self) -> None:
        """Without the one folder that everything lies in: its name is that of the file and changes with it."""
        if len({each.path.partition("/")[0] for each in self.members}) == 1 and all(
            "/" in each.path for each in self.members
        ):
            self.members = [replace(each, path=each.path.partition("/")[2]) for each in self.members]

    def _read_labels(self, packs: Packs) -> None:
        texts = {each.path: each for each in self.members if not media.claims(each.path)}
        targets = [each.path for each in self.members if each.path not in texts]
        sizes = [(path, each.entry.file_size) for path, each in texts.items()]

        def content(path: str) -> bytes:
            with packs.open(texts[path]) as stream:
                return bytes(stream.read())

        self._labels = labels.read(sizes, content, targets)

    def _settle(self) -> None:
        paths = [member.path for member in self.members]
        promised = {kind.split("/")[0] for path in paths for kind in media.claims(path)[:1]}
        folders = labels.folder_labels(path for path in paths if _is_media(path))
        joined = self._labels.columns
        own = {name for names in MEASURES.values() for name in names} | set(BASE)
        names, _ = unique_names([*own, *joined])
        self._joined = dict(zip(joined, names[len(own) :], strict=True))
        self.header = dict(BASE)
        for kind, columns in MEASURES.items():
            self.header |= columns if kind in promised else {}
        if folders and "label" not in joined:
            self.header["label"] = pa.string()
            self._places = {"label": folders}
        self.header |= {name: pa.string() for name in self._joined.values()}
        self._tell(paths)

    def _tell(self, paths: list[str]) -> None:
        told = self._labels
        unlabelled = sum(1 for path in paths if _is_media(path) and path not in told.labelled) if told.labelled else 0
        repeated = sum(1 for column in told.columns.values() for values in column.values() if len(values) > 1)
        for code, count in (
            ("labels_unmatched", told.unmatched),
            ("labels_unread", told.unread),
            ("files_unlabelled", unlabelled),
            ("labels_repeated", repeated),
        ):
            if count:
                self.findings.append(Finding(code, None, count))

    def keep(self, objects: Objects, told: Told) -> None:
        """Read every file into the objects, thumbnails too; `told` hears how many are done.

        Called again it looks whether all are there still: a release may have been destroyed meanwhile.
        """
        if self._done and not all(objects.has(row["sha256"], row["bytes"]) for row in self.found.rows):
            raise Unreadable(
                "files_cleared",
                ko="읽는 사이에 이 자료의 판을 파기해 파일이 함께 지워졌습니다. 다시 올려 주십시오.",
                en="A release of this dataset was destroyed while the file was read. Send it again.",
            )
        self._take(self.members, objects, told)

    def _take(self, taken_in: Sequence[Member], objects: Objects, told: Told) -> None:
        if self._done:
            return
        waiting: deque[tuple[Member, Draft | Spoilt, Future[dict[str, Any]] | None]] = deque()
        with Packs(self.source) as packs, ThreadPoolExecutor(THREADS) as pool:
            try:
                for member in taken_in:
                    taken = self._draft(member, packs, objects)
                    looked = pool.submit(examined, member.path, taken, objects) if isinstance(taken, Draft) else None
                    waiting.append((member, taken, looked))
                    if len(waiting) > AHEAD:
                        self._add(*waiting.popleft())
                        told(len(self.found.rows))
                while waiting:
                    self._add(*waiting.popleft())
            finally:
                for _, taken, looked in waiting:
                    if looked and not looked.cancel():
                        looked.exception()
                    if isinstance(taken, Draft):
                        taken.discard()
        order = sorted(range(len(self.found.rows)), key=lambda at: self.found.rows[at]["path"])
        self.found.rows = [self.found.rows[at] for at in order]  # packed in another order it is the same set
        self.found.lines = [self.found.lines[at] for at in order]
        self._done = True

    def _draft(self, member: Member, packs: Packs, objects: Objects) -> Draft | Spoilt:
        parts = member.path.split("/")
        if len(member.path) > LONGEST_PATH or max(len(part.encode()) for part in parts) > LONGEST_NAME:
            return Spoilt("long_name")
        if member.path in self._clashing:
            return Spoilt("path_clash")
        draft = Draft(objects)
        try:
            with packs.open(member) as stream:
                return draft.fill(stream, self.nest.add)
        except Unreadable as refusal:
            draft.discard()
            if refusal.code != "broken_archive":
                raise
            return Spoilt("broken_member")
        except BaseException:
            draft.discard()
            raise

    def _add(self, member: Member, taken: Draft | Spoilt, looked: "Future[dict[str, Any]] | None") -> None:
        try:
            if isinstance(taken, Spoilt):
                raise taken
            assert looked is not None
            facts = looked.result()
        except Spoilt as why:
            if isinstance(taken, Draft):
                taken.discard()
            self.found.bad.append(BadRow.of(member.number, str(why), member.path))
            return
        if not facts["bytes"] and member.path not in self._labels.files:
            taken.discard()
            self.found.set_aside["empty"] += 1
            return
        taken.keep()
        facts["kind"] = "label" if member.path in self._labels.files else facts["kind"]
        said = {name: " | ".join(self._labels.columns[column].get(member.path, ())) or None
                for column, name in self._joined.items()}  # fmt: skip
        said |= {name: words.get(member.path) for name, words in self._places.items()}
        self.found.rows.append({"path": member.path, **facts, **said})
        self.found.lines.append(member.number)

    def blocks(self) -> Iterator[Block]:
        """The manifest; of files that nobody has said where to keep only the first are looked into."""
        self._take(self.members[:SAMPLE], Objects(self.folder.path, "objects"), lambda _: None)
        schema = pa.schema(list(self.header.items()))
        for at in range(0, max(1, len(self.found.rows)), BLOCK):
            rows = self.found.rows[at : at + BLOCK]
            cells = pa.RecordBatch.from_pylist([{name: row.get(name) for name in self.header} for row in rows], schema)
            lines = np.asarray(self.found.lines[at : at + BLOCK], dtype=np.int64)
            first = at == 0
            yield Block(cells, lines, self.found.bad if first else [], dict(self.found.set_aside) if first else {})


def examined(path: str, draft: Draft, objects: Objects) -> dict[str, Any]:
    """Kind, type, size, hash and measures of a file. Raises Spoilt when it is not what its name says, or broken."""
    found = media.sniff(draft.head, path)
    if found == "application/zip":
        found = media.inside(draft.path)
    promised = media.claims(path) or (tuple(media.TEXTS.values()) if media.ending_of(path) in media.TEXTS else ())
    if not draft.size:
        found = media.TEXTS.get(media.ending_of(path), "text/plain")
    elif promised and found not in promised:
        raise Spoilt("extension_lies")
    elif found in ("", "application/zip"):
        raise Spoilt("archive_inside" if found else "unknown_media")
    facts = {"kind": media.kind_of(found), "media_type": found, "bytes": draft.size, "sha256": draft.sha256}
    return facts | _measured(draft, found, objects)


def _measured(draft: Draft, found: str, objects: Objects) -> dict[str, Any]:
    try:
        if found in pictures.FORMATS:
            width, height = pictures.measured(draft.path, found, objects.thumb(draft.sha256))
            return {"width": width, "height": height}
        return {"seconds": media.seconds(draft.path, found), "pages": media.pages(draft.path, found)}
    except pictures.BrokenPicture:
        raise Spoilt("broken_image") from None
    except (ValueError, OSError):
        raise Spoilt("broken_sound") from None
