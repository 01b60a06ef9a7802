"""Coming in: sign-up by e-mail, a firm's first person, invitations, requests to join."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet

from datadam.core import clock, events, races, terms, throttle
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.joining import JOINING
from datadam.core.models import CityRole, Joining, MailedLink, Membership, Organisation, Person
from datadam.core.policies import ALLOWED, Verdict, refuse
from datadam.core.ports import business_register
from datadam.core.registration import is_valid, normalise
from datadam.core.selectors import has_city_role, membership_role
from datadam.core.services import links, people
from datadam.core.services.organisations import free_name
from datadam.web.text import Text

MAILS = 5  # letters to one address in an hour
HOUR = 60
TAKEN = Text("이미 쓰이는 이메일입니다.", "This e-mail address is taken.")
NUMBER = Text("사업자등록번호가 올바르지 않습니다.", "This is not a valid business registration number.")


def check_email(email: str) -> str:
    """The address in lower case; Invalid when it is none."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        words = Text("이메일 주소를 확인해 주십시오.", "Please check the e-mail address.")
        raise Invalid(words, fields={"email": str(words)}) from error
    return email


def limit_mail(email: str, address: str = "") -> None:
    """No flood of letters to anybody, nor from anybody."""
    throttle.count("mail", email, limit=MAILS, minutes=HOUR)
    if address:
        throttle.count("mail from", address, limit=settings.LOGIN_ADDRESS_LIMIT, minutes=HOUR)


def sign_up(
    *,
    email: str,
    address: str,
    language: str = "ko",
    firm: str = "",
    registration_number: str = "",
) -> None:
    """Mail a link with which the account is made. The answer never tells whether the address is known.

    Name, password and consent are asked for behind the link: whoever types somebody else's address here prepares
    nothing for them.
    """
    email, number = check_email(email), normalise(registration_number)
    if (firm.strip() or number) and not (firm.strip() and is_valid(number)):
        raise Invalid(NUMBER, fields={"registration_number": str(NUMBER)})
    limit_mail(email, address)
    data = {"firm": firm.strip()[:200], "number": number} if number else {}
    with transaction.atomic():
        links.ask(purpose="sign_up", email=email, language=language, data=data)


def check_name(name: str) -> None:
    """Invalid for an empty name."""
    if not name.strip():
        words = Text("이름을 적어 주십시오.", "Please give your name.")
        raise Invalid(words, fields={"name": str(words)})


def finish_sign_up(
    *, key: str, name: str, password: str, terms_version: str, with_firm: bool = True
) -> tuple[Person, Joining | Membership | None]:
    """Behind the mailed link: the account, and what became of the firm (a place in it, or a request that waits).

    Without `with_firm` what was asked for a firm is let go: somebody else may have typed it.
    """
    link = links.peek(key, "sign_up")
    facts = _facts(link.email, name, password, terms_version)
    firm, number = (link.data.get("firm", ""), link.data.get("number", "")) if with_firm else ("", "")
    said = business_register.status(number) if number else ""
    with races.once():
        links.use(link)
        person = _account(link.email, facts, language=link.language)
        found = _firm(person, firm, number, said) if number else None
    return person, found


def _facts(email: str, name: str, password: str, terms_version: str) -> dict[str, str]:
    """What a new account is made of, checked; Invalid says which field is wrong."""
    terms.require(terms_version)
    check_name(name)
    people.check_new_password(password, Person(login=email, name=name, email=email))
    return {"name": name.strip()[:100], "password": make_password(password), "terms": terms_version}


def _account(email: str, facts: dict[str, str], *, language: str) -> Person:
    if Person.objects.filter(Q(login=email) | Q(email=email)).exists():
        raise Conflict(TAKEN, code="email_taken")
    now = clock.now()
    person = Person(login=email, email=email, name=facts["name"], password=facts["password"], language=language)
    person.email_confirmed_at = person.terms_at = now
    person.terms_version = facts["terms"]
    with races.once(TAKEN, code="email_taken"):
        person.save(force_insert=True)
    events.record(actor=person, verb="person.signed_up", subject=person, terms=facts["terms"])
    return person


