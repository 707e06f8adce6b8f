"""Everything that a hand can do to a layout: pure functions Layout -> Layout that raise UserError on what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.groups import next_group
from lmd_desktop.domain.layout import (
    Box,
    Layout,
    Rect,
    Size,
    check_canvas,
    check_rect,
    clamp_rect,
    clean_line,
    clean_phrase,
    colour_for,
    next_box_id,
    scale_layout,
)

DUPLICATE_OFFSET = 16


def set_rect(layout: Layout, box_id: str, rect: Rect) -> Layout:
    """Put a box somewhere else, with any size; the rectangle must lie inside the canvas."""
    check_rect(rect, layout.canvas)
    return _changed(layout, (box_id,), lambda box: replace(box, rect=rect))


def set_rects(layout: Layout, rects: dict[str, Rect]) -> Layout:
    """Put several boxes somewhere else at once (one drag of a selection)."""
    for rect in rects.values():
        check_rect(rect, layout.canvas)
    return _changed(layout, rects.keys(), lambda box: replace(box, rect=rects[box.id]))


def move_box(layout: Layout, box_id: str, x: int, y: int) -> Layout:
    """Move the top left corner of a box to (x, y)."""
    rect = layout.box(box_id).rect
    return set_rect(layout, box_id, replace(rect, x=x, y=y))


def resize_box(layout: Layout, box_id: str, width: int, height: int) -> Layout:
    """Change the size of a box; its top left corner stays."""
    rect = layout.box(box_id).rect
    return set_rect(layout, box_id, replace(rect, width=width, height=height))


def nudge_boxes(layout: Layout, box_ids: Collection[str], dx: int, dy: int) -> Layout:
    """Move boxes together by (dx, dy), stopping at the edge of the canvas so that their distances stay."""
    rects = [layout.box(box_id).rect for box_id in box_ids]
    if not rects:
        return layout
    dx = min(max(dx, -min(r.x for r in rects)), layout.canvas.width - max(r.right for r in rects))
    dy = min(max(dy, -min(r.y for r in rects)), layout.canvas.height - max(r.bottom for r in rects))

    def moved(box: Box) -> Box:
        return replace(box, rect=replace(box.rect, x=box.rect.x + dx, y=box.rect.y + dy))

    return _changed(layout, box_ids, moved)


def rename_box(layout: Layout, box_id: str, phrase: str) -> Layout:
    """Say what a box shows."""
    cleaned = _phrase(phrase)
    return _changed(layout, (box_id,), lambda box: replace(box, phrase=cleaned))


def add_box(layout: Layout, phrase: str, rect: Rect) -> Layout:
    """A new box on top of the others; its id is ``layout.boxes[-1].id`` of the result."""
    check_rect(rect, layout.canvas)
    box_id = next_box_id(layout)
    box = Box(id=box_id, phrase=_phrase(phrase), rect=rect, colour=colour_for(box_id))
    return replace(layout, boxes=(*layout.boxes, box))


def paste_boxes(layout: Layout, boxes: Collection[Box], dx: int = 0, dy: int = 0) -> Layout:
    """Copies of boxes (perhaps of another scene), shifted, unlocked and kept inside the canvas, on top.

    Boxes that are grouped are a new group of their own.
    """
    result = layout
    groups = _new_groups(layout, boxes)
    for box in boxes:
        rect = clamp_rect(replace(box.rect, x=box.rect.x + dx, y=box.rect.y + dy), layout.canvas)
        box_id = next_box_id(result)
        group = groups.get(box.group, "")
        copy = replace(box, id=box_id, rect=rect, colour=colour_for(box_id), is_locked=False, group=group)
        result = replace(result, boxes=(*result.boxes, copy))
    return result


def duplicate_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """Copies of boxes of this layout, a little to the lower right."""
    boxes = [layout.box(box_id) for box_id in box_ids]
    return paste_boxes(layout, boxes, DUPLICATE_OFFSET, DUPLICATE_OFFSET)


def delete_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """Take boxes away."""
    for box_id in box_ids:
        layout.box(box_id)
    return replace(layout, boxes=tuple(box for box in layout.boxes if box.id not in box_ids))


def lock_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """The planner must give these boxes back unchanged."""
    return _changed(layout, box_ids, lambda box: replace(box, is_locked=True))


def unlock_boxes(layout: Layout, box_ids: Collection[str]) -> Layout:
    """The planner may change these boxes again."""
    return _changed(layout, box_ids, lambda box: replace(box, is_locked=False))


def hide_boxes(layout: Layout, box_ids: Collection[str], *, is_hidden: bool) -> Layout:
    """Hidden boxes are not drawn on the canvas; they are still planned and rendered."""
    return _changed(layout, box_ids, lambda box: replace(box, is_hidden=is_hidden))


def enable_boxes(layout: Layout, box_ids: Collection[str], *, is_enabled: bool) -> Layout:
    """Disabled boxes stay in the scene and are left out of the picture."""
    return _changed(layout, box_ids, lambda box: replace(box, is_enabled=is_enabled))


def set_box_negative(layout: Layout, box_id: str, negative: str) -> Layout:
    """What this box must not show."""
    return _changed(layout, (box_id,), lambda box: replace(box, negative=clean_line(negative)))


def set_box_seed(layout: Layout, box_id: str, seed: int | None) -> Layout:
    """The box's own seed; None derives one from the picture's seed."""
    return _changed(layout, (box_id,), lambda box: replace(box, seed=seed))


def set_box_strength(layout: Layout, box_id: str, strength: float) -> Layout:
    """How strongly guidance pulls this thing into its box; 0 to 2, 1 is normal."""
    if not 0.0 <= strength <= 2.0:
        raise UserError(
            f"A strength of {strength} is not possible.", "It must be from 0 to 2.", exit_code=ExitCode.USAGE
        )
    return _changed(layout, (box_id,), lambda box: replace(box, strength=strength))


def reorder_box(layout: Layout, box_id: str, index: int) -> Layout:
    """Move a box to a place in the z order; 0 is the lowest."""
    box = layout.box(box_id)
    rest = [other for other in layout.boxes if other.id != box_id]
    index = min(max(index, 0), len(rest))
    return replace(layout, boxes=(*rest[:index], box, *rest[index:]))


def set_background(layout: Layout, text: str) -> Layout:
    """What is behind the boxes."""
    return replace(layout, background_prompt=clean_line(text))


def set_negative(layout: Layout, text: str) -> Layout:
    """What the picture must not show."""
    return replace(layout, negative_prompt=clean_line(text))


def set_canvas(layout: Layout, canvas: Size) -> Layout:
    """Another canvas size; the boxes are carried along."""
    check_canvas(canvas)
    return scale_layout(layout, canvas)


def _changed(layout: Layout, box_ids: Collection[str], change: Callable[[Box], Box]) -> Layout:
    for box_id in box_ids:
        layout.box(box_id)
    boxes = tuple(change(box) if box.id in box_ids else box for box in layout.boxes)
    return replace(layout, boxes=boxes)


def _new_groups(layout: Layout, boxes: Collection[Box]) -> dict[str, str]:
    """What the groups of boxes that come in are called here; a single box of one comes without it."""
    names = [box.group for box in boxes if box.group]
    first = int(next_group(layout.boxes))
    kept = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return {name: str(first + number) for number, name in enumerate(kept)}


def _phrase(text: str) -> str:
    cleaned = clean_phrase(text)
    if not cleaned:
        raise UserError(
            "A box needs a phrase.", "Say what it shows, for example “a red car”.", exit_code=ExitCode.USAGE
        )
    return cleaned
