"""Where files come from by themselves: setting it, trying it, pausing it, and what came of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from datadam.catalog import policies, presenting, selectors, snippets, words
from datadam.catalog.outside import databases
from datadam.catalog.services import servers
from datadam.catalog.services import sources as services
from datadam.core import selectors as core
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

EVERY = {
    "hour": Text("매시간", "Every hour"),
    "day": Text("매일", "Every day"),
    "week": Text("매주 월요일", "Every Monday"),
    "month": Text("매월 1일", "On the first of every month"),
}
OUTCOMES = {
    "new": Text("새 판", "New draft"),
    "published": Text("새 판을 공개함", "Published"),
    "held": Text("확인 대기", "Held"),
    "unchanged": Text("그대로", "Unchanged"),
    "failed": Text("실패", "Failed"),
}
KINDS = {
    "url": Text("웹 주소", "A web address"),
    "folder": Text("서버의 폴더", "A folder of the server"),
    "sftp": Text("SFTP 서버", "An SFTP server"),
    "postgresql": Text("PostgreSQL", "PostgreSQL"),
    "mysql": Text("MySQL·MariaDB", "MySQL or MariaDB"),
}
TYPES = {
    "integer": Text("정수", "integer"),
    "unsigned": Text("정수", "integer"),
    "decimal": Text("고정 소수", "decimal"),
    "number": Text("실수", "number"),
    "text": Text("글자", "text"),
    "boolean": Text("참·거짓", "true/false"),
    "date": Text("날짜", "date"),
    "timestamp": Text("일시 (한국 시각)", "time (Korean)"),
    "instant": Text("일시", "point in time"),
    "time": Text("시각", "time of day"),
    "binary": Text("바이트", "bytes"),
}
BAD_TIME = Text("시각을 06:00처럼 쓰십시오.", "Write the time as 06:00.")
SAVED = Text("저장했습니다. ‘지금 가져오기’로 시험해 보십시오.", "Saved. Try it with “Fetch now”.")
UNPROVEN = Text("저장했습니다. 이제 서버의 호스트 키를 확인하십시오.", "Saved. Now confirm the host key of the server.")
STARTED = Text("가져오기 시작했습니다. 잠시 뒤 이력을 보십시오.", "Fetching has begun; see the history in a moment.")
PAUSED = Text("가져오기를 멈추었습니다.", "Fetching is paused.")
RESUMED = Text("가져오기를 다시 시작합니다.", "Fetching goes on.")
REMOVED = Text(
    "가져올 곳을 없앴습니다. 가져온 자료는 그대로 있습니다.", "The source was removed; what it brought stays."
)
TRUSTED = Text("호스트 키를 받아들였습니다. 이제 가져옵니다.", "The host key is accepted; fetching goes on.")
SHOWN_RUNS = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_dataset(request: HttpRequest, name: str) -> HttpResponse:
    """The source of a dataset, or the form that sets one."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    return _page(request, actor, dataset.organisation, dataset, getattr(dataset, "source", None))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """A source, with or without a dataset yet."""
    actor = actor_of(request)
    assert actor is not None
    found = services.source_for(actor, pk)
    return _page(request, actor, found.organisation, found.dataset, found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_organisation(request: HttpRequest, name: str) -> HttpResponse:
    """The sources of an organisation, and the form for one that makes a new dataset."""
    actor = actor_of(request)
    assert actor is not None
    organisation = core.organisation(name)
    policies.may_upload(actor, organisation).require()
    return _page(request, actor, organisation, None, None, listed=True)


def _page(
    request: HttpRequest, actor: Actor, organisation: Any, dataset: Any, found: Any, *, listed: bool = False
) -> HttpResponse:
    error: DomainError | None = None
    if request.method == "POST":
        try:
            saved = _save(request, actor, organisation, dataset, found)
        except DomainError as refusal:
            error = refusal
        else:
            messages.success(request, str(UNPROVEN if saved.options.get("offered") else SAVED))
            return redirect("source", saved.pk)
    context = {
        "organisation": organisation,
        "dataset": dataset,
        "source": found,
        "listed": services.of(organisation) if listed else None,
        "form": _form(request, found),
        "every": EVERY.items(),
        "every_words": EVERY.get(found.every) if found else None,
        "kinds": [(code, words) for code, words in KINDS.items() if code != "folder" or settings.FETCH_FOLDERS],
        "kind_words": KINDS.get(found.kind) if found else None,
        "tls": databases.TLS_WORDS.items(),
        "tls_words": databases.TLS_WORDS.get(found.options.get("tls", "")) if found else None,
        "push_code": snippets.push(dataset.name, settings.BASE_URL) if dataset else "",
        "runs": [_run(each) for each in found.runs.select_related("release__dataset")[:SHOWN_RUNS]] if found else [],
        "busy": bool(found and found.job and found.job.state in services.BUSY_STATES),
        "error": error,
        "wrong": error.data.get("fields", {}) if isinstance(error, Invalid) else {},
    }
    return render(request, "catalog/source.html", context, status=error.status if error else 200)


def _save(request: HttpRequest, actor: Actor, organisation: Any, dataset: Any, found: Any) -> Any:
    post = request.POST
    try:
        at = dt.time.fromisoformat(post.get("at", "06:00"))
    except ValueError:
        raise Invalid(BAD_TIME, fields={"at": BAD_TIME}) from None
    return services.save(
        actor=actor,
        organisation=organisation,
        dataset=dataset,
        source=found,
        title=post.get("title", "") or (found.title if found else ""),
        kind=post.get("kind", "url"),
        address=post.get("address", "").strip(),
        every=post.get("every", "day"),
        at=at.replace(second=0, microsecond=0, tzinfo=None),
        publish_when_clean="publish_when_clean" in post,
        **_of_server(request),
    )


def _of_server(request: HttpRequest) -> dict[str, str]:
    names = ("password", "private_key", "fingerprint", "query", "tls")
    return {name: request.POST.get(name, "") for name in names}


@login_required
@require_POST
def try_out(request: HttpRequest, name: str) -> HttpResponse:
    """What a server shows, before anything is saved; a part of the form's page when htmx asks."""
    actor = actor_of(request)
    assert actor is not None
    organisation = core.organisation(name)
    policies.may_upload(actor, organisation).require()
    known = request.POST.get("source", "")
    found = services.source_for(actor, known) if known else None
    given = servers.Given(request.POST.get("kind", ""), request.POST.get("address", "").strip(), **_of_server(request))
    facts: dict[str, Any] = {"organisation": organisation}
    status = 200
    try:
        facts["tried"] = _tried(servers.try_out(actor=actor, organisation=organisation, source=found, given=given))
    except DomainError as error:
        facts["error"], status = error, error.status
    if request.headers.get("HX-Request"):
        return render(request, "catalog/_tried.html", facts)  # htmx shows nothing of an answer that is no 200
    return render(request, "catalog/source_tried.html", facts, status=status)


