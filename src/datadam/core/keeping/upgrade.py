"""A home brought to this version: a backup of database and keys first, and back to it when anything fails.

Migrations do not touch the lake, so that the backup is small and quick however much the city holds.
"""

import logging
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from datadam.core import clock, home
from datadam.core.errors import DomainError
from datadam.core.keeping import backup, databases, locks
from datadam.web.text import Text

log = logging.getLogger("datadam.keeping")


class UpgradeFailed(DomainError):
    """A migration failed; the database is as it was."""

    code = "upgrade_failed"


def upgrade() -> dict[str, Any]:
    """Returns {applied, backup, problems}. A new home is set up; one that is current is left alone."""
    from datadam.core import verification

    waiting = home.pending()
    if not waiting:
        home.require_current()
        home.make_ready()
        return {"applied": [], "backup": None, "problems": []}
    if home.foreign():
        home.require_current()  # refuses
    with locks.stopped():
        target = Path(settings.HOME) / "backups" / f"before-{version_of('datadam')}-{clock.now():%Y%m%d-%H%M%S-%f}"
        backup.back_up(target=target, lake=False)
        try:
            home.make_ready()
        except Exception as error:
            log.exception("the upgrade failed; the database is put back from %s", target)
            _back_to(target)
            words = Text(
                f"업그레이드하지 못해 데이터베이스를 되돌렸습니다({type(error).__name__}). 백업: {target}",
                f"The upgrade failed ({type(error).__name__}); the database is as it was. The backup: {target}",
            )
            raise UpgradeFailed(words, backup=str(target)) from error
    return {"applied": waiting, "backup": str(target), "problems": verification.verify()["problems"]}


def _back_to(target: Path) -> None:
    connection.close()
    databases.drop_aside(databases.put_back(target / databases.FILES[databases.vendor()]))
