"""Two locks of a home, held by processes and let go by their death.

`running` is shared by whoever serves or works; restore and upgrade want it alone. `ending` is shared by destructions; a
backup wants it alone, so that nothing it has listed vanishes while it is copied. They reach as far as the home's disk
does: machines that share a database but not a home do not see each other's.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from datadam.core.errors import Conflict
from datadam.web.text import Text

WAIT = 5.0  # seconds
IN_USE = Text(
    "이 홈에서 서버나 작업자가 돌고 있습니다. 먼저 멈추십시오.",
    "A server or worker runs on this home. Stop it first.",
)
BACKING_UP = Text(
    "백업하는 동안에는 파기할 수 없습니다. 백업이 끝난 뒤 다시 하십시오.",
    "Nothing can be destroyed while a backup runs. Try again when it has ended.",
)
ENDING = Text(
    "파기나 다른 백업이 진행 중입니다. 끝난 뒤 다시 하십시오.",
    "A destruction or another backup is under way. Try again when it has ended.",
)


@contextlib.contextmanager
def _held(name: str, how: int, words: Text, code: str, wait: float) -> Iterator[None]:
    folder = Path(settings.HOME)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / name).open("a") as lock:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(lock, how | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= until:
                    raise Conflict(words, code=code) from None
                time.sleep(0.05)
        yield


def running() -> contextlib.AbstractContextManager[None]:
    """For servers and workers, as long as they run."""
    return _held(".running", fcntl.LOCK_SH, IN_USE, "home_in_use", WAIT)


def stopped() -> contextlib.AbstractContextManager[None]:
    """For what needs the home to itself; Conflict `home_in_use` when somebody serves or works."""
    return _held(".running", fcntl.LOCK_EX, IN_USE, "home_in_use", 0)


def destroying(wait: float = WAIT) -> contextlib.AbstractContextManager[None]:
    """For destructions; Conflict `backup_running` when a backup runs."""
    return _held(".ending", fcntl.LOCK_SH, BACKING_UP, "backup_running", wait)


def backing_up() -> contextlib.AbstractContextManager[None]:
    """For a backup, which waits a while for a destruction under way."""
    return _held(".ending", fcntl.LOCK_EX, ENDING, "destruction_running", 6 * WAIT)