def found_firm(*, actor: Person, title: str, registration_number: str) -> Joining | Membership:
    """A signed-in person brings their firm: they are its admin at once, or a request waits."""
    number = normalise(registration_number)
    if not title.strip() or not is_valid(number):
        raise Invalid(NUMBER, fields={"registration_number": str(NUMBER)})
    throttle.count("firm", str(actor.pk), limit=MAILS, minutes=HOUR)
    said = business_register.status(number)
    with races.once():
        return _firm(actor, title.strip()[:200], number, said)


def _firm(person: Person, title: str, number: str, said: str) -> Joining | Membership:
    """An active firm is founded; an existing one, or one that the register could not confirm, waits for a decision."""
    existing = Organisation.objects.filter(registration_number=number).first()
    if existing is None and said == "active":
        return _found(person, title, number)
    if existing and (held := Membership.objects.filter(person=person, organisation=existing).first()):
        return held
    waiting = Joining.objects.filter(person=person, state="waiting", organisation=existing)
    if existing is None:
        waiting = waiting.filter(registration_number=number)
    if known := waiting.first():
        return known
    joining = Joining.objects.create(
        person=person, organisation=existing, title=title, registration_number=number, register=said
    )
    events.record(actor=person, verb="joining.asked", subject=joining, register=said)
    return joining


def _found(person: Person, title: str, number: str) -> Membership:
    firm = Organisation(name=free_name(title), title=title, kind="firm", registration_number=number)
    firm.save(force_insert=True)
    events.record(actor=person, verb="organisation.created", subject=firm, kind="firm")
    events.record(actor=person, verb="organisation.member", subject=firm, person=person.pk, role="admin")
    return Membership.objects.create(person=person, organisation=firm, role=Membership.Role.ADMIN)


def decide(*, actor: Person, joining: Joining, transition: str) -> Joining:
    """Accept, refuse or withdraw a request. Accepting gives the place; a firm that is new is founded then."""
    with races.once():
        JOINING.execute(joining, transition, actor=actor, changes={"decided_at": clock.now()})
        if transition == "accept":
            firm = (
                joining.organisation
                or Organisation.objects.filter(registration_number=joining.registration_number).first()
            )
            if firm is None:
                _found(joining.person, joining.title, joining.registration_number)
            else:
                Membership.objects.get_or_create(
                    person=joining.person, organisation=firm, defaults={"role": joining.role}
                )
                events.record(
                    actor=actor, verb="organisation.member", subject=firm, person=joining.person_id, role=joining.role
                )
    return joining


def joining_for(actor: Person, pk: int) -> Joining:
    """The request, for those concerned; NotFound for all others."""
    from datadam.core.joining import roles

    found = Joining.objects.select_related("person", "organisation").filter(pk=pk).first()
    if found is None or not roles(actor, found):
        raise NotFound(Text("그런 신청이 없습니다.", "There is no such request."))
    return found


def waiting_for(actor: Person) -> QuerySet[Joining]:
    """Requests that this person may decide, oldest first."""
    rows = Joining.objects.select_related("person", "organisation").filter(state="waiting").order_by("created_at")
    if has_city_role(actor, "officer", "operator"):
        return rows
    mine = Membership.objects.filter(person=actor, role=Membership.Role.ADMIN)
    return rows.filter(organisation__in=mine.values("organisation"))


def may_invite(actor: Person | None, organisation: Organisation | None, role: str = "") -> Verdict:
    """Admins and the city into an organisation; operators into any role of the city, officers as reviewers."""
    if organisation is not None:
        if has_city_role(actor, "officer", "operator") or membership_role(actor, organisation) == "admin":
            return ALLOWED
        return refuse("기관 관리자만 초대할 수 있습니다.", "Only the organisation's admins invite people.")
    if has_city_role(actor, "operator") or (role == CityRole.Role.REVIEWER and has_city_role(actor, "officer")):
        return ALLOWED
    return refuse("이 역할로는 운영자만 초대할 수 있습니다.", "Only operators invite to this role.")


