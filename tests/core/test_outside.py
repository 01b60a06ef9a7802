"""Signing in by another site: a real provider on this machine, honest or not; and proof of identity."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from datadam.core import clock, fetch, ports, terms
from datadam.core.errors import Conflict, DomainError
from datadam.core.models import Event, IdentityProof, Job, OutsideLogin, Person
from datadam.core.ports.identity import Proof
from datadam.core.services import factors, identity, outside, people

PASSWORD = "바다와 항구 1876"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


class Provider:
    """Answers discovery, JWKS and token; `claims` and `sign_with` make it lie."""

    def __init__(self):
        self.url, self.claims, self.sign_with, self.algorithm, self.asked = "", {}, KEY, "EdDSA", []
        self.discovery = {}

    def answer(self, path, form):
        if path.endswith("/openid-configuration"):
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                **self.discovery,
            }
        if path == "/jwks":
            made = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [{**made, "kid": "one", "use": "sig"}]}
        self.asked.append(form)
        return {"id_token": jwt.encode(self.claims, self.sign_with, algorithm=self.algorithm, headers={"kid": "one"})}


@pytest.fixture
def provider_site(settings):
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self, form=None):
            body = json.dumps(made.answer(self.path, form)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            self.do_GET({**form, "authorization": self.headers.get("Authorization")})

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = made.url, "dam", "a secret"
    yield made
    server.shutdown()
    server.server_close()


def go(client, site, **lies):
    """From the sign-in page to the other site and back; `lies` change the ID token."""
    asked = client.get("/login/outside/?next=/terms/").headers["Location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
    now = int(clock.now().timestamp())
    honest = {
        "iss": site.url,
        "aud": "dam",
        "sub": "s-1",
        "iat": now,
        "exp": now + 60,
        "nonce": query["nonce"],
        "name": "밖사람",
        "email": "out@example.kr",
        "email_verified": True,
    }
    site.claims = {name: value for name, value in {**honest, **lies}.items() if value is not None}
    return client.get("/login/outside/back/", {"code": "c", "state": query["state"]})


def test_a_first_time_person_gets_a_citizens_account_and_comes_back_to_it(client, provider_site, db):
    assert go(client, provider_site).headers["Location"] == "/login/outside/confirm/"
    assert not Person.objects.exists()
    assert client.post("/login/outside/confirm/", {"name": "밖사람"}).status_code == 422
    made = client.post("/login/outside/confirm/", {"name": "밖사람", "terms": terms.VERSION})
    assert made.headers["Location"] == "/terms/"
    person = Person.objects.get(email="out@example.kr")
    assert not person.has_usable_password() and OutsideLogin.objects.get().person == person
    client.post("/logout/")
    assert go(client, provider_site).headers["Location"] == "/terms/"
    assert client.get("/account/").status_code == 200 and Person.objects.count() == 1
    asked = provider_site.asked[0]
    assert asked["code_verifier"] and asked["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "lies",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"exp": 1},
        {"nonce": None},
        {"sub": None},
        {"aud": ["dam", "another"]},
    ],
)
def test_a_token_that_does_not_hold_is_refused(client, provider_site, db, lies):
    answer = go(client, provider_site, **lies)
    assert answer.status_code == 422 and "마치지 못했습니다" in answer.content.decode()
    assert not Person.objects.exists() and client.get("/login/outside/confirm/").status_code == 302


@pytest.mark.parametrize(("key", "algorithm"), [(OTHER, "EdDSA"), ("x" * 40, "HS256"), (None, "none")])
def test_a_token_signed_by_another_is_refused(client, provider_site, db, key, algorithm):
    provider_site.sign_with, provider_site.algorithm = key, algorithm
    assert go(client, provider_site).status_code == 422


def test_the_state_must_be_this_browsers(client, provider_site, db):
    client.get("/login/outside/")
    assert client.get("/login/outside/back/", {"code": "c", "state": "x"}).status_code == 422
    assert client.get("/login/outside/back/", {"code": "c"}).status_code == 422


def test_a_verified_address_links_only_with_the_password(client, provider_site, operator):
    person = people.create_person(actor=operator, login="out", name="안", email="out@example.kr", password=PASSWORD)
    go(client, provider_site)
    refused = client.post("/login/outside/confirm/", {"password": "wrong", "name": "x", "terms": terms.VERSION})
    assert refused.status_code == 422 and not OutsideLogin.objects.exists()
    client.post("/login/outside/confirm/", {"password": PASSWORD})
    assert OutsideLogin.objects.get().person == person and client.session["_auth_user_id"] == str(person.pk)


def test_an_address_that_is_not_verified_links_nothing(client, provider_site, operator):
    people.create_person(actor=operator, login="out", name="안", email="out@example.kr", password=PASSWORD)
    go(client, provider_site, email_verified=False)
    client.post("/login/outside/confirm/", {"name": "밖사람", "terms": terms.VERSION})
    made = OutsideLogin.objects.get().person
    assert made.email == "" and made.login.startswith("outside-")


def test_the_second_factor_still_applies(client, provider_site, operator):
    person = people.create_person(actor=operator, login="out", name="안", password=PASSWORD)
    secret = factors.begin(actor=person)
    factors.confirm(actor=person, code=factors.present_code(secret))
    OutsideLogin.objects.create(person=person, issuer=provider_site.url, subject="s-1")
    assert go(client, provider_site).headers["Location"].startswith("/login/code/")
    assert "_auth_user_id" not in client.session


def test_an_endpoint_in_this_network_is_refused_unless_it_is_the_issuers(client, provider_site, db):
    provider_site.discovery = {"token_endpoint": "http://127.0.0.1:9/token"}
    assert go(client, provider_site).status_code == 422
    with pytest.raises(fetch.AddressRefused):
        fetch.json_get(provider_site.url)
    assert fetch.json_get(f"{provider_site.url}/jwks", trusted=provider_site.url)["keys"]


def test_it_is_not_offered_without_an_issuer(client, db, settings):
    settings.OIDC_ISSUER = ""
    assert client.get("/login/outside/").status_code == 403
    assert "/login/outside/" not in client.get("/login/").content.decode()


# Proof of identity

CI = "CI+88==of+an+invented+human"


class Office:
    name = "office"

    def start(self, *, state, return_url):
        return f"https://identity.example/?state={state}"

    def finish(self, query):
        return Proof(CI, 1990)


@pytest.fixture
def office_port(settings, monkeypatch):
    monkeypatch.setitem(ports._providers, ("identity", "office"), Office)
    settings.IDENTITY_PROVIDER = "office"


def prove(client):
    where = client.get("/account/identity/").headers["Location"]
    return client.get("/account/identity/back/", {"state": where.partition("state=")[2]})


def test_a_proof_keeps_no_number(office_port, client_of, citizen):
    assert prove(client_of(citizen)).status_code == 302
    kept = IdentityProof.objects.get()
    assert (kept.person, kept.provider, kept.birth_year) == (citizen, "office", 1990)
    stored = str([list(model.objects.values()) for model in (IdentityProof, Event, Job, Person)])
    assert CI not in stored and CI not in repr(Proof(CI))


def test_one_human_has_one_account(office_port, client_of, citizen, stranger):
    prove(client_of(citizen))
    refused = prove(client_of(stranger))
    assert refused.status_code == 409 and IdentityProof.objects.get().person == citizen


def test_the_state_of_a_proof_must_be_this_browsers(office_port, client_of, citizen):
    assert client_of(citizen).get("/account/identity/back/", {"state": "x"}).status_code == 422
    with pytest.raises(DomainError):
        identity.finish(actor=citizen, query={"state": ""}, state="")
    assert not IdentityProof.objects.exists()


def test_linking_twice_is_refused(citizen, stranger, settings):
    settings.OIDC_ISSUER = "https://one.example"
    claims = outside.Claims(settings.OIDC_ISSUER, "s", "", "")
    for person in (citizen, stranger):
        person.set_password(PASSWORD)
        person.save()
    outside.link(actor=citizen, claims=claims, password=PASSWORD)
    with pytest.raises(Conflict) as refusal:
        outside.link(actor=stranger, claims=claims, password=PASSWORD)
    assert refusal.value.code == "linked"
