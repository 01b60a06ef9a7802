"""Pages of the core."""

from django.urls import path

from datadam.core.views import keeping, signing_in, site, tokens

urlpatterns = [
    path("login/", signing_in.login, name="login"),
    path("logout/", signing_in.logout, name="logout"),
    path("language/", site.language, name="language"),
    path("account/password/", signing_in.password, name="password"),
    path("account/tokens/", tokens.my_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="token_revoke"),
    path("jobs/<int:job_id>/", site.job, name="job"),
    path("healthz", keeping.alive, name="health"),
    path("readyz", keeping.ready, name="ready"),
    path("metrics", keeping.figures, name="metrics"),
]
