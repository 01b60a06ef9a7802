"""State of the core: imported inside core only; other rooms use `core.public`, services and selectors."""

from datadam.core.models.events import Checkpoint, Event, Seal
from datadam.core.models.jobs import Heartbeat, Job, Schedule
from datadam.core.models.organisations import Organisation
from datadam.core.models.people import CityRole, LoginAttempt, Membership, Person, Token

__all__ = [
    "Checkpoint",
    "CityRole",
    "Event",
    "Heartbeat",
    "Job",
    "LoginAttempt",
    "Membership",
    "Organisation",
    "Person",
    "Schedule",
    "Seal",
    "Token",
]
