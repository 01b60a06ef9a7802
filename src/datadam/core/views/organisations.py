"""The people of an organisation and its projects, and those who hold a role of the city."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from datadam.core import clock, selectors
from datadam.core.errors import DomainError
from datadam.core.joining import JOINING
from datadam.core.models import CityRole, Joining, MailedLink, Membership, Organisation, Person
from datadam.core.policies import refuse
from datadam.core.services import coming_in, factors, links, people, projects, tokens
from datadam.core.templatetags import core
from datadam.core.views.asking import refused, say, signed_in

ROLES = {key: words for key, words in core.ROLES.items() if key in Membership.Role.values}
CITY_ROLES = {key: words for key, words in core.ROLES.items() if key in CityRole.Role.values}
PEOPLE, CITY_PEOPLE, PROJECTS = "core/people.html", "core/city_people.html", "core/projects.html"
OUTSIDERS = refuse("이 기관의 구성원만 볼 수 있습니다.", "Only the organisation's people may see this.")


def _people(actor: Person, organisation: Organisation) -> dict[str, Any]:
    """Members see who is there; admins (and the city) also change it. Others may see nothing."""
    may = bool(coming_in.may_invite(actor, organisation))
    if not may and selectors.membership_role(actor, organisation) is None:
        OUTSIDERS.require()
    rows = Membership.objects.select_related("person").filter(organisation=organisation, person__project=None)
    waiting = Joining.objects.select_related("person").filter(organisation=organisation, state="waiting")
    return {
        "organisation": organisation,
        "members": rows.order_by("role", "person__name"),
        "roles": ROLES,
        "may": may,
        "may_projects": bool(projects.may_keep(actor, organisation)),
        "pending": links.pending(organisation) if may else [],
        "waiting": [(row, JOINING.available(row, actor)) for row in waiting] if may else [],
        "now": clock.now(),
    }


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def organisation_people(request: HttpRequest, name: str) -> HttpResponse:
    """Members, invitations and requests; a POST invites."""
    actor, organisation = signed_in(request), selectors.organisation(name)
    if request.method == "GET":
        return render(request, PEOPLE, _people(actor, organisation))
    try:
        email, role = request.POST.get("email", ""), request.POST.get("role", "")
        coming_in.invite(actor=actor, email=email, organisation=organisation, role=role)
    except DomainError as error:
        return refused(request, PEOPLE, error, **_people(actor, organisation))
    say(request, "초대장을 보냈습니다.", "The invitation is on its way.")
    return redirect("organisation_people", name=name)


@login_required
@require_POST
def member(request: HttpRequest, name: str, person_id: int) -> HttpResponse:
    """Change a member's role, or remove them (an empty role)."""
    actor, organisation = signed_in(request), selectors.organisation(name)
    rows = Membership.objects.select_related("person").filter(person__project=None)
    # a subquery, because a number that no database holds must end as a 404 and not as an error
    found = get_object_or_404(rows, organisation=organisation, person__in=Person.objects.filter(pk=person_id))
    try:
        people.set_membership(
            actor=actor, person=found.person, organisation=organisation, role=request.POST.get("role") or None
        )
    except DomainError as error:
        return refused(request, PEOPLE, error, **_people(actor, organisation))
    say(request, "바꾸었습니다.", "Changed.")
    return redirect("account") if found.person == actor else redirect("organisation_people", name=name)


@login_required
@require_POST
def invitation(request: HttpRequest, link_id: int) -> HttpResponse:
    """Send an invitation again, or withdraw it."""
    actor = signed_in(request)
    link: MailedLink = coming_in.invitation_for(actor, link_id)
    if request.POST.get("then") == "withdraw":
        coming_in.withdraw_invitation(actor=actor, link=link)
        say(request, "초대를 거두었습니다.", "The invitation has been withdrawn.")
    else:
        coming_in.resend(actor=actor, link=link)
        say(request, "다시 보냈습니다.", "Sent again.")
    if link.organisation:
        return redirect("organisation_people", name=link.organisation.name)
    return redirect("city_people")


@login_required
@require_POST
def joining(request: HttpRequest, joining_id: int) -> HttpResponse:
    """Decide a request: `then` is accept, refuse or withdraw."""
    actor = signed_in(request)
    found = coming_in.joining_for(actor, joining_id)
    own, organisation = found.person_id == actor.pk, found.organisation
    coming_in.decide(actor=actor, joining=found, transition=request.POST.get("then", ""))
    say(request, "처리했습니다.", "Done.")
    if own:
        return redirect("account")
    return redirect("organisation_people", name=organisation.name) if organisation else redirect("city_people")


