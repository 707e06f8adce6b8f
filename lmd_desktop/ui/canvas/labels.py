"""Where the labels of boxes go: constant screen size, beside their box, off each other where there is room. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

LABEL_GAP = 3.0  # view pixels between a box and its label outside
LABEL_INSET = 4.0  # view pixels between the outline and its label inside
SIGN_GAP = 4.0  # view pixels between the outline and a sign, inside or beside
MIN_LABEL_WIDTH = 168.0  # a narrow box may have a label wider than itself, up to this

Edges = tuple[float, float, float, float]  # left, top, right, bottom in view pixels


def label_width(natural: float, box: Edges) -> float:
    """How wide a label may be before its text is elided."""
    return min(natural, max(box[2] - box[0] - 2 * LABEL_INSET, MIN_LABEL_WIDTH))


def place_label(box: Edges, width: float, height: float, *, bounds: Edges, taken: Sequence[Edges]) -> Edges:
    """The first free place of: inside the top (if the box is roomy), above, below, inside the bottom, to the right."""
    left, top, right, bottom = box
    inside = (left + LABEL_INSET, top + LABEL_INSET)
    above = (left, top - LABEL_GAP - height)
    below = (left, bottom + LABEL_GAP)
    places = [above, below, (right + LABEL_GAP, top)]
    is_roomy = right - left >= width + 2 * LABEL_INSET and bottom - top >= 2.5 * height
    if is_roomy:
        places = [inside, (left + LABEL_INSET, bottom - LABEL_INSET - height), *places]
    candidates = [kept_within(x, y, width, height, bounds=bounds) for x, y in places]
    for candidate in candidates:
        if not any(_overlaps(candidate, other) for other in taken):
            return candidate
    return candidates[0]


def place_sign(box: Edges, side: float, *, bounds: Edges, taken: Sequence[Edges]) -> Edges:
    """The first free place of: inside the lower corners (if the box is roomy), to the right, to the left, below."""
    left, top, right, bottom = box
    beside, low = right + SIGN_GAP, bottom - side
    places = [(beside, low), (beside, top), (beside + side + SIGN_GAP, top), (left - SIGN_GAP - side, low)]
    places.append((right - side, bottom + SIGN_GAP))
    if min(right - left, bottom - top) >= 2 * side:
        places = [(right - SIGN_GAP - side, low - SIGN_GAP), (left + SIGN_GAP, low - SIGN_GAP), *places]
    candidates = [kept_within(round(x), round(y), side, side, bounds=bounds) for x, y in places]
    free = (one for one in candidates if not any(_overlaps(one, other) for other in taken))
    return next(free, candidates[0])


def is_in_sight(box: Edges, bounds: Edges) -> bool:
    return _overlaps(box, bounds)


def kept_within(x: float, y: float, width: float, height: float, *, bounds: Edges) -> Edges:
    """A label at (x, y), pushed inside the bounds."""
    x = max(min(x, bounds[2] - width), bounds[0])
    y = max(min(y, bounds[3] - height), bounds[1])
    return x, y, x + width, y + height


def _overlaps(first: Edges, second: Edges) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
