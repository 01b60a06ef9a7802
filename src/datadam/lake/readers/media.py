"""What a file of a file set is, by its content: its media type, and how long or how many pages it is."""

import re
import struct
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

LIMIT_PDF = 64 << 20
TAIL = 65_536
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"%PDF-", "application/pdf"),
    (b"HWP Document File", "application/x-hwp"),
)
RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime", b"avif": "image/avif",
          b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic"}  # fmt: skip
OFFICE = "application/vnd.openxmlformats-officedocument."
ZIPPED: tuple[tuple[str, str], ...] = (
    ("word/document.xml", OFFICE + "wordprocessingml.document"),
    ("ppt/presentation.xml", OFFICE + "presentationml.presentation"),
    ("xl/workbook.xml", OFFICE + "spreadsheetml.sheet"),
    ("Contents/section0.xml", "application/hwp+zip"),
    ("META-INF/container.xml", "application/epub+zip"),
    ("content.xml", "application/vnd.oasis.opendocument"),
)
OLES = {".hwp": "application/x-hwp", ".doc": "application/msword", ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint"}  # fmt: skip
TEXTS = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".json": "application/json",
         ".geojson": "application/json", ".jsonl": "application/x-ndjson", ".ndjson": "application/x-ndjson",
         ".xml": "application/xml", ".html": "text/html", ".htm": "text/html", ".svg": "image/svg+xml",
         ".md": "text/markdown", ".yaml": "application/yaml", ".yml": "application/yaml", ".txt": "text/plain",
         ".names": "text/plain", ".srt": "text/plain", ".vtt": "text/vtt", ".rtf": "application/rtf"}  # fmt: skip
CLAIMS: dict[str, tuple[str, ...]] = {
    **{ending: ("image/jpeg",) for ending in (".jpg", ".jpeg", ".jpe", ".jfif")},
    **{ending: ("image/tiff",) for ending in (".tif", ".tiff")},
    **{f".{each}": (f"image/{each}",) for each in ("png", "gif", "webp", "bmp", "avif", "heic")},
    **{ending: ("audio/ogg",) for ending in (".ogg", ".oga", ".opus", ".ogv")},
    **{ending: ("video/mp4", "audio/mp4", "video/quicktime") for ending in (".mp4", ".m4v", ".m4a", ".mov")},
    **{ending: ("video/webm",) for ending in (".webm", ".mkv", ".weba")},
    **{ending: (found,) for ending, found in OLES.items()},
    ".wav": ("audio/wav",),
    ".mp3": ("audio/mpeg",),
    ".flac": ("audio/flac",),
    ".avi": ("video/x-msvideo",),
    ".pdf": ("application/pdf",),
    ".docx": (ZIPPED[0][1],),
    ".pptx": (ZIPPED[1][1],),
    ".xlsx": (ZIPPED[2][1],),
    ".hwpx": ("application/hwp+zip",),
    ".epub": ("application/epub+zip",),
    **{ending: ("application/vnd.oasis.opendocument",) for ending in (".odt", ".odp", ".ods")},
}
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)  # MPEG-1 layer III, kbit/s
BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)  # MPEG-2 and 2.5 layer III
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def ending_of(name: str) -> str:
    return PurePosixPath(name).suffix.casefold()


def claims(name: str) -> tuple[str, ...]:
    """The media types that a name's ending promises; () when it promises none, or text."""
    return CLAIMS.get(ending_of(name), ())


def sniff(head: bytes, name: str) -> str:
    """The media type of a content by its first bytes, "" for what is not known.

    The ending only tells apart what begins alike: kinds of text, and documents in one container. A zip file is
    `application/zip` until `inside` has looked into it.
    """
    for magic, found in MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], "")
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "application/zip"
    if head.startswith(OLE):
        return OLES.get(ending_of(name), "application/x-ole-storage")
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return TEXTS.get(ending_of(name), "text/plain") if is_text(head) else ""


def is_text(head: bytes) -> bool:
    """UTF-8, CP949 or UTF-16 with its mark, without control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if CONTROL.search(head):
        return False
    for encoding in ("utf-8", "cp949"):
        for cut in range(4):  # a character may be cut off at the end
            try:
                head[: len(head) - cut].decode(encoding)
                return True
            except UnicodeDecodeError:
                continue
    return False


def inside(path: Path) -> str:
    """The kind of document that a zip file is; `application/zip` for a bare archive, "" for a broken one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    return next((found for name, found in ZIPPED if name in names), "application/zip")


