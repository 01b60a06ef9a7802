"""Quality rules of a dataset: the list with its history, the form of one, trying it, and the rows that fail."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datadam.catalog import policies, rule_shapes, selectors
from datadam.catalog.selectors import rules as rule_selectors
from datadam.catalog.services import rules as services
from datadam.catalog.views import drawn
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, NotFound
from datadam.core.public import Actor
from datadam.web.paging import number, paging, whole
from datadam.web.text import Text

SAVED = Text("규칙을 저장했습니다.", "The rule was saved.")
OFF = Text("규칙을 껐습니다.", "The rule is off.")
ACCEPTED = Text("규칙 {n}개를 씁니다.", "{n} rules are in use.")
NOTHING_NEW = Text("새로 제안할 것이 없습니다.", "There is nothing new to propose.")
PROPOSED = Text("규칙 {n}개를 제안합니다.", "{n} rules are proposed.")
NO_SUCH = Text("그런 작업은 없습니다.", "There is no such action.")


@require_safe
def listed(request: HttpRequest, name: str) -> HttpResponse:
    """For stewards all rules and what can be done with them; for readers those in use and how releases kept them."""
    actor = actor_of(request)
    dataset = selectors.dataset_for(actor, name)
    editor = bool(policies.may_edit(actor, dataset))
    lines = [_line(actor, each) for each in rule_selectors.rules_of(actor, dataset)]

    def of(state: str) -> list[dict[str, Any]]:
        return [line for line in lines if line["rule"].state == state]

    context = {
        "dataset": dataset,
        "editor": editor,
        "active": of("active"),
        "proposed": of("proposed"),
        "off": of("off"),
        "kinds": [(code, kind.words, kind.hint) for code, kind in rule_shapes.KINDS.items()] if editor else [],
        **(_quarantine(actor, dataset) if editor else {}),
    }
    return render(request, "catalog/rules.html", context)


def _line(actor: Actor | None, line: rule_selectors.Line) -> dict[str, Any]:
    rule = line.rule
    return {
        "rule": rule,
        "words": line.words,
        "kind": rule_shapes.KINDS[rule.kind].words,
        "severity": rule_shapes.SEVERITIES[rule.severity],
        "evidence": Text(rule.evidence["ko"], rule.evidence["en"]) if rule.evidence else None,
        "last": _check(actor, rule, line.last) if line.last else None,
        "history": [_check(actor, rule, check) for check in line.checks] if len(line.checks) > 1 else [],
    }


def _check(actor: Actor | None, rule: Any, check: Any) -> dict[str, Any]:
    lists = check.failing and rule.kind not in ("row_count", "drift")
    seen = lists and policies.may_edit(actor, rule.dataset) and policies.may_see_rows(actor, check.release)
    href = reverse("rule_rows", args=[rule.dataset.name, rule.pk]) + f"?release={check.release.number}"
    return {
        "check": check,
        "passed": check.passed,
        "words": _told(rule.kind, check),
        "rows_href": href if seen else "",
        "bar": check.checked > 1,
    }


def _told(kind: str, check: Any) -> Text:
    """What came of a rule at a release, in a few words."""
    if check.passed is None:
        why = rule_shapes.problem(check.problem)
        return Text(f"볼 수 없음: {why.ko}", f"Not checked: {why.en}")
    if kind == "row_count":
        return _measured(check, Text("행 수 변화", "Change"), "{:+g}%")
    if kind == "drift":
        return _measured(check, Text("PSI", "PSI"), "{:g}")
    if not check.failing:
        return Text(f"{check.checked:,}행 모두 지킴", f"All {check.checked:,} rows keep it")
    return Text(
        f"{check.checked:,}행 가운데 {check.failing:,}행이 걸림", f"{check.failing:,} of {check.checked:,} rows fail"
    )


def _measured(check: Any, label: Text, form: str) -> Text:
    figure = "∞" if check.measured is None else form.format(check.measured)
    kept = Text("지킴", "kept") if check.passed else Text("벗어남", "not kept")
    return Text(f"{label.ko} {figure}, {kept.ko}", f"{label.en} {figure}, {kept.en}")


def _quarantine(actor: Actor | None, dataset: Any) -> dict[str, Any]:
    """The rows that were set apart while reading never came to be checked: they stand beside."""
    release = services.current(dataset)
    if release is None or not policies.may_see_rows(actor, release):
        return {}
    account = drawn.account(release.report)
    return {"account": account, "quarantine": drawn.bad_rows(selectors.account(release, actor)["quarantine"])}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """The form of a rule that is to be added."""
    if kind not in rule_shapes.KINDS:
        raise NotFound(rule_shapes.UNKNOWN)
    return _form(request, name, kind, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """The form of a rule that there is."""
    return _form(request, name, "", pk)


def _form(request: HttpRequest, name: str, kind: str, pk: int | None) -> HttpResponse:
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    found = services.rule_of(dataset, pk) if pk is not None else None
    kind = found.kind if found else kind
    tried = error = None
    if request.method == "POST":
        try:
            if request.POST.get("then") != "try":
                return _saved(request, actor, dataset, kind, found)
            given = _given(request.POST, kind)
            tried = services.try_rule(actor=actor, dataset=dataset, kind=kind, **given)
        except DomainError as refusal:
            error = refusal
    asked = request.POST if request.method == "POST" else None
    context = _form_context(dataset, kind, found, asked, tried, error)
    status = 422 if error and request.headers.get("HX-Request") != "true" else 200
    return render(request, "catalog/rule.html", context, status=status)


def _given(post: Any, kind: str) -> dict[str, Any]:
    options = {field: post.get(field, "") for field in rule_shapes.KINDS[kind].fields}
    return {"columns": post.getlist("columns"), "options": options}


def _saved(request: HttpRequest, actor: Actor, dataset: Any, kind: str, found: Any) -> HttpResponse:
    given = {**_given(request.POST, kind), "severity": request.POST.get("severity", "note")}
    if found is None:
        services.add(actor=actor, dataset=dataset, kind=kind, **given)
        return _done(request, dataset, None, SAVED)
    return _done(request, dataset, services.edit(actor=actor, rule=found, **given), SAVED)


def _done(request: HttpRequest, dataset: Any, job: Any, words: Text) -> HttpResponse:
    """Back to the list, or to the upload that is read again."""
    latest = dataset.releases.order_by("-number").first() if job is not None else None
    if latest is not None and latest.upload_id:
        return redirect(f"{reverse('upload', args=[latest.upload_id])}?job={job.pk}")
    messages.success(request, str(words))
    return redirect("dataset_rules", dataset.name)


def _form_context(dataset: Any, kind: str, found: Any, asked: Any, tried: Any, error: Any) -> dict[str, Any]:
    shape = rule_shapes.KINDS[kind]
    typed = rule_shapes.typed(found) if found else {}
    chosen = asked.getlist("columns") if asked is not None else found.columns if found else []
    wrong = error.data.get("fields", {}) if error else {}
    return {
        "dataset": dataset,
        "rule": found,
        "kind": shape,
        "several": shape.columns[1] > 1,
        "columns": [(each, each in chosen) for each in services.types(dataset)] if shape.columns[1] else [],
        "fields": [
            {"name": f, "label": rule_shapes.LABELS[f], "value": (asked or typed).get(f, ""), "wrong": wrong.get(f)}
            for f in shape.fields
        ],
        "severity": asked.get("severity") if asked is not None else found.severity if found else "note",
        "severities": rule_shapes.SEVERITIES.items(),
        "error": error.message if error else None,
        "release": services.current(dataset),
        "tried": tried,
        "tried_words": _told(kind, tried) if tried else None,
    }


@login_required
@require_POST
def act(request: HttpRequest, name: str, action: str) -> HttpResponse:
    """Accept some or all that are proposed, switch one off, or ask for more."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    ids = [whole(each) or 0 for each in request.POST.getlist("rule")]
    if action == "off":
        rule = services.rule_of(dataset, ids[0] if ids else 0)
        return _done(request, dataset, services.switch_off(actor=actor, rule=rule), OFF)
    if action == "propose":
        made = services.propose(actor=actor, dataset=dataset)
        return _done(request, dataset, None, PROPOSED.format(n=len(made)) if made else NOTHING_NEW)
    if action == "accept":
        wanted = services.chosen(dataset, None if request.POST.get("all") else ids)
        done = services.accept(actor=actor, dataset=dataset, rules=wanted)
        return _done(request, dataset, None, ACCEPTED.format(n=len(done)))
    raise NotFound(NO_SUCH)


