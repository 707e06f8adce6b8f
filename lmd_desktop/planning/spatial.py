"""How two rectangles lie to each other, as a sentence means it: beside, on, under, in, between; larger, taller."""

from __future__ import annotations

from collections.abc import Sequence

from lmd_desktop.domain.layout import MIN_BOX, Rect, Size
from lmd_desktop.planning.relations import RelationKind, Side
from lmd_desktop.planning.repair import intersection

CLEARLY = 1.2  # times the area, the height, the width: less cannot be seen in a picture
INSIDE = 0.5  # share of a thing that lies in what it is in
WITHIN = 0.9  # share of a thing that lies upon another one from which on it is all of it
NEAR = 0.2  # of the lower thing's height: how far apart two things may be that touch
NEAR_ON_CANVAS = 0.04  # of the canvas's height: as near are small things
# As sentences say it.
SIDE_WORDS: dict[Side, str] = {
    "left": "on the left",
    "right": "on the right",
    "top": "at the top",
    "bottom": "at the bottom",
}
RELATION_WORDS: dict[RelationKind, str] = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "below",
    "on": "on",
    "under": "under",
    "inside": "inside",
    "between": "between",
    "larger": "larger than",
    "smaller": "smaller than",
    "taller": "taller than",
    "wider": "wider than",
}


def lies_so(kind: RelationKind, one: Rect, other: Rect, canvas: Size) -> bool:
    """Whether the first lies so to the second; ``between`` is about three and always true here."""
    (x, y), (other_x, other_y) = one.centre, other.centre
    match kind:
        case "left":
            return x < other_x
        case "right":
            return x > other_x
        case "above":
            return y < other_y
        case "below":
            return y > other_y
        case "on":
            return _rests_on(one, other, canvas)
        case "under":
            return y > other_y and _shares_columns(one, other) and one.y - other.bottom <= _slack(one, canvas)
        case "inside":
            return _is_in(one, other)
        case "larger":
            return one.width * one.height >= CLEARLY * other.width * other.height
        case "smaller":
            return other.width * other.height >= CLEARLY * one.width * one.height
        case "taller":
            return one.height >= CLEARLY * other.height
        case "wider":
            return one.width >= CLEARLY * other.width
        case "between":
            return True


def is_between(point: tuple[float, float], ends: Sequence[tuple[float, float]]) -> bool:
    """Between two others across, or, where those stand one above the other, down."""
    (x, y), low, high = point, min(ends), max(ends)
    top, bottom = min(end[1] for end in ends), max(end[1] for end in ends)
    return low[0] < x < high[0] or (top < y < bottom and high[0] - low[0] < bottom - top)


def is_on_side(side: Side, point: tuple[float, float], canvas: Size) -> bool:
    """Whether a point is in that half of the canvas."""
    x, y = point[0] / canvas.width, point[1] / canvas.height
    return {"left": x < 0.5, "right": x > 0.5, "top": y < 0.5, "bottom": y > 0.5}[side]


def differ_clearly(rects: Sequence[Rect]) -> bool:
    """Whether of some things that nothing tells apart one is clearly the largest."""
    areas = sorted(rect.width * rect.height for rect in rects)
    return areas[-1] >= CLEARLY * areas[0]


def _rests_on(upper: Rect, lower: Rect, canvas: Size) -> bool:
    """Whether one thing can stand on, lie on or hang upon the other: its middle is higher, or it lies within."""
    is_within = intersection(upper, lower) >= WITHIN * upper.width * upper.height
    is_higher = upper.centre[1] < lower.centre[1] and lower.y - upper.bottom <= _slack(lower, canvas)
    return _shares_columns(upper, lower) and (is_higher or is_within)


def _is_in(one: Rect, other: Rect) -> bool:
    """Half of it is in the other; of what stands in it (flowers in a vase) the foot."""
    shared = intersection(one, other)
    columns = min(one.right, other.right) - max(one.x, other.x)
    stands_in = columns >= 0.8 * min(one.width, other.width) and other.y < one.bottom <= other.bottom + MIN_BOX
    return shared >= INSIDE * one.width * one.height or (stands_in and shared > 0)


def _shares_columns(one: Rect, other: Rect) -> bool:
    return min(one.right, other.right) > max(one.x, other.x)


def _slack(lower: Rect, canvas: Size) -> float:
    return max(NEAR * lower.height, NEAR_ON_CANVAS * canvas.height)