def _city(actor: Person) -> dict[str, Any]:
    if not selectors.has_city_role(actor, "officer", "operator"):
        refuse("시 담당관과 운영자만 볼 수 있습니다.", "Only officers and operators may see this.").require()
    rows = CityRole.objects.select_related("person").filter(person__is_active=True).order_by("role", "person__name")
    waiting = coming_in.waiting_for(actor).filter(organisation=None)
    allowed = {key: words for key, words in CITY_ROLES.items() if coming_in.may_invite(actor, None, key)}
    return {
        "rows": [(row, CITY_ROLES[row.role], factors.is_on(row.person)) for row in rows],
        "roles": CITY_ROLES,
        "allowed": allowed,
        "likely": "reviewer" if rows.filter(role="officer").exists() else "officer",
        "pending": links.pending(None),
        "waiting": [(row, JOINING.available(row, actor)) for row in waiting],
        "may_manage": bool(people.may_manage_people(actor)),
        "now": clock.now(),
    }


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def city_people(request: HttpRequest) -> HttpResponse:
    """Who holds a role of the city, and firms that wait for admission; a POST invites."""
    actor = signed_in(request)
    if request.method == "GET":
        return render(request, CITY_PEOPLE, _city(actor))
    try:
        email, role = request.POST.get("email", ""), request.POST.get("role", "")
        coming_in.invite(actor=actor, email=email, organisation=None, role=role)
    except DomainError as error:
        return refused(request, CITY_PEOPLE, error, **_city(actor))
    say(request, "초대장을 보냈습니다.", "The invitation is on its way.")
    return redirect("city_people")


@login_required
@require_POST
def city_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """An operator takes a role of the city away, or resets a lost second factor."""
    actor = signed_in(request)
    people.may_manage_people(actor).require()
    person = get_object_or_404(Person, pk=person_id, is_active=True)
    if request.POST.get("then") == "factor":
        factors.reset(actor=actor, person=person)
    else:
        people.revoke_city_role(actor=actor, person=person, role=request.POST.get("role", ""))
    say(request, "처리했습니다.", "Done.")
    return redirect("city_people")


def _projects(actor: Person, organisation: Organisation) -> dict[str, Any]:
    projects.may_keep(actor, organisation).require()
    found = [(project, projects.tokens_of(project)) for project in projects.of(organisation)]
    return {"organisation": organisation, "projects": found, "scopes": tokens.SCOPES, "roles": ROLES,
            "now": clock.now()}  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def organisation_projects(request: HttpRequest, name: str) -> HttpResponse:
    """The organisation's projects and their tokens; a POST makes a project."""
    actor, organisation = signed_in(request), selectors.organisation(name)
    if request.method == "GET":
        return render(request, PROJECTS, _projects(actor, organisation))
    try:
        title, role = request.POST.get("title", ""), request.POST.get("role", "member")
        projects.create(actor=actor, organisation=organisation, title=title, role=role)
    except DomainError as error:
        return refused(request, PROJECTS, error, **_projects(actor, organisation))
    say(request, "프로젝트를 만들었습니다.", "The project has been made.")
    return redirect("organisation_projects", name=name)


@never_cache
@login_required
@require_POST
def project(request: HttpRequest, name: str, project_name: str) -> HttpResponse:
    """Issue a token of a project (shown on the answer and never again), revoke one, or close the project."""
    actor, organisation, given = signed_in(request), selectors.organisation(name), request.POST
    found = projects.find(actor, organisation, project_name)
    shown: dict[str, Any] = {}
    try:
        if given.get("then") == "issue":
            days = given.get("days", "")
            _, shown["raw"] = projects.issue(
                actor=actor,
                project=found,
                label=given.get("label", ""),
                scopes=given.getlist("scopes"),
                days=int(days) if days.isdecimal() and len(days) < 6 else 0,
            )
            return render(request, PROJECTS, {**_projects(actor, organisation), **shown, "fresh": found})
        if given.get("then") == "close":
            projects.close(actor=actor, project=found)
        else:
            token = given.get("token", "")
            number = int(token) if token.isdecimal() and len(token) < 18 else 0
            projects.revoke(actor=actor, project=found, token_id=number)
    except DomainError as error:
        return refused(request, PROJECTS, error, **_projects(actor, organisation))
    say(request, "처리했습니다.", "Done.")
    return redirect("organisation_projects", name=name)
