from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "datadam.access"
    label = "access"

    def ready(self) -> None:
        from datadam.access import telling

        telling.register()
