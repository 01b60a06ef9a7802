"""What coming in hangs onto desks, notices, histories and the organisation's page."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from datadam.core import extensions
from datadam.core.extensions import Choice, Letter, Tray, Waiting
from datadam.core.models import CityRole, Joining, Membership, Person
from datadam.core.selectors import has_city_role
from datadam.web.text import Text

ASKS = Text("새 사람이 이 기관에 들어오려 합니다.", "Somebody wants to join this organisation.")
JOINS = Text("구성원이 되어 기관 안의 것을 봅니다.", "They become a member and see what is the organisation's own.")
FOUNDS = Text("사업자 등록부로 확인하지 못한 기업입니다.", "The business register could not confirm this firm.")
ADMITS = Text("기업이 등록되고 신청한 사람이 관리자가 됩니다.", "The firm is registered; the applicant is its admin.")

WORDS = {
    "person.signed_up": Text("가입함", "Signed up"),
    "person.renamed": Text("이름을 바꿈", "Name changed"),
    "person.password_forgotten": Text("비밀번호를 다시 정함", "Password reset"),
    "person.email_asked": Text("이메일 변경을 신청함", "New e-mail address asked for"),
    "person.email_changed": Text("이메일을 바꿈", "E-mail address changed"),
    "person.session_ended": Text("다른 기기에서 로그아웃함", "Another device signed out"),
    "person.sessions_ended": Text("다른 기기 모두에서 로그아웃함", "All other devices signed out"),
    "person.factor_on": Text("2단계 인증을 켬", "Two-step sign-in turned on"),
    "person.factor_off": Text("2단계 인증을 끔", "Two-step sign-in turned off"),
    "person.factor_reset": Text("2단계 인증을 초기화함", "Two-step sign-in reset"),
    "person.recovery_renewed": Text("복구 코드를 새로 만듦", "New recovery codes made"),
    "person.outside_linked": Text("다른 사이트 계정을 연결함", "Account of another site linked"),
    "person.outside_unlinked": Text("다른 사이트 연결을 끊음", "Account of another site unlinked"),
    "person.identity_proved": Text("본인확인을 함", "Identity proved"),
    "person.identity_forgotten": Text("본인확인 기록을 지움", "Proof of identity removed"),
    "person.deleted": Text("계정을 삭제함", "Account deleted"),
    "organisation.left": Text("기관에서 나옴", "Left the organisation"),
    "invitation.sent": Text("초대함", "Invitation sent"),
    "invitation.withdrawn": Text("초대를 거둠", "Invitation withdrawn"),
    "joining.asked": Text("가입을 신청함", "Request to join"),
    "joining.accept": Text("가입 신청을 받아들임", "Request to join accepted"),
    "joining.refuse": Text("가입 신청을 거절함", "Request to join refused"),
    "joining.withdraw": Text("가입 신청을 취소함", "Request to join withdrawn"),
    "project.created": Text("프로젝트를 만듦", "Project made"),
    "project.closed": Text("프로젝트를 닫음", "Project closed"),
}


def _url(row: Joining) -> str:
    return f"/organisation/{row.organisation.name}/people/" if row.organisation else "/city/people/"


def _title(row: Joining) -> str:
    return f"{row.person} → {row.organisation.title if row.organisation else row.title}"


def waiting(actor: Person) -> Iterable[Waiting]:
    """Requests to join or to register a firm that this person may decide."""
    from datadam.core.services import coming_in

    for row in coming_in.waiting_for(actor):
        why, agree = (ASKS, JOINS) if row.organisation else (FOUNDS, ADMITS)
        yield Waiting(str(row.pk), _title(row), why, agree, _url(row), row.created_at)


def _decide(transition: str, *, actor: Person, id: str) -> None:
    from datadam.core.services import coming_in

    coming_in.decide(actor=actor, joining=coming_in.joining_for(actor, int(id)), transition=transition)


def _asked(event: Any) -> list[Letter]:
    """To who decides: the organisation's admins, or the officers."""
    row = Joining.objects.select_related("person", "organisation").filter(pk=event.subject_id).first()
    if row is None:
        return []
    if row.organisation:
        admins = Membership.objects.filter(organisation=row.organisation, role=Membership.Role.ADMIN)
        deciders = Person.objects.filter(pk__in=admins.values("person"), is_active=True)
    else:
        officers = CityRole.objects.filter(role=CityRole.Role.OFFICER)
        deciders = Person.objects.filter(pk__in=officers.values("person"), is_active=True)
    words = Text(f"{_title(row)}: 가입 신청이 결정을 기다립니다.", f"{_title(row)}: a request to join awaits you.")
    return [Letter(person, words, _url(row)) for person in deciders]


def _decided(event: Any) -> list[Letter]:
    """To who asked."""
    row = Joining.objects.select_related("person", "organisation").filter(pk=event.subject_id).first()
    if row is None:
        return []
    yes, place = row.state == "accepted", row.organisation.title if row.organisation else row.title
    words = (
        Text(f"‘{place}’ 가입이 받아들여졌습니다.", f"You have been accepted into “{place}”.")
        if yes
        else Text(f"‘{place}’ 가입이 거절되었습니다.", f"Your request to join “{place}” was refused.")
    )
    return [Letter(row.person, words, "/account/")]


def _decides(actor: Person) -> bool:
    admins = Membership.objects.filter(person=actor, role=Membership.Role.ADMIN)
    return has_city_role(actor, "officer", "operator") or admins.exists()


def _people_link(request: HttpRequest, organisation: Any) -> str:
    from datadam.core.context import actor_of
    from datadam.core.selectors import membership_role
    from datadam.core.services import organisations
    from datadam.core.services.coming_in import may_invite

    actor = actor_of(request)
    if actor and (membership_role(actor, organisation) or may_invite(actor, organisation)):
        may_change = bool(organisations.may_change(actor, organisation))
        return render_to_string("core/_people_link.html", {"organisation": organisation, "may_change": may_change})
    return ""


def register() -> None:
    """Called once, when the core is ready."""
    choices = (
        Choice("accept", Text("받아들이기", "Accept"), partial(_decide, "accept")),
        Choice("refuse", Text("거절", "Refuse"), partial(_decide, "refuse")),
    )
    extensions.add_tray(Tray("joining", Text("가입 신청", "Requests to join"), waiting, choices, 40, audience=_decides))
    extensions.add_notice("joining.asked", Text("가입 신청", "Requests to join"), _asked)
    extensions.add_notice("joining.accept", Text("내 가입 신청의 결정", "Decisions on my requests"), _decided)
    extensions.add_notice("joining.refuse", Text("내 가입 신청의 결정", "Decisions on my requests"), _decided)
    extensions.add_words(WORDS)
    extensions.add_slot("organisation.page", _people_link)
