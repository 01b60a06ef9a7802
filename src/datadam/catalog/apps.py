from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "datadam.catalog"
    label = "catalog"

    def ready(self) -> None:
        from datadam.catalog import (  # noqa: F401  (workflow: state charts)
            deciding,
            desk,
            navigation,
            telling,
            waiting,
            workflow,
        )
        from datadam.catalog.services import cells, rules
        from datadam.core import extensions, limits, schedule

        schedule.every("clear_staging", "catalog.clear_staging", 3600)
        schedule.every("draw_thumbnails", "catalog.draw_thumbnails", 3600)
        schedule.every("tick_sources", "catalog.tick_sources", 60)
        navigation.register()
        waiting.register()
        desk.register()
        deciding.register()
        telling.register()
        rules.register()
        cells.register()
        limits.heavy(
            "GET", "dataset_download", "api:download", "api:release_download", "release_cells", "api:try_cells"
        )
        limits.heavy("GET", "dataset_files_zip", "api:files_zip")
        limits.heavy("POST", "upload_new", "api:upload", "api:rows", "api:push_rows", "api:push_file", "source_try")
        limits.heavy("POST", "glossary", "portal")
        extensions.add_hook("verify", _verify)
        extensions.add_hook("backup", _backup)
        extensions.add_hook("replay", _replay)
        extensions.add_hook("restored", _restored)
        extensions.add_hook("holds", _holds)
        extensions.add_hook("name", _name)


def _verify(*, deep: bool) -> Iterable[Any]:
    from datadam.catalog.services import verifying

    return verifying.verify(deep=deep)


def _backup(*, using: str) -> Iterable[Any]:
    from datadam.catalog.services import keeping

    return keeping.lake_files(using=using)


def _replay(*, lines: list[dict[str, Any]]) -> Iterable[str]:
    from datadam.catalog.services import keeping

    return keeping.replay(lines=lines)


def _restored() -> Iterable[str]:
    from datadam.catalog.services import keeping

    return keeping.restored()


def _name(*, resource: str, person: Any) -> Iterable[Any]:
    from datadam.catalog import telling

    return telling.name_of(resource, person)


def _holds(organisation: Any) -> list[str]:
    """An organisation with datasets needs somebody who answers for them."""
    from datadam.catalog.models import Dataset

    live = Dataset.objects.filter(organisation=organisation).exclude(state=Dataset.State.DESTROYED)
    return ["datasets"] if live.exists() else []
