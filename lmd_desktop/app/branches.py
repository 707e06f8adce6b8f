"""The branches of a dialog as a compact tree: every fork, no turn in between."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lmd_desktop.domain.scene import Dialog, Request, Turn


@dataclass(frozen=True, slots=True)
class Branch:
    """Turns in a row. ``parent`` is the turn it left, None at the root; ``depth`` 0 is the main line.

    ``request`` is the first thing that was asked for in it, ``hits`` how many of its turns a search has found.
    """

    first: Turn
    tip: Turn
    parent: str | None
    depth: int
    turns: int
    request: Request | None
    has_head: bool
    hits: int = 0


def branches(dialog: Dialog, found: Collection[str] = ()) -> tuple[Branch, ...]:
    """All branches, each followed by those that leave it, in the order in which they leave.

    At a fork the child with the most turns after it goes on, of equals the newest; the others start branches. So no
    branch lies deeper than the logarithm of the number of turns (heavy paths: Sleator and Tarjan 1983, section 3).
    """
    children: dict[str | None, list[Turn]] = {}
    for turn in dialog.turns:
        children.setdefault(turn.parent, []).append(turn)
    sizes: dict[str, int] = {}
    for turn in reversed(dialog.turns):  # a parent stands before its children
        sizes[turn.id] = 1 + sum(sizes[child.id] for child in children.get(turn.id, ()))
    result: list[Branch] = []
    found = frozenset(found)
    waiting: list[tuple[Turn, int]] = []
    _wait(waiting, children.get(None, []), sizes, depth=0, keeps_heaviest=True)
    while waiting:
        first, depth = waiting.pop()
        row = [first]
        forks: list[tuple[list[Turn], Turn]] = []
        while following := children.get(row[-1].id):
            heaviest = _heaviest(following, sizes)
            forks.append((following, heaviest))
            row.append(heaviest)
        result.append(
            Branch(
                first=first,
                tip=row[-1],
                parent=first.parent,
                depth=depth,
                turns=len(row),
                request=next((turn for turn in row if isinstance(turn, Request)), None),
                has_head=any(turn.id == dialog.head for turn in row),
                hits=sum(turn.id in found for turn in row) if found else 0,
            )
        )
        for following, heaviest in reversed(forks):
            others = [turn for turn in following if turn is not heaviest]
            _wait(waiting, others, sizes, depth=depth + 1)
    return tuple(result)


def _wait(
    waiting: list[tuple[Turn, int]],
    turns: list[Turn],
    sizes: dict[str, int],
    *,
    depth: int,
    keeps_heaviest: bool = False,
) -> None:
    """Put branches on the stack so that they come off in their order; of several roots the heaviest comes first."""
    heaviest = _heaviest(turns, sizes) if turns and keeps_heaviest else None
    waiting += [(turn, depth) for turn in reversed(turns) if turn is not heaviest]
    if heaviest is not None:
        waiting.append((heaviest, depth))


def _heaviest(turns: list[Turn], sizes: dict[str, int]) -> Turn:
    return max(reversed(turns), key=lambda turn: sizes[turn.id])
