from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from datadam.core.verification import Found


class CatalogConfig(AppConfig):
    name = "datadam.catalog"
    label = "catalog"

    def ready(self) -> None:
        from datadam.catalog import navigation, workflow  # noqa: F401  (workflow registers the state charts)
        from datadam.core import extensions, schedule

        schedule.every("clear_staging", "catalog.clear_staging", 3600)
        navigation.register()
        extensions.add_hook("verify", _verify)
        extensions.add_hook("backup", _backup)
        extensions.add_hook("replay", _replay)
        extensions.add_hook("restored", _restored)


def _verify(*, deep: bool) -> "Iterator[Found]":
    from datadam.catalog.services import verifying

    return verifying.verify(deep=deep)


def _backup(*, using: str) -> "Iterator[tuple[Path, str]]":
    from datadam.catalog.services import keeping

    return keeping.lake_files(using=using)


def _replay(*, lines: list[dict[str, Any]]) -> list[str]:
    from datadam.catalog.services import keeping

    return keeping.replay(lines=lines)


def _restored() -> list[str]:
    from datadam.catalog.services import keeping

    return keeping.restored()
