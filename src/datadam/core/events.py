"""What happened, written plain in the transaction that did it and chained afterwards by one sealer.

A chain inside the transaction would serialise every writer. Data holds ids, counts and salted digests, never
personal content, so that erasure stays possible.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Model

from datadam.config import keys
from datadam.core import clock, extensions, signing
from datadam.core.models import Checkpoint, Event, Person, Seal

GENESIS = "0" * 64


def record(*, actor: Person | None, verb: str, subject: Model | tuple[str, str], **data: Any) -> Event:
    """Write an event in the caller's transaction and enqueue the jobs of its subscribers."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    subject_type, subject_id = subject_of(subject)
    facts = json.loads(json.dumps(data, default=str))
    event = Event.objects.create(actor=actor, verb=verb, subject_type=subject_type, subject_id=subject_id, data=facts)
    for task in extensions.subscribers(verb):
        from datadam.core import jobs  # jobs record events too

        jobs.enqueue(task, actor=actor, event=event.pk, verb=verb, subject_type=subject_type, subject_id=subject_id)
    return event


def subject_of(subject: Model | tuple[str, str]) -> tuple[str, str]:
    """(type, id) as events keep them: `("catalog.dataset", "7")`."""
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    return subject[0], str(subject[1])


@lru_cache(1)
def _salt() -> bytes:
    return keys.secret(settings.KEYS, "digest.key").encode()


def digest(value: str) -> str:
    """HMAC-SHA256 of `value` under the home's own salt: comparable here, meaningless elsewhere."""
    return hmac.new(_salt(), value.encode(), hashlib.sha256).hexdigest()


def canonical(event: Event) -> bytes:
    """The bytes that a seal covers."""
    fields = [
        event.pk,
        event.at.isoformat(),
        event.actor_id,
        event.verb,
        event.subject_type,
        event.subject_id,
        event.data,
    ]
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _link(previous: str, event: Event) -> str:
    return hashlib.sha256(previous.encode() + canonical(event)).hexdigest()


def _stop_writers() -> bool:
    """On PostgreSQL, wait until no transaction holds an unseen event with a lower id (False: could not wait).

    On SQLite writers take turns, so that ids are in commit order already.
    """
    if connection.vendor != "postgresql":
        return True
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            cursor.execute(f"LOCK TABLE {Event._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    except OperationalError:
        return False
    return True


def seal(limit: int = 5000) -> int:
    """Give up to `limit` events their place in the chain, in commit order; returns how many."""
    with transaction.atomic():
        if not _stop_writers():
            return 0
        last = Seal.objects.order_by("-position").first()
        position, previous, after = (last.position, last.digest, last.event_id) if last else (0, GENESIS, 0)
        seals = []
        for event in Event.objects.filter(pk__gt=after).order_by("pk")[:limit]:
            position += 1
            previous = _link(previous, event)
            seals.append(Seal(position=position, event=event, digest=previous))
        Seal.objects.bulk_create(seals, batch_size=300)
    return len(seals)


def _statement(position: int, digest: str, at: str) -> bytes:
    return f"datadam checkpoint\n{position}\n{digest}\n{at}".encode()


def checkpoint() -> Checkpoint | None:
    """Sign where the chain stands; nothing when it has not moved since the last one."""
    with transaction.atomic():
        last = Seal.objects.order_by("-position").first()
        if last is None or Checkpoint.objects.filter(position__gte=last.position).exists():
            return None
        at = clock.now()
        key_id, signature = signing.sign(_statement(last.position, last.digest, at.isoformat()))
        return Checkpoint.objects.create(
            position=last.position, digest=last.digest, at=at, key_id=key_id, signature=signature
        )


def verify_chain() -> list[str]:
    """Walk the chain from its start; every sentence returned is something that should not be."""
    return list(chain(_broken_links(), _broken_checkpoints()))


def _broken_links() -> Iterator[str]:
    position, previous, after = 0, GENESIS, 0
    for seal_ in Seal.objects.select_related("event").order_by("position").iterator(2000):
        position += 1
        if seal_.position != position:
            yield f"the chain has no place {position}: {seal_.position} follows"
            return
        if seal_.event_id <= after:
            yield f"place {position} holds event {seal_.event_id}, which is older than the one before"
        if seal_.digest != _link(previous, seal_.event):
            yield f"event {seal_.event_id} at place {position} is not what was sealed"
            return
        previous, after = seal_.digest, seal_.event_id
    strangers = Event.objects.filter(pk__lte=after).count() - position
    if strangers:
        yield f"{strangers} events stand between sealed ones without a place in the chain"


def _broken_checkpoints() -> Iterator[str]:
    end = Seal.objects.aggregate(end=Max("position"))["end"] or 0
    for point in Checkpoint.objects.order_by("position"):
        statement = _statement(point.position, point.digest, point.at.isoformat())
        if not signing.is_signed(statement, point.key_id, point.signature):
            yield f"the checkpoint at place {point.position} is not signed by this home"
        elif point.position > end:
            yield f"the chain ends at place {end}, before its checkpoint at {point.position}"
        elif Seal.objects.filter(position=point.position).exclude(digest=point.digest).exists():
            yield f"the chain differs from its checkpoint at place {point.position}"