def invite(*, actor: Person, email: str, organisation: Organisation | None, role: str) -> MailedLink:
    """Invite somebody by e-mail; an earlier invitation of theirs to the same place is replaced."""
    allowed = Membership.Role.values if organisation else CityRole.Role.values
    if role not in allowed:
        raise Invalid(Text("모르는 역할입니다.", "Unknown role."), role=role)
    may_invite(actor, organisation, role).require()
    email = check_email(email)
    throttle.count("invite", str(actor.pk), limit=100, minutes=HOUR)
    limit_mail(email)
    with transaction.atomic():
        links.revoke(links.pending(organisation).filter(email=email))
        link = links.ask(
            purpose="invitation", email=email, organisation=organisation, role=role, by=actor, language="ko"
        )
        events.record(actor=actor, verb="invitation.sent", subject=link, role=role)
    return link


def invitation_for(actor: Person, pk: int) -> MailedLink:
    """A pending invitation, for those who may invite to the same place."""
    link = MailedLink.objects.filter(pk=pk, purpose="invitation", used_at=None, revoked_at=None).first()
    if link is None:
        raise NotFound(Text("그런 초대가 없습니다.", "There is no such invitation."))
    may_invite(actor, link.organisation, link.role).require()
    return link


def resend(*, actor: Person, link: MailedLink) -> MailedLink:
    """Send it again with a fresh secret and a fresh term."""
    return invite(actor=actor, email=link.email, organisation=link.organisation, role=link.role)


def withdraw_invitation(*, actor: Person, link: MailedLink) -> None:
    """Take an invitation back; its link is dead."""
    may_invite(actor, link.organisation, link.role).require()
    with transaction.atomic():
        links.revoke(MailedLink.objects.filter(pk=link.pk))
        events.record(actor=actor, verb="invitation.withdrawn", subject=link)


def accept_as(*, actor: Person, key: str) -> MailedLink:
    """A person with an account accepts. Roles of the city go to the invited address alone."""
    link = links.peek(key, "invitation")
    if link.organisation is None and actor.email != link.email and actor.login != link.email:
        words = Text(
            "초대받은 이메일의 계정으로 로그인해 주십시오.", "Sign in with the account of the invited address."
        )
        raise NotAllowed(words, code="other_address")
    with transaction.atomic():
        links.use(link)
        _seat(link, actor)
    return link


def accept_new(*, key: str, name: str, password: str, terms_version: str) -> Person:
    """Somebody without an account accepts and so gets one; the link proves the address."""
    link = links.peek(key, "invitation")
    facts = _facts(link.email, name, password, terms_version)
    with transaction.atomic():
        links.use(link)
        person = _account(link.email, facts, language=link.language)
        _seat(link, person)
    return person


def _seat(link: MailedLink, person: Person) -> None:
    """Give what was offered, unless who offered it may no longer; never less than the person holds already."""
    if not may_invite(link.by, link.organisation, link.role):
        raise Conflict(
            Text("초대한 사람이 더는 초대할 수 없습니다.", "Who invited you may no longer do so."), code="link_gone"
        )
    if link.organisation is None:
        CityRole.objects.get_or_create(person=person, role=link.role)
        events.record(actor=link.by, verb="person.role_granted", subject=person, role=link.role)
        person.known_roles = None
        return
    held = membership_role(person, link.organisation)
    ranks = ("member", "steward", "admin")
    if held is None or ranks.index(link.role) > ranks.index(held):
        Membership.objects.update_or_create(person=person, organisation=link.organisation, defaults={"role": link.role})
    events.record(actor=person, verb="organisation.member", subject=link.organisation, person=person.pk, role=link.role)


def setup_link(*, actor: Person) -> str:
    """The path of a one-time link with which the first operator of an empty home chooses a login; earlier ones die."""
    with transaction.atomic():
        links.revoke(MailedLink.objects.filter(purpose="setup"))
        link = MailedLink.objects.create(
            purpose="setup", by=actor, role="operator", expires_at=clock.now() + links.LASTS["setup"]
        )
        return links.arm(link)


def set_up(*, key: str, email: str, name: str, password: str) -> Person:
    """The first operator who can sign in; the second factor is asked for right after."""
    link = links.peek(key, "setup")
    email = check_email(email)
    facts = _facts(email, name, password, terms.VERSION)
    with transaction.atomic():
        links.use(link)
        person = _account(email, facts, language="ko")
        CityRole.objects.create(person=person, role=CityRole.Role.OPERATOR)
        events.record(actor=person, verb="person.role_granted", subject=person, role="operator")
    return person
