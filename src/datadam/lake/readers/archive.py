"""Zip files of tables and gzip of one file: members are unpacked into a private folder and read like other files.

Limits come first: what a zip file says of itself is believed only as an upper bound (zipfile stops at the stated size
and then compares the checksum). Nothing is unpacked under a name from the file.
"""

import errno
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from datadam.lake.errors import LakeError, TooBig, Unreadable
from datadam.lake.readers import members, spatial
from datadam.lake.readers.base import Kept, Policy, Source, Table, refused_table, unique_names
from datadam.lake.types import Proposal

EXPANDED_LIMIT = 64 * 2**30
MEMBER_LIMIT = 32 * 2**30
BOMB_RATIO, BOMB_FROM = 250, 64 * 2**20
ENTRIES_LIMIT = 10_000
DIRECTORY_LIMIT = 16 * 2**20
TABLES_LIMIT = 300
DEPTH = 2  # a zip in a zip, and no further
CHUNK = 2**20
HEAD = 512
TAIL = 66_000  # where a zip file says how long its list of members is
ENCRYPTED = 0x1
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP = b"\x1f\x8b"
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)  # our disk's fault and not the file's
PAPERS = ("pdf", "document")  # refusals of members that are no data anyway

Read = Callable[..., list[Table]]  # (source, nest=Nest)


@dataclass
class Nest:
    """One archive, perhaps within another: what it has unpacked so far counts for all of them."""

    packed: int  # bytes of the archive
    outer: "Nest | None" = None
    expanded: int = 0

    @property
    def depth(self) -> int:
        return 1 + (self.outer.depth if self.outer else 0)

    def add(self, size: int) -> None:
        """Raises TooBig past the limit for all that is unpacked, or past the ratio that only a bomb reaches."""
        self.expanded += size
        check_size(self.expanded, self.packed, EXPANDED_LIMIT)
        if self.outer:
            self.outer.add(size)


def matches(head: bytes, source: Source) -> bool:
    """Whether the bytes are gzip or a zip file; a document that is a zip file (HWPX, DOCX) is none."""
    return head.startswith(GZIP) or (head.startswith(ZIP) and not is_document(source))


def check_directory(head: bytes, source: Source) -> None:
    """Refuses a zip file whose list of members alone is too big to be read into memory. Raises TooBig."""
    if not head.startswith(ZIP):
        return
    with source.open() as stream:
        stream.seek(max(0, source.size - TAIL))
        tail = stream.read()
    end, end64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    length = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if length == 0xFFFFFFFF:
        length = int.from_bytes(tail[end64 + 40 : end64 + 48], "little") if end64 >= 0 else 0
    if length > DIRECTORY_LIMIT:
        raise too_many(ENTRIES_LIMIT)


def is_document(source: Source) -> bool:
    """Whether a zip file is the form in which HWPX, DOCX, PPTX and OpenDocument are stored."""
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist()[:ENTRIES_LIMIT])
    except BROKEN:
        return False
    return bool(names & {"Contents/section0.xml", "mimetype", "[Content_Types].xml"})


def tables(source: Source, *, read: Read, policy: Policy, within: Nest | None) -> list[Table]:
    """The tables of all members; `read` reads a member. Raises Unreadable or TooBig when there is none.

    A member that cannot be read beside others that can carries its refusal. `within` is the archive around this one.
    """
    nest = Nest(source.size, within)
    if nest.depth > DEPTH:
        raise too_deep()
    folder = Kept(source.private())
    try:
        if source.head(2) == GZIP:
            return read(_gunzipped(source, folder, nest), nest=nest)
        return _Zip(source, folder, read, policy, nest).tables()
    except BROKEN as error:
        folder.wipe()
        raise broken("zip", error) from error
    except LakeError:
        folder.wipe()
        raise


def too_deep() -> Unreadable:
    return Unreadable(
        "nested_too_deep",
        ko="압축 파일 속의 압축 파일 속에 또 압축 파일이 있습니다. 풀어서 올려 주십시오.",
        en="There is an archive in an archive in an archive. Unpack it first.",
    )


