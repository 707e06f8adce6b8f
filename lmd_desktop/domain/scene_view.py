"""How the person looks at a scene: a backdrop under the boxes, guide lines, where the painter looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fit = Literal["fit", "fill", "stretch"]
FITS: tuple[Fit, ...] = ("fit", "fill", "stretch")
Guide = Literal["none", "thirds", "golden", "safe"]
GUIDES: tuple[Guide, ...] = ("none", "thirds", "golden", "safe")


@dataclass(frozen=True, slots=True)
class SceneView:
    """``backdrop`` holds the bytes of a picture file, empty for none; ``fit`` says how it meets the canvas.

    ``opacity`` is 0 to 1. ``place`` None shows the whole canvas; else view pixels per scene pixel, and the point of
    the scene in the middle. It belongs to the scene's file, but is neither undone nor told to the planner.
    """

    backdrop: bytes = b""
    fit: Fit = "fit"
    opacity: float = 0.5
    guide: Guide = "none"
    shows_attention: bool = False
    place: tuple[float, float, float] | None = None
