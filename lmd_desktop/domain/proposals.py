"""What a plan changed, thing by thing, and what the person said to it: accepted, rejected, or not decided yet.

A change is named by a key: the id of a box, or ``:background`` or ``:negative`` for the prompts. What is not decided on
is drawn dashed. A hand edit of the same thing decides, and so does everything that builds on the plan: the next request
and a picture of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.requests import PlanResult
from lmd_desktop.domain.scene import CanvasEdit, Plan, Scene, add_turn, change_turn

BACKGROUND, NEGATIVE = ":background", ":negative"


class Decision(Enum):
    """``CHANGED``: the person made something else of it by hand."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two layouts; None is where it was not there. Prompts are text."""

    key: str
    before: Box | str | None
    after: Box | str | None


def changes_between(before: Layout, after: Layout) -> tuple[Change, ...]:
    """Added, removed and changed boxes in the order of ``after`` (removed ones last), then the prompts."""
    old = {box.id: box for box in before.boxes}
    new = {box.id: box for box in after.boxes}
    keys = [box.id for box in after.boxes if old.get(box.id) != box]
    keys += [box.id for box in before.boxes if box.id not in new]
    changes = [Change(key, old.get(key), new.get(key)) for key in keys]
    prompts = (
        Change(BACKGROUND, before.background_prompt, after.background_prompt),
        Change(NEGATIVE, before.negative_prompt, after.negative_prompt),
    )
    return (*changes, *(change for change in prompts if change.before != change.after))


def add_answer(scene: Scene, result: PlanResult, *, notes: tuple[str, ...] = (), is_decided: bool = False) -> Scene:
    """The planner's answer becomes the head turn; unless ``is_decided``, each of its changes waits for a decision."""
    keys = () if is_decided else tuple(change.key for change in changes_between(scene.layout, result.layout))
    plan = Plan(
        id="",
        parent=None,
        layout=result.layout,
        raw=result.raw,
        model=result.model,
        model_sha256=result.model_sha256,
        seed=result.seed,
        notes=(*result.notes, *notes),
        answers=result.answers if len(result.answers) > 1 else (),
        repairs=result.repairs,
        asked_again=result.asked_again,
        violations=result.violations,
        undecided=keys,
    )
    return add_turn(scene, plan)


def proposal(scene: Scene) -> Plan | None:
    """The plan that the canvas shows, perhaps with hand edits on top; None once a request was built on it."""
    by_id = {turn.id: turn for turn in scene.dialog.turns}
    current = scene.dialog.head
    while current is not None:
        turn = by_id[current]
        if not isinstance(turn, CanvasEdit):
            return turn if isinstance(turn, Plan) else None
        current = turn.parent
    return None


def decisions(scene: Scene, plan: Plan, *, painted: Collection[str | None] = ()) -> dict[str, Decision]:
    """What became of each change of a plan, as the canvas is now.

    ``painted`` are the turns that have pictures: a plan that was painted is accepted, and so is one that was edited and
    then painted.
    """
    before, now = scene.layout_at(plan.parent), scene.layout
    is_settled = bool(plan.undecided) and _is_painted(scene, plan, painted)
    result: dict[str, Decision] = {}
    for change in changes_between(before, plan.layout):
        value = _value(now, change.key)
        if value == change.after:
            is_open = change.key in plan.undecided and not is_settled
            result[change.key] = Decision.OPEN if is_open else Decision.ACCEPTED
        else:
            result[change.key] = Decision.REJECTED if value == change.before else Decision.CHANGED
    return result


def accept(scene: Scene, plan_id: str, keys: Collection[str]) -> Scene:
    """The person agrees to these changes of a plan."""
    plan = scene.dialog.turn(plan_id)
    if not isinstance(plan, Plan):
        return scene
    return change_turn(scene, replace(plan, undecided=tuple(key for key in plan.undecided if key not in keys)))


def reject(layout: Layout, before: Layout, keys: Collection[str]) -> Layout:
    """The layout with these things as in ``before``: added boxes go, removed ones come back to their place."""
    for key in keys:
        match _value(before, key):
            case Box() as box if layout.has_box(key):
                boxes = tuple(box if other.id == key else other for other in layout.boxes)
                layout = replace(layout, boxes=boxes)
            case Box() as box:
                layout = _inserted(layout, before, box)
            case None:
                layout = replace(layout, boxes=tuple(box for box in layout.boxes if box.id != key))
            case str() as text if key == BACKGROUND:
                layout = replace(layout, background_prompt=text)
            case str() as text:
                layout = replace(layout, negative_prompt=text)
    return layout


def has_new_order(before: Layout, after: Layout) -> bool:
    """Whether boxes that are in both stand in another z order."""
    old, new = [box.id for box in before.boxes], [box.id for box in after.boxes]
    return [i for i in old if i in new] != [i for i in new if i in old]


def _value(layout: Layout, key: str) -> Box | str | None:
    if key == BACKGROUND:
        return layout.background_prompt
    if key == NEGATIVE:
        return layout.negative_prompt
    return next((box for box in layout.boxes if box.id == key), None)


def _inserted(layout: Layout, before: Layout, box: Box) -> Layout:
    """Above the nearest box that lay below it then and is still there."""
    below = [other.id for other in before.boxes]
    below = below[: below.index(box.id)]
    place = max((i + 1 for i, other in enumerate(layout.boxes) if other.id in below), default=0)
    return replace(layout, boxes=(*layout.boxes[:place], box, *layout.boxes[place:]))


def _is_painted(scene: Scene, plan: Plan, painted: Collection[str | None]) -> bool:
    path = [turn.id for turn in scene.dialog.path()]
    return any(turn_id in painted for turn_id in path[path.index(plan.id) :]) if plan.id in path else False
