"""The WSGI entry point that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datadam.config.settings")
application = get_wsgi_application()

from datadam.core.keeping import requests  # noqa: E402

requests.watch()
resolve("/healthz")  # loads every URL now rather than in somebody's first request
