"""What the dialog shows of the tree of turns: the branch through the head, on to its end, and where it forks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lmd_desktop.domain.scene import Dialog, Turn


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn as it is shown. ``siblings`` are the ids of all turns with the same parent, itself included."""

    turn: Turn
    is_head: bool
    is_ahead: bool
    siblings: tuple[str, ...]

    @property
    def place(self) -> int:
        return self.siblings.index(self.turn.id)


def visible_turns(dialog: Dialog, shown_before: Collection[str] = ()) -> tuple[TurnView, ...]:
    """The turns from the root to the head and, dimmed, those that follow it.

    Where the way ahead forks, the turn that was shown before is kept, else the newest is taken, so that a click on an
    old turn never makes the rest of the dialog vanish.
    """
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
    return tuple(
        TurnView(
            turn=turn,
            is_head=turn.id == dialog.head,
            is_ahead=index >= ahead_from,
            siblings=tuple(other.id for other in children[turn.parent]),
        )
        for index, turn in enumerate(path)
    )


def newest_end(dialog: Dialog, turn_id: str) -> str:
    """The last turn of the branch that goes on from ``turn_id``, newest child first."""
    children: dict[str | None, str] = {turn.parent: turn.id for turn in dialog.turns}
    current = turn_id
    while current in children:
        current = children[current]
    return current
