"""Where the line between the picture before and the picture after stands, and the knob that a hand moves it by."""

from __future__ import annotations

from lmd_desktop.domain.layout import Rect, Size
from lmd_desktop.ui.canvas.geometry import Point
from lmd_desktop.ui.canvas.labels import Edges
from lmd_desktop.ui.canvas.layers import Surface
from lmd_desktop.ui.canvas.view_transform import ViewTransform

KNOB_SIDE = 24.0  # view pixels
KNOB_REACH = 16.0  # view pixels from the middle of the knob that still take it


def split_places(share: float, canvas: Size, view: ViewTransform, surface: Surface) -> tuple[Edges, Edges]:
    """The line and the knob in view pixels; the knob stands at the lower edge of the canvas, out of the boxes' way."""
    left, top, right, bottom = view.edges(Rect(0, 0, canvas.width, canvas.height))
    x = round(left + (right - left) * share)
    y = round(min(max(bottom + KNOB_SIDE / 2 + 2, KNOB_SIDE / 2), surface.height - KNOB_SIDE / 2 - 1))
    half = KNOB_SIDE / 2
    return (x, max(top, 0.0), x + 2, min(bottom, float(surface.height))), (x - half, y - half, x + half, y + half)


def is_on_knob(position: Point, knob: Edges) -> bool:
    x, y = (knob[0] + knob[2]) / 2, (knob[1] + knob[3]) / 2
    return abs(position[0] - x) <= KNOB_REACH and abs(position[1] - y) <= KNOB_REACH


def share_at(position: Point, canvas: Size, view: ViewTransform) -> float:
    """The share of the canvas that lies left of a position in view pixels."""
    return min(max(view.to_scene(position)[0] / canvas.width, 0.0), 1.0)
