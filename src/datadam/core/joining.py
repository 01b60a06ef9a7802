"""Asking to join an organisation, or to found a firm: the states, and who decides."""

from datadam.core.models import Joining, Person
from datadam.core.selectors import city_roles, membership_role
from datadam.core.workflow import Transition, Workflow, register
from datadam.web.text import Text


def roles(actor: Person | None, joining: Joining) -> set[str]:
    """What the actor is to a request: applicant, admin of the organisation, officer or operator of the city."""
    if actor is None:
        return set()
    held = city_roles(actor) & {"officer", "operator"}
    if joining.person_id == actor.pk:
        held.add("applicant")
    if joining.organisation and membership_role(actor, joining.organisation) == "admin":
        held.add("admin")
    return held


DECIDERS = ("admin", "officer", "operator")
STATES = {
    "waiting": Text("결정 대기", "Waiting"),
    "accepted": Text("받아들임", "Accepted"),
    "refused": Text("거절", "Refused"),
    "withdrawn": Text("취소", "Withdrawn"),
}
JOINING = register(
    Workflow(
        name="joining",
        states=STATES,
        transitions=(
            Transition("accept", ("waiting",), "accepted", DECIDERS, Text("받아들이기", "Accept")),
            Transition("refuse", ("waiting",), "refused", DECIDERS, Text("거절", "Refuse")),
            Transition("withdraw", ("waiting",), "withdrawn", ("applicant",), Text("신청 취소", "Withdraw")),
        ),
        roles_of=roles,
    )
)
