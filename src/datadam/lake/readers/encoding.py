"""Which encoding a text file is in, and its bytes as UTF-8.

Korean offices write UTF-8 with and without BOM, CP949 (which holds the 8,822 syllables that EUC-KR lacks) and UTF-16.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from datadam.lake.readers.base import Source

READ = 8 << 20
SAMPLE = 4 << 20
MARK = "\ufdd0"  # a Unicode noncharacter: stands before the two hex digits of a byte that could not be decoded
MARK_UTF8 = MARK.encode()
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(f"{MARK}{byte:02x}" for byte in bad), error.end


codecs.register_error("datadam-mark", _mark)


def detect(source: Source) -> str:
    """The encoding's name: utf-8, utf-8-sig, cp949, utf-16-le or utf-16-be.

    UTF-8 is believed only if the whole file is valid UTF-8; a file that is neither valid UTF-8 nor valid CP949 is
    given to the one with fewer undecodable bytes in its first 4 MB.
    """
    with source.open() as stream:
        head = stream.read(SAMPLE)
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    wide = _wide(head)
    if wide:
        return wide
    if is_clean_utf8(source):
        return "utf-8"
    wrong = _undecodable(head, "cp949")
    return "utf-8" if wrong and _undecodable(head, "utf-8") < wrong else "cp949"


def _wide(head: bytes) -> str:
    """UTF-16 without BOM, betrayed by the zero bytes of its ASCII (digits, delimiters, line ends)."""
    start = head[:4096]
    if start.count(0) < len(start) * 0.05 or len(start) < 2:
        return ""
    plain = {name: _ascii_characters(start, name) for name in ("utf-16-le", "utf-16-be")}
    best = max(plain, key=lambda name: plain[name])
    return best if plain[best] > len(start) * 0.1 else ""


def _ascii_characters(start: bytes, encoding: str) -> int:
    text = start.decode(encoding, "replace")
    return sum(1 for character in text if character in "\t\r\n" or " " <= character <= "~")


def _undecodable(head: bytes, encoding: str) -> int:
    """Undecodable bytes in `head`, not counting a character cut off at its end."""
    return codecs.getincrementaldecoder(encoding)("datadam-mark").decode(head).count(MARK)


def is_clean_utf8(source: Source) -> bool:
    """Whether the whole file is valid UTF-8; looked at once."""
    if "utf-8" not in source.known:
        with source.open() as stream:
            source.known["utf-8"] = _is_clean_utf8(stream)
    return source.known["utf-8"]


def utf8_chunks(source: Source, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The file as UTF-8 without BOM, in pieces of about 8 MB; undecodable bytes appear as MARK and their hex."""
    if encoding in ("utf-8", "utf-8-sig") and is_clean_utf8(source):
        stream.seek(len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        while data := stream.read(READ):
            yield data
        return
    stream.seek(0)
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    decoder = codecs.getincrementaldecoder(name)("datadam-mark")
    first = True
    while data := stream.read(READ):
        text = decoder.decode(data)
        yield _utf8(text.removeprefix("\ufeff") if first else text)
        first = False
    yield _utf8(decoder.decode(b"", True))


def _is_clean_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while data := stream.read(READ):
            decoder.decode(data)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-16 files can hold
        return text.encode("utf-8", "backslashreplace")
