"""A firm's projects: programs with tokens of their own, which outlive the person who made them."""

import secrets

from django.db import transaction
from django.db.models import QuerySet

from datadam.core import clock, events, slugs
from datadam.core.errors import Conflict, Invalid, NotFound
from datadam.core.models import Membership, Organisation, Person, Project, Token
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.selectors import has_city_role, membership_role
from datadam.core.services import factors
from datadam.core.services.tokens import make
from datadam.web.text import Text

ROLES = ("member", "steward")


def may_keep(actor: Person | None, organisation: Organisation) -> Verdict:
    """Stewards and admins of the organisation, and operators."""
    if membership_role(actor, organisation) in ("admin", "steward") or has_city_role(actor, "operator"):
        return ALLOWED
    return refuse("기관의 데이터 관리자만 할 수 있습니다.", "Only the organisation's stewards may do this.")


def of(organisation: Organisation) -> QuerySet[Project]:
    """The organisation's open projects."""
    return Project.objects.filter(organisation=organisation, closed_at=None).select_related("service").order_by("pk")


def find(actor: Person, organisation: Organisation, name: str) -> Project:
    """The open project of that name, for who may keep it."""
    may_keep(actor, organisation).require()
    found = of(organisation).filter(name=name).first()
    if found is None:
        raise NotFound(Text(f"‘{name}’ 프로젝트가 없습니다.", f"There is no project “{name}”."), name=name)
    return found


def tokens_of(project: Project) -> QuerySet[Token]:
    """The project's tokens that were not revoked, newest first."""
    return Token.objects.filter(person=project.service, revoked_at=None).order_by("-created_at")


def create(*, actor: Person, organisation: Organisation, title: str, role: str = "member") -> Project:
    """Make a project; it may what a member, or a steward, of the organisation may."""
    may_keep(actor, organisation).require()
    title = title.strip()[:100]
    if not title or role not in ROLES:
        raise Invalid(Text("프로젝트 이름과 역할을 적어 주십시오.", "Give the project a name and a role."))
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        taken = set(Project.objects.filter(organisation=organisation).values_list("name", flat=True))
        service = Person(login=f"project-{secrets.token_hex(6)}", name=f"{organisation.title} · {title}"[:100])
        service.set_unusable_password()
        service.save(force_insert=True)
        Membership.objects.create(person=service, organisation=organisation, role=role)
        name = slugs.unique((slugs.slug(title) or "project")[:50], taken)
        project = Project.objects.create(organisation=organisation, name=name, title=title, service=service, by=actor)
        events.record(actor=actor, verb="project.created", subject=project, role=role)
    return project


def issue(*, actor: Person, project: Project, label: str, scopes: list[str], days: int = 90) -> tuple[Token, str]:
    """A token of the project and, this once, its text."""
    may_keep(actor, project.organisation).require()
    factors.require_for_token(actor)
    if project.closed_at:
        raise Conflict(Text("닫은 프로젝트입니다.", "The project is closed."), code="project_closed")
    return make(actor=actor, person=project.service, label=label, scopes=scopes, days=days)


def revoke(*, actor: Person, project: Project, token_id: int) -> None:
    """End one of the project's tokens."""
    may_keep(actor, project.organisation).require()
    with transaction.atomic():
        token = tokens_of(project).filter(pk=token_id).first()
        if token is None:
            raise NotFound(Text("그런 토큰이 없습니다.", "There is no such token."))
        Token.objects.filter(pk=token.pk).update(revoked_at=clock.now())
        events.record(actor=actor, verb="token.revoked", subject=token)


def close(*, actor: Person, project: Project) -> None:
    """End a project and its tokens; what it did stays in the history."""
    may_keep(actor, project.organisation).require()
    with transaction.atomic():
        if not Project.objects.filter(pk=project.pk, closed_at=None).update(closed_at=clock.now()):
            raise Conflict(Text("이미 닫은 프로젝트입니다.", "The project is closed already."), code="project_closed")
        Token.objects.filter(person=project.service, revoked_at=None).update(revoked_at=clock.now())
        Membership.objects.filter(person=project.service).delete()
        Person.objects.filter(pk=project.service_id).update(is_active=False)
        events.record(actor=actor, verb="project.closed", subject=project)
