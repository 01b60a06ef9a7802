"""API tokens: shown once, kept as a digest, scoped, expiring."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from datadam.core import clock, events
from datadam.core.errors import Invalid, NotAllowed
from datadam.core.models import Person, Token
from datadam.core.selectors import has_city_role
from datadam.core.services import factors
from datadam.web.text import Text

PREFIX = "ddm_"
SCOPES: dict[str, Text] = {
    "read": Text("읽기", "Read"),
    "write": Text("쓰기", "Write"),
}
MAX_DAYS = 365
USED_AGAIN = timedelta(minutes=1)  # last_used_at is no finer than this, so that reading does not mean writing


class BadToken(NotAllowed):
    """The token is unknown, revoked, expired or of an inactive person (401)."""

    status, code = 401, "bad_token"


def issue_token(
    *, actor: Person, person: Person, label: str, scopes: Sequence[str], days: int = 90
) -> tuple[Token, str]:
    """A new token and, this once, its text. People issue their own; operators may issue for others."""
    if actor.pk != person.pk and not has_city_role(actor, "operator"):
        raise NotAllowed(Text("자기 토큰만 만들 수 있습니다.", "You may only issue tokens of your own."))
    factors.require_for_token(person)
    return make(actor=actor, person=person, label=label, scopes=scopes, days=days)


def make(*, actor: Person, person: Person, label: str, scopes: Sequence[str], days: int) -> tuple[Token, str]:
    """Issue without asking who may (the caller has); a wrong scope or term is refused."""
    unknown = set(scopes) - SCOPES.keys()
    if unknown or not scopes:
        raise Invalid(Text("토큰의 범위를 골라 주세요.", "Choose what the token may do."), scopes=sorted(unknown))
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(
            Text(f"기간은 1일에서 {MAX_DAYS}일 사이입니다.", f"A token lasts 1 to {MAX_DAYS} days."), days=days
        )
    raw = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            person=person,
            label=label.strip()[:100] or "-",
            digest=_digest(raw),
            hint=raw[-4:],
            scopes=sorted(set(scopes)),
            expires_at=clock.now() + timedelta(days=days),
        )
        events.record(actor=actor, verb="token.issued", subject=token, person=person.pk, scopes=token.scopes)
    return token, raw


def revoke_token(*, actor: Person, token_id: int) -> Token:
    """End one of the actor's tokens (an operator may end any)."""
    with transaction.atomic():
        token = Token.objects.filter(pk=token_id, revoked_at=None).first()
        if token is None or (token.person_id != actor.pk and not has_city_role(actor, "operator")):
            raise NotAllowed(Text("자기 토큰만 폐기할 수 있습니다.", "You may only revoke tokens of your own."))
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        events.record(actor=actor, verb="token.revoked", subject=token)
    return token


def authenticate_token(raw: str, scope: str) -> Person:
    """Whose token this is; BadToken when it does not hold, NotAllowed when it holds but not for `scope`."""
    now = clock.now()
    token = Token.objects.select_related("person").filter(digest=_digest(raw), revoked_at=None).first()
    if token is None or token.expires_at <= now or not token.person.is_active:
        raise BadToken(Text("토큰이 올바르지 않거나 만료되었습니다.", "The token is not valid or has expired."))
    if scope not in token.scopes:
        raise NotAllowed(
            Text(f"이 토큰에는 ‘{scope}’ 범위가 없습니다.", f"This token lacks the scope “{scope}”."),
            code="scope_missing",
        )
    factors.require_for_token(token.person)
    if token.last_used_at is None or token.last_used_at < now - USED_AGAIN:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.person


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
