"""Where boxes go when a hand drags them: handles, resizing, hit tests, marquee. Numbers only, no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from lmd_desktop.domain.arrange import bounding_rect
from lmd_desktop.domain.layout import MIN_BOX, Box, Rect, Size, clamp_rect

Point = tuple[float, float]

HANDLE_SIZE = 8.0  # logical pixels, at every zoom
HANDLE_REACH = 12.0  # logical pixels: the side of the square around a handle that takes the mouse
EDGE_REACH = 4.0  # logical pixels: how near to the outline of a selected box a press takes that box
ROOMY_SIDE = 32.0  # logical pixels: shorter sides have no middle handle, and corner handles step outside
OUTWARD_STEP = 5.0
DEFAULT_SHARE = 4  # a box made by a click takes a quarter of the canvas


class Handle(Enum):
    """The eight handles; the value tells which edges move: -1 left / top, 1 right / bottom, 0 none."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    RIGHT = (1, 0)
    BOTTOM_RIGHT = (1, 1)
    BOTTOM = (0, 1)
    BOTTOM_LEFT = (-1, 1)
    LEFT = (-1, 0)

    @property
    def is_corner(self) -> bool:
        return 0 not in self.value


def rect_between(first: Point, second: Point, canvas: Size) -> Rect | None:
    """The box that a drag from one point to another draws, inside the canvas; None if it is too small."""
    left, right = sorted((_within(first[0], canvas.width), _within(second[0], canvas.width)))
    top, bottom = sorted((_within(first[1], canvas.height), _within(second[1], canvas.height)))
    if right - left < MIN_BOX or bottom - top < MIN_BOX:
        return None
    return Rect(left, top, right - left, bottom - top)


def default_rect(centre: Point, canvas: Size) -> Rect:
    """The box that a mere click makes."""
    width, height = canvas.width // DEFAULT_SHARE, canvas.height // DEFAULT_SHARE
    return clamp_rect(Rect(round(centre[0] - width / 2), round(centre[1] - height / 2), width, height), canvas)


def moved_rects(rects: dict[str, Rect], delta: Point, canvas: Size) -> dict[str, Rect]:
    """Rectangles moved together, stopping at the edge of the canvas so that their distances stay."""
    bounds = bounding_rect(rects.values())
    dx = min(max(round(delta[0]), -bounds.x), canvas.width - bounds.right)
    dy = min(max(round(delta[1]), -bounds.y), canvas.height - bounds.bottom)
    return {box_id: Rect(r.x + dx, r.y + dy, r.width, r.height) for box_id, r in rects.items()}


def resized_rect(
    rect: Rect,
    handle: Handle,
    delta: Point,
    *,
    canvas: Size,
    keeps_ratio: bool,
    smallest: tuple[int, int] = (MIN_BOX, MIN_BOX),
) -> Rect:
    """A rectangle whose handle was dragged; it never turns over, leaves the canvas or falls below ``smallest``."""
    if keeps_ratio:
        return _resized_in_ratio(rect, handle, delta, canvas, smallest)
    narrowest, lowest = smallest
    across, down = handle.value
    left, top, right, bottom = rect.x, rect.y, rect.right, rect.bottom
    if across < 0:
        left = min(max(round(left + delta[0]), 0), right - narrowest)
    if across > 0:
        right = max(min(round(right + delta[0]), canvas.width), left + narrowest)
    if down < 0:
        top = min(max(round(top + delta[1]), 0), bottom - lowest)
    if down > 0:
        bottom = max(min(round(bottom + delta[1]), canvas.height), top + lowest)
    return Rect(left, top, right - left, bottom - top)


def handle_points(left: float, top: float, right: float, bottom: float) -> dict[Handle, Point]:
    """Centres of the handles of a rectangle in view pixels. Small ones keep their inside free to be grabbed."""
    is_narrow, is_low = right - left < ROOMY_SIDE, bottom - top < ROOMY_SIDE
    if is_narrow:
        left, right = left - OUTWARD_STEP, right + OUTWARD_STEP
    if is_low:
        top, bottom = top - OUTWARD_STEP, bottom + OUTWARD_STEP
    xs = {-1: left, 0: (left + right) / 2, 1: right}
    ys = {-1: top, 0: (top + bottom) / 2, 1: bottom}
    return {
        handle: (xs[handle.value[0]], ys[handle.value[1]])
        for handle in Handle
        if handle.is_corner or not (is_narrow if handle.value[0] == 0 else is_low)
    }


