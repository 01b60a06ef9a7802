"""An upgrade: a backup of database and keys, the migrations, a look whether all is well; on failure all is put back.

Migrations do not touch the lake, so the backup names its files without copying them.
"""

from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from django.conf import settings

from datadam.core import clock, home, verification
from datadam.core.errors import DomainError
from datadam.core.keeping import backup, databases, locks
from datadam.web.text import Text


class UpgradeFailed(DomainError):
    """The database is as it was before."""

    code = "upgrade_failed"


def upgrade() -> dict[str, Any]:
    """Bring the home up to this version; nothing happens to one that is."""
    waiting = home.pending()
    if home.foreign():
        home.require_current()
    if not waiting:
        home.make_ready()
        return {"migrations": [], "backup": None, **_verified()}
    with locks.stopped():
        target = Path(settings.HOME) / "backups" / f"before-{version_of('datadam')}-{clock.now():%Y%m%d-%H%M%S-%f}"
        backup.back_up(target=target, lake=False)
        try:
            home.make_ready()
            report = _verified()
        except Exception as error:
            _put_back(target)
            raise UpgradeFailed(
                Text(
                    "올리지 못했습니다. 데이터베이스는 올리기 전 그대로입니다.",
                    "The upgrade failed. The database is as it was before.",
                ),
                backup=str(target),
                reason=f"{type(error).__name__}: {error}"[:500],
            ) from error
    return {"migrations": waiting, "backup": str(target), **report}


def _put_back(target: Path) -> None:
    aside = databases.put_back(target / databases.FILES[databases.vendor()])
    databases.drop_aside(aside)


def _verified() -> dict[str, Any]:
    return {"problems": verification.verify()["problems"]}
