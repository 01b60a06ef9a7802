"""Coming in and staying safe: mailed links, second factors, sessions, proofs of identity, projects, requests."""

from django.db import models
from django.db.models import Q

from datadam.core import clock
from datadam.core.models.organisations import Organisation
from datadam.core.models.people import Membership, Person


class MailedLink(models.Model):
    """A link sent by e-mail (or printed, for the first operator). Its secret is made when it is sent and not stored.

    `data` holds what the link will do (name, password hash, firm) and is emptied when it is used or withdrawn.
    """

    class Purpose(models.TextChoices):
        SIGN_UP = "sign_up", "가입"
        INVITATION = "invitation", "초대"
        RESET = "reset", "비밀번호 재설정"
        EMAIL = "email", "이메일 변경"
        SETUP = "setup", "첫 운영자"

    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    digest = models.CharField(max_length=64, null=True, unique=True)
    email = models.EmailField(blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="mailed_links")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, blank=True)  # of the organisation, or of the city when there is none
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=2, default="ko")
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "email"], name="mailed_link_to")]
        constraints = [
            models.CheckConstraint(condition=Q(used_at=None) | Q(revoked_at=None), name="mailed_link_one_end"),
            models.CheckConstraint(condition=Q(used_at=None) | Q(data={}), name="mailed_link_wiped"),
        ]


class SecondFactor(models.Model):
    """A person's authenticator. `secret` is encrypted under a key of the home; `last_step` refuses a used code."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)


class RecoveryCode(models.Model):
    """A way in once without the authenticator, kept as a digest under the home's salt."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)


class SignedIn(models.Model):
    """A browser in which a person has signed in. `address` is rough: no more than a neighbourhood of the network."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=45, blank=True)
    since = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)


class OutsideLogin(models.Model):
    """A person at an OpenID provider: issuer and subject, which never change there."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="outside_logins")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="outside_subject_once"),
            models.UniqueConstraint(fields=["person", "issuer"], name="outside_issuer_once"),
        ]


class IdentityProof(models.Model):
    """That a person proved who they are: by whom and when. The connecting number (CI) is kept as a digest alone."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="identity_proof")
    provider = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)


class Project(models.Model):
    """A firm's program that acts by itself: its tokens belong to `service`, who cannot sign in."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="projects")
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=100)
    service = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="project")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="project_name_once"),
            models.CheckConstraint(condition=~Q(title=""), name="project_has_title"),
        ]


class Joining(models.Model):
    """A person asks to join an organisation, or (without one) to found a firm that the register could not confirm."""

    class State(models.TextChoices):
        WAITING = "waiting", "결정 대기"
        ACCEPTED = "accepted", "받아들임"
        REFUSED = "refused", "거절"
        WITHDRAWN = "withdrawn", "취소"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="joinings")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="joinings")
    title = models.CharField(max_length=200, blank=True)
    registration_number = models.CharField(max_length=10, blank=True)
    register = models.CharField(max_length=12, blank=True)  # what the business register said
    role = models.CharField(max_length=20, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(state="waiting"), name="joining_waits_once"
            ),
            models.UniqueConstraint(
                fields=["person", "registration_number"],
                condition=Q(state="waiting", organisation=None),
                name="joining_founds_once",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | ~Q(registration_number=""), name="joining_names_a_firm"
            ),
        ]


class Attempt(models.Model):
    """Something tried that must not be tried too often: what kind, and of what as a salted digest."""

    kind = models.CharField(max_length=30)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "digest", "at"], name="attempt_recent")]
