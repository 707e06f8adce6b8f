"""Which part of the scene the viewport shows: zoom about a point, pan, fit. Numbers only, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.ui.canvas.geometry import Point

MIN_ZOOM, MAX_ZOOM = 0.05, 32.0
FIT_MARGIN = 40.0  # view pixels around the canvas: room for the labels above boxes at its edge
SELECTION_MARGIN = 64.0
KEPT_IN_SIGHT = 48.0  # view pixels of the canvas that panning cannot push out of the viewport


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """view = scene * scale + (x, y)"""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_view(self, point: Point) -> Point:
        return point[0] * self.scale + self.x, point[1] * self.scale + self.y

    def to_scene(self, position: Point) -> Point:
        return (position[0] - self.x) / self.scale, (position[1] - self.y) / self.scale

    def edges(self, rect: Rect) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a scene rectangle in view pixels."""
        return (*self.to_view((rect.x, rect.y)), *self.to_view((rect.right, rect.bottom)))


def zoomed(view: ViewTransform, factor: float, anchor: Point) -> ViewTransform:
    """Another zoom; the scene point under ``anchor`` (view pixels) stays there."""
    scale = min(max(factor, MIN_ZOOM), MAX_ZOOM)
    x, y = view.to_scene(anchor)
    return ViewTransform(scale, anchor[0] - x * scale, anchor[1] - y * scale)


def panned(view: ViewTransform, delta: Point, canvas: Size, *, viewport: Size) -> ViewTransform:
    """The scene pushed by ``delta`` view pixels; a part of the canvas stays in sight."""
    return ViewTransform(
        view.scale,
        _kept(view.x + delta[0], canvas.width * view.scale, viewport.width),
        _kept(view.y + delta[1], canvas.height * view.scale, viewport.height),
    )


def fitted(rect: Rect, viewport: Size, *, margin: float = FIT_MARGIN) -> ViewTransform:
    """The zoom at which a scene rectangle fills the viewport, centred."""
    room_across = max(viewport.width - 2 * margin, 16.0)
    room_down = max(viewport.height - 2 * margin, 16.0)
    scale = min(max(min(room_across / rect.width, room_down / rect.height), MIN_ZOOM), MAX_ZOOM)
    x, y = rect.centre
    # Whole pixels, so that the edge of the paper is sharp.
    return ViewTransform(scale, round(viewport.width / 2 - x * scale), round(viewport.height / 2 - y * scale))


def _kept(start: float, length: float, limit: float) -> float:
    return min(max(start, KEPT_IN_SIGHT - length), limit - KEPT_IN_SIGHT)
