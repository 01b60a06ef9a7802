"""Every state x transition x role of every registered workflow, run against a real row."""

from dataclasses import replace
from itertools import product

import pytest

from datadam.core.errors import Conflict, NotAllowed, NotFound
from datadam.core.models import Event, Job
from datadam.core.policies import Verdict, refuse
from datadam.core.workflow import Transition, Workflow, workflows
from datadam.web.text import Text

LAMP = Workflow(
    name="lamp",
    states={"off": Text("꺼짐", "Off"), "on": Text("켜짐", "On"), "broken": Text("고장", "Broken")},
    transitions=(
        Transition("light", ("off",), "on", ("keeper", "guest"), Text("켜기", "Light")),
        Transition("put_out", ("on",), "off", ("keeper",), Text("끄기", "Put out")),
        Transition(
            "break", ("off", "on"), "broken", ("keeper",), Text("부수기", "Break"), confirm=Text("예?", "Sure?")
        ),
    ),
    roles_of=lambda actor, obj: set(),
)
ALL = [LAMP, *workflows()]


def as_role(workflow, role):
    """The same table over the column `task` of a job, for somebody who holds `role` only; guards say yes."""
    transitions = tuple(replace(t, guard=None) for t in workflow.transitions)
    return replace(workflow, transitions=transitions, field="task", roles_of=lambda actor, obj: {role})


@pytest.mark.parametrize("workflow", ALL, ids=lambda w: w.name)
def test_every_state_transition_and_role(workflow, db):
    roles = {role for t in workflow.transitions for role in t.roles} | {"nobody"}
    for role, state, t in product(sorted(roles), workflow.states, workflow.transitions):
        job = Job.objects.create(task=state)
        events = Event.objects.count()
        mine, allowed = as_role(workflow, role), role in t.roles
        assert (t.name in [a.name for a in mine.available(job, None)]) == (allowed and state in t.sources)
        if allowed and state in t.sources:
            mine.execute(job, t.name, actor=None)
            assert job.task == t.target
            assert Event.objects.filter(verb=f"{workflow.name}.{t.name}", subject_id=str(job.pk)).count() == 1
        else:
            with pytest.raises(Conflict if allowed else NotAllowed):
                mine.execute(job, t.name, actor=None)
            job.refresh_from_db()
            assert job.task == state and Event.objects.count() == events


@pytest.mark.parametrize("workflow", ALL, ids=lambda w: w.name)
def test_every_state_can_be_reached(workflow):
    reached, targets = set(), {t.target for t in workflow.transitions}
    grown = {s for s in workflow.states if s not in targets} or {next(iter(workflow.states))}
    grown.add(next(iter(workflow.states)))
    while grown != reached:
        reached = set(grown)
        grown |= {t.target for t in workflow.transitions if reached.intersection(t.sources)}
    assert reached == set(workflow.states)


@pytest.mark.parametrize("workflow", ALL, ids=lambda w: w.name)
def test_the_chart_shows_every_transition(workflow):
    chart = workflow.chart()
    assert chart.startswith("stateDiagram-v2\n")
    for t in workflow.transitions:
        assert all(f"    {source} --> {t.target} : {t.label.ko}" in chart for source in t.sources)


def test_a_stale_object_does_not_move_twice(db):
    keeper = as_role(LAMP, "keeper")
    job = Job.objects.create(task="on")
    stale = Job.objects.get(pk=job.pk)
    keeper.execute(job, "put_out", actor=None)
    with pytest.raises(Conflict) as refused:
        keeper.execute(stale, "put_out", actor=None)
    assert refused.value.data == {"state": "off", "transition": "put_out"}
    assert Event.objects.filter(verb="lamp.put_out").count() == 1


def test_changes_go_with_the_move(db):
    job = Job.objects.create(task="off")
    as_role(LAMP, "guest").execute(job, "light", actor=None, changes={"worker": "w"}, lumens=7)
    job.refresh_from_db()
    assert (job.task, job.worker) == ("on", "w")
    assert Event.objects.get().data == {"lumens": 7}


def test_a_guard_gives_its_reason(db):
    table = as_role(LAMP, "guest")
    light = replace(table.transitions[0], guard=lambda obj, actor: refuse("기름이 없습니다.", "There is no oil."))
    guarded = replace(table, transitions=(light, *table.transitions[1:]))
    job = Job.objects.create(task="off")
    assert guarded.available(job, None) == []
    with pytest.raises(NotAllowed, match="no oil"):
        guarded.execute(job, "light", actor=None)
    job.refresh_from_db()
    assert job.task == "off"


def test_an_unknown_transition_is_not_found(db):
    with pytest.raises(NotFound):
        LAMP.execute(Job.objects.create(task="off"), "explode", actor=None)


@pytest.mark.parametrize(
    "change",
    [{"target": "green"}, {"sources": ("green",)}, {"sources": ()}, {"roles": ()}, {"name": "put_out"}],
)
def test_a_table_with_a_mistake_is_refused_at_import(change):
    with pytest.raises(ValueError, match="lamp"):
        replace(LAMP, transitions=(replace(LAMP.transitions[0], **change), *LAMP.transitions[1:]))


def test_a_verdict_reads_as_yes_or_no():
    assert Verdict(True) and not refuse("안", "no")
    with pytest.raises(NotAllowed, match="no"):
        refuse("안", "no").require()
