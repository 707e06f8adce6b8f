"""What a follow-up request leads to, and the small steps that all kinds of them share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from models.starter_world.planner.layout import Box, Layout, Rect, Size
from models.starter_world.planner.references import Reference, refer


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request and the layout that answers it."""

    request: str
    layout: Layout
    kind: str
    touched: frozenset[int] = frozenset()
    demand: str = ""  # what the application says when the request was not done


Draw = Callable[[random.Random, Layout, Size], "Outcome | None"]


def with_locked_kept(before: Layout, after: Layout) -> Layout:
    """Put back what was locked, locked boxes first."""
    locked = tuple(box for box in before.boxes if box.locked)
    ids = {box.id for box in locked}
    return replace(after, boxes=(*locked, *(box for box in after.boxes if box.id not in ids)))


def changed(layout: Layout, ids: Iterable[int], change: Callable[[Box], Box]) -> Layout:
    """The layout with some boxes changed, as far as they are not locked."""
    chosen = set(ids)
    return replace(
        layout, boxes=tuple(change(box) if box.id in chosen and not box.locked else box for box in layout.boxes)
    )


def with_rects(layout: Layout, ids: Iterable[int], change: Callable[[Rect], Rect]) -> Layout:
    """The layout with other rectangles for some boxes."""
    return changed(layout, ids, lambda box: replace(box, rect=change(box.rect)))


def politely(rng: random.Random, request: str) -> str:
    """The request as somebody says it to a person."""
    before = rng.choice(("", "", "", "", "", "", "please ", "now ", "can you ", "could you ", "then ", "ok, ", "and "))
    behind = " please" if rng.random() < 0.04 else ""
    return f"{before}{request}{behind}"


def single(rng: random.Random, layout: Layout) -> Reference | None:
    """One box of the layout in words; None if there is none or no sure words."""
    return refer(rng, layout.boxes, single=True) if layout.boxes else None


def any_of(rng: random.Random, layout: Layout) -> Reference | None:
    """One or several equal boxes in words."""
    return refer(rng, layout.boxes) if layout.boxes else None


def box_of(layout: Layout, reference: Reference) -> Box:
    """The first box that is meant."""
    return next(box for box in layout.boxes if box.id in reference.ids)


def named(layout: Layout, reference: Reference) -> str:
    """A box as the application names it."""
    box = box_of(layout, reference)
    return f'box {box.id} "{box.phrase}"'
