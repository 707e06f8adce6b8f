"""What the renderer gives up for memory, one step after the other: each level does all that the ones before it do."""

from __future__ import annotations

from enum import IntEnum


class MemoryLevel(IntEnum):
    """Speed is lost, the picture stays the same but for rounding."""

    NONE = 0
    SLICED_ATTENTION = 1
    ACTIVATIONS_TWICE = 2  # computed again in the backward pass instead of kept
    OFFLOADED = 3  # parts of the painter are on the device only while they work
    ONE_AT_A_TIME = 4  # one box, one picture; large canvases are decoded in tiles
