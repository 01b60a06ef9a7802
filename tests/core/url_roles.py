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


PLACES = {"anything": anything}
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
    Row("GET robots", everyone=200),
    Row("GET security", everyone=404),
    Row("GET api:openapi-json", everyone=200),
    Row("GET api:openapi-view", everyone=200),
    Row("GET api:api-root", everyone=404),
    Row("GET api:me", everyone=200, nobody=401),
]
