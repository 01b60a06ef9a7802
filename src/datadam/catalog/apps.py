from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "datadam.catalog"
    label = "catalog"

    def ready(self) -> None:
        from datadam.catalog import navigation, workflow  # noqa: F401  (workflow registers the state charts)
        from datadam.core import extensions, limits, schedule

        schedule.every("clear_staging", "catalog.clear_staging", 3600)
        navigation.register()
        limits.heavy("GET", "dataset_download", "api:download", "api:release_download")
        limits.heavy("POST", "upload_new", "api:upload")
        extensions.add_hook("verify", _verify)


def _verify() -> list[str]:
    from datadam.catalog.services import housekeeping

    return list(housekeeping.verify())
