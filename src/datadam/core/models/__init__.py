"""State of the core: imported inside core only; other rooms use `core.public`, services and selectors."""

from datadam.core.models.desk import CityProfile, Notice, NoticeSetting
from datadam.core.models.events import Checkpoint, Event, Seal
from datadam.core.models.jobs import Job, Schedule
from datadam.core.models.organisations import Organisation
from datadam.core.models.people import CityRole, LoginAttempt, Membership, Person, Token

__all__ = [
    "Checkpoint",
    "CityProfile",
    "CityRole",
    "Event",
    "Job",
    "LoginAttempt",
    "Membership",
    "Notice",
    "NoticeSetting",
    "Organisation",
    "Person",
    "Schedule",
    "Seal",
    "Token",
]
