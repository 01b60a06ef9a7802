"""States and transitions as data, and the one engine that runs them.

The same table feeds a page's buttons, the API's "what may I do now", the state charts in docs/charts.md and an
exhaustive state x transition x role test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model

from datadam.core import events
from datadam.core.errors import Conflict, NotAllowed, NotFound
from datadam.core.models import Person
from datadam.core.policies import NOT_YOURS, Verdict
from datadam.web.text import Text

Guard = Callable[[Any, Person | None], Verdict]
NOT_NOW = Text(
    "지금 상태({state})에서는 ‘{action}’ 작업을 할 수 없습니다.", "“{action}” is not possible in the state “{state}”."
)


@dataclass(frozen=True)
class Transition:
    """A way from any of `sources` to `target`, for holders of any of `roles`.

    `guard(obj, actor)` may refuse with a reason; `confirm` is asked before it happens.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    label: Text
    guard: Guard | None = None
    confirm: Text | None = None


@dataclass(frozen=True)
class Workflow:
    """The table of one kind of thing. `roles_of(actor, obj)` says what the actor is to the thing."""

    name: str
    states: dict[str, Text]
    transitions: tuple[Transition, ...]
    roles_of: Callable[[Person | None, Any], set[str]]
    field: str = "state"

    def __post_init__(self) -> None:
        names = [t.name for t in self.transitions]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two transitions share a name")
        for t in self.transitions:
            unknown = {*t.sources, t.target} - self.states.keys()
            if unknown or not t.sources or not t.roles:
                raise ValueError(f"{self.name}.{t.name}: unknown states {unknown}, or no source or role")

    def transition(self, name: str) -> Transition:
        """The transition of that name; NotFound otherwise."""
        for t in self.transitions:
            if t.name == name:
                return t
        raise NotFound(Text(f"‘{name}’ 작업은 없습니다.", f"There is no transition “{name}”."))

    def may(self, obj: Model, actor: Person | None, t: Transition) -> Verdict:
        """Whether the actor's role and the guard allow it, whatever the state."""
        if not self.roles_of(actor, obj).intersection(t.roles):
            return Verdict(False, NOT_YOURS)
        return t.guard(obj, actor) if t.guard else Verdict(True)

    def available(self, obj: Model, actor: Person | None) -> list[Transition]:
        """What the actor may do with the thing as it stands."""
        state = getattr(obj, self.field)
        return [t for t in self.transitions if state in t.sources and self.may(obj, actor, t)]

    def execute(
        self, obj: Model, name: str, *, actor: Person | None, changes: dict[str, Any] | None = None, **data: Any
    ) -> None:
        """Move `obj`, together with `changes`, and record the event `<workflow>.<transition>`; refreshes `obj`.

        Raises NotAllowed for the wrong role, Conflict when the stored state is none of the sources.
        """
        t = self.transition(name)
        verdict = self.may(obj, actor, t)
        if not verdict:
            raise NotAllowed(getattr(verdict, "reason", None) or NOT_YOURS)
        with transaction.atomic():
            rows = type(obj)._default_manager.filter(pk=obj.pk, **{f"{self.field}__in": t.sources})
            if rows.update(**{**(changes or {}), self.field: t.target}) != 1:
                raise self._conflict(obj, t)
            events.record(actor=actor, verb=f"{self.name}.{t.name}", subject=obj, **data)
        obj.refresh_from_db()

    def _conflict(self, obj: Model, t: Transition) -> Conflict:
        stored = type(obj)._default_manager.filter(pk=obj.pk).values_list(self.field, flat=True).first()
        state = self.states.get(str(stored), Text("없음", "gone"))
        message = Text(
            NOT_NOW.ko.format(state=state.ko, action=t.label.ko), NOT_NOW.en.format(state=state.en, action=t.label.en)
        )
        return Conflict(message, state=stored, transition=t.name)

    def chart(self) -> str:
        """A Mermaid state diagram of the table."""
        lines = ["stateDiagram-v2", *(f'    state "{text.ko} · {text.en}" as {s}' for s, text in self.states.items())]
        targets = {t.target for t in self.transitions}
        lines += [f"    [*] --> {state}" for state in self.states if state not in targets]
        for t in self.transitions:
            roles = ", ".join(t.roles)
            lines += [f"    {s} --> {t.target} : {t.label.ko} · {t.label.en} ({roles})" for s in t.sources]
        return "\n".join(lines) + "\n"


_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> Workflow:
    """Make the workflow known to the charts and to the exhaustive test."""
    _workflows[workflow.name] = workflow
    return workflow


def workflows() -> list[Workflow]:
    """All registered workflows, by name."""
    return [_workflows[name] for name in sorted(_workflows)]
