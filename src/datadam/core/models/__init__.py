"""State of the core: imported inside core only; other rooms use `core.public`, services and selectors."""

from datadam.core.models.accounts import (
    Attempt,
    IdentityProof,
    Joining,
    MailedLink,
    OutsideLogin,
    Project,
    RecoveryCode,
    SecondFactor,
    SignedIn,
)
from datadam.core.models.desk import CityProfile, Notice, NoticeSetting
from datadam.core.models.events import Checkpoint, Event, Seal
from datadam.core.models.jobs import Heartbeat, Job, Schedule
from datadam.core.models.organisations import Organisation
from datadam.core.models.people import CityRole, Membership, Person, Token

__all__ = [
    "Attempt",
    "Checkpoint",
    "CityProfile",
    "CityRole",
    "Event",
    "Heartbeat",
    "IdentityProof",
    "Job",
    "Joining",
    "MailedLink",
    "Membership",
    "Notice",
    "NoticeSetting",
    "Organisation",
    "OutsideLogin",
    "Person",
    "Project",
    "RecoveryCode",
    "Schedule",
    "Seal",
    "SecondFactor",
    "SignedIn",
    "Token",
]