def handle_at(points: dict[Handle, Point], position: Point) -> Handle | None:
    """The nearest handle within reach of a position in view pixels."""
    reach = HANDLE_REACH / 2
    near = [
        (abs(x - position[0]) + abs(y - position[1]), handle)
        for handle, (x, y) in points.items()
        if abs(x - position[0]) <= reach and abs(y - position[1]) <= reach
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def boxes_at(boxes: Sequence[Box], point: Point) -> tuple[Box, ...]:
    """The visible boxes at a point, the smallest first; of equal ones the topmost first."""
    hit = [(box.rect.width * box.rect.height, -index, box) for index, box in enumerate(boxes) if _is_hit(box, point)]
    return tuple(box for _, _, box in sorted(hit, key=lambda entry: entry[:2]))


def next_box_below(boxes: Sequence[Box], point: Point, selection: Sequence[str]) -> Box | None:
    """The box that comes after the selected one at this point; the first one if none of them is selected."""
    hit = boxes_at(boxes, point)
    if not hit:
        return None
    current = [index for index, box in enumerate(hit) if box.id in selection]
    return hit[(current[-1] + 1) % len(hit)] if current else hit[0]


def box_with_edge_at(boxes: Sequence[Box], point: Point, reach: float) -> Box | None:
    """The topmost of these boxes whose outline is within ``reach`` scene pixels of the point."""
    x, y = point
    for box in reversed(boxes):
        r = box.rect
        is_around = r.x - reach <= x <= r.right + reach and r.y - reach <= y <= r.bottom + reach
        is_inside = r.x + reach < x < r.right - reach and r.y + reach < y < r.bottom - reach
        if not box.is_hidden and is_around and not is_inside:
            return box
    return None


def boxes_touching(boxes: Sequence[Box], first: Point, second: Point) -> tuple[str, ...]:
    """Ids of the visible boxes that a marquee between two points touches."""
    left, right = sorted((first[0], second[0]))
    top, bottom = sorted((first[1], second[1]))
    return tuple(
        box.id
        for box in boxes
        if not box.is_hidden
        and box.rect.x < right
        and box.rect.right > left
        and box.rect.y < bottom
        and box.rect.bottom > top
    )


def _is_hit(box: Box, point: Point) -> bool:
    r = box.rect
    return not box.is_hidden and r.x <= point[0] < r.right and r.y <= point[1] < r.bottom


def _within(value: float, limit: int) -> int:
    return min(max(round(value), 0), limit)


def _resized_in_ratio(rect: Rect, handle: Handle, delta: Point, canvas: Size, least: tuple[int, int]) -> Rect:
    across, down = handle.value
    wanted_across = (rect.width + across * delta[0]) / rect.width
    wanted_down = (rect.height + down * delta[1]) / rect.height
    wanted = max([wanted_across] * abs(across) + [wanted_down] * abs(down))
    room_across = _room(rect.x, rect.width, canvas.width, across)
    room_down = _room(rect.y, rect.height, canvas.height, down)
    largest = min(room_across / rect.width, room_down / rect.height)
    smallest = min(max(least[0] / rect.width, least[1] / rect.height), largest)
    scale = min(max(wanted, smallest), largest)
    width, height = max(round(rect.width * scale), least[0]), max(round(rect.height * scale), least[1])
    # What stays put: the opposite edge, or the middle when only the other axis is dragged.
    x = rect.right - width if across < 0 else rect.x if across > 0 else round(rect.centre[0] - width / 2)
    y = rect.bottom - height if down < 0 else rect.y if down > 0 else round(rect.centre[1] - height / 2)
    return clamp_rect(Rect(x, y, width, height), canvas)


def _room(start: int, length: int, limit: int, direction: int) -> float:
    if direction < 0:
        return start + length
    if direction > 0:
        return limit - start
    return 2 * min(start + length / 2, limit - start - length / 2)
