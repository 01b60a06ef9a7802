from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "datadam.web"
    label = "web"
