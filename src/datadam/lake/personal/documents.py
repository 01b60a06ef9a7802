"""Personal data in the texts of a file set: documents, labels, subtitles. Pictures, sounds and the like are not read.

Only what identifies by itself is told; a name or an address in a text needs neighbours that a text does not have.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from datadam.lake.personal.kinds import Sighting
from datadam.lake.personal.scanning import scan_table

LARGEST = 64 << 20  # bytes of a text that are read; longer ones are telemetry and not written by people
PIECE, OVERLAP = 4_000, 60  # of a line without end, so that no number is cut in two
LINES = 20_000


def in_texts(files: Iterable[Path]) -> list[Sighting]:
    """What the texts hold, by kind: `count` of `rows` texts hold it."""
    found: dict[str, Sighting] = {}
    rows = 0
    for rows, path in enumerate(files, 1):  # noqa: B007
        for kind, seen in _of(path).items():
            before = found.get(kind)
            found[kind] = replace(before, count=before.count + 1) if before else replace(seen, count=1)
    return [replace(seen, rows=rows) for seen in found.values()]


def _of(path: Path) -> dict[str, Sighting]:
    found: dict[str, Sighting] = {}
    lines: list[str] = []
    for line in _lines(path):
        lines.append(line)
        if len(lines) == LINES:
            found |= _held(lines)
            lines = []
    return found | _held(lines)


def _held(lines: list[str]) -> dict[str, Sighting]:
    seen = scan_table(pa.table({"text": pa.array(lines, pa.string())})) if lines else []
    return {each.kind: each for each in seen if each.blocking}


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        content = stream.read(LARGEST)
    for line in _decoded(content).splitlines():
        for start in range(0, max(1, len(line)), PIECE - OVERLAP):
            yield line[start : start + PIECE]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")
