"""From a file to a draft: sending it, watching it being read, seeing what was understood, deciding otherwise."""

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datadam.catalog import policies, selectors
from datadam.catalog.services import uploads as services
from datadam.catalog.views import understood
from datadam.core import selectors as core
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, Invalid
from datadam.core.public import Actor
from datadam.web.paging import whole
from datadam.web.text import Text

NO_FILE = Text("파일이나 주소를 고르십시오.", "Choose a file or give an address.")
DISCARDED = Text("올린 파일을 버렸습니다.", "The upload was discarded.")


def uploadable(actor: Actor | None) -> list[Any]:
    """The organisations the actor may upload for, the actor's own first."""
    own = list(core.organisations_of(actor, *policies.STEWARDS))
    if not policies.of_city(actor):
        return own
    return own + [organisation for organisation in core.organisations() if organisation not in own]


def may_upload_anywhere(actor: Actor | None) -> bool:
    return actor is not None and (policies.of_city(actor) or bool(uploadable(actor)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, and the person's uploads and drafts."""
    actor = actor_of(request)
    assert actor is not None
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            return redirect("upload", _receive(request, actor).pk)
        except DomainError as error:
            refusal = error
    status = refusal.status if refusal else 200
    return render(request, "catalog/upload_new.html", _new_context(request, actor, refusal), status=status)


def _new_context(request: HttpRequest, actor: Actor, refusal: DomainError | None) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("dataset", "")
    return {
        "organisations": uploadable(actor),
        "dataset": selectors.dataset_for(actor, name) if name else None,
        "chosen": asked.get("organisation", ""),
        "url": asked.get("url", ""),
        "error": refusal.message if refusal else None,
        "limit": settings.MAX_UPLOAD_MB * 1024 * 1024,
        "waiting": selectors.uploads_waiting(actor),
        "drafts": selectors.listing(actor, state="draft").datasets,
    }


def _receive(request: HttpRequest, actor: Actor) -> Any:
    organisation = core.organisation(request.POST.get("organisation", ""))
    name = request.POST.get("dataset", "")
    dataset = selectors.dataset_for(actor, name) if name else None
    file = request.FILES.get("file")
    url = request.POST.get("url", "").strip()
    files = bool(request.POST.get("files"))
    if isinstance(file, UploadedFile) and file.file is not None:
        return services.receive_file(
            actor=actor,
            organisation=organisation,
            stream=cast(BinaryIO, file.file),
            filename=file.name or "",
            dataset=dataset,
            files=files,
        )
    if not url:
        raise Invalid(NO_FILE)
    return services.receive_url(actor=actor, organisation=organisation, url=url, dataset=dataset, files=files)


def _job(request: HttpRequest, upload: Any) -> Any:
    """The job that reads the file: the one named in the address (a reading again), or the first."""
    asked = whole(request.GET.get("job", ""))
    if asked is not None:
        job = core.job(asked)
        core.may_see_job(actor_of(request), job).require()
        return job
    return upload.job


@login_required
@require_safe
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress while the file is read; then what was understood of it."""
    found = selectors.upload_for(actor_of(request), pk)
    return render(request, "catalog/upload.html", understood.page(actor_of(request), found, _job(request, found)))


@login_required
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that htmx polls; when the reading ends, the whole page is asked for."""
    found = selectors.upload_for(actor_of(request), pk)
    context = understood.page(actor_of(request), found, _job(request, found))
    if not context["running"]:
        response = HttpResponse()
        response.headers["HX-Redirect"] = reverse("upload", args=[pk])
        return response
    return render(request, "catalog/_progress.html", context)


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Throw the upload and its drafts away."""
    actor = actor_of(request)
    assert actor is not None
    services.discard_upload(actor=actor, upload=selectors.upload_for(actor, pk))
    messages.success(request, str(DISCARDED))
    return redirect("upload_new")
