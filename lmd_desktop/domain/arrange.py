"""Edits that order several boxes among each other: align, distribute, equal size, one frame around them resized.

Locked boxes stay where they are. If some of the chosen ones are locked, the others go by them. Grouped boxes are
aligned and distributed as one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from lmd_desktop.domain.edits import set_rects
from lmd_desktop.domain.groups import units
from lmd_desktop.domain.layout import MAX_CANVAS, MIN_BOX, MIN_CANVAS, Box, Layout, Rect, Size, clamp_rect

Edge = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["across", "down"]
EDGES: tuple[Edge, ...] = get_args(Edge)
AXES: tuple[Axis, ...] = get_args(Axis)
CANVAS_STEP = 8  # scene pixels: a side must be a whole number of latent cells


def bounding_rect(rects: Collection[Rect]) -> Rect:
    """The smallest rectangle around all of them; there must be one at least."""
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    right, bottom = max(r.right for r in rects), max(r.bottom for r in rects)
    return Rect(x, y, right - x, bottom - y)


def align_boxes(layout: Layout, box_ids: Sequence[str], edge: Edge) -> Layout:
    """One edge or centre line of all: that of the locked ones, else of the frame around them; one thing: the canvas."""
    things = _things(layout, box_ids)
    if not things:
        return layout
    locked = [thing.frame for thing in things if thing.is_locked]
    frame = bounding_rect(locked or [thing.frame for thing in things])
    if len(things) == 1:
        frame = Rect(0, 0, layout.canvas.width, layout.canvas.height)
    moved: dict[str, Rect] = {}
    for thing in things:
        moved |= thing.put_at(clamp_rect(_aligned(thing.frame, frame, edge), layout.canvas))
    return set_rects(layout, moved)


def distribute_boxes(layout: Layout, box_ids: Sequence[str], axis: Axis) -> Layout:
    """Equal gaps between three boxes or more; the two outermost stay. Negative gaps are even overlaps."""
    things = sorted(_things(layout, box_ids), key=lambda thing: thing.frame.centre[axis == "down"])
    if len(things) < 3:
        return layout
    first, last = things[0].frame, things[-1].frame
    inner = things[1:-1]
    start = first.right if axis == "across" else first.bottom
    end = last.x if axis == "across" else last.y
    gap = (end - start - sum(_length(thing.frame, axis) for thing in inner)) / (len(inner) + 1)
    moved: dict[str, Rect] = {}
    place = float(start)
    for thing in inner:
        place += gap
        at = replace(thing.frame, x=round(place)) if axis == "across" else replace(thing.frame, y=round(place))
        moved |= thing.put_at(clamp_rect(at, layout.canvas))
        place += _length(thing.frame, axis)
    return set_rects(layout, moved)


def equalise_boxes(layout: Layout, box_ids: Sequence[str], *, width: bool, height: bool) -> Layout:
    """The width, the height or both of all boxes as of the first locked one, else of the one selected first.

    Boxes keep their centres where the canvas has room.
    """
    boxes = [layout.box(box_id) for box_id in box_ids]
    if len(boxes) < 2:
        return layout
    model = next((box for box in boxes if box.is_locked), boxes[0]).rect
    sized: dict[str, Rect] = {}
    for box in boxes:
        if not box.is_locked:
            wide = model.width if width else box.rect.width
            high = model.height if height else box.rect.height
            x = box.rect.x + (box.rect.width - wide) // 2
            y = box.rect.y + (box.rect.height - high) // 2
            sized[box.id] = clamp_rect(Rect(x, y, wide, high), layout.canvas)
    return set_rects(layout, sized)


def scaled_rects(rects: Mapping[str, Rect], frame: Rect, canvas: Size) -> dict[str, Rect]:
    """Rectangles carried along while the frame around them becomes ``frame``; edges that touched still touch.

    None becomes smaller than MIN_BOX or leaves the canvas.
    """
    before = bounding_rect(rects.values())
    across, down = frame.width / before.width, frame.height / before.height

    def scaled(rect: Rect) -> Rect:
        left = frame.x + round((rect.x - before.x) * across)
        top = frame.y + round((rect.y - before.y) * down)
        right = frame.x + round((rect.right - before.x) * across)
        bottom = frame.y + round((rect.bottom - before.y) * down)
        return clamp_rect(Rect(left, top, right - left, bottom - top), canvas)

    return {box_id: scaled(rect) for box_id, rect in rects.items()}


def smallest_frame(rects: Collection[Rect]) -> tuple[int, int]:
    """How narrow and how low the frame around these may become before one of them falls below MIN_BOX."""
    frame = bounding_rect(rects)
    narrowest, lowest = min(r.width for r in rects), min(r.height for r in rects)
    return math.ceil(frame.width * MIN_BOX / narrowest), math.ceil(frame.height * MIN_BOX / lowest)


def canvas_of_ratio(canvas: Size, across: int, down: int) -> Size:
    """A canvas of about the same area whose sides are as ``across`` to ``down``, in steps of 8 pixels."""
    area = canvas.width * canvas.height
    return Size(_side(math.sqrt(area * across / down)), _side(math.sqrt(area * down / across)))


@dataclass(frozen=True, slots=True)
class _Thing:
    """A box, or the chosen boxes of a group, and the frame around them; it stays if one of them is locked."""

    boxes: tuple[Box, ...]
    frame: Rect
    is_locked: bool

    def put_at(self, frame: Rect) -> dict[str, Rect]:
        """The rectangles of its boxes when the frame is moved there; none if it stays."""
        dx, dy = frame.x - self.frame.x, frame.y - self.frame.y
        if self.is_locked:
            return {}
        return {box.id: replace(box.rect, x=box.rect.x + dx, y=box.rect.y + dy) for box in self.boxes}


def _things(layout: Layout, box_ids: Sequence[str]) -> list[_Thing]:
    chosen = units([layout.box(box_id) for box_id in box_ids])
    return [
        _Thing(boxes, bounding_rect([box.rect for box in boxes]), any(box.is_locked for box in boxes))
        for boxes in chosen
    ]


def _aligned(rect: Rect, frame: Rect, edge: Edge) -> Rect:
    match edge:
        case "left":
            return replace(rect, x=frame.x)
        case "right":
            return replace(rect, x=frame.right - rect.width)
        case "centre":
            return replace(rect, x=round(frame.centre[0] - rect.width / 2))
        case "top":
            return replace(rect, y=frame.y)
        case "bottom":
            return replace(rect, y=frame.bottom - rect.height)
        case "middle":
            return replace(rect, y=round(frame.centre[1] - rect.height / 2))


def _length(rect: Rect, axis: Axis) -> int:
    return rect.width if axis == "across" else rect.height


def _side(length: float) -> int:
    return min(max(round(length / CANVAS_STEP) * CANVAS_STEP, MIN_CANVAS), MAX_CANVAS)
