"""Organisations: city offices, public bodies, firms, universities."""

from django.db import models
from django.db.models import Q

from datadam.core import clock
from datadam.core.registration import validate_registration_number


class Organisation(models.Model):
    """An office or firm that holds data or asks for it. `name` is its ASCII slug in URLs and APIs."""

    class Kind(models.TextChoices):
        CITY = "city", "시 부서"
        PUBLIC = "public", "공공기관"
        FIRM = "firm", "기업"
        UNIVERSITY = "university", "대학·연구기관"
        CIVIC = "civic", "시민단체"

    name = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.PUBLIC)
    registration_number = models.CharField(
        max_length=10, null=True, blank=True, unique=True, validators=[validate_registration_number]
    )
    description = models.TextField(blank=True)
    contact_email = models.EmailField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("title",)
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="organisation_has_title"),
            models.CheckConstraint(condition=~Q(registration_number=""), name="organisation_number_null_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title
