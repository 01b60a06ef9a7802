"""Links by e-mail: asked for in a request, sent by a job, opened once. No secret of theirs is ever stored."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from datadam.core import clock, jobs, mail
from datadam.core.errors import Conflict, NotFound
from datadam.core.models import MailedLink, Organisation, Person
from datadam.core.services.people import find
from datadam.web.text import Text

LASTS = {
    "sign_up": timedelta(hours=24),
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=1),
    "email": timedelta(hours=24),
    "setup": timedelta(hours=24),
}
PATHS = {
    "sign_up": "/join/confirm/",
    "invitation": "/join/invitation/",
    "reset": "/account/reset/new/",
    "email": "/account/email/confirm/",
    "setup": "/setup/",
}
GONE = Text(
    "이 링크는 이미 쓰였거나 기한이 지났습니다. 새 링크를 받아 주십시오.",
    "This link was used already or has expired. Please ask for a new one.",
)
LETTERS: dict[str, tuple[Text, Text]] = {
    "sign_up": (
        Text("가입을 마쳐 주십시오", "Finish signing up"),
        Text(
            "아래 링크에서 이름과 비밀번호를 정하면 가입이 끝납니다. 24시간 동안 쓸 수 있습니다.\n"
            "신청하신 적이 없으면 이 메일을 무시하십시오.",
            "Choose a name and a password at this link to finish signing up. It works for 24 hours.\n"
            "If you did not ask for this, ignore this message.",
        ),
    ),
    "known": (
        Text("이미 계정이 있습니다", "You already have an account"),
        Text(
            "이 주소로 가입을 신청하셨지만 이미 계정이 있습니다.\n"
            "로그인하시거나, 비밀번호를 잊으셨으면 재설정하십시오.\n"
            "신청하신 적이 없으면 이 메일을 무시하십시오.",
            "Somebody signed up with this address, which already has an account. Sign in, or reset your password.\n"
            "If this was not you, ignore this message.",
        ),
    ),
    "invitation": (
        Text("‘{place}’에 초대합니다", "You are invited to “{place}”"),
        Text(
            "{by} 님이 회원님을 ‘{place}’에 초대했습니다. 아래 링크에서 받아들이십시오. 7일 동안 쓸 수 있습니다.",
            "{by} invites you to “{place}”. Accept it at this link within 7 days.",
        ),
    ),
    "reset": (
        Text("비밀번호 재설정", "Reset your password"),
        Text(
            "아래 링크에서 새 비밀번호를 정하십시오. 1시간 동안 쓸 수 있습니다.\n"
            "신청하지 않으셨으면 이 메일을 무시하십시오.",
            "Choose a new password at this link within an hour.\nIf you did not ask for this, ignore this message.",
        ),
    ),
    "email": (
        Text("새 이메일 주소 확인", "Confirm your new e-mail address"),
        Text(
            "아래 링크를 열면 이 주소가 회원님의 새 이메일이 됩니다. 24시간 동안 쓸 수 있습니다.",
            "Open this link to make this your new e-mail address. It works for 24 hours.",
        ),
    ),
    "moving": (
        Text("이메일 주소를 바꾸려 합니다", "Your e-mail address is about to change"),
        Text(
            "회원님의 이메일 주소를 바꾸는 신청이 있었습니다.\n"
            "직접 하지 않으셨다면 바로 비밀번호를 바꾸고 운영자에게 알려 주십시오.",
            "Somebody asked to change the e-mail address of your account.\n"
            "If this was not you, change your password at once and tell the operator.",
        ),
    ),
}
CITY = Text("시 데이터댐", "the city's data dam")


def ask(*, purpose: str, email: str = "", **fields: Any) -> MailedLink:
    """Write down a link to be sent and enqueue its job, in the caller's transaction."""
    link = MailedLink.objects.create(
        purpose=purpose, email=email.strip().lower(), expires_at=clock.now() + LASTS[purpose], **fields
    )
    jobs.enqueue("core.send_link", actor=None, link=link.pk)
    return link


def arm(link: MailedLink) -> str:
    """Give the link its secret and return its path; only the digest is kept, and an earlier secret is dead."""
    raw = secrets.token_urlsafe(32)
    rows = _open().filter(pk=link.pk)
    if not rows.update(digest=_digest(raw), sent_at=clock.now()):
        raise Conflict(GONE, code="link_gone")
    return f"{PATHS[link.purpose]}?key={raw}"


def send(*, link_id: int) -> None:
    """Mail the link now (called by the job); what was used or withdrawn meanwhile is not sent."""
    link = _open().select_related("person", "organisation", "by").filter(pk=link_id).first()
    if link is None:
        return
    known = find(link.email) if link.purpose in ("sign_up", "reset") else None
    if link.purpose == "sign_up" and known:
        _withdraw(link)
        _letter(link, "known", "/login/")
    elif link.purpose == "reset":
        if known is None:
            _withdraw(link)
            return
        MailedLink.objects.filter(pk=link.pk).update(person=known)
        _letter(link, "reset", arm(link))
    else:
        if link.purpose == "email" and link.person and link.person.email:
            subject, body = LETTERS["moving"]
            mail.send(to=link.person.email, subject=subject, body=body, language=link.language, link="/account/")
        _letter(link, link.purpose, arm(link))


def _letter(link: MailedLink, name: str, path: str) -> None:
    subject, body = LETTERS[name]
    home = link.organisation
    facts = _facts(Text(home.title, home.title_en or home.title) if home else CITY, link.by)
    subject, body = (Text(t.ko.format(**facts[0]), t.en.format(**facts[1])) for t in (subject, body))
    mail.send(to=link.email, subject=subject, body=body, language=link.language, link=path)


def _facts(place: Text, by: Person | None) -> tuple[dict[str, str], dict[str, str]]:
    name = by.name if by else ""
    return {"place": place.ko, "by": name}, {"place": place.en, "by": name}


def peek(raw: str, *purposes: str) -> MailedLink:
    """The link of that secret while it holds; NotFound otherwise."""
    rows = _open().select_related("person", "organisation", "by").filter(purpose__in=purposes)
    link = rows.filter(digest=_digest(raw)).first() if raw else None
    if link is None:
        raise NotFound(GONE, code="link_gone")
    return link


def use(link: MailedLink) -> None:
    """Use it up, in the transaction of what it does; Conflict when somebody was quicker."""
    if not _open().filter(pk=link.pk).update(used_at=clock.now(), data={}):
        raise Conflict(GONE, code="link_gone")


def revoke(rows: QuerySet[MailedLink]) -> int:
    """Withdraw links; returns how many were open."""
    return rows.filter(used_at=None, revoked_at=None).update(revoked_at=clock.now(), data={})


def end_of(person: Person) -> None:
    """The person's own links die with the password or the address that they were asked for under."""
    revoke(MailedLink.objects.filter(person=person, purpose__in=("reset", "email")))


def pending(organisation: Organisation | None) -> QuerySet[MailedLink]:
    """Invitations that nobody answered yet, newest first: of an organisation, or (None) to roles of the city."""
    rows = MailedLink.objects.filter(purpose="invitation", used_at=None, revoked_at=None, organisation=organisation)
    return rows.select_related("by").order_by("-created_at")


def _withdraw(link: MailedLink) -> None:
    with transaction.atomic():
        revoke(MailedLink.objects.filter(pk=link.pk))


def _open() -> QuerySet[MailedLink]:
    return MailedLink.objects.filter(used_at=None, revoked_at=None, expires_at__gt=clock.now())


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
