"""Edits that order several boxes among each other: align, distribute, equal size, one frame around them resized.

Locked boxes stay where they are. If some of the chosen ones are locked, the others go by them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from lmd_desktop.domain.edits import set_rects
from lmd_desktop.domain.layout import MAX_CANVAS, MIN_BOX, MIN_CANVAS, Layout, Rect, Size, clamp_rect

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
    """One edge or centre line of all: that of the locked ones, else of the frame around them; one box: the canvas."""
    boxes = [layout.box(box_id) for box_id in box_ids]
    if not boxes:
        return layout
    locked = [box.rect for box in boxes if box.is_locked]
    frame = bounding_rect(locked or [box.rect for box in boxes])
    if len(boxes) == 1:
        frame = Rect(0, 0, layout.canvas.width, layout.canvas.height)
    moved = {box.id: clamp_rect(_aligned(box.rect, frame, edge), layout.canvas) for box in boxes if not box.is_locked}
    return set_rects(layout, moved)


def distribute_boxes(layout: Layout, box_ids: Sequence[str], axis: Axis) -> Layout:
    """Equal gaps between three boxes or more; the two outermost stay. Negative gaps are even overlaps."""
    boxes = sorted((layout.box(box_id) for box_id in box_ids), key=lambda box: box.rect.centre[axis == "down"])
    if len(boxes) < 3:
        return layout
    first, last = boxes[0].rect, boxes[-1].rect
    inner = boxes[1:-1]
    start = first.right if axis == "across" else first.bottom
    end = last.x if axis == "across" else last.y
    gap = (end - start - sum(_length(box.rect, axis) for box in inner)) / (len(inner) + 1)
    moved: dict[str, Rect] = {}
    place = float(start)
    for box in inner:
        place += gap
        if not box.is_locked:
            rect = replace(box.rect, x=round(place)) if axis == "across" else replace(box.rect, y=round(place))
            moved[box.id] = clamp_rect(rect, layout.canvas)
        place += _length(box.rect, axis)
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
