"""Whether this installation can do its work: asked by load balancers, service managers and operators."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max

from datadam.core import clock, home

WORKER = 60.0  # seconds without a sign of life after which no worker counts as running
Check = Callable[[], str]  # "" when all is well, otherwise a code


def readiness() -> dict[str, Any]:
    """{"ready", "checks": {name: {"ok", "code"}}}. Nothing in it tells of the machine more than it must."""
    checks = {name: _checked(check) for name, check in CHECKS.items()}
    return {"ready": all(each["ok"] for each in checks.values()), "checks": checks}


def _checked(check: Check) -> dict[str, Any]:
    try:
        code = check()
    except (DatabaseError, OSError) as error:
        code = type(error).__name__
    return {"ok": not code, "code": code}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    return "too_new" if home.foreign() else "needs_upgrade" if home.pending() else ""


def _lake() -> str:
    if "://" in str(settings.LAKE):
        return ""
    return "" if os.access(settings.LAKE, os.R_OK | os.W_OK | os.X_OK) else "not_writable"


def _worker() -> str:
    from datadam.core.models import Heartbeat

    beat = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    if beat is None:
        return "no_worker"
    return "" if (clock.now() - beat).total_seconds() < WORKER else "worker_silent"


def _disk() -> str:
    free = min(shutil.disk_usage(folder).free for folder in (Path(settings.HOME), _lake_folder()) if folder.exists())
    return "" if free >= settings.MIN_FREE_MB << 20 else "disk_full"


def _lake_folder() -> Path:
    return Path(settings.HOME if "://" in str(settings.LAKE) else settings.LAKE)


CHECKS: dict[str, Check] = {
    "database": _database,
    "migrations": _migrations,
    "lake": _lake,
    "worker": _worker,
    "disk": _disk,
}
