"""The common standard terms (공공데이터 공통표준용어) as they were imported last, and the matches turned down."""

from django.db import models
from django.db.models import Q

from datadam.catalog.models.datasets import Dataset
from datadam.core import clock


class Standard(models.Model):
    """What an entry of each of the three lists has. `edition` is the 제정차수 as published, such as 8차."""

    edition = models.CharField(max_length=40, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        abstract = True


class StandardDomain(Standard):
    """공통표준도메인: how the values of a kind are stored and shown."""

    name = models.CharField(max_length=100, unique=True)
    group = models.CharField(max_length=100, blank=True)
    classification = models.CharField(max_length=100, blank=True)
    data_type = models.CharField(max_length=40, blank=True)
    length = models.PositiveIntegerField(null=True, blank=True)
    scale = models.PositiveIntegerField(null=True, blank=True)
    storage_format = models.TextField(blank=True)
    display_format = models.TextField(blank=True)
    unit = models.CharField(max_length=100, blank=True)
    allowed = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="standard_domain_has_name")]


class StandardWord(Standard):
    """공통표준단어: what terms are made of. A name may have two meanings, each with its own abbreviation."""

    name = models.CharField(max_length=100)
    abbreviation = models.CharField(max_length=100, blank=True)
    english = models.CharField(max_length=300, blank=True)
    is_form = models.BooleanField(default=False)  # 형식단어: ends a term and gives its domain
    classification = models.CharField(max_length=100, blank=True)
    synonyms = models.JSONField(default=list, blank=True)
    forbidden = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "abbreviation"], name="standard_word_once"),
            models.CheckConstraint(condition=~Q(name=""), name="standard_word_has_name"),
        ]


class StandardTerm(Standard):
    """공통표준용어: the name of a column, its English abbreviation and its domain."""

    name = models.CharField(max_length=100, unique=True)
    abbreviation = models.CharField(max_length=100, blank=True)
    domain = models.CharField(max_length=100, blank=True)
    allowed = models.TextField(blank=True)
    storage_format = models.TextField(blank=True)
    display_format = models.TextField(blank=True)
    code_name = models.CharField(max_length=200, blank=True)
    agency = models.CharField(max_length=200, blank=True)
    synonyms = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="standard_term_has_name")]


class GlossaryImport(models.Model):
    """One reading of the lists: whose files, what they changed, which of their rows could not be taken."""

    at = models.DateTimeField(default=clock.now)
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    files = models.JSONField(default=list)  # {"filename", "sha256"}
    edition = models.CharField(max_length=40, blank=True)
    counts = models.JSONField(default=dict)  # list → {"added", "changed", "removed", "same"}
    problems = models.JSONField(default=list)  # {"file", "line", "code", "text"}


class DeclinedMatch(models.Model):
    """That a column is not this term: it is not proposed again, whatever lists are imported."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="declined_matches")
    column = models.CharField(max_length=300)  # its name in the file
    term = models.CharField(max_length=100)
    person = models.ForeignKey("core.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "column", "term"], name="match_declined_once")]
