"""Every URL of the city: one include per room, and one line per room's API."""

from django.conf import settings
from django.urls import include, path

from datadam.core.api import api

# Routers of the rooms: (prefix, dotted name of the router).
ROUTERS: list[tuple[str, str]] = [
    ("", "datadam.disclosure.api.router"),
    ("", "datadam.catalog.api.router"),
    ("", "datadam.catalog.curating_api.router"),
    ("", "datadam.catalog.cells_api.router"),
    ("", "datadam.catalog.glossary_api.router"),
    ("", "datadam.catalog.rules_api.router"),
    ("", "datadam.catalog.evaluation_api.router"),
    ("", "datadam.catalog.safety_api.router"),
    ("/files", "datadam.catalog.tus.router"),
    ("/uploads", "datadam.catalog.drawing_api.router"),
    ("", "datadam.catalog.files_api.router"),
]
for prefix, router in ROUTERS:
    api.add_router(prefix, router)

urlpatterns = [
    *([path("", include("datadam.demo.urls"))] if settings.DEMO else []),
    path("", include("datadam.web.urls")),
    path("", include("datadam.core.urls")),
    path("", include("datadam.disclosure.urls")),
    path("", include("datadam.catalog.urls")),
    path("api/v1/", api.urls),
]

handler400 = "datadam.core.views.errors.bad_request"
handler403 = "datadam.core.views.errors.forbidden"
handler404 = "datadam.core.views.errors.not_found"
handler500 = "datadam.core.views.errors.fault"
