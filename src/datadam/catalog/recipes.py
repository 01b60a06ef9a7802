"""The cleaning steps of a dataset: kept as versions, applied to each new file.

A step is {code, column (or absent: all), applied: bool}. Steps come from the proposals of the first file and from what
the steward decided since; a proposal no step speaks of is applied. Corrections are steps too, each of a `column` by its
name in the file: rename {to}, retype {type}, drop, protect {action, kind, to}, missing {tokens}, describe {text, unit}
(see `recipe_text`). The step `{"code": "*", "applied": False}` alone means the file is to be taken literally.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from datadam.catalog.models import Dataset, Recipe, Release
from datadam.catalog.recipe_text import HEADS, checked
from datadam.core.public import Actor

if TYPE_CHECKING:
    from datadam.lake.types import Proposal

__all__ = [
    "LITERAL", "Policy", "Step", "as_policy", "checked", "corrected", "current", "decided", "follow", "holds",
    "policy", "write",
]  # fmt: skip

Step = dict[str, Any]
Policy = str | list[Step]
LITERAL: list[Step] = [{"code": "*", "applied": False}]


def current(dataset: Dataset) -> Recipe | None:
    """The newest version."""
    return dataset.recipes.order_by("-version").first()


def policy(recipe: Recipe | None) -> Policy:
    """What the lake is told: "apply" without a recipe, "none" for a literal one, otherwise its steps."""
    return "apply" if recipe is None else as_policy(recipe.steps)


def as_policy(steps: list[Step]) -> Policy:
    """Steps as the lake wants them."""
    return "none" if steps == LITERAL else list(steps)


def decided(steps: Iterable[Step], decisions: Mapping[str, bool]) -> list[Step]:
    """The steps with decisions ("code" or "code:column" → apply?) put in; a decision for a code covers its columns."""
    result = [step for step in steps if step.get("code") != "*" and not _overruled(step, decisions)]
    for key, applied in decisions.items():
        code, _, column = key.partition(":")
        result.append({"code": code, **({"column": column} if column else {}), "applied": bool(applied)})
    return result


def _overruled(step: Step, decisions: Mapping[str, bool]) -> bool:
    return step["code"] in decisions or f"{step['code']}:{step.get('column')}" in decisions


def corrected(steps: Iterable[Step], corrections: Iterable[Step], columns: Iterable[str]) -> list[Step]:
    """The steps with all corrections of these columns (by their names in the file) replaced by the given ones."""
    about = set(columns)
    mine = HEADS.keys() - {"protect"}  # which is decided about, not corrected
    kept = [step for step in steps if not (step["code"] in mine and step.get("column") in about)]
    return checked([*kept, *corrections])


def of_proposals(proposals: Iterable["Proposal"]) -> list[Step]:
    """The steps that do to the next file what was done to this one."""
    steps: list[Step] = []
    for proposal in proposals:
        column = {"column": proposal.column} if proposal.column else {}
        step: Step = {"code": proposal.code, **column, "applied": proposal.applied}
        if step not in steps:
            steps.append(step)
    return steps


def steps_for(given: Policy | None, proposals: Iterable["Proposal"]) -> list[Step]:
    """The steps that stand for what a person asked, or for what was proposed."""
    if given == "none":
        return LITERAL
    return given if isinstance(given, list) else of_proposals(proposals)


def follow(dataset: Dataset, proposals: Iterable["Proposal"], given: Policy | None, *, actor: Actor | None) -> Recipe:
    """The recipe a release is made with: the current one; the next version when there is none or another is asked."""
    now = current(dataset)
    if now is not None and (given is None or given == policy(now)):
        return now
    return write(dataset, steps_for(given, proposals), actor=actor)


def write(dataset: Dataset, steps: list[Step], *, actor: Actor | None) -> Recipe:
    """The next version, or the current one when it says the same."""
    now = current(dataset)
    if now is not None and now.steps == steps:
        return now
    version = now.version + 1 if now else 1
    return Recipe.objects.create(dataset=dataset, version=version, steps=steps, created_by=actor)


def holds(dataset: Dataset, release: Release, given: Policy | None) -> bool:
    """Whether the release was made with what would be applied now."""
    now = current(dataset)
    same = now is None or release.recipe_id == now.pk
    if given is None or now is None:
        return same
    if given == "apply":
        return same and policy(now) != "none" and all(step.get("applied", True) for step in now.steps)
    return same and (given == policy(now))
