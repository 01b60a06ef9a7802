"""Who gets what answer at the core's URLs."""

from tests.url_roles import Row


def anything(cast):
    from datadam.core.services import tokens
    from datadam.web import charts

    token, _ = tokens.issue_token(actor=cast.provider, person=cast.provider, label="t", scopes=["read"])
    from datadam.core import jobs
    from datadam.core.models import Job

    jobs.find("core.seal")
    job = Job.objects.create(task="core.seal", actor=cast.provider, state="running")
    return {"token_id": token.pk, "job_id": job.pk, "name": charts.bundle_name()}


def people(cast):
    """The provider's firm with a project, an invitation and a request to join; a notice to the provider."""
    from datadam.core import clock, notices
    from datadam.core.models import Event, Joining, Membership, Notice
    from datadam.core.services import coming_in, projects

    Membership.objects.create(person=cast.citizen, organisation=cast.firm, role="member")
    project = projects.create(actor=cast.provider, organisation=cast.firm, title="대시보드", role="member")
    link = coming_in.invite(actor=cast.officer, email="new@firm.example", organisation=cast.firm, role="member")
    joining = Joining.objects.create(person=cast.consumer, organisation=cast.firm, title="", created_at=clock.now())
    event = Event.objects.order_by("-pk").first()
    notice = Notice.objects.create(
        person=cast.provider, ko="알림", en="Notice", url="/desk/", verb="organisation.member", event=event
    )
    return {
        "name": cast.firm.name, "person_id": cast.citizen.pk, "project_name": project.name, "link_id": link.pk,
        "joining_id": joining.pk, "pk": notice.pk, "token": notices.off_link(cast.provider).rstrip("/").split("/")[-1],
    }  # fmt: skip


PLACES = {"anything": anything, "people": people}
GROUPS = {"others": ("citizen", "consumer", "stranger", "reviewer", "officer")}
NEW_TOKEN = {"label": "t", "scopes": ["read"], "days": "30"}
ROWS = [
    Row("GET vega", at="anything", everyone=200),
    Row("GET login", everyone=302, nobody=200),
    Row("POST login", data={"login": "x", "password": "x"}, everyone=403),
    Row("POST logout", everyone=302),
    Row("POST language", data={"language": "en"}, everyone=302),
    Row("GET password", everyone=200, nobody="login"),
    Row("POST password", data={"old": "x", "new": "y", "again": "y"}, everyone=422, nobody="login"),
    Row("GET tokens", everyone=200, nobody="login"),
    Row("POST tokens", data=NEW_TOKEN, everyone=200, nobody="login"),
    Row("POST token_revoke", at="anything", everyone=403, nobody="login", provider=302, operator=302),
    Row("GET job", at="anything", everyone=403, nobody="login", provider=200, operator=200),
    Row("GET health", everyone=200),
    Row("GET ready", everyone=503),
    Row("GET metrics", everyone=200),
    Row("GET robots", everyone=200),
    Row("GET security", everyone=404),
    Row("GET api:openapi-json", everyone=200),
    Row("GET api:openapi-view", everyone=200),
    Row("GET api:api-root", everyone=404),
    Row("GET api:me", everyone=200, nobody=401),
]
SIGNED_IN = {"nobody": "login", "everyone": 200}
NOTHING_SENT = {"nobody": "login", "everyone": 422}
DONE = {"nobody": "login", "everyone": 302}
NO_KEY = {"everyone": 404}
CITY = {"nobody": "login", "everyone": 403}
AT_FIRM = {"at": "people", "nobody": "login", "everyone": 403}
# coming in
ROWS += [
    *(Row(f"{method} login_code", everyone="login") for method in ("GET", "POST")),
    Row("GET outside", everyone=403),
    Row("GET outside_back", everyone=422),
    *(Row(f"{method} outside_confirm", everyone=302) for method in ("GET", "POST")),
    Row("GET sign_up", everyone=302, nobody=200),
    Row("POST sign_up", everyone=302, nobody=422),
    *(
        Row(f"{method} {name}", **NO_KEY)
        for name in ("sign_up_confirm", "invitation", "set_up", "reset_new", "email_confirm")
        for method in ("GET", "POST")
    ),
    Row("GET terms", everyone=200),
    Row("GET reset", everyone=200),
    Row("POST reset", everyone=422),
]
# one's account
ROWS += [
    *(Row(f"GET {name}", **SIGNED_IN) for name in ("account", "email", "sessions", "factor", "account_delete")),
    *(Row(f"POST {name}", **NOTHING_SENT) for name in ("account", "email", "factor", "found_firm")),
    Row("POST sessions", **DONE),
    Row("POST factor_codes", **CITY),
    Row("POST factor_off", **DONE, reviewer=403, officer=403, operator=403),
    Row("POST leave", at="people", nobody="login", everyone=404, citizen=302, provider=302),
    Row("GET identity", nobody="login", everyone=404),
    Row("GET identity_back", **NOTHING_SENT),
    Row("POST identity_forget", **DONE, reviewer=403, officer=403, operator=403),
    Row("POST outside_unlink", nobody="login", everyone=409),
    Row("POST account_delete", **SIGNED_IN, reviewer=403, officer=403, operator=403),
    *(Row(f"GET {name}", **SIGNED_IN) for name in ("desk", "notices", "notice_settings", "history")),
    Row("POST notice_settings", **NOTHING_SENT),
    Row("POST desk_act", nobody="login", everyone=404),
    Row("POST desk_steps", **DONE),
    Row("POST notices_mark", **DONE),
    Row("POST notice", at="people", nobody="login", everyone=404, provider=302),
    *(Row(f"{method} notices_off", at="people", everyone=200) for method in ("GET", "POST")),
    Row("GET help", everyone=200),
    Row("GET help_guide name=desk", everyone=200),
]
# the people of an organisation and of the city
MEMBERS = {"citizen": 200, "provider": 200, "officer": 200, "operator": 200}
ROWS += [
    Row("GET organisation_people", **AT_FIRM, **MEMBERS),
    Row("POST organisation_people", **AT_FIRM, **dict.fromkeys(MEMBERS, 422)),
    Row("POST organisation_member", **AT_FIRM, officer=302, operator=302),
    Row("GET organisation_projects", **AT_FIRM, provider=200, operator=200),
    Row("POST organisation_projects", **AT_FIRM, provider=422, operator=422),
    Row("POST project", **AT_FIRM, provider=404, operator=404),
    Row("POST invitation_change", **AT_FIRM, officer=302, operator=302),
    Row("POST joining", at="people", nobody="login", everyone=404),
    Row("GET city_organisations", **CITY, officer=200, operator=200),
    Row("POST city_organisations", **CITY, officer=422, operator=422),
    Row("GET organisation_details", at="people", nobody="login", everyone=403, officer=200, operator=200),
    Row(
        "POST organisation_details",
        at="people",
        data={"title": ""},
        nobody="login",
        everyone=403,
        officer=422,
        operator=422,
    ),
    Row("GET city_people", **CITY, officer=200, operator=200),
    Row("POST city_people", **CITY, officer=422, operator=422),
    Row("POST city_person", **AT_FIRM, operator=302),
    Row("GET setup_city", **CITY, operator=200),
    Row("POST setup_city", **CITY, operator=422),
]
