"""Pages of the core."""

from django.urls import path

from datadam.core.views import desk, helping, history, notices, signing_in, site, tokens

urlpatterns = [
    path("login/", signing_in.login, name="login"),
    path("logout/", signing_in.logout, name="logout"),
    path("language/", site.language, name="language"),
    path("account/password/", signing_in.password, name="password"),
    path("account/tokens/", tokens.my_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="token_revoke"),
    path("desk/", desk.my_desk, name="desk"),
    path("desk/act/", desk.act, name="desk_act"),
    path("desk/steps/", desk.steps, name="desk_steps"),
    path("notices/", notices.my_notices, name="notices"),
    path("notices/mark/", notices.mark, name="notices_mark"),
    path("notices/<int:pk>/", notices.follow, name="notice"),
    path("notices/off/<str:token>/", notices.off, name="notices_off"),
    path("account/notices/", notices.settings, name="notice_settings"),
    path("account/history/", history.mine, name="history"),
    path("help/", helping.index, name="help"),
    path("help/<slug:name>/", helping.guide, name="help_guide"),
    path("setup/city/", helping.name_city, name="setup_city"),
    path("jobs/<int:job_id>/", site.job, name="job"),
    path("healthz", site.health, name="health"),
]
