"""Geometry that no person would want: put right silently and as little as possible; locked boxes never move.

Only boxes that the planner placed in this answer are touched: what it left alone stays where the person saw it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import product

from lmd_desktop.domain.layout import Box, Layout, Rect, Size, clamp_rect

MAX_OVERLAP = 0.05  # intersection over union of unrelated things; LMD's strict benchmark has the same limit
SAME_PLACE = 0.9  # intersection over union from which on two boxes of one phrase are one
LEAST_SIDE = 24 / 512  # of the canvas's longer side: smaller things cannot be painted
MAX_SHRINK = 0.7
MAX_MOVES = 60


@dataclass(frozen=True, slots=True)
class Repaired:
    """The layout after its repairs, with a sentence for each."""

    layout: Layout
    repairs: tuple[str, ...] = ()


def repair_geometry(
    layout: Layout, before: Layout | None = None, *, related: Collection[frozenset[str]] = ()
) -> Repaired:
    """Bring boxes inside, enlarge tiny ones, merge duplicates, push unrelated things apart.

    ``before`` is the layout that was planned upon; ``related`` are pairs of box ids that may overlap because the
    request says so.
    """
    kept = {box.id: box.rect for box in before.boxes} if before is not None and before.canvas == layout.canvas else {}
    fixed = {box.id for box in layout.boxes if box.is_locked or kept.get(box.id) == box.rect}
    repairs: list[str] = []
    boxes = [_sized(box, layout.canvas, repairs) if box.id not in fixed else box for box in layout.boxes]
    boxes = _without_duplicates(boxes, fixed, repairs)
    boxes = _apart(boxes, layout.canvas, fixed, related, repairs)
    return Repaired(replace(layout, boxes=tuple(boxes)), tuple(repairs)) if repairs else Repaired(layout)


def free_place(layout: Layout, width: int, height: int) -> Rect:
    """Where a new box of this size overlaps the others least; the lowest such place near the middle."""
    canvas = layout.canvas
    width, height = min(width, canvas.width), min(height, canvas.height)
    steps = 12
    places = [
        Rect(round(x * (canvas.width - width) / steps), round(y * (canvas.height - height) / steps), width, height)
        for x, y in product(range(steps + 1), repeat=2)
    ]

    def badness(rect: Rect) -> tuple[float, float]:
        x, y = rect.centre
        distance = abs(x / canvas.width - 0.5) + abs(y / canvas.height - 0.65)
        return sum(intersection(rect, box.rect) for box in layout.boxes), distance

    return min(places, key=badness)


def intersection(one: Rect, other: Rect) -> int:
    """The area that two rectangles share, in square pixels."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(across, 0) * max(down, 0)


def overlap(one: Rect, other: Rect) -> float:
    """Intersection over union, 0 to 1."""
    shared = intersection(one, other)
    return shared / (one.width * one.height + other.width * other.height - shared) if shared else 0.0


def _sized(box: Box, canvas: Size, repairs: list[str]) -> Box:
    least = round(LEAST_SIDE * max(canvas.width, canvas.height))
    rect = clamp_rect(box.rect, canvas)
    if rect != box.rect:
        repairs.append(f"“{box.phrase}” was brought inside the canvas.")
    if min(rect.width, rect.height) < min(least, canvas.width, canvas.height):
        width, height = max(rect.width, least), max(rect.height, least)
        grown = Rect(rect.x - (width - rect.width) // 2, rect.y - (height - rect.height) // 2, width, height)
        rect = clamp_rect(grown, canvas)
        repairs.append(f"“{box.phrase}” was too small to be painted and was enlarged.")
    return replace(box, rect=rect)


def _without_duplicates(boxes: list[Box], fixed: set[str], repairs: list[str]) -> list[Box]:
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.id not in fixed):
        twins = [
            o for o in kept if o.phrase.casefold() == box.phrase.casefold() and overlap(o.rect, box.rect) > SAME_PLACE
        ]
        if twins and box.id not in fixed:
            repairs.append(f"“{box.phrase}” was there twice in the same place; one was left out.")
        else:
            kept.append(box)
    return [box for box in boxes if box in kept]


