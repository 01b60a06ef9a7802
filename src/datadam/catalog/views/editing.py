"""Describing, publishing and taking back; every button of a dataset's workflow."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from datadam.catalog import policies, selectors
from datadam.catalog.forms import DescribeForm
from datadam.catalog.licences import AI_MARK, AI_MARK_SUMMARY, LICENCES
from datadam.catalog.services import datasets as services
from datadam.catalog.services import recipes, releases
from datadam.catalog.views import recipes as correcting
from datadam.core.context import actor_of
from datadam.core.errors import Invalid, NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

SAVED = Text("저장했습니다.", "Saved.")
PUBLISHED = Text(
    "공개했습니다. 10분 안에는 ‘공개 되돌리기’로 되돌릴 수 있습니다.",
    "Published. You can undo this within ten minutes.",
)
REPUBLISHED = Text("다시 공개했습니다.", "Published again.")
UNDONE = Text("공개를 되돌렸습니다.", "Publishing was undone.")
WITHDRAWN = Text("공개를 중지했습니다.", "The dataset was withdrawn.")
DISCARDED = Text("판을 버렸습니다. 10분 안에 되돌릴 수 있습니다.", "The release was discarded: ten minutes to undo.")
NO_SUCH = Text("그런 작업은 없습니다.", "There is no such action.")
PUBLISH = {
    "label": Text("저장하고 공개", "Save and publish"),
    "confirm": Text("누구나 볼 수 있게 공개할까요?", "Publish it for everyone to see?"),
}
FIELDS = tuple(DescribeForm.base_fields)


def _initial(dataset: Any) -> dict[str, Any]:
    values = {name: getattr(dataset, name) for name in FIELDS}
    return values | {"keywords": ", ".join(dataset.keywords)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """The metadata form; its other button also publishes."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    form = DescribeForm(request.POST) if request.method == "POST" else DescribeForm(initial=_initial(dataset))
    if request.method == "POST" and form.is_valid() and _save(request, actor, dataset, form):
        return redirect("dataset", name)
    return render(
        request,
        "catalog/edit.html",
        {
            "dataset": dataset,
            "form": form,
            "licences": LICENCES.values(),
            "ai_mark": (AI_MARK, AI_MARK_SUMMARY),
            "publish": PUBLISH if _has_draft(actor, dataset) else None,
        },
        status=422 if form.errors else 200,
    )


def _has_draft(actor: Actor, dataset: Any) -> bool:
    """Whether publishing would do something: the newest release is a draft, or the dataset is withdrawn."""
    newest = selectors.releases_of(actor, dataset).exclude(state__in=["discarded", "destroyed"]).first()
    return newest is not None and (newest.state == "draft" or dataset.state == "withdrawn")


def _save(request: HttpRequest, actor: Actor, dataset: Any, form: DescribeForm) -> bool:
    try:
        services.describe(actor=actor, dataset=dataset, **form.cleaned_data)
        if request.POST.get("then") == "publish":
            services.publish(actor=actor, dataset=dataset)
    except Invalid as error:
        fields: dict[str, Text] = error.data.get("fields", {})  # type: ignore[assignment]
        for field, words in fields.items():
            form.add_error(field if field in form.fields else None, str(words))
        if not fields:
            form.add_error(None, str(error.message))
        return False
    messages.success(request, str(PUBLISHED if request.POST.get("then") == "publish" else SAVED))
    return True


ACTIONS: dict[str, tuple[Callable[..., Any], Text]] = {
    "publish": (services.publish, PUBLISHED),
    "republish": (services.publish, REPUBLISHED),
    "undo_publish": (services.undo_publish, UNDONE),
    "withdraw": (services.unpublish, WITHDRAWN),
}


@login_required
@require_POST
def act(request: HttpRequest, name: str, action: str) -> HttpResponse:
    """A transition of the dataset. Publishing without what it needs leads to the form that asks for it."""
    if action not in ACTIONS:
        raise NotFound(NO_SUCH)
    actor = actor_of(request)
    service, words = ACTIONS[action]
    try:
        service(actor=actor, dataset=selectors.dataset_for(actor, name))
    except Invalid as error:
        messages.warning(request, " ".join(str(w) for w in error.data.get("fields", {}).values()) or str(error.message))  # type: ignore[attr-defined]
        return redirect("dataset_edit", name)
    messages.success(request, str(words))
    return redirect("dataset", name)


@login_required
@require_POST
def act_on_release(request: HttpRequest, name: str, number: int, action: str) -> HttpResponse:
    """Decide proposals, accept changed columns, publish or discard one release."""
    actor = actor_of(request)
    assert actor is not None
    release = selectors.release_for(actor, selectors.dataset_for(actor, name), number)
    if action == "decide":
        chosen = set(request.POST.getlist("apply"))
        decisions = {key: key in chosen for key in request.POST.getlist("step")}
        return _reading(release, releases.decide(actor=actor, release=release, decisions=decisions))
    if action == "accept_drift":
        return _reading(release, releases.accept_drift(actor=actor, release=release))
    if action == "take_literally":
        return _reading(release, recipes.take_literally(actor=actor, release=release))
    if action == "correct":
        return correcting.correct(request, actor, release)
    if action == "publish":
        services.publish(actor=actor, dataset=release.dataset, release=release)
        messages.success(request, str(PUBLISHED))
        return redirect("dataset", name)
    if action == "discard":
        releases.discard_release(actor=actor, release=release)
        messages.success(request, str(DISCARDED))
        return redirect("upload", release.upload_id) if release.upload_id else redirect("upload_new")
    if action == "undo_discard":
        releases.undo_discard(actor=actor, release=release)
        return redirect("upload", release.upload_id) if release.upload_id else redirect("upload_new")
    raise NotFound(NO_SUCH)


def _reading(release: Any, job: Any) -> HttpResponse:
    """To the upload's page, which shows the job at work."""
    return redirect(f"{reverse('upload', args=[release.upload_id])}?job={job.pk}")
