"""What the dialog shows of the tree of turns: the branch through the head, on to its end, and where it forks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.proposals import Decision, decisions, proposal
from lmd_desktop.domain.scene import Dialog, Plan, Scene, Turn
from lmd_desktop.domain.violations import can_mend


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn as it is shown. ``siblings`` are the ids of all turns with the same parent, itself included.

    ``before`` is the layout that the turn started from. Of the plan that the canvas shows, ``decided`` tells what
    became of each of its changes, and ``mendable`` the places of those violations that one click still puts right.
    """

    turn: Turn
    is_head: bool
    is_ahead: bool
    siblings: tuple[str, ...]
    before: Layout
    decided: tuple[tuple[str, Decision], ...] = ()
    mendable: tuple[int, ...] = ()

    @property
    def place(self) -> int:
        return self.siblings.index(self.turn.id)

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The changes that wait for the person."""
        return tuple(key for key, decision in self.decided if decision is Decision.OPEN)


def visible_turns(
    scene: Scene, shown_before: Collection[str] = (), *, painted: Collection[str | None] = ()
) -> tuple[TurnView, ...]:
    """The turns from the root to the head and, dimmed, those that follow it; ``painted`` are turns with pictures.

    Where the way ahead forks, the turn that was shown before is kept, else the newest is taken, so that a click on an
    old turn never makes the rest of the dialog vanish.
    """
    dialog = scene.dialog
    children: dict[str | None, list[Turn]] = {}
    for turn in dialog.turns:
        children.setdefault(turn.parent, []).append(turn)
    path = list(dialog.path())
    ahead_from = len(path)
    last = path[-1].id if path else None
    while following := children.get(last):
        kept = [turn for turn in following if turn.id in shown_before]
        path.append(kept[-1] if kept else following[-1])
        last = path[-1].id
    plan = proposal(scene)
    before = scene.start
    views: list[TurnView] = []
    for index, turn in enumerate(path):
        is_proposed = plan is not None and turn.id == plan.id
        views.append(
            TurnView(
                turn=turn,
                is_head=turn.id == dialog.head,
                is_ahead=index >= ahead_from,
                siblings=tuple(other.id for other in children[turn.parent]),
                before=before,
                decided=tuple(decisions(scene, plan, painted=painted).items()) if plan and is_proposed else (),
                mendable=mendable_violations(plan, scene.layout) if plan and is_proposed else (),
            )
        )
        before = turn.layout
    return tuple(views)


def undecided_boxes(scene: Scene, *, painted: Collection[str | None] = ()) -> tuple[Box, ...]:
    """The boxes on the canvas that a plan brought or changed and that the person has not decided on."""
    plan = proposal(scene)
    if plan is None or not plan.undecided:
        return ()
    keys = {key for key, decision in decisions(scene, plan, painted=painted).items() if decision is Decision.OPEN}
    return tuple(box for box in scene.layout.boxes if box.id in keys)


def newest_end(dialog: Dialog, turn_id: str) -> str:
    """The last turn of the branch that goes on from ``turn_id``, newest child first."""
    children: dict[str | None, str] = {turn.parent: turn.id for turn in dialog.turns}
    current = turn_id
    while current in children:
        current = children[current]
    return current


def mendable_violations(plan: Plan, now: Layout) -> tuple[int, ...]:
    """The places of those violations of a plan that one click still puts right."""
    fixes = [violation.fix for violation in plan.violations]
    return tuple(i for i, fix in enumerate(fixes) if fix is not None and can_mend(now, fix, plan.layout))
