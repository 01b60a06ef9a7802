"""What a person is told and how, and what the city calls itself."""

from django.db import models
from django.db.models import Q

from datadam.core import clock
from datadam.core.models.events import Event
from datadam.core.models.people import Person


class Notice(models.Model):
    """One thing that one person is told about one event; `url` is a path on this site."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=80)
    ko = models.CharField(max_length=500)
    en = models.CharField(max_length=500)
    url = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_by_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
        ]
        constraints = [models.UniqueConstraint(fields=["event", "person"], name="notice_once")]


class NoticeSetting(models.Model):
    """How a person wants to be told; who has no row is mailed a digest of every kind."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", "바로"
        DAILY = "daily", "하루에 한 번"
        OFF = "off", "보내지 않음"

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="notice_setting")
    mail = models.CharField(max_length=10, choices=Mail.choices, default=Mail.DAILY)
    muted = models.JSONField(default=list, blank=True)  # verbs of which the person wants to hear nothing
    digested_on = models.DateField(null=True, blank=True)  # the Korean day of the last digest

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mail__in=["at_once", "daily", "off"]), name="notice_setting_mail")
        ]


class CityProfile(models.Model):
    """The names and the contact that the operator gave; what is empty comes from the city pack. One row at most."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    title_ko = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100)
    short_ko = models.CharField(max_length=40)
    short_en = models.CharField(max_length=40)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="city_profile_one")]