def _tried(found: servers.Tried) -> dict[str, Any]:
    files = [{"name": f.name, "size": f.size, "when": presenting.moment(f.modified)} for f in found.files]
    columns = [{"name": column.name, "words": TYPES.get(column.kind, column.kind)} for column in found.columns]
    return {**vars(found), "files": files, "columns": columns}


def _form(request: HttpRequest, found: Any) -> dict[str, Any]:
    """What the form shows: what was sent, else what is stored. A sent URL is not shown again: it may hold a key."""
    post = request.POST if request.method == "POST" else None
    options = found.options if found else {}
    kind = post.get("kind", "url") if post else found.kind if found else "url"
    return {
        "address": post.get("address", "") if post and kind in servers.KINDS else "",
        "query": post.get("query", "") if post else options.get("query", ""),
        "tls": post.get("tls", "") if post else options.get("tls", "require"),
        "title": post.get("title", "") if post else found.title if found else "",
        "kind": kind,
        "every": post.get("every", "day") if post else found.every if found else "day",
        "at": post.get("at", "") if post else found.at.strftime("%H:%M") if found else "06:00",
        "publish_when_clean": "publish_when_clean" in post if post else bool(found and found.publish_when_clean),
    }


def _run(run: Any) -> dict[str, Any]:
    said = Text(**run.message) if run.message else words.reason(run.reason)[0] if run.reason in words.REASONS else None
    return {"run": run, "outcome": OUTCOMES.get(run.outcome, run.outcome), "said": said}


ACTIONS: dict[str, tuple[Callable[..., Any], Text]] = {
    "run": (services.start, STARTED),
    "pause": (services.pause, PAUSED),
    "resume": (services.resume, RESUMED),
    "remove": (services.remove, REMOVED),
}


@login_required
@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Fetch now, pause, resume, remove, or accept a host key."""
    if action == "trust":
        return _trust(request, pk)
    if action not in ACTIONS:
        raise NotFound(Text("그런 작업은 없습니다.", "There is no such action."))
    actor = actor_of(request)
    found = services.source_for(actor, pk)
    service, said = ACTIONS[action]
    service(actor=actor, source=found)
    messages.success(request, str(said))
    return redirect("organisation_sources", found.organisation.name) if action == "remove" else redirect("source", pk)


def _trust(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    assert actor is not None
    found = services.source_for(actor, pk)
    servers.trust(actor=actor, source=found, fingerprint=request.POST.get("fingerprint", ""))
    messages.success(request, str(TRUSTED))
    return redirect("source", pk)
