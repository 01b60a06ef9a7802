"""What belongs to every page: its language, the progress of a job."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from datadam.core import selectors
from datadam.core.context import actor_of
from datadam.core.models import Job
from datadam.core.views.asking import local_target

YEAR = 365 * 24 * 3600


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language of the pages in a cookie and go back."""
    response = HttpResponseRedirect(local_target(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@never_cache
@login_required
@require_GET
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far a job is: a fragment that asks again each second until the job ends, then moves the page on."""
    found = selectors.job(job_id)
    selectors.may_see_job(actor_of(request), found).require()
    target = local_target(request, "")
    over = found.state not in (Job.State.READY, Job.State.RUNNING)
    htmx = request.headers.get("HX-Request") == "true"
    response = render(
        request,
        "core/job_progress.html" if htmx else "core/job.html",
        {"job": found, "next": target, "over": over},
    )
    if over and htmx and target:
        response.headers["HX-Redirect"] = target
    elif over and htmx:
        response.headers["HX-Refresh"] = "true"
    return response