def kind_of(media_type: str) -> str:
    """image, audio, video or document."""
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") and media_type != "image/svg+xml" else "document"


def seconds(path: Path, media_type: str) -> float | None:
    """How long a sound or film is, where its file says so. Raises ValueError when it ends before what it says."""
    reader = {
        "audio/wav": _wav,
        "audio/flac": _flac,
        "audio/ogg": _ogg,
        "audio/mpeg": _mp3,
        "audio/mp4": _mp4,
        "video/mp4": _mp4,
        "video/quicktime": _mp4,
    }.get(media_type)
    if reader is None:
        return None
    try:
        with path.open("rb") as stream:
            found = reader(stream, path.stat().st_size)
    except (struct.error, IndexError, ZeroDivisionError):
        raise ValueError("cut short") from None
    return round(found, 3) if found else None


def _wav(stream: BinaryIO, size: int) -> float | None:
    stream.seek(12)
    rate = 0
    while len(head := stream.read(8)) == 8:
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"fmt ":
            rate = struct.unpack("<I", stream.read(length)[8:12])[0]
        elif name == b"data":
            if length not in (0, 0xFFFFFFFF) and stream.tell() + length > size + 1:
                raise ValueError("cut short")
            return min(length, size - stream.tell()) / rate if rate else None
        else:
            stream.seek(length + length % 2, 1)
    raise ValueError("no sound in it")


def _flac(stream: BinaryIO, size: int) -> float:
    head = stream.read(26)
    packed = int.from_bytes(head[18:26], "big")
    return (packed & 0xFFFFFFFFF) / (packed >> 44)


def _ogg(stream: BinaryIO, size: int) -> float | None:
    head = stream.read(64)
    stream.seek(max(0, size - TAIL))
    tail = stream.read()
    at = tail.rfind(b"OggS")
    samples = struct.unpack("<q", tail[at + 6 : at + 14])[0]
    if b"OpusHead" in head:
        return samples / 48_000
    vorbis = head.find(b"\x01vorbis")
    return samples / struct.unpack("<I", head[vorbis + 12 : vorbis + 16])[0] if vorbis >= 0 else None


def _mp3(stream: BinaryIO, size: int) -> float | None:
    """From the first frame: by its count of frames where it has one, else by its bit rate."""
    head = stream.read(10)
    start = 0
    if head[:3] == b"ID3":
        a, b, c, d = head[6:10]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    stream.seek(start)
    frame = stream.read(4096)
    at = next((i for i in range(len(frame) - 4) if frame[i] == 0xFF and frame[i + 1] & 0xE6 == 0xE2), -1)
    if at < 0:
        raise ValueError("no frame in it")
    version = frame[at + 1] >> 3 & 3
    rate = RATES[version][frame[at + 2] >> 2 & 3] if version in RATES else 0
    kilobits = (BITRATES if version == 3 else BITRATES_2)[frame[at + 2] >> 4]
    for mark in (b"Xing", b"Info"):
        counted = frame.find(mark, at)
        if counted >= 0 and frame[counted + 7] & 1 and rate:
            return struct.unpack(">I", frame[counted + 8 : counted + 12])[0] * (1152 if version == 3 else 576) / rate
    return (size - start) / (kilobits * 125) if kilobits else None


def _mp4(stream: BinaryIO, size: int) -> float | None:
    """The box `mvhd` in the box `moov`."""
    at, end = 0, size
    while at + 8 <= end:
        stream.seek(at)
        length, name = struct.unpack(">I4s", stream.read(8))
        header = 8
        if length == 1:
            length, header = struct.unpack(">Q", stream.read(8))[0], 16
        if length and length < header:
            raise ValueError("broken box")
        if name == b"moov":
            at, end = at + header, min(end, at + length) if length else end
            continue
        if name == b"mvhd":
            body = stream.read(32)
            rate, count = struct.unpack(">IQ", body[20:32]) if body[0] == 1 else struct.unpack(">II", body[12:20])
            return count / rate if rate else None
        at += length or size
    return None


def pages(path: Path, media_type: str) -> int | None:
    """The pages of a PDF, where they stand in it uncompressed."""
    if media_type != "application/pdf" or path.stat().st_size > LIMIT_PDF:
        return None
    return len(PAGE.findall(path.read_bytes())) or None
