"""The fixed letters about an account: something happened that its owner should know of."""

from datadam.core import jobs, mail
from datadam.core.models import Person
from datadam.web.text import Text

LETTERS: dict[str, tuple[Text, Text]] = {
    "password_reset": (
        Text("비밀번호를 바꾸었습니다", "Your password was changed"),
        Text(
            "회원님의 비밀번호가 바뀌었고, 로그인되어 있던 모든 기기에서 로그아웃되었습니다.\n"
            "직접 하지 않으셨다면 바로 비밀번호를 다시 설정하고 운영자에게 알려 주십시오.",
            "Your password was changed, and you were signed out everywhere.\n"
            "If this was not you, reset it again at once and tell the operator.",
        ),
    ),
    "factor_on": (
        Text("2단계 인증을 켰습니다", "Two-step sign-in is on"),
        Text("이제 로그인할 때 인증 앱의 코드를 묻습니다.", "From now on, signing in asks for a code of your app."),
    ),
    "factor_off": (
        Text("2단계 인증을 껐습니다", "Two-step sign-in is off"),
        Text(
            "회원님의 2단계 인증이 해제되었습니다. 직접 하지 않으셨다면 운영자에게 알려 주십시오.",
            "Two-step sign-in of your account was turned off. If this was not you, tell the operator.",
        ),
    ),
}


def enqueue(*, letter: str, person: Person) -> None:
    """Have a letter sent, in the caller's transaction; nothing for who has no address."""
    if letter not in LETTERS:
        raise KeyError(letter)
    if address_of(person):
        jobs.enqueue("core.send_letter", actor=None, letter=letter, person=person.pk)


def send(*, letter: str, person_id: int, facts: dict[str, str]) -> None:
    """Send one now (called by the job)."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    to = address_of(person) if person else ""
    if person and to:
        subject, body = LETTERS[letter]
        mail.send(to=to, subject=subject, body=body.format(**facts), language=person.language, link="/account/")


def address_of(person: Person) -> str:
    """Where letters to the person go: their e-mail, or a login that is one; "" for nowhere."""
    return person.email or (person.login if "@" in person.login else "")
