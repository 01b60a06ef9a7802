"""A process for tests to kill: `python killed_program.py HOW …` with the home in DATADAM_HOME.

receive FILE [BYTES]          take a file in; die once that many bytes have come
announce FILE                 announce a file in pieces; prints the upload's id
piece ID FILE FROM [BYTES]    send the rest of it from there on; die once that many bytes of it have come
work [MODULE:NAME WHEN]       do all jobs; die before or after that function is called for the first time
read FILE MODULE:NAME WHEN    receive and work; work prints the rows that the lake holds of every release
"""

import importlib
import io
import json
import os
import signal
import sys
from pathlib import Path

import pyarrow.parquet as pq

from datadam.core import home

home.open_home()

from datadam.catalog import storage  # noqa: E402
from datadam.catalog.models import Release, Upload  # noqa: E402
from datadam.catalog.services import arriving, uploads  # noqa: E402
from datadam.core import selectors  # noqa: E402
from datadam.core.services.organisations import ensure_organisation  # noqa: E402
from datadam.core.worker import Worker  # noqa: E402


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(io.BytesIO):
    """A file that comes in small parts and takes the process with it when `left` bytes have come."""

    def __init__(self, content: bytes, left: int) -> None:
        super().__init__(content)
        self.left = left

    def read(self, size=-1, /):
        if self.left <= 0:
            die()
        part = super().read(min(size, self.left, 1 << 16) if size >= 0 else self.left)
        self.left -= len(part)
        return part


def stream(file: str, start: int = 0, most: str = "") -> io.BytesIO:
    content = Path(file).read_bytes()[start:]
    return Dying(content, int(most)) if most else io.BytesIO(content)


def dying_at(place: str, when: str) -> None:
    module, _, name = place.partition(":")
    owner = importlib.import_module(module)
    *classes, name = name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    real = getattr(owner, name)

    def called(*args, **kwargs):
        if when == "before":
            die()
        real(*args, **kwargs)
        die()

    setattr(owner, name, called)


def lake_rows(release: Release) -> int:
    """Counted in the files of its version."""
    files = storage.table(release.dataset.resource.uid).files(release.version)
    return sum(pq.ParquetFile(file).metadata.num_rows for file in files)


def main(how: str, *args: str) -> None:
    actor = selectors.local_operator()
    office = ensure_organisation(actor=actor, title_or_name="교통과")
    match how, args:
        case "receive", [file, *most]:
            uploads.receive_file(
                actor=actor, organisation=office, stream=stream(file, 0, *most), filename=Path(file).name
            )
        case "announce", [file]:
            size = Path(file).stat().st_size
            print(arriving.announce(actor=actor, organisation=office, filename=Path(file).name, size=size).pk)
        case "piece", [upload, file, start, *most]:
            coming = Upload.objects.get(pk=upload)
            begin = arriving.arrived(actor=actor, upload=coming) if start == "-" else int(start)
            print(begin)
            arriving.receive_piece(actor=actor, upload=coming, offset=begin, stream=stream(file, begin, *most))
        case "read", [file, *place]:
            main("receive", file)
            main("work", *place)
        case "work", place:
            if place:
                dying_at(*place)
            Worker(("light", "heavy")).once()
            print(json.dumps([lake_rows(release) for release in Release.objects.all()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
