"""Every URL of the city: one include per room."""

from django.urls import include, path

urlpatterns = [
    path("", include("datadam.web.urls")),
    path("", include("datadam.core.urls")),
    path("", include("datadam.catalog.urls")),
]