def _apart(
    boxes: list[Box], canvas: Size, fixed: set[str], related: Collection[frozenset[str]], repairs: list[str]
) -> list[Box]:
    """Move or shrink one box of each clashing pair as little as possible, to where it clashes with nothing."""
    moved: set[str] = set()
    for _ in range(MAX_MOVES):
        clash = _first_clash(boxes, fixed, related)
        if clash is None:
            break
        options = [
            (_distance(box.rect, rect), index, rect)
            for index in clash
            if (box := boxes[index]).id not in fixed
            for rect in _ways_out(box.rect, [b for i, b in enumerate(boxes) if i != index], canvas, box, related)
        ]
        if not options:
            # Nothing helps here: leave this pair as it is and look at the others.
            related = [*related, frozenset((boxes[clash[0]].id, boxes[clash[1]].id))]
            continue
        _, index, rect = min(options, key=lambda option: option[:2])
        moved.add(boxes[index].id)
        boxes = [replace(box, rect=rect) if i == index else box for i, box in enumerate(boxes)]
    repairs += [f"“{box.phrase}” was moved off another thing." for box in boxes if box.id in moved]
    return boxes


def _first_clash(boxes: list[Box], fixed: set[str], related: Collection[frozenset[str]]) -> tuple[int, int] | None:
    for first, second in product(range(len(boxes)), repeat=2):
        one, other = boxes[first], boxes[second]
        if first < second and not {one.id, other.id} <= fixed and _clashes(one, other.rect, other, related):
            return first, second
    return None


def _clashes(one: Box, rect: Rect, other: Box, related: Collection[frozenset[str]]) -> bool:
    """Whether two things lie upon each other without reason."""
    return overlap(one.rect, rect) > MAX_OVERLAP and frozenset((one.id, other.id)) not in related


def _ways_out(rect: Rect, others: list[Box], canvas: Size, box: Box, related: Collection[frozenset[str]]) -> list[Rect]:
    """Places beside the others, inside the canvas, where the box clashes with none of them; smaller ones as well."""
    edges_x = {rect.x} | {edge for o in others for edge in (o.rect.x - rect.width, o.rect.right)}
    edges_y = {rect.y} | {edge for o in others for edge in (o.rect.y - rect.height, o.rect.bottom)}
    places = [replace(rect, x=x, y=y) for x in edges_x for y in edges_y]
    inside = [place for place in places if place == clamp_rect(place, canvas)]
    smaller = [
        narrowed
        for other in others
        for narrowed in _narrowed(rect, other.rect)
        if narrowed.width >= MAX_SHRINK * rect.width and narrowed.height >= MAX_SHRINK * rect.height
    ]
    return [
        place
        for place in (*inside, *smaller)
        if place != rect and all(_may_stay(replace(box, rect=place), rect, other, related) for other in others)
    ]


def _may_stay(moved: Box, from_rect: Rect, other: Box, related: Collection[frozenset[str]]) -> bool:
    """Whether a box in its new place clashes with none, and lies upon no thing that it did not lie upon before."""
    if overlap(from_rect, other.rect) <= MAX_OVERLAP < overlap(moved.rect, other.rect):
        return False
    return not _clashes(moved, other.rect, other, related)


def _narrowed(rect: Rect, other: Rect) -> tuple[Rect, ...]:
    """What is left of a rectangle on each side of another one."""
    return (
        replace(rect, width=other.x - rect.x),
        replace(rect, x=other.right, width=rect.right - other.right),
        replace(rect, height=other.y - rect.y),
        replace(rect, y=other.bottom, height=rect.bottom - other.bottom),
    )


def _distance(one: Rect, other: Rect) -> float:
    """How much a person would notice: the way of the centre, and the lost area in pixels of a side."""
    (x, y), (to_x, to_y) = one.centre, other.centre
    return abs(x - to_x) + abs(y - to_y) + (one.width - other.width) + (one.height - other.height)
