"""People, their roles, and the tokens their programs use."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from datadam.core import clock
from datadam.core.models.organisations import Organisation


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, login: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(login=login.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can sign in. `login` is an e-mail address or a short ASCII name, kept in lower case."""

    login = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, default="ko", choices=[("ko", "한국어"), ("en", "English")])
    steps_hidden = models.BooleanField(default=False)  # the first steps on the desk
    created_at = models.DateTimeField(default=clock.now)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    terms_version = models.CharField(max_length=20, blank=True)  # what they consented to, and when
    terms_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    known_roles: set[str] | None = None  # city roles, once read: kept for the life of the object

    objects = PersonManager()
    USERNAME_FIELD = "login"

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="person_email_once"),
            models.CheckConstraint(condition=Q(deleted_at=None) | Q(email="", is_active=False), name="person_scrubbed"),
        ]

    def __str__(self) -> str:
        return self.name or self.login


class CityRole(models.Model):
    """What a person is to the city as a whole."""

    class Role(models.TextChoices):
        OFFICER = "officer", "데이터 담당관"
        REVIEWER = "reviewer", "심의위원"
        OPERATOR = "operator", "운영자"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="city_roles")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role"], name="city_role_once")]


class Membership(models.Model):
    """A person's role in one organisation: stewards put data in, members only see it, admins also invite."""

    class Role(models.TextChoices):
        ADMIN = "admin", "관리자"
        STEWARD = "steward", "데이터 관리자"
        MEMBER = "member", "구성원"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="membership_once")]


class Token(models.Model):
    """An API token: shown once, kept as SHA-256 of 32 random bytes (no salt needed at that entropy)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
