"""What happened: append-only, chained afterwards in commit order, checkpointed under a signature."""

from django.db import models

from datadam.core import clock


class Event(models.Model):
    """One thing that happened. `data` holds ids, counts and salted digests, never personal content."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    actor = models.ForeignKey(
        "core.Person", null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    verb = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject")]


class Seal(models.Model):
    """An event's place in the chain: `digest` = SHA-256 over the previous digest and the event's canonical form."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)


class Checkpoint(models.Model):
    """A signed statement (Ed25519) that the chain stood at `digest` at `position`."""

    position = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)
