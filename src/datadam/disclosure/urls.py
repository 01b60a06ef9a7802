from django.urls import path

from datadam.disclosure import views

urlpatterns = [path("publications/<uuid:uid>/", views.publications, name="publications")]
