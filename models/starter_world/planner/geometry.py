"""What the edit requests do to rectangles, always by the same amounts."""

from __future__ import annotations

from models.starter_world.planner.layout import Rect, Size, snap
from models.starter_world.planner.placing import GROUND, MARGIN, inside

GAP = 8
SHIFT = 96
SHIFT_LITTLE = 40
SHIFT_MUCH = 160
SMALLEST_SIDE = 32
LEVEL = 64  # lower edges that differ by less are on one level


def shifted(rect: Rect, direction: str, *, by: int, size: Size) -> Rect:
    """Moved, stopping at the border."""
    dx = {"left": -by, "right": by}.get(direction, 0)
    dy = {"up": -by, "down": by}.get(direction, 0)
    return inside((rect[0] + dx, rect[1] + dy, rect[2], rect[3]), size)


def scaled(rect: Rect, size: Size, *, wide: float = 1.0, high: float = 1.0) -> Rect:
    """Grown or shrunk round its middle."""
    width = min(max(snap(rect[2] * wide), SMALLEST_SIDE), size[0])
    height = min(max(snap(rect[3] * high), SMALLEST_SIDE), size[1])
    x = snap(rect[0] + (rect[2] - width) / 2)
    y = snap(rect[1] + (rect[3] - height) / 2)
    return inside((x, y, width, height), size)


def at_spot(rect: Rect, spot: str, size: Size) -> Rect:
    """Put to a side, a corner or the middle; along the other axis nothing changes for a side."""
    x, y, width, height = rect
    right, bottom = size[0] - width - MARGIN, size[1] - height - MARGIN
    if "left" in spot:
        x = MARGIN
    if "right" in spot:
        x = right
    if "top" in spot:
        y = MARGIN
    if "bottom" in spot:
        y = bottom
    if spot == "middle":
        x, y = snap((size[0] - width) / 2), snap((size[1] - height) / 2)
    return inside((x, y, width, height), size)


def beside(rect: Rect, other: Rect, relation: str, size: Size) -> Rect:
    """Next to another box on the asked side, shrunk when the room there is too small."""
    _, _, width, height = rect
    x, y, other_width, other_height = other
    if relation in ("left", "right"):
        room = x if relation == "left" else size[0] - x - other_width
        width, height = _shrunk(width, height, room=room - GAP, along=0)
        new_x = x - GAP - width if relation == "left" else x + other_width + GAP
        return inside((new_x, y + other_height - height, width, height), size)
    room = y if relation in ("above", "on") else size[1] - y - other_height
    width, height = _shrunk(width, height, room=room - GAP, along=1)
    gap = 0 if relation == "on" else GAP
    new_y = y - gap - height if relation in ("above", "on") else y + other_height + GAP
    return inside((snap(x + (other_width - width) / 2), new_y, width, height), size)


def swapped(first: Rect, second: Rect, size: Size) -> tuple[Rect, Rect]:
    """Both keep their sizes and change places; what stands about as low as the other keeps its ground."""
    return _stood_at(first, second, size), _stood_at(second, first, size)


def grounded(rect: Rect, size: Size) -> Rect:
    """Standing on the ground line."""
    return inside((rect[0], snap(GROUND * size[1]) - rect[3], rect[2], rect[3]), size)


def _stood_at(rect: Rect, other: Rect, size: Size) -> Rect:
    is_level = abs(rect[1] + rect[3] - other[1] - other[3]) < LEVEL
    return inside((other[0], rect[1] if is_level else other[1], rect[2], rect[3]), size)


def _shrunk(width: int, height: int, *, room: int, along: int) -> Size:
    """Scaled so that the side along the axis fits into the room, as far as things may shrink."""
    side = (width, height)[along]
    if side <= room:
        return width, height
    factor = max(room, min(64, side)) / side
    return max(snap(width * factor), SMALLEST_SIDE), max(snap(height * factor), SMALLEST_SIDE)
