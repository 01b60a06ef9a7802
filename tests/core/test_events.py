"""Events only grow, and the chain shows every change."""

import hashlib

import pytest
from django.db import DatabaseError, connection, transaction

from datadam.core import events, extensions, triggers, verification
from datadam.core.models import Checkpoint, Event, Seal
from datadam.web.text import Text

TABLES = ("core_event", "core_seal", "core_checkpoint")


def write(count, **data):
    with transaction.atomic():
        return [events.record(actor=None, verb="test.done", subject=("test", str(n)), **data) for n in range(count)]


@pytest.fixture
def chain(db):
    written = write(5, n=1)
    assert events.seal() == 5
    return written, events.checkpoint()


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(chain, table, statement):
    column = {"core_event": "verb", "core_seal": "digest", "core_checkpoint": "digest"}[table]
    before = [list(model.objects.values()) for model in (Event, Seal, Checkpoint)]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(statement.format(table, column, "'x'"))
    assert [list(model.objects.values()) for model in (Event, Seal, Checkpoint)] == before


def test_a_missing_trigger_is_noticed(chain):
    assert triggers.missing() == []
    on = "" if connection.vendor == "sqlite" else " ON core_event"
    execute(f"DROP TRIGGER core_event_no_update{on}")
    assert triggers.missing() == ["trigger core_event_no_update is missing"]


def test_an_event_needs_a_transaction(transactional_db):
    with pytest.raises(RuntimeError):
        events.record(actor=None, verb="test.done", subject=("test", "1"))
    assert not Event.objects.exists()


def test_a_rolled_back_change_leaves_no_event(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.record(actor=None, verb="test.done", subject=("test", "1"))
        raise ZeroDivisionError
    assert not Event.objects.exists()


def test_the_chain_holds_and_grows(chain):
    assert events.verify_chain() == []
    write(3)
    assert events.seal() == 3 and events.seal() == 0
    assert list(Seal.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 9))
    assert events.checkpoint().position == 8
    assert events.checkpoint() is None
    assert events.verify_chain() == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE core_event SET verb = 'test.undone' WHERE id = {0}",
        "UPDATE core_event SET actor_id = 7 WHERE id = {0}",
        "UPDATE core_seal SET digest = 'x' WHERE position = 2",
        "UPDATE core_checkpoint SET position = 4",
        "DELETE FROM core_seal WHERE position = 5",
        "DELETE FROM core_seal WHERE position = 2",
    ],
)
def test_tampering_is_seen(chain, tampering):
    triggers.remove()
    execute(tampering.format(*(event.pk for event in chain[0])))
    assert events.verify_chain()


def test_an_event_slipped_in_is_seen(chain):
    first = chain[0][0]
    Event.objects.create(pk=first.pk - 1000, verb="test.slipped", subject_type="test", subject_id="1")
    triggers.remove()
    execute("DELETE FROM core_checkpoint")
    assert events.verify_chain() == ["1 events stand between sealed ones without a place in the chain"]


def test_a_rewritten_chain_does_not_fit_its_checkpoint(chain):
    triggers.remove()
    execute(f"UPDATE core_event SET verb = 'test.undone' WHERE id = {chain[0][0].pk}")
    execute("DELETE FROM core_seal")
    assert events.seal() == 5
    assert events.verify_chain() == ["the chain differs from its checkpoint at place 5"]


def test_a_forged_checkpoint_is_seen(chain):
    last = Seal.objects.order_by("-position")[0]
    write(1)
    events.seal()
    Checkpoint.objects.create(position=6, digest=last.digest, key_id=chain[1].key_id, signature=chain[1].signature)
    assert events.verify_chain() == ["the checkpoint at place 6 is not signed by this home"]


def test_verify_asks_every_room(chain, monkeypatch):
    monkeypatch.setitem(extensions._hooks, "verify", [lambda deep: [Text("지하실이 젖었습니다", "the cellar is wet")]])
    report = verification.verify()
    assert "지하실이 젖었습니다" in report["problems"]
    assert (report["events"], report["sealed"], report["checkpoints"]) == (5, 5, 1)


def test_digests_are_salted_and_stable():
    assert events.digest("홍길동") == events.digest("홍길동") != events.digest("홍길순")
    assert events.digest("홍길동") != hashlib.sha256("홍길동".encode()).hexdigest()