@dataclass(frozen=True)
class _File:
    """An unpacked member, kept as long as something reads it."""

    path: Path
    folder: Kept

    def open(self) -> BinaryIO:
        return self.path.open("rb")

    def private_copy(self) -> AbstractContextManager[Path]:
        return nullcontext(self.path)

    def source(self, name: str, outer: Source) -> Source:
        return Source(self.open, name, self.path.stat().st_size, self.private_copy, outer.fraction_read, outer.private)


def copied(stream: BinaryIO, target: Path, nest: Nest, limit: int) -> None:
    """Unpacks a stream; raises TooBig past `limit` bytes or past what the archives around it may unpack."""
    size = 0
    with target.open("xb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            check_size(size, nest.packed, limit)
            nest.add(len(chunk))
            out.write(chunk)


def check_size(size: int, packed: int, limit: int) -> None:
    if size > limit:
        raise TooBig(
            "too_big",
            ko=f"압축을 풀면 한도 {limit // 2**20:,}MB를 넘습니다. 나누어 올려 주십시오.",
            en=f"Unpacked it is larger than the {limit // 2**20:,} MB allowed. Send it in parts.",
            limit=limit,
        )
    if size > BOMB_FROM and size > BOMB_RATIO * max(1, packed):
        raise TooBig(
            "zip_bomb",
            ko=f"압축을 풀면 {BOMB_RATIO}배 넘게 커지는 파일이라 풀지 않았습니다. 압축하지 않고 올려 주십시오.",
            en=f"It grows more than {BOMB_RATIO}-fold when unpacked and was left alone. Send it uncompressed.",
            ratio=BOMB_RATIO,
        )


def broken(kind: str, error: Exception) -> Unreadable:
    return Unreadable(
        "broken_archive",
        ko=f"{kind} 압축 파일이 손상되었거나 끝까지 전송되지 않았습니다. 원본을 다시 받아 올려 주십시오.",
        en=f"The {kind} archive is damaged or incomplete ({str(error)[:100]}). Fetch it again and send it anew.",
    )


def _gunzipped(source: Source, folder: Kept, nest: Nest) -> Source:
    file = _File(folder.path / "member", folder)
    try:
        with source.open() as stream, gzip.GzipFile(fileobj=stream) as unpacked:
            copied(unpacked, file.path, nest, MEMBER_LIMIT)  # type: ignore[arg-type]
    except BROKEN as error:
        raise broken("gzip", error) from error
    return file.source(source.filename, source)


@dataclass
class _Zip:
    """One zip file on its way to tables."""

    source: Source
    folder: Kept
    read: Read
    policy: Policy
    nest: Nest
    found: list[Table] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)  # why, name
    count: int = 0

    def tables(self) -> list[Table]:
        with self.source.open() as stream, zipfile.ZipFile(stream) as archive:
            self._take(archive, self._entries(archive))
        return self._settled()

    def _entries(self, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
        """The members that may be data, by name."""
        entries = archive.infolist()
        if len(entries) > ENTRIES_LIMIT:
            raise too_many(ENTRIES_LIMIT)
        expanded = sum(entry.file_size for entry in entries)
        check_size(expanded, self.source.size, EXPANDED_LIMIT)
        kept: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = members.name_of(entry)
            why = members.ignored_by_name(name, entry) or ("repeated" if name in kept else "")
            if why:
                self.ignored += [] if why == "folder" else [(why, name)]
            else:
                kept[name] = entry
        return kept

    def _take(self, archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> None:
        layers, single = _layers(entries)
        names = members.labels([*(base + ".shp" for base in layers), *single])
        for name, entry in single.items():
            if members.shape_part(name)[1]:
                self.ignored.append(("sidecar", name))
            else:
                self._add(name, names[name], partial(self._member, archive, name, entry))
        for base, parts in layers.items():
            self._add(base, names[base + ".shp"], partial(self._layer, archive, parts))

    def _add(self, name: str, label: str, read: Callable[[], list[Table]]) -> None:
        try:
            found = read()
        except LakeError as refusal:
            if refusal.code in PAPERS:
                self.ignored.append(("document", name))
                return
            found = [refused_table("", "zip", refusal)]
        for table in found:
            table.name = f"{label}/{table.name}" if len(found) > 1 and table.name else label
            table.dialect = {**table.dialect, "member": name}
        self.found += found
        if len(self.found) > TABLES_LIMIT:
            raise too_many(TABLES_LIMIT)

    def _member(self, archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo) -> list[Table]:
        with checked(entry), archive.open(entry) as stream:
            why = members.ignored_by_content(stream.read(HEAD))
        if why:
            self.ignored.append((why, name))
            return []
        file = self._unpacked(archive, entry, "")
        return self.read(file.source(name, self.source), nest=self.nest)

    def _layer(self, archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> list[Table]:
        self.count += 1
        base = f"layer{self.count}"
        for ending in parts.keys() & spatial.PARTS:
            self._unpacked(archive, parts[ending], f"{base}.{ending}")
        return [spatial.shapefile(self.folder, base, policy=self.policy)]

    def _unpacked(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> _File:
        self.count += not name
        file = _File(self.folder.path / (name or f"member{self.count}"), self.folder)
        with checked(entry), archive.open(entry) as stream:
            copied(stream, file.path, self.nest, MEMBER_LIMIT)  # type: ignore[arg-type]
        return file

    def _settled(self) -> list[Table]:
        refusals = [table.refusal for table in self.found if table.refusal]
        if self.found and len(refusals) == len(self.found):
            raise refusals[0]
        if not self.found:
            raise Unreadable(
                "nothing_inside",
                ko="압축 파일 안에 표로 읽을 파일이 없습니다. " + members.told(self.ignored),
                en="The archive holds no file that is a table. " + members.told(self.ignored),
            )
        if self.ignored:
            for table in self.found:
                table.proposals.append(Proposal("members", members.told(self.ignored), applied=True))
        names, _ = unique_names(table.name for table in self.found)
        for table, name in zip(self.found, names, strict=True):
            table.name = name if len(names) > 1 else ""
        return self.found


def too_many(limit: int) -> TooBig:
    return TooBig(
        "too_many_members",
        ko=f"압축 파일에 든 파일이 {limit:,}개를 넘습니다. 나누어 올려 주십시오.",
        en=f"The archive holds more than {limit:,} files. Send it in parts.",
        limit=limit,
    )


def _layers(
    entries: dict[str, zipfile.ZipInfo],
) -> tuple[dict[str, dict[str, zipfile.ZipInfo]], dict[str, zipfile.ZipInfo]]:
    """Shapefiles (name without ending → ending → member), and the members that stand alone."""
    parts: dict[str, dict[str, zipfile.ZipInfo]] = {}
    bases: dict[str, str] = {}
    single: dict[str, zipfile.ZipInfo] = {}
    for name, entry in entries.items():
        base, ending = members.shape_part(name)
        if ending:
            parts.setdefault(bases.setdefault(base.casefold(), base), {})[ending] = entry
        else:
            single[name] = entry
    whole = {base: found for base, found in parts.items() if found.keys() & {"shp", "dbf", "shx"}}
    alone = {
        name: entry
        for name, entry in entries.items()
        if (base := members.shape_part(name)[0]) and bases[base.casefold()] not in whole
    }
    return whole, {**single, **alone}


@contextmanager
def checked(entry: zipfile.ZipInfo) -> Iterator[None]:
    """Turns what is wrong with one member into its refusal."""
    if entry.flag_bits & ENCRYPTED:
        raise Unreadable(
            "encrypted",
            ko="암호가 걸린 압축 파일입니다. 암호 없이 다시 압축해 올려 주십시오.",
            en="The archive is protected with a password. Pack it again without one.",
        )
    check_size(entry.file_size, entry.compress_size, MEMBER_LIMIT)
    try:
        yield
    except NotImplementedError as error:
        raise Unreadable(
            "zip_method",
            ko="이 압축 방식은 읽지 못합니다. 보통 ZIP(Deflate)으로 다시 압축해 올려 주십시오.",
            en=f"This way of compressing is not read ({error}). Pack it again as an ordinary ZIP (Deflate).",
        ) from error
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        raise broken("zip", error) from error
