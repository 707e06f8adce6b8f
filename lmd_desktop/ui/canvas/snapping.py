"""How a drag snaps: to other boxes and the edges of the canvas, to its centre lines, its thirds, a grid. No Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.ui.canvas.geometry import Handle, Point

GRID_STEP = 8  # scene pixels: one cell of the latent grid
SNAP_REACH = 6.0  # view pixels


@dataclass(frozen=True, slots=True)
class Snapping:
    """What a drag snaps to; each is switched by itself."""

    boxes: bool = True
    centres: bool = True
    thirds: bool = False
    grid: bool = False


NO_SNAPPING = Snapping(boxes=False, centres=False)


@dataclass(frozen=True, slots=True)
class SnapLine:
    """A line at ``position`` on one axis, seen from ``start`` to ``end`` on the other."""

    position: float
    start: float
    end: float


class AxisLines:
    """The lines across one axis in the order of their positions, so that near ones are found fast."""

    def __init__(self, lines: Iterable[SnapLine] = ()) -> None:
        self._lines = sorted(lines, key=lambda line: line.position)
        self._positions = [line.position for line in self._lines]

    def near(self, value: float, reach: float) -> Sequence[SnapLine]:
        """The lines less than ``reach`` away."""
        return self._lines[bisect_right(self._positions, value - reach) : bisect_left(self._positions, value + reach)]


@dataclass(frozen=True, slots=True)
class SnapLines:
    """Everything that a drag may snap to; gathered once when it starts."""

    vertical: AxisLines = field(default_factory=AxisLines)
    horizontal: AxisLines = field(default_factory=AxisLines)
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


def gather_lines(others: Sequence[Rect], canvas: Size, snapping: Snapping) -> SnapLines:
    """Edges and centres of the other boxes, edges of the canvas, its centre lines and thirds, as they are switched."""
    across: list[SnapLine] = []
    down: list[SnapLine] = []
    if snapping.boxes:
        for r in (Rect(0, 0, canvas.width, canvas.height), *others):
            across += [SnapLine(x, r.y, r.bottom) for x in (r.x, r.right)]
            down += [SnapLine(y, r.x, r.right) for y in (r.y, r.bottom)]
        across += [SnapLine(r.centre[0], r.y, r.bottom) for r in others]
        down += [SnapLine(r.centre[1], r.x, r.right) for r in others]
    for share in canvas_shares(snapping):
        across.append(SnapLine(canvas.width * share, 0, canvas.height))
        down.append(SnapLine(canvas.height * share, 0, canvas.width))
    return SnapLines(AxisLines(across), AxisLines(down), snapping.grid)


def canvas_shares(snapping: Snapping) -> tuple[float, ...]:
    """The lines through the canvas itself, as shares of its sides."""
    return (*((1 / 2,) if snapping.centres else ()), *((1 / 3, 2 / 3) if snapping.thirds else ()))


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


def _nearest(values: tuple[float, ...], lines: AxisLines, reach: float) -> tuple[float, SnapLine | None]:
    best, found = reach, None
    shift = 0.0
    for value in values:
        for line in lines.near(value, best):
            gap = line.position - value
            if abs(gap) < best:
                best, found, shift = abs(gap), line, gap
    return shift, found


def _to_grid(value: float) -> float:
    return round(value / GRID_STEP) * GRID_STEP - value


def _span(line: SnapLine, values: tuple[float, ...], shift: float) -> tuple[float, float]:
    ends = [line.start, line.end, *(value + shift for value in values)]
    return min(ends), max(ends)
