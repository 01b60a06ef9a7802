"""Pages of the demo's providers."""

from django.urls import path

from datadam.demo import views

urlpatterns = [
    path("demo/mail/", views.mails, name="demo_mail"),
    path("demo/register/", views.register, name="demo_register"),
    path("demo/identity/", views.identity, name="demo_identity"),
    path("demo/oidc/.well-known/openid-configuration", views.discovery, name="demo_discovery"),
    path("demo/oidc/authorize/", views.authorize, name="demo_authorize"),
    path("demo/oidc/token/", views.token, name="demo_token"),
    path("demo/oidc/jwks/", views.jwks, name="demo_jwks"),
]
