from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "datadam.access"
    label = "access"
