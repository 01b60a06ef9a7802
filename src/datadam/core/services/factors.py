"""Two-step sign-in: an authenticator's codes (TOTP, RFC 6238), and recovery codes for when it is lost."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction

from datadam.core import clock, events, sealing, throttle
from datadam.core.errors import Conflict, Invalid, NotAllowed
from datadam.core.models import CityRole, Person, RecoveryCode, SecondFactor
from datadam.core.selectors import can_sign_in, city_roles, has_city_role
from datadam.core.services import letters
from datadam.web.text import Text

STEP = 30  # seconds a code lasts; one step before and after is taken too
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
REQUIRED = (CityRole.Role.OFFICER, CityRole.Role.REVIEWER, CityRole.Role.OPERATOR)
UNREADABLE = Text(
    "인증 앱을 확인할 수 없습니다. 복구 코드를 쓰거나 운영자에게 2단계 인증 초기화를 요청하십시오.",
    "Your authenticator cannot be checked. Use a recovery code, or ask an operator to reset two-step sign-in.",
)
WRONG = Text("코드가 맞지 않습니다.", "The code is wrong.")


def is_on(person: Person) -> bool:
    """Whether signing in asks this person for a code."""
    return SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists()


def is_required(person: Person) -> bool:
    """Officers, reviewers and operators may not do without."""
    return not city_roles(person).isdisjoint(REQUIRED)


def is_missing(person: Person) -> bool:
    """Whether the person must set it up before anything else."""
    return is_required(person) and not is_on(person)


def require_for_token(person: Person) -> None:
    """No token for who must have a second factor and has none; whoever cannot sign in at all needs none."""
    if is_missing(person) and can_sign_in(person):
        words = Text("먼저 2단계 인증을 설정해 주십시오.", "Set up two-step sign-in first.")
        raise NotAllowed(words, code="factor_missing")


def begin(*, actor: Person, secret: str | None = None) -> str:
    """The secret to put into an authenticator, waiting for its first code; the same one until then."""
    import pyotp

    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(person=actor).first()
        if factor and factor.confirmed_at:
            raise Conflict(
                Text("2단계 인증이 이미 켜져 있습니다.", "Two-step sign-in is on already."), code="factor_on"
            )
        if factor and not _opens(factor):
            factor.delete()  # sealed by a key that is gone, and nothing depends on it yet
            factor = None
        if factor is None:
            secret = secret or pyotp.random_base32()
            SecondFactor.objects.create(person=actor, secret=sealing.seal(secret, to=_place(actor)))
            return secret
    return _secret(factor)


def confirm(*, actor: Person, code: str) -> list[str]:
    """Turn it on with a first code; returns the recovery codes, this once."""
    throttle.count("code", str(actor.pk), limit=settings.LOGIN_LIMIT)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(person=actor, confirmed_at=None).first()
        if factor is None or not _take_code(factor, code):
            raise Invalid(WRONG, code="wrong_code", fields={"code": str(WRONG)})
        factor.confirmed_at = clock.now()
        factor.save(update_fields=["confirmed_at"])
        events.record(actor=actor, verb="person.factor_on", subject=actor)
        letters.enqueue(letter="factor_on", person=actor)
        codes = _new_codes(actor)
    throttle.forget("code", str(actor.pk))
    return codes


def check(*, person: Person, code: str) -> None:
    """Take a code of the authenticator or a recovery code, each once; NotAllowed otherwise. Throttled."""
    throttle.count("code", str(person.pk), limit=settings.LOGIN_LIMIT)
    plain = "".join(c for c in code.lower() if c.isalnum())
    factor = SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).first()
    if factor is None or not (_take_code(factor, plain) or _take_recovery(person, plain)):
        raise NotAllowed(WRONG, code="wrong_code")
    throttle.forget("code", str(person.pk))


def renew_codes(*, actor: Person, code: str) -> list[str]:
    """New recovery codes for old ones; asks for a code of the authenticator."""
    check(person=actor, code=code)
    with transaction.atomic():
        events.record(actor=actor, verb="person.recovery_renewed", subject=actor)
        return _new_codes(actor)


def turn_off(*, actor: Person, password: str, code: str) -> None:
    """Do without from now on, with password and code; refused where it is required."""
    if is_required(actor):
        words = Text(
            "담당관, 심의위원, 운영자는 2단계 인증을 끌 수 없습니다.",
            "Officers, reviewers and operators may not turn two-step sign-in off.",
        )
        raise NotAllowed(words, code="factor_required")
    prove(actor=actor, password=password, code=code)
    with transaction.atomic():
        _remove(actor)
        events.record(actor=actor, verb="person.factor_off", subject=actor)


def reset(*, actor: Person, person: Person) -> None:
    """An operator takes a lost factor away; where it is required, the next sign-in asks for a new one."""
    if not has_city_role(actor, "operator"):
        raise NotAllowed(Text("운영자만 할 수 있습니다.", "Only operators may do this."))
    from datadam.core.services import sessions

    with transaction.atomic():
        _remove(person)
        sessions.end_all(person=person)
        events.record(actor=actor, verb="person.factor_reset", subject=person)


def prove(*, actor: Person, password: str, code: str) -> None:
    """Ask once more who it is, before something that cannot be taken back: the password, and the code if it is on.

    Throttled like signing in. Who has no password (another site signs them in) proves it by the code alone.
    """
    throttle.count("prove", str(actor.pk), limit=settings.LOGIN_LIMIT)
    if actor.has_usable_password() and not actor.check_password(password):
        raise Invalid(Text("비밀번호가 맞지 않습니다.", "The password is wrong."), code="wrong_password")
    if is_on(actor):
        check(person=actor, code=code)
    throttle.forget("prove", str(actor.pk))


def uri(person: Person, secret: str) -> str:
    """What the QR code says to the authenticator."""
    import pyotp

    from datadam.core import city

    return pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=f"{city.city().title.en} data dam")


def picture(text: str) -> str:
    """The QR code as SVG without style attributes."""
    import segno

    drawn: str = segno.make(text, error="m").svg_inline(scale=5, border=2, light="#fff")
    return drawn


def present_code(secret: str, at: datetime | None = None) -> str:
    """What an authenticator shows now (the demo tells it; tests use it)."""
    import pyotp

    return pyotp.TOTP(secret).at(at or clock.now())


def codes_left(person: Person) -> int:
    """Recovery codes not used yet."""
    return RecoveryCode.objects.filter(person=person, used_at=None).count()


def _take_code(factor: SecondFactor, code: str) -> bool:
    """Whether it is the code of a step later than any taken before; the update takes it, once."""
    import pyotp

    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    if not _opens(factor):
        raise Conflict(UNREADABLE, code="key_gone")
    totp, now = pyotp.TOTP(_secret(factor)), int(clock.now().timestamp()) // STEP
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(totp.at(step * STEP), code):
            rows = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return rows.update(last_step=step) == 1
    return False


def _take_recovery(person: Person, code: str) -> bool:
    rows = RecoveryCode.objects.filter(person=person, digest=_code_digest(person, code), used_at=None)
    return rows.update(used_at=clock.now()) == 1


def _new_codes(person: Person) -> list[str]:
    RecoveryCode.objects.filter(person=person).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, digest=_code_digest(person, c)) for c in codes)
    return ["-".join((c[:4], c[4:8], c[8:])) for c in codes]


def _code_digest(person: Person, code: str) -> str:
    return events.digest(f"recovery {person.pk} {code}")


def _remove(person: Person) -> None:
    SecondFactor.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    letters.enqueue(letter="factor_off", person=person)


def _place(person: Person) -> str:
    return f"factor {person.pk}"


def _opens(factor: SecondFactor) -> bool:
    try:
        return bool(_secret(factor))
    except Conflict:
        return False


def _secret(factor: SecondFactor) -> str:
    return sealing.unseal(factor.secret, to=f"factor {factor.person_id}")
