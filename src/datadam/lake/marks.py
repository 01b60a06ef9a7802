"""Marks of work that is not finished: files held by the process at work, and by nobody once it was killed.

The holds are of one open file each, so that two loads of one process keep each other out as well. Programs started
meanwhile do not get the file: Python opens it so.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

TRIES = 100  # each of them lost to a sweep in the very moment between two calls


def take(mark: Path) -> BinaryIO:
    """Make the mark, with its folder, and hold it until the returned file is closed."""
    for _ in range(TRIES):
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # a sweep removed the folder in between
            mark.parent.mkdir(parents=True, exist_ok=True)
            handle = mark.open("ab")
            fcntl.flock(handle, fcntl.LOCK_EX)  # a sweep that holds it is soon done
            if is_at(mark, handle):
                return handle
            handle.close()
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(mark))


@contextlib.contextmanager
def alone(mark: Path) -> Iterator[bool]:
    """Whether the mark is there and nobody else holds it; it is held until the block ends."""
    try:
        handle = mark.open("r+b")
    except OSError:
        yield False
        return
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield is_at(mark, handle)


def is_at(mark: Path, handle: BinaryIO) -> bool:
    """Whether the open file is still the one that lies there: it may have been removed, and another one made."""
    try:
        return os.path.samestat(mark.stat(), os.fstat(handle.fileno()))
    except FileNotFoundError:
        return False
