from django.urls import path

from datadam.web import views

urlpatterns = [path("assets/<str:name>", views.vega, name="vega")]