@login_required
@require_safe
def rows(request: HttpRequest, name: str, pk: int) -> HttpResponseBase:
    """The rows of a release that fail a rule, as a page or as CSV."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    policies.may_edit(actor, dataset).require()
    rule = services.rule_of(dataset, pk)
    release = services.release_of(actor=actor, rule=rule, number=whole(request.GET.get("release", "")))
    if request.GET.get("format") == "csv":
        found = rule_selectors.failing(actor, rule, release, size=rule_selectors.MOST, channel="download")
        return _csv(dataset, release, rule, found)
    page = number(request.GET)
    found = rule_selectors.failing(actor, rule, release, page=page)
    pages = max(1, -(-found.total // rule_selectors.SIZE))
    context = {
        "dataset": dataset,
        "rule": rule,
        "words": rule_shapes.sentence(rule.kind, rule.columns, rule.options),
        "release": release,
        "found": found,
        "paging": paging(request.GET, page=page, pages=pages) if found.rows and pages > 1 else None,
        "csv_href": f"?release={release.number}&format=csv",
        **_quarantine_of(actor, release),
    }
    return render(request, "catalog/rule_rows.html", context)


def _quarantine_of(actor: Actor, release: Any) -> dict[str, Any]:
    found = drawn.bad_rows(selectors.account(release, actor)["quarantine"])
    return {"account": drawn.account(release.report), "quarantine": found}


def _csv(dataset: Any, release: Any, rule: Any, found: rule_selectors.Failing) -> HttpResponse:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([str(Text("행 번호", "row")), *found.columns])
    writer.writerows(found.rows or [(each,) for each in found.numbers])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"{dataset.name}_{release.number}_rule{rule.pk}.csv"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@login_required
@require_POST
def accept_failures(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """A held release is taken although rules fail, with a reason; or that is undone."""
    actor = actor_of(request)
    assert actor is not None
    dataset = selectors.dataset_for(actor, name)
    release = selectors.release_for(actor, dataset, number)
    if request.POST.get("undo"):
        job = services.take_back(actor=actor, release=release)
    else:
        job = services.accept_failures(actor=actor, release=release, reason=request.POST.get("reason", ""))
    return redirect(f"{reverse('upload', args=[release.upload_id])}?job={job.pk}")
