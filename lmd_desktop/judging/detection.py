"""What a judge says about a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from lmd_desktop.domain.layout import Rect


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that a judge sees; the box is in pixels of the judged picture."""

    phrase: str
    score: float
    box: Rect


class Judge(Protocol):
    """A detector that checks pictures; it never takes part in making them."""

    def detect(self, image: Image.Image, phrases: list[str]) -> list[Detection]:
        """Where the phrases are seen, best first."""
        ...


def overlap(one: Rect, other: Rect) -> float:
    """Intersection over union, 0 to 1."""
    wide = min(one.right, other.right) - max(one.x, other.x)
    tall = min(one.bottom, other.bottom) - max(one.y, other.y)
    if wide <= 0 or tall <= 0:
        return 0.0
    shared = wide * tall
    return shared / (one.width * one.height + other.width * other.height - shared)
