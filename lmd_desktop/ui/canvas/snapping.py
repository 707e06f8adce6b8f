"""How a drag snaps: smart guides to the edges of other boxes and of the canvas, and an 8-pixel grid. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.ui.canvas.geometry import Handle, Point

GRID_STEP = 8  # scene pixels: one cell of the latent grid
SNAP_REACH = 6.0  # view pixels


@dataclass(frozen=True, slots=True)
class SnapLine:
    """A line at ``position`` on one axis, seen from ``start`` to ``end`` on the other."""

    position: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SnapLines:
    """Everything that a drag may snap to; gathered once when it starts."""

    vertical: tuple[SnapLine, ...] = ()
    horizontal: tuple[SnapLine, ...] = ()
    has_grid: bool = False


@dataclass(frozen=True, slots=True)
class Guide:
    """A line to draw in scene pixels because the drag snapped to it."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Snapped:
    """A delta corrected so that it snaps, and the guides to show."""

    delta: Point
    guides: tuple[Guide, ...] = ()


def gather_lines(others: Sequence[Rect], canvas: Size, *, has_guides: bool, has_grid: bool) -> SnapLines:
    """The edges and centres of the other boxes, and the edges and centre of the canvas."""
    if not has_guides:
        return SnapLines(has_grid=has_grid)
    rects = (Rect(0, 0, canvas.width, canvas.height), *others)
    vertical = tuple(SnapLine(x, r.y, r.bottom) for r in rects for x in (r.x, r.centre[0], r.right))
    horizontal = tuple(SnapLine(y, r.x, r.right) for r in rects for y in (r.y, r.centre[1], r.bottom))
    return SnapLines(vertical, horizontal, has_grid)


def snap_move(bounds: Rect, delta: Point, lines: SnapLines, *, scale: float) -> Snapped:
    """The delta of a move, corrected where an edge or the centre of ``bounds`` comes near a line."""
    x, y = bounds.x + delta[0], bounds.y + delta[1]
    width, height = bounds.width, bounds.height
    return _snapped(delta, (x, x + width / 2, x + width), (y, y + height / 2, y + height), lines=lines, scale=scale)


def snap_resize(rect: Rect, handle: Handle, delta: Point, *, lines: SnapLines, scale: float) -> Snapped:
    """The delta of a resize, corrected where the dragged edges come near a line."""
    across, down = handle.value
    xs = () if across == 0 else ((rect.x if across < 0 else rect.right) + delta[0],)
    ys = () if down == 0 else ((rect.y if down < 0 else rect.bottom) + delta[1],)
    return _snapped(delta, xs, ys, lines=lines, scale=scale)


def snap_point(point: Point, lines: SnapLines, *, scale: float) -> Snapped:
    """A point of a box that is being drawn; ``delta`` of the answer is the point itself."""
    return _snapped(point, (point[0],), (point[1],), lines=lines, scale=scale)


def _snapped(delta: Point, xs: tuple[float, ...], ys: tuple[float, ...], *, lines: SnapLines, scale: float) -> Snapped:
    reach = SNAP_REACH / scale
    shift_x, line_x = _nearest(xs, lines.vertical, reach)
    shift_y, line_y = _nearest(ys, lines.horizontal, reach)
    if line_x is None and lines.has_grid and xs:
        shift_x = _to_grid(xs[0])
    if line_y is None and lines.has_grid and ys:
        shift_y = _to_grid(ys[0])
    guides: list[Guide] = []
    if line_x is not None:
        start, end = _span(line_x, ys, shift_y)
        guides.append(Guide((line_x.position, start), (line_x.position, end)))
    if line_y is not None:
        start, end = _span(line_y, xs, shift_x)
        guides.append(Guide((start, line_y.position), (end, line_y.position)))
    return Snapped((delta[0] + shift_x, delta[1] + shift_y), tuple(guides))


def _nearest(values: tuple[float, ...], lines: tuple[SnapLine, ...], reach: float) -> tuple[float, SnapLine | None]:
    best, found = reach, None
    shift = 0.0
    for value in values:
        for line in lines:
            gap = line.position - value
            if -best < gap < best:
                best, found, shift = abs(gap), line, gap
    return shift, found


def _to_grid(value: float) -> float:
    return round(value / GRID_STEP) * GRID_STEP - value


def _span(line: SnapLine, values: tuple[float, ...], shift: float) -> tuple[float, float]:
    ends = [line.start, line.end, *(value + shift for value in values)]
    return min(ends), max(ends)
