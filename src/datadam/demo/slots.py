"""What the demo adds to pages: the code an authenticator would show, where mails go, numbers to try."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from datadam.core.services import factors
from datadam.demo.people import CAST


def code(request: HttpRequest, person: Any) -> str:
    """The present code of one of the cast, whose secrets are public."""
    secret = next((c.totp_secret for c in CAST if c.login == getattr(person, "login", "")), None)
    return render_to_string("demo/_code.html", {"code": factors.present_code(secret)}) if secret else ""


def mail(request: HttpRequest, _: Any) -> str:
    """Where the mail can be read."""
    return render_to_string("demo/_mail.html")


def register(request: HttpRequest, _: Any) -> str:
    """Invented firms to sign up with."""
    return render_to_string("demo/_register.html")
