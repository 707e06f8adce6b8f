"""What a judge says about a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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
        """Where the phrases are seen, best first; every place counts for the one phrase that fits it best."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a judge with words of its own takes a phrase for; without a colour any colour will do."""

    thing: str
    colour: str | None


@runtime_checkable
class Reader(Protocol):
    """A judge that knows only some words; one that reads any words has no ``read``."""

    def read(self, phrase: str) -> Reading | None:
        """None if there is nothing in the phrase that it could look for."""
        ...


def overlap(one: Rect, other: Rect) -> float:
    """Intersection over union, 0 to 1."""
    wide = min(one.right, other.right) - max(one.x, other.x)
    tall = min(one.bottom, other.bottom) - max(one.y, other.y)
    if wide <= 0 or tall <= 0:
        return 0.0
    shared = wide * tall
    return shared / (one.width * one.height + other.width * other.height - shared)
