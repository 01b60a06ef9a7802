"""Proof of identity (본인확인). Kept: by whom, when, the birth year at most, and a digest of the connecting number (CI)
under the home's salt, so that one human has one account. Never the number, a name or a telephone in clear."""

import secrets
from collections.abc import Mapping

from django.conf import settings
from django.db import IntegrityError, transaction

from datadam.core import events, throttle
from datadam.core.errors import Conflict, DomainError, NotFound
from datadam.core.models import IdentityProof, Person
from datadam.core.ports import identity
from datadam.core.services import factors
from datadam.web.text import Text

BACK = "/account/identity/back/"


def _provider() -> identity.IdentityProvider:
    found = identity.provider()
    if found is None:
        raise NotFound(Text("본인확인을 쓰지 않습니다.", "Proof of identity is not offered."))
    return found


def start(*, actor: Person) -> tuple[str, str]:
    """(where to send the browser, the state its session must remember)."""
    throttle.count("identity", str(actor.pk), limit=settings.LOGIN_LIMIT)
    state = secrets.token_urlsafe(24)
    return _provider().start(state=state, return_url=settings.BASE_URL + BACK), state


def finish(*, actor: Person, query: Mapping[str, str], state: str) -> IdentityProof:
    """Keep the proof that the browser brought back; Conflict when another account has proved the same human."""
    words = Text(
        "본인확인을 마치지 못했습니다. 다시 해 주십시오.", "Your identity was not confirmed. Please try again."
    )
    if not state or not secrets.compare_digest(query.get("state", ""), state):
        raise DomainError(words, code="identity_failed")
    provider = _provider()
    proof = provider.finish(query)
    digest = events.digest(f"ci {proof.ci}")
    taken = Conflict(
        Text("이 사람은 다른 계정에서 이미 본인확인을 했습니다.", "Another account has proved to be this person."),
        code="identity_taken",
    )
    if IdentityProof.objects.filter(digest=digest).exclude(person=actor).exists():
        raise taken
    try:
        with transaction.atomic():
            IdentityProof.objects.filter(person=actor).delete()
            kept = IdentityProof.objects.create(
                person=actor, provider=provider.name[:40], digest=digest, birth_year=proof.birth_year
            )
            events.record(actor=actor, verb="person.identity_proved", subject=actor, provider=provider.name)
    except IntegrityError:
        raise taken from None
    return kept


def forget(*, actor: Person, password: str, code: str = "") -> None:
    """Take the proof away, as its owner may ask."""
    factors.prove(actor=actor, password=password, code=code)
    with transaction.atomic():
        IdentityProof.objects.filter(person=actor).delete()
        events.record(actor=actor, verb="person.identity_forgotten", subject=actor)
