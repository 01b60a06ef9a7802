"""What the core itself hangs on its extension points: navigation, trays, first steps, notices, words."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from datadam.core import city, desk, extensions, words
from datadam.core.extensions import Choice, Letter, NavEntry, Step, Tray, Waiting
from datadam.core.models import CityRole, Event, Organisation, Person, Token
from datadam.core.selectors import has_city_role
from datadam.core.services.tokens import revoke_token
from datadam.web import formats
from datadam.web.text import Text

ACCOUNT = Text("내 계정과 역할", "My account and roles")
TOKENS = Text("접근 토큰", "Access tokens")
RENEW = Text(
    "{day}에 끝납니다. 쓰는 프로그램이 있으면 그 전에 새 토큰으로 바꾸십시오.",
    "It ends on {day}. If a program uses it, give it a new one before.",
)


def register() -> None:
    """Called once, when the room is ready."""
    extensions.add_navigation(NavEntry("desk", Text("내 책상", "My desk"), "desk", 5, extensions.signed_in))
    extensions.add_words(words.EVENTS)
    _trays()
    _operator_steps()
    extensions.add_step(OFFICER)
    extensions.add_step(REVIEWER)
    for verb, tell in TELLS.items():
        extensions.add_notice(verb, TOKENS if verb.startswith("token.") else ACCOUNT, tell)


# Trays


def _trays() -> None:
    extensions.add_tray(
        Tray(
            "jobs",
            Text("실패한 작업", "Failed jobs"),
            _failed_jobs,
            (
                Choice("retry", Text("다시 시작", "Start again"), desk.retry_job),
                Choice("dismiss", Text("치우기", "Put away"), desk.dismiss_job, undo="restore"),
                Choice("restore", Text("되돌리기", "Undo"), desk.restore_job, offered=False),
            ),
            order=10,
            count=lambda actor: desk.failed_jobs(actor).count(),
            audience=_operator,
        )
    )
    extensions.add_tray(
        Tray(
            "tokens",
            Text("곧 끝나는 접근 토큰", "Access tokens that end soon"),
            _ending_tokens,
            (
                Choice(
                    "revoke",
                    Text("지금 폐기", "Revoke now"),
                    lambda *, actor, id: revoke_token(actor=actor, token_id=desk.whole_id(id)),
                    confirm=Text(
                        "고른 토큰을 쓰는 프로그램은 더 읽지 못합니다. 폐기할까요?",
                        "Programs that use these tokens will be shut out. Revoke them?",
                    ),
                ),
            ),
            order=80,
            count=lambda actor: desk.ending_tokens(actor).count(),
        )
    )


def _failed_jobs(actor: Person) -> Iterator[Waiting]:
    for job in desk.failed_jobs(actor)[:200]:
        error = job.error or {}
        yield Waiting(
            id=str(job.pk),
            title=f"{words.task(job.task)} · {job.pk}",
            why=Text(error.get("ko", ""), error.get("en", "")),
            agree=Text(
                "처음부터 다시 합니다. 두 번 해도 해가 없습니다.", "It runs again from the start; harmless if repeated."
            ),
            url=reverse("job", args=[job.pk]),
            since=job.finished_at or job.created_at,
            urgent=True,
        )


def _ending_tokens(actor: Person) -> Iterator[Waiting]:
    for token in desk.ending_tokens(actor):
        day = formats.day(token.expires_at)
        yield Waiting(
            id=str(token.pk),
            title=f"{token.label} …{token.hint}",
            why=Text(RENEW.ko.format(day=day.ko), RENEW.en.format(day=day.en)),
            agree=Text("폐기하면 바로 끝납니다.", "Revoking ends it at once."),
            url=reverse("tokens"),
            since=token.created_at,
        )


# First steps


def _operator(actor: Person) -> bool:
    return has_city_role(actor, "operator")


def _has_officer(actor: Person) -> bool:
    return CityRole.objects.filter(role=CityRole.Role.OFFICER, person__is_active=True).exists()


def _has_backup(actor: Person) -> bool:
    folder = Path(settings.HOME) / "backups"
    return Event.objects.filter(verb="backup.made").exists() or (folder.is_dir() and any(folder.iterdir()))


def _has_mail(actor: Person) -> bool:
    return not settings.EMAIL_BACKEND.startswith("datadam.")


def _operator_steps() -> None:
    for number, (key, label, hint, url, done) in enumerate(
        (
            (
                "city",
                Text("도시의 이름 정하기", "Name the city"),
                Text(
                    "모든 화면과 메일에 나올 이름과 연락처입니다.",
                    "Its names and contact stand on every page and in every mail.",
                ),
                lambda actor: reverse("setup_city"),
                lambda actor: city.is_named(),
            ),
            (
                "officer",
                Text("첫 데이터 담당관 초대하기", "Invite the first data officer"),
                Text("데이터를 맡아 올리고 공개할 사람입니다.", "Who will take data in and publish them."),
                lambda actor: reverse("city_people"),
                _has_officer,
            ),
            (
                "mail",
                Text("메일 보내는 곳 정하기", "Set up mail"),
                Text(
                    "DATADAM_EMAIL_URL을 정하기 전까지 메일은 보내지 않고 파일로 남깁니다.",
                    "Until DATADAM_EMAIL_URL is set, mails are kept as files and not sent.",
                ),
                lambda actor: reverse("help_guide", args=["operator"]),
                _has_mail,
            ),
            (
                "backup",
                Text("첫 백업 만들기", "Make the first backup"),
                Text("되살릴 수 있는 것만이 백업입니다.", "Only what can be restored is a backup."),
                lambda actor: reverse("help_guide", args=["operator"]),
                _has_backup,
            ),
        )
    ):
        extensions.add_step(Step(f"operator.{key}", label, hint, url, _operator, done, 10 + 10 * number))


OFFICER = Step(
    "officer.organisation",
    Text("첫 기관 등록하기", "Register the first organisation"),
    Text("모든 데이터에는 맡은 기관이 있습니다.", "All data belong to an organisation that looks after them."),
    lambda actor: reverse("city_organisations"),
    lambda actor: has_city_role(actor, "officer"),
    lambda actor: Organisation.objects.exists(),
    5,
)
REVIEWER = Step(
    "reviewer.notices",
    Text("알림 받는 방법 정하기", "Choose how to be told"),
    Text(
        "심의할 것이 오면 메일로 바로, 또는 하루에 한 번 알려 드립니다.",
        "Be told of what comes up for review at once or once a day.",
    ),
    lambda actor: reverse("notice_settings"),
    lambda actor: has_city_role(actor, "reviewer"),
    lambda actor: Event.objects.filter(verb="person.notices_chosen", actor=actor).exists(),
    10,
)


# Notices


def _person(pk: Any) -> Iterator[Person]:
    yield from Person.objects.filter(pk=pk) if pk else ()


def _of_token(event: Event) -> Iterator[Letter]:
    """A token that somebody else made or ended."""
    token = Token.objects.select_related("person").filter(pk=event.subject_id).first()
    if token is None:
        return
    made = event.verb == "token.issued"
    ko, en = ("만들었습니다", "made") if made else ("폐기했습니다", "revoked")
    words_ = Text(
        f"다른 사람이 내 접근 토큰 ‘{token.label}’을(를) {ko}.",
        f"Somebody else {en} your access token “{token.label}”.",
    )
    yield Letter(token.person, words_, reverse("tokens"))


def _of_membership(event: Event) -> Iterator[Letter]:
    organisation = Organisation.objects.filter(pk=event.subject_id).first()
    if organisation is None:
        return
    name, role = Text(organisation.title, organisation.title_en or organisation.title), event.data.get("role")
    if role:
        told = Text(f"{name.ko}에서 맡은 역할: {words.role(role).ko}", f"Your role at {name.en}: {words.role(role).en}")
    else:
        told = Text(f"{name.ko}의 구성원에서 빠졌습니다.", f"You are no longer a member of {name.en}.")
    for person in _person(event.data.get("person")):
        yield Letter(person, told, _organisation_url(organisation))


def _organisation_url(organisation: Organisation) -> str:
    try:
        return reverse("organisation", args=[organisation.name])
    except NoReverseMatch:
        return reverse("desk")


def _of_role(event: Event) -> Iterator[Letter]:
    role = words.role(event.data.get("role"))
    if event.verb == "person.role_granted":
        told = Text(f"시의 {role.ko}이(가) 되었습니다.", f"You are now a {role.en} of the city.")
    else:
        told = Text(f"시의 {role.ko} 역할이 끝났습니다.", f"You are no longer a {role.en} of the city.")
    for person in _person(event.subject_id):
        yield Letter(person, told, reverse("desk"))


def _of_password(event: Event) -> Iterator[Letter]:
    """Told to who changed it too: it may have been a thief."""
    when = formats.moment(event.at)
    told = Text(
        f"비밀번호가 바뀌었습니다 ({when.ko}). 직접 바꾸지 않았다면 운영자에게 바로 알리십시오.",
        f"Your password was changed ({when.en}). If that was not you, tell the operator at once.",
    )
    for person in _person(event.subject_id):
        yield Letter(person, told, reverse("history"), even_actor=True)


TELLS: dict[str, Callable[[Event], Iterable[Letter]]] = {
    "token.issued": _of_token,
    "token.revoked": _of_token,
    "organisation.member": _of_membership,
    "person.role_granted": _of_role,
    "person.role_revoked": _of_role,
    "person.password_changed": _of_password,
    "person.password_reset": _of_password,
}
