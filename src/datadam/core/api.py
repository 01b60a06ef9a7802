"""The API's frame at /api/v1/: who asks, and how refusals look. Rooms add their routers in config/urls.py."""

from importlib.metadata import version
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer, SessionAuth

from datadam.core import reference
from datadam.core.errors import NotAllowed
from datadam.core.middleware import as_domain_error, error_body, problem
from datadam.core.public import Actor
from datadam.core.services.tokens import authenticate_token
from datadam.web.text import Text

READS = ("GET", "HEAD", "OPTIONS")


class BearerToken(HttpBearer):
    """`Authorization: Bearer ddm_…`; reading needs the scope `read`, anything else `write`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """Raises BadToken rather than falling back to a session: who sends a token means it."""
        return authenticate_token(token, "read" if request.method in READS else "write")


class Nobody:
    """Stands for the public where an operation is open to it."""


def anyone(request: HttpRequest) -> Nobody:
    """Last in `OPEN`: lets those through who sent no credentials."""
    return Nobody()


class ReferencePage(DocsBase):
    """The API told to people by a page of ours: it needs no script, no network and no looser content policy."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Render the page for this API."""
        document = self.get_openapi_url(api, kwargs)
        groups = reference.groups(api.get_openapi_schema(path_params=kwargs), settings.BASE_URL)
        return render(request, "core/api_docs.html", {"groups": groups, "document": document})


class StrictJson(Parser):
    """orjson takes UTF-8 only: half a surrogate pair would be stored and break every page that shows it."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value; what this raises is answered with 400."""
        return orjson.loads(request.body)


SIGNED_IN = [BearerToken(), SessionAuth(csrf=True)]
OPEN = [*SIGNED_IN, anyone]  # auth=OPEN: for operations that also serve the public


class Json(BaseRenderer):
    """JSON with Hangul as it is, so that a person can read it in a terminal."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


def korean(summary: str) -> dict[str, str]:
    """`openapi_extra=korean("…")`: what the operation does, for the Korean page."""
    return {"x-summary-ko": summary}


class CityAPI(NinjaAPI):
    """Says in its document which operations are open to the public: `{}` among their securities (OpenAPI 3.1)."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The document that /openapi.json sends."""
        document = super().get_openapi_schema(**options)
        paths = (path.operations for bound in self._get_bound_routers() for path in bound.path_operations.values())
        free = {
            self.get_openapi_operation_id(operation)
            for operations in paths
            for operation in operations
            if anyone in operation.auth_callbacks
        }
        for methods in document["paths"].values():
            for facts in methods.values():
                if facts["operationId"] in free:
                    facts["security"] = [*facts["security"], {}]
        return document


api = CityAPI(
    title="datadam",
    version=version("datadam"),
    description="데이터를 찾고, 읽고, 올립니다. Find, read and bring in data.",
    auth=SIGNED_IN,
    docs=ReferencePage(),
    docs_decorator=require_safe,
    parser=StrictJson(),
    renderer=Json(),
    urls_namespace="api",
)


def actor_of(request: HttpRequest) -> Actor | None:
    """Who asks: the owner of the token or session, or None for the public."""
    auth: Any = getattr(request, "auth", None)
    return auth if isinstance(auth, Actor) else None


def signed_in(request: HttpRequest) -> Actor:
    """Who asks; refuses the public."""
    actor = actor_of(request)
    if actor is None:
        raise NotAllowed(Text("로그인하거나 토큰을 보내 주세요.", "Sign in or send a token."))
    return actor


@api.exception_handler(Exception)
def refuse(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Refusals in the one JSON form; faults go on to Django."""
    error = as_domain_error(exc)
    if error is None:
        raise exc
    return _refusal(request, error.status, error.message, error.code, error.data)


def _refusal(request: HttpRequest, status: int, words: Text, code: str, data: dict[str, Any]) -> HttpResponse:
    asked = problem(request, status, words, code, data)
    return asked or api.create_response(request, error_body(words, code, data), status=status)


@api.exception_handler(AuthenticationError)
def refuse_nobody(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
    """No credentials where some are needed."""
    words = Text("로그인하거나 토큰을 보내 주세요.", "Sign in or send a token.")
    return _refusal(request, 401, words, "not_signed_in", {})


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """A body that is no JSON, a form without its secret: ninja's own refusals, in the same form."""
    words = Text("요청을 이해할 수 없습니다.", "The request makes no sense.")
    code = "not_allowed" if exc.status_code == 403 else "bad_request"
    return _refusal(request, exc.status_code, words, code, {"detail": exc.message})


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """Input that does not fit the schema, in the same form."""
    words = Text("보낸 값이 올바르지 않습니다.", "What was sent is not valid.")
    return _refusal(request, 422, words, "invalid", {"fields": exc.errors})


@api.get("/me", summary="Who am I", openapi_extra=korean("나는 누구인가"))
def me(request: HttpRequest) -> dict[str, Any]:
    """The owner of the token or session."""
    actor = signed_in(request)
    return {"login": actor.login, "name": actor.name}
