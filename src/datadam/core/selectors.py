"""Reads of the core's state for every room."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from datadam.core.errors import NotFound
from datadam.core.models import CityRole, Event, Job, Membership, Organisation, OutsideLogin, Person, Token
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.web.text import Text

OPERATOR = "operator"


def organisation(name: str) -> Organisation:
    """The organisation with that slug; NotFound otherwise."""
    found = Organisation.objects.filter(name=name).first()
    if found is None:
        raise NotFound(Text(f"‘{name}’ 기관이 없습니다.", f"There is no organisation “{name}”."), name=name)
    return found


def organisations() -> QuerySet[Organisation]:
    """All organisations, by title."""
    return Organisation.objects.all()


def organisations_of(actor: Person | None, *roles: str) -> QuerySet[Organisation]:
    """The organisations the actor belongs to, in any of `roles` if given."""
    if actor is None:
        return Organisation.objects.none()
    memberships = Membership.objects.filter(person=actor)
    if roles:
        memberships = memberships.filter(role__in=roles)
    return Organisation.objects.filter(pk__in=memberships.values("organisation"))


def membership_role(actor: Person | None, organisation: Organisation) -> str | None:
    """The actor's role in the organisation: admin, steward, member, or None."""
    if actor is None:
        return None
    rows = Membership.objects.filter(person=actor, organisation=organisation)
    return rows.values_list("role", flat=True).first()


def city_roles(actor: Person | None) -> set[str]:
    """What the actor is to the city: officer, reviewer, operator. Read once per actor object."""
    if actor is None or not actor.is_active:
        return set()
    if actor.known_roles is None:
        actor.known_roles = set(CityRole.objects.filter(person=actor).values_list("role", flat=True))
    return actor.known_roles


def has_city_role(actor: Person | None, *roles: str) -> bool:
    """Whether the actor holds any of these city roles."""
    return not city_roles(actor).isdisjoint(roles)


def person(login: str) -> Person:
    """The active person with that login; NotFound otherwise."""
    found = Person.objects.filter(login=login.strip().lower(), is_active=True).first()
    if found is None:
        raise NotFound(Text(f"‘{login}’ 사용자가 없습니다.", f"There is no person “{login}”."), login=login)
    return found


def can_sign_in(person: Person) -> bool:
    """Whether there is any way in for the person on a page."""
    return person.has_usable_password() or OutsideLogin.objects.filter(person=person).exists()


def anyone_can_sign_in() -> bool:
    """Whether anybody has a way in; a new home has nobody, and prints a set-up link."""
    people = Person.objects.filter(is_active=True)
    with_password = people.exclude(Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX))
    return with_password.exists() or people.exclude(outside_logins=None).exists()


def local_operator() -> Person:
    """The operator that `datadam init` made: the actor of commands without `--as`."""
    return person(OPERATOR)


def job(pk: int) -> Job:
    """The job; NotFound otherwise."""
    found = Job.objects.select_related("actor").filter(pk=pk).first()
    if found is None:
        raise NotFound(Text("그런 작업이 없습니다.", "There is no such job."))
    return found


def may_see_job(actor: Person | None, job: Job) -> Verdict:
    """A job is seen by who started it and by operators."""
    if actor is not None and (job.actor_id == actor.pk or has_city_role(actor, OPERATOR)):
        return ALLOWED
    return refuse("이 작업을 시작한 사람만 볼 수 있습니다.", "Only who started this job may see it.")


def tokens_of(actor: Person) -> QuerySet[Token]:
    """The actor's tokens that were not revoked, newest first."""
    return Token.objects.filter(person=actor, revoked_at=None).order_by("-created_at")


def history(subject_type: str, subject_id: str | int) -> QuerySet[Event]:
    """What happened to a thing, oldest first."""
    rows = Event.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    return rows.select_related("actor").order_by("pk")


def people_of(organisation_id: int | None, *roles: str) -> QuerySet[Person]:
    """The active people of an organisation, in any of `roles` if given."""
    memberships = Membership.objects.filter(organisation=organisation_id)
    if roles:
        memberships = memberships.filter(role__in=roles)
    return Person.objects.filter(pk__in=memberships.values("person"), is_active=True)


def people_of_city(*roles: str) -> QuerySet[Person]:
    """The active people with any of these roles in the city."""
    return Person.objects.filter(pk__in=CityRole.objects.filter(role__in=roles).values("person"), is_active=True)


def unstewarded() -> QuerySet[Organisation]:
    """Organisations in which nobody looks after data."""
    kept = Membership.objects.filter(role__in=["admin", "steward"], person__is_active=True)
    return Organisation.objects.exclude(pk__in=kept.values("organisation"))
