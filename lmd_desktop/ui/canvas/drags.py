"""What each kind of drag shows while it lasts, computed afresh from where it started. No Qt, nothing is committed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lmd_desktop.domain.arrange import bounding_rect, scaled_rects, smallest_frame
from lmd_desktop.domain.layout import Box, Layout, Rect
from lmd_desktop.ui.canvas.geometry import Handle, Point, moved_rects, rect_between, resized_rect
from lmd_desktop.ui.canvas.snapping import Guide, SnapLines, snap_move, snap_point, snap_resize


@dataclass(frozen=True, slots=True)
class Held:
    """The modifier keys that are down. Ctrl pressed during a drag switches snapping off."""

    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True, slots=True)
class MoveDrag:
    """Boxes follow the mouse; with ``is_copy`` the originals stay and copies follow."""

    start: Point
    boxes: tuple[Box, ...]
    lines: SnapLines
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class ResizeDrag:
    """The frame around the boxes follows the mouse, and they are carried along."""

    start: Point
    boxes: tuple[Box, ...]
    handle: Handle
    lines: SnapLines


@dataclass(frozen=True, slots=True)
class DrawDrag:
    start: Point
    lines: SnapLines


@dataclass(frozen=True, slots=True)
class MarqueeDrag:
    start: Point
    kept: tuple[str, ...]


Drag = MoveDrag | ResizeDrag | DrawDrag | MarqueeDrag


@dataclass(frozen=True, slots=True)
class Live:
    """What is drawn instead of, or beside, the scene during a drag."""

    rects: dict[str, Rect] = field(default_factory=dict)
    copies: tuple[Box, ...] = ()
    draft: Rect | None = None
    marquee: tuple[Point, Point] | None = None
    guides: tuple[Guide, ...] = ()
    readout: str = ""


def live_at(drag: Drag, point: Point, held: Held, *, layout: Layout, scale: float) -> Live:
    """What a drag shows while the mouse is at ``point`` (scene pixels)."""
    match drag:
        case MoveDrag():
            return _moving(drag, point, held, layout=layout, scale=scale)
        case ResizeDrag():
            return _resizing(drag, point, held, layout=layout, scale=scale)
        case DrawDrag():
            lines = SnapLines() if held.shift else drag.lines
            first = snap_point(drag.start, lines, scale=scale)
            second = snap_point(point, lines, scale=scale)
            end = _square_corner(first.delta, second.delta) if held.shift else second.delta
            rect = rect_between(first.delta, end, layout.canvas)
            return Live(draft=rect, guides=second.guides, readout=_size_text(rect))
        case MarqueeDrag():
            return Live(marquee=(drag.start, point))


def _moving(drag: MoveDrag, point: Point, held: Held, *, layout: Layout, scale: float) -> Live:
    dx, dy = point[0] - drag.start[0], point[1] - drag.start[1]
    if held.shift:
        dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
    rects = {box.id: box.rect for box in drag.boxes}
    snapped = snap_move(bounding_rect(rects.values()), (dx, dy), _lines(drag.lines, held), scale=scale)
    moved = moved_rects(rects, snapped.delta, layout.canvas)
    corner = bounding_rect(moved.values())
    readout = f"{corner.x}, {corner.y}"
    if drag.is_copy:
        copies = tuple(replace(box, rect=moved[box.id], is_locked=False) for box in drag.boxes)
        return Live(copies=copies, guides=snapped.guides, readout=readout)
    return Live(rects=moved, guides=snapped.guides, readout=readout)


def _resizing(drag: ResizeDrag, point: Point, held: Held, *, layout: Layout, scale: float) -> Live:
    delta = (point[0] - drag.start[0], point[1] - drag.start[1])
    lines = SnapLines() if held.shift else _lines(drag.lines, held)
    rects = {box.id: box.rect for box in drag.boxes}
    before = bounding_rect(rects.values())
    snapped = snap_resize(before, drag.handle, delta, lines=lines, scale=scale)
    smallest = smallest_frame(rects.values())
    frame = resized_rect(
        before, drag.handle, snapped.delta, canvas=layout.canvas, keeps_ratio=held.shift, smallest=smallest
    )
    return Live(scaled_rects(rects, frame, layout.canvas), guides=snapped.guides, readout=_size_text(frame))


def _lines(lines: SnapLines, held: Held) -> SnapLines:
    return SnapLines() if held.ctrl else lines


def _square_corner(start: Point, end: Point) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    side = max(abs(dx), abs(dy))
    return start[0] + (side if dx >= 0 else -side), start[1] + (side if dy >= 0 else -side)


def _size_text(rect: Rect | None) -> str:
    return f"{rect.width} × {rect.height}" if rect is not None else ""
