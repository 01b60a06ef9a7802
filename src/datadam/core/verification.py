"""`datadam verify`: what must hold, checked against what is stored."""

from typing import Any

from datadam.core import events, extensions, triggers
from datadam.core.models import Checkpoint, Event, Seal


def verify() -> dict[str, Any]:
    """Counts, and a sentence for everything that is not as it must be."""
    problems = [*triggers.missing(), *events.verify_chain()]
    for check in extensions.hooks("verify"):
        problems += check()
    return {
        "problems": problems,
        "events": Event.objects.count(),
        "sealed": Seal.objects.count(),
        "checkpoints": Checkpoint.objects.count(),
    }
