"""Opening a home: made by the first command that needs it, and found ready in no time by the others."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings

from datadam.config import keys

STAMP = ".ready"


def open_home() -> None:
    """Start Django on a home that is ready. A new one is made; one with data that waits for an upgrade is refused."""
    django.setup()
    if not is_ready():
        require_current()
        make_ready()


def pending() -> list[str]:
    """The migrations that a home with data still waits for; none for a new home, which is simply set up."""
    from datadam.core.keeping import databases

    if not databases.filled():
        return []
    return [f"{app}.{name}" for app, name in sorted(set(migrations()) - applied())]


def foreign() -> list[str]:
    """Migrations in the database that this version of datadam does not know: it was written by a newer one."""
    from datadam.core.keeping import databases

    if not databases.filled():
        return []
    rooms = {app for app, _ in migrations()}
    return [f"{app}.{name}" for app, name in sorted(applied() - set(migrations())) if app in rooms]


def require_current() -> None:
    """Conflict `needs_upgrade` or `too_new` unless the database is what this version expects."""
    from datadam.core.errors import Conflict
    from datadam.web.text import Text

    waiting, unknown = pending(), foreign()
    if unknown:
        words = Text(
            "이 홈은 더 새로운 datadam이 쓰던 것입니다. datadam을 새 판으로 바꾸십시오.",
            "This home was written by a newer datadam. Install that version.",
        )
        raise Conflict(words, code="too_new", unknown=unknown)
    if waiting:
        words = Text(
            "새 판에 맞추어 홈을 올려야 합니다. 서버를 멈추고 `datadam upgrade`를 하십시오.",
            "The home must be upgraded to this version. Stop the server and run `datadam upgrade`.",
        )
        raise Conflict(words, code="needs_upgrade", pending=waiting)


def is_ready() -> bool:
    """Whether the home was set up for exactly these migrations, without asking the migration machinery."""
    from django.db import connection

    if connection.vendor != "sqlite":
        return set(migrations()) <= applied() and not foreign()
    path = Path(str(connection.settings_dict["NAME"]))
    try:
        return path.exists() and (settings.HOME / STAMP).read_text(encoding="ascii") == _fingerprint()
    except OSError:
        return False


def make_ready() -> None:
    """Folders that only their owner enters, keys, tables, and the local operator; harmless when repeated."""
    from django.core.management import call_command

    from datadam.core.keeping import destructions

    for folder in (settings.HOME, settings.KEYS, settings.STAGING, settings.STATIC_ROOT):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    if "://" not in settings.LAKE:
        Path(settings.LAKE).mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone():
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        _local_operator()
        keys.secret(settings.KEYS, "staging.key")
        destructions.place().touch(mode=0o600)
        (settings.HOME / STAMP).write_text(_fingerprint(), encoding="ascii")


@contextmanager
def _alone() -> Iterator[None]:
    with (settings.HOME / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrations() -> list[tuple[str, str]]:
    """(app label, name) of every migration file of every installed app."""
    from django.apps import apps

    found = []
    for config in apps.get_app_configs():
        folder = Path(config.path) / "migrations"
        if folder.is_dir():
            names = (n.removesuffix(".py") for n in os.listdir(folder) if n.endswith(".py") and n[0] != "_")
            found += [(config.label, name) for name in names]
    return sorted(found)


def _fingerprint() -> str:
    database = settings.DATABASES["default"]
    facts = (migrations(), str(database["NAME"]))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def applied() -> set[tuple[str, str]]:
    """(app label, name) of every migration that the database has seen."""
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except DatabaseError:
        return set()


def _local_operator() -> None:
    """The first person. Nobody could be the actor of making it, so its event has none."""
    from django.db import transaction

    from datadam.core import events, models
    from datadam.core.selectors import OPERATOR

    with transaction.atomic():
        if models.Person.objects.filter(login=OPERATOR).exists():
            return
        person = models.Person.objects.create_user(OPERATOR, None, name="운영자")
        models.CityRole.objects.create(person=person, role=models.CityRole.Role.OPERATOR)
        events.record(actor=None, verb="person.created", subject=person, local=True)
