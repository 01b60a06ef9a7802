from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "datadam.core"
    label = "core"
