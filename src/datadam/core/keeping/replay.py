"""The last part of a restore, in a process of its own whose home is the restored one: `-m datadam.core.keeping.replay`.

Brings the tables up to this version, destroys again what was destroyed, lets go of what is in no backup, and verifies.
"""

import json
import sys
from pathlib import Path
from typing import Any

import django


def put_in_order(lists: list[Path], source: dict[str, Any]) -> dict[str, Any]:
    """What was done, by kind, and what `verify` finds."""
    from django.contrib.sessions.models import Session
    from django.db import transaction

    from datadam.core import events, extensions, home, verification
    from datadam.core.keeping import destructions
    from datadam.core.models import Heartbeat, Job

    home.make_ready()
    lines = destructions.read(lists)
    destroyed = [name for hook in extensions.hooks("replay") for name in hook(lines=lines)]
    discarded = [name for hook in extensions.hooks("restored") for name in hook()]
    with transaction.atomic():
        given_back = Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.READY, worker="", progress=0.0)
        Session.objects.all().delete()
        Heartbeat.objects.all().delete()
        facts = {"destroyed": len(destroyed), "discarded": len(discarded), "jobs": given_back}
        events.record(actor=None, verb="home.restored", subject=("home", "1"), **source, **facts)
    report = verification.verify()
    return {
        "destroyed": destroyed,
        "discarded": discarded,
        "jobs": given_back,
        "problems": report["problems"],
        "events": report["events"],
    }


if __name__ == "__main__":
    django.setup()
    source, *paths = sys.argv[1:]
    report = put_in_order([Path(path) for path in paths], json.loads(source))
    print(json.dumps(report, ensure_ascii=False))
