"""What lies in a zip file: the names of its members, which of them make one layer, and which are no data."""

import re
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from zipfile import ZipInfo

UTF8_NAME = 0x800
LABEL_LIMIT = 120
SHAPE_PARTS = (
    *("shp.xml", "shp", "shx", "dbf", "prj", "cpg", "cst", "qpj", "sbn", "sbx", "qix", "fix", "idx", "atx"),
    *("fbn", "fbx", "ain", "aih", "ixs", "mxs"),
)
SYSTEM = {"thumbs.db", "desktop.ini", "__macosx"}
TEXTS = (".txt", ".md", ".rst", ".html", ".htm", ".rtf", "")
WORDS = re.compile(
    r"^(read[ _-]?me|licen[cs]e|licen[cs]ing|copying|notice|changelog"
    r"|읽어주세요|읽어보세요|이용안내|이용약관|라이선스|저작권|안내문)",
    re.IGNORECASE,
)
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"\x00\x00\x01\x00", b"8BPS")


def name_of(member: ZipInfo) -> str:
    """The member's name as its author wrote it: UTF-8 when marked or valid, else CP949 (Korean Windows)."""
    name = member.orig_filename
    if not member.flag_bits & UTF8_NAME:
        name = _decoded(name)
    return unicodedata.normalize("NFC", name).replace("\\", "/")


def _decoded(name: str) -> str:
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def ignored_by_name(name: str, member: ZipInfo) -> str:
    """Why a member is left out before it is looked into: folder, link, system or notes; '' when it is not."""
    parts = PurePosixPath(name).parts
    if name.endswith("/"):
        return "folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "link"
    if any(part.casefold() in SYSTEM or (part.startswith(".") and part.strip(".")) for part in parts):
        return "system"
    last = PurePosixPath(parts[-1]) if parts else PurePosixPath("")
    return "notes" if WORDS.match(last.stem) and last.suffix.casefold() in TEXTS else ""


def ignored_by_content(head: bytes) -> str:
    """empty, document or picture, by the first bytes; '' for what may be data."""
    if not head:
        return "empty"
    if head.startswith(b"%PDF"):
        return "document"
    return "picture" if head.startswith(PICTURES) or (head[:2] == b"BM" and head[6:10] == bytes(4)) else ""


def shape_part(name: str) -> tuple[str, str]:
    """(name without its ending, ending) of a part of a shapefile; ('', '') for other names."""
    folded = name.casefold()
    ending = next((each for each in SHAPE_PARTS if folded.endswith("." + each)), "")
    return (name[: -len(ending) - 1], ending) if ending else ("", "")


def labels(names: Sequence[str]) -> dict[str, str]:
    """Names → what their tables are called: the bare name where it tells them apart, else with its folder, or whole.

    A name is a label only, never a place: parts that climb or start at a root fall away.
    """
    cleaned = {name: clean(name) for name in names}
    ways = (lambda path: path.stem, lambda path: str(path.with_suffix("")), str)
    for way in ways:
        made = {name: way(PurePosixPath(text))[-LABEL_LIMIT:] for name, text in cleaned.items()}
        if len({label.casefold() for label in made.values()}) == len(made):
            return made
    return {name: f"{label} {number}" for number, (name, label) in enumerate(made.items(), 1)}


def clean(name: str) -> str:
    """The name without what climbs, starts at a root or cannot be printed."""
    parts = ("".join(filter(str.isprintable, part)).strip() for part in name.split("/"))
    return "/".join(part for part in parts if part.strip(".")) or "table"


def told(ignored: Iterable[tuple[str, str]]) -> str:
    """(why, name) of what was left out, as one line of evidence."""
    by_reason: dict[str, list[str]] = {}
    for why, name in ignored:
        by_reason.setdefault(why, []).append(clean(name))
    shown = (f"{why}: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}" for why, names in by_reason.items())
    return "; ".join(shown)
