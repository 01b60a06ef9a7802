"""Pages of the core."""

from django.urls import path

from datadam.core import views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("language/", views.language, name="language"),
    path("account/password/", views.password, name="password"),
    path("account/tokens/", views.my_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", views.revoke_token, name="token_revoke"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("healthz", views.health, name="health"),
]
